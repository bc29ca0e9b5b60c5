"""What the clerk's browser does in tests of the wizard."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile


def send(desk, kind, data, name="表.xlsx"):
    """Upload a workbook; return the page that follows."""
    return desk.post(f"/people/import/{kind}/", {"file": SimpleUploadedFile(name, data)}, follow=True)


def text(answer):
    """Return a page as text."""
    return answer.content.decode()


def put_right(desk, run, row, act, sheet=0, **cells):
    """Put a row right; return the page that follows."""
    return desk.post(
        f"/people/import/{run.pk}/fix/", {"sheet": sheet, "row": row, "act": act, **cells}, follow=True
    )
