"""What a branch does with its task: accept, answer, settle where it may, hand over."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dangqun.kernel.pages import attempt, back, page, toast
from dangqun.tasks import letter, rules
from dangqun.tasks.forms import AnswerForm, HandOverForm


def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """接收, or 重新办理 what came back."""
    held = letter.mine(request, pk)
    rules.accept(held, by=request.user)
    toast(request, f"已接收：{held.task.title[:30]}")
    return back(request, "assignment", pk)


def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what was written, with its files; then send it, if that was pressed."""
    held = letter.mine(request, pk)
    if request.method != "POST":
        return redirect("assignment", pk)
    form = AnswerForm(request.POST, request.FILES)
    if form.is_valid():
        attempt(form, rules.keep_answer, held, form.cleaned_data["text"], by=request.user)
    for file in request.FILES.getlist("files"):
        attempt(form, rules.enclose, held, file.name or "", file.read(), by=request.user)
    if gone := letter.gone(request, held):
        attempt(form, rules.detach_answer, gone, by=request.user)
    if "send" in request.POST and not form.errors and attempt(form, rules.answer, held, by=request.user):
        toast(request, f"已反馈：{held.task.title[:30]}")
        return redirect("assignment", pk)
    if not form.errors:
        toast(request, "已存，还没有反馈。")
        return redirect("assignment", pk)
    return page(request, "tasks/assignment.html", letter.context(request, letter.mine(request, pk), form))


def done(request: HttpRequest, pk: int) -> HttpResponse:
    """Settle by the branch's own word."""
    held = letter.mine(request, pk)
    rules.done(held, by=request.user)
    toast(request, f"已办结：{held.task.title[:30]}")
    return redirect("assignment", pk)


def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """移交 to somebody else of the branch."""
    held = letter.mine(request, pk)
    people = rules.successors(held)
    form = HandOverForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        if attempt(form, rules.hand_over, held, to, by=request.user):
            toast(request, f"已移交给{to}。")
            return redirect("tasks")
    context = {"form": form, "assignment": held, "people": people}
    return page(request, "tasks/hand_over.html", context)
