"""What a person gives an import: a workbook, and how to put a row right."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from dangqun.kernel.rules import RuleBroken
from dangqun.members.imports.kinds import Kind

CELL = "cell-"


class UploadForm(forms.Form):
    """A workbook."""

    file = forms.FileField(
        label="工作簿",
        max_length=150,
        allow_empty_file=True,
        error_messages={"required": "请先选一个文件。", "max_length": "文件名太长，请改短后再传。"},
        widget=forms.FileInput(
            attrs={
                "accept": ".xlsx,.xls,.et,.csv",
                "data-most-mb": settings.UPLOAD_LIMIT // 1024 // 1024,
            }
        ),
    )

    def clean_file(self) -> Any:
        """Refuse a file that is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_LIMIT:
            most = settings.UPLOAD_LIMIT // 1024 // 1024
            raise forms.ValidationError(f"文件超过 {most} MB。请只留要导入的表，另存后再传。")
        return file


class FixForm(forms.Form):
    """How to put one row right: type cells anew, accept an old number with a reason, leave the row out or take it in."""

    ACTS = (
        ("replace", "改好这一行"),
        ("accept", "号码照此导入"),
        ("skip", "这一行不导"),
        ("restore", "还是要导"),
    )

    sheet = forms.IntegerField(min_value=0, max_value=1000)
    row = forms.IntegerField(min_value=1, max_value=2_000_000)
    act = forms.ChoiceField(choices=ACTS)
    reason = forms.CharField(required=False, max_length=200)
    alike = forms.BooleanField(required=False)

    def fix(self, kind: Kind) -> dict[str, Any]:
        """Return the fix as `rules.put_right` takes it. Raises RuleBroken when nothing was typed."""
        act = self.cleaned_data["act"]
        if act in ("skip", "restore"):
            return {"skip": act == "skip"}
        if act == "accept":
            return {"accept": self.cleaned_data["reason"]}
        cells = {
            key: str(self.data[f"{CELL}{key}"])[:200]
            for key in kind.labels
            if str(self.data.get(f"{CELL}{key}", "")).strip()
        }
        if not cells:
            raise RuleBroken("请先写要改成什么；要空着请写“无”。")
        return {"cells": cells}
