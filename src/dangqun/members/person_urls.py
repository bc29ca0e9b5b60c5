"""URLs of the roster and of one person: the readable permission table."""

from dangqun.members.views import membership, mine, people, printing, reveals
from dangqun.orgs.access import SIGNED_IN, route

BOTH, POST = ("GET", "POST"), ("POST",)
MANAGE, REVEAL = "members.manage", "members.reveal"

urlpatterns = [
    route("people/", people.people, needs="members.read", name="people"),
    route("people/export/", people.export, needs="members.read", name="people-export"),
    route(
        "people/print/", printing.print_roster, needs="members.read", name="people-print", methods=("POST",)
    ),
    route(
        "people/export/full/",
        reveals.export,
        needs="members.export_sensitive",
        name="people-export-full",
        methods=BOTH,
    ),
    route("people/new/", membership.enter, needs=MANAGE, name="person-enter", methods=BOTH),
    route("people/<id:pk>/", people.person, needs="members.read", name="person"),
    route("people/<id:pk>/edit/", membership.correct, needs=MANAGE, name="person-edit", methods=BOTH),
    route("people/<id:pk>/confirm/", membership.confirm, needs=MANAGE, name="person-confirm", methods=BOTH),
    route("people/<id:pk>/move/", membership.move, needs=MANAGE, name="person-move", methods=BOTH),
    route("people/<id:pk>/leave/", membership.leave, needs=MANAGE, name="person-leave", methods=BOTH),
    route("people/<id:pk>/restore/", membership.restore, needs=MANAGE, name="person-restore", methods=BOTH),
    # 查看: telephone and address, the ID number by a permission of its own
    route(
        "people/<id:pk>/reveal/mobile/",
        reveals.mobile,
        needs=REVEAL,
        name="person-reveal-mobile",
        methods=BOTH,
    ),
    route(
        "people/<id:pk>/reveal/address/",
        reveals.address,
        needs=REVEAL,
        name="person-reveal-address",
        methods=BOTH,
    ),
    route(
        "people/<id:pk>/reveal/id/",
        reveals.id_number,
        needs="members.reveal_id",
        name="person-reveal-id",
        methods=BOTH,
    ),
    route("people/<id:pk>/cover/", reveals.cover, needs=REVEAL, name="person-cover", methods=POST),
    route("people/requests/<id:pk>/", mine.decide, needs=MANAGE, name="person-request", methods=BOTH),
    # 我的
    route("me/", mine.me, needs=SIGNED_IN, name="me"),
    route("me/edit/", mine.edit, needs=SIGNED_IN, name="me-edit", methods=BOTH),
    route("me/requests/new/", mine.ask, needs=SIGNED_IN, name="me-ask", methods=BOTH),
    route("me/requests/<id:pk>/withdraw/", mine.withdraw, needs=SIGNED_IN, name="me-withdraw", methods=POST),
    route("me/looks/", mine.who_looked, needs=SIGNED_IN, name="me-looks"),
    route("me/copy/", mine.download, needs=SIGNED_IN, name="me-copy", methods=POST),
]
