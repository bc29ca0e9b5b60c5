"""What people type about people."""

from django import forms
from django.conf import settings

from dangqun.orgs.models import Org


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


class DayForm(forms.Form):
    """A day in the past or today, for "as of" pages."""

    on = forms.DateField(label="哪一天的", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class BranchForm(forms.Form):
    """A new branch."""

    name = forms.CharField(label="党支部全称", max_length=100)
    formation = forms.ChoiceField(label="组建方式", choices=Org.Formation.choices)
    number = forms.IntegerField(label="组织序号", min_value=1, max_value=99_999)
    on = forms.DateField(label="成立日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class CloseForm(forms.Form):
    """Closing an organisation."""

    on = forms.DateField(label="撤销日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    why = forms.CharField(label="为什么撤销", max_length=200)
