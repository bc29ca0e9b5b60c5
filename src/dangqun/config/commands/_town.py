"""Workbooks of an invented zone of any size, as offices write them; `demo --size` imports them by the ordinary import.

Every name, number and enterprise is made up from a seed: area code 340899 belongs to no county.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

import xlsxwriter

from dangqun.kernel.identity import CREDIT_ALPHABET, check_digit, credit_check

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任"
)
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建文辉力志国玉兰梅红新海燕春荣宁东立云飞凯琴莉晓雪峰"
FIRMS = "恒泰顺祥嘉宏安兴远达长青明德三和华瑞金鼎永盛同创联丰正元新汇百川东方万里天成中信博源"
TRADES = ("机械", "纺织", "食品", "包装", "建材", "电子", "塑料制品", "农机", "服饰", "化工", "印务", "物流")
EDUCATION = ("初中", "高中", "中专", "大专", "大学本科", "研究生")
WORK = ("技术员", "生产一线职工", "中层管理人员", "财务人员", "企业负责人", "销售人员")
PARKS = "连城新楼横埠石溪柳塘北湖东岗西岭南桥云台枫林白沙青山金水长岭"
NUMBERS = "一二三四五六七八九十"
# fmt: off
ROSTER = (
    "序号", "姓名", "性别", "民族", "公民身份号码", "出生日期", "学历", "人员类别", "加入党组织日期", "转为正式党员日期",
    "工作岗位", "联系电话", "所在企业", "所在党支部",
)
FIRM_HEAD = (
    "序号", "企业名称", "统一社会信用代码", "所在园区", "职工人数", "年产值（万元）", "年纳税（万元）", "所属党组织",
)
# fmt: on
MEMBERS_A_BRANCH, FIRMS_A_JOINT_BRANCH, JOINT_EVERY, BRANCHES_A_PARK, BRANCHES_A_ZONE = 6, 5, 8, 34, 40
START = date(2026, 3, 1)

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Branch:
    """One branch: its park, its enterprises and its members' roster rows."""

    name: str
    park: str
    firms: tuple[str, ...]


