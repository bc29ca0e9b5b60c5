"""What is typed about the days of a year."""

from __future__ import annotations

from django import forms

KINDS = (("rest", "放假"), ("work", "上班"))


class DaysForm(forms.Form):
    """Days of a year, pasted or typed, and where that is written."""

    year = forms.IntegerField(min_value=2000, max_value=2100, widget=forms.HiddenInput)
    days = forms.CharField(
        label="哪几天",
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="可以把放假通知整段贴进来：2月6日至12日放假，2月14日（周日）上班。只写日期的，按下面选的算。",
    )
    kind = forms.ChoiceField(label="没有写明的算", choices=KINDS, initial="rest", widget=forms.RadioSelect)
    why = forms.CharField(label="依据", max_length=60, help_text="例如 国办发明电〔2026〕7号")


class DayForm(forms.Form):
    """One day."""

    day = forms.DateField(widget=forms.HiddenInput)


class YearForm(forms.Form):
    """A year, and whether its arrangement is complete."""

    year = forms.IntegerField(min_value=2000, max_value=2100, widget=forms.HiddenInput)
    complete = forms.BooleanField(required=False)
