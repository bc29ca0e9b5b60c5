"""What the first import pages read: how far the platform is filled, and the columns to choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from dangqun.kernel.jobs import Standing
from dangqun.members.imports import preview
from dangqun.members.imports.kinds import KINDS, Kind, kind_of
from dangqun.members.imports.reading import read
from dangqun.members.imports.rules import source_of
from dangqun.members.imports.scope import NEEDS
from dangqun.members.models import Import, Membership, Office
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Enterprise, Org
from dangqun.orgs.reach import within

SAMPLES = 3


@dataclass(frozen=True)
class Step:
    """One of the three steps that fill an empty platform."""

    kind: Kind
    url: str
    template_url: str
    held: str
    last: Import | None
    is_done: bool
    is_next: bool


def steps(actor: Actor) -> list[Step]:
    """Return the three steps in their order, with what is held already and the first one still to do."""
    counts = _held(actor)
    found, first_open = [], True
    for name, kind in KINDS.items():
        held, is_done = counts[name]
        last = Import.objects.reachable(actor, NEEDS).done().filter(kind=name).first()
        urls = (reverse("import-upload", args=(name,)), reverse("import-template", args=(name,)))
        found.append(Step(kind, *urls, held, last, is_done, first_open and not is_done))
        first_open = first_open and is_done
    return found


def _held(actor: Actor) -> dict[str, tuple[str, bool]]:
    paths = actor.paths(NEEDS)
    firms = Enterprise.objects.reachable(actor, NEEDS).open(actor.day).count()
    branches = Org.objects.reachable(actor, NEEDS).open(actor.day).branches().count()
    members = Membership.objects.open().counted().filter(within("branch__path", paths)).count()
    posts = (
        Office.Post.SECRETARY,
        Office.Post.DEPUTY,
        Office.Post.INSTRUCTOR,
        Office.Post.ENTERPRISE_CONTACT,
    )
    offices = Office.objects.open().filter(within("org__path", paths), post__in=posts).count()
    return {
        "organisations": (f"{firms} 家企业，{branches} 个党支部", bool(branches)),
        "members": (f"{members} 名党员", bool(members)),
        "officers": (f"{offices} 条任职", bool(offices)),
    }


def column_choices(run: Import, posted: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return every sheet's columns with heading, samples (masked) and the field chosen so far."""
    kind = kind_of(run.kind)
    guessed = read(kind, *source_of(run), run.org)
    sheets = []
    for number, table in enumerate(guessed.tables):
        kept = run.columns.get(table.sheet, {}) if run.columns_settled else {}
        samples = [row for row in table.source[table.first - 1 :] if any(row)][:SAMPLES]
        columns = []
        for at, heading in enumerate(table.headings):
            cells = [preview.shown(row[at]) for row in samples if at < len(row) and row[at] not in (None, "")]
            if not heading and not cells:
                continue
            name = f"column-{number}-{at}"
            chosen = kept.get(str(at)) or table.fields.get(at, "")
            columns.append(
                {
                    "name": name,
                    "letter": preview.column_letter(at),
                    "heading": heading,
                    "samples": cells,
                    "chosen": posted.get(name, "") if posted else chosen,
                    "strange": at in guessed.strange.get(table.sheet, []),
                }
            )
        sheets.append({"title": table.sheet, "columns": columns})
    titles = dict(kind.fields)
    return {"sheets": sheets, "fields": kind.fields, "absent": [titles[key] for key in guessed.absent]}


def chosen_columns(run: Import, posted: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the columns that a person chose, by sheet, from the form of `column_choices`."""
    choices = column_choices(run)
    return {
        sheet["title"]: {
            column["name"].rpartition("-")[2]: posted.get(column["name"], "") for column in sheet["columns"]
        }
        for sheet in choices["sheets"]
    }


def seconds_left(work: Standing) -> int | None:
    """Return about how many seconds a job still takes, from how long its share has taken; None when nobody can say."""
    if work.started_at is None or not work.done or not work.total:
        return None
    spent = (timezone.now() - work.started_at).total_seconds()
    return max(1, round(spent * (work.total - work.done) / work.done))
