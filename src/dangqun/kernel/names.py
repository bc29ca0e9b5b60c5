"""Names: stored sort keys, digits and small letters only, so that both databases sort alike."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pypinyin import Style, lazy_pinyin, pinyin

# Surnames whose reading differs from the common one of the character.
SURNAMES = {
    "单": "shan4", "仇": "qiu2", "解": "xie4", "区": "ou1", "曾": "zeng1", "查": "zha1", "盖": "ge3", "任": "ren2",
    "华": "hua4", "朴": "piao2", "尉迟": "yu4chi2", "万俟": "mo4qi2", "令狐": "ling2hu2", "长孙": "zhang3sun1",
    "缪": "miao4", "乐": "yue4", "翟": "zhai2", "覃": "qin2", "员": "yun4", "黑": "he4", "秘": "bi4", "冼": "xian3",
    "折": "she2", "洗": "xian3", "逄": "pang2", "繁": "po2", "种": "chong2", "召": "shao4", "宁": "ning4",
    "燕": "yan1", "纪": "ji3", "应": "ying1", "于": "yu2", "车": "che1", "瞿": "qu2", "訾": "zi1", "郗": "xi1",
}  # fmt: skip
COMPOUND = ("欧阳", "司马", "上官", "诸葛", "皇甫", "尉迟", "公孙", "慕容", "令狐", "长孙", "宇文", "司徒", "夏侯", "东方", "万俟")  # fmt: skip


def pinyin_key(name: str) -> str:
    """Return the key of list order: pinyin with tones, syllable by syllable, then the characters themselves."""
    syllables = _syllables(name)
    plain = "!".join(syllable.rstrip("12345") for syllable in syllables)
    tones = "".join(syllable[-1] if syllable[-1:].isdigit() else "5" for syllable in syllables)
    points = "".join(f"{ord(character):05x}" for character in name[:8])
    return f"{plain}!!{tones}!{points}".replace("!", "0")[:200]


def initials(name: str) -> str:
    """汪晓燕 → wxy."""
    return "".join(syllable[0] for syllable in _syllables(name) if syllable).lower()


def stroke_key(name: str) -> str:
    """Return the key of 姓氏笔画 order: rank of each character by strokes; a shorter name comes before a longer."""
    ranks = _stroke_ranks()
    surname = surname_of(name)
    given = name[len(surname) :]
    order = [*surname.ljust(2)[:2], *given[:6]]
    return "".join(f"{ranks.get(character, 0 if character == ' ' else 99999):05d}" for character in order)


def surname_of(name: str) -> str:
    """Return the surname: two characters for the known compound ones, else one."""
    return name[:2] if name[:2] in COMPOUND and len(name) > 2 else name[:1]


def roster_name(name: str) -> str:
    """李明 → 李　明: names of two characters get a blank, as rosters print them."""
    return f"{name[0]}　{name[1]}" if len(name) == 2 else name


def username_stem(name: str) -> str:
    """汪晓燕 → wangxiaoyan, for a login name."""
    return "".join(lazy_pinyin(name, style=Style.NORMAL, errors="ignore")).lower()


def _syllables(name: str) -> list[str]:
    surname = surname_of(name)
    read = SURNAMES.get(surname)
    head = _split(read) if read else _read(surname)
    return head + _read(name[len(surname) :])


def _read(text: str) -> list[str]:
    found = pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, errors=lambda rest: list(rest.lower()))
    return [syllable[0] for syllable in found if syllable[0].strip() and syllable[0].isascii()]


def _split(read: str) -> list[str]:
    parts, current = [], ""
    for character in read:
        current += character
        if character.isdigit():
            parts.append(current)
            current = ""
    return parts


@lru_cache(maxsize=1)
def _stroke_ranks() -> dict[str, int]:
    text = (Path(__file__).parent / "data" / "strokes.txt").read_text(encoding="utf-8").strip()
    return {character: rank for rank, character in enumerate(text, 1)}
