"""URLs of this room: the readable permission table."""

from dangqun.home import retention_views, views, workday_views
from dangqun.orgs.access import PUBLIC, SIGNED_IN, route

POST = ("POST",)

urlpatterns = [
    route("", views.todo, needs=SIGNED_IN, name="todo"),
    route("overview/", views.overview, needs="overview.read", name="overview"),
    route("search/", views.search, needs=SIGNED_IN, name="search"),
    route("services/", views.services, needs=SIGNED_IN, name="services"),
    route("linkage/", views.linkage, needs=SIGNED_IN, name="linkage"),
    route("backups/", views.backups, needs="backups.watch", name="backups"),
    route("workdays/", workday_views.year, needs="workdays.manage", name="workdays"),
    route("workdays/set/", workday_views.put, needs="workdays.manage", name="workdays-set", methods=POST),
    route("workdays/back/", workday_views.back, needs="workdays.manage", name="workdays-back", methods=POST),
    route(
        "workdays/confirm/",
        workday_views.confirm,
        needs="workdays.manage",
        name="workdays-confirm",
        methods=POST,
    ),
    route("retention/", retention_views.calendar, needs="retention.manage", name="retention"),
    route(
        "retention/hold/",
        retention_views.hold,
        needs="retention.manage",
        name="retention-hold",
        methods=("GET", *POST),
    ),
    route(
        "retention/lift/", retention_views.lift, needs="retention.manage", name="retention-lift", methods=POST
    ),
    route("alive/", views.alive, needs=PUBLIC, name="alive"),
]
