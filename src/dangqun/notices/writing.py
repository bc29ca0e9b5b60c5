"""The text of a notice in its three shapes: what the editor sends, what is kept, and plain text for a bare field.

Without script the field holds plain text with a few habits that lose nothing of what the editor can do:
an empty line parts paragraphs, "## " begins a heading, "- " and "1. " begin lines of lists, **…** is bold,
[words](https://…) is a link.
"""

from __future__ import annotations

import re
from html import escape, unescape
from html.parser import HTMLParser
from itertools import groupby

import nh3

from dangqun.kernel.markings import refuse_marked
from dangqun.kernel.rules import RuleBroken

HIDDEN = "里面有看不见的控制字符，请删掉再贴一次。"
FIELDS = {"file": "files"}
TAGS = {
    "p",
    "br",
    "strong",
    "em",
    "b",
    "i",
    "u",
    "h2",
    "h3",
    "ul",
    "ol",
    "li",
    "blockquote",
    "a",
    "div",
    "del",
}
SCHEMES = {"http", "https", "mailto"}
WITHOUT_WORDS = {"script", "style", "title", "xml"}  # what stands in these is not for readers
_OTHER_HEADING = re.compile(r"<(/?)h[1456](?=[\s>])", re.IGNORECASE)
_NUMBERED = re.compile(r"\d{1,3}\. +(?=\S)")
# Bold looks no farther than the next two stars, so that it takes no longer than the text is long.
_BOLD = re.compile(r"\*\*(?=\S)([^*\n]+(?:\*[^*\n]+)*)(?<=\S)\*\*")
_LINK = re.compile(r"\[([^\[\]\n]+)\]\(((?:https?://|mailto:)[^\s()<>\"]+)\)")


def clean(html: str) -> str:
    """Return the text with only the tags that a notice needs; scripts, styles, pictures and foreign marks go."""
    kept = nh3.clean(
        _OTHER_HEADING.sub(r"<\1h2", html),
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes=SCHEMES,
        clean_content_tags=WITHOUT_WORDS,
    )
    return kept.replace("\r\n", "\n").strip()


def screen(**written: str) -> None:
    """Let what is written in a notice pass: title, body, file names, reasons; the one gate for all of them.

    `written` maps a field to its text (a body with its tags). Raises RuleBroken, at that field, for what may not be kept.
    """
    for name, text in written.items():
        if "\0" in text:  # PostgreSQL takes none in a text
            raise RuleBroken(HIDDEN, field=FIELDS.get(name, name))
        refuse_marked(text, field=FIELDS.get(name, name))


def change_in_figures(before: str, after: str) -> list[str]:
    """Say how much of a text changed, and nothing of what it says: how long it was, how long it is, how much went and came."""
    old, new = (unescape(nh3.clean(each, tags=set())) for each in (before, after))
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    gone, come = len(old) - start - end, len(new) - start - end
    how = f"删 {gone} 字，加 {come} 字" if gone or come else "只改了格式"
    return [f"{len(old)} 字", f"{len(new)} 字，{how}"]


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts have in common from their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def is_blank(html: str) -> bool:
    """Whether a text says nothing."""
    return not nh3.clean(html, tags=set()).replace("&nbsp;", " ").replace("\xa0", " ").strip()


def as_html(text: str) -> str:
    """Turn plain text with its habits into the tags of a notice."""
    parts: list[str] = []
    for kind, group in groupby(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), key=_kind):
        lines = [line.strip() for line in group]
        if kind == "h2":
            parts += [f"<h2>{_inline(line[3:])}</h2>" for line in lines]
        elif kind == "ul":
            parts.append("<ul>" + "".join(f"<li>{_inline(line[2:])}</li>" for line in lines) + "</ul>")
        elif kind == "ol":
            items = (_inline(_NUMBERED.sub("", line, count=1)) for line in lines)
            parts.append("<ol>" + "".join(f"<li>{item}</li>" for item in items) + "</ol>")
        elif kind == "p":
            parts.append("<p>" + "<br>".join(_inline(line) for line in lines) + "</p>")
    return "".join(parts)


def as_text(html: str) -> str:
    """Return the plain text that `as_html` would make these tags from."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [line.strip() for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _kind(line: str) -> str:
    line = line.strip()
    if line.startswith("## ") and line[3:].strip():
        return "h2"
    if line.startswith("- ") and line[2:].strip():
        return "ul"
    if _NUMBERED.match(line):
        return "ol"
    return "p" if line else ""


def _inline(text: str) -> str:
    marked = _BOLD.sub(r"<strong>\1</strong>", escape(text.strip(), quote=False))
    return _LINK.sub(r'<a href="\2">\1</a>', marked)


class _Reader(HTMLParser):
    """Writes down the text between tags, and the habit that each tag stands for."""

    BLOCKS = frozenset(("p", "div", "h2", "h3", "blockquote", "ul", "ol"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.lists: list[int | None] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block, a line of a list, bold or a link."""
        if tag in ("ul", "ol"):
            self.lists.append(0 if tag == "ol" else None)
        if tag in self.BLOCKS:
            self.parts.append("\n\n## " if tag in ("h2", "h3") else "\n\n")
        elif tag == "li":
            self.parts.append(f"\n{self._number()}")
        elif tag == "br":
            self.parts.append("\n")
        elif tag in ("strong", "b"):
            self.parts.append("**")
        elif tag == "a":
            self.links.append(dict(attrs).get("href") or "")
            self.parts.append("[" if self.links[-1] else "")

    def handle_endtag(self, tag: str) -> None:
        """End it."""
        if tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        if tag in self.BLOCKS:
            self.parts.append("\n\n")
        elif tag in ("strong", "b"):
            self.parts.append("**")
        elif tag == "a" and self.links and (href := self.links.pop()):
            self.parts.append(f"]({href})")

    def handle_data(self, data: str) -> None:
        """Take the words; line ends in the source are blanks."""
        self.parts.append(data.replace("\n", " "))

    def _number(self) -> str:
        if not self.lists or self.lists[-1] is None:
            return "- "
        self.lists[-1] += 1
        return f"{self.lists[-1]}. "
