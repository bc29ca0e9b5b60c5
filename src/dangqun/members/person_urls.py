"""URLs of the roster and of one person: the readable permission table."""

from dangqun.members.views import membership, people, printing
from dangqun.orgs.access import SIGNED_IN, route

BOTH = ("GET", "POST")
MANAGE = "members.manage"

urlpatterns = [
    route("people/", people.people, needs="members.read", name="people"),
    route("people/export/", people.export, needs="members.read", name="people-export"),
    route(
        "people/print/", printing.print_roster, needs="members.read", name="people-print", methods=("POST",)
    ),
    route("people/new/", membership.enter, needs=MANAGE, name="person-enter", methods=BOTH),
    route("people/<id:pk>/", people.person, needs="members.read", name="person"),
    route("people/<id:pk>/edit/", membership.correct, needs=MANAGE, name="person-edit", methods=BOTH),
    route("people/<id:pk>/confirm/", membership.confirm, needs=MANAGE, name="person-confirm", methods=BOTH),
    route("people/<id:pk>/move/", membership.move, needs=MANAGE, name="person-move", methods=BOTH),
    route("people/<id:pk>/leave/", membership.leave, needs=MANAGE, name="person-leave", methods=BOTH),
    route("people/<id:pk>/restore/", membership.restore, needs=MANAGE, name="person-restore", methods=BOTH),
    route("me/", people.me, needs=SIGNED_IN, name="me"),
]
