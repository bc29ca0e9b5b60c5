"""The recovery sheet: printed once, kept away from the machine; only the public half of its key stays in the data folder."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import segno
from django.conf import settings
from django.utils import timezone
from django.utils.html import escape

from dangqun.kernel.backup.codes import new_secret, short, write_code
from dangqun.kernel.backup.sealing import private_key, raw
from dangqun.kernel.durable import write_whole


@dataclass(frozen=True)
class Recipient:
    """Towards whom backups are encrypted: the sheet's number (printed on it), its public key, since when."""

    number: str
    public: bytes
    since: datetime


@dataclass(frozen=True)
class Sheet:
    """A new sheet: its number, the code that opens backups, and the file to be printed."""

    number: str
    code: str
    file: Path


def recipient() -> Recipient | None:
    """Return the public half of the newest sheet, None when this installation has none or its file is damaged."""
    try:
        told = json.loads(_public_file().read_text(encoding="utf-8"))
        public = base64.b64decode(told["public"], validate=True)
        found = Recipient(number_of(public), public, datetime.fromisoformat(told["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if len(public) == 32 else None


def number_of(public: bytes) -> str:
    """Return the number of the sheet that belongs to a public key: XXXX-XXXX."""
    return short(hashlib.sha256(public).digest())


def new_sheet() -> Sheet:
    """Make a new key: its public half stays, its code goes into the sheet and is nowhere kept but there."""
    secret = new_secret()
    public = raw(private_key(secret).public_key())
    sheet = Sheet(number_of(public), write_code(secret), printed_file())
    now = timezone.localtime()
    write_whole(sheet.file, _page(sheet, now).encode())
    told = {"public": base64.b64encode(public).decode(), "since": now.isoformat(), "number": sheet.number}
    write_whole(_public_file(), json.dumps(told).encode())
    return sheet


def printed_file() -> Path:
    """Return where the sheet lies until it was printed."""
    return Path(settings.DATA) / "recovery-sheet.html"


def terminal_code(code: str) -> str:
    """Return the code as a QR that a terminal shows."""
    out = io.StringIO()
    segno.make(code, micro=False).terminal(out, compact=True)
    return out.getvalue()


def _public_file() -> Path:
    return Path(settings.DATA) / "keys" / "recovery.json"


def _page(sheet: Sheet, at: datetime) -> str:
    groups = sheet.code.split("-")
    rows = "".join(
        f"<tr>{''.join(f'<td><small>{start + n + 1}</small> {group}</td>' for n, group in enumerate(groups[start : start + 4]))}</tr>"
        for start in (0, 4)
    )
    picture = segno.make(sheet.code, micro=False).svg_inline(scale=5, border=2)
    return f"""<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><title>恢复单 {sheet.number}</title>
<style>@page{{size:A4;margin:25mm}}body{{font:16px/1.8 serif;max-width:160mm;margin:auto}}
table{{border-collapse:collapse}}td{{font:700 26px monospace;padding:6px 14px;border:1px solid}}
small{{font:12px serif}}h1{{font-size:28px}}@media print{{.screen{{display:none}}}}</style>
<p class="screen"><b>打印后请删除这个文件（{escape(sheet.file)}）。</b></p>
<h1>党群平台恢复单</h1>
<p>编号 <b>{sheet.number}</b>　　{at:%Y 年 %-m 月 %-d 日}</p>
<p>只有下面的恢复码能打开这个平台的备份，平台自己打不开，也不再显示。请打印两份，装信封，分开锁在两个柜子里，不要拍照、不要存电脑。</p>
<table>{rows}</table>
<p>{picture}</p>
<p>字母 O 当数字 0，字母 I、L 当数字 1；大小写都行。每组最后一个字符用来核对，写错了会说是第几组。</p>
<p>恢复：在新机器上装好程序，运行 <code>dangqun restore 备份文件</code>，照问的输入恢复码。</p>
</html>
"""
