"""One small town: a zone with two parks, three own branches and a joint one, and everybody who has a part in it.

Every person is invented. Passwords are one constant, hashed once a process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from dangqun.accounts.privacy import note_told
from dangqun.kernel.calendars import today
from dangqun.members import rules as members
from dangqun.members.models import Membership, Office, Person
from dangqun.members.rules.people import enrol
from dangqun.orgs import rules as orgs
from dangqun.orgs.models import Enterprise, Grant, LiaisonZone, Org

PASSWORD = "杉树-1949-窗台"
SINCE = date(2024, 3, 1)


@lru_cache(maxsize=1)
def hashed() -> str:
    """Return the one password hash of the tests."""
    return make_password(PASSWORD)


@dataclass
class World:
    """The town. `user[role]` signs in; `person[name]` is somebody."""

    committee: Org
    parks: dict[str, Org] = field(default_factory=dict)
    branches: dict[str, Org] = field(default_factory=dict)
    enterprises: dict[str, Enterprise] = field(default_factory=dict)
    zones: list[LiaisonZone] = field(default_factory=list)
    person: dict[str, Person] = field(default_factory=dict)
    user: dict[str, Any] = field(default_factory=dict)

    def person_of(self, role: str) -> Person:
        """Return the person behind an account."""
        return Person.objects.get(account=self.user[role])

    def waiting_grant(self) -> Grant:
        """Return a staff grant that the security administrator has still to confirm."""
        person = enrol("待定员", org=self.committee, by=self.user["office"])
        return members.propose_staff_grant(person, "office", self.committee, by=self.user["office"])

    def import_samples(self) -> dict[str, Any]:
        """Return samples for the routes of imports: one that the office has begun."""
        from pathlib import Path

        from dangqun.members.imports import rules as imports
        from dangqun.members.imports.kinds import kind_of
        from dangqun.orgs.access import Actor

        book = Path(__file__).parent / "data/zone-clean/roster.xlsx"
        actor = Actor.of(self.user["office"])
        run = imports.begin(kind_of("members"), book.read_bytes(), book.name, actor=actor)
        office = frozenset({"office"})
        routes = ("import", "import-columns", "import-fix", "import-store", "import-drop", "import-marked")
        kinds = {name: [({"kind": "members"}, office)] for name in ("import-upload", "import-template")}
        return {name: [({"pk": run.pk}, office)] for name in routes} | kinds

    def change_samples(self) -> dict[str, Any]:
        """Return samples for the small form pages by which the office changes organisations, enterprises, people."""
        branch, firm = self.branches["甲"], self.enterprises["恒丰机械有限公司"]
        routes: dict[str, dict[str, int]] = {
            "org-open-park": {"pk": self.committee.pk},
            "org-office-end": {"pk": branch.offices.open().leading().get().pk},
            "org-call": {"pk": self.committee.pk},
            "zone": {"pk": self.zones[0].pk},
            "enterprise-uncover": {"pk": firm.pk, "branch": branch.pk},
            "enterprise-visit-end": {"pk": firm.pk, "point": firm.contact_points.open().get().pk},
        }
        routes |= {f"org-{verb}": {"pk": branch.pk} for verb in ("rename", "move", "elect")}
        routes |= {
            f"enterprise-{verb}": {"pk": firm.pk}
            for verb in ("edit", "move", "leave", "cover", "visit", "contact")
        }
        member = self.person["孟庆华"].pk
        routes |= {
            f"person-{verb}": {"pk": member} for verb in ("edit", "confirm", "move", "leave", "restore")
        }
        return {name: [(kwargs, frozenset({"office"}))] for name, kwargs in routes.items()}


ROLES = (
    "office",
    "committee_member",
    "instructor",
    "secretary",
    "member",
    "enterprise_rep",
    "system_admin",
    "security_admin",
    "auditor",
    "stranger",
    "other_secretary",
    "joint_secretary",
)


@contextmanager
def for_a_module(blocker: Any) -> Iterator[World]:
    """Yield one town for a whole module of tests, thrown away after it (`blocker`: the fixture django_db_blocker)."""
    with blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


def build() -> World:
    """Build the town through the ordinary rules."""
    by = _clerk()
    world = World(committee=Org.objects.get())
    world.user["office"] = by
    _places(world, by)
    _people(world, by)
    _staff(world, by)
    return world


def _clerk() -> Any:
    committee = orgs.open_org(Org.Kind.COMMITTEE, "清溪经济开发区综合党委", under=None, by=None)
    clerk = enrol("章文静", org=committee, by=None, mobile="19800000001")
    members.appoint(clerk, org=committee, post=Office.Post.OFFICE_CLERK, on=SINCE, by=None)
    _confirm(clerk)
    return activate(clerk)


def _places(world: World, by: Any) -> None:
    for number, park in enumerate(("东园", "西园"), 1):
        world.parks[park] = orgs.open_org(
            Org.Kind.PARK, f"{park}园区", under=world.committee, by=by, number=number
        )
    plan = (
        ("甲", "东园", "own", ("恒丰机械有限公司",)),
        ("乙", "东园", "own", ("远达纺织有限公司",)),
        ("丙", "西园", "own", ("长青食品有限公司",)),
        ("联", "西园", "joint", ("明德包装有限公司", "三和建材有限公司")),
    )
    for number, (key, park, formation, firms) in enumerate(plan, 1):
        name = f"{firms[0]}党支部" if formation == "own" else "西园园区联合党支部"
        branch = orgs.open_org(
            Org.Kind.BRANCH, name, under=world.parks[park], by=by, number=number, formation=formation
        )
        world.branches[key] = branch
        for firm in firms:
            enterprise = orgs.register_enterprise(firm, park=world.parks[park], by=by)
            orgs.cover(enterprise, branch=branch, by=by)
            world.enterprises[firm] = enterprise
    for number, keys in enumerate(("甲乙", "丙联"), 1):
        zone = LiaisonZone.objects.create(
            org=world.committee, name=f"第{'一二'[number - 1]}片区", number=number
        )
        world.zones.append(zone)
        for key in keys:
            orgs.place_in_zone(world.branches[key], zone=zone, on=SINCE, by=by)


def _people(world: World, by: Any) -> None:
    plan = {
        "甲": ("汪晓燕", "吴桂香", "钱大有", "孟庆华"),
        "乙": ("沈立群", "鲁长生", "丁有财"),
        "丙": ("程月娥", "左小海", "唐小军"),
        "联": ("杜光辉", "盛海燕", "阮红兵"),
    }
    serial = 100
    for key, names in plan.items():
        branch = world.branches[key]
        for name in names:
            serial += 1
            person = enrol(name, org=branch, by=by, mobile=f"19900000{serial}", joined_on=date(2010, 7, 1))
            members.admit(person, branch=branch, state=Membership.State.FULL, on=SINCE, by=by)
            world.person[name] = person
    for key, name in (("甲", "汪晓燕"), ("乙", "沈立群"), ("丙", "程月娥"), ("联", "杜光辉")):
        members.appoint(
            world.person[name], org=world.branches[key], post=Office.Post.SECRETARY, on=SINCE, by=by
        )
    world.user["secretary"] = activate(world.person["汪晓燕"])
    world.user["other_secretary"] = activate(world.person["沈立群"])
    world.user["stranger"] = activate(world.person["程月娥"])
    world.user["joint_secretary"] = activate(world.person["杜光辉"])
    world.user["member"] = activate(world.person["孟庆华"])


def _staff(world: World, by: Any) -> None:
    for role, name in (("committee_member", "石涵兰"), ("instructor", "方杰"), ("enterprise_rep", "邵娟永")):
        world.person[name] = enrol(name, org=world.committee, by=by, mobile=f"1970000{len(world.person):04d}")
        members.account_for(world.person[name], by=by)
        world.user[role] = activate(world.person[name])
    firm = world.enterprises["恒丰机械有限公司"]
    on = today()
    orgs.look_after(world.zones[0], user=world.user["committee_member"], on=SINCE, by=by)
    orgs.visit(firm, user=world.user["instructor"], branch=world.branches["甲"], on=SINCE, by=by)
    members.appoint(
        world.person["石涵兰"], org=world.committee, post=Office.Post.COMMITTEE_MEMBER, on=SINCE, by=by
    )
    members.appoint(world.person["方杰"], org=world.committee, post=Office.Post.INSTRUCTOR, on=SINCE, by=by)
    members.appoint(
        world.person["邵娟永"],
        org=world.branches["甲"],
        post=Office.Post.ENTERPRISE_CONTACT,
        on=on,
        by=by,
        enterprise=firm,
    )
    for role, name in (("system_admin", "系管员"), ("security_admin", "安管员"), ("auditor", "审计员")):
        person = enrol(name, org=world.committee, by=by)
        members.propose_staff_grant(person, role, world.committee, by=by)
        _confirm(person)
        world.user[role] = activate(person)


def _confirm(person: Person) -> None:
    Grant.objects.filter(user=person.account).waiting().update(
        confirmed_at=timezone.now(), confirmed_by=person.account
    )


def activate(person: Person) -> Any:
    """Give a person an activated account with the password of the tests."""
    user = members.account_for(person, by=None)
    user.password, user.activated_at = hashed(), timezone.now()
    user.save(update_fields=["password", "activated_at"])
    note_told(user)
    return get_user_model().objects.get(pk=user.pk)


def enter(browser: Any, user: Any) -> None:
    """Sign a test client in as the sign-in page would, without the password's work; who must have one gave her code."""
    from dangqun.accounts.models import SignIn
    from dangqun.accounts.second_factor import is_compulsory

    browser.force_login(user)
    now = timezone.now()
    SignIn.objects.create(
        user=user,
        session_key=browser.session.session_key,
        device="测试",
        network="127.0.0.1",
        started_at=now,
        seen_at=now,
        second_factor_at=now if is_compulsory(user) else None,
    )
