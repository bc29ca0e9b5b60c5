"""Export of the roster, in the order of the official columns as far as they are not sensitive (domain.md §4.1)."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet

from dangqun.kernel.calendars import age_on, party_years
from dangqun.kernel.sheets import Column
from dangqun.members.models import Membership, Person, Reveal

ROSTER = (
    Column("number", "序号", width=6),
    Column("name", "姓名", width=12),
    Column("sex", "性别", width=6),
    Column("ethnicity", "民族", width=8),
    Column("born_on", "出生日期", width=12),
    Column("age", "年龄", width=6),
    Column("education", "学历", width=10),
    Column("state", "人员类别", width=10),
    Column("branch", "所在党支部", width=36),
    Column("enterprise", "所在企业", width=32),
    Column("joined_on", "入党日期", width=12),
    Column("full_on", "转正日期", width=12),
    Column("position", "工作岗位", width=14),
    Column("post", "党内职务", width=12),
    Column("years", "党龄", width=6),
)
READ = (
    "name", "sex", "ethnicity", "born_on", "education", "state", "org__name", "enterprise__name", "joined_on", "full_on",
    "position", "post",
)  # fmt: skip


def roster_lines(people: QuerySet[Person], on: date) -> Iterator[Sequence[Any]]:
    """Yield one line a person (with `state` and `post`, as roster.with_standing gives them), with constant memory.

    Columns alone are read, no rows of the models: half the time of a hundred thousand lines.
    """
    return _lines(people.select_related(None).values_list(*READ).iterator(chunk_size=2000), on)


def _lines(facts: Iterable[tuple[Any, ...]], on: date) -> Iterator[Sequence[Any]]:
    states = dict(Membership.State.choices)
    for number, told in enumerate(facts, 1):
        name, sex, ethnicity, born_on, education, state, branch, firm, joined_on, full_on, position, post = (
            told
        )
        yield (
            number,
            name,
            sex,
            ethnicity,
            born_on,
            age_on(born_on, on) if born_on else "",
            education,
            states.get(state, ""),
            branch,
            firm or "",
            joined_on,
            full_on,
            position,
            post or "",
            party_years(full_on, on) if full_on else "",
        )


def _facts_of(person: Any) -> tuple[Any, ...]:
    """Return what `READ` names, of a person who was read whole."""
    firm = person.enterprise.name if person.enterprise else ""
    places = {"org__name": person.org.name, "enterprise__name": firm}
    return tuple(places[name] if name in places else getattr(person, name) for name in READ)


def full_roster(
    people: Sequence[Person], fields: Collection[str], on: date
) -> tuple[list[Column], Iterator[Sequence[Any]]]:
    """Return columns and lines of the roster with sensitive values (names of Reveal.Field) behind the others."""
    chosen = [each for each in Reveal.Field if each in fields]
    columns = [*ROSTER, *(Column(each.value, each.label, width=24) for each in chosen)]
    lines = (
        (*line, *(value.open_or_say() if (value := getattr(person, each)) else "" for each in chosen))
        for person, line in zip(people, _lines(map(_facts_of, people), on), strict=True)
    )
    return columns, lines
