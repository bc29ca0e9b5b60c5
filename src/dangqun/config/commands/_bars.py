"""Bars for whoever watches long work on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click


@contextmanager
def bars(*, after: float = 0.0) -> Iterator[Callable[[str, int, int], None]]:
    """Yield `tell(stage, done, total)`, which shows one bar a stage once the work has taken `after` seconds."""
    began, shown = time.monotonic(), dict[str, Any]()

    def tell(stage: str, done: int, total: int) -> None:
        if not sys.stderr.isatty() or time.monotonic() - began < after or not total:
            return
        if stage not in shown:
            shown[stage] = click.progressbar(length=total, label=stage, file=sys.stderr)
        shown[stage].update(done - shown[stage].pos)

    yield tell
    if shown:
        click.echo(err=True)
