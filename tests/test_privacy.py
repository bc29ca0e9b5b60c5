"""ID number, phone and address appear in clear to the person herself on /me/ and nowhere else.

Each test first shows, by decrypting, that the raw values are there to leak.
"""

from __future__ import annotations

import io
import json
import logging
import sqlite3
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse
from django.views.debug import ExceptionReporter

from dangqun.config.checks import all_patterns
from dangqun.kernel.crypto import Sealed
from dangqun.kernel.facts import Fact
from dangqun.members.models import Person
from dangqun.members.rules.people import correct
from tests.samples import samples
from tests.world import ROLES, build, enter

pytestmark = pytest.mark.django_db
SECRETS = {
    "孟庆华": ("340899196003070017", "19888123456", "清溪镇柳树巷七号院三单元"),
    "汪晓燕": ("340899197405120022", "19888234567", "清溪镇东街十二号楼二零一"),
    "左小海": ("340899198811230035", "19888345678", "河西路桂花苑九幢四零二"),
}


def seeded():
    """Build the town and give three people an ID number, a phone and an address; return it with all raw values."""
    world = build()
    for name, (ident, mobile, address) in SECRETS.items():
        facts = {"id_number": ident, "mobile": mobile, "address": address}
        correct(Person.objects.get(name=name), facts, by=world.user["office"])
    for name, values in SECRETS.items():
        person = Person.objects.get(name=name)
        assert (person.id_number.open(), person.mobile.open(), person.address.open()) == values
    return world, [value for values in SECRETS.values() for value in values]


@pytest.fixture
def town(db):
    """The town with secrets in it, and all raw values."""
    return seeded()


def leaks(text, raw):
    """Return the raw values that a text holds."""
    return [value for value in raw if value in text]


