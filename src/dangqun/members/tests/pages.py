"""What tests of pages share: the words of a page, a form sent, how many queries a page takes."""

from __future__ import annotations

import re
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse


def text_of(answer: Any) -> str:
    """The words of a page, without marks and blanks."""
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def post(browser: Any, route: str, /, *args: int, **typed: Any) -> Any:
    """Send a form to a route and follow."""
    return browser.post(reverse(route, args=args), typed, follow=True)


def queries(browser: Any, url: str) -> int:
    """How many queries a page takes."""
    browser.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(url).status_code == 200
    return len(seen)
