"""Names: stored sort keys, digits and small letters only, so that both databases sort alike under any collation."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from pypinyin import Style, pinyin

# Surnames that are not read as the character commonly is.
READINGS = {
    "万俟": "mo4 qi2", "乐正": "yue4 zheng4", "单于": "chan2 yu2", "宰父": "zai3 fu3", "尉迟": "yu4 chi2",
    "澹台": "tan2 tai2", "长孙": "zhang3 sun1", "令狐": "ling2 hu2", "诸葛": "zhu1 ge3",
    "乐": "yue4", "乜": "nie4", "仆": "pu2", "仇": "qiu2", "任": "ren2", "佴": "nai4", "冼": "xian3", "区": "ou1",
    "华": "hua4", "单": "shan4", "占": "zhan1", "卜": "bu3", "召": "shao4", "句": "gou1", "哈": "ha3", "员": "yun4",
    "宁": "ning2", "干": "gan1", "应": "ying1", "折": "she2", "撒": "sa3", "曾": "zeng1", "朴": "piao2", "查": "zha1",
    "柏": "bai3", "洗": "xian3", "湛": "zhan4", "燕": "yan1", "牟": "mou2", "瞿": "qu2", "盖": "ge3", "相": "xiang4",
    "秘": "bi4", "种": "chong2", "繁": "po2", "纪": "ji3", "缪": "miao4", "翟": "zhai2", "肖": "xiao1", "能": "nai4",
    "葛": "ge3", "薄": "bo2", "褚": "chu3", "覃": "qin2", "观": "guan4", "角": "jue2", "解": "xie4", "訾": "zi1",
    "车": "che1", "过": "guo1", "逄": "pang2", "那": "na1", "郗": "xi1", "都": "du1", "重": "chong2", "阙": "que1",
    "阚": "kan4", "隗": "wei3", "隽": "juan4", "黑": "he4",
}  # fmt: skip
COMPOUND = frozenset(
    "欧阳 司马 上官 诸葛 皇甫 尉迟 公孙 慕容 令狐 长孙 宇文 司徒 夏侯 东方 万俟 澹台 公冶 宗政 濮阳 淳于 单于 太叔 申屠 轩辕 "
    "钟离 闾丘 鲜于 司空 亓官 司寇 颛孙 端木 巫马 漆雕 乐正 拓跋 宰父 谷梁 百里 呼延 东郭 南门 羊舌 微生 左丘 西门 南宫 第五 "
    "赫连 独孤 纳兰 完颜 叶赫 耶律 闻人 段干 梁丘".split()
)
UNREADABLE = "zz"  # sorts behind every syllable
UNCOUNTED = 99_999  # sorts behind every character of the table
_SYLLABLE = re.compile(r"([a-z]+)([1-5]?)")


def pinyin_key(name: str) -> str:
    """Return the key of list order: pinyin, then tones, then the characters themselves; at most 200 characters."""
    syllables = _syllables(name)
    plain = "0".join(letters for letters, _ in syllables)
    tones = "".join(tone for _, tone in syllables)
    points = "".join(f"{ord(character):06x}" for character in name[:10])
    return f"{plain[:100]}00{tones[:30]}0{points}"


def initials(name: str) -> str:
    """汪晓燕 → wxy; characters that have no reading are left out."""
    return "".join(letters[0] for letters, _ in _syllables(name) if letters != UNREADABLE)


def username_stem(name: str) -> str:
    """汪晓燕 → wangxiaoyan, for a login name."""
    return "".join(letters for letters, _ in _syllables(name) if letters != UNREADABLE)


def stroke_key(name: str) -> str:
    """Return the key of 姓氏笔画 order, digits only, at most 41.

    One surname stands together, 单姓 before 复姓; under it single names come before double ones, then each character
    counts: number of strokes, then 横竖撇点折 (GB 13000.1 order).
    """
    letters = "".join(character for character in name if character.isalpha())
    surname = surname_of(letters)
    given = letters[len(surname) :]
    first, second = (*map(_rank, surname), 0, 0)[:2]
    return f"{first:05d}{second:05d}{min(len(given), 9)}" + "".join(f"{_rank(c):05d}" for c in given[:6])


def surname_of(name: str) -> str:
    """Return the surname: two characters for the known compound ones, else one."""
    return name[:2] if name[:2] in COMPOUND and len(name) > 2 else name[:1]


def roster_name(name: str) -> str:
    """李明 → 李　明: names of two Chinese characters get a blank, as rosters print them."""
    return f"{name[0]}　{name[1]}" if len(name) == 2 and not name.isascii() else name


@lru_cache(maxsize=4096)
def _syllables(name: str) -> tuple[tuple[str, str], ...]:
    """Letters and tone of each character; Latin letters and digits stand for themselves."""
    surname = surname_of(name)
    read = READINGS.get(surname)
    found = [*(read.split() if read else _read(surname)), *_read(name[len(surname) :])]
    split = (_SYLLABLE.fullmatch(syllable) for syllable in found)
    return tuple((part[1], part[2] or "5") if part else (said, "5") for part, said in zip(split, found, strict=True))


def _read(text: str) -> list[str]:
    found = pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, errors=_unread)
    return [syllable for (syllable, *_) in found if syllable.isascii()]


def _unread(rest: str) -> list[str]:
    """Say what stands for characters pypinyin does not know: Latin as it is, marks nothing, rare characters last."""
    plain = (character.lower() if character.isascii() else UNREADABLE for character in rest if character.isalnum())
    return list(plain) or [""]


@lru_cache(maxsize=8192)
def _rank(character: str) -> int:
    found = _table().find(character)
    return found if found >= 0 else UNCOUNTED


@lru_cache(maxsize=1)
def _table() -> str:
    text = (Path(__file__).parent / "data" / "strokes.txt").read_text(encoding="utf-8")
    return text[text.index("\n") :]
