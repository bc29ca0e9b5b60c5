"""Who may listen to a task's map: whoever watches some branch that has the task."""

from dangqun.kernel.live import topic
from dangqun.kernel.pages import row_number
from dangqun.orgs.access import Actor, reached
from dangqun.tasks.models import Task


@topic("task")
def watched_task(actor: Actor, ident: str) -> bool:
    """Whoever may see its map."""
    return reached(actor, "tasks.watch", Task).filter(pk=row_number(ident)).exists()
