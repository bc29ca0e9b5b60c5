"""The three kinds of import in the order in which an empty platform is filled: organisations, members, officers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dangqun.kernel.rules import RuleBroken
from dangqun.kernel.sheets import Column
from dangqun.members.imports import columns, officers, organisations, roster
from dangqun.members.imports.lines import Checked


@dataclass(frozen=True)
class Kind:
    """One kind of import: its words, its columns, how it is checked and stored."""

    name: str
    label: str
    unit: str
    title: str
    intro: str
    columns: tuple[Column, ...]
    labels: dict[str, str]
    check: Callable[..., Checked]
    store: Callable[..., None]

    @cached_property
    def headings(self) -> dict[str, str]:
        """Headings known and passed over, unless this kind imports them."""
        known = {name for column in self.columns for name in (column.title, *column.aliases)}
        return {key: field for key, field in columns.not_imported().items() if key not in known}

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Field keys with their labels, for choosing a column by hand."""
        return [(column.key, column.title) for column in self.columns]


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "organisations",
            "企业和支部",
            "家企业",
            "企业和党组织情况表",
            "一行一家企业，写明所在园区和所属党支部。园区和党支部由此建立。",
            columns.ORGANISATIONS,
            organisations.LABELS,
            organisations.check,
            organisations.store,
        ),
        Kind(
            "members",
            "党员",
            "人",
            "党员花名册",
            "一行一名党员，写明所在党支部全称。同一个人再次导入只更新有变的内容。",
            columns.MEMBERS,
            roster.LABELS,
            roster.check,
            roster.store,
        ),
        Kind(
            "officers",
            "班子和指导员",
            "条任职",
            "班子和指导员名单",
            "四张表：综合党委、支部班子、党建指导员、企业联系人。支部班子按姓名和手机号对应党员名册。",
            columns.OFFICERS,
            officers.LABELS,
            officers.check,
            officers.store,
        ),
    )
}


def kind_of(name: Any) -> Kind:
    """Return a kind by its name. Raises RuleBroken for an unknown one."""
    if name not in KINDS:
        raise RuleBroken("没有这一种导入，请从导入页重新选择。")
    return KINDS[name]
