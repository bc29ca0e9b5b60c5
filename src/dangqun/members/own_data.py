"""Everything that the platform holds about one person, as sheets for herself (PIPL §45); other rooms add theirs.

A room above hands in a provider in config/wiring.py: `provide(sheet)`, where `sheet(person)` returns a Section.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dangqun.kernel.crypto import Sealed
from dangqun.kernel.sheets import Column
from dangqun.members import looks
from dangqun.members.models import Person

FIELDS = (
    "name", "sex", "born_on", "ethnicity", "education", "id_number", "id_accepted_because", "mobile", "address",
    "joined_on", "full_on", "position", "uses_phone", "enterprise", "org",
)  # fmt: skip
WIDTH = 28


@dataclass(frozen=True)
class Section:
    """One sheet: its title, headings, rows."""

    title: str
    headings: tuple[str, ...]
    rows: Iterable[Sequence[Any]]


Provider = Callable[[Person], Section]

_providers: list[Provider] = []


def provide(provider: Provider) -> None:
    """Add a room's sheet; called in config/wiring.py alone."""
    if provider not in _providers:
        _providers.append(provider)


def tables(person: Person) -> Iterator[tuple[str, list[Column], Iterable[Sequence[Any]]]]:
    """Yield the sheets as `kernel.sheets.write_tables` takes them."""
    own = (_file, _memberships, _offices, _account, _requests, _looks)
    for provider in (*own, *_providers):
        held = provider(person)
        columns = [Column(str(at), title, width=WIDTH) for at, title in enumerate(held.headings)]
        yield held.title, columns, held.rows


def _file(person: Person) -> Section:
    return Section(
        "资料", ("项目", "内容"), [(looks.field_words([key]), _plain(getattr(person, key))) for key in FIELDS]
    )


def _memberships(person: Person) -> Section:
    found = person.memberships.newest_first().select_related("branch")
    rows = [
        (
            each.get_state_display(),
            each.branch.name,
            each.starts_on,
            each.ends_on,
            each.get_ended_reason_display(),
        )
        for each in found
    ]
    return Section("党籍", ("人员类别", "党支部", "起", "止", "减少原因"), rows)


def _offices(person: Person) -> Section:
    found = person.offices.newest_first().select_related("org", "enterprise")
    rows = [
        (str(each), str(each.enterprise or each.org.name), each.starts_on, each.ends_on) for each in found
    ]
    return Section("任职", ("职务", "在哪里", "起", "止"), rows)


def _account(person: Person) -> Section:
    codes = person.activations.select_related("issued_by").order_by("-pk")
    rows: list[Sequence[Any]] = [
        ("激活码", str(each.issued_by or "安装平台的人"), each.issued_at, each.used_at or "")
        for each in codes
    ]
    if person.account:
        rows.insert(0, ("账号", person.account.username, person.account.activated_at or "", ""))
        sign_ins = person.account.sign_ins.order_by("-pk")
        rows += [
            ("登录", f"{each.device} {each.network}", each.started_at, each.ended_at or "")
            for each in sign_ins
        ]
    return Section("账号和登录", ("类别", "内容", "起", "止"), rows)


def _requests(person: Person) -> Section:
    rows = [
        (
            each.get_field_display(),
            _plain(each.value),
            each.note,
            each.asked_at,
            each.get_outcome_display(),
            each.answer,
        )
        for each in person.correction_requests.order_by("-pk")
    ]
    return Section("更正申请", ("更正哪一项", "应当是", "依据", "写的时间", "结果", "答复"), rows)


def _looks(person: Person) -> Section:
    rows = (
        (each.at, each.who, each.post, each.what, each.why) for each in looks.told(looks.looks_at(person))
    )
    return Section("谁看过我的信息", ("时间", "谁", "职务", "做了什么", "理由"), rows)


def _plain(value: Any) -> Any:
    if isinstance(value, Sealed):
        return value.open_or_say()
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else value if hasattr(value, "isoformat") else str(value)
