"""People, Party membership, offices, activation codes."""

from dangqun.members.models.activation import Activation
from dangqun.members.models.imports import Import, LearnedBranch, LearnedColumn
from dangqun.members.models.membership import Membership
from dangqun.members.models.offices import Office
from dangqun.members.models.people import Person

__all__ = ["Activation", "Import", "LearnedBranch", "LearnedColumn", "Membership", "Office", "Person"]
