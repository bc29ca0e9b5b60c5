"""Names: stored sort keys, digits and small letters only, so that both databases sort alike."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from pypinyin import Style, pinyin

DATA = Path(__file__).parent / "data"
UNREADABLE = "zz"  # sorts behind every syllable
UNCOUNTED = 99_999  # sorts behind every character of the table
_SYLLABLE = re.compile(r"([a-z]+)([1-5]?)")


def pinyin_key(name: str) -> str:
    """Return the key of list order: pinyin, then tones, then the characters; at most 200 signs."""
    syllables = _syllables(name)
    plain = "0".join(letters for letters, _ in syllables)
    tones = "".join(tone for _, tone in syllables)
    points = "".join(f"{ord(character):06x}" for character in name[:10])
    return f"{plain[:100]}00{tones[:30]}0{points}"


def initials(name: str) -> str:
    """汪晓燕 → wxy; characters that have no reading are left out."""
    return "".join(letters[0] for letters, _ in _syllables(name) if letters != UNREADABLE)


def readings(name: str, *, person: bool) -> list[tuple[str, ...]]:
    """Return how a name is spelt, a syllable a character; a place also as a word of the language (重庆: chong, qing)."""
    found = [tuple(letters for letters, _ in _syllables(name) if letters != UNREADABLE)]
    if not person:
        found.append(tuple(letters for letters, _ in map(_split, _read(name)) if letters != UNREADABLE))
    return [each for each in dict.fromkeys(found) if each]


def username_stem(name: str) -> str:
    """汪晓燕 → wangxiaoyan, for a login name."""
    return "".join(letters for letters, _ in _syllables(name) if letters != UNREADABLE)


def stroke_key(name: str) -> str:
    """Return the key of 姓氏笔画 order, digits only, at most 41.

    One surname stands together, 单姓 before 复姓; under it single names come before double ones; then each
    character counts: number of strokes, then 横竖撇点折 (order of GB 13000.1).
    """
    letters = "".join(character for character in name if character.isalnum())
    surname = surname_of(letters)
    given = letters[len(surname) :]
    first, second = (*map(_rank, surname), 0, 0)[:2]
    return f"{first:05d}{second:05d}{min(len(given), 9)}" + "".join(f"{_rank(c):05d}" for c in given[:6])


def surname_of(name: str) -> str:
    """Return the surname: two characters for the known compound ones, else one."""
    return name[:2] if len(name) > 2 and name[:2] in _surnames() else name[:1]


def roster_name(name: str) -> str:
    """李明 → 李　明: names of two Chinese characters get a blank, as rosters print them."""
    return f"{name[0]}　{name[1]}" if len(name) == 2 and not name.isascii() else name


@lru_cache(maxsize=4096)
def _syllables(name: str) -> tuple[tuple[str, str], ...]:
    """Letters and tone of each character; Latin letters and digits stand for themselves."""
    surname = surname_of(name)
    found = (*(_surnames().get(surname) or _read(surname)), *_read(name[len(surname) :]))
    return tuple(map(_split, found))


@lru_cache(maxsize=2048)
def _split(syllable: str) -> tuple[str, str]:
    part = _SYLLABLE.fullmatch(syllable)
    return (part[1], part[2] or "5") if part else (syllable, "5")


@lru_cache(maxsize=8192)
def _read(text: str) -> tuple[str, ...]:
    unread: Any = _unread  # a list stands for one reading a sign: pypinyin documents it, its types do not
    found = pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, errors=unread)
    return tuple(syllable for (syllable, *_) in found if syllable and syllable.isascii())


def _unread(rest: str) -> list[str]:
    """Say what stands for what has no reading: Latin letters as they are, rare characters last."""
    letters = filter(str.isalnum, rest)
    return [letter.lower() if letter.isascii() else UNREADABLE for letter in letters] or [""]


@lru_cache(maxsize=8192)
def _rank(character: str) -> int:
    found = _table().find(character)
    return found if found >= 0 else UNCOUNTED


@lru_cache(maxsize=1)
def _table() -> str:
    text = (DATA / "strokes.txt").read_text(encoding="utf-8")
    return text[text.index("\n") :]


@lru_cache(maxsize=1)
def _surnames() -> dict[str, tuple[str, ...]]:
    """Surnames of two characters, and those with a reading of their own: their syllables, or nothing."""
    lines = (DATA / "surnames.txt").read_text(encoding="utf-8").splitlines()[1:]
    return {surname: tuple(syllables) for surname, *syllables in map(str.split, lines)}
