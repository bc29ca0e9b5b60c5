"""Which characters our fonts have: read from the fonts themselves, so that nobody finds an empty box on paper."""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn as fonts

from dangqun.kernel.documents.content import Content, told

STANDS_FOR = "〓"  # what printers set in the place of a character that they do not have
FULL_UNICODE = 12  # format of the table that holds all planes
INVISIBLE = frozenset("\n\t\u200b\u200c\u200d\ufeff\u00ad")


@lru_cache(maxsize=1)
def covered() -> frozenset[int]:
    """Return the code points for which at least one font has a glyph."""
    return frozenset().union(*(_of_font(path) for path in (fonts.serif_path(), fonts.sans_path())))


def unprintable(content: Content) -> list[str]:
    """Return the characters of a content that no font has, in their order, each once."""
    found: dict[str, None] = {}
    for text in _texts(told(content)):
        for sign in text:
            if not prints(sign):
                found.setdefault(sign)
    return list(found)


def prints(sign: str) -> bool:
    """Whether a character shows as itself on our sheets (or is not meant to show at all)."""
    return ord(sign) in covered() or sign in INVISIBLE or _chooses_a_form(sign)


def set_apart(value: Any, of_font: bool = True) -> Any:
    """Return texts, however deep, without control characters; with `of_font` 〓 stands for what no font has."""
    if isinstance(value, str):
        return "".join(_set(sign, of_font) for sign in value)
    if isinstance(value, dict):
        return {key: set_apart(each, of_font) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [set_apart(each, of_font) for each in value]
    return value


def _set(sign: str, of_font: bool) -> str:
    if sign != "\n" and unicodedata.category(sign) in ("Cc", "Cs", "Cn"):
        return " " if sign == "\t" else ""
    return sign if not of_font or prints(sign) else STANDS_FOR


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (value,)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _chooses_a_form(sign: str) -> bool:
    """Whether this is a variation selector: it shows nothing, it only prefers one form of the character before it."""
    return "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef"


def _of_font(path: Path) -> set[int]:
    """Return the code points in an OpenType font's cmap table (format 12)."""
    data = path.read_bytes()
    tables = struct.unpack_from(">H", data, 4)[0]
    where = {
        data[12 + 16 * n : 16 + 16 * n]: struct.unpack_from(">I", data, 20 + 16 * n)[0] for n in range(tables)
    }
    cmap = where[b"cmap"]
    found: set[int] = set()
    for n in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        table = cmap + struct.unpack_from(">I", data, cmap + 8 + 8 * n)[0]
        if struct.unpack_from(">H", data, table)[0] != FULL_UNICODE:
            continue
        for group in range(struct.unpack_from(">I", data, table + 12)[0]):
            first, last, glyph = struct.unpack_from(">III", data, table + 16 + 12 * group)
            found.update(range(first + (glyph == 0), last + 1))  # glyph 0 is the empty box
    return found
