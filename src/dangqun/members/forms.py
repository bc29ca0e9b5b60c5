"""What people type about organisations, enterprises and people; choices arrive as arguments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MinValueValidator
from django.db.models import QuerySet

from dangqun.kernel.faults import Fault
from dangqun.kernel.identity import check_credit_code
from dangqun.kernel.sheets import clean_text
from dangqun.members.models import Person
from dangqun.orgs.models import Enterprise, Org

CENTS_IN_WAN = 1_000_000  # 1 万元 in 分
EARLIEST = date(1900, 1, 1)


class CodeForm(forms.Form):
    """A name and the code from the slip."""

    name = forms.CharField(label="用户名或手机号", max_length=40, help_text="写在激活码纸条上")
    code = forms.CharField(label="激活码", max_length=20, help_text="8 位，大小写都行，横线可以不写")


class StaffForm(forms.Form):
    """Somebody who works at the committee."""

    name = forms.CharField(label="姓名", max_length=40)
    mobile = forms.CharField(label="手机号码", max_length=20)
    role = forms.ChoiceField(label="岗位", help_text="由安全管理员确认后才起作用")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["role"].choices = [(role, settings.ROLE_NAMES[role]) for role in settings.STAFF_ROLES]  # type: ignore[attr-defined]


def day(label: str, **options: Any) -> forms.DateField:
    """A field for one day, with the browser's own calendar."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    early = MinValueValidator(EARLIEST, f"日期不能早于 {EARLIEST:%Y} 年。")
    return forms.DateField(label=label, widget=widget, validators=[early], **options)


class OneLine(forms.CharField):
    """A line of text without the blanks and signs that copying leaves in it."""

    def to_python(self, value: Any) -> str:
        """Return the cleaned text."""
        return clean_text(super().to_python(value))


class Several(forms.ModelMultipleChoiceField):
    """Several rows by their numbers; one too long for any database is no choice."""

    def clean(self, value: Any) -> Any:
        """Return the rows."""
        for each in value or ():
            if len(str(each)) > 18:
                raise forms.ValidationError(
                    self.error_messages["invalid_choice"], "invalid_choice", {"value": str(each)[:18]}
                )
        return super().clean(value)


class DayForm(forms.Form):
    """A day in the past or today, for "as of" pages."""

    on = day("哪一天的")


class OnForm(forms.Form):
    """A day on which something ends or begins."""

    on = day("日期")


