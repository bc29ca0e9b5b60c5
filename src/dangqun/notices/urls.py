"""URLs of this room: the readable permission table."""

from dangqun.notices import issuing_views, paper_views, stand_in_views, views, writing_views
from dangqun.orgs.access import SIGNED_IN, route

BOTH, POST = ("GET", "POST"), ("POST",)
WRITES = "notices.publish"
WATCHES = "notices.watch"
SIGNS_FOR = "notices.sign_for"

urlpatterns = [
    route("", views.listing, needs=SIGNED_IN, name="notices"),
    route("export/", paper_views.export_list, needs=SIGNED_IN, name="notices-export"),
    route("new/", writing_views.write, needs=WRITES, name="notice-new", methods=BOTH),
    route("keep/", writing_views.keep, needs=WRITES, name="notice-keep", methods=POST),
    route("count/", writing_views.count, needs=WRITES, name="notice-count", methods=POST),
    route("people/", writing_views.people, needs=WRITES, name="notice-people"),
    route("branches/<id:pk>/", writing_views.branches, needs=WRITES, name="notice-branches"),
    route("templates/", issuing_views.templates, needs=WRITES, name="notice-templates"),
    route("templates/start/", issuing_views.start, needs=WRITES, name="notice-start", methods=POST),
    route("templates/<id:pk>/", issuing_views.template, needs=WRITES, name="notice-template", methods=BOTH),
    route("<id:pk>/", views.show, needs=SIGNED_IN, name="notice"),
    route("<id:pk>/files/<id:file>/", views.attachment, needs=SIGNED_IN, name="attachment"),
    route("<id:pk>/sign/", views.sign, needs=SIGNED_IN, name="notice-sign", methods=POST),
    route("<id:pk>/unsign/", views.unsign, needs=SIGNED_IN, name="notice-unsign", methods=POST),
    route("<id:pk>/noted/", views.noted, needs=SIGNED_IN, name="notice-noted", methods=POST),
    route("<id:pk>/disown/", views.disown, needs=SIGNED_IN, name="notice-disown", methods=POST),
    route("<id:pk>/editions/", views.editions, needs=SIGNED_IN, name="notice-editions"),
    route("<id:pk>/edit/", writing_views.write, needs=WRITES, name="notice-edit", methods=BOTH),
    route("<id:pk>/discard/", writing_views.discard, needs=WRITES, name="notice-discard", methods=BOTH),
    route("<id:pk>/schedule/", issuing_views.schedule, needs=WRITES, name="notice-schedule", methods=BOTH),
    route("<id:pk>/left/", issuing_views.left, needs=WRITES, name="notice-left", methods=BOTH),
    route(
        "<id:pk>/template/", issuing_views.keep_template, needs=WRITES, name="notice-pattern", methods=BOTH
    ),
    route("<id:pk>/correct/", issuing_views.correct, needs=WRITES, name="notice-correct", methods=BOTH),
    route("<id:pk>/withdraw/", issuing_views.withdraw, needs=WRITES, name="notice-withdraw", methods=BOTH),
    route(
        "<id:pk>/sign-for/<id:branch>/",
        stand_in_views.sign_for,
        needs=SIGNS_FOR,
        name="notice-sign-for",
        methods=BOTH,
    ),
    route(
        "<id:pk>/unsign-for/<id:branch>/",
        stand_in_views.unsign_for,
        needs=SIGNS_FOR,
        name="notice-unsign-for",
        methods=POST,
    ),
    route(
        "<id:pk>/phones/",
        stand_in_views.phones,
        needs="notices.phone_list",
        name="notice-phones",
        methods=BOTH,
    ),
    route("<id:pk>/receipts/", views.receipts, needs=WATCHES, name="notice-receipts"),
    route("<id:pk>/receipts/<id:branch>/", views.branch, needs=WATCHES, name="notice-branch"),
    route("<id:pk>/remind/", views.remind, needs=WATCHES, name="notice-remind", methods=POST),
    route("<id:pk>/export/", paper_views.export_receipts, needs=WATCHES, name="notice-export"),
    route("<id:pk>/print/", paper_views.print_notice, needs=SIGNED_IN, name="notice-print", methods=POST),
    route(
        "<id:pk>/receipts/print/",
        paper_views.print_receipts,
        needs=WATCHES,
        name="notice-receipts-print",
        methods=POST,
    ),
]
