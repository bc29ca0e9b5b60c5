"""What changed between two texts of a notice: the new one with its changed words underlined, and notes with the old ones.

Words are compared, never tags. Both texts are clean (notices.writing.clean); whatever is put out is escaped again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from html import escape
from html.parser import HTMLParser

BLOCKS = frozenset(("p", "div", "h2", "h3", "blockquote", "ul", "ol"))
MOST_WORDS = 4000  # that differ: of more, whole paragraphs are compared, since time grows with the square
LONGEST_NOTE = 60  # characters of an old wording that are told beside the text
_WORD = re.compile(r"(?:\d{1,4}[年月日时分点:：.])+\d*|\d+|[A-Za-z]+|\s+|.", re.DOTALL)


@dataclass(frozen=True)
class Marked:
    """The new text with its changes marked, and what stood there before, in sentences."""

    html: str
    notes: list[str]


@dataclass
class _Piece:
    """A tag as it stands, or a word; `ends_block` when a block of the top level is over behind it."""

    tag: str = ""
    word: str = ""
    ends_block: bool = False


@dataclass
class _Change:
    """Words that stand in the new text, from `start` to `end`, in the place of old ones."""

    start: int
    end: int
    old: str
    new: str = field(default="")

    @property
    def note(self) -> str:
        """Say it: what stood there, what was added, what was left out."""
        old, new = _short(self.old), _short(self.new)
        if old and new:
            return f"原为“{old}”。"
        return f"新加“{new}”。" if new else f"删去“{old}”。"


def marked(before: str, after: str) -> Marked:
    """Compare two clean texts. The notes come in the order of the text."""
    pieces = _pieces(after)
    words = [piece.word for piece in pieces if piece.word]
    changes = list(_changes([piece.word for piece in _pieces(before) if piece.word], words))
    html = "".join(_written(pieces, changes)).replace(
        "</ins><ins>", ""
    )  # one mark a change, not one a letter
    return Marked(html, [each.note for each in changes])


def _changes(old: list[str], new: list[str]) -> Iterator[_Change]:
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    left, right = old[start : len(old) - end], new[start : len(new) - end]
    if not left and not right:
        return
    if max(len(left), len(right)) > MOST_WORDS:
        yield _Change(start, start + len(right), "".join(left), "".join(right))
        return
    found: list[_Change] = []
    for kind, i, j, k, m in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        if found and start + k - found[-1].end < 2 and not _is_far(right, found[-1].end - start, k):
            last = found.pop()  # one letter that stayed between two changes belongs to both
            between = "".join(right[last.end - start : k])
            found.append(
                _Change(
                    last.start,
                    start + m,
                    last.old + between + "".join(left[i:j]),
                    last.new + between + "".join(right[k:m]),
                )
            )
        else:
            found.append(_Change(start + k, start + m, "".join(left[i:j]), "".join(right[k:m])))
    yield from (each for each in found if each.old.strip() or each.new.strip())


def _is_far(words: list[str], start: int, end: int) -> bool:
    """Whether what stands between two changes parts them: the end of a sentence or of a clause."""
    return any(word in "，。；：、！？ " or word.isspace() for word in words[start:end])


def _written(pieces: list[_Piece], changes: list[_Change]) -> Iterator[str]:
    """Yield the new text: words within a change underlined, the notes behind the block in which they stand."""
    count, waiting, told = 0, list(changes), []
    for piece in pieces:
        if piece.word:
            while waiting and waiting[0].end <= count and waiting[0].start < waiting[0].end:
                told.append(waiting.pop(0))
            while waiting and waiting[0].start == waiting[0].end <= count:
                told.append(waiting.pop(0))
            inside = bool(waiting) and waiting[0].start <= count < waiting[0].end
            yield (
                f"<ins>{escape(piece.word, quote=False)}</ins>" if inside else escape(piece.word, quote=False)
            )
            count += 1
        else:
            yield piece.tag
        if piece.ends_block:
            while waiting and waiting[0].end <= count:
                told.append(waiting.pop(0))
            yield from _notes(told)
            told = []
    yield from _notes([*told, *waiting])


def _notes(changes: list[_Change]) -> Iterator[str]:
    if changes:
        words = "".join(each.note for each in changes)
        yield f'<p class="dq-fix"><span>更正：{escape(words, quote=False)}</span></p>'


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_NOTE else f"{text[:LONGEST_NOTE]}…"


def _pieces(html: str) -> list[_Piece]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.pieces


class _Reader(HTMLParser):
    """Takes a clean text apart into tags and words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[_Piece] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag as it stands."""
        self.depth += tag in BLOCKS
        self.pieces.append(_Piece(tag=self.get_starttag_text() or ""))

    def handle_endtag(self, tag: str) -> None:
        """Keep it, and say when a block of the top level is over."""
        self.depth -= tag in BLOCKS
        self.pieces.append(_Piece(tag=f"</{tag}>", ends_block=tag in BLOCKS and self.depth == 0))

    def handle_data(self, data: str) -> None:
        """Take the words apart: a date or a number is one, a Chinese letter is one."""
        self.pieces += [_Piece(word=word) for word in _WORD.findall(data)]
