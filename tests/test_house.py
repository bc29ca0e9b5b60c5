"""The machine that keeps the house: every URL × every role × own and other branch × verb, and what must not exist."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import get_resolver, path, reverse

from dangqun.config.checks import all_patterns, every_url_states_its_permission
from dangqun.notices import rules as notices
from dangqun.notices.audience import Audience
from dangqun.orgs.access import PUBLIC, SIGNED_IN, Actor, permissions, roles, route
from tests.world import ROLES, build, enter

pytestmark = pytest.mark.django_db
SRC = Path(__file__).resolve().parent.parent / "src" / "dangqun"
READERS = frozenset({"office", "committee_member", "instructor", "secretary"})


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    """One town for the whole walk, thrown away after it."""
    from django.db import transaction

    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        world = build()
        yield world, _clients(world), samples(world)
        transaction.set_rollback(True)
        outer.__exit__(None, None, None)


class Browser(Client):
    """A client that is signed in again for every request, so that one verb of a walk cannot sign out the next."""

    def request(self, **asked):
        self.cookies = copy.deepcopy(self.held)
        return super().request(**asked)


def _clients(world):
    found = {}
    for role in ROLES:
        found[role] = Browser()
        found[role].held = found[role].cookies
        enter(found[role], world.user[role])
        found[role].held = copy.deepcopy(found[role].cookies)
    return found


def samples(world):
    """For every route with an object: own and other objects, each with the roles that may reach it."""
    own, other = world.branches["甲"], world.branches["丙"]
    firm, far = world.enterprises["恒丰机械有限公司"], world.enterprises["长青食品有限公司"]
    mine, theirs = world.person["孟庆华"], world.person["左小海"]
    clerk = world.person_of("office")
    here, there = _notice(world, own), _notice(world, other)
    drafted = notices.save_draft(None, {"title": "草稿", "body": "<p>写</p>"}, by=world.user["office"])
    waiting = world.waiting_grant()
    held = world.user["member"].sign_ins.open().first()
    org_own = READERS | {"member"}
    office = frozenset({"office"})
    activators = frozenset({"office", "secretary"})
    return {
        "org": [({"pk": own.pk}, org_own), ({"pk": other.pk}, frozenset({"office", "stranger"}))],
        "enterprise": [
            ({"pk": firm.pk}, org_own | {"enterprise_rep"}),
            ({"pk": far.pk}, frozenset({"office", "stranger"})),
        ],
        "org-appoint": [({"pk": own.pk}, office), ({"pk": other.pk}, office)],
        "org-open-branch": [({"pk": world.parks["东园"].pk}, office)],
        "org-close": [({"pk": own.pk}, office)],
        "person": [({"pk": mine.pk}, READERS), ({"pk": theirs.pk}, frozenset({"office", "stranger"}))],
        "issue-code": [({"pk": mine.pk}, activators), ({"pk": theirs.pk}, frozenset({"office", "stranger"}))],
        "issue-codes": [({"pk": own.pk}, activators), ({"pk": other.pk}, frozenset({"office", "stranger"}))],
        "staff-code": [({"pk": clerk.pk}, frozenset({"system_admin"}))],
        "staff-close": [({"pk": world.person_of("auditor").pk}, frozenset({"system_admin"}))],
        "grant-confirm": [({"pk": waiting.pk}, frozenset({"security_admin"}))],
        "grant-end": [({"pk": waiting.pk}, frozenset({"security_admin"}))],
        "me-devices-end": [({"pk": held.pk}, frozenset({"member"}))],
        "notice": [
            ({"pk": here.pk}, READERS | {"member"}),
            ({"pk": there.pk}, frozenset({"office", "stranger"})),
        ],
        "notice-sign": [
            ({"pk": here.pk}, frozenset({"secretary", "member"})),
            ({"pk": there.pk}, frozenset({"stranger"})),
        ],
        "notice-unsign": [
            ({"pk": here.pk}, frozenset({"secretary", "member"})),
            ({"pk": there.pk}, frozenset({"stranger"})),
        ],
        "notice-edit": [({"pk": drafted.pk}, office)],
        "notice-discard": [({"pk": drafted.pk}, office)],
        "notice-receipts": [
            ({"pk": here.pk}, READERS),
            ({"pk": there.pk}, frozenset({"office", "stranger"})),
        ],
        "notice-branch": [
            ({"pk": here.pk, "branch": own.pk}, READERS),
            ({"pk": there.pk, "branch": other.pk}, frozenset({"office", "stranger"})),
        ],
        "notice-remind": [({"pk": here.pk}, office), ({"pk": there.pk}, office)],
        "notice-export": [({"pk": here.pk}, READERS), ({"pk": there.pk}, frozenset({"office", "stranger"}))],
    } | world.import_samples()


def _notice(world, branch):
    facts = {
        "title": f"{branch}通知",
        "body": "<p>内容</p>",
        "audience": Audience(orgs=(branch.pk,)).stored(),
    }
    return notices.publish(notices.save_draft(None, facts, by=world.user["office"]), by=world.user["office"])


PATTERNS = list(all_patterns(get_resolver()))


def test_every_route_with_an_object_has_samples(town):
    _, _, held = town
    named = {pattern.name for pattern in PATTERNS if pattern.pattern.converters}
    assert named - held.keys() == set()


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda each: each.name)
def test_who_may_go_where_is_exactly_what_the_tables_say(town, pattern):
    from django.db import transaction

    world, clients, held = town
    cases = held.get(pattern.name) or [({}, None)]
    for kwargs, allowed in cases:
        url = reverse(pattern.name, kwargs=kwargs)
        for role, client in clients.items():
            wanted = (
                role in allowed if allowed is not None else _permitted(world, role, pattern.callback.needs)
            )
            for verb in ("GET", "POST", "PUT", "DELETE"):
                with transaction.atomic():
                    status = client.generic(verb, url).status_code
                    transaction.set_rollback(True)
                told = f"{verb} {url} as {role}: {status}"
                assert status < 500, told
                if verb not in pattern.callback.methods:
                    assert status in (404, 405), told
                elif wanted:
                    assert status not in (401, 403, 404, 405), told
                elif pattern.callback.needs != PUBLIC:
                    assert status == 404, told


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda each: each.name)
def test_nobody_without_signing_in_gets_a_byte_of_it(town, pattern):
    if pattern.callback.needs == PUBLIC:
        assert pattern.name in {"sign-in", "activate", "activate-password", "alive"}
        return
    _, _, held = town
    for kwargs, _ in held.get(pattern.name) or [({}, None)]:
        url = reverse(pattern.name, kwargs=kwargs)
        for verb in pattern.callback.methods:
            answer = Client().generic(verb, url)
            assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/"), url
            assert answer.content == b""


HOSTILE = (
    "0",
    "-1",
    "9" * 18,
    "9" * 30,
    "' OR 1=1--",
    "<script>",
    "%00",
    "١٢٣",
    "１",
    "null",
    "[]",
    "a" * 5000,
    "\x00",
)
PARAMETERS = (
    "page",
    "org",
    "q",
    "age",
    "education",
    "state",
    "sort",
    "zone",
    "show",
    "on",
    "box",
    "next",
    "secretary",
    "person",
    "kind",
)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda each: each.name)
def test_hostile_parameters_never_break_a_page(town, pattern):
    from django.db import transaction

    _, clients, held = town
    for kwargs, _ in (held.get(pattern.name) or [({}, None)])[:1]:
        url = reverse(pattern.name, kwargs=kwargs)
        for role in ("office", "secretary", "security_admin"):
            for value in HOSTILE:
                wrong = dict.fromkeys(PARAMETERS, value) | dict.fromkeys(("title", "body", "deadline", "posts", "orgs", "people", "name", "code", "username", "password", "mobile", "role", "view"), value)  # fmt: skip
                for verb in pattern.callback.methods:
                    with transaction.atomic():
                        status = getattr(clients[role], verb.lower())(url, wrong).status_code
                        transaction.set_rollback(True)
                    assert status < 500, f"{verb} {url} {value!r} as {role}"


def test_lists_counts_search_export_and_topics_agree_on_what_is_visible(town):
    from dangqun.home.find import search
    from dangqun.kernel.live import may_listen
    from dangqun.members.models import Person

    world, clients, _ = town
    checked = 0
    people = list(Person.objects.all())
    for role in ROLES:
        actor = Actor.of(world.user[role])
        reached = set(Person.objects.reachable(actor, "members.read").values_list("pk", flat=True))
        for person in people:
            url = reverse("person", args=(person.pk,))
            found = {each.url for group in search(actor, person.name) for each in group.results}
            listed = (
                clients[role].get(reverse("people"), {"q": person.name}).content.decode()
                if person.joined_on
                else ""
            )
            shown = clients[role].get(url).status_code == 200
            assert shown == (person.pk in reached) == (url in found), (role, person)
            assert (url in listed) == (shown and bool(person.joined_on)), (role, person)
            checked += 1
        for other in world.user.values():
            assert may_listen(actor, f"user:{other.pk}") == (other == actor.user)
    assert checked > 200


def _permitted(world, role, needs):
    if needs in (PUBLIC, SIGNED_IN):
        return True
    return Actor.of(world.user[role]).can(needs)


# --- the checks themselves, each broken once on purpose --------------------------------------------------
def _bare(request):
    return HttpResponse("open to all")


urlpatterns = [path("bare/", _bare, name="bare")]


def test_a_url_not_made_by_route_fails_start_up():
    assert every_url_states_its_permission() == []
    with override_settings(ROOT_URLCONF="tests.test_house"):
        assert [error.id for error in every_url_states_its_permission()] == ["dangqun.E001"]


def test_route_has_no_default_and_refuses_a_permission_that_nobody_holds():
    from django.core.exceptions import ImproperlyConfigured

    with pytest.raises(TypeError):
        route("x/", _bare, name="x")
    with pytest.raises(ImproperlyConfigured):
        route("x/", _bare, needs="no.such", name="x")


def test_administrators_cannot_do_each_others_work_nor_read_business():
    held = roles()
    three = ("system_admin", "security_admin", "auditor")
    business = frozenset().union(*(held[role] for role in held if role not in three))
    assert all(not held[one] & (held[two] | business) for one in three for two in three if one != two)
    assert permissions() >= {"staff.enter", "staff.grant"}


DOORS = ("views", "forms", "api", "live", "sheets")
WRITES = re.compile(r"\.(save|delete|update|bulk_create|create|get_or_create|update_or_create)\(")
FORBIDDEN = re.compile(
    r"points?_|score|ranking|leaderboard|check_?in|study_minutes|login_count|read_at|seen_by|viewed|online_time"
)


def _texts(*names):
    for file in SRC.rglob("*.py"):
        parts = file.relative_to(SRC).with_suffix("").parts
        if "tests" not in parts and any(part in names for part in parts):
            yield file, file.read_text(encoding="utf-8")


def writes_in(text):
    """Return the write calls in a text."""
    return WRITES.findall(text)


def test_views_forms_live_and_sheets_write_nothing():
    found = {str(file): writes_in(text) for file, text in _texts(*DOORS) if writes_in(text)}
    assert found == {}
    assert writes_in("Case.objects.create(x=1)") == ["create"]


def test_no_model_field_or_url_is_for_points_check_ins_rankings_or_reading():
    names = [f"{model._meta.label}.{field.name}" for model in apps.get_models() if model.__module__.startswith("dangqun") for field in model._meta.get_fields()]  # fmt: skip
    names += [str(pattern.pattern) for pattern in PATTERNS]
    assert [name for name in names if FORBIDDEN.search(name.lower())] == []
    assert FORBIDDEN.search("member.study_minutes")


RECORDS = re.compile(r"\brecord(_many)?\(")


def test_every_verb_records_a_fact_or_calls_one_that_does():
    silent = []
    for file, text in _texts("rules"):
        for body in re.split(r"\n(?=@verb\n)", text)[1:]:
            body = re.split(r"\n\n\n", body)[0]
            name = re.search(r"def (\w+)", body).group(1)
            verbs = r"\b(record|record_many|appoint|enrol|account_for|propose_staff_grant|open_org|settle_grants|end_sign_in|_continue|_give|store|_told|_begin|issue_code|found_zone)\("
            if not RECORDS.search(body) and not re.search(verbs, body):
                silent.append(f"{file.relative_to(SRC)}:{name}")
    assert [each for each in silent if not each.endswith(("note_failure",))] == []
