"""导入: three steps, upload, columns, check and put right, store, and what came of it."""

from __future__ import annotations

import io
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from dangqun.kernel.jobs import Standing, worker_is_alive
from dangqun.kernel.pages import attempt, is_htmx, page, paginate, toast
from dangqun.kernel.rules import RuleBroken
from dangqun.kernel.sheets.handing import workbook
from dangqun.members.imports import desk, rules
from dangqun.members.imports.bench import alike, bench, next_problem
from dangqun.members.imports.blank import blank_workbook
from dangqun.members.imports.desk import seconds_left
from dangqun.members.imports.forms import FixForm, UploadForm
from dangqun.members.imports.kinds import KINDS, Kind, kind_of
from dangqun.members.imports.outcome import outcome
from dangqun.members.models import Import
from dangqun.orgs.access import fetch, rows


def landing(request: HttpRequest) -> HttpResponse:
    """Show the three steps in their order, what is done, and the last imports."""
    found = rows(request, Import)
    context = {
        "steps": desk.steps(request.actor),
        "underway": found.underway(timezone.now()).order_by("-pk").select_related("by")[:5],
        "recent": found.done().select_related("by")[:10],
        "labels": {name: kind.label for name, kind in KINDS.items()},
    }
    return page(request, "members/imports/landing.html", context)


def upload(request: HttpRequest, kind: str) -> HttpResponse:
    """Take a workbook in; the next page asks only what the platform does not know yet."""
    wanted = _kind(kind)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        run = attempt(form, rules.begin, wanted, file.read(), file.name, actor=request.actor)
        if run:
            return redirect("import", run.pk)
    status = 422 if form.errors else 200
    return page(request, "members/imports/upload.html", {"form": form, "kind": wanted}, status=status)


def template(request: HttpRequest, kind: str) -> HttpResponse:
    """下载样表."""
    wanted = _kind(kind)
    return workbook(io.BytesIO(blank_workbook(wanted)), f"{wanted.title}（样表）.xlsx")


def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an import where it stands: columns, check, result, or that its time is over."""
    run = fetch(request, Import, pk=pk)
    shown, work = rules.preview_of(run), rules.work_on(run)
    if run.done_at is None and (run.dropped_at or run.expires_at <= timezone.now()):
        return page(request, "members/imports/gone.html", {"run": run})
    if not run.columns_settled:
        return redirect("import-columns", run.pk)
    if work and not (work.is_over and shown):
        return _waiting(request, run, work)
    if is_htmx(request) and "HX-Boosted" not in request.headers:
        return HttpResponse(status=204, headers={"HX-Redirect": request.path})  # the waiting page is done
    if run.done_at:
        return _report(request, run, shown)
    if shown is None:
        raise RuleBroken(rules.EXPIRED)
    refusal = work.sentence if work and not request.GET else ""
    context = bench(run, shown, request.GET, request.actor) | {"refusal": refusal}
    return page(request, "members/imports/check.html", context)


def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a person say which column means what; it is remembered for the next file."""
    run = _underway(request, pk)
    refusal = ""
    if request.method == "POST":
        try:
            rules.choose_columns(run, desk.chosen_columns(run, request.POST), actor=request.actor)
            return redirect("import", run.pk)
        except RuleBroken as broken:
            refusal = broken.sentence
    context = desk.column_choices(run, request.POST or None)
    context |= {"run": run, "kind": kind_of(run.kind), "refusal": refusal}
    return page(request, "members/imports/columns.html", context, status=422 if refusal else 200)


