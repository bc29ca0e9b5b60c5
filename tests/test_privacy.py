"""ID number, phone and address appear in clear to the person herself under 我的, and to whoever opened one for a reason.

Each test first shows, by decrypting, that the raw values are there to leak.
"""

from __future__ import annotations

import io
import json
import logging
import sqlite3
import sys
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client, RequestFactory, override_settings
from django.urls import get_resolver, path, reverse
from django.views.debug import ExceptionReporter, get_exception_reporter_class

from dangqun.config.checks import all_patterns
from dangqun.kernel.crypto import Sealed
from dangqun.kernel.facts import Fact
from dangqun.kernel.logs import Discreet
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


OWN_PAGES = {"me", "me-edit"}  # where a person reads her own values


def walked(world, held, browsers):
    """Yield who got which answer from where: every page that can be fetched, by every role."""
    for role, browser in browsers.items():
        for pattern in all_patterns(get_resolver()):
            if "GET" not in pattern.callback.methods:
                continue
            for kwargs, _ in held.get(pattern.name) or (
                [({}, None)] if not pattern.pattern.converters else []
            ):
                url = reverse(pattern.name, kwargs=kwargs)
                yield role, pattern.name, kwargs, browser.get(url, {"q": "孟庆华"})


def leaked_in(world, held, browsers, raw):
    """Return by role, route and row which raw values the walk met, her own pages apart; and how many pages it saw."""
    seen, found = 0, {}
    for role, name, kwargs, answer in walked(world, held, browsers):
        seen += answer.status_code == 200
        own = SECRETS.get(world.user[role].name, ()) if name in OWN_PAGES else ()
        leaked = [value for value in leaks(body(answer) + str(answer.headers), raw) if value not in own]
        if leaked:
            found[role, name, kwargs.get("pk")] = leaked
    return found, seen


@pytest.mark.once
def test_no_page_export_or_answer_of_any_role_holds_a_raw_value_but_the_one_who_opened_it(town):
    world, raw = town
    assert leaks("电话 19888123456", raw), "the search sees what it looks for"
    browsers = {role: Client() for role in ROLES}
    for role, browser in browsers.items():
        enter(browser, world.user[role])
    held, person = samples(world), Person.objects.get(name="孟庆华")
    office, url = browsers["office"], reverse("person-reveal-id", args=(person.pk,))
    shown_at = ("person", "person-reveal-mobile", "person-reveal-id", "person-reveal-address")
    pages = [reverse(name, args=(person.pk,)) for name in shown_at]
    assert [leaks(body(office.get(page)), raw) for page in pages] == [[]] * 4, "before"
    assert office.post(url, {"why": "核对名册"}).status_code == 302
    found, seen = leaked_in(world, held, browsers, raw)
    assert seen > 100
    assert found == {("office", name, person.pk): [SECRETS["孟庆华"][0]] for name in shown_at}, (
        "one value, to one"
    )
    assert leaks("\n".join(Fact.objects.values_list("text", flat=True)), raw) == []
    office.post(reverse("person-cover", args=(person.pk,)))
    assert [leaks(body(office.get(page)), raw) for page in pages] == [[]] * 4, "after"


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
    """A view that fails with a person, her values masked and in clear, and a queryset in its local variables."""
    person = Person.objects.get(name="孟庆华")
    people = list(Person.objects.all())
    number, facts = person.id_number, {"mobile": person.mobile, "address": person.address}
    clear = [person.id_number.open(), person.mobile.open(), person.address.open()]
    raise ValueError(f"failed on purpose with {person!r} {number} {facts} {len(people)} {clear}")


@pytest.mark.parametrize("include_html", [False, True])
def test_an_error_with_clear_values_in_its_variables_leaks_into_no_page_log_or_mail(town, include_html):
    from django.utils.log import AdminEmailHandler

    world, raw = town
    urls = type("Urls", (), {"urlpatterns": [path("broken/", _broken), *get_resolver("dangqun.config.urls").url_patterns]})  # fmt: skip
    log = io.StringIO()
    handlers = [logging.StreamHandler(log), AdminEmailHandler(include_html=include_html)]
    handlers[0].setFormatter(Discreet())
    for handler in handlers:
        logging.getLogger("django.request").addHandler(handler)
    try:
        browser = Client(raise_request_exception=False)
        enter(browser, world.user["office"])
        with override_settings(ROOT_URLCONF=urls, ADMINS=[("a", "a@example.org")]):
            answer = browser.post("/broken/", {"mobile": SECRETS["孟庆华"][1], "note": "孟庆华"})
    finally:
        for handler in handlers:
            logging.getLogger("django.request").removeHandler(handler)
    letters = "".join(_letter(each) for each in mail.outbox)
    assert answer.status_code == 500 and mail.outbox
    for told in (log.getvalue(), letters):
        assert "ValueError" in told and "test_privacy.py" in told and "_broken" in told, (
            "the error itself is told"
        )
        assert "failed on purpose" not in told and "孟庆华" not in told, "its message and the form are not"
        assert leaks(told, raw) == []
    assert leaks(answer.content.decode(), raw) == []


def _letter(message):
    """Return subject, text and pages of a letter as its reader sees them."""
    return "\n".join(
        [message.subject, message.body, *(page for page, _ in getattr(message, "alternatives", ()))]
    )


@pytest.mark.parametrize("debug", [True, False])
def test_a_full_error_report_shows_neither_message_nor_variables(town, debug):
    with override_settings(DEBUG=debug):
        texts = _report()
    assert "ValueError" in texts and "_broken" in texts
    assert "孟庆华" not in texts and leaks(texts, town[1]) == []


def test_django_s_own_report_would_have_held_them(town):
    assert leaks(_report(ExceptionReporter), town[1]), "there was something to leak"


def _report(reporter=None):
    request = RequestFactory().get("/")
    try:
        _broken(request)
    except ValueError:
        report = (reporter or get_exception_reporter_class(request))(request, *sys.exc_info())
        return report.get_traceback_text() + report.get_traceback_html()


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
