"""Markings of state secrets (绝密★, 机密★1年, 【机密】 …): this platform is not for them, so what bears one is not taken.

Every text field and every file field of every form asks here (`field_words.speak_plainly`), `uploads.accept` asks for
names and content, `notices.writing.screen` for notices. A marking is looked for, never the word: 保守党的秘密 passes.
Form of markings: 《保守国家秘密法》 §15, 《国家秘密定密管理规定》, GB/T 9704-2012 §7.2.2.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from html import unescape
from typing import Any

from django.core.exceptions import ValidationError

from dangqun.kernel.rules import RuleBroken

MOST_PARTS = 60  # parts of a packed document that are looked into
MOST_BYTES = 4_000_000  # of each of them, and of a plain text
HEAD_LINES = 5  # 份号, 密级 and 紧急程度 stand on the first lines of an official document
_GAP = r"[\s_\-·.]{0,9}"
_WORD = rf"(?:绝{_GAP}密|机{_GAP}密|秘{_GAP}密)"
_TOP = rf"(?:绝{_GAP}密|机{_GAP}密)"
_STAR = "[★☆✩✪✫✬✭✮✯✰⭐🌟⋆✡✶]"
_TERM = r"(?:[0-9一二三四五六七八九十]{1,3}\s?(?:年|个月)|长期)"
_ANYWHERE = re.compile(
    rf"{_WORD}{_GAP}(?:{_STAR}|\*{_GAP}{_TERM})"
    rf"|【\s*{_WORD}(?:级|件)?\s*】|〔\s*{_WORD}(?:级|件)?\s*〕|\[\s*{_WORD}(?:级|件)?\s*\]"
    rf"|\(\s*{_TOP}(?:级|件)?\s*\)|密\s?级\s?[:为]\s?{_WORD}(?![、和或及])"
)
_HEAD = re.compile(rf"{_TOP}(?:级|件)?(?=$|[\s:,;|/—\-([【〔0-9])|{_WORD}\s?{_TERM}\s*$|{_WORD}\s*$")
_IN_NAME = re.compile(rf"(?<![^\W\d_a-zA-Z]){_WORD}(?:级|件)?(?![^\W\d_a-zA-Z])")
_BLOCK = re.compile(r"</?(?:p|div|h[1-6]|li|ul|ol|br|blockquote|tr|td)(?=[\s/>])[^<>]{0,300}>", re.IGNORECASE)
_PARAGRAPH = re.compile(rb"</(?:w:p|a:p|si|is|row|TextCode|ofd:TextCode)>|<w:(?:br|tab)/>")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_TEXT_PARTS = re.compile(
    r"word/(?:document|header\d*|footer\d*)\.xml|xl/(?:sharedStrings|worksheets/sheet\d+)\.xml"
    r"|ppt/slides/slide\d+\.xml|(?:.+/)?Content\.xml"
)


def marking(text: str) -> str:
    """Return the marking that a text bears, as it is written; empty when it bears none."""
    for plain in {text, _TAG.sub("", _BLOCK.sub("\n", text))} if "<" in text else {text}:
        plain = _plain(unescape(plain))
        found = _ANYWHERE.search(plain) or _at_head(plain)
        if found:
            return found.group().strip()
    return ""


def marking_of_name(name: str) -> str:
    """Return the marking in a file's name: also the bare word, parted from other Chinese words."""
    stem = _plain(name).rpartition(".")[0] or _plain(name)
    found = _ANYWHERE.search(stem) or _IN_NAME.search(stem)
    return found.group().strip() if found else ""


def refuse_marked(text: str, *, field: str | None = None) -> None:
    """Let a text pass that bears no marking. Raises RuleBroken."""
    found = marking(text)
    if found:
        raise RuleBroken(sentence(found), field=field)


def refuse_marked_file(name: str, kind: str, content: bytes) -> None:
    """Let a file pass that bears no marking in its name or, where its text can be read cheaply, in its text.

    Raises RuleBroken. Pictures, PDF and the old Office formats are not read.
    """
    found = marking_of_name(name) or marking(_text_of(kind, content))
    if found:
        raise RuleBroken(sentence(found, f"文件“{name}”"))


def sentence(found: str, where: str = "这里") -> str:
    """Say what is wrong and what to do."""
    return (
        f"{where}有国家秘密标志“{found}”。本平台为非涉密平台，带标志的内容不保存、不发出："
        "涉密的，请按保密规定走涉密渠道；不涉密的，请去掉标志再办。"
    )


def no_marking(value: Any) -> None:
    """Validator of every text field and file field. Raises ValidationError."""
    name = getattr(value, "name", None)
    found = marking_of_name(name) if isinstance(name, str) else marking(str(value))
    if found:
        raise ValidationError(sentence(found), code="marked")


def _plain(text: str) -> str:
    """Return a text with narrow signs, without what cannot be seen."""
    narrow = unicodedata.normalize("NFKC", text).replace("\r", "\n")
    return "".join(sign for sign in narrow if sign in "\n\t" or unicodedata.category(sign)[0] != "C")


def _at_head(plain: str) -> re.Match[str] | None:
    lines = [line for line in (each.strip(" \t*#>\"'“”") for each in plain.split("\n", 40)) if line]
    for number, line in enumerate(lines[:HEAD_LINES]):
        found = _HEAD.match(line)
        if found and (number == 0 or len(line) <= 12):
            return found
    return None


def _text_of(kind: str, content: bytes) -> str:
    if kind in ("txt", "csv"):
        return _decoded(content[:MOST_BYTES])
    if kind not in ("docx", "xlsx", "pptx", "ofd"):
        return ""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if _TEXT_PARTS.fullmatch(name)][:MOST_PARTS]
        return "\n".join(_text_of_part(archive, name) for name in names)


def _text_of_part(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as stream:
        read = stream.read(MOST_BYTES)
    return unescape(_TAG.sub("", _PARAGRAPH.sub(b"\n", read).decode("utf-8", "ignore")))


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", "ignore")
