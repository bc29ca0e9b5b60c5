"""URLs of this room: the readable permission table."""

from dangqun.home import views
from dangqun.orgs.access import PUBLIC, SIGNED_IN, route

urlpatterns = [
    route("", views.todo, needs=SIGNED_IN, name="todo"),
    route("overview/", views.overview, needs="overview.read", name="overview"),
    route("search/", views.search, needs=SIGNED_IN, name="search"),
    route("services/", views.services, needs=SIGNED_IN, name="services"),
    route("linkage/", views.linkage, needs=SIGNED_IN, name="linkage"),
    route("backups/", views.backups, needs="backups.watch", name="backups"),
    route("alive/", views.alive, needs=PUBLIC, name="alive"),
]
