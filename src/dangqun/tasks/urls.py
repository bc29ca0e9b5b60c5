"""URLs of this room: the readable permission table.

`SIGNED_IN` stands where a branch acts: its secretary, its deputy and whoever the task was handed to (Assignment.mine).
"""

from dangqun.orgs.access import SIGNED_IN, route
from dangqun.tasks import branch_views, office_views, views, writing_views

BOTH, POST = ("GET", "POST"), ("POST",)
ASSIGNS = "tasks.assign"
WATCHES = "tasks.watch"

urlpatterns = [
    route("", views.listing, needs=SIGNED_IN, name="tasks"),
    route("export/", views.export_list, needs=SIGNED_IN, name="tasks-export"),
    route("new/", writing_views.write, needs=ASSIGNS, name="task-new", methods=BOTH),
    route("<id:pk>/", views.show, needs=SIGNED_IN, name="task"),
    route("<id:pk>/edit/", writing_views.write, needs=ASSIGNS, name="task-edit", methods=BOTH),
    route("<id:pk>/discard/", writing_views.discard, needs=ASSIGNS, name="task-discard", methods=BOTH),
    route("<id:pk>/files/<id:file>/", views.file, needs=SIGNED_IN, name="task-file"),
    route("<id:pk>/map/", views.deployment, needs=WATCHES, name="task-map"),
    route("<id:pk>/export/", views.export, needs=WATCHES, name="task-export"),
    route("<id:pk>/settle/", office_views.settle, needs=ASSIGNS, name="task-settle", methods=POST),
    route("<id:pk>/remind/", office_views.remind, needs=ASSIGNS, name="task-remind", methods=POST),
    route("<id:pk>/extend/", office_views.extend, needs=ASSIGNS, name="task-extend", methods=BOTH),
    route("<id:pk>/withdraw/", office_views.withdraw, needs=ASSIGNS, name="task-withdraw", methods=BOTH),
    route("at/<id:pk>/", views.assignment, needs=SIGNED_IN, name="assignment"),
    route("at/<id:pk>/files/<id:file>/", views.answer_file, needs=SIGNED_IN, name="assignment-file"),
    route("at/<id:pk>/accept/", branch_views.accept, needs=SIGNED_IN, name="assignment-accept", methods=POST),
    route("at/<id:pk>/answer/", branch_views.answer, needs=SIGNED_IN, name="assignment-answer", methods=BOTH),
    route("at/<id:pk>/done/", branch_views.done, needs=SIGNED_IN, name="assignment-done", methods=POST),
    route(
        "at/<id:pk>/hand-over/", branch_views.hand_over, needs=SIGNED_IN, name="assignment-hand", methods=BOTH
    ),
    route(
        "at/<id:pk>/send-back/", office_views.send_back, needs=ASSIGNS, name="assignment-back", methods=BOTH
    ),
]
