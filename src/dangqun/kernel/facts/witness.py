"""A witness outside the database: the chain's head in the data folder, so that cutting off its newest part is noticed.

The worker writes it as it seals. Once database and witness disagree it is left as it is, until somebody removes the file.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

from django.conf import settings

from dangqun.kernel.facts.chain import Head, Sealer, head
from dangqun.kernel.models import Anchor, Seal

log = logging.getLogger("dangqun.facts")


class Witness:
    """Seals what is new and writes down how far the chain has come."""

    def __init__(self) -> None:
        self._sealer = Sealer()
        self._told = False

    def seal(self) -> int:
        """Seal what is new, as `Sealer.seal`."""
        agreed = not contradiction()
        count = self._sealer.seal()
        if count and agreed:
            _write(head())
        elif not agreed and not self._told:
            self._told = True
            log.warning("the chain of facts does not reach what %s says: run dangqun audit verify", file())
        return count


def contradiction() -> str:
    """Return the sentence that says how the database disagrees with the witness; empty when it does not."""
    seen = _read()
    if seen is None:
        return ""
    number, hashed = seen
    held = Seal.objects.filter(number=number).values_list("hash", flat=True).first()
    if held == hashed:
        return ""
    anchor = Anchor.objects.order_by("-number").values_list("number", "hash").first()
    if held is None and anchor and (anchor[0] > number or anchor == (number, hashed)):
        return ""
    if held is None:
        return (
            f"数据文件夹记着已经封存到第 {number} 条，数据库里没有这一条：最新的一段被删掉了，或者数据库换成了旧的备份。"
            f"确实恢复过备份的，把 {file()} 移走，再核对一次。"
        )
    return f"第 {number} 条的链码和数据文件夹里记着的不同：这一条或它前面的记录被换过。"


def file() -> Path:
    """Return where the witness lies."""
    return Path(settings.DATA) / "audit-head.json"


def _read() -> tuple[int, str] | None:
    try:
        told = json.loads(file().read_text(encoding="ascii"))
        return int(told["number"]), str(told["hash"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        log.warning("%s cannot be read", file())
        return None


def _write(newest: Head) -> None:
    draft = file().with_suffix(f".{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        json.dump({"number": newest.number, "hash": newest.hash}, out)
    draft.rename(file())
