"""What the walk of every URL needs: rows of one's own branch and of another, and who may reach each.

Every route with a row in its address needs an entry; a route that several roles may use needs a row that one of them
does not reach (tests/test_house.py fails otherwise).
"""

from __future__ import annotations

from typing import Any

from dangqun.notices import rules as notices
from dangqun.notices.audience import Audience
from tests import (
    samples_accounts,
    samples_ladder,
    samples_notices,
    samples_papers,
    samples_reveal,
    samples_tasks,
)

READERS = frozenset({"office", "committee_member", "instructor", "secretary"})


def samples(world: Any) -> dict[str, list[tuple[dict[str, Any], frozenset[str]]]]:
    """For every route with an object: own and other objects, each with the roles that may reach it."""
    own, other = world.branches["甲"], world.branches["丙"]
    firm, far = world.enterprises["恒丰机械有限公司"], world.enterprises["长青食品有限公司"]
    mine, theirs = world.person["孟庆华"], world.person["左小海"]
    here, there = _notice(world, own), _notice(world, other)
    drafted = notices.save_draft(None, {"title": "草稿", "body": "<p>写</p>"}, by=world.user["office"])
    waiting = world.waiting_grant()
    held = world.user["member"].sign_ins.open().first()
    org_own = READERS | {"member"}
    office = frozenset({"office"})
    activators = frozenset({"office", "secretary"})
    return (
        {
            "org": [({"pk": own.pk}, org_own), ({"pk": other.pk}, frozenset({"office", "stranger"}))],
            "enterprise": [
                ({"pk": firm.pk}, org_own | {"enterprise_rep"}),
                ({"pk": far.pk}, frozenset({"office", "stranger"})),
            ],
            "org-appoint": [({"pk": own.pk}, office), ({"pk": other.pk}, office)],
            "org-open-branch": [({"pk": world.parks["东园"].pk}, office)],
            "org-close": [({"pk": own.pk}, office)],
            "person": [({"pk": mine.pk}, READERS), ({"pk": theirs.pk}, frozenset({"office", "stranger"}))],
            "issue-code": [
                ({"pk": mine.pk}, activators),
                ({"pk": theirs.pk}, frozenset({"office", "stranger"})),
            ],
            "issue-codes": [
                ({"pk": own.pk}, activators),
                ({"pk": other.pk}, frozenset({"office", "stranger"})),
            ],
            "staff-close": [({"pk": world.person_of("auditor").pk}, frozenset({"system_admin"}))],
            "grant-confirm": [({"pk": waiting.pk}, frozenset({"security_admin"}))],
            "grant-end": [({"pk": waiting.pk}, frozenset({"security_admin"}))],
            "me-devices-end": [({"pk": held.pk}, frozenset({"member"}))],
            "notice": [
                ({"pk": here.pk}, READERS | {"member"}),
                ({"pk": there.pk}, frozenset({"office", "stranger"})),
            ],
            "attachment": [
                ({"pk": here.pk, "file": here.attachments.get().pk}, READERS | {"member"}),
                ({"pk": there.pk, "file": there.attachments.get().pk}, frozenset({"office", "stranger"})),
            ],
            "notice-branches": [
                (
                    {"pk": world.parks["东园"].pk},
                    frozenset({"office", "committee_member", "secretary", "other_secretary"}),
                ),
                (
                    {"pk": world.parks["西园"].pk},
                    frozenset({"office", "stranger", "joint_secretary"}),
                ),
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
            "notice-export": [
                ({"pk": here.pk}, READERS),
                ({"pk": there.pk}, frozenset({"office", "stranger"})),
            ],
        }
        | samples_tasks.samples(world)
        | world.import_samples()
        | world.change_samples()
        | samples_accounts.samples(world)
        | samples_papers.samples(world, here, there)
        | samples_reveal.samples(world)
        | samples_ladder.samples(world)
        | samples_notices.samples(world, here, there, lambda branch: _notice(world, branch))
    )


def _notice(world: Any, branch: Any) -> Any:
    facts = {
        "title": f"{branch}通知",
        "body": "<p>内容</p>",
        "audience": Audience(orgs=(branch.pk,)).stored(),
    }
    drafted = notices.save_draft(None, facts, by=world.user["office"])
    notices.attach(drafted, "说明.txt", "请核对。".encode(), by=world.user["office"])
    return notices.publish(drafted, by=world.user["office"])
