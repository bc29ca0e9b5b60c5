"""Opening a notice is recorded nowhere: no table, no log, no page of anybody else knows of it."""

import asyncio
import logging
import re

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from dangqun.kernel.serving import Spooled
from dangqun.notices.models import Attachment, Notice, Receipt, Reminder
from dangqun.notices.tests.town import published

pytestmark = [pytest.mark.django_db, pytest.mark.once]
WATCHING = re.compile(r"read|seen|view|open|visit|click|fetch|download|duration|scroll")


def everything():
    """Return every row of every table."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = sorted(map(repr, cursor.fetchall()))
    return found


def told(text):
    """Return a page without its tokens and the time that is left."""
    return re.sub(r"(value|data-csrf|content)=\"[A-Za-z0-9+/=_-]{24,}\"|还剩[^。<]*", "", text)


@pytest.fixture
def opened(world):
    return published(world, files=[("流程.txt", b"x")], orgs=(world.branches["甲"].pk,))


def look(browser, notice):
    for address in (
        reverse("notice", args=(notice.pk,)),
        reverse("attachment", args=(notice.pk, notice.attachments.get().pk)),
        reverse("notices"),
    ):
        assert browser.get(address).status_code == 200


def test_no_table_has_a_place_for_it():
    rooms = [model for model in apps.get_models() if model.__module__.startswith("dangqun.notices")]
    assert {Notice, Attachment, Receipt, Reminder} <= set(rooms)
    names = [field.name for model in rooms for field in model._meta.get_fields()]
    assert [name for name in names if WATCHING.search(name)] == []
    assert WATCHING.search("read_at") and WATCHING.search("opened_by")


def test_opening_changes_no_row_of_any_table(world, visit, opened):
    member = visit(world.user["member"])
    member.get(reverse("todo"))
    before = everything()
    look(member, opened)
    assert everything() == before
    member.post(reverse("notice-sign", args=(opened.pk,)))
    assert everything() != before  # signing is recorded, so the comparison sees something


def test_opening_is_in_no_log(world, visit, opened, caplog):
    member = visit(world.user["member"])
    with caplog.at_level(logging.INFO):
        look(member, opened)
    lines = [each.getMessage() for each in caplog.records]
    assert not [line for line in lines if "notice" in line or world.user["member"].username in line]


def test_the_access_log_knows_neither_who_nor_what(caplog):
    async def inner(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        pass

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/notices/7/",
        "raw_path": b"/notices/7/",
        "query_string": b"from=wechat",
        "headers": [(b"cookie", b"dangqun_session=secret"), (b"user-agent", b"phone")],
        "client": ("10.1.2.3", 5000),
    }
    with caplog.at_level(logging.INFO, logger="dangqun.access"):
        asyncio.run(Spooled(inner)(scope, receive, send))
    (line,) = [each.getMessage() for each in caplog.records if each.name == "dangqun.access"]
    assert re.fullmatch(r"GET 200 \d+ ms", line)


def test_no_page_of_anybody_else_changes_because_of_it(world, visit, opened):
    readers = {
        role: visit(world.user[role]) for role in ("office", "secretary", "committee_member", "instructor")
    }
    pages = ("notice", "notice-receipts")

    def seen():
        found = {
            (role, page): told(reader.get(reverse(page, args=(opened.pk,))).content.decode())
            for role, reader in readers.items()
            for page in pages
        }
        branch = reverse("notice-branch", args=(opened.pk, world.branches["甲"].pk))
        return found | {
            (role, "branch"): told(reader.get(branch).content.decode()) for role, reader in readers.items()
        }

    before = seen()
    member = visit(world.user["member"])
    look(member, opened)
    assert seen() == before
    member.post(reverse("notice-sign", args=(opened.pk,)))
    assert seen() != before
