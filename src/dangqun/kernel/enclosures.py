"""Files that lie with a row (an attachment of a notice, a file of a task): one shape, one way to keep, hand out, forget."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import models, transaction
from django.http import HttpResponse
from django.utils import timezone

from dangqun.kernel.crypto import Tampered, blind_index
from dangqun.kernel.rules import RuleBroken
from dangqun.kernel.uploads import GONE, Upload, answer, drop, load, store

ICONS = (
    dict.fromkeys(("doc", "docx", "wps"), "file-type-doc")
    | dict.fromkeys(("xls", "xlsx", "et", "csv"), "file-spreadsheet")
    | dict.fromkeys(("jpg", "png", "webp"), "photo")
    | {"pdf": "file-type-pdf"}
)

log = logging.getLogger(__name__)


class Enclosure(models.Model):
    """A file of something. Its bytes lie encrypted under `key`; `mark` tells the same file from another one."""

    name = models.CharField("文件名", max_length=100)
    kind = models.CharField(max_length=8)
    size = models.PositiveIntegerField("大小（字节）")
    key = models.CharField(max_length=32, unique=True)
    mark = models.CharField(max_length=64)
    added_at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        abstract = True
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name

    @property
    def icon(self) -> str:
        """The icon of its kind."""
        return ICONS.get(self.kind, "file-text")

    @property
    def facts(self) -> str:
        """Kind and size as people say them: DOCX，46 KB."""
        kilobytes = max(1, round(self.size / 1024))
        size = f"{kilobytes} KB" if kilobytes < 1024 else f"{kilobytes / 1024:.1f} MB"
        return f"{self.kind.upper()}，{size}"


def mark_of(upload: Upload) -> str:
    """Return what is equal for two files of the same bytes, and tells nothing of them."""
    return blind_index("files", hashlib.sha256(upload.content).hexdigest())


@contextmanager
def stored(upload: Upload) -> Iterator[dict[str, Any]]:
    """Keep a file's bytes and yield the columns of its row; if no row comes of it, the bytes go again."""
    key = store(upload.content)
    try:
        yield {
            "name": upload.name,
            "kind": upload.kind,
            "size": len(upload.content),
            "key": key,
            "mark": mark_of(upload),
            "added_at": timezone.now(),
        }
    except BaseException:
        drop(key)
        raise


def forget(enclosure: Enclosure) -> None:
    """Delete a file's row now, and its bytes once that is certain."""
    key = enclosure.key
    enclosure.delete()
    transaction.on_commit(lambda: drop(key), robust=True)


def hand_out(enclosure: Enclosure) -> HttpResponse:
    """Return the file as a download. Raises RuleBroken when its bytes are damaged or gone."""
    try:
        return answer(enclosure.name, enclosure.kind, load(enclosure.key))
    except (Tampered, FileNotFoundError) as damage:
        log.error("%s %s: %s", enclosure._meta.label, enclosure.pk, damage)
        raise RuleBroken(GONE) from damage
