"""Whatever habit a row is typed in (blanks, full-width signs, six kinds of dates), it means what the clean row means."""

from __future__ import annotations

from datetime import date, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangqun.kernel.crypto import blind_index
from dangqun.members.imports.lines import Line
from dangqun.members.imports.roster import check
from dangqun.members.imports.scope import Scope
from dangqun.members.imports.tests import town
from dangqun.orgs.access import Actor

BLANKS = st.sampled_from(["", "", "", " ", "\u3000", "\u00a0", "\t", "\n", "\u200b", "\ufeff", "\u202d"])
FIELDS = ("name", "sex", "id_number", "born_on", "state", "joined_on", "full_on", "mobile", "branch")
MEANT = (*FIELDS, "id_index", "mobile_index")
SETTINGS = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def wide(sign):
    """Return the full-width twin of an ASCII sign."""
    return chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign


@st.composite
def typed(draw, text, *, inside=True):
    """A text as people type it: signs full-width here and there, blanks at the ends and, if so, inside."""
    signs = [wide(sign) if draw(st.booleans()) else sign for sign in text]
    blanks = [draw(BLANKS) if inside or at in (0, len(signs)) else "" for at in range(len(signs) + 1)]
    return "".join(map(str.__add__, blanks, [*signs, ""]))


@st.composite
def number(draw, text):
    """An ID number as people type it."""
    quoted = draw(st.sampled_from(["", "'", "‘", "`"])) + draw(typed(text))
    return quoted.lower() if draw(st.booleans()) else quoted


@st.composite
def phone(draw, text):
    """A mobile number as people type it: with the country, in groups, or as a number of Excel."""
    if draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from([int(text), float(text)]))
    grouped = draw(st.sampled_from([text, f"{text[:3]}-{text[3:7]}-{text[7:]}", f"{text[:3]} {text[3:]}"]))
    return draw(st.sampled_from(["", "+86", "86", "0086 "])) + draw(typed(grouped))


@st.composite
def day(draw, meant):
    """A day in one of the habits of domain.md §4, as text, as a number or as a real date."""
    texts = (
        meant.isoformat(),
        f"{meant.year}.{meant.month}.{meant.day}",
        f"{meant.year}/{meant.month:02}/{meant.day:02}",
        f"{meant.year}年{meant.month}月{meant.day}日",
        f"{meant:%Y%m%d}",
    )
    others = (meant, datetime(meant.year, meant.month, meant.day), (meant - date(1899, 12, 30)).days)
    return draw(st.sampled_from(others) | st.sampled_from(texts).flatmap(typed))


@st.composite
def rows(draw, branch):
    """A clean row and the same row as somebody types it."""
    born = draw(st.dates(date(1930, 1, 1), date(1990, 12, 31)))
    serial = draw(st.integers(0, 999))
    joined = date(born.year + 19, draw(st.integers(1, 12)), draw(st.integers(1, 28)))
    full = date(joined.year + 1, joined.month, joined.day)
    name = draw(st.sampled_from(["汪小满", "李明", "欧阳一苇", "阿依古丽·买买提", "John Smith"]))
    text = {
        "name": name,
        "sex": "男" if serial % 2 else "女",
        "id_number": town.id_number(born, serial),
        "state": "正式党员",
        "mobile": f"199{draw(st.integers(0, 99_999_999)):08d}",
        "branch": branch,
    }
    clean = text | {"born_on": born, "joined_on": joined, "full_on": full}
    messy = {
        "name": draw(typed(name, inside=not name.isascii())),
        "sex": draw(typed(text["sex"], inside=False)),
        "id_number": draw(number(text["id_number"])),
        "state": draw(typed(text["state"], inside=False)),
        "mobile": draw(phone(text["mobile"])),
        "branch": draw(typed(branch)),
        "born_on": draw(day(born)),
        "joined_on": draw(day(joined)),
        "full_on": draw(day(full)),
    }
    return clean, messy


@SETTINGS
@given(st.data())
def test_a_row_typed_in_any_habit_means_what_the_clean_row_means(clerk, branch, data):
    clean, messy = data.draw(rows(branch))
    scope = Scope(Actor.of(clerk))
    lines = [Line("表", 2, cells, {}) for cells in (clean, messy)]
    for line in lines:
        check([line], scope)
    wanted, found = lines
    assert [mark.code for mark in wanted.remarks] == []
    assert [mark.code for mark in found.remarks] == []
    assert {key: found.facts[key] for key in MEANT} == {key: wanted.facts[key] for key in MEANT}
    assert wanted.facts["id_index"] == blind_index("identity", clean["id_number"])
