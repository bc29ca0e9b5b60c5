"""Whatever is posted to any route: a text with a marking of state secrets reaches no row of the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from dangqun.kernel.calendars import today
from dangqun.kernel.rules import RuleBroken
from dangqun.kernel.tests.test_field_words import every_form
from dangqun.notices import rules as notices
from dangqun.orgs.access import PUBLIC
from tests.test_house import PATTERNS, asked_for, town  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ORDINARY, MARKED = "请勿外传1年", "机密★1年"


def typed(text):
    """Return something for every field of every form and every name that a view reads: this text where texts go."""
    values = dict.fromkeys(asked_for(), text)
    for form in every_form():
        for name, field in form.base_fields.items():
            if isinstance(field, (forms.DateTimeField, forms.DateField)):
                values[name] = str(today() + timedelta(days=9)) + (
                    "T18:00" if "Time" in type(field).__name__ else ""
                )
            elif isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
                values[name] = next((key for key, _ in field.choices if key), "") if field.choices else ""
            elif isinstance(field, (forms.IntegerField, forms.BooleanField)):
                values[name] = "1"
    return values


def stored(town, text, *beginnings):  # noqa: F811
    """Return the routes by which a text, in a field or in a file's name, came into the database."""
    _, clients, held = town
    found, values = set(), typed(text)

    for pattern in PATTERNS:
        if "POST" not in pattern.callback.methods or not pattern.name.startswith(beginnings):
            continue

        def watch(execute, sql, params, many, context, name=pattern.name):
            if sql.startswith(("INSERT", "UPDATE")) and "django_session" not in sql and text in repr(params):
                found.add(name)
            return execute(sql, params, many, context)

        for kwargs, allowed in (held.get(pattern.name) or [({}, None)])[:1]:
            role = "office" if allowed is None or "office" in allowed else sorted(allowed or {"office"})[0]
            role = {"staff": "system_admin", "grants": "security_admin"}.get(pattern.name, role)
            client = Client() if pattern.callback.needs == PUBLIC else clients[role]
            file = SimpleUploadedFile(f"{text}.txt", "说明".encode())
            with transaction.atomic(), connection.execute_wrapper(watch):
                client.post(reverse(pattern.name, kwargs=kwargs), values | {"files": file})
                transaction.set_rollback(True)
    return found


def test_no_route_stores_a_text_or_a_file_that_bears_a_marking(town):  # noqa: F811
    assert len(stored(town, ORDINARY, "org-", "zone", "task", "notice")) >= 5, "there was something to stop"
    assert stored(town, MARKED, "") == set()


def test_a_draft_that_bears_a_marking_is_not_published(town):  # noqa: F811
    world, _, _ = town
    facts = {"title": "值班", "body": "<p>值班</p>", "audience": {"orgs": [world.branches["甲"].pk]}}
    draft = notices.save_draft(None, facts, by=world.user["office"])
    type(draft).objects.filter(pk=draft.pk).update(body="<p>秘密★</p>")  # written before this was looked for
    draft.refresh_from_db()
    with pytest.raises(RuleBroken, match="秘密★") as refused:
        notices.publish(draft, by=world.user["office"])
    assert refused.value.field == "body"
