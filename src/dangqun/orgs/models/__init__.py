"""Organisations, enterprises, who may do what where."""

from dangqun.orgs.models.enterprises import Enterprise, EnterpriseBranch
from dangqun.orgs.models.grants import Grant
from dangqun.orgs.models.liaison import ContactPoint, LiaisonZone, ZoneBranch, ZoneMember
from dangqun.orgs.models.organisations import FormerName, Org, Placement

__all__ = [
    "ContactPoint",
    "Enterprise",
    "EnterpriseBranch",
    "FormerName",
    "Grant",
    "LiaisonZone",
    "Org",
    "Placement",
    "ZoneBranch",
    "ZoneMember",
]