def workbooks(members: int, seed: int = 20260301) -> list[tuple[str, str, bytes]]:
    """Return (kind, file name, bytes) of three workbooks for a zone of so many members, in the order of importing."""
    dice = Random(seed)
    branches = list(_branches(max(2, members // MEMBERS_A_BRANCH), dice))
    roster = list(_roster(members, branches, dice))
    firms = [(number, firm, branch) for number, (firm, branch) in enumerate(_firms(branches), 1)]
    parks = dict.fromkeys(branch.park for branch in branches)
    return [
        (
            "organisations",
            "organisations.xlsx",
            book({"企业基本情况": [FIRM_HEAD, *_firm_rows(firms, dice)]}),
        ),
        (
            "members",
            "roster.xlsx",
            book({park: [ROSTER, *(row for p, row in roster if p == park)] for park in parks}),
        ),
        ("officers", "officers.xlsx", book(_officers(branches, firms, [row for _, row in roster], dice))),
    ]


def _branches(wanted: int, dice: Random) -> Iterator[Branch]:
    trades = [f"{a}{b}{trade}" for trade in TRADES for a in FIRMS for b in FIRMS if a != b]
    names = iter(dice.sample(trades, len(trades)))
    for number in range(wanted):
        park = f"{_park(number // BRANCHES_A_PARK)}园区"
        joint = number % JOINT_EVERY == JOINT_EVERY - 1
        firms = tuple(f"{next(names)}有限公司" for _ in range(FIRMS_A_JOINT_BRANCH if joint else 1))
        name = f"{park}第{_chinese(number % BRANCHES_A_PARK + 1)}联合党支部" if joint else f"{firms[0]}党支部"
        yield Branch(name, park, firms)


def _firms(branches: list[Branch]) -> Iterator[tuple[str, Branch]]:
    return ((firm, branch) for branch in branches for firm in branch.firms)


def _firm_rows(firms: list[tuple[int, str, Branch]], dice: Random) -> Iterator[Row]:
    for number, firm, branch in firms:
        body = f"91340899{''.join(dice.choices(CREDIT_ALPHABET, k=9))}"
        output = round(dice.uniform(800, 60_000), 1)
        staff, tax = dice.randint(20, 900), round(output * 0.03, 1)
        yield number, firm, body + credit_check(body), branch.park, staff, output, tax, branch.name


def _roster(members: int, branches: list[Branch], dice: Random) -> Iterator[tuple[str, Row]]:
    used: set[str] = set()
    for serial in range(members):
        branch = branches[serial % len(branches)]
        born = date(1952, 1, 1) + timedelta(days=dice.randrange(17_000))
        joined = born + timedelta(days=dice.randint(8_000, 10_500))
        probationary = dice.random() < 0.03
        joined = (
            START - timedelta(days=dice.randint(1, 300)) if probationary else min(joined, date(2024, 6, 1))
        )
        number = _id_number(born, dice, used)
        yield (
            branch.park,
            (
                serial + 1, _name(dice), "男" if int(number[16]) % 2 else "女", "汉族", number, born.isoformat(),
                dice.choice(EDUCATION), "预备党员" if probationary else "正式党员", joined.isoformat(),
                "" if probationary else (joined + timedelta(days=366)).isoformat(), dice.choice(WORK),
                f"199{serial + 10_000_000:08d}", dice.choice(branch.firms), branch.name,
            ),
        )  # fmt: skip


def _officers(
    branches: list[Branch], firms: list[tuple[int, str, Branch]], roster: list[Row], dice: Random
) -> dict[str, list[Row]]:
    zones = -(-len(branches) // BRANCHES_A_ZONE)
    staff = [("综合党委书记", ""), ("综合党委副书记", "")]
    staff += [("党委委员", f"第{_chinese(zone + 1)}片区") for zone in range(zones)]
    staff += [("办公室主任", ""), ("办公室干事", "")]
    instructors = [
        (_name(dice), f"197{n + 10_000_000:08d}", "专职" if n % 3 else "兼职") for n in range(2 * zones)
    ]
    team = []
    for number, branch in enumerate(branches):
        for row, post in zip(roster[number :: len(branches)][:2], ("书记", "副书记"), strict=False):
            since = date(2024, 3, 1) + timedelta(days=number % 400)
            zone = f"第{_chinese(number // BRANCHES_A_ZONE + 1)}片区"
            team.append((branch.name, zone, post, row[1], row[11], since.isoformat()))
    visits = [(*instructors[n % len(instructors)], firm, branch.name) for n, firm, branch in firms]
    contacts = [(firm, _name(dice), "人事主管", f"196{n + 10_000_000:08d}") for n, firm, _ in firms]
    told = [(_name(dice), post, f"198{n + 10_000_000:08d}", zone) for n, (post, zone) in enumerate(staff)]
    return {
        "综合党委": [("姓名", "职务", "手机号码", "联系片区"), *told],
        "支部班子": [("党支部", "片区", "职务", "姓名", "手机号码", "任职日期"), *team],
        "党建指导员": [("姓名", "手机号码", "专职/兼职", "联系企业", "联系党支部"), *visits],
        "企业联系人": [("企业名称", "姓名", "职务", "手机号码"), *contacts],
    }


def book(sheets: dict[str, list[Row]]) -> bytes:
    """Return a workbook of these sheets."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_numbers": False})
    for title, rows in sheets.items():
        sheet = book.add_worksheet(title)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()


def _id_number(born: date, dice: Random, used: set[str]) -> str:
    while True:
        body = f"340899{born:%Y%m%d}{dice.randrange(1, 1000):03d}"
        if body not in used:
            used.add(body)
            return body + check_digit(body)


def _name(dice: Random) -> str:
    return dice.choice(SURNAMES) + "".join(dice.choices(GIVEN, k=dice.choice((1, 2, 2))))


def _park(number: int) -> str:
    names = [PARKS[start : start + 2] for start in range(0, len(PARKS), 2)]
    more = number // len(names)
    return names[number % len(names)] + (_chinese(more + 1) + "期" if more else "")


def _chinese(number: int) -> str:
    """1 → 一, 12 → 十二, 34 → 三十四."""
    tens, ones = divmod(number, 10)
    head = {0: "", 1: "十"}.get(tens, f"{NUMBERS[tens - 1]}十")
    return head + (NUMBERS[ones - 1] if ones else "")
