"""The machine that keeps the house: every URL × every role × own and other branch × verb, and what must not exist."""

from __future__ import annotations

import copy
import re
from functools import lru_cache
from pathlib import Path

import pytest
from django.forms import BaseForm
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import get_resolver, path, reverse

import dangqun
from dangqun.config import urls
from dangqun.config.checks import all_patterns, every_url_states_its_permission
from dangqun.home import todo
from dangqun.orgs.access import PUBLIC, SIGNED_IN, Actor, permissions, roles, route
from tests.samples import samples
from tests.world import ROLES, enter, for_a_module

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def nothing_beside_the_page():
    """What a 404 looks like (tests/test_pages.py) and what the shell counts, whatever is asked, would take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urls, "handler404", lambda request, exception: HttpResponse(status=404), raising=False)
        patch.setattr(todo, "count", lambda actor: 0)
        yield


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    """One town for the whole walk, thrown away after it."""
    with for_a_module(django_db_blocker) as world:
        yield world, _clients(world), samples(world)


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


PATTERNS = list(all_patterns(get_resolver()))


def test_every_route_with_an_object_has_samples(town):
    _, _, held = town
    assert unsampled(PATTERNS, held) == []


def test_a_new_route_with_an_object_and_no_samples_would_be_found():
    fresh = route("things/<id:pk>/", _bare, needs="orgs.read", name="thing")
    assert unsampled([fresh], {}) == ["thing"]
    assert unsampled([fresh], {"thing": [({"pk": 1}, frozenset())]}) == []


def test_every_route_that_several_roles_may_use_has_a_row_that_one_of_them_does_not_reach(town):
    world, _, held = town
    assert one_sided(world, PATTERNS, held) == []


def test_a_route_with_samples_that_everybody_reaches_would_be_found(town):
    world, _, held = town
    everybody = frozenset(ROLES)
    blind = held | {"person": [(held["person"][0][0], everybody)]}
    assert one_sided(world, PATTERNS, blind) == ["person"]


def unsampled(patterns, held):
    """Return the names of routes that take an object and have no sample."""
    return sorted(p.name for p in patterns if p.pattern.converters and not held.get(p.name))


def one_sided(world, patterns, held):
    """Return the names of routes whose every sample is reached by all who hold the permission."""
    found = []
    for pattern in patterns:
        if pattern.pattern.converters and pattern.pattern.converters.keys() != {"kind"}:
            holders = {role for role in ROLES if _permitted(world, role, pattern.callback.needs)}
            if len(holders) > 1 and all(holders <= allowed for _, allowed in held.get(pattern.name, ())):
                found.append(pattern.name)
    return found


@pytest.mark.once  # who may go where no database decides; how it compares paths is held by tests/test_visibility.py
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


PUBLIC_PAGES = {
    "sign-in",
    "sign-in-code",
    "sign-in-set-up",
    "activate",
    "activate-password",
    "paper-check",
    "alive",
    "privacy",
    "view",
}
PUBLIC_PAGES |= {
    "calendar-feed"
}  # the calendars of phones cannot sign in: a secret address, titles and deadlines alone


@pytest.mark.once
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda each: each.name)
def test_nobody_without_signing_in_gets_a_byte_of_it(town, pattern):
    if pattern.callback.needs == PUBLIC:
        assert pattern.name in PUBLIC_PAGES
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
# What one database takes and another does not; of the rest the code alone decides.
DATABASES_DIFFER = {"9" * 18, "9" * 30, "a" * 5000, "\x00"}


@lru_cache(maxsize=1)
def asked_for():
    """Return every name that a view reads from a query or a form, and every field of every form."""
    text = "".join(file.read_text(encoding="utf-8") for file in Path(dangqun.__file__).parent.rglob("*.py"))
    names = set(re.findall(r'(?:GET|POST)(?:\.get(?:list)?\(|\[)"(\w+)"', text))
    kinds = [BaseForm]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        names |= getattr(kind, "base_fields", {}).keys()
    return names


def test_every_name_that_a_view_reads_is_found():
    assert {"page", "q", "on", "box", "next"} <= asked_for(), "of queries"
    assert {"title", "username", "deadline", "mobile"} <= asked_for(), "of forms"


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda each: each.name)
def test_hostile_parameters_never_break_a_page(town, pattern):
    """As somebody who may open the page: everybody else is turned away before a view reads anything."""
    from django.db import connection, transaction

    world, clients, held = town
    first = connection.vendor == "sqlite"
    kwargs, allowed = (held.get(pattern.name) or [({}, None)])[0]
    url = reverse(pattern.name, kwargs=kwargs)
    able = (
        r
        for r in ROLES
        if (r in allowed if allowed is not None else _permitted(world, r, pattern.callback.needs))
    )
    client, names = clients[next(able)], asked_for()
    for value in HOSTILE if first else [each for each in HOSTILE if each in DATABASES_DIFFER]:
        for verb in pattern.callback.methods:
            with transaction.atomic():
                status = getattr(client, verb.lower())(url, dict.fromkeys(names, value)).status_code
                transaction.set_rollback(True)
            assert status < 500, f"{verb} {url} {value[:20]!r}"


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


def test_a_wrong_permission_at_a_url_shows_in_the_walk(town):
    _, clients, _ = town
    with override_settings(ROOT_URLCONF=_town_urls(route("open/", _bare, needs=SIGNED_IN, name="open"))):
        assert clients["member"].get("/open/").status_code == 200, "to be refused: it needs members.import"
    with override_settings(
        ROOT_URLCONF=_town_urls(route("open/", _bare, needs="members.import", name="open"))
    ):
        assert clients["member"].get("/open/").status_code == 404
        assert clients["office"].get("/open/").status_code == 200


def test_a_view_that_ignores_reach_shows_in_the_walk(town):
    from dangqun.members.models import Person
    from dangqun.orgs.access import fetch

    world, clients, _ = town
    theirs = world.person["左小海"].pk

    def careless(request, pk):
        return HttpResponse(Person.objects.get(pk=pk).name)

    def careful(request, pk):
        return HttpResponse(fetch(request, Person, pk=pk).name)

    for view, status in ((careless, 200), (careful, 404)):
        with override_settings(
            ROOT_URLCONF=_town_urls(route("p/<id:pk>/", view, needs="members.read", name="p"))
        ):
            assert clients["secretary"].get(f"/p/{theirs}/").status_code == status


def test_rows_are_ones_own_where_no_permission_is_named_and_nobodys_at_a_public_page(town):
    from dangqun.members.models import Person
    from dangqun.orgs.access import reached
    from dangqun.orgs.models import Org

    actor = Actor.of(town[0].user["member"])
    assert [person.name for person in reached(actor, SIGNED_IN, Person)] == ["孟庆华"]
    assert not reached(actor, PUBLIC, Person).exists()
    with pytest.raises(AttributeError):
        reached(actor, SIGNED_IN, Org)


def _town_urls(*more):
    everything = get_resolver("dangqun.config.urls").url_patterns
    return type("Urls", (), {"urlpatterns": [*more, *everything]})


def test_route_has_no_default_and_refuses_a_permission_that_nobody_holds():
    from django.core.exceptions import ImproperlyConfigured

    with pytest.raises(TypeError):
        route("x/", _bare, name="x")
    with pytest.raises(ImproperlyConfigured):
        route("x/", _bare, needs="no.such", name="x")


AGE_OF_BACKUPS = {"backups.watch"}  # the office is told, the system administrator mends; nothing about people


def test_administrators_cannot_do_each_others_work_nor_read_business():
    held = roles()
    three = ("system_admin", "security_admin", "auditor")
    business = frozenset().union(*(held[role] for role in held if role not in three)) - AGE_OF_BACKUPS
    assert all(not held[one] & (held[two] | business) for one in three for two in three if one != two)
    assert permissions() >= {"staff.enter", "staff.grant"}
