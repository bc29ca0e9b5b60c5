"""What an author writes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from dangqun.kernel.pages import row_number
from dangqun.kernel.uploads import ACCEPT
from dangqun.notices.audience import POSTS, Audience
from dangqun.notices.models import Notice
from dangqun.notices.rules import Correction
from dangqun.notices.writing import as_html, as_text, clean

USUAL = ("member",)
CHOSEN = ("orgs", "zones", "posts", "people")
MOST_SENT = 200_000  # characters with tags; more is refused unread: to clean deeply nested tags takes long
A_TIME: dict[str, Any] = {
    "error_messages": {"invalid": "时间看不懂。请写成 2026-11-24 18:00 这样。"},
    "input_formats": ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
}
HABITS = "空一行另起一段。行首写“## ”是小标题，“- ”是列表，“1. ”是编号，**两边加星号** 是加粗。"


def _picker() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class SeveralFiles(forms.FileInput):
    """A field for several files."""

    allow_multiple_selected = True


class Files(forms.FileField):
    """Any number of files; what each of them is, the rule finds out."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files."""
        return list(data or ())


class Ids(forms.Field):
    """Numbers of rows, one a value or several with commas between them; all of them must be `allowed`."""

    widget = forms.SelectMultiple
    allowed: Collection[int] = ()

    def to_python(self, value: Any) -> list[int]:
        """Return the numbers. Raises ValidationError for one that is not allowed."""
        written = [row_number(each) for text in value or () for each in str(text).split(",") if each]
        numbers = [each for each in written if each is not None and each in self.allowed]
        if len(numbers) < len(written):
            raise ValidationError("选的里面有您管不到的，或者已经不在的。请重新选。")
        return list(dict.fromkeys(numbers))


class RichForm(forms.Form):
    """A form whose `body` comes plain, or (`rich`) from the editor; `html` is the text as it may be kept."""

    rich = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, typed: Any = None, files: Any = None, **kwargs: Any) -> None:
        if typed and len(typed.get("body", "")) > MOST_SENT:
            self.html = ""
        elif typed and typed.get("rich"):
            typed = typed.copy()
            self.html = clean(typed.get("body", ""))
            typed["body"] = as_text(self.html)
        elif typed:
            self.html = clean(as_html(typed.get("body", "")))
        else:
            self.html = kwargs.get("initial", {}).get("html", "")
        super().__init__(typed, files, **kwargs)
        self.use_required_attribute = False


