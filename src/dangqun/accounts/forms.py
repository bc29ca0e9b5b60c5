"""What a person types at the door."""

from typing import Any

from django import forms


class SignInForm(forms.Form):
    """User name or mobile number, and password."""

    username = forms.CharField(
        label="用户名",
        max_length=40,
        help_text="手机号，或发给您的用户名",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label="密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class NewPasswordForm(forms.Form):
    """A new password, twice."""

    password = forms.CharField(
        label="新密码",
        max_length=200,
        strip=False,
        help_text="党员至少 8 位，办公室和管理员至少 12 位，不要用常见密码。可以用一句好记的话。",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再写一遍",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, str]:
        """Refuse two different passwords."""
        cleaned = super().clean() or {}
        if cleaned.get("password") and cleaned.get("again") and cleaned["password"] != cleaned["again"]:
            self.add_error("again", "两遍写的不一样，请重写。")
        return cleaned


class ChangePasswordForm(NewPasswordForm):
    """The old password and a new one."""

    old = forms.CharField(
        label="现在的密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("old", "password", "again")


class CodeForm(forms.Form):
    """A code of the second factor, from the phone or printed."""

    code = forms.CharField(
        label="验证码",
        max_length=20,
        help_text="手机验证器上“党群”那一行的 6 位数字。手机不在身边，填一个备用码。",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )


class FirstCodeForm(forms.Form):
    """The first code of a new secret."""

    code = forms.CharField(
        label="手机上的 6 位验证码",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class ProveForm(CodeForm):
    """The password and a code, for what would weaken the account."""

    password = forms.CharField(
        label="现在的密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("password", "code")


class PasswordForm(forms.Form):
    """The password, once more."""

    password = forms.CharField(
        label="现在的密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ToldForm(forms.Form):
    """The tick under 个人信息保护说明."""

    told = forms.BooleanField(
        label="我看过这份说明",
        error_messages={"required": "看过以后请打勾。这是告知，不是征求同意。"},
    )


class ActivationForm(NewPasswordForm, ToldForm):
    """The first password, and the tick; whoever was told this version before (a reset) is not asked again."""

    field_order = ("password", "again", "told")

    def __init__(self, *args: Any, is_told: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_told:
            del self.fields["told"]
