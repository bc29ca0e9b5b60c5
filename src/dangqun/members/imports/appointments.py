"""Store a checked list of officers: people, accounts, offices, zones, contact points, through the ordinary rules."""

from __future__ import annotations

from typing import Any

from dangqun.members import rules as members
from dangqun.members.imports.lines import Checked, Line, Progress, silent
from dangqun.members.imports.scope import Scope, key
from dangqun.members.models import Office, Person
from dangqun.orgs import rules as orgs
from dangqun.orgs.models import LiaisonZone


def store(checked: Checked, scope: Scope, *, by: Any, progress: Progress = silent) -> None:
    """Appoint everybody on the good lines that say something new; each appointment is a fact of its own."""
    due = [line for line in checked.lines if line.good and (line.is_new or line.changes)]
    desk = _Desk(scope, checked.plan.people, by)
    for done, line in enumerate(due, 1):
        desk.settle(line)
        progress("写入", done, len(due))


class _Desk:
    """Appoints one line after the other; people entered for one line are known to the next."""

    def __init__(self, scope: Scope, people: dict[tuple[str, str], Person], by: Any) -> None:
        self.scope, self.people, self.by = scope, people, by
        self.zones = dict(scope.zones)
        self.parts = {
            "staff": self._staff,
            "team": self._team,
            "instructors": self._instructor,
            "contacts": self._contact,
        }

    def settle(self, line: Line) -> None:
        """Carry out what one line says."""
        self.parts[line.facts["part"]](line, self._person(line))

    def _person(self, line: Line) -> Person:
        if line.facts["part"] == "team":
            return line.subject
        known = (line.text("name"), line.facts["mobile_index"])
        if known not in self.people:
            self.people[known] = members.enrol(
                line.text("name"), org=self.scope.committee, by=self.by, mobile=line.facts["mobile"]
            )
        return self.people[known]

    def _staff(self, line: Line, person: Person) -> None:
        self._appoint(line, person, self.scope.committee)
        if line.text("zone"):
            zone = self._zone(line.text("zone"))
            user = members.account_for(person, by=self.by)
            orgs.look_after(zone, user=user, on=self.scope.day, by=self.by)

    def _team(self, line: Line, person: Person) -> None:
        branch = line.facts["branch"]
        self._appoint(line, person, branch)
        if line.text("zone"):
            orgs.place_in_zone(branch, zone=self._zone(line.text("zone")), on=self.scope.day, by=self.by)

    def _instructor(self, line: Line, person: Person) -> None:
        self._appoint(line, person, self.scope.committee, full_time=line.facts["full_time"])
        if firm := line.facts["enterprise"]:
            user = members.account_for(person, by=self.by)
            orgs.visit(firm, user=user, branch=line.facts.get("branch"), on=self.scope.day, by=self.by)

    def _contact(self, line: Line, person: Person) -> None:
        self._appoint(line, person, line.facts["place"], enterprise=line.facts["enterprise"])

    def _appoint(self, line: Line, person: Person, org: Any, **facts: Any) -> Office:
        on = line.facts.get("since") or self.scope.day
        facts |= {"post": line.facts["office"], "title": line.text("post")}
        return members.appoint(person, org=org, on=on, by=self.by, **facts)

    def _zone(self, name: str) -> LiaisonZone:
        zone = self.zones.get(key(name))
        if zone is None:
            zone = orgs.open_zone(name, org=self.scope.committee, by=self.by)
            self.zones[key(name)] = zone
        return zone
