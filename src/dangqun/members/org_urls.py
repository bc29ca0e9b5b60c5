"""URLs of 组织体系: the readable permission table."""

from dangqun.members.views import orgs
from dangqun.orgs.access import route

BOTH, POST = ("GET", "POST"), ("POST",)

urlpatterns = [
    route("", orgs.tree, needs="orgs.read", name="orgs"),
    route("coverage/", orgs.coverage, needs="orgs.read", name="coverage"),
    route("<id:pk>/", orgs.show, needs="orgs.read", name="org"),
    route("<id:pk>/secretary/", orgs.appoint, needs="members.appoint", name="org-appoint", methods=POST),
    route(
        "<id:pk>/branches/new/", orgs.open_branch, needs="orgs.manage", name="org-open-branch", methods=BOTH
    ),
    route("<id:pk>/close/", orgs.close, needs="orgs.manage", name="org-close", methods=BOTH),
    route("enterprises/<id:pk>/", orgs.enterprise, needs="orgs.read", name="enterprise"),
]
