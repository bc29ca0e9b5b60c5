"""People that match a text, among those within reach."""

from functools import reduce
from operator import and_

from django.db.models import Case, Q, QuerySet, Value, When

from dangqun.kernel.crypto import blind_index
from dangqun.kernel.identity import looks_like_id, looks_like_mobile, normal_id
from dangqun.kernel.search import name_holds, person_holds, terms
from dangqun.members.models import Person
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Enterprise, Org

READS = "members.read"
COMMON = (
    "联合党支部",
    "临时党支部",
    "股份有限公司",
    "有限责任公司",
)  # every place is called so: no word for its people


def find(actor: Actor, text: str) -> QuerySet[Person]:
    """Return the people whom every term means: by name, branch or enterprise; whose name it is come first.

    A telephone or ID number, whole, finds whoever bears it, for those alone who may reveal it.
    """
    wanted = terms(text)
    if not wanted:
        return Person.objects.none()
    meant = Person.objects.filter(reduce(and_, map(_meant, wanted)))
    people = Person.objects.reachable(actor, READS)
    found = people.filter(Q(pk__in=meant.values("pk")) | _numbered(actor, text))
    named = reduce(and_, map(person_holds, wanted))
    rank = Case(When(name="".join(wanted), then=Value(0)), When(named, then=Value(1)), default=Value(2))
    return found.order_by(rank, "pinyin_key", "pk")


def _meant(term: str) -> Q:
    """Return the condition on one term. Only `sought`, org and enterprise are asked: one index holds the three."""
    if any(term in common for common in COMMON):
        return person_holds(term)
    places = Org.objects.filter(name_holds(term), kind=Org.Kind.BRANCH)
    firms = Enterprise.objects.filter(name_holds(term))
    return person_holds(term) | Q(org__in=places.values("pk")) | Q(enterprise__in=firms.values("pk"))


def _numbered(actor: Actor, text: str) -> Q:
    number = normal_id(text)
    if looks_like_mobile(number):
        reached = Person.objects.reachable(actor, "members.reveal")
        return Q(pk__in=reached.filter(mobile_index=blind_index("contact", number)).values("pk"))
    if looks_like_id(number):
        reached = Person.objects.reachable(actor, "members.reveal_id")
        return Q(pk__in=reached.filter(id_index=blind_index("identity", number)).values("pk"))
    return Q(pk__in=())
