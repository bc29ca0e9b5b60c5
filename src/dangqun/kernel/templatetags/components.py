"""The components of the screens (design.md §6), built in everywhere: no `{% load %}` needed.

{% icon "bell" %} · {% state "done" "已签收" %} · {% empty_state icon="users" heading="还没有…" text="…" url=… action="导入" %}
{% person_chip name post id %} · {% field form.title %} · {% error_summary form %} · {% pager page "人" %}
{% bar done proxy total %} · {% pips done total %} · {% stamp "已签收" moment %} · {% steps "上传|对应列|核对|导入" 2 %}
{% query page=2 %} keeps the query string but for what is named.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect, Select
from django.http import HttpRequest
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

STATES = {
    "done": "circle-check",
    "wait": "circle-dashed",
    "todo": "circle-dot",
    "late": "clock-exclamation",
    "bad": "alert-octagon",
}
TINTS = 5


@register.simple_tag
def icon(name: str) -> SafeString:
    """One icon of the sprite; it is ornament, the word stands beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("icons/icons.svg"), name
    )


@register.simple_tag
def state(kind: str, word: str) -> SafeString:
    """A state in three signals: icon, word, colour."""
    return format_html('<span class="dq-state is-{}">{}{}</span>', kind, icon(STATES[kind]), word)


@register.simple_tag
def stamp(word: str, when: str = "") -> SafeString:
    """The stamp that appears after signing."""
    return format_html(
        '<p class="dq-stamp" role="status">{}<b>{}</b><span>{}</span></p>', icon("circle-check"), word, when
    )


@register.simple_tag
def empty_state(
    icon: str, heading: str, text: str, url: str = "", action: str = ""  # noqa: PLR0913
) -> SafeString:
    """An empty place: what it is, what comes next, and the way there."""
    button = format_html('<a class="btn btn-primary" href="{}">{}</a>', url, action) if url else ""
    drawn = globals()["icon"](icon)
    return format_html('<div class="dq-empty">{}<h2>{}</h2><p>{}</p>{}</div>', drawn, heading, text, button)


@register.simple_tag
def person_chip(name: str, post: str = "", ident: int | None = 0) -> SafeString:
    """A person: the first character on a tint that follows her number, name, post."""
    return format_html(
        '<span class="dq-person"><span class="dq-face t{}" aria-hidden="true">{}</span><span>{}{}</span></span>',
        (ident or 0) % TINTS + 1,
        name[:1],
        name,
        format_html("<small>{}</small>", post) if post else "",
    )


@register.simple_tag
def bar(done: int, total: int) -> SafeString:
    """A bar for shares; the figure in words must stand beside it."""
    share = round(100 * done / total, 1) if total else 0
    return format_html(
        '<svg class="dq-bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{} / {}">'
        '<rect class="dq-bar-rest" width="100" height="10"/><rect class="dq-bar-done" width="{}" height="10"/></svg>',
        done,
        total,
        share,
    )


@register.simple_tag
def pips(done: int, total: int) -> SafeString:
    """One square for each of up to twelve people; a bar for more."""
    if total > 12:
        return bar(done, total)
    squares = format_html_join(
        "", '<rect x="{}" y="1" width="10" height="10" rx="2" class="{}"/>',
        ((14 * n + 1, "dq-pip-on" if n < done else "dq-pip-off") for n in range(total)),
    )  # fmt: skip
    return format_html(
        '<svg class="dq-pips" width="{}" height="12" role="img" aria-label="{} / {}">{}</svg>',
        14 * total,
        done,
        total,
        squares,
    )


@register.simple_tag
def steps(words: str, current: int) -> SafeString:
    """Numbered steps, the current one told to readers."""
    items = []
    for number, word in enumerate(words.split("|"), 1):
        mark = icon("check") if number < current else str(number)
        cls = "is-done" if number < current else "is-here" if number == current else ""
        here = mark_safe(' aria-current="step"') if number == current else ""
        items.append(format_html('<li class="{}"{}><i>{}</i>{}</li>', cls, here, mark, word))
    return format_html('<ol class="dq-steps">{}</ol>', mark_safe("".join(items)))


@register.simple_tag(takes_context=True)
def query(context: Context, **changed: Any) -> str:
    """The query string of this page with some values changed (None: left out)."""
    request: HttpRequest = context["request"]
    values = request.GET.copy()
    for key, value in changed.items():
        if value in (None, ""):
            values.pop(key, None)
        else:
            values[key] = str(value)
    return f"?{values.urlencode()}"


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, page: Any, unit: str) -> dict[str, Any]:
    """共 203 人，第 1 / 3 页, with the way back and on."""
    return {"page": page, "unit": unit, "request": context["request"]}


@register.inclusion_tag("components/errors.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """What is wrong with a form, at its top, each line a way to its field."""
    return {"form": form, "fields": [each for each in form.visible_fields() if each.errors]}


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, hint: str = "") -> dict[str, Any]:
    """Label, control, hint, error; the control is told what describes it."""
    widget = bound.field.widget
    kind = "text"
    attrs = {"class": "form-control"}
    if isinstance(widget, CheckboxSelectMultiple | RadioSelect):
        kind, attrs = "choices", {}
    elif isinstance(widget, CheckboxInput):
        kind, attrs = "check", {"class": "form-check-input"}
    elif isinstance(widget, Select):
        attrs = {"class": "form-select"}
    elif isinstance(widget, FileInput):
        kind = "file"
    hint = hint or str(bound.help_text)
    described = [f"{bound.id_for_label}-hint"] if hint else []
    if bound.errors:
        attrs["aria-invalid"] = "true"
        attrs["class"] = f"{attrs.get('class', '')} is-invalid"
        described.append(f"{bound.id_for_label}-error")
    if described and kind != "choices":
        attrs["aria-describedby"] = " ".join(described)
    return {"field": bound, "kind": kind, "control": bound.as_widget(attrs=attrs), "hint": hint}
