"""How backups stand, in a sentence: for the first page of whoever answers for them, and for `dangqun doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from dangqun.kernel.backup.models import Backup
from dangqun.kernel.backup.sheets import recipient

SHOWN = 30


@dataclass(frozen=True)
class Standing:
    """When the last backup was made (None: never), days since then or since the sheet, and what went wrong last, if it did."""

    last_at: datetime | None
    days: int
    trouble: str

    @property
    def is_old(self) -> bool:
        """Whether somebody must see to it."""
        return self.days >= settings.BACKUP_WARN_DAYS

    @property
    def sentence(self) -> str:
        """上次备份 N 天前."""
        if self.last_at is None:
            return f"平台建好 {self.days} 天，还没有备份过"
        return f"上次备份 {self.days} 天前" if self.days else "今天备份过"


def newest() -> list[Backup]:
    """Return the newest thirty backups, restores and failures."""
    return list(Backup.objects.order_by("-at", "-pk")[:SHOWN])


def last_tested_at() -> datetime | None:
    """Return when the last backup was made whose test restore went well."""
    return Backup.objects.last_tested_at()


def standing(now: datetime | None = None) -> Standing | None:
    """Return how backups stand; None where there is no recovery sheet, so that none can be made. One query."""
    towards = recipient()
    if towards is None:
        return None
    now = now or timezone.now()
    made = Backup.objects.exclude(kind=Backup.Kind.RESTORED).order_by("-at", "-pk")
    latest = list(made.values_list("at", "trouble")[:SHOWN])
    last_at = next((at for at, trouble in latest if not trouble), None)
    trouble = latest[0][1] if latest else ""
    days = (now - (last_at or towards.since)) // timedelta(days=1)
    return Standing(last_at, max(0, days), trouble)
