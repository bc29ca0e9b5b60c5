"""Secrets that live in the data folder, each in a file of mode 0600."""

import os
import secrets
from pathlib import Path


def secret_key(data: Path) -> str:
    """Return the signing key of this installation; the first caller makes it."""
    return _text(data, "secret_key", lambda: secrets.token_urlsafe(64))


def _text(data: Path, name: str, make) -> str:  # noqa: ANN001
    folder = data / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / name
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="utf-8").strip()
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        text = make()
        out.write(text)
    return text
