"""模板: keep a notice's text to start others from."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from dangqun.kernel.facts import Changes, record
from dangqun.kernel.rules import RuleBroken, unless_taken, verb
from dangqun.notices import writing as texts
from dangqun.notices.models import Notice, Template
from dangqun.notices.rules.drafts import save_draft
from dangqun.notices.seeds import SEEDS

NAME_TAKEN = "您已经有一个模板叫这个名称，请换一个。"


@verb
def keep_template(notice: Notice, *, name: str, is_shared: bool, by: Any) -> Template:
    """存为模板: keep title and text of a notice under a name, for oneself or for all who publish in its organisation's name.

    Raises RuleBroken for a name that one has already, and for an empty text.
    """
    name = name.strip()
    if not name:
        raise RuleBroken("请写模板名称。", field="name")
    if texts.is_blank(notice.body):
        raise RuleBroken("这个通知还没有正文，先写正文再存为模板。")
    texts.screen(title=name)
    with unless_taken(NAME_TAKEN):
        template = Template.objects.create(
            org=notice.org,
            author=by,
            name=name,
            title=notice.title,
            body=notice.body,
            wants_signing=notice.wants_signing,
            is_shared=is_shared,
            kept_at=timezone.now(),
        )
    changes: Changes = {key: [None, getattr(template, key)] for key in ("name", "title", "is_shared")}
    changes["body"] = [None, texts.change_in_figures("", template.body)[1]]
    record("notices.template_kept", template, by=by, changes=changes)
    return template


@verb
def change_template(template: Template, *, name: str, is_shared: bool, by: Any) -> Template:
    """Give one's template another name, or share it. Raises RuleBroken for somebody else's, and for a name in use."""
    _refuse_others(template, by)
    name = name.strip()
    if not name:
        raise RuleBroken("请写模板名称。", field="name")
    texts.screen(title=name)
    changed: Changes = {"name": [template.name, name], "is_shared": [template.is_shared, is_shared]}
    template.name, template.is_shared = name, is_shared
    with unless_taken(NAME_TAKEN):
        template.save(update_fields=["name", "is_shared"])
    changed = {key: pair for key, pair in changed.items() if pair[0] != pair[1]}
    record("notices.template_changed", template, by=by, changes=changed)
    return template


@verb
def drop_template(template: Template, *, by: Any) -> None:
    """Throw one's template away; notices made from it stay. Raises RuleBroken for somebody else's."""
    _refuse_others(template, by)
    record("notices.template_dropped", template, by=by, changes={"name": [template.name, None]})
    template.delete()


def start_from(template: Template, *, by: Any) -> Notice:
    """Begin a draft with a template's text."""
    facts = {"title": template.title, "body": template.body, "wants_signing": template.wants_signing}
    return save_draft(None, facts, by=by)


def start_from_seed(key: str, *, by: Any) -> Notice:
    """Begin a draft with one of the texts that come with the platform. Raises RuleBroken for an unknown one."""
    seed = SEEDS.get(key)
    if seed is None:
        raise RuleBroken("没有这个模板，请重新选一个。")
    return save_draft(None, {"title": seed.title, "body": texts.as_html(seed.text)}, by=by)


def _refuse_others(template: Template, by: Any) -> None:
    if template.author_id != by.pk:
        raise RuleBroken(f"这个模板是{template.author}存的，只有本人能改。")
