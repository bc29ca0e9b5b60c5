"""What an author writes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import linebreaks, strip_tags

from dangqun.notices.audience import POSTS, Audience
from dangqun.notices.models import Notice


class NoticeForm(forms.Form):
    """Title, text, audience, signing, deadline; choices arrive as arguments."""

    title = forms.CharField(label="标题", max_length=120)
    body = forms.CharField(
        label="正文",
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="空一行另起一段。行首写“## ”是小标题，写“- ”是列表。",
    )
    orgs = forms.MultipleChoiceField(
        label="哪些组织",
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text="不选就是您管的全部。按住 Ctrl 可以选几个。",
    )
    zones = forms.MultipleChoiceField(label="哪些片区", required=False, widget=forms.CheckboxSelectMultiple)
    posts = forms.MultipleChoiceField(
        label="哪些人",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(key, words) for key, (words, _) in POSTS.items()],
    )
    people = forms.MultipleChoiceField(
        label="另外点名", required=False, widget=forms.SelectMultiple(attrs={"size": 6})
    )
    wants_signing = forms.BooleanField(label="需要签收", required=False)
    deadline = forms.DateTimeField(
        label="签收截止",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )

    def __init__(self, *args: Any, orgs: Any = (), zones: Any = (), people: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["orgs"].choices = orgs  # type: ignore[attr-defined]
        self.fields["zones"].choices = zones  # type: ignore[attr-defined]
        self.fields["people"].choices = people  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """Return what a draft keeps."""
        typed = self.cleaned_data
        return {
            "title": typed["title"],
            "body": as_html(typed["body"]),
            "audience": self.audience().stored(),
            "wants_signing": typed["wants_signing"],
            "deadline": typed["deadline"] if typed["wants_signing"] else None,
        }

    def audience(self) -> Audience:
        """Return whom was chosen."""
        return Audience.of(
            {key: self.cleaned_data.get(key, ()) for key in ("orgs", "zones", "posts", "people")}
        )


def as_html(text: str) -> str:
    """Turn plain paragraphs, ## headings and - lists into the tags of a notice; what is HTML already stays for the cleaner."""
    if "<p>" in text or "<div>" in text:
        return text
    parts: list[str] = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line for line in block.split("\n") if line.strip()]
        if lines and all(line.startswith("- ") for line in lines):
            parts.append("<ul>" + "".join(f"<li>{_plain(line[2:])}</li>" for line in lines) + "</ul>")
        elif lines and lines[0].startswith("## "):
            parts.append(f"<h2>{_plain(lines[0][3:])}</h2>" + _paragraph("\n".join(lines[1:])))
        else:
            parts.append(_paragraph("\n".join(lines)))
    return "".join(parts)


def as_text(html: str) -> str:
    """Return the plain text that `as_html` made the tags from."""
    marked = (
        html.replace("<h2>", "\n\n## ").replace("</h2>", "\n").replace("<li>", "- ").replace("</li>", "\n")
    )
    marked = marked.replace("</ul>", "\n").replace("<br>", "\n").replace("</p>", "\n\n")
    plain = strip_tags(marked).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    lines = [line.rstrip() for line in plain.split("\n")]
    return "\n".join(lines).strip().replace("\n\n\n", "\n\n")


def initial(notice: Notice) -> dict[str, Any]:
    """Return a draft as the form shows it."""
    audience = Audience.of(notice.audience)
    return {
        "title": notice.title,
        "body": as_text(notice.body),
        "orgs": audience.orgs,
        "zones": audience.zones,
        "posts": audience.posts,
        "people": audience.people,
        "wants_signing": notice.wants_signing,
        "deadline": notice.deadline,
    }


def _paragraph(text: str) -> str:
    return linebreaks(text, autoescape=True) if text.strip() else ""


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
