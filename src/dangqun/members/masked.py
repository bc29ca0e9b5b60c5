"""The three masked values of a person as her page shows them: mask, 查看, and the value while a reveal is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from dangqun.kernel.crypto import Sealed
from dangqun.members.models import Person, Reveal
from dangqun.members.rules.reveal import NEEDS
from dangqun.orgs.access import Actor

SLUGS = {"mobile": Reveal.Field.MOBILE, "id": Reveal.Field.ID_NUMBER, "address": Reveal.Field.ADDRESS}


@dataclass(frozen=True)
class Secret:
    """One value: `sealed` is "" when she has none; `opened` is the reveal by which the actor may see it now."""

    slug: str
    label: str
    sealed: Sealed | str
    may_open: bool
    opened: Reveal | None
    seconds: int = 0

    @property
    def minutes(self) -> int:
        """The rest of its time in minutes, the last one begun."""
        return -(-self.seconds // 60)

    @property
    def reveal_route(self) -> str:
        """The name of the route that opens it."""
        return f"person-reveal-{self.slug}"

    @property
    def shown(self) -> str:
        """Return the value in clear while it is open, else the mask; a damaged one says so."""
        if self.opened is not None and isinstance(self.sealed, Sealed):
            return self.sealed.open_or_say()
        return str(self.sealed)


def secrets_of(person: Person, actor: Actor) -> dict[str, Any]:
    """Return the masked values for the page that `actor` opens, and in how many seconds the first one closes.

    One query. A reveal counts only while its maker still holds the permission for it.
    """
    now = timezone.now()
    held = {each.field: each for each in _open(person, actor, now)}
    found = [_secret(person, actor, slug, held, now) for slug in SLUGS]
    rest = [each.seconds for each in found if each.opened]
    return {
        "secrets": found,
        "closes_in": min(rest) if rest else 0,
        "is_own": person.account_id == actor.user.pk,
    }


def _secret(person: Person, actor: Actor, slug: str, held: dict[str, Reveal], now: datetime) -> Secret:
    field = SLUGS[slug]
    may = actor.covers(NEEDS[field], person.org.path)
    opened = held.get(field) if may else None
    seconds = max(1, int((opened.until - now).total_seconds())) if opened else 0
    return Secret(slug, field.label, getattr(person, field), may, opened, seconds)


def _open(person: Person, actor: Actor, now: datetime) -> list[Reveal]:
    """Return the open reveals, the one that ends last at the end, so that it is the one that counts."""
    if not any(actor.can(each) for each in set(NEEDS.values())):
        return []
    return list(Reveal.objects.own(actor).filter(person=person).open(now).order_by("until"))
