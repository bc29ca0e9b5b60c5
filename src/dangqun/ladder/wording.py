"""What may go out: a title, never a number of a person; into groups and by SMS no name either (domain.md §1.8, §5).

What is refused is replaced by a sentence that says nothing; the page behind the link shows the rest to whoever may see it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from django.db.models import F, Value
from django.db.models.functions import Length, StrIndex

from dangqun.members.models import Person

NEUTRAL = "您有 1 条待办，请登录"
LONGEST = 120  # characters: a title, no more
SHORTEST_NAME = 2
# Digits as people write them in pieces: blanks, dashes, dots and invisible signs between them do not hide a number.
_BETWEEN = re.compile(r"(?<=[0-9Xx])[\s\-‐-―.·,，、_/()（）]+(?=[0-9Xx])")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_ID = re.compile(r"(?<![0-9])(?:[0-9]{17}[0-9Xx]|[0-9]{15})(?![0-9])")
_LONG = re.compile(r"[0-9]{11,}[Xx]?")  # in one piece, longer than any date or document number
_PIECED_MOBILE = re.compile(r"1[3-9][0-9]{9}(?![0-9])")  # another number may stand before its first piece


@dataclass(frozen=True)
class Words:
    """What goes out, and whether it stands in the place of a title that was refused."""

    title: str
    is_neutral: bool = False


def fit(title: str, *, names: bool = True) -> Words:
    """Return the words that may go out for a title; `names=False` refuses names of the roster, too."""
    plain = " ".join(_INVISIBLE.sub("", title).split())
    if not plain or len(plain) > LONGEST or holds_number(plain) or (not names and holds_name(plain)):
        return Words(NEUTRAL, is_neutral=True)
    return Words(plain)


def many(count: int) -> str:
    """Say how many things wait (the digest)."""
    return f"您有 {count} 条待办，请登录"


def holds_number(text: str) -> bool:
    """Whether a text holds an ID number (18 or 15 digits), a mobile number, or eleven digits and more in one piece.

    Full-width and other digits count, and so do ID and mobile numbers with blanks or dashes between their digits.
    """
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    plain = "".join(str(unicodedata.digit(each, each)) for each in plain)
    joined = _BETWEEN.sub("", plain)
    return bool(_LONG.search(plain) or _ID.search(joined) or _PIECED_MOBILE.search(joined))


def holds_name(text: str) -> bool:
    """Whether a text names somebody of the roster; also when blanks stand within the name."""
    packed = "".join(text.split())
    held = Person.objects.annotate(long=Length("name")).filter(long__gte=SHORTEST_NAME)
    return held.annotate(at=StrIndex(Value(packed), F("name"))).filter(at__gt=0).exists()
