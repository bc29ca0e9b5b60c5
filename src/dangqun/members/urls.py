"""URLs of imports, activation and staff: the readable permission table."""

from dangqun.members import person_urls
from dangqun.members.views import activation, exports, imports, resets, staff
from dangqun.orgs.access import PUBLIC, route

BOTH, POST = ("GET", "POST"), ("POST",)

urlpatterns = [
    *person_urls.urlpatterns,
    route("people/import/", imports.landing, needs="members.import", name="imports"),
    route("people/import/<id:pk>/", imports.show, needs="members.import", name="import"),
    route(
        "people/import/<id:pk>/columns/",
        imports.columns,
        needs="members.import",
        name="import-columns",
        methods=BOTH,
    ),
    route("people/import/<id:pk>/fix/", imports.fix, needs="members.import", name="import-fix", methods=POST),
    route(
        "people/import/<id:pk>/store/",
        imports.store,
        needs="members.import",
        name="import-store",
        methods=POST,
    ),
    route(
        "people/import/<id:pk>/drop/", imports.drop, needs="members.import", name="import-drop", methods=POST
    ),
    route("people/import/<id:pk>/marked/", imports.marked_copy, needs="members.import", name="import-marked"),
    route(
        "people/import/<slug:kind>/",
        imports.upload,
        needs="members.import",
        name="import-upload",
        methods=BOTH,
    ),
    route(
        "people/import/<slug:kind>/template/",
        imports.template,
        needs="members.import",
        name="import-template",
    ),
    route(
        "people/<id:pk>/code/", activation.issue, needs="members.activate", name="issue-code", methods=POST
    ),
    route(
        "orgs/<id:pk>/codes/",
        activation.issue_many,
        needs="members.activate",
        name="issue-codes",
        methods=POST,
    ),
    route("activate/", activation.activate, needs=PUBLIC, name="activate", methods=BOTH),
    route(
        "activate/password/", activation.choose_password, needs=PUBLIC, name="activate-password", methods=BOTH
    ),
    route("staff/", staff.people, needs="staff.enter", name="staff", methods=BOTH),
    route("staff/export/", exports.staff, needs="staff.enter", name="staff-export"),
    route("staff/<id:pk>/close/", staff.close, needs="staff.enter", name="staff-close", methods=POST),
    route("staff/<id:pk>/reset/", resets.ask, needs="staff.enter", name="staff-reset", methods=POST),
    route(
        "staff/accounts/<id:pk>/close/",
        staff.close_orphan,
        needs="staff.enter",
        name="staff-orphan",
        methods=POST,
    ),
    route(
        "people/<id:pk>/reset/",
        resets.ask_as_office,
        needs="members.manage",
        name="person-reset",
        methods=POST,
    ),
    route("resets/<id:pk>/ask/", resets.ask_as_guard, needs="staff.grant", name="grant-reset", methods=POST),
    route(
        "resets/<id:pk>/confirm/",
        resets.confirm,
        needs="staff.grant",
        name="grant-reset-confirm",
        methods=POST,
    ),
    route(
        "resets/<id:pk>/refuse/", resets.refuse, needs="staff.grant", name="grant-reset-refuse", methods=POST
    ),
    route("witness/", resets.witness, needs="resets.witness", name="witness"),
    route(
        "witness/<id:pk>/confirm/",
        resets.confirm,
        needs="resets.witness",
        name="witness-confirm",
        methods=POST,
    ),
    route(
        "witness/<id:pk>/refuse/", resets.refuse, needs="resets.witness", name="witness-refuse", methods=POST
    ),
    route("accounts/review/", staff.review, needs="staff.grant", name="grants-review"),
    route("grants/", staff.grants, needs="staff.grant", name="grants"),
    route("grants/export/", exports.grants, needs="staff.grant", name="grants-export"),
    route("grants/<id:pk>/confirm/", staff.confirm, needs="staff.grant", name="grant-confirm", methods=POST),
    route("grants/<id:pk>/end/", staff.end, needs="staff.grant", name="grant-end", methods=POST),
]
