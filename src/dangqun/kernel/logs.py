"""What logs say of an error: its class and the places in the code.

Its message is left out, since it may name people: PostgreSQL puts the whole row that it refused into it.
"""

from __future__ import annotations

import logging
from pathlib import Path
from traceback import extract_tb
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter


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


class DiscreetReport(ExceptionReporter):
    """What Django would mail or show of an error, as the log tells it: no message, no variables, nothing of the form."""

    def get_traceback_text(self) -> SafeString:
        """Return class and places of the error, and its address: plain text, for the text of a mail."""
        return mark_safe(self._told())

    def get_traceback_html(self) -> SafeString:
        """Return the same as a page."""
        return format_html("<pre>{}</pre>", self._told())

    def _told(self) -> str:
        told = Discreet().formatException((self.exc_type, self.exc_value, self.tb)) if self.exc_value else ""
        return f"{self.request.method} {self.request.path}\n{told}" if self.request else told


def class_of(error: BaseException) -> str:
    """Return the class of an error, with its module."""
    return f"{type(error).__module__}.{type(error).__qualname__}"


def places(error: BaseException) -> str:
    """Return where an error came from: file, line and function."""
    frames = extract_tb(error.__traceback__)
    return "\n".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
