"""Live tabs against the real server: who is told what, and how soon a tab closes when its right to be there ends."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.served import DANGQUN, PATIENCE, ROOT, free_port, town
from tests.world import PASSWORD

SOON = 10.0  # the promise is one second; a busy machine gets more, `dangqun bench live` shows the figure
QUIET = 1.5
NEW = "山路边的三棵老枫树-1949"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The small town, served."""
    with town(tmp_path_factory.mktemp("live")) as running:
        running.start()
        yield running


@pytest.fixture(scope="module")
def notice(served):
    """A notice to the first branch; its secretary may watch it, the stranger may not."""
    clerk = served.id_of("office")
    return served.run(
        f"""
from django.contrib.auth import get_user_model
from dangqun.notices import rules
from dangqun.notices.audience import Audience
from dangqun.orgs.models import Org
clerk = get_user_model().objects.get(pk={clerk})
branch = Org.objects.get(name="恒丰机械有限公司党支部")
facts = dict(title="通知", body="<p>内容</p>", audience=Audience(orgs=(branch.pk,)).stored())
notice = rules.publish(rules.save_draft(None, facts, by=clerk), by=clerk)
told["notice"] = notice.pk
"""
    )["notice"]


NUDGE = "from dangqun.kernel.live import nudge\nnudge(%r)"


def open_tab(browser, *topics):
    tab = browser.tab(*topics)
    assert tab.hears_all(*topics)
    return tab


def test_a_rule_of_the_command_line_reaches_the_open_page(served, notice):
    mine = f"user:{served.id_of('member')}"
    tab = open_tab(served.browser("member"), mine)
    served.run(
        f"""
from dangqun.notices import rules
from dangqun.notices.models import Receipt
receipt = Receipt.objects.get(notice={notice}, person__account={served.id_of("member")})
rules.sign(receipt, by=receipt.person.account)
"""
    )
    assert tab.hears() == mine


def test_what_is_rolled_back_is_told_to_nobody(served):
    mine = f"user:{served.id_of('member')}"
    tab = open_tab(served.browser("member"), mine)
    served.run(
        f"""
from django.db import transaction
from dangqun.kernel.live import nudge
with transaction.atomic():
    nudge({mine!r})
    transaction.set_rollback(True)
"""
    )
    assert tab.hears(QUIET) is None
    served.run(NUDGE % mine)
    assert tab.hears() == mine


def test_one_nudge_to_twenty_thousand_people_arrives_whole(served):
    mine = f"user:{served.id_of('member')}"
    tab = open_tab(served.browser("member"), mine)
    served.run(
        f"from dangqun.kernel.live import nudge\nnudge([f'user:{{n}}' for n in range(10**6, 10**6 + 20300)] + [{mine!r}])"
    )
    assert tab.hears() == mine


def test_nobody_hears_what_she_may_not_see(served, notice):
    mine, watched = f"user:{served.id_of('stranger')}", f"notice:{notice}"
    secretary = open_tab(served.browser("secretary"), watched)
    stranger = served.browser("stranger").tab(watched, f"user:{served.id_of('secretary')}", "nothing:1", mine)
    assert stranger.hears() == mine
    served.run(NUDGE % [watched, f"user:{served.id_of('secretary')}", mine])
    assert secretary.hears() == watched
    assert stranger.hears() == mine and stranger.hears(QUIET) is None


def test_a_page_is_told_what_changed_before_it_could_listen(served):
    mine = f"user:{served.id_of('member')}"
    browser = served.browser("member")
    witness = open_tab(browser, mine)
    served.run(NUDGE % mine)
    assert witness.hears() == mine
    late, later = browser.tab(), browser.tab()
    late.subscribe(mine, age=30_000)
    assert late.hears() == mine
    later.subscribe(mine, age=0)
    assert later.hears(QUIET) is None


def test_nonsense_from_a_page_does_no_harm(served):
    mine = f"user:{served.id_of('member')}"
    tab = served.browser("member").tab()
    for wrong in ("", "[]", "{", '{"subscribe": 1}', '{"subscribe": {}}', '{"subscribe": ["x"], "age": "y"}', '{"subscribe": [[]]}', '{"subscribe": ["user:%s"]}' % ("9" * 50)):  # fmt: skip
        tab.socket.send(wrong)
    tab.subscribe(mine)
    assert tab.hears() == mine


def test_a_foreign_page_and_somebody_not_signed_in_are_refused(served):
    browser = served.browser("member")
    assert browser.tab() is not None
    with pytest.raises(InvalidStatus) as foreign:
        browser.tab(origin="http://evil.example")
    browser.http.cookies.clear()
    with pytest.raises(InvalidStatus) as anonymous:
        browser.tab()
    assert foreign.value.response.status_code == anonymous.value.response.status_code == 403


def closes_soon(tab):
    began = time.monotonic()
    return tab.closes() == 4401 and time.monotonic() - began < SOON


def test_signing_out_closes_the_tabs_of_this_device_and_no_other(served):
    here, there = served.browser("member"), served.browser("member")
    gone, stays = here.tab(), there.tab()
    assert here.post("/sign-out/").status_code == 302
    assert closes_soon(gone)
    assert stays.closes(QUIET) is None


def test_this_is_not_me_closes_the_tabs_of_that_device(served):
    mine = served.browser("member")
    stays = mine.tab()
    other = served.browser("member")
    gone = other.tab()
    held = served.run(
        f"from dangqun.accounts.models import SignIn\ntold['pk'] = SignIn.objects.get(session_key={other.http.cookies['dangqun_session']!r}).pk"
    )["pk"]
    assert mine.post(f"/me/devices/{held}/not-me/").status_code == 302
    assert closes_soon(gone)
    assert stays.closes(QUIET) is None


