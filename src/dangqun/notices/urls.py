"""URLs of this room: the readable permission table."""

from dangqun.notices import views
from dangqun.orgs.access import SIGNED_IN, route

BOTH, POST = ("GET", "POST"), ("POST",)

urlpatterns = [
    route("", views.listing, needs=SIGNED_IN, name="notices"),
    route("new/", views.write, needs="notices.publish", name="notice-new", methods=BOTH),
    route("count/", views.count, needs="notices.publish", name="notice-count", methods=POST),
    route("<id:pk>/", views.show, needs=SIGNED_IN, name="notice"),
    route("<id:pk>/sign/", views.sign, needs=SIGNED_IN, name="notice-sign", methods=POST),
    route("<id:pk>/unsign/", views.unsign, needs=SIGNED_IN, name="notice-unsign", methods=POST),
    route("<id:pk>/edit/", views.write, needs="notices.publish", name="notice-edit", methods=BOTH),
    route("<id:pk>/discard/", views.discard, needs="notices.publish", name="notice-discard", methods=POST),
    route("<id:pk>/receipts/", views.receipts, needs="notices.watch", name="notice-receipts"),
    route("<id:pk>/receipts/<id:branch>/", views.branch, needs="notices.watch", name="notice-branch"),
    route("<id:pk>/remind/", views.remind, needs="notices.watch", name="notice-remind", methods=POST),
    route("<id:pk>/export/", views.export, needs="notices.watch", name="notice-export"),
]
