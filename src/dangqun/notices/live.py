"""Who may listen: to one's own 待办, and to the receipts of notices that one may watch."""

from dangqun.kernel.live import topic
from dangqun.kernel.pages import row_number
from dangqun.notices.models import Notice
from dangqun.orgs.access import Actor, reached


@topic("user")
def own_todo(actor: Actor, ident: str) -> bool:
    """Only the person herself."""
    return ident == str(actor.user.pk)


@topic("notice")
def watched_notice(actor: Actor, ident: str) -> bool:
    """Whoever may see its receipts."""
    return reached(actor, "notices.watch", Notice).filter(pk=row_number(ident)).exists()
