"""After a restore everybody signs in again: sessions are not in a backup, and an old one opens no door."""

from typing import Any

from django.utils import timezone

from dangqun.accounts.models import SignIn


def end_every_sign_in(_restored: Any, *, by: Any) -> None:
    """End all sign-ins that a backup says are open (on `backups.restored`)."""
    SignIn.objects.open().update(ended_at=timezone.now(), ended_why="restored")
