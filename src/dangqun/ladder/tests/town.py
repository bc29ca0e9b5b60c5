"""People of the small town with ways to be told, as the tests of messages need them."""

from dangqun.ladder import rules
from dangqun.ladder.models import Preference

ANY_TIME = {"quiet_from": "00:00", "quiet_to": "00:00", "pace": Preference.Pace.AT_ONCE}


def told_by(person, **facts):
    """Let somebody choose (at once and at any hour, unless said otherwise), with addresses that she has confirmed."""
    held = rules.choose(person, ANY_TIME | facts, by=person.account)
    held.proven = [name for name in ("email", "wecom") if getattr(held, name)]
    held.save(update_fields=["proven"])
    return held
