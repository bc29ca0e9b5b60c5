"""Every page as it is sent: light, nothing from elsewhere, nothing inline, every refusal in Chinese."""

from __future__ import annotations

import gzip
import posixpath
import re
from html import unescape
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from dangqun.kernel.logs import Discreet
from dangqun.kernel.pages import RefusalsAsSentences
from dangqun.orgs.access import PUBLIC
from tests.test_house import PATTERNS, samples, town  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.once]
FIRST_LOAD = 150 * 1024
ROLES = ("office", "secretary", "member", "system_admin", "security_admin")
LINKED = re.compile(
    r'<link[^>]*href="(/static/[^"?#]+)"|<script[^>]*src="(/static/[^"?#]+)"|href="(/static/[^"#]+)#'
)
NESTED = re.compile(r'@import url\("([^"]+)"\)|(?:^|\n)import (?:[^"\n]* from )?"(\./[^"]+)"')
ADDRESS = re.compile(
    r'(?:src|href|action|hx-get|hx-post|data|poster|srcset)\s*=\s*"((?:https?:)?//[^"]+)"', re.IGNORECASE
)
IN_STYLES = re.compile(r'url\(\s*["\']?((?:https?:)?//[^)]+)|@import\s+["\']((?:https?:)?//[^"\']+)')
INLINE = re.compile(
    r"<style[\s>]|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|<script(?![^>]*\ssrc=)[^>]*>", re.IGNORECASE
)
REFUSED = re.compile(
    r'class="dq-wrong"[^>]*>(.*?)</p>|class="dq-note is-bad[^"]*"[^>]*>(.*?)</div>', re.DOTALL
)
ENGLISH = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")


def pages(held, role, client):
    """Yield address and text of every page that a role can open."""
    for pattern in PATTERNS:
        if "GET" not in pattern.callback.methods:
            continue
        for kwargs, _ in held.get(pattern.name) or [({}, None)]:
            url = reverse(pattern.name, kwargs=kwargs)
            answer = client.get(url)
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                yield url, answer.content.decode()


def weight(path, seen):
    """Return the compressed size of a static file and of all that it loads, each counted once a page."""
    if path in seen:
        return 0
    seen.add(path)
    found = finders.find(path)
    assert found, f"{path} is linked but does not exist"
    body = Path(found).read_bytes()
    size = len(gzip.compress(body, 9))
    if path.endswith((".css", ".js")) and "/vendor/" not in f"/{path}":
        for groups in NESTED.findall(body.decode()):
            nested = posixpath.normpath(posixpath.join(posixpath.dirname(path), next(filter(None, groups))))
            size += weight(nested, seen)
    return size


def linked(html):
    """Return the static files that a page loads."""
    return [next(filter(None, groups)).removeprefix("/static/") for groups in LINKED.findall(html)]


def test_the_first_load_of_every_page_of_a_member_is_at_most_150_kb(town):  # noqa: F811
    _, clients, held = town
    told = {}
    for url, html in [
        *pages(held, "member", clients["member"]),
        ("/sign-in/", Client().get("/sign-in/").content.decode()),
    ]:
        seen: set[str] = set()
        told[url] = len(gzip.compress(html.encode(), 6)) + sum(weight(path, seen) for path in linked(html))
        assert "vendor/tabler/tabler.min.css" in seen and "icons/icons.svg" in seen, url
    assert len(told) > 8
    assert {url: size for url, size in told.items() if size > FIRST_LOAD} == {}


@pytest.mark.parametrize("role", ROLES)
def test_no_page_names_an_address_elsewhere_or_carries_style_or_script_within(town, role):  # noqa: F811
    _, clients, held = town
    found = list(pages(held, role, clients[role]))
    assert len(found) > 6
    for url, html in found:
        assert ADDRESS.findall(html) == [], url
        assert INLINE.findall(html) == [], url


def test_no_style_sheet_names_an_address_elsewhere():
    found = [(path, store) for finder in finders.get_finders() for path, store in finder.list([])]
    sheets = [(path, store) for path, store in found if path.endswith(".css")]
    assert len(sheets) > 8
    for path, store in sheets:
        text = Path(store.path(path)).read_text(encoding="utf-8")
        assert [each for each in IN_STYLES.findall(text) if "w3.org" not in "".join(each)] == [], path


