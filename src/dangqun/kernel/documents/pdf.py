"""PDFs: the content goes as JSON to a typst layout, which never sees it as its own source text."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn as fonts
import segno

from dangqun.kernel.documents import apart
from dangqun.kernel.documents.characters import set_apart, unprintable
from dangqun.kernel.documents.content import Content, Stamp, told
from dangqun.kernel.rules import RuleBroken
from dangqun.kernel.templatetags.words import clock, full_day

LAYOUTS = Path(__file__).parent / "layouts"
SECONDS = 90
AT_ONCE = 2  # PDFs that one process has set at the same time; more wait for their turn
NAMED = 12  # missing characters named in the note at the end

log = logging.getLogger(__name__)
_turns = threading.BoundedSemaphore(AT_ONCE)


class DocumentFailed(RuleBroken):
    """A PDF could not be set in the time and memory that it may take."""

    def __init__(self) -> None:
        super().__init__("这份文件没有排出来，可能太长了。请缩小范围再打印，或者导出Excel。")


def as_pdf(content: Content, stamp: Stamp) -> bytes:
    """Return the PDF. Raises DocumentFailed."""
    laid = told(content)
    asked = {
        "source": str(LAYOUTS / f"{laid['layout']}.typ"),
        "root": str(LAYOUTS),
        "fonts": str(fonts.serif_path().parent),
        "content": set_apart(_plain(laid | {"stamp": _foot(stamp), "missing": _missing_words(content)})),
        "at": int(stamp.at.timestamp()),
    }
    with _turns:
        return _apart(json.dumps(asked, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def missing_words(signs: list[str]) -> str:
    """Return the names of characters that no font has: “𠮷”（U+20BB7）."""
    named = "、".join(f"U+{ord(sign):04X}" for sign in signs[:NAMED])
    return f"{named} 等 {len(signs)} 个" if len(signs) > NAMED else named


def stamp_words(stamp: Stamp) -> str:
    """Return the line at the foot of every page: code, when, by whom, head of the audit chain."""
    words = [f"编号 {stamp.code}", f"{full_day(stamp.at)} {clock(stamp.at)} {stamp.by}打印"]
    if stamp.of_volumes > 1:
        words.insert(0, f"第 {stamp.volume} 册，共 {stamp.of_volumes} 册")
    if stamp.head:
        words.append(f"审计链首 {stamp.head}")
    return "　".join(words)


def _apart(asked: bytes) -> bytes:
    script = [sys.executable, "-I", apart.__file__]
    try:
        done = subprocess.run(script, input=asked, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as late:
        log.error("a PDF took more than %s s", SECONDS)
        raise DocumentFailed from late
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        log.error("a PDF was not set: status %s, %s", done.returncode, _class_of(done.stderr))
        raise DocumentFailed
    return done.stdout


def _class_of(told_: bytes) -> str:
    """Return only the kind of an error: its text may hold what was to be printed."""
    last = told_.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return last.partition(":")[0][:60]


def qr_png(address: str) -> io.BytesIO:
    """Return the QR to an address as a PNG file, at its start."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="png", scale=8, border=1)
    drawn.seek(0)
    return drawn


def _foot(stamp: Stamp) -> dict[str, Any]:
    drawn = io.BytesIO()
    segno.make(stamp.address, error="m").save(drawn, kind="svg", border=0, xmldecl=True)
    return {"words": stamp_words(stamp), "code": stamp.code, "qr": drawn.getvalue().decode()}


def _missing_words(content: Content) -> str:
    signs = unprintable(content)
    return missing_words(signs) if signs else ""


def _plain(laid: dict[str, Any]) -> dict[str, Any]:
    if "dated" in laid:
        laid["dated"] = full_day(laid["dated"])
    return laid
