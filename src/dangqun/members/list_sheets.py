"""Lists as workbooks: 组织体系, 覆盖情况, 片区, 工作人员, 授权, in the rows and the order of their pages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from dangqun.kernel.sheets import Column
from dangqun.members.models import Person
from dangqun.members.tree import Node
from dangqun.orgs.models import Enterprise, Grant

ORGS = (
    Column("number", "序号", width=6),
    Column("kind", "类别", width=10),
    Column("name", "党组织", width=40),
    Column("short_name", "简称", width=24),
    Column("formation", "组建方式", width=12),
    Column("code", "党组织编码", width=14),
    Column("opened_on", "成立日期", width=12),
    Column("members", "党员", width=8),
    Column("enterprises", "企业", width=8),
    Column("secretary", "书记", width=12),
)
FIRMS = (
    Column("number", "序号", width=6),
    Column("name", "企业", width=36),
    Column("park", "园区", width=16),
    Column("credit_code", "统一社会信用代码", width=22),
    Column("employees", "职工人数", width=10),
    Column("branches", "组织覆盖", width=40),
    Column("instructors", "工作覆盖", width=24),
)
ZONES = (
    Column("number", "序号", width=6),
    Column("zone", "片区", width=14),
    Column("member", "联系委员", width=12),
    Column("branch", "党支部", width=40),
)
STAFF = (
    Column("number", "序号", width=6),
    Column("name", "姓名", width=12),
    Column("username", "用户名", width=18),
    Column("roles", "授权", width=30),
    Column("state", "账号", width=10),
)
GRANTS = (
    Column("number", "序号", width=6),
    Column("name", "姓名", width=12),
    Column("role", "授权", width=18),
    Column("org", "范围", width=36),
    Column("state", "状态", width=12),
    Column("starts_on", "起始日期", width=12),
    Column("proposed_by", "提出人", width=12),
)
AT_A_TIME = 500


def org_lines(nodes: Iterable[Node]) -> Iterator[Sequence[Any]]:
    """Yield one line a node of the tree as it is shown, with the figures of its day."""
    for number, node in enumerate(nodes, 1):
        org = node.org
        kind, formation = org.get_kind_display(), org.get_formation_display() if org.formation else ""
        figures = (node.member_sum, sum(each.enterprises for each in node.branches), node.secretary)
        yield number, kind, org.name, org.short_name, formation, org.code, org.opened_on, *figures


def firm_lines(firms: QuerySet[Enterprise]) -> Iterator[Sequence[Any]]:
    """Yield one line an enterprise (as coverage.with_names gives them), a few hundred at a time."""
    found = firms.iterator(chunk_size=AT_A_TIME)
    for number, firm in enumerate(found, 1):
        held: Any = firm
        branches = "，".join(link.branch.name for link in held.now)
        instructors = "，".join(point.user.name for point in held.points)
        yield number, firm.name, firm.park.name, firm.credit_code, firm.employees, branches, instructors


def zone_lines(zones: Iterable[Mapping[str, Any]]) -> Iterator[Sequence[Any]]:
    """Yield one line a branch of each zone; a zone without branches has one, too."""
    number = 0
    for each in zones:
        for branch in each["branches"] or (None,):
            number += 1
            user = each["user"]
            yield number, each["zone"].name, user.name if user else "", branch.name if branch else ""


def staff_lines(
    people: QuerySet[Person], held: Iterable[Grant], names: Mapping[str, str]
) -> Iterator[Sequence[Any]]:
    """Yield one line a person with the roles that she holds or that wait for their confirmation."""
    roles: dict[int, list[str]] = {}
    for grant in held:
        waits = "" if grant.confirmed_at else "（等授权）"
        roles.setdefault(grant.user_id, []).append(f"{names.get(grant.role, grant.role)}{waits}")
    for number, person in enumerate(people, 1):
        account = person.account
        state = "已停用" if not account.is_active else "已激活" if account.activated_at else "未激活"
        yield number, person.name, account.username, "，".join(roles.get(account.pk, ())), state


def grant_lines(
    waiting: Iterable[Grant], held: Iterable[Grant], names: Mapping[str, str]
) -> Iterator[Sequence[Any]]:
    """Yield one line a grant: those that wait, then those that are held."""
    told = [("等您确认", waiting), ("正在起作用", held)]
    lines = ((state, grant) for state, grants in told for grant in grants)
    for number, (state, grant) in enumerate(lines, 1):
        by = grant.proposed_by.name if grant.proposed_by else ""
        role = names.get(grant.role, grant.role)
        yield number, grant.user.name, role, grant.org.name if grant.org else "", state, grant.starts_on, by
