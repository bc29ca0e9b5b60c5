"""个人信息保护说明: its text with version and date (`privacy.toml`), and who has been told which version.

It is information, not consent (《个人信息保护法》 §13, §17): nothing is closed to somebody who has not ticked it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from dangqun.accounts.models import PrivacyTold, User
from dangqun.kernel.facts import record
from dangqun.kernel.rules import verb

TO_TELL = "privacy_to_tell"  # in the session of somebody who signed in before she was told the newest version


@dataclass(frozen=True)
class Section:
    """A heading and its paragraphs."""

    title: str
    text: tuple[str, ...]


@dataclass(frozen=True)
class PrivacyNotice:
    """The text that holds now."""

    version: str
    since: date
    title: str
    opening: str
    sections: tuple[Section, ...]


@lru_cache(maxsize=1)
def privacy_notice() -> PrivacyNotice:
    """Return the text that holds now."""
    read = tomllib.loads(Path(__file__).with_name("privacy.toml").read_text(encoding="utf-8"))
    sections = tuple(Section(each["title"], tuple(each["text"])) for each in read.pop("section"))
    return PrivacyNotice(**read, sections=sections)


def is_told(user: User) -> bool:
    """Whether somebody has ticked that she has seen the newest version."""
    return PrivacyTold.objects.filter(user=user, version=privacy_notice().version).exists()


def tell_later(request: HttpRequest, user: User) -> None:
    """Let the first page of a session that begins lead to the text, unless somebody was told this version."""
    if not is_told(user):
        request.session[TO_TELL] = True


@verb
def note_told(user: User) -> PrivacyTold:
    """Note that somebody ticked that she has seen the newest version; a second time changes nothing."""
    version = privacy_notice().version
    told, new = PrivacyTold.objects.get_or_create(user=user, version=version, defaults={"at": timezone.now()})
    if new:
        record("accounts.privacy_told", user, by=user, changes={"version": [None, version]})
    return told


def told_on(user: User) -> Any:
    """Return the newest tick of somebody; None when there is none."""
    return PrivacyTold.objects.filter(user=user).order_by("-at").first()
