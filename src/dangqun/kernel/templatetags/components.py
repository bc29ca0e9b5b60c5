"""The components of the screens (design.md §6), built in everywhere: no `{% load %}`.

A page: `{% extends "base.html" %}`, then blocks title, crumbs, heading, facts, actions (the one red button
last), content (`<div class="dq-page">…</div>`), dock, back. The block heading makes the page's head; without
it write `<header class="dq-head">` yourself. One `btn btn-primary` a screen; the others are `btn`,
`btn btn-quiet`, `btn btn-row` (table lines), `btn btn-ink` (only to confirm what cannot be undone).
`.col-desk` hides a column on the phone; `.only-phone`, `.only-desk`; `.num` sets figures right.

Words     {% icon "bell" %}  {% state "done|wait|todo|late|bad" "已签收" %}  {% state "done" "…" bare=True %}
          {% tag "预备党员" %}  {% stamp "已签收" "今天 09:21" %}  {% live_mark %}
People    {% person_chip name post id %}  {% person_chip name post id url=… size="s|l" %}
Shares    {% bar done total proxy=9 %}  {% pips done total proxy=1 %} (more than 12: a bar); the figure in
          words stands beside it  {% legend done=168 proxy=9 wait=35 %}
Figures   {% ledger %}{% stat "党员" 203 "名" url=… note="预备 10" %}{% endledger %}  {% fig 35 url "人" %}
Card      {% card "催办记录" note="3 次" url=… more="看名单" %}…{% endcard %}
          flush=True: no padding (for tables and lists)
Note      {% note "late" %}没有网络…{% endnote %}  kinds: "", done, todo, late, bad
Facts     {% facts %}{% fact "截止" %}今天 18:00{% endfact %}{% endfacts %}
History   {% timeline %}{% event "今天 09:21" now=True %}汪晓燕 签收{% endevent %}{% endtimeline %}
Steps     {% steps "上传|对应列|核对|导入" 3 %}
Empty     {% empty_state icon="users" heading="还没有…" text="…" url=… action="导入" %}
          {% nothing_found "没有符合条件的人" all_url %}: the filters leave nothing
Long work {% progress "正在导入" done total "行" rest="约 9 秒，可以离开本页，完成后告诉您" %}
Asking    <a class="btn" href="{% url 'withdraw' 5 %}" data-dialog="withdraw">撤回</a>
          {% dialog "withdraw" "撤回这个通知？" action=… verb="撤回通知" refuse="不撤回" %}…{% enddialog %}
          and on the page behind that link, for 长辈版 and without script, the same words:
          {% confirm "撤回这个通知？" action=… verb=… refuse=… back=… %}…{% endconfirm %}
Phone     {% dock hint="签收表示您已知悉" %}<button class="btn btn-primary">签收</button>{% enddock %}
          {% back url %} in block back
Workbook  {% sheet_view headings rows caption="新楼园区" %}; what a row holds: templates/components/sheet.html
File      {% file_line name size url note="第 2 版" %}
Fields    {% error_summary form %}  {% field form.title %}  {% field form.title "另写的提示" %}
          {% drop form.file "xlsx、xls、csv，最大 20 MB" heading="把 Excel 拖到这里，或者选文件" %}
Tables    {% filter_bar "#rows" %}…selects, search…<span class="dq-filter-end">…</span>{% endfilter_bar %}
          {% chosen "园区" "连城" "park" %} (a filter that is on, with × to take it off)
          {% picks "只看某一类" style="seg|chips" %}{% pick "state" "missing" "未签收 35" %}{% endpicks %}
          {% table "党员名册" %}<thead>…{% sort_head "name" "姓名" %}{% sort_head "age" "党龄" num=True %}…
          {% endtable %}  {% pager page "人" %}  {% query page=2 state=None %} (the rest of the query is kept)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from dangqun.kernel.icons import draw
from dangqun.kernel.templatetags import controls

register = template.Library()
register.tags.update(controls.register.tags)

STATES = {
    "done": "circle-check",
    "wait": "circle-dashed",
    "todo": "circle-dot",
    "late": "clock-exclamation",
    "bad": "alert-octagon",
}
NOTES = STATES | {"": "info-circle", "todo": "info-circle", "late": "alert-triangle"}
TINTS = 5
MOST_PIPS = 12
PIP = 16  # px from one square to the next
EMPTY = mark_safe("")


# --- words ------------------------------------------------------------------------------------------------
@register.simple_tag
def icon(name: str) -> SafeString:
    """One icon of the sprite; it is ornament, the word stands beside it."""
    return draw(name)


@register.simple_tag
def state(kind: str, word: str, bare: bool = False) -> SafeString:
    """A state in three signals: icon, word, colour."""
    cls = f"is-{kind} is-bare" if bare else f"is-{kind}"
    return format_html('<span class="dq-state {}">{}{}</span>', cls, draw(STATES[kind]), word)


@register.simple_tag
def tag(word: str) -> SafeString:
    """A fact that is not a state."""
    return format_html('<span class="dq-tag">{}</span>', word)


@register.simple_tag
def stamp(word: str, when: str = "") -> SafeString:
    """The stamp that appears after signing."""
    return format_html(
        '<p class="dq-stamp" role="status">{}<span>{}{}</span></p>',
        draw("circle-check"),
        word,
        format_html("　<small>{}</small>", when) if when else "",
    )


@register.simple_tag
def live_mark(word: str = "实时") -> SafeString:
    """Says whether the page is connected; live.js changes the word."""
    return format_html('<span class="dq-live">{}<span data-live-state>{}</span></span>', draw("point"), word)


# --- people -----------------------------------------------------------------------------------------------
@register.simple_tag
def person_chip(
    name: str, post: str = "", ident: int | None = 0, url: str = "", size: str = ""
) -> SafeString:
    """A person: the first character on a tint that follows her number, name, post."""
    face = format_html(
        '<span class="dq-face t{}{}" aria-hidden="true">{}</span>',
        (ident or 0) % TINTS + 1,
        f" dq-face-{size}" if size else "",
        name[:1],
    )
    words = format_html("<span>{}{}</span>", name, format_html("<small>{}</small>", post) if post else "")
    if url:
        return format_html('<a class="dq-person" href="{}">{}{}</a>', url, face, words)
    return format_html('<span class="dq-person">{}{}</span>', face, words)


# --- shares -----------------------------------------------------------------------------------------------
@register.simple_tag
def bar(done: int, total: int, proxy: int = 0, words: str = "") -> SafeString:
    """How many of all have signed, `proxy` of them by somebody else; the figure stands beside it. `words`: said instead."""
    own, other = (round(100 * each / total, 2) if total else 0 for each in (done - proxy, proxy))
    return format_html(
        '<svg class="dq-bar" role="img" aria-label="{}"><rect class="done" width="{}%" height="100%"/>'
        '<rect class="proxy" x="{}%" width="{}%" height="100%"/></svg>',
        words or _share_in_words(done, total, proxy),
        own,
        own,
        other,
    )


@register.simple_tag
def pips(done: int, total: int, proxy: int = 0) -> SafeString:
    """One square for each of up to twelve people: full, half (by somebody else), hollow; a bar for more."""
    if total > MOST_PIPS:
        return bar(done, total, proxy)
    kinds = ["done"] * (done - proxy) + ["proxy"] * proxy + ["open"] * (total - done)
    squares = [(_pip(n * PIP, kind),) for n, kind in enumerate(kinds)]
    return format_html(
        '<svg class="dq-pips" width="{}" height="12" role="img" aria-label="{}">{}</svg>',
        max(0, total * PIP - 4),
        _share_in_words(done, total, proxy),
        format_html_join("", "{}", squares),
    )


def _pip(x: int, kind: str) -> SafeString:
    if kind == "done":
        return format_html('<rect class="done" x="{}" width="12" height="12" rx="2"/>', x)
    ring = '<rect class="{}" x="{}" y=".75" width="10.5" height="10.5" rx="1.5"/>'
    if kind == "open":
        return format_html(ring, "open", x + 0.75)
    half = format_html('<path class="proxy" d="M{} 2a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2L{} 12z"/>', x, x)
    return half + format_html(ring, "ring", x + 0.75)


def _share_in_words(done: int, total: int, proxy: int) -> str:
    return f"{total} 人中 {done} 人已签收" + (f"，其中代签 {proxy} 人" if proxy else "")


@register.simple_tag
def legend(done: int, wait: int, proxy: int = 0) -> SafeString:
    """The words and figures under a bar."""
    parts = [("k-done", "本人签收", done - proxy), ("k-proxy", "代签", proxy), ("", "未签收", wait)]
    shown = [each for each in parts if each[0] != "k-proxy" or proxy]
    lines = format_html_join("", '<span><i class="{}"></i>{} {}</span>', shown)
    return format_html('<p class="dq-legend">{}</p>', lines)


# --- figures ----------------------------------------------------------------------------------------------
@register.simple_block_tag
def ledger(content: str) -> SafeString:
    """A strip of figures in columns."""
    return format_html('<dl class="dq-ledger dq-card">{}</dl>', content)


@register.simple_tag
def stat(label: str, value: Any, unit: str = "", url: str = "", note: str = "") -> SafeString:
    """A figure, of what, in what; the whole cell opens its rows. None: unknown."""
    return format_html(
        "<div><dt>{}</dt><dd>{}{}{}</dd></div>",
        label,
        fig(value, url),
        format_html("<span>{}</span>", unit) if unit else "",
        format_html("<small>{}</small>", note) if note else "",
    )


@register.simple_tag
def fig(value: Any, url: str = "", unit: str = "") -> SafeString:
    """A figure that opens its rows."""
    words = "—" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
    words = f"{words} {unit}" if unit else words
    if url:
        return format_html('<a class="dq-fig" href="{}">{}</a>', url, words)
    return format_html('<b class="dq-fig">{}</b>', words)


# --- boxes ------------------------------------------------------------------------------------------------
@register.simple_block_tag
def card(
    content: str, title: str, note: str = "", url: str = "", more: str = "全部", flush: bool = False
) -> SafeString:
    """A card: title, a small fact, a link at right, body."""
    return format_html(
        '<section class="dq-card" aria-label="{}">'
        '<div class="dq-card-head"><h2>{}</h2>{}{}</div>{}</section>',
        title,
        title,
        format_html("<small>{}</small>", note) if note else "",
        format_html('<a class="dq-more" href="{}">{}</a>', url, more) if url else "",
        content if flush else format_html('<div class="dq-card-body">{}</div>', content),
    )


@register.simple_block_tag
def note(content: str, kind: str = "") -> SafeString:
    """A sentence that stands out, with its icon."""
    role = mark_safe(' role="alert"') if kind == "bad" else EMPTY
    cls = f" is-{kind}" if kind else ""
    drawn = draw(NOTES[kind])
    return format_html('<div class="dq-note{}"{}>{}<div>{}</div></div>', cls, role, drawn, content)


@register.simple_block_tag
def facts(content: str) -> SafeString:
    """A list of labels and values."""
    return format_html('<dl class="dq-facts">{}</dl>', content)


@register.simple_block_tag
def fact(content: str, label: str) -> SafeString:
    """One label and its value."""
    return format_html("<dt>{}</dt><dd>{}</dd>", label, content)


@register.simple_block_tag
def timeline(content: str) -> SafeString:
    """What happened, newest first."""
    return format_html('<ol class="dq-line">{}</ol>', content)


@register.simple_block_tag
def event(content: str, when: str, now: bool = False) -> SafeString:
    """One line of a timeline."""
    cls = mark_safe(' class="is-now"') if now else EMPTY
    return format_html("<li{}><time>{}</time>　{}</li>", cls, when, content)


@register.simple_block_tag
def filled(content: str, element: str, cls: str = "") -> SafeString:
    """Its content inside an element, or nothing when there is none (for blocks that a page may leave out)."""
    if not content.strip():
        return EMPTY
    return format_html("<{0}{1}>{2}</{0}>", element, format_html(' class="{}"', cls) if cls else "", content)


@register.simple_tag
def steps(words: str, current: int) -> SafeString:
    """Numbered steps, the current one told to readers."""
    items = []
    for number, word in enumerate(words.split("|"), 1):
        mark = draw("check") if number < current else str(number)
        cls = mark_safe(' class="is-done"') if number < current else EMPTY
        here = mark_safe(' aria-current="step"') if number == current else EMPTY
        items.append((cls, here, mark, word))
    lines = format_html_join("", "<li{}{}><b>{}</b><span>{}</span></li>", items)
    return format_html('<ol class="dq-steps" aria-label="步骤">{}</ol>', lines)


@register.simple_tag
def empty_state(icon: str, heading: str, text: str, url: str = "", action: str = "") -> SafeString:
    """An empty place: what it is, what comes next, and the way there (left out where the page's head has that button)."""
    button = format_html('<a class="btn btn-primary" href="{}">{}</a>', url, action) if url else ""
    return format_html(
        '<div class="dq-empty">{}<h2>{}</h2><p>{}</p>{}</div>', draw(icon), heading, text, button
    )


@register.simple_tag
def nothing_found(heading: str, url: str) -> SafeString:
    """What the filters leave when they leave nothing: 清除筛选 is a way back, never the page's main verb."""
    return format_html(
        '<div class="dq-empty">{}<h2>{}</h2><p>换一个条件，或者清除筛选再看。</p><a class="btn" href="{}">清除筛选</a></div>',
        draw("search"),
        heading,
        url,
    )


@register.inclusion_tag("components/progress.html")
def progress(label: str, done: int, total: int, unit: str = "", rest: str = "") -> dict[str, Any]:
    """Long work: how far, and that she may leave the page."""
    share = round(100 * done / total) if total else 0
    return {"label": label, "done": done, "total": total, "unit": unit, "rest": rest, "share": share}


@register.simple_tag
def file_line(name: str, size: str, url: str, note: str = "", icon: str = "file") -> SafeString:
    """A file to fetch: kind, name, size, version."""
    small = f"{size}，{note}" if note else size
    return format_html(
        '<a class="dq-file" href="{}">{}<span class="dq-file-name">{}<small>{}</small></span>{}</a>',
        url,
        draw(icon),
        name,
        small,
        format_html('<span class="dq-file-go">{}</span>', draw("download")),
    )


# --- asking, the phone ------------------------------------------------------------------------------------
@register.simple_block_tag(takes_context=True)
def dialog(context: Context, content: str, ident: str, heading: str, **words: str) -> SafeString:
    """A question over the page: what follows in figures, 不… and the verb (action, verb, refuse)."""
    return _ask("components/dialog.html", context, content, {"ident": ident, "heading": heading} | words)


@register.simple_block_tag(takes_context=True)
def confirm(context: Context, content: str, heading: str, **words: str) -> SafeString:
    """The same question as a page of its own (action, verb, refuse, back)."""
    return _ask("components/confirm.html", context, content, {"heading": heading} | words)


def _ask(name: str, context: Context, content: str, words: dict[str, str]) -> SafeString:
    assert context.template is not None  # a tag is rendered by a template
    found = context.template.engine.get_template(name)
    with context.push(content=content, **words):
        return mark_safe(found.render(context))


@register.simple_block_tag
def dock(content: str, hint: str = "") -> SafeString:
    """The bar at the foot of a phone with the main action; it takes the place of the bottom bar."""
    below = format_html("<p>{}</p>", hint) if hint else ""
    return format_html('<div class="dq-dock"><div class="dq-dock-row">{}</div>{}</div>', content, below)


@register.simple_tag
def back(url: str) -> SafeString:
    """The way back in the phone's app bar."""
    return format_html(
        '<a class="dq-tap dq-back" href="{}" aria-label="返回">{}</a>', url, draw("chevron-left")
    )


# --- workbook ---------------------------------------------------------------------------------------------
@register.inclusion_tag("components/sheet.html")
def sheet_view(headings: Sequence[str], rows: Sequence[Any], caption: str = "") -> dict[str, Any]:
    """A workbook as Excel shows it: column letters, row numbers, marked cells."""
    width = len(headings)
    letters = [column_letter(n) for n in range(width)]
    return {"letters": letters, "headings": headings, "rows": rows, "caption": caption, "width": width}


@register.filter
def column_letter(index: int) -> str:
    """Return Excel's letter of a column counted from 0: A, Z, AA."""
    word, number = "", index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        word = chr(65 + rest) + word
    return word
