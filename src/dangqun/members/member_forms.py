"""What people type about members and officers; choices arrive as arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import QuerySet

from dangqun.kernel.sheets import clean_name
from dangqun.members.forms import OneLine, day
from dangqun.members.imports.lines import Line
from dangqun.members.models import Membership, Office, Person
from dangqun.members.rules.membership import LEAVING
from dangqun.orgs.models import Enterprise, Org


class NameField(forms.CharField):
    """A name, without the blanks that stretch it (李　明)."""

    def to_python(self, value: Any) -> str:
        """Return the cleaned name."""
        return clean_name(super().to_python(value))


class ElectForm(forms.Form):
    """Somebody for the team of a branch."""

    person = forms.ModelChoiceField(Person.objects.none(), label="哪位党员", empty_label="请选择")
    post = forms.ChoiceField(label="职务", choices=[(post.value, post.label) for post in Office.TEAM])
    title = OneLine(
        label="职务名称",
        max_length=40,
        required=False,
        help_text="例如：组织委员、宣传委员；书记、副书记不用填",
    )
    on = day("任职日期")
    term_from = day(
        "本届起始日期", required=False, help_text="届中接任的，写本届选举的日期；任期从这一天算起"
    )

    def __init__(self, *args: Any, members: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = members  # type: ignore[attr-defined]


class CallForm(forms.Form):
    """Somebody for a post at the committee, or an enterprise's contact (then without a choice of posts)."""

    name = NameField(label="姓名", max_length=40)
    mobile = forms.CharField(
        label="手机号码", max_length=30, help_text="按姓名和手机号认人；名册里没有的会录入，号码平时遮着"
    )
    post = forms.ChoiceField(
        label="职务",
        choices=[(post, Office.Post(post).label) for post in Office.CALLED],
        help_text="办公室和书记、副书记的平台权限由安全管理员确认后才起作用",
    )
    title = OneLine(label="职务名称", max_length=40, required=False)
    full_time = forms.BooleanField(label="专职", required=False)
    on = day("任职日期")

    def __init__(self, *args: Any, contact: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for gone in ("post", "full_time") if contact else ():
            del self.fields[gone]


class MemberForm(forms.Form):
    """A member as a row of the roster; `read` understands it by the cleaners of the import."""

    name = forms.CharField(label="姓名", max_length=80)
    id_number = forms.CharField(label="公民身份号码", max_length=40, required=False)
    because = OneLine(
        label="号码核实说明",
        max_length=100,
        required=False,
        help_text="号码通不过校验、原件确实如此的，写明怎么核实的",
    )
    sex = forms.ChoiceField(label="性别", choices=[("", "按身份证号"), *Person.Sex.choices], required=False)
    born_on = day("出生日期", required=False, help_text="不填就按身份证号")
    ethnicity = forms.CharField(label="民族", max_length=20, required=False)
    education = forms.CharField(label="学历", max_length=20, required=False)
    mobile = forms.CharField(label="手机号码", max_length=30, required=False)
    address = forms.CharField(label="现居住地", max_length=200, required=False)
    branch = forms.ModelChoiceField(Org.objects.none(), label="所在党支部", empty_label="请选择")
    enterprise = forms.ModelChoiceField(
        Enterprise.objects.none(), label="所在企业", required=False, empty_label="没有或不在名册"
    )
    state = forms.ChoiceField(label="人员类别", choices=Membership.State.choices[:2])
    joined_on = day("入党日期", required=False)
    full_on = day("转正日期", required=False)
    position = forms.CharField(label="工作岗位", max_length=40, required=False)

    def __init__(
        self,
        *args: Any,
        read: Callable[..., Line],
        branches: QuerySet[Org],
        enterprises: QuerySet[Enterprise],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.read = read
        self.line: Line | None = None
        self.fields["branch"].queryset = branches  # type: ignore[attr-defined]
        self.fields["enterprise"].queryset = enterprises  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Let the import's cleaners read what was typed; each fault goes to its field."""
        typed = super().clean() or {}
        if self.errors:
            return typed
        cells = {key: _written(key, value) for key, value in typed.items()}
        self.line = self.read(cells, because=typed.get("because", ""))
        for mark in self.line.remarks:
            if mark.hard:
                self.add_error(mark.field if mark.field in self.fields else None, mark.sentence)
        return typed


class CorrectForm(MemberForm):
    """What is known of a person; sensitive values are never shown, an empty field leaves them as they are."""

    KEPT = "现在是 {}。不改就空着；要删去请写“无”。"

    uses_phone = forms.BooleanField(label="用手机", required=False)
    why = OneLine(
        label="更正理由",
        max_length=200,
        required=False,
        help_text="更正身份证号必须写，例如：对照身份证原件更正",
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        shown = ("name", "sex", "born_on", "ethnicity", "education", "joined_on", "full_on", "position")
        initial = {key: getattr(person, key) for key in (*shown, "enterprise", "uses_phone")}
        super().__init__(*args, initial=initial, **kwargs)
        for gone in ("branch", "state"):
            del self.fields[gone]
        for secret in ("id_number", "mobile", "address"):
            if getattr(person, secret):
                self.fields[secret].help_text = self.KEPT.format(getattr(person, secret))

    def facts(self) -> dict[str, Any]:
        """Return the facts as understood; sensitive ones only when something was typed."""
        assert self.line is not None
        typed, known = self.cleaned_data, self.line.facts
        plain = ("name", "sex", "born_on", "ethnicity", "education", "joined_on", "full_on", "position")
        found = {key: known.get(key) or (None if key.endswith("_on") else "") for key in plain}
        secrets = {key: known.get(key) or "" for key in ("id_number", "mobile", "address") if typed.get(key)}
        if "id_number" in secrets or typed.get("because"):
            found["id_accepted_because"] = known.get("id_accepted_because") or ""
        return found | secrets | {"enterprise": typed["enterprise"], "uses_phone": typed["uses_phone"]}


class MoveMemberForm(forms.Form):
    """The branch to which a member goes."""

    to = forms.ModelChoiceField(Org.objects.none(), label="转到哪个党支部", empty_label="请选择")
    on = day("转接日期")

    def __init__(self, *args: Any, branches: QuerySet[Org], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = branches  # type: ignore[attr-defined]


class LeaveForm(forms.Form):
    """Why a member no longer counts."""

    reason = forms.ChoiceField(
        label="减少原因", choices=[(each.value, each.label) for each in LEAVING], widget=forms.RadioSelect
    )
    on = day("日期")
    why = OneLine(
        label="说明", max_length=200, required=False, help_text="例如：转往哪个党组织、依据哪份文件"
    )


class RestoreForm(forms.Form):
    """From when a suspended member counts again."""

    on = day("恢复日期")
    why = OneLine(label="依据", max_length=200)


def _written(field: str, value: Any) -> Any:
    """Return a value as a cell of a workbook would hold it."""
    if isinstance(value, Org | Enterprise):
        return value.name
    return Membership.State(value).label if field == "state" else value
