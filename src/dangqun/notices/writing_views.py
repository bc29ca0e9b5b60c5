"""写通知: one page, kept by itself while it is written."""

from csp.constants import NONCE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from dangqun.kernel.pages import page, row_number, toast
from dangqun.notices import compose, rules


# The editor puts two style elements of its own into the page; only those, by the nonce of this answer, are let in.
@csp_update({"style-src": NONCE})
def write(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Compose: keep as a draft with its files, or publish."""
    notice = compose.draft(request, pk)
    if notice and notice.is_scheduled:
        return redirect("notice-schedule", notice.pk)
    form = compose.form(request, notice)
    if request.method == "POST":
        form.is_valid()
        notice = compose.keep(request, form, notice)
        if form.publishing:
            form.refuse_past_deadline()
            if notice and not form.errors and (sent := compose.send(request, form, notice)):
                return sent
        elif notice and not form.errors and "find" not in request.POST:
            toast(request, "草稿已保存，只有您自己看得到。")
            return redirect("notice-edit", notice.pk)
    return page(request, "notices/write.html", compose.desk(request, form, notice))


def keep(request: HttpRequest) -> HttpResponse:
    """Keep what is being written (every two seconds of silence, on leaving, and for every file), and say when."""
    notice = compose.draft(request, compose.number(request.POST.get("notice", "")))
    form = compose.form(request, notice)
    form.is_valid()
    notice = compose.keep(request, form, notice)
    context = compose.kept(form, notice)
    return page(request, "notices/_kept.html", context)


def count(request: HttpRequest) -> HttpResponse:
    """Answer how many people an audience means, and what reading costs them."""
    form = compose.form(request, None)
    cost = compose.cost(request.actor, form)
    return page(request, "notices/write.html", {"form": form, "cost": cost}, part="cost")


def people(request: HttpRequest) -> HttpResponse:
    """Find people to pick by name."""
    context = compose.found(request.actor, request.GET.get("seek", "")[:20])
    return page(request, "notices/_found.html", context)


def branches(request: HttpRequest, pk: int) -> HttpResponse:
    """List the branches of one park, for a zone that has too many to list at once; what was ticked stays so."""
    ticked = set(map(row_number, request.GET.getlist("orgs")))
    context = {"branches": compose.branches_of(request, pk), "chosen": {"orgs": ticked}}
    return page(request, "notices/_branches.html", context)


def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away, after asking: it cannot be undone."""
    notice = compose.draft(request, pk)
    if request.method != "POST":
        context = {"notice": notice, "attachments": list(notice.attachments.all())}
        return page(request, "notices/discard.html", context)
    rules.discard(notice, by=request.user)
    toast(request, "草稿已丢弃。")
    return redirect("notices")
