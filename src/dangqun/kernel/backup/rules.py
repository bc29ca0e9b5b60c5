"""The deed of making a new recovery sheet."""

from django.utils import timezone

from dangqun.kernel.backup.models import Rotation
from dangqun.kernel.backup.sheets import Sheet, new_sheet
from dangqun.kernel.facts import record
from dangqun.kernel.rules import verb

PURPOSE = "backups"


@verb
def renew_sheet() -> Sheet:
    """Make a new recovery sheet: backups are encrypted towards it from now on."""
    now = timezone.now()
    last = Rotation.objects.filter(purpose=PURPOSE).order_by("-number").first()
    number = last.number + 1 if last else 1
    held = Rotation.objects.create(purpose=PURPOSE, number=number, began_at=now, ended_at=now)
    sheet = new_sheet()
    record("keys.sheet", held, by=None, changes={"sheet": [None, sheet.number]})
    return sheet
