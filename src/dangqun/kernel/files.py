"""Short-lived files: encrypted in the data folder, each under a random key, forgotten when their time is over."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from dangqun.kernel.calendars import local
from dangqun.kernel.crypto import Tampered, decrypt_bytes, encrypt_bytes

_KEY = re.compile(r"\d{10}-[0-9a-f]{32}")


def keep(data: bytes, *, until: datetime) -> str:
    """Store bytes encrypted until a moment; return the key under which they can be fetched."""
    key = f"{int(until.timestamp()):010d}-{secrets.token_hex(16)}"
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = folder / f"{key}.part"
    part.write_bytes(encrypt_bytes("files", data, key.encode()))
    part.chmod(0o600)
    part.rename(folder / key)
    forget_expired()
    return key


def fetch(key: str) -> bytes | None:
    """Return the bytes kept under a key; None when their time is over, or they were changed."""
    if not _KEY.fullmatch(key) or _ends(key) <= timezone.now():
        return None
    try:
        return decrypt_bytes("files", (_folder() / key).read_bytes(), key.encode())
    except (FileNotFoundError, Tampered):
        return None


def forget(key: str) -> None:
    """Delete what is kept under a key, if anything is."""
    if _KEY.fullmatch(key):
        (_folder() / key).unlink(missing_ok=True)


def forget_expired() -> int:
    """Delete all whose time is over; return how many."""
    gone = 0
    for file in _folder().glob("*"):
        if _KEY.fullmatch(file.name) and _ends(file.name) <= timezone.now():
            file.unlink(missing_ok=True)
            gone += 1
    return gone


def _ends(key: str) -> datetime:
    return datetime.fromtimestamp(int(key[:10]), UTC)


def _folder() -> Path:
    return settings.DATA / "files" / "short"


def dated_name(title: str, at: datetime, ending: str) -> str:
    """Return what a file made here is called: 党员名册 2026-11-25.xlsx; signs that no file system takes become blanks."""
    return f"{plain_name(title)} {local(at):%Y-%m-%d}.{ending}"


def plain_name(title: str) -> str:
    """Return a title as part of a file's name: at most 60 characters, no folder, no sign that some file system refuses."""
    kept = "".join(" " if sign in '\\/:*?"<>|' or not sign.isprintable() else sign for sign in title)
    return kept.strip(" .")[:60].strip(" .") or "文件"