def test_a_new_password_closes_the_tabs_of_all_other_devices(served):
    here, there = served.browser("joint_secretary"), served.browser("joint_secretary")
    gone = there.tab()
    answer = here.post("/me/password/", {"old": PASSWORD, "password": NEW, "again": NEW})
    assert answer.status_code == 302, answer.text
    assert closes_soon(gone)


def test_closing_an_account_closes_its_tabs(served):
    tab = served.browser("auditor").tab()
    served.run(
        f"""
from django.contrib.auth import get_user_model
from dangqun.accounts.ways import close_account
close_account(get_user_model().objects.get(pk={served.id_of("auditor")}), by=None)
"""
    )
    assert closes_soon(tab)


def test_somebody_idle_too_long_loses_her_tabs(served):
    browser = served.browser("office")
    tab = browser.tab()
    assert tab.closes(QUIET) is None
    served.run(
        f"""
from datetime import timedelta
from django.utils import timezone
from dangqun.accounts.models import SignIn
SignIn.objects.filter(session_key={browser.http.cookies["dangqun_session"]!r}).update(seen_at=timezone.now() - timedelta(hours=1))
"""
    )
    assert closes_soon(tab)


def test_the_end_of_an_office_ends_its_topics_and_no_more_of_somebody_who_stays_a_member(served, notice):
    mine, watched = f"user:{served.id_of('secretary')}", f"notice:{notice}"
    browser = served.browser("secretary")
    tab = open_tab(browser, mine, watched)
    served.run(
        f"""
from dangqun.kernel.calendars import today
from dangqun.members.models import Person
from dangqun.members import rules
person = Person.objects.get(account={served.id_of("secretary")})
rules.end_office(person.offices.open().get(post="secretary"), on=today(), by=None)
"""
    )
    assert browser.http.get("/me/").status_code == 200 and browser.http.get("/people/").status_code == 404
    time.sleep(QUIET)
    served.run(NUDGE % [watched, mine])
    assert tab.hears() == mine
    assert tab.hears(QUIET) is None


def test_whoever_leaves_the_zone_or_hands_over_all_she_looked_after_loses_her_tabs(served):
    left, handed = served.browser("joint_secretary", NEW).tab(), served.browser("committee_member").tab()
    served.run(
        f"""
from dangqun.kernel.calendars import today
from dangqun.members.models import Membership, Person
from dangqun.members import rules
from dangqun.orgs import rules as orgs
from dangqun.orgs.models import LiaisonZone
person = Person.objects.get(account={served.id_of("joint_secretary")})
rules.leave(person, reason=Membership.Reason.TRANSFERRED, on=today(), by=None)
zone = LiaisonZone.objects.get(members__user={served.id_of("committee_member")})
orgs.arrange_zone(zone, user=None, branches=[], on=today(), by=None)
"""
    )
    assert closes_soon(left) and closes_soon(handed)


def second_clerk(served):
    """Return the grant and the account of another clerk, who can sign in."""
    told = served.run(
        f"""
from django.utils import timezone
from django.contrib.auth import get_user_model
from dangqun.members import rules
from dangqun.members.rules.people import enrol
from dangqun.orgs.models import Grant, Org
from tests.world import activate
clerk = get_user_model().objects.get(pk={served.id_of("office")})
committee = Org.objects.get(kind=Org.Kind.COMMITTEE)
person = enrol("程小雨", org=committee, by=clerk)
grant = rules.propose_staff_grant(person, "office", committee, by=clerk)
Grant.objects.filter(pk=grant.pk).update(confirmed_at=timezone.now())
person.refresh_from_db()
user = activate(person)
told.update(grant=grant.pk, user=user.pk, name=user.username)
"""
    )
    served.people["second_clerk"] = [told["name"], told["user"]]
    return told


def test_the_end_of_a_staff_grant_closes_its_tabs(served):
    told = second_clerk(served)
    tab = served.browser("second_clerk").tab()
    answer = served.browser("security_admin").post(f"/grants/{told['grant']}/end/")
    assert answer.status_code == 302
    assert closes_soon(tab)


def test_the_day_on_which_a_grant_ends_closes_the_tabs_that_it_carried(served):
    told = second_clerk(served)
    browser = served.browser("second_clerk")
    tab = browser.tab()
    session = f"SignIn.objects.filter(session_key={browser.http.cookies['dangqun_session']!r})"
    ends = f"Grant.objects.filter(pk={told['grant']}).update(ends_on=today() + timedelta(days=%s))"
    imports = """
from datetime import timedelta
from django.utils import timezone
from dangqun.accounts.models import SignIn
from dangqun.kernel.calendars import today
from dangqun.orgs.models import Grant
"""
    served.run(f"{imports}{session}.update(started_at=timezone.now() - timedelta(days=1))\n{ends % 1}")
    assert tab.closes(QUIET) is None
    served.run(imports + ends % 0)
    assert closes_soon(tab)


def test_slow_uploads_do_not_stop_pages(served):
    with contextlib.ExitStack() as held:
        for _ in range(16):
            slow = held.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE))
            slow.sendall(b"POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\nabc")
        assert httpx.get(f"{served.address}/sign-in/", timeout=PATIENCE).status_code == 200


def test_a_body_over_the_limit_is_refused_with_a_sentence(served):
    answer = httpx.post(f"{served.address}/sign-in/", content=b"x" * (26 * 1024 * 1024), timeout=60)
    assert answer.status_code == 413
    assert "太大" in answer.text and 'href="/"' in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert served.answers()


def test_a_second_server_on_the_same_data_folder_is_refused_with_a_sentence(served):
    asked = [*DANGQUN, "serve", "--port", str(free_port())]
    done = subprocess.run(asked, env=served.env, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "已经有一个平台在运行" in done.stderr
    assert served.answers()
