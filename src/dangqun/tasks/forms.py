"""What the issuing office and the branches write."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from dangqun.kernel.calendars import add_months, local, moment, today
from dangqun.kernel.uploads import ACCEPT
from dangqun.members.forms import OneLine, day
from dangqun.members.models import Person
from dangqun.notices.forms import HABITS, Files, Ids, RichForm, SeveralFiles
from dangqun.notices.writing import as_text
from dangqun.tasks.models import LONGEST_ANSWER, Task, last_day
from dangqun.tasks.places import Places

FARTHEST = 36  # months
ANSWERS = (
    ("text", "一段文字"),
    ("file", "一个文件（文档、表格都行，不要求照片）"),
    ("either", "文字或文件都可以"),
    ("none", "不用写，办完点一下，由我们办结"),
    ("own", "不用写，由支部自己办结"),
)
ASKED = ("title", "body", "day")


def _files(label: str) -> Files:
    widget = SeveralFiles(attrs={"multiple": True, "accept": ACCEPT, "data-limit": settings.UPLOAD_LIMIT})
    return Files(label=label, required=False, widget=widget)


def _hour() -> forms.TimeField:
    return forms.TimeField(
        label="几点前",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="不填就是当天 24:00",
        error_messages={"invalid": "时间看不懂。请写成 17:30 这样。"},
    )


def deadline_of(on: date, hour: Any) -> datetime:
    """Return the moment of a deadline; without an hour the end of the day (24:00)."""
    return moment(on, hour) if hour is not None else moment(on + timedelta(days=1))


def hour_of(deadline: datetime) -> Any:
    """Return the hour of a deadline as the form shows it; None for 24:00."""
    at = local(deadline)
    return at.time() if last_day(deadline) == at.date() else None


class DeadlineForm(forms.Form):
    """A last day and, if one likes, an hour."""

    day = day(
        "期限", error_messages={"required": "请写期限。", "invalid": "日期看不懂。请写成 2026-12-01 这样。"}
    )
    hour = _hour()

    def clean_day(self) -> date | None:
        """Refuse a day so far away that it must be a slip."""
        on = self.cleaned_data["day"]
        if on and on > add_months(today(), FARTHEST):
            raise ValidationError(f"期限太远了，最多写到 {FARTHEST // 12} 年以内。请核对年份。")
        return on

    def deadline(self) -> datetime | None:
        """Return the moment; None while the day is not known."""
        typed = getattr(self, "cleaned_data", {})
        on = typed.get("day")
        return deadline_of(on, typed.get("hour")) if on else None


class TaskForm(RichForm, DeadlineForm):
    """What is to be done, by whom, until when, what answer. A draft may lack anything; issuing asks for it."""

    field_order = ("title", "body", "files", "orgs", "zones", "day", "hour", "hurry", "answer")
    writing = forms.UUIDField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(
        label="标题",
        max_length=120,
        error_messages={"max_length": "标题最多 %(limit_value)d 个字，现在有 %(show_value)d 个，请改短。"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    body = forms.CharField(
        label="要做什么",
        max_length=20_000,
        error_messages={
            "max_length": "最多 %(limit_value)d 个字，现在有 %(show_value)d 个。请改短，或者作为附件发。"
        },
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=HABITS,
    )
    files = _files("附件")
    orgs = Ids(label="哪些支部", required=False)
    zones = Ids(label="哪些片区", required=False)
    hurry = OneLine(label="期限短的理由", max_length=120, required=False)
    answer = forms.ChoiceField(label="要什么反馈", choices=ANSWERS, widget=forms.RadioSelect)

    def __init__(
        self, typed: Any = None, files: Any = None, *, allowed: dict[str, Collection[int]], **kwargs: Any
    ) -> None:
        super().__init__(typed, files, **kwargs)
        for name, ids in allowed.items():
            self.fields[name].allowed = ids  # type: ignore[attr-defined]

    def full_clean(self) -> None:
        """Understand what is there; what a task lacks is said when it is issued."""
        for name in ASKED:
            self.fields[name].required = False
        super().full_clean()
        for name in ASKED:
            self.fields[name].required = True

    def facts(self) -> dict[str, Any]:
        """Return what a draft keeps: all that was understood."""
        typed = self.cleaned_data
        facts = {key: typed[key] for key in ("title", "hurry") if key in typed}
        if "body" in typed:
            facts["body"] = self.html
        if "orgs" in typed and "zones" in typed:
            facts["places"] = Places(tuple(typed["orgs"]), tuple(typed["zones"])).stored()
        if "answer" in typed:
            facts["wants"] = "none" if typed["answer"] == "own" else typed["answer"]
            facts["own_word"] = typed["answer"] == "own"
        if "day" in typed and "hour" in typed:
            facts["deadline"] = self.deadline()
        return facts

    def says_something(self) -> bool:
        """Whether anything was written or handed in that is worth a draft."""
        typed = self.cleaned_data
        return bool(typed.get("title") or typed.get("body") or self.files.getlist("files") or self.errors)


def initial(task: Task) -> dict[str, Any]:
    """Return a draft as the form shows it."""
    places = Places.of(task.places)
    return {
        "writing": task.writing,
        "title": task.title,
        "body": as_text(task.body),
        "html": task.body,
        "orgs": places.orgs,
        "zones": places.zones,
        "day": last_day(task.deadline) if task.deadline else None,
        "hour": hour_of(task.deadline) if task.deadline else None,
        "hurry": task.hurry,
        "answer": "own" if task.own_word else task.wants,
    }


class AnswerForm(forms.Form):
    """What a branch says: a few sentences, a file, or both."""

    text = forms.CharField(
        label="办得怎么样",
        required=False,
        max_length=LONGEST_ANSWER,
        error_messages={
            "max_length": "反馈最多 %(limit_value)d 个字，现在有 %(show_value)d 个。请改短，或者作为文件传。"
        },
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    files = _files("文件")


class HandOverForm(forms.Form):
    """To whom of the branch a task goes."""

    to = forms.ModelChoiceField(Person.objects.none(), label="移交给", empty_label="请选择")

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """A reason that those concerned can read."""

    why = OneLine(label="理由", max_length=200, error_messages={"required": "请写理由，支部看得到。"})


class ExtendForm(DeadlineForm):
    """A later deadline, and why."""

    why = OneLine(label="说明", max_length=120, required=False)
