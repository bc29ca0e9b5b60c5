"""Cells of a roster row become facts of a person, or remarks that say what is wrong (domain.md §1.11, §4.1-4.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from dangqun.kernel.calendars import add_months
from dangqun.kernel.faults import Fault
from dangqun.kernel.identity import check_id_number, check_mobile, normal_id
from dangqun.kernel.sheets import clean_date, clean_name, clean_text
from dangqun.members.imports.lines import Line
from dangqun.members.imports.scope import Scope
from dangqun.members.models import Membership

# Faults of a number that a person may accept with a reason, because old papers really say so.
ACCEPTABLE = frozenset({"id_checksum", "id_birth", "id_format", "birth_mismatch", "sex_mismatch"})
STATES = {
    "正式党员": "full", "正式": "full", "中共党员": "full", "中共正式党员": "full", "党员": "full",
    "预备党员": "probationary", "预备": "probationary", "中共预备党员": "probationary",
}  # fmt: skip
SEXES = {"男": "男", "男性": "男", "女": "女", "女性": "女"}
PEOPLES = frozenset({
    "汉", "蒙古", "回", "藏", "维吾尔", "苗", "彝", "壮", "布依", "朝鲜", "满", "侗", "瑶", "白",
    "土家", "哈尼", "哈萨克", "傣", "黎", "傈僳", "佤", "畲", "高山", "拉祜", "水", "东乡", "纳西", "景颇",
    "柯尔克孜", "土", "达斡尔", "仫佬", "羌", "布朗", "撒拉", "毛南", "仡佬", "锡伯", "阿昌", "普米", "塔吉克", "怒",
    "乌孜别克", "俄罗斯", "鄂温克", "德昂", "保安", "裕固", "京", "塔塔尔", "独龙", "鄂伦春", "赫哲", "门巴", "珞巴", "基诺",
})  # fmt: skip
TEXTS = {
    "ethnicity": ("民族", 20),
    "education": ("学历", 20),
    "position": ("工作岗位", 40),
    "address": ("住址", 200),
}
DATES = {"born_on": "出生日期", "joined_on": "入党日期", "full_on": "转正日期"}
SPOILT = re.compile(r"\d+(\.\d+)?[eE]\+?\d+")
LANDLINE = re.compile(r"0\d{2,3}[-\s]?\d{7,8}|\d{7,8}")
MONTH = re.compile(r"\d{4}[-./年]\d{1,2}月?")
ID_FIELD = "id_number"


def read_member(line: Line, scope: Scope) -> None:
    """Turn the cells of one row into facts and remarks."""
    read_name(line)
    read_texts(line, TEXTS)
    if line.facts["ethnicity"] in PEOPLES:
        line.facts["ethnicity"] += "族"
    _dates(line, scope.day)
    _sex(line)
    _identity(line)
    _mobile(line)
    _state(line)
    _branch(line, scope)
    _enterprise(line, scope)


def read_name(line: Line) -> None:
    """Read the name of a person, of a roster or a list of officers."""
    name = clean_name(line.cells.get("name"))
    if not name:
        line.refuse("missing_name", "name", "没有姓名", "请补上姓名")
    elif len(name) > 40:
        line.refuse("too_long", "name", "姓名太长，最多 40 个字", "请改短")
    line.facts["name"] = name[:40]


def read_texts(line: Line, texts: Mapping[str, tuple[str, int]]) -> None:
    """Read plain texts: field → (label, the most characters)."""
    for field, (label, most) in texts.items():
        text = clean_text(line.cells.get(field))
        if len(text) > most:
            line.refuse("too_long", field, f"{label}太长，最多 {most} 个字", "请改短")
            text = ""
        line.facts[field] = text


def _dates(line: Line, today: date) -> None:
    for field, label in DATES.items():
        try:
            day = clean_date(line.cells.get(field))
        except Fault as fault:
            line.refuse(fault.code, field, f"{label}不是真实的日期", "请改成真实日期，如 2015-07-01")
            continue
        if day and day > today:
            line.refuse("date_in_future", field, f"{label}在今天以后", "请核对日期")
        elif day:
            line.facts[field] = day
    joined, full = line.facts.get("joined_on"), line.facts.get("full_on")
    if joined and full and full < joined:
        line.refuse("full_before_joined", "full_on", "转正日期早于入党日期", "请核对这两个日期")


def _sex(line: Line) -> None:
    text = clean_text(line.cells.get("sex"))
    line.facts["sex"] = SEXES.get(text, "")
    if text and text not in SEXES:
        line.refuse("bad_sex", "sex", "性别应当写男或女", "请改正")


def _identity(line: Line) -> None:
    raw = line.cells.get(ID_FIELD)
    if is_spoilt(raw):
        do = "请在原表里把这一列改成文本格式，重新填写号码后再导"
        line.refuse("id_spoilt", ID_FIELD, "身份证号被表格软件变成了科学计数，后几位已经丢失", do)
        return
    number = normal_id(clean_text(raw))
    if not number:
        do = "以后可以补，补之前按姓名和电话认人"
        line.warn("no_id", ID_FIELD, "没有身份证号", do)
        return
    line.facts[ID_FIELD] = number
    try:
        known = check_id_number(number)
    except Fault as fault:
        _accept_or_refuse(line, fault)
        return
    line.facts[ID_FIELD] = known.number
    if known.converted:
        line.warn("id_old", ID_FIELD, "15 位老号码已按规则升为 18 位", "请核对")
    _agrees(line, "born_on", known.born, Fault("birth_mismatch", "出生日期与身份证号不一致，请改其中一个"))
    _agrees(
        line, "sex", known.sex, Fault("sex_mismatch", "性别与身份证号不一致，请核对原件，改性别或身份证号")
    )


def is_spoilt(raw: Any) -> bool:
    """Whether a sheet turned a number of 18 digits into a float: Excel keeps 15 digits, the rest is lost."""
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return abs(raw) >= 1e15
    return isinstance(raw, str) and bool(SPOILT.fullmatch(raw.strip()))


def _accept_or_refuse(line: Line, fault: Fault) -> None:
    if line.accepted_because and fault.code in ACCEPTABLE:
        line.facts["id_accepted_because"] = line.accepted_because
    else:
        line.refuse_for(fault, ID_FIELD)


def _agrees(line: Line, field: str, derived: Any, fault: Fault) -> None:
    """Fill an empty cell from the ID number, or compare what was typed with it."""
    typed = line.facts.get(field)
    if any(mark.field == field and mark.hard for mark in line.remarks):
        return
    if not typed:
        line.facts[field] = derived
    elif typed != derived and not _only_month(line, field, typed, derived):
        if line.accepted_because:
            line.facts["id_accepted_because"] = line.accepted_because
        else:
            what, _, do = fault.sentence.partition("，")
            line.refuse(fault.code, field, what, do)


def _only_month(line: Line, field: str, typed: Any, derived: Any) -> bool:
    """A cell that means only a month (1990年5月) agrees with any of its days; the day is taken from the number.

    1990.10 typed as a number is stored by Excel as 1990.1, so that October reads as January.
    """
    if field != "born_on" or typed.day != 1:
        return False
    raw = line.cells.get(field)
    october = (
        isinstance(raw, float) and (typed.year, typed.month) == (derived.year, 1) and derived.month == 10
    )
    only_month = isinstance(raw, date | float) or bool(MONTH.fullmatch(clean_text(raw)))
    if not october and not (only_month and typed <= derived < add_months(typed, 1)):
        return False
    line.facts[field] = derived
    return True


def _mobile(line: Line) -> None:
    text = clean_text(line.cells.get("mobile"))
    line.facts["mobile"] = ""
    if not text:
        return
    try:
        line.facts["mobile"] = check_mobile(text)
    except Fault as fault:
        if LANDLINE.fullmatch(text):
            line.warn("landline", "mobile", "这是座机号码，没有导入", "请以后补上手机号码")
        else:
            line.refuse_for(fault, "mobile")


def _state(line: Line) -> None:
    text = clean_text(line.cells.get("state"))
    joined, full = line.facts.get("joined_on"), line.facts.get("full_on")
    if text and text not in STATES:
        line.refuse("bad_state", "state", "人员类别应当是正式党员或预备党员", "请改正")
        return
    state = STATES.get(text) or (Membership.State.FULL if full else "")
    if not state:
        line.refuse("missing_state", "state", "没有人员类别", "请写正式党员或预备党员")
        return
    line.facts["state"] = state
    if state == Membership.State.PROBATIONARY and full:
        line.refuse("state_mismatch", "state", "写的是预备党员，又有转正日期", "请改其中一个")
    if not joined and not line.cells.get("joined_on"):
        line.warn("no_joining_date", "joined_on", "没有入党日期", "请以后补上")


def _branch(line: Line, scope: Scope) -> None:
    written = clean_text(line.cells.get("branch"))
    if not written and "branch" not in line.letters and scope.branch(line.sheet):
        written = line.sheet
    firm = scope.enterprise(clean_text(line.cells.get("enterprise")))
    if written:
        branch = scope.branch(written)
        if branch is None:
            near = "、".join(each.name for each in scope.branches_like(written))
            do = f"可能是：{near}" if near else "请核对名称，新支部请先导入企业和支部"
            line.refuse("unknown_branch", "branch", "找不到这个党支部", do)
    else:
        branch = scope.only_branch_of(firm) if firm else None
        if branch is None:
            line.refuse("missing_branch", "branch", "没有写所在党支部", "请补上党支部全称")
    line.facts["branch"] = branch


def _enterprise(line: Line, scope: Scope) -> None:
    written, branch = clean_text(line.cells.get("enterprise")), line.facts.get("branch")
    firm = scope.enterprise(written) if written else None
    line.facts["enterprise"] = firm
    if written and firm is None:
        line.warn("unknown_enterprise", "enterprise", "企业名册里没有这家企业，单位没有导入", "请核对名称")
    elif firm and branch and branch.pk not in scope.covers.get(firm.pk, ()):
        line.warn(
            "enterprise_elsewhere", "enterprise", "这家企业不在所写党支部的覆盖范围内", "请核对单位或党支部"
        )
