"""URLs of 组织体系: the readable permission table."""

from dangqun.members.views import enterprises, exports, orgs, printing, zones
from dangqun.orgs.access import route

BOTH, POST = ("GET", "POST"), ("POST",)
MANAGE, APPOINT = "orgs.manage", "members.appoint"

urlpatterns = [
    route("", orgs.tree, needs="orgs.read", name="orgs"),
    route("export/", exports.tree, needs="orgs.read", name="orgs-export"),
    route("coverage/", enterprises.show_coverage, needs="orgs.read", name="coverage"),
    route("coverage/export/", exports.firms, needs="orgs.read", name="coverage-export"),
    route("<id:pk>/", orgs.show, needs="orgs.read", name="org"),
    route("<id:pk>/print/", printing.print_branch, needs="orgs.read", name="org-print", methods=POST),
    route("<id:pk>/branches/new/", orgs.open_branch, needs=MANAGE, name="org-open-branch", methods=BOTH),
    route("<id:pk>/parks/new/", orgs.open_park, needs=MANAGE, name="org-open-park", methods=BOTH),
    route("<id:pk>/rename/", orgs.rename, needs=MANAGE, name="org-rename", methods=BOTH),
    route("<id:pk>/move/", orgs.move, needs=MANAGE, name="org-move", methods=BOTH),
    route("<id:pk>/close/", orgs.close, needs=MANAGE, name="org-close", methods=BOTH),
    # 班子
    route("<id:pk>/secretary/", orgs.appoint, needs=APPOINT, name="org-appoint", methods=POST),
    route("<id:pk>/offices/new/", zones.elect, needs=APPOINT, name="org-elect", methods=BOTH),
    route("<id:pk>/posts/new/", zones.call, needs=APPOINT, name="org-call", methods=BOTH),
    route("offices/<id:pk>/end/", zones.end_office, needs=APPOINT, name="org-office-end", methods=BOTH),
    # 片区
    route("zones/", zones.zones, needs=MANAGE, name="zones"),
    route("zones/export/", exports.zones, needs=MANAGE, name="zones-export"),
    route("zones/new/", zones.found, needs=MANAGE, name="zone-new", methods=BOTH),
    route("zones/<id:pk>/", zones.arrange, needs=MANAGE, name="zone", methods=BOTH),
    # 企业
    route("enterprises/new/", enterprises.register, needs=MANAGE, name="enterprise-register", methods=BOTH),
    route("enterprises/<id:pk>/", enterprises.show, needs="orgs.read", name="enterprise"),
    route(
        "enterprises/<id:pk>/edit/", enterprises.correct, needs=MANAGE, name="enterprise-edit", methods=BOTH
    ),
    route("enterprises/<id:pk>/move/", enterprises.move, needs=MANAGE, name="enterprise-move", methods=BOTH),
    route(
        "enterprises/<id:pk>/leave/", enterprises.release, needs=MANAGE, name="enterprise-leave", methods=BOTH
    ),
    route(
        "enterprises/<id:pk>/branches/",
        enterprises.cover,
        needs=MANAGE,
        name="enterprise-cover",
        methods=BOTH,
    ),
    route(
        "enterprises/<id:pk>/branches/<id:branch>/end/",
        enterprises.uncover,
        needs=MANAGE,
        name="enterprise-uncover",
        methods=BOTH,
    ),
    route(
        "enterprises/<id:pk>/instructors/",
        enterprises.send,
        needs=MANAGE,
        name="enterprise-visit",
        methods=BOTH,
    ),
    route(
        "enterprises/<id:pk>/contacts/new/",
        enterprises.name_contact,
        needs=APPOINT,
        name="enterprise-contact",
        methods=BOTH,
    ),
    route(
        "enterprises/<id:pk>/instructors/<id:point>/end/",
        enterprises.end_visit,
        needs=MANAGE,
        name="enterprise-visit-end",
        methods=BOTH,
    ),
]
