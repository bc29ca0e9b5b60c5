"""All URLs: each room's own table, one after the other."""

from django.urls import include, path

handler400 = "dangqun.kernel.pages.unreadable"

urlpatterns = [
    path("", include("dangqun.home.urls")),
    path("", include("dangqun.accounts.urls")),
    path("orgs/", include("dangqun.members.org_urls")),
    path("", include("dangqun.members.urls")),
    path("notices/", include("dangqun.notices.urls")),
    path("tasks/", include("dangqun.tasks.urls")),
    path("channels/", include("dangqun.ladder.urls")),
    path("papers/", include("dangqun.papers.urls")),
    path("audit/", include("dangqun.audit.urls")),
]