class TextForm(RichForm):
    """Title, text, files, deadline: what a draft and a correction share."""

    title = forms.CharField(
        label="标题",
        max_length=120,
        error_messages={
            "required": "请写标题。",
            "max_length": "标题最多 %(limit_value)d 个字，现在有 %(show_value)d 个，请改短。",
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    body = forms.CharField(
        label="正文",
        max_length=50_000,
        error_messages={
            "required": "请写正文。",
            "max_length": "正文最多 %(limit_value)d 个字，现在有 %(show_value)d 个。请改短，或者作为附件发。",
        },
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=HABITS,
    )
    files = Files(
        label="附件",
        required=False,
        widget=SeveralFiles(attrs={"multiple": True, "accept": ACCEPT, "data-limit": settings.UPLOAD_LIMIT}),
    )
    deadline = forms.DateTimeField(label="签收截止", required=False, widget=_picker(), **A_TIME)


class NoticeForm(TextForm):
    """What an author writes, for whom, until when. A draft may lack anything; `publishing` asks for title and text."""

    writing = forms.UUIDField(required=False, widget=forms.HiddenInput)
    posts = forms.MultipleChoiceField(
        label="哪些人",
        widget=forms.CheckboxSelectMultiple,
        choices=[(key, words) for key, (words, _) in POSTS.items()],
    )
    orgs = Ids(label="哪些支部", required=False)
    zones = Ids(label="哪些片区", required=False)
    people = Ids(label="另外点名", required=False)
    wants_signing = forms.BooleanField(label="需要签收", required=False)
    urgency = forms.ChoiceField(
        label="缓急", required=False, choices=Notice.Urgency.choices, widget=forms.RadioSelect
    )
    urgent_why = forms.CharField(
        label="紧急的原因",
        required=False,
        max_length=80,
        error_messages={"max_length": "紧急的原因最多 %(limit_value)d 个字，请改短。"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="选了“紧急”才填，收到的人看得到。紧急的排在待办最前面，夜里也会提醒。",
    )
    scheduled_for = forms.DateTimeField(
        label="定时发布",
        required=False,
        help_text="填了时间再点“定时发布”，到时自己发出去。要马上发的不用填。",
        widget=_picker(),
        **A_TIME,
    )

    def __init__(
        self, typed: Any = None, files: Any = None, *, allowed: dict[str, Collection[int]], **kwargs: Any
    ) -> None:
        self.publishing = bool(typed) and ("publish" in typed or "schedule" in typed)
        super().__init__(typed, files, **kwargs)
        for name, ids in allowed.items():
            self.fields[name].allowed = ids  # type: ignore[attr-defined]

    def full_clean(self) -> None:
        """Ask for title and text only when it is to be published; a draft may lack them, and named people need no post."""
        for name in ("title", "body", "posts"):
            self.fields[name].required = self.publishing and name != "posts"
        super().full_clean()
        for name in ("title", "body", "posts"):
            self.fields[name].required = True

    def facts(self) -> dict[str, Any]:
        """Return what a draft keeps: all that was understood. What was not stays as it was, on the page and in the draft."""
        typed = self.cleaned_data
        kept = ("title", "wants_signing", "deadline", "urgency", "urgent_why")
        facts = {key: typed[key] for key in kept if key in typed}
        facts["urgency"] = facts.get("urgency") or Notice.Urgency.NORMAL
        if "body" in typed:
            facts["body"] = self.html
        if not facts.get("wants_signing"):
            facts["deadline"] = None
        if (audience := self.audience()) is not None:
            facts["audience"] = audience.stored()
        return facts

    def audience(self) -> Audience | None:
        """Return whom was chosen; None when a choice was not understood, so that nothing is made of half of it."""
        typed = getattr(self, "cleaned_data", {})
        if not all(key in typed for key in CHOSEN):
            return None
        return Audience(**{key: tuple(typed[key]) for key in CHOSEN}, whole=False)

    def says_something(self) -> bool:
        """Whether anything was written or handed in that is worth a draft."""
        typed = (self.data.get(name, "") for name in ("title", "body"))
        return any(text.strip() for text in typed) or bool(self.files.getlist("files"))

    def refuse_past_deadline(self) -> None:
        """Say at the field that the deadline is over, before anything else is asked of the author."""
        due = self.cleaned_data.get("deadline")
        if due and self.cleaned_data.get("wants_signing") and due <= timezone.now():
            self.add_error("deadline", "签收截止时间已经过了，请改晚一些。")


def initial(notice: Notice, everything: tuple[int, ...]) -> dict[str, Any]:
    """Return a draft as the form shows it; `everything` are the organisations that together mean everybody."""
    audience = Audience.of(notice.audience)
    return {
        "title": notice.title,
        "body": as_text(notice.body),
        "html": notice.body,
        "orgs": everything if audience.everywhere else audience.orgs,
        "zones": audience.zones,
        "posts": audience.posts if notice.audience else USUAL,  # a template names nobody
        "people": audience.people,
        "wants_signing": notice.wants_signing,
        "deadline": notice.deadline,
        "urgency": notice.urgency,
        "urgent_why": notice.urgent_why,
        "writing": notice.writing,
    }


class CorrectionForm(TextForm):
    """A correction: the text as it shall be, why, and whether those who signed are asked again; `seen` is the edition read."""

    seen = forms.IntegerField(min_value=0, max_value=9999, widget=forms.HiddenInput)
    remove = forms.TypedMultipleChoiceField(
        label="移除附件", required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    why = forms.CharField(
        label="更正的原因",
        max_length=200,
        error_messages={
            "required": "请写更正的原因，收到的人看得到。",
            "max_length": "原因最多 %(limit_value)d 个字，请改短。",
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    asks_again = forms.BooleanField(
        label="请已经签收的人再签一次",
        required=False,
        help_text="不勾：之前签收的仍算，签过的人在待办里看到一行“已更正”。",
    )

    def __init__(self, typed: Any = None, files: Any = None, *, notice: Notice) -> None:
        start = {
            "title": notice.title,
            "body": as_text(notice.body),
            "html": notice.body,
            "deadline": notice.deadline,
            "seen": notice.edition,
        }
        super().__init__(typed, files, initial=start)
        self.attachments = {each.pk: each for each in notice.attachments.filter(removed_at=None)}
        named = [(pk, each.name) for pk, each in self.attachments.items()]
        self.fields["remove"].choices = named  # type: ignore[attr-defined]

    def wanted(self, added: list[Any]) -> Correction:
        """Return the correction as the rule takes it, with the files that were accepted."""
        typed = self.cleaned_data
        return Correction(
            title=typed["title"],
            body=self.html,
            deadline=typed["deadline"],
            why=typed["why"],
            asks_again=typed["asks_again"],
            added=added,
            removed=[self.attachments[pk] for pk in typed["remove"]],
        )


class WhyForm(forms.Form):
    """Why a notice is withdrawn."""

    why = forms.CharField(
        label="撤回的原因",
        max_length=200,
        error_messages={
            "required": "请写撤回的原因，收到的人看得到。",
            "max_length": "原因最多 %(limit_value)d 个字，请改短。",
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class TimeForm(forms.Form):
    """When a scheduled notice shall go out."""

    scheduled_for = forms.DateTimeField(
        label="改到",
        widget=_picker(),
        **(
            A_TIME
            | {
                "error_messages": {
                    "required": "请选时间。",
                    "invalid": "时间看不懂。请写成 2026-11-24 18:00 这样。",
                }
            }
        ),
    )


class TemplateForm(forms.Form):
    """A template's name, and who may start from it."""

    name = forms.CharField(
        label="模板名称",
        max_length=40,
        error_messages={
            "required": "请写模板名称。",
            "max_length": "名称最多 %(limit_value)d 个字，请改短。",
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    is_shared = forms.BooleanField(label="本单位发通知的人都能用", required=False)


class StandInForm(forms.Form):
    """Whom a notice was read to, and how."""

    people = Ids(label="已经告知的人", required=False)
    told_how = forms.ChoiceField(label="怎么告知的", required=False)

    def __init__(self, typed: Any = None, *, allowed: Collection[int], ways: list[str]) -> None:
        super().__init__(typed)
        self.fields["people"].allowed = allowed  # type: ignore[attr-defined]
        self.fields["told_how"].choices = [("", "请选"), *((way, way) for way in ways)]  # type: ignore[attr-defined]
        self.fields["told_how"].error_messages["invalid_choice"] = "请从列出的里面选一个。"


class PhonesForm(forms.Form):
    """Why telephone numbers are printed: one of the reasons offered, with a note where it says nothing by itself."""

    why = forms.ChoiceField(
        label="理由", error_messages={"required": "请选一个理由，名单上的每个人都看得到。"}
    )
    note = forms.CharField(label="补充说明", max_length=80, required=False)

    def __init__(self, typed: Any = None, *, reasons: list[str]) -> None:
        super().__init__(typed)
        self.fields["why"].choices = [("", "请选"), *((each, each) for each in reasons)]  # type: ignore[attr-defined]
        self.fields["why"].error_messages["invalid_choice"] = "请从列出的里面选一个。"
        self.use_required_attribute = False
