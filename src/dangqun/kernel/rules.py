"""What every rule shares: a refusal that is a sentence, and one transaction a change."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

_writers = threading.RLock()


class RuleBroken(Exception):
    """A refusal: one Chinese sentence that says what is wrong and what to do. `field` names the form field, if one."""

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


@contextmanager
def unless_taken(sentence: str, *, field: str = "name") -> Iterator[None]:
    """Turn the database's refusal of a value that another row holds into RuleBroken, and keep the transaction usable."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as clash:
        raise RuleBroken(sentence, field=field) from clash


def verb(rule: Callable[P, R]) -> Callable[P, R]:
    """Run a rule in one transaction; on SQLite writers of this process queue up here, not inside the database."""

    @wraps(rule)
    def changed(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.vendor != "sqlite":
            with transaction.atomic():
                return rule(*args, **kwargs)
        with _writers, transaction.atomic():
            return rule(*args, **kwargs)

    return changed