def fix(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a row right, and those with the same fault if she says so; then go to the next that needs it."""
    run = _underway(request, pk)
    form = FixForm(request.POST)
    shown = rules.preview_of(run)
    if shown is None or not form.is_valid() or form.cleaned_data["sheet"] >= len(shown["sheets"]):
        return redirect("import", run.pk)
    sheet, row = form.cleaned_data["sheet"], form.cleaned_data["row"]
    at = (shown["sheets"][sheet]["title"], row)
    also = alike(shown, sheet, row) if form.cleaned_data["alike"] else ()
    try:
        rules.put_right(run, at, form.fix(kind_of(run.kind)), actor=request.actor, also=also)
    except RuleBroken as broken:
        context = bench(run, shown, request.POST, request.actor) | {"fix_refusal": broken.sentence}
        return page(request, "members/imports/check.html", context, status=422)
    sheet, row = next_problem(rules.preview_of(run) or shown, sheet, row)
    return redirect(f"{reverse('import', args=(run.pk,))}?sheet={sheet}&row={row}#row-{row}")


def store(request: HttpRequest, pk: int) -> HttpResponse:
    """导入: store the good rows, or nothing when `strict` and one is faulty. A second tap stores nothing more."""
    run = fetch(request, Import, pk=pk)
    if run.done_at:
        return _once(request, run)
    if rules.is_large(run) and (work := rules.work_on(run)) and not work.is_over:
        return redirect("import", run.pk)
    run = _underway(request, pk)
    if rules.is_large(run):
        rules.let_carry_out(run, strict="strict" in request.POST, actor=request.actor)
        return redirect("import", run.pk)
    try:
        rules.carry_out(run, strict="strict" in request.POST, actor=request.actor)
    except RuleBroken as broken:
        if fetch(request, Import, pk=pk).done_at:
            return _once(request, run)
        context = bench(run, rules.preview_of(run) or rules.NOTHING, request.GET, request.actor)
        return page(request, "members/imports/check.html", context | {"refusal": broken.sentence}, status=422)
    toast(request, f"已导入 {run.figures['accepted']} {kind_of(run.kind).unit}")
    return redirect("import", run.pk)


def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """放弃: delete the kept file now."""
    run = _underway(request, pk)
    rules.drop(run, by=request.user)
    toast(request, "已放弃，文件已删除，什么都没有导入")
    return redirect("imports")


def marked_copy(request: HttpRequest, pk: int) -> HttpResponse:
    """下载批注过的原表: the sender's own workbook, faulty cells red and with comments."""
    run = fetch(request, Import, pk=pk)
    data, name = rules.marked_copy(run, actor=request.actor)
    return workbook(io.BytesIO(data), name)


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Http404
    return KINDS[name]


def _underway(request: HttpRequest, pk: int) -> Import:
    run = fetch(request, Import, pk=pk)
    if run.done_at or run.dropped_at:
        raise RuleBroken("这个文件已经导入过，或者已经放弃。请到导入页重新上传。")
    if run.expires_at <= timezone.now():
        raise RuleBroken(rules.EXPIRED)
    work = rules.work_on(run)
    if work and not work.is_over:
        raise RuleBroken("这个文件正在后台处理，还不能改。做完以后请再来。")
    return run


def _waiting(request: HttpRequest, run: Import, work: Standing) -> HttpResponse:
    """Show how far the worker is; the piece comes again every second until there is something else to show."""
    stores = bool(run.preview_key)
    rest = (
        seconds_left(work) if work.stage == "写入" or not stores else None
    )  # after the check comes the storing
    context = {"run": run, "kind": kind_of(run.kind), "work": work, "rest": rest, "stores": stores}
    context["alive"] = worker_is_alive()
    return page(request, "members/imports/waiting.html", context, part="work")


def _report(request: HttpRequest, run: Import, shown: dict[str, Any] | None) -> HttpResponse:
    context = outcome(run, kind_of(run.kind), shown, request.GET) | {"next": _next(run)}
    context["rows"] = paginate(request, context["rows"])
    return page(request, "members/imports/report.html", context)


def _once(request: HttpRequest, run: Import) -> HttpResponse:
    toast(request, "这个文件刚才已经导入，没有导入第二遍")
    return redirect("import", run.pk)


def _next(run: Import) -> Kind | None:
    names = list(KINDS)
    at = names.index(run.kind) + 1
    return KINDS[names[at]] if at < len(names) else None
