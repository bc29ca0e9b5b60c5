"""What is typed about a channel, and about one's own 提醒方式."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from datetime import time
from typing import Any

from django import forms
from django.db.models import QuerySet

from dangqun.ladder.adapters import KINDS, Setting
from dangqun.ladder.addresses import LABELS
from dangqun.ladder.models import Channel, Preference
from dangqun.orgs.models import Org

HOURS = [(f"{hour:02}:{minute:02}",) * 2 for hour in range(24) for minute in (0, 30)]
CLOCKS = ("digest_at", "quiet_from", "quiet_to")
DIGITS = "请填收到的 6 位数字，别的不用填。"
KEPT = "已经填过，不显示。留空就不变。"


class ChannelForm(forms.Form):
    """A channel: its name, whom it serves, when, and the settings of its kind."""

    name = forms.CharField(label="名称", max_length=40)
    org = forms.ModelChoiceField(
        Org.objects.none(),
        label="给哪里用",
        empty_label=None,
        help_text="选综合党委就是全区；群机器人请选这个群所在的支部或园区",
        error_messages={"required": "请选给哪里用。"},
    )
    after_hours = forms.IntegerField(
        label="发布几小时后还没签收才发",
        min_value=0,
        max_value=168,
        initial=0,
        help_text="0 是马上。短信可以写 24：先用不花钱的渠道",
    )
    urgent_only = forms.BooleanField(label="只发紧急的", required=False)

    def __init__(
        self, data: Any = None, *, kind: str, places: QuerySet[Org], channel: Channel | None = None
    ) -> None:
        super().__init__(data, initial=_initial(kind, channel))
        self.kind = KINDS[kind]
        self.fields["org"].queryset = places  # type: ignore[attr-defined]
        if channel is not None:
            del self.fields["org"]
        if not self.kind.address:
            del self.fields["after_hours"]
        for each in self.kind.settings:
            self.fields[each.name] = _field(each, is_new=channel is None)

    def split(self) -> tuple[dict[str, Any], dict[str, str]]:
        """Return what is said of the channel itself, and the settings of its kind."""
        names = {each.name for each in self.kind.settings}
        typed = self.cleaned_data
        facts = {name: value for name, value in typed.items() if name not in names and name != "org"}
        return facts, {name: typed[name] for name in names}


def _initial(kind: str, channel: Channel | None) -> dict[str, Any]:
    if channel is None:
        return {each.name: each.default for each in KINDS[kind].settings} | {
            "urgent_only": kind == Channel.Kind.SMS
        }
    told = channel.settings
    shown = {each.name: told.get(each.name, "") for each in KINDS[kind].settings if not each.secret}
    held = {name: getattr(channel, name) for name in ("name", "after_hours", "urgent_only")}
    return held | shown


def _field(each: Setting, *, is_new: bool) -> forms.Field:
    asked = each.required and (is_new or not each.secret)
    hint = each.hint if is_new or not each.secret else KEPT
    if each.choices:
        return forms.ChoiceField(label=each.label, choices=each.choices, help_text=hint)
    widget: forms.Widget = (
        forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}) if each.lines else forms.TextInput()
    )
    if each.secret and not each.lines:
        widget = forms.PasswordInput(attrs={"autocomplete": "off"})
    most = 2000 if each.lines else 500
    return forms.CharField(label=each.label, required=asked, max_length=most, widget=widget, help_text=hint)


def _clock(label: str, hint: str = "") -> forms.TypedChoiceField:
    """A time of the day from a list: one tap, and no AM and PM of a browser in another language."""
    return forms.TypedChoiceField(label=label, choices=HOURS, coerce=time.fromisoformat, help_text=hint)


class PreferenceForm(forms.Form):
    """How I want to be told."""

    wanted = forms.MultipleChoiceField(
        label="除了待办，还用这些提醒我", required=False, widget=forms.CheckboxSelectMultiple
    )
    email = forms.CharField(
        label="电子邮件",
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    wecom = forms.CharField(
        label="企业微信账号", required=False, max_length=64, help_text="不是微信号；不知道就问企业的管理员"
    )
    pace = forms.ChoiceField(label="多久一次", choices=Preference.Pace.choices, widget=forms.RadioSelect)
    digest_at = _clock("每天几点", "选了每天一次才用；紧急的随时发")
    quiet_from = _clock("免打扰从")
    quiet_to = _clock("免打扰到", "这段时间里不发，紧急的除外；两个写得一样就是不要免打扰")

    def __init__(
        self, data: Any = None, *, kinds: list[str], held: Preference, addresses: Collection[str]
    ) -> None:
        super().__init__(data, initial=_chosen(kinds, held))
        labels = [(each, Channel.Kind(each).label) for each in kinds]
        self.fields["wanted"].choices = labels  # type: ignore[attr-defined]
        self.kinds, self.unwanted = kinds, list(held.unwanted)
        for name in CLOCKS:  # a setting of the host may lie between the half hours
            now = (self.initial[name],) * 2
            self.fields[name].choices = HOURS if now in HOURS else sorted([*HOURS, now])  # type: ignore[attr-defined]
        if not kinds:
            del self.fields["wanted"]
        for name in LABELS:
            if name not in addresses:
                del self.fields[name]

    def facts(self) -> dict[str, Any]:
        """Return what was chosen; kinds that are not offered today stay as they were."""
        typed = dict(self.cleaned_data)
        wanted = typed.pop("wanted", [])
        off = [each for each in self.unwanted if each not in self.kinds]
        return typed | {"unwanted": sorted(off + [each for each in self.kinds if each not in wanted])}

    def new_addresses(self) -> list[str]:
        """Return the names of the addresses that were typed anew."""
        return [name for name in LABELS if name in self.changed_data and self.cleaned_data[name]]


class CodeForm(forms.Form):
    """The six digits that came to an address."""

    code = forms.CharField(
        label="收到的 6 位数字",
        max_length=40,
        error_messages={"required": DIGITS, "max_length": DIGITS},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

    def __init__(self, data: Any = None, *, name: str) -> None:
        super().__init__(data, auto_id=f"id_{name}_%s")

    def clean_code(self) -> str:
        """Return the digits, however they were typed."""
        code = "".join(unicodedata.normalize("NFKC", self.cleaned_data["code"]).split())
        if not (len(code) == 6 and code.isascii() and code.isdecimal()):
            raise forms.ValidationError(DIGITS)
        return code


def _chosen(kinds: list[str], held: Preference) -> dict[str, Any]:
    same = {"pace": held.pace} | {name: f"{getattr(held, name):%H:%M}" for name in CLOCKS}
    sealed = {name: getattr(held, name).open() for name in ("email", "wecom") if getattr(held, name)}
    return same | sealed | {"wanted": [each for each in kinds if each not in held.unwanted]}