def body(answer):
    """Return what an answer sends, workbooks opened."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if "spreadsheet" in answer.get("Content-Type", ""):
        sheets = openpyxl.load_workbook(BytesIO(content)).worksheets
        return "\n".join(
            str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row
        )
    return content.decode("utf-8", "replace")


def test_no_page_export_or_answer_of_any_role_holds_a_raw_value(town):
    from django.urls import get_resolver

    world, raw = town
    assert leaks("电话 19888123456", raw), "the search sees what it looks for"
    browsers, seen, found = {role: Client() for role in ROLES}, 0, {}
    for role, browser in browsers.items():
        enter(browser, world.user[role])
    held = samples(world)
    for role, browser in browsers.items():
        for pattern in all_patterns(get_resolver()):
            if "GET" not in pattern.callback.methods or pattern.name == "me":
                continue
            for kwargs, _ in held.get(pattern.name) or (
                [({}, None)] if not pattern.pattern.converters else []
            ):
                answer = browser.get(reverse(pattern.name, kwargs=kwargs), {"q": "孟庆华"})
                seen += answer.status_code == 200
                if leaked := leaks(body(answer) + str(answer.headers), raw):
                    found[f"{role} {pattern.name}"] = leaked
    assert seen > 100
    assert found == {}


def test_masked_values_are_shown_so_that_something_was_on_the_page_to_leak(town):
    world, _ = town
    browser = Client()
    enter(browser, world.user["office"])
    page = browser.get(reverse("person", args=(Person.objects.get(name="孟庆华").pk,))).content.decode()
    assert "340899********0017" in page and "198****3456" in page


def test_only_the_person_herself_sees_her_values_in_full(town):
    world, raw = town
    browser = Client()
    enter(browser, world.user["member"])
    assert leaks(browser.get(reverse("me")).content.decode(), raw) == list(SECRETS["孟庆华"])
    for role in ("office", "secretary", "system_admin", "auditor"):
        enter(browser, world.user[role])
        mine = SECRETS.get(world.user[role].name, ())
        assert leaks(browser.get(reverse("me")).content.decode(), raw) == list(mine), role


def test_the_journal_of_facts_holds_masks_only(town):
    _, raw = town
    texts = "\n".join(Fact.objects.values_list("text", flat=True))
    assert "340899********0017" in texts, "the change itself is recorded"
    assert leaks(texts, raw) == []


def test_search_by_a_raw_number_finds_the_person_and_does_not_say_it_back_elsewhere(town):
    world, raw = town
    browser = Client()
    enter(browser, world.user["office"])
    answer = browser.get(reverse("search"), {"q": "19888123456"})
    text = answer.content.decode().replace('value="19888123456"', "").replace("“19888123456”", "")
    assert "孟庆华" in text
    assert [value for value in leaks(text, raw) if value != "19888123456"] == []


def _broken(request):
    """A view that fails with a person, her values and a queryset in its local variables."""
    person = Person.objects.get(name="孟庆华")
    people = list(Person.objects.all())
    number, facts = person.id_number, {"mobile": person.mobile, "address": person.address}
    raise ValueError(f"failed on purpose with {person!r} {number} {facts} {len(people)}")


def test_an_error_with_a_person_in_its_variables_leaks_into_no_page_log_or_mail(town):
    from django.urls import get_resolver, path

    world, raw = town
    urls = type(
        "Urls",
        (),
        {"urlpatterns": [path("broken/", _broken), *get_resolver("dangqun.config.urls").url_patterns]},
    )
    log, handler = io.StringIO(), None
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    try:
        browser = Client(raise_request_exception=False)
        enter(browser, world.user["office"])
        with override_settings(ROOT_URLCONF=urls, ADMINS=[("a", "a@example.org")]):
            answer = browser.get("/broken/")
    finally:
        logging.getLogger().removeHandler(handler)
    assert answer.status_code == 500
    assert "ValueError" in log.getvalue() and "test_privacy.py" in log.getvalue(), (
        "the error itself is in the log"
    )
    assert "failed on purpose" not in log.getvalue(), "its message may hold anything, so it is not"
    assert leaks(answer.content.decode(), raw) == []
    assert leaks(log.getvalue(), raw) == []
    assert [leak for letter in mail.outbox for leak in leaks(str(letter.message()), raw)] == []


def _report():
    import sys

    request = RequestFactory().get("/")
    try:
        _broken(request)
    except ValueError:
        report = ExceptionReporter(request, *sys.exc_info())
        return report.get_traceback_text() + report.get_traceback_html()


@pytest.mark.parametrize("debug", [True, False])
def test_a_full_error_report_shows_masks_where_it_prints_variables(town, debug):
    with override_settings(DEBUG=debug):
        texts = _report()
    assert "孟庆华" in texts, "the variables themselves are in it"
    assert leaks(texts, town[1]) == []


def test_a_sealed_value_shows_its_mask_or_nothing_however_it_is_printed(town):
    person = Person.objects.get(name="孟庆华")
    raw = SECRETS["孟庆华"]
    for sealed in (person.id_number, person.mobile, person.address):
        assert isinstance(sealed, Sealed)
        printed = [
            str(sealed),
            repr(sealed),
            f"{sealed}",
            f"{sealed!r:>30}",
            json.dumps({"x": sealed}, default=str),
        ]
        assert leaks(" ".join(printed), raw) == []


def test_the_bytes_of_the_database_hold_no_raw_value(tmp_path):
    """Copy what the connection holds into a file and read its bytes (SQLite), or every row as text (PostgreSQL)."""
    _, raw = seeded()
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.connection.commit() if not connection.in_atomic_block else None
        dump = "\n".join(connection.connection.iterdump()).encode()
        whole = sqlite3.connect(tmp_path / "copy.sqlite3")
        whole.executescript(dump.decode())
        whole.close()
        held = (tmp_path / "copy.sqlite3").read_bytes() + dump
    else:
        held = _every_row()
    assert "孟庆华".encode() in held, "the people themselves are in it"
    wanted = [
        form
        for value in raw
        for form in (value.encode(), value.encode("utf-16-le"), value.encode().hex().encode())
    ]
    assert [value for value in wanted if value in held or value.upper() in held] == []


def _every_row():
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows += [text for (text,) in cursor.fetchall()]
    return "\n".join(rows).encode()


def test_nothing_in_the_data_folder_holds_a_raw_value_after_an_import(tmp_path):
    world = build()
    world.import_samples()
    book = Path(__file__).parent / "data/zone-clean/roster.xlsx"
    cells = [
        cell
        for sheet in openpyxl.load_workbook(book)
        for row in sheet.iter_rows(values_only=True)
        for cell in row
    ]
    raw = [str(cell) for cell in cells if str(cell)[:6].isdigit() and len(str(cell)) in (11, 18)]
    assert len(raw) > 200, "the workbook has numbers to leak"
    files = [file for file in Path(settings.DATA).rglob("*") if file.is_file()]
    assert files
    assert [
        (file.name, value) for file in files for value in raw if value.encode() in file.read_bytes()
    ] == []