# --- organisations ----------------------------------------------------------------------------------------
class BranchForm(forms.Form):
    """A new branch: own, joint or temporary, with the enterprises that it covers."""

    name = OneLine(label="党支部全称", max_length=100, help_text="例如：恒丰机械有限公司党支部")
    formation = forms.ChoiceField(
        label="组建方式", choices=Org.Formation.choices, help_text="临时支部不能发展党员"
    )
    number = forms.IntegerField(label="组织序号", min_value=1, max_value=99_999)
    on = day("成立日期")
    enterprises = Several(
        Enterprise.objects.none(),
        label="由哪些企业组建",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="只列还没有党组织覆盖的企业；以后也可以在企业页调整。",
    )

    def __init__(self, *args: Any, enterprises: QuerySet[Enterprise], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["enterprises"].queryset = enterprises  # type: ignore[attr-defined]
        if not enterprises:
            del self.fields["enterprises"]


class ParkForm(forms.Form):
    """A new park."""

    name = OneLine(label="园区名称", max_length=100)
    number = forms.IntegerField(label="组织序号", min_value=1, max_value=9_999)
    on = day("设立日期")


class RenameForm(forms.Form):
    """What an organisation is called, its number and code; a new name has its day."""

    name = OneLine(label="全称", max_length=100)
    short_name = OneLine(label="简称", max_length=60, required=False, help_text="不填就由全称得出")
    number = forms.IntegerField(label="组织序号", min_value=0, max_value=99_999)
    code = OneLine(label="党组织编码", max_length=20, required=False)
    formation = forms.ChoiceField(label="组建方式", choices=Org.Formation.choices)
    on = day("从哪一天起", help_text="以前的日期仍显示原来的名称")

    def __init__(self, *args: Any, org: Org, today: date, **kwargs: Any) -> None:
        known = {key: getattr(org, key, None) for key in self.base_fields}
        super().__init__(*args, initial=known | {"on": today}, **kwargs)
        self.org = org
        if not org.is_branch:
            del self.fields["formation"]

    def clean(self) -> dict[str, Any]:
        """Let a short name that was not touched follow the new full name."""
        typed = super().clean() or {}
        if typed.get("name") != self.org.name and typed.get("short_name") == self.org.short_name:
            typed["short_name"] = ""
        return typed


class MoveOrgForm(forms.Form):
    """Where an organisation goes."""

    to = forms.ModelChoiceField(Org.objects.none(), label="调整到哪个上级", empty_label="请选择")
    on = day("从哪一天起")

    def __init__(self, *args: Any, orgs: QuerySet[Org], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = orgs  # type: ignore[attr-defined]


class CloseForm(forms.Form):
    """Closing an organisation, or an enterprise leaving the zone; `verb` is what happens."""

    on = day("日期")
    why = OneLine(label="原因", max_length=200)

    def __init__(self, *args: Any, verb: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].label, self.fields["why"].label = f"{verb}日期", f"为什么{verb}"


class ZoneForm(forms.Form):
    """A liaison zone: its name, who looks after it, which branches lie in it."""

    name = OneLine(label="片区名称", max_length=30)
    member = forms.ModelChoiceField(
        Person.objects.none(), label="由哪位委员联系", required=False, empty_label="还没有定"
    )
    branches = Several(
        Org.objects.none(),
        label="联系哪些支部",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="一个支部只在一个片区；选上别的片区的支部，就从那一天起转过来。",
    )
    on = day("从哪一天起")

    def __init__(self, *args: Any, members: QuerySet[Person], branches: QuerySet[Org], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = members  # type: ignore[attr-defined]
        self.fields["branches"].queryset = branches  # type: ignore[attr-defined]


# --- enterprises ------------------------------------------------------------------------------------------
class EnterpriseForm(forms.Form):
    """An enterprise as the register holds it."""

    name = OneLine(label="企业名称", max_length=100, help_text="按营业执照写全称")
    credit_code = OneLine(
        label="统一社会信用代码",
        max_length=40,
        required=False,
        help_text="18 位，末位由前 17 位算出，写错会提示",
    )
    park = forms.ModelChoiceField(Org.objects.none(), label="所在园区", empty_label="请选择")
    number = forms.IntegerField(label="序号", min_value=0, max_value=99_999, required=False)
    employees = forms.IntegerField(label="职工人数", min_value=0, max_value=1_000_000, required=False)
    output = forms.DecimalField(
        label="年产值（万元）", min_value=0, max_digits=12, decimal_places=4, required=False
    )
    tax = forms.DecimalField(
        label="年纳税（万元）", min_value=0, max_digits=12, decimal_places=4, required=False
    )

    def __init__(
        self, *args: Any, parks: QuerySet[Org] | None = None, firm: Enterprise | None = None, **kwargs: Any
    ) -> None:
        if firm:
            kwargs["initial"] = {
                "output": _in_wan(firm.output_cents),
                "tax": _in_wan(firm.tax_cents),
                **{key: getattr(firm, key) for key in ("name", "credit_code", "number", "employees")},
            }
        super().__init__(*args, **kwargs)
        if parks is None:
            del self.fields["park"]
        else:
            self.fields["park"].queryset = parks  # type: ignore[attr-defined]

    def clean_credit_code(self) -> str:
        """Return the code, checked by GB 32100."""
        try:
            return (
                check_credit_code(self.cleaned_data["credit_code"])
                if self.cleaned_data["credit_code"]
                else ""
            )
        except Fault as fault:
            raise forms.ValidationError(fault.sentence) from fault

    def facts(self) -> dict[str, Any]:
        """Return what was typed as fields of Enterprise; money in 分."""
        typed = self.cleaned_data
        return {
            "name": typed["name"],
            "credit_code": typed["credit_code"] or None,
            "number": typed["number"] or 0,
            "employees": typed["employees"],
            "output_cents": _in_cents(typed["output"]),
            "tax_cents": _in_cents(typed["tax"]),
        }


class ParkChoiceForm(forms.Form):
    """The park to which an enterprise moves."""

    to = forms.ModelChoiceField(Org.objects.none(), label="转到哪个园区", empty_label="请选择")

    def __init__(self, *args: Any, parks: QuerySet[Org], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = parks  # type: ignore[attr-defined]


class CoverForm(forms.Form):
    """A branch that covers an enterprise."""

    branch = forms.ModelChoiceField(Org.objects.none(), label="由哪个党支部覆盖", empty_label="请选择")
    on = day("从哪一天起")
    joint = forms.BooleanField(label="这个支部从此是联合支部", required=False)

    def __init__(self, *args: Any, branches: QuerySet[Org], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].queryset = branches  # type: ignore[attr-defined]


class VisitForm(forms.Form):
    """An instructor for an enterprise."""

    instructor = forms.ModelChoiceField(
        Person.objects.none(), label="党建指导员", empty_label="请选择", help_text="名单来自现任的党建指导员"
    )
    on = day("从哪一天起")

    def __init__(self, *args: Any, instructors: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["instructor"].queryset = instructors  # type: ignore[attr-defined]


def _in_wan(cents: int | None) -> Decimal | None:
    return None if cents is None else (Decimal(cents) / CENTS_IN_WAN).normalize()


def _in_cents(wan: Decimal | None) -> int | None:
    return None if wan is None else int(wan * CENTS_IN_WAN)
