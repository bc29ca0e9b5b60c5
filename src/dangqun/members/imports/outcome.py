"""What the report shows: five figures, each of which opens its rows (新增, 改动, 无变化, 没有导入, 表中没有)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dangqun.members.imports.kinds import Kind
from dangqun.members.models import Import

Shown = dict[str, Any]
Row = dict[str, Any]


def outcome(run: Import, kind: Kind, shown: Shown | None, query: Mapping[str, str]) -> dict[str, Any]:
    """Return the figures with the chosen one, its rows, and what deserves a look; no rows when their time is over."""
    figures = run.figures
    counts = {
        "new": ("新增", figures["new"]),
        "changed": ("改动", figures["changed"]),
        "same": ("无变化", figures["same"]),
        "refused": ("没有导入", figures["refused"] + figures["skipped"]),
        "missing": ("表中没有", figures["missing"]),
    }
    show = query.get("show", "")
    if show not in counts:
        show = next((each for each in ("refused", "changed", "new", "same") if counts[each][1]), "new")
    units = {"refused": "行", "missing": "个"}
    cells = [(name, word, count, units.get(name, kind.unit)) for name, (word, count) in counts.items()]
    return {
        "run": run,
        "kind": kind,
        "shown": shown is not None,
        "cells": cells,
        "show": show,
        "word": counts[show][0],
        "rows": ROWS[show](shown) if shown else [],
        "late": [each for each in shown["problems"] if _is_late(each)] if shown else [],
        "warnings": [each for each in shown["difference"]["warnings"] if each["sentences"]] if shown else [],
    }


def _is_late(problem: Row) -> bool:
    return not problem["bad"] and not problem["skipped"]


def _new(shown: Shown) -> list[Row]:
    return shown["difference"]["new"]


def _changed(shown: Shown) -> list[Row]:
    return shown["difference"]["changed"]


def _same(shown: Shown) -> list[Row]:
    """Return rows that changed nothing, by what their cells say."""
    found = []
    for sheet in shown["sheets"]:
        at = _column(sheet["labels"], ("姓名", "企业名称"))
        place = _column(sheet["labels"], ("所在党支部", "党支部", "所属党组织"))
        for number, deed, texts, _ in sheet["rows"]:
            if deed == "same":
                row = {"sheet": sheet["title"], "row": number, "name": texts[at] if at is not None else ""}
                found.append(row | {"place": texts[place] if place is not None else ""})
    return found


def _column(labels: list[str], wanted: tuple[str, ...]) -> int | None:
    return next((at for at, label in enumerate(labels) if label in wanted), None)


def _refused(shown: Shown) -> list[Row]:
    titles = [sheet["title"] for sheet in shown["sheets"]]
    return [
        each | {"sheet": titles[each["sheet"]], "remarks": [mark for mark in each["remarks"] if mark["bad"]]}
        for each in shown["problems"]
        if each["bad"] or each["skipped"]
    ]


def _missing(shown: Shown) -> list[Row]:
    return [{"place": place, "name": name} for place, names in shown["difference"]["missing"] for name in names]  # fmt: skip


ROWS: dict[str, Callable[[Shown], list[Row]]] = {
    "new": _new,
    "changed": _changed,
    "same": _same,
    "refused": _refused,
    "missing": _missing,
}
