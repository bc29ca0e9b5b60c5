"""Verbs on people: admit, move, leave, appoint, and the accounts and grants that follow."""

from dangqun.members.rules.accounts import account_for, propose_staff_grant, settle_grants
from dangqun.members.rules.membership import admit, change_state, confirm, leave, move, restore
from dangqun.members.rules.offices import appoint, elect, end_office
from dangqun.members.rules.people import correct, enrol

__all__ = [
    "account_for",
    "admit",
    "appoint",
    "change_state",
    "confirm",
    "correct",
    "elect",
    "end_office",
    "enrol",
    "leave",
    "move",
    "propose_staff_grant",
    "restore",
    "settle_grants",
]
