"""What people type when they look at a masked value, export such values, or put their own data right."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from dangqun.kernel.crypto import Sealed, Tampered
from dangqun.kernel.faults import Fault
from dangqun.kernel.identity import check_mobile
from dangqun.kernel.rules import RuleBroken
from dangqun.members.forms import OneLine
from dangqun.members.models import CorrectionRequest, Person, Reveal
from dangqun.members.reasons import LONGEST_NOTE, offered, spoken

WHY = "为什么要看"


class RevealForm(forms.Form):
    """A reason for looking; `words` is what the person will read."""

    why = forms.ChoiceField(
        label=WHY, widget=forms.RadioSelect, error_messages={"required": "请选一个理由，本人看得到。"}
    )
    note = OneLine(label="补充说明", max_length=LONGEST_NOTE, required=False)

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on, self.words = on, ""
        self.fields["why"].choices = [(each.words, each.words) for each in offered(on)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Put the reason into words; one that says nothing by itself needs a note."""
        typed = super().clean() or {}
        if typed.get("why") and "note" in typed:
            try:
                self.words = spoken(typed["why"], typed["note"], self.on)
            except RuleBroken as refusal:
                self.add_error(refusal.field, refusal.sentence)
        return typed


class FullExportForm(RevealForm):
    """Which numbers a roster shall hold, and why."""

    columns = forms.MultipleChoiceField(
        label="导出哪些号码",
        choices=Reveal.Field.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选要导出的号码，一项都不要的请用“导出Excel”。"},
    )
    field_order = ("columns", "why", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].label = "为什么导出"


class OwnForm(forms.Form):
    """What a person may correct herself."""

    mobile = OneLine(
        label="手机号码", max_length=30, required=False, help_text="11 位，登录也用它；改了以后用新号码登录"
    )
    address = OneLine(label="现居住地", max_length=200, required=False)
    education = OneLine(label="学历", max_length=20, required=False)
    position = OneLine(label="工作岗位", max_length=40, required=False)

    @classmethod
    def of(cls, person: Person, typed: Any) -> OwnForm:
        """Return the form as it is now registered; a value that cannot be opened stays empty."""
        return cls(typed, initial={key: _plain(getattr(person, key)) for key in cls.base_fields})

    def clean_mobile(self) -> str:
        """Return the number without blanks and +86."""
        try:
            return check_mobile(self.cleaned_data["mobile"]) if self.cleaned_data["mobile"] else ""
        except Fault as fault:
            raise forms.ValidationError(fault.sentence) from fault

    def changed(self) -> dict[str, Any]:
        """Return what was changed."""
        return {key: self.cleaned_data[key] for key in self.changed_data}


class AskForm(forms.Form):
    """What should be corrected, what it should be, and on what it rests."""

    field = forms.ChoiceField(label="更正哪一项", choices=[("", "请选择"), *CorrectionRequest.Field.choices])
    value = OneLine(label="应当是", max_length=80, help_text="日期写成 1996-07-01；身份证号写 18 位")
    note = OneLine(
        label="依据", max_length=200, help_text="例如：户口本、入党志愿书；号码写在上一格，不要写在这里"
    )


class DecideForm(forms.Form):
    """The answer of the office: an ID number is copied once more, a refusal has its reason."""

    copied = OneLine(label="对照证件再录一遍身份证号", max_length=40, required=False)
    why = OneLine(label="不采纳的理由", max_length=200, required=False, help_text="不采纳要写，本人看得到")

    def __init__(self, *args: Any, asked: CorrectionRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asked.is_secret:
            del self.fields["copied"]


def _plain(value: Any) -> Any:
    if not isinstance(value, Sealed):
        return value
    try:
        return value.open()
    except Tampered:
        return ""
