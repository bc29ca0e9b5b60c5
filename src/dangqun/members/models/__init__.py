"""People, Party membership, offices, activation codes; looks at sensitive values, requests for correction."""

from dangqun.members.models.activation import Activation
from dangqun.members.models.imports import Import, LearnedBranch, LearnedColumn
from dangqun.members.models.membership import Membership
from dangqun.members.models.offices import Office
from dangqun.members.models.people import Person
from dangqun.members.models.requests import CorrectionRequest
from dangqun.members.models.reveal import Reveal

__all__ = [
    "Activation",
    "CorrectionRequest",
    "Import",
    "LearnedBranch",
    "LearnedColumn",
    "Membership",
    "Office",
    "Person",
    "Reveal",
]
