"""URLs of this room: the readable permission table."""

from dangqun.audit import views
from dangqun.orgs.access import route

urlpatterns = [
    route("", views.facts, needs="facts.read", name="facts"),
    route("export/", views.export, needs="facts.read", name="facts-export"),
    route("strip/", views.strip, needs="facts.read", name="facts-strip"),
    route("verify/", views.verify, needs="facts.read", name="facts-verify", methods=("POST",)),
]
