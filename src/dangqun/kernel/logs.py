"""What logs say of an error: its class and the places in the code.

Its message is left out, since it may name people: PostgreSQL puts the whole row that it refused into it.
"""

from __future__ import annotations

import logging
from pathlib import Path
from traceback import extract_tb
from typing import Any


class Discreet(logging.Formatter):
    """Formats records as ever, and errors without their messages."""

    def formatException(self, ei: Any) -> str:
        """Return class and places of an error, and of those that led to it."""
        told, error, seen = [], ei[1], set[int]()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            told.append(f"{class_of(error)}\n{places(error)}")
            error = error.__cause__ or error.__context__
        return "\n".join(told)


def class_of(error: BaseException) -> str:
    """Return the class of an error, with its module."""
    return f"{type(error).__module__}.{type(error).__qualname__}"


def places(error: BaseException) -> str:
    """Return where an error came from: file, line and function."""
    frames = extract_tb(error.__traceback__)
    return "\n".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