def test_the_checks_see_what_they_forbid():
    assert ADDRESS.findall('<img src="https://example.com/x.png">') and ADDRESS.findall('<a href="//cdn/x">')
    assert INLINE.findall('<p style="color:red">') and INLINE.findall("<script>x()</script>")
    assert INLINE.findall('<script src="/static/js/app.js" type="module"></script>') == []
    assert IN_STYLES.findall("a { background: url(https://example.com/x.png) }")
    assert weight("css/dangqun.css", set()) > 10_000


WRONG = ("", "甲" * 6000, "This is wrong", "-1", "2026-13-45")


def test_no_form_answers_with_a_sentence_of_english(town):  # noqa: F811
    from django.db import transaction

    _, clients, held = town
    refusals = 0
    for pattern in PATTERNS:
        if "POST" not in pattern.callback.methods:
            continue
        for kwargs, allowed in held.get(pattern.name) or [({}, None)]:
            role = "office" if allowed is None or "office" in allowed else sorted(allowed)[0]
            role = {"staff": "system_admin", "grants": "security_admin"}.get(pattern.name, role)
            client = Client() if pattern.callback.needs == PUBLIC else clients[role]
            for value in WRONG:
                with transaction.atomic():
                    answer = client.post(reverse(pattern.name, kwargs=kwargs), dict.fromkeys(fields(), value))
                    html = "" if answer.streaming else answer.content.decode()  # a file is no sentence
                    transaction.set_rollback(True)
                for groups in REFUSED.findall(html):
                    refusals += 1
                    said = unescape(re.sub(r"<[^>]+>|This is wrong|dangqun [a-z]+", " ", "".join(groups)))
                    assert not ENGLISH.search(said), f"{pattern.name}: {said}"
    assert refusals > 20


def fields():
    """Return every name of a field of every form of the product."""
    from dangqun.kernel.tests.test_field_words import every_form

    return sorted({name for form in every_form() for name in form.base_fields})


HELP = re.compile(r"<h1>(.+?)</h1>.*?20\d\d年\d+月\d+日 \d\d:\d\d:\d\d", re.DOTALL)


def test_pages_that_are_hidden_and_that_are_absent_look_the_same(town):  # noqa: F811
    world, clients, _ = town
    hidden = reverse("org", kwargs={"pk": world.branches["丙"].pk})
    assert clients["office"].get(hidden).status_code == 200
    answers = [clients["secretary"].get(url) for url in (hidden, "/orgs/999999/", "/no/such/page/")]
    told = [
        re.sub(r"\d\d:\d\d:\d\d|csrf[^>]+|value=\"[^\"]*\"|data-csrf=\"[^\"]*\"", "", each.content.decode())
        for each in answers
    ]
    assert [each.status_code for each in answers] == [404] * 3
    assert told[0] == told[1]
    assert HELP.search(told[2]) is None or "dq-spine" in told[2]
    assert all("没有这一页" in each and "dq-spine" in each for each in told)


@pytest.mark.parametrize(
    ("url", "status"), [("/no/such/page/", 404), ("/people/?q=%00", 400)], ids=["absent", "unreadable"]
)
def test_error_pages_say_one_way_on_and_a_time_to_quote(town, url, status):  # noqa: F811
    _, clients, _ = town
    answer = clients["office"].get(url)
    html = answer.content.decode()
    assert answer.status_code == status and HELP.search(html) and "回到待办" in html and "dq-spine" in html


def test_a_form_that_is_too_old_says_how_to_keep_what_was_typed(town):  # noqa: F811
    _, clients, _ = town
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = clients["member"].held
    answer = strict.post("/me/password/", {"old": "x"})
    assert answer.status_code == 403
    assert "放得太久" in answer.content.decode() and "复制" in answer.content.decode()


def test_the_page_for_our_own_faults_needs_nothing_but_its_file(settings):
    from django.template.loader import get_template

    html = get_template("500.html").render()
    assert "不是您的操作不对" in html and HELP.search(html) and "回到待办" in html


def test_what_the_database_refuses_is_said_in_a_sentence_and_logged_without_the_row(town, rf, caplog):  # noqa: F811
    world, _, _ = town
    person = world.person["孟庆华"]
    request = rf.post("/people/")
    request.user = world.user["office"]
    with pytest.raises(IntegrityError) as clash, transaction.atomic():
        person.memberships.create(branch=world.branches["丙"], state="full", starts_on=None)
    answer = RefusalsAsSentences(lambda _: None).process_exception(request, clash.value)
    assert answer.status_code == 422 and "刚刚有人同时改了这里" in answer.content.decode()
    (line,) = [each for each in caplog.records if each.name == "dangqun.pages"]
    assert "IntegrityError" in Discreet("%(message)s").format(line) and person.name not in line.getMessage()
