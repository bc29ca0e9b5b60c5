"""Fields, filters, tables and pagers (design.md §6, 3-5, 11-12); components.py lists each with an example."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.forms import (
    BaseForm,
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    DateInput,
    DateTimeInput,
    FileInput,
    PasswordInput,
    RadioSelect,
    Select,
)
from django.http import HttpRequest
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dangqun.kernel.icons import draw

register = template.Library()


# --- fields -----------------------------------------------------------------------------------------------
@register.inclusion_tag("components/errors.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """What is wrong with a form, at its top, each line a way to its field."""
    return {"form": form, "fields": [each for each in form.visible_fields() if each.errors]}


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, hint: str = "") -> dict[str, Any]:
    """Label, control, hint, error; the control is told what describes it."""
    widget = bound.field.widget
    hint = hint or str(bound.help_text)
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        widget.attrs["class"] = "form-check-input"
        return {"field": bound, "kind": "choices", "hint": hint, "described": _described(bound, hint)}
    _native_dates(widget)
    kinds = {CheckboxInput: "check", FileInput: "file", PasswordInput: "password"}
    kind = next((word for each, word in kinds.items() if isinstance(widget, each)), "text")
    return {"field": bound, "kind": kind, "control": _control(bound, hint), "hint": hint}


@register.inclusion_tag("components/drop.html")
def drop(bound: BoundField, kinds: str, heading: str = "", icon: str = "file-spreadsheet") -> dict[str, Any]:
    """A place to drop a file or to choose one; an ordinary file field without script."""
    control = _control(bound, kinds)
    heading = heading or "把文件拖到这里，或者选文件"
    return {"field": bound, "control": control, "kinds": kinds, "heading": heading, "icon": icon}


def _control(bound: BoundField, hint: str) -> SafeString:
    widget = bound.field.widget
    kind = "form-select" if isinstance(widget, Select) else "form-control"
    kind = "form-check-input" if isinstance(widget, CheckboxInput) else kind
    attrs: dict[str, str | bool] = {"class": f"{kind} is-invalid" if bound.errors else kind}
    if described := _described(bound, hint):
        attrs["aria-describedby"] = described
    return bound.as_widget(attrs=attrs)


def _described(bound: BoundField, hint: str) -> str:
    """Name what describes a control, in the ids that Django itself would use."""
    ids = [f"{bound.auto_id}_helptext"] if hint else []
    return " ".join([*ids, f"{bound.auto_id}_error"] if bound.errors else ids)


def _native_dates(widget: Any) -> None:
    """Let the browser's own calendar open: it wants ISO values."""
    if isinstance(widget, DateTimeInput):
        widget.input_type, widget.format = "datetime-local", "%Y-%m-%dT%H:%M"
    elif isinstance(widget, DateInput):
        widget.input_type, widget.format = "date", "%Y-%m-%d"


# --- the query string -------------------------------------------------------------------------------------
@register.simple_tag(takes_context=True)
def query(context: Context, **changed: Any) -> str:
    """The query string of this page with some values changed (None: left out)."""
    return _query(context["request"], changed)


def _query(request: HttpRequest, changed: dict[str, Any]) -> str:
    values = request.GET.copy()
    for key, value in changed.items():
        if value in (None, ""):
            values.pop(key, None)
        else:
            values[key] = str(value)
    return f"?{values.urlencode()}"


@register.simple_block_tag
def picks(content: str, label: str, style: str = "chips") -> SafeString:
    """A row of choices of which one holds: chips, or a segment (`seg`)."""
    return format_html('<div class="dq-{}" role="group" aria-label="{}">{}</div>', style, label, content)


@register.simple_tag(takes_context=True)
def pick(context: Context, name: str, value: str, label: str) -> SafeString:
    """One choice: a link that sets `name` in the query string (an empty value leaves it out)."""
    request = context["request"]
    here = mark_safe(' aria-current="true"') if request.GET.get(name, "") == str(value) else mark_safe("")
    changed = {name: value, "page": None}
    return format_html('<a class="dq-chip" href="{}"{}>{}</a>', _query(request, changed), here, label)


@register.simple_tag(takes_context=True)
def chosen(context: Context, label: str, value: str, name: str) -> SafeString:
    """A filter that is on, with the way to take it off."""
    return format_html(
        '<a class="dq-chip is-on" href="{}">{}：{}{}<span class="visually-hidden">，去掉</span></a>',
        _query(context["request"], {name: None, "page": None}),
        label,
        value,
        draw("x"),
    )


@register.simple_block_tag(takes_context=True)
def filter_bar(context: Context, content: str, target: str = "") -> SafeString:
    """A GET form that filters the table under it; with htmx only `target` is swapped. The sorting is kept."""
    request = context["request"]
    swaps = ' hx-get="{}" hx-target="{}" hx-push-url="true" hx-sync="this:replace" hx-trigger="{}"'
    live = format_html(swaps, request.path, target, "submit, input delay:300ms") if target else ""
    sort = request.GET.get("sort", "")
    kept = format_html('<input type="hidden" name="sort" value="{}">', sort) if sort else ""
    return format_html(
        '<form class="dq-filter" method="get" aria-label="筛选"{}>{}{}'
        '<noscript><button class="btn" type="submit">筛选</button></noscript></form>',
        live,
        kept,
        content,
    )


# --- tables -----------------------------------------------------------------------------------------------
@register.simple_block_tag
def table(content: str, caption: str) -> SafeString:
    """A table that scrolls by itself when it must; the caption is for readers."""
    return format_html(
        '<div class="dq-scroll" tabindex="0" role="region" aria-label="{}"><table class="table dq-table">'
        '<caption class="visually-hidden">{}</caption>{}</table></div>',
        caption,
        caption,
        content,
    )


@register.simple_tag(takes_context=True)
def sort_head(context: Context, name: str, label: str, num: bool = False, cls: str = "") -> SafeString:
    """A head that sorts: `?sort=name`, then `?sort=-name`."""
    now = context["request"].GET.get("sort", "")
    turn = {name: "ascending", f"-{name}": "descending"}.get(now, "none")
    return format_html(
        '<th scope="col" class="{}" aria-sort="{}"><a href="{}">{}{}</a></th>',
        " ".join(filter(None, ("num" if num else "", cls))),
        turn,
        _query(context["request"], {"sort": f"-{name}" if now == name else name, "page": None}),
        label,
        draw({"ascending": "chevron-up", "descending": "chevron-down", "none": "selector"}[turn]),
    )


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, page: Any, unit: str) -> dict[str, Any]:
    """共 203 人，第 1 / 3 页, with the way back and on."""
    return {"page": page, "unit": unit, "request": context["request"]}


# --- the foot ---------------------------------------------------------------------------------------------
@register.inclusion_tag("components/foot.html")
def site_foot() -> dict[str, str]:
    """How to report, and the numbers of ICP and police filing, which must lead to their registers; nothing when not set."""
    digits = "".join(sign for sign in settings.POLICE if sign.isdigit())
    return {"report": settings.REPORT, "icp": settings.ICP, "police": settings.POLICE, "police_code": digits}
