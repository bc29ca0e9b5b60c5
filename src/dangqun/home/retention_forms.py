"""What is typed to hold records back."""

from __future__ import annotations

from typing import Any

from django import forms

from dangqun.kernel.retention import holdable


class HoldForm(forms.Form):
    """A class, perhaps one row of it, and why."""

    code = forms.ChoiceField(label="哪一类")
    row = forms.RegexField(
        r"^[1-9][0-9]{0,17}$",
        label="只暂缓一条（编号）",
        required=False,
        help_text="审计记录里写着的编号。不填就是整类",
        error_messages={"invalid": "编号是数字，例如 128。"},
    )
    why = forms.CharField(label="理由", max_length=120, help_text="例如 正在核查的信访件、审计要求")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = [(each.code, each.label) for each in holdable().values()]
        self.fields["code"].choices = held  # type: ignore[attr-defined]
