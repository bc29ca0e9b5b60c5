"""Rows of 重设登录 and of orphaned accounts for the walk."""

from __future__ import annotations

from typing import Any

from dangqun.accounts.models import User
from dangqun.members.rules import resets


def samples(world: Any) -> dict[str, Any]:
    """Return samples of 重设登录: whose may be asked for by whom, and one that waits for each who confirms."""
    system, guard, witness = ({role} for role in ("system_admin", "security_admin", "auditor"))
    admin = world.user["system_admin"]
    clerk, guards, member = (world.person_of(role) for role in ("office", "security_admin", "member"))
    for person in (clerk, guards):
        resets.ask(person, by=admin)
    waiting, hers = clerk.activations.get(), guards.activations.get()
    orphan = User.objects.create(username="meirenguan", name="无人")
    rows = {
        "staff-reset": (clerk.pk, system),
        "staff-orphan": (orphan.pk, system),
        "person-reset": (member.pk, {"office"}),
        "grant-reset": (world.person_of("system_admin").pk, guard),
        "grant-reset-confirm": (waiting.pk, guard),
        "grant-reset-refuse": (waiting.pk, guard),
        "witness-confirm": (hers.pk, witness),
        "witness-refuse": (hers.pk, witness),
    }
    return {name: [({"pk": pk}, frozenset(roles))] for name, (pk, roles) in rows.items()}
