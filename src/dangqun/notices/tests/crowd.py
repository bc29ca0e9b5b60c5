"""Many people at once, for tests that count queries."""

from datetime import date
from uuid import uuid4

from dangqun.kernel.names import initials, pinyin_key, stroke_key
from dangqun.members.models import Membership, Person
from dangqun.orgs.models import Org


def crowd(world, count):
    """Let so many members join the branches, one after the other."""
    branches = list(Org.objects.branches().order_by("pk"))
    keys = {"pinyin_key": pinyin_key("周全"), "stroke_key": stroke_key("周全"), "initials": initials("周全")}
    people = Person.objects.bulk_create(
        Person(
            uid=uuid4(),
            name=f"周全{number}",
            org=branches[number % len(branches)],
            joined_on=date(2010, 7, 1),
            **keys,
        )
        for number in range(count)
    )
    Membership.objects.bulk_create(
        Membership(
            person=person, branch_id=person.org_id, state=Membership.State.FULL, starts_on=date(2020, 1, 1)
        )
        for person in people
    )


def branch_out(world, count):
    """Open so many more branches under the first park."""
    park = world.parks["东园"]
    Org.objects.bulk_create(
        Org(
            kind="branch",
            formation="own",
            name=f"第{n}党支部",
            short_name=f"第{n}党支部",
            path=f"{park.path}{90_000 + n}/",
            park_number=park.number,
            number=n + 10,
        )
        for n in range(count)
    )
