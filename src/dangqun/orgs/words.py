"""Short names for screens: 嘉宏纺织股份有限公司党支部 → 嘉宏纺织党支部 (design.md §8)."""

import re

_COMPANY = re.compile(
    r"(股份有限责任公司|有限责任公司|股份有限公司|集团有限公司|有限公司|股份公司|公司|厂)(?=党|$)"
)


_PARTY = re.compile(r"(非公(有制)?企业)?(和社会组织)?(综合|机关)?(党委|党工委|工委|委员会|党总支).*$")
LONGEST = 60  # characters of a short name, as its column holds it


def short_branch_name(name: str) -> str:
    """Return the name without 中共 and the legal form of the company, cut where a short name ends."""
    return (_COMPANY.sub("", name.removeprefix("中共")) or name)[:LONGEST]


def zone_name(committee: str) -> str:
    """Return the zone of a committee: 示范经济开发区综合党委 → 示范经济开发区."""
    return _PARTY.sub("", committee.removeprefix("中共")) or committee
