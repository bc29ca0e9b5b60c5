"""交办任务: one page; what is written is kept as a draft."""

from csp.constants import NONCE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dangqun.kernel.pages import attempt, page, toast
from dangqun.tasks import desk, rules


@csp_update({"style-src": NONCE})  # the editor brings a style of its own
def write(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Compose: keep as a draft with its files, or issue."""
    task = desk.draft(request, pk)
    notice = desk.notice_of(request, task)
    form = desk.form(request, task, notice)
    if request.method == "POST":
        form.is_valid()
        task = desk.keep(request, form, task, notice)
        if task is None:
            form.add_error("title", "还什么都没有写。请先写标题。")
        elif "issue" in request.POST and not form.errors:
            if attempt(form, rules.issue, task, by=request.user):
                toast(request, f"已交办给 {task.assignments.count()} 个支部。")
                return redirect("task-map", task.pk)
        elif not form.errors:
            toast(request, "草稿已保存，只有您自己看得到。")
            return redirect("task-edit", task.pk)
    return page(request, "tasks/write.html", desk.page_of(request, form, task, notice))


def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away, after asking: it cannot be undone."""
    task = desk.draft(request, pk)
    if request.method != "POST":
        return page(request, "tasks/discard.html", {"task": task})
    rules.discard(task, by=request.user)
    toast(request, "草稿已丢弃。")
    return redirect("tasks")
