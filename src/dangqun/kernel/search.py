"""Search: what a row is found by is one folded text beside it, and a query is sought in that text (decision 0008).

Both sides are folded alike: full-width and compatibility signs become ordinary ones, capitals small. So both databases
answer the same, and the same as a plain look through the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache, reduce
from html import unescape
from operator import and_
from unicodedata import normalize

from django.db.models import Q

from dangqun.kernel.names import readings

LONGEST_NAME = 4  # characters; a longer word is sought as it stands
LONGEST_QUERY = 60  # characters
MOST_TERMS = 6
_LATIN = re.compile(r"[0-9a-z]+")
_INLINE = re.compile(r"</?(?:strong|em|b|i|u|a|del)(?:\s[^>]*)?>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_LAYOUT = re.compile(r"(?<=[\u3400-\u9fff])[ \t\u00a0\u3000]+(?=[\u3400-\u9fff])")


def fold(text: str) -> str:
    """Return the text for comparing: ordinary signs, small letters, one blank for whatever is no letter or digit.

    Blanks that only space Chinese characters out (李　明) go; 。 and , part words as they do on paper.
    """
    plain = _LAYOUT.sub("", normalize("NFKC", text)).lower()
    return " ".join("".join(sign if sign.isalnum() else " " for sign in plain).split())


_sign = lru_cache(maxsize=8192)(fold)


def squash(text: str) -> str:
    """Return a folded name without its blanks: 买买提·吐尔逊 and 买买提吐尔逊 are one."""
    return fold(text).replace(" ", "")


def plain(html: str) -> str:
    """Return what a reader reads: tags within a line leave nothing, those of blocks part lines."""
    return unescape(_TAG.sub("\n", _INLINE.sub("", html))).strip()


def sought_name(*names: str, person: bool = False) -> str:
    """Return what a name is found by, one entry a line: itself, its spelling, its initials, its Latin words.

    Initials stand from each character on (恒丰机械: hfjx, fjx, jx), so that a place is found without what it begins with.
    """
    lines: dict[str, None] = {}
    for name in filter(None, names):
        lines[squash(name)] = None
        lines |= dict.fromkeys(_LATIN.findall(fold(name)))
        for syllables in readings(name, person=person):
            letters = "".join(syllable[0] for syllable in syllables)
            lines["".join(syllables)] = None
            lines |= dict.fromkeys(letters[start:] for start in range(max(1, len(letters) - 1)))
    return "\n" + "\n".join(filter(None, lines)) + "\n"


def sought_text(*parts: str) -> str:
    """Return what a text is found by: title, words, names of files, one a line."""
    return "\n" + "\n".join(filter(None, map(fold, parts))) + "\n"


def terms(query: str) -> list[str]:
    """Return the folded terms of a query, all of which must be found; none when nothing was typed that can be sought."""
    folded = list(filter(None, map(fold, query[:LONGEST_QUERY].split())))
    if len(folded) > 1 and all(each.isascii() and each.isalpha() for each in folded):
        return ["".join(folded)]  # wang jian guo
    return list(dict.fromkeys(folded))[:MOST_TERMS]


def name_holds(term: str, column: str = "sought") -> Q:
    """Return the condition that a name holds a term; Latin letters and digits begin a spelling, initials or a word."""
    whole = term.replace(" ", "")
    return Q(**{f"{column}__contains": f"\n{whole}" if whole.isascii() else whole})


def person_holds(term: str) -> Q:
    """Return the condition that a person's name holds each character of a term, wherever: 王国 finds 王建国."""
    whole = term.replace(" ", "")
    if len(whole) > LONGEST_NAME or _LATIN.search(whole):
        return name_holds(term)
    return reduce(and_, (Q(sought__contains=sign) for sign in whole))


def text_holds(wanted: Iterable[str]) -> Q:
    """Return the condition that a text holds every term, each as it was typed."""
    return reduce(and_, (Q(sought__contains=term) for term in wanted))


def marked(text: str, wanted: Iterable[str], *, apart: bool = False) -> list[tuple[str, bool]]:
    """Return the pieces of a text, each with whether it is what was sought; `apart`: characters of names one by one."""
    signs = [(sign, at) for at, raw in enumerate(text) for sign in _sign(raw)]
    line, hit = "".join(sign for sign, _ in signs), [False] * len(text)
    for term in (each.replace(" ", "") for each in wanted):
        found = [term] if term in line or not apart else list(term)
        if not all(piece in line for piece in found):
            continue
        for piece in found:
            for start in (each.start() for each in re.finditer(re.escape(piece), line)):
                for _, at in signs[start : start + len(piece)]:
                    hit[at] = True
    pieces: list[tuple[str, bool]] = []
    for raw, is_hit in zip(text, hit, strict=True):
        if pieces and pieces[-1][1] == is_hit:
            pieces[-1] = (pieces[-1][0] + raw, is_hit)
        else:
            pieces.append((raw, is_hit))
    return pieces
