"""党员名册 as a list: the filters of its address, its orders, its columns in Excel's sheet; queries do not grow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When

from dangqun.kernel.calendars import add_months
from dangqun.kernel.pages import row_number
from dangqun.members.models import Membership, Office, Person
from dangqun.orgs.models import Org

SORTS = {"name": "pinyin_key", "strokes": "stroke_key", "born": "born_on", "joined": "joined_on"}
BY_PINYIN, BY_STROKES = "pinyin_key", "stroke_key"
UNKNOWN = "unknown"
MOST_PLACES = 150
LEFT = "left"
STATES = (*Membership.State.choices, (LEFT, "已减少"))
ACCOUNTS = (("off", "还没有激活"), ("none", "没有账号"), ("waiting", "有账号，未激活"), ("active", "已激活"))


@dataclass(frozen=True)
class Asked:
    """What an address asks of the roster; what is nonsense in it counts as not asked."""

    text: str
    org: int | None
    state: str
    education: str
    age: str
    account: str
    sort: str
    park: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Asked:
        """Read it from a query string."""
        org = query.get("org", "")
        named = row_number(org)
        state, account = query.get("state", ""), query.get("account", "")
        return cls(
            text=query.get("q", "").strip()[:40],
            org=named if named is not None else (0 if org else None),
            state=state if state in dict(STATES) else "",
            education=query.get("education", "")[:20],
            age=query.get("age", "")[:7],
            account=account if account in dict(ACCOUNTS) else "",
            sort=query.get("sort", ""),
            park=_number(query.get("park", "")),
        )

    def chosen(self) -> list[tuple[str, str, str, str]]:
        """Return the filters that no control on the page shows, as (label, words, name, value)."""
        found = [
            ("学历", "没有填" if self.education == UNKNOWN else self.education, "education", self.education),
            ("年龄", _age_words(self.age), "age", self.age),
            ("园区", f"第 {self.park} 号" if self.park is not None else "", "park", str(self.park)),
        ]
        return [each for each in found if each[1]]


def places(orgs: QuerySet[Org]) -> list[Org]:
    """Return what the list of places offers: parks and branches, parks alone where a list would be endless."""
    found = list(orgs.filter(kind__in=(Org.Kind.PARK, Org.Kind.BRANCH)).in_order()[: MOST_PLACES + 1])  # type: ignore[attr-defined]
    if len(found) <= MOST_PLACES:
        return found
    return list(orgs.filter(kind=Org.Kind.PARK).in_order())  # type: ignore[attr-defined]


def narrowed(people: QuerySet[Person], orgs: QuerySet[Org], asked: Asked, on: date) -> QuerySet[Person]:
    """Return the members of a day among `people` that are asked for; an organisation counts only within `orgs`."""
    found = _standing(people, asked.state, on)
    if asked.text:
        found = found.filter(Q(name__contains=asked.text) | Q(initials__startswith=asked.text.lower()))
    if asked.org is not None:
        org = orgs.filter(pk=asked.org).first()
        found = found.under(org) if org else found.none()
    if asked.park is not None:  # by number: a secretary counts her park without reaching it
        found = found.filter(org__park_number=asked.park)
    if asked.education:
        found = found.filter(education="" if asked.education == UNKNOWN else asked.education)
    return _of_account(_of_age(found, asked.age, on), asked.account)


def ordered(people: QuerySet[Person], sort: str, usual: str) -> QuerySet[Person]:
    """Order them as asked; `usual` is the order of lists (pinyin) or of rosters (姓氏笔画)."""
    column = F(SORTS.get(sort.removeprefix("-"), usual))
    backwards = sort.startswith("-") and sort[1:] in SORTS
    # Unknown days come last both ways: databases differ in where they put them.
    return people.order_by(column.desc(nulls_last=True) if backwards else column.asc(nulls_last=True), "pk")


def with_standing(people: QuerySet[Person], on: date) -> QuerySet[Person]:
    """Add `state` and `post` (of the branch's team) of a day, and what a line of the list shows."""
    held = Membership.objects.on(on).filter(person=OuterRef("pk"))
    team = Office.objects.on(on).filter(person=OuterRef("pk")).of_branch().in_order()
    posts = [When(post=post, then=Value(post.label)) for post in Office.TEAM]
    return people.select_related("org", "enterprise", "account").annotate(
        state=Subquery(held.values("state")[:1]),
        post=Subquery(team.annotate(word=Case(*posts)).values("word")[:1]),
    )


def _standing(people: QuerySet[Person], state: str, on: date) -> QuerySet[Person]:
    """Return the members of a day; those in one state; or those who once were members and have left (减少)."""
    held = Membership.objects.on(on)
    if state == LEFT:
        once = Membership.objects.filter(starts_on=None) | Membership.objects.filter(starts_on__lte=on)
        gone = people.filter(pk__in=once.values("person"))
        return gone.exclude(pk__in=held.values("person"))
    if state:
        return people.filter(pk__in=held.filter(state=state).values("person"))
    return people.members(on)  # type: ignore[attr-defined]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None


def _of_account(found: QuerySet[Person], account: str) -> QuerySet[Person]:
    if account == "off":
        return found.filter(account__activated_at=None)
    if account == "none":
        return found.filter(account=None)
    if account:
        return found.filter(account__isnull=False, account__activated_at__isnull=account == "waiting")
    return found


def _of_age(found: QuerySet[Person], band: str, on: date) -> QuerySet[Person]:
    if band == UNKNOWN:
        return found.filter(born_on=None)
    ages = _ages(band)
    if ages is None:
        return found
    low, high = ages
    return found.filter(born_on__lte=_years_back(on, low), born_on__gt=_years_back(on, high + 1))


def _ages(band: str) -> tuple[int, int] | None:
    low, dash, high = band.partition("-")
    if not dash or not (low.isascii() and high.isascii() and low.isdecimal() and high.isdecimal()):
        return None
    return int(low), int(high)


def _age_words(band: str) -> str:
    if band == UNKNOWN:
        return "不详"
    ages = _ages(band)
    return f"{ages[0]} 到 {ages[1]} 岁" if ages else ""


def _years_back(on: date, years: int) -> date:
    return add_months(on, -12 * min(years, 1900))
