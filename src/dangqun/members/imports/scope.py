"""How far an import reaches: the sender's organisation, its branches and enterprises, found by their written names."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import Any, TypeVar

from dangqun.kernel.rules import RuleBroken
from dangqun.members.models import LearnedBranch
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Enterprise, EnterpriseBranch, LiaisonZone, Org
from dangqun.orgs.reach import within
from dangqun.orgs.words import short_branch_name

NEEDS = "members.import"
Named = TypeVar("Named")


def key(name: str) -> str:
    """Return a name as it is compared: half-width, no blanks, without 中共 in front, brackets alike."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", name))
    return plain.removeprefix("中国共产党").removeprefix("中共")


def branch_key(name: str) -> str:
    """Return a branch's name as it is compared: 支部, 支部委员会 and 党支部委员会 all mean 党支部."""
    return re.sub(r"党?支部(委员会)?$", "党支部", key(name))


class Scope:
    """What the sender of an import may touch, read once: six queries, whatever the number of rows."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.day: date = actor.day
        self.paths = actor.paths(NEEDS)
        self._meant: dict[tuple[str, str], Any] = {}
        if not self.paths:
            raise RuleBroken("您没有导入名册的权限，请找综合党委办公室。")

    @cached_property
    def orgs(self) -> list[Org]:
        """Every open organisation within reach, in organisation order."""
        return list(Org.objects.filter(within("path", self.paths)).open(self.day).in_order())

    @cached_property
    def org(self) -> Org:
        """The sender's own organisation: the topmost within reach."""
        return min(self.orgs, key=lambda org: (org.path.count("/"), org.path))

    @cached_property
    def committee(self) -> Org:
        """The committee under which parks are made. Raises RuleBroken for a sender below it."""
        if self.org.kind not in (Org.Kind.COMMITTEE, Org.Kind.WORKING_COMMITTEE):
            raise RuleBroken("企业和支部、班子和指导员由综合党委办公室统一导入。")
        own = [org for org in self.orgs if org.kind == Org.Kind.COMMITTEE]
        return own[0] if own else self.org

    @cached_property
    def by_id(self) -> dict[int, Org]:
        """Organisations by number."""
        return {org.pk: org for org in self.orgs}

    @cached_property
    def parks(self) -> dict[str, Org]:
        """Parks by name, with and without the word 园区."""
        found: dict[str, Org] = {}
        for org in self.orgs:
            if org.kind == Org.Kind.PARK:
                for name in (org.name, org.short_name, org.name.removesuffix("园区")):
                    found.setdefault(key(name), org)
        return found

    @cached_property
    def branches(self) -> dict[str, Org]:
        """Branches by full name, and by short name where only one has it."""
        branches = [org for org in self.orgs if org.kind == Org.Kind.BRANCH]
        return self.learned | _named(
            (each, branch_key(each.name), branch_key(short_branch_name(each.name))) for each in branches
        )

    @cached_property
    def learned(self) -> dict[str, Org]:
        """Branches by names that none has, as a person of the sender's organisation has chosen them before."""
        held = LearnedBranch.objects.filter(org=self.org).values_list("written", "branch")
        return {written: self.by_id[branch] for written, branch in held if branch in self.by_id}

    def was_learned(self, name: str) -> bool:
        """Whether a written name means a branch only because somebody chose it before."""
        written = branch_key(name)
        return written in self.learned and branch_key(self.branches[written].name) != written

    @cached_property
    def enterprises(self) -> dict[str, Enterprise]:
        """Enterprises by full name, and by short name where only one has it."""
        return _named((firm, key(firm.name), key(short_branch_name(firm.name))) for firm in self.firms)

    @cached_property
    def firms(self) -> list[Enterprise]:
        """Every enterprise of the parks within reach."""
        found = Enterprise.objects.filter(within("park__path", self.paths)).open(self.day)
        return list(found.select_related("park").order_by("number", "pk"))

    @cached_property
    def covers(self) -> dict[int, set[int]]:
        """Enterprise → the branches that cover it today."""
        found: dict[int, set[int]] = defaultdict(set)
        links = EnterpriseBranch.objects.filter(within("enterprise__park__path", self.paths)).on(self.day)
        for enterprise, branch in links.values_list("enterprise_id", "branch_id"):
            found[enterprise].add(branch)
        return found

    @cached_property
    def zones(self) -> dict[str, LiaisonZone]:
        """Liaison zones by name."""
        return {key(zone.name): zone for zone in LiaisonZone.objects.filter(within("org__path", self.paths))}

    def branch(self, name: str) -> Org | None:
        """Return the branch of that written name, or None; a different legal form is a different name."""
        if ("branch", name) not in self._meant:
            self._meant["branch", name] = self.branches.get(branch_key(name))
        return self._meant["branch", name]

    def enterprise(self, name: str) -> Enterprise | None:
        """Return the enterprise of that written name, or None; a different legal form is a different name."""
        if ("enterprise", name) not in self._meant:
            self._meant["enterprise", name] = self.enterprises.get(key(name))
        return self._meant["enterprise", name]

    def branches_like(self, name: str) -> list[Org]:
        """Return up to three branches whose names come near."""
        near = get_close_matches(short_branch_name(branch_key(name)), self.branches, n=3, cutoff=0.6)
        return list(dict.fromkeys(self.branches[each] for each in near))

    def only_branch_of(self, firm: Enterprise) -> Org | None:
        """Return the branch of an enterprise when it has exactly one."""
        held = self.covers.get(firm.pk, set())
        return self.by_id.get(next(iter(held))) if len(held) == 1 else None


def _named(entries: Iterable[tuple[Named, str, str]]) -> dict[str, Named]:
    full: dict[str, Named] = {}
    short: dict[str, list[Named]] = defaultdict(list)
    for thing, name, brief in entries:
        full[name] = thing
        short[brief].append(thing)
    return {brief: things[0] for brief, things in short.items() if len(things) == 1} | full
