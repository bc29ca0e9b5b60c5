"""The processes of one `dangqun serve`: web processes and the worker, forked from a parent that starts them again."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LOOK_EVERY = 0.1
PAUSES = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
YOUNG = 5.0  # seconds; a process that ends sooner is started again later and later
HOPELESS = 4  # young deaths in a row after which a process that others need is given up
GRACE = 15.0
PR_SET_PDEATHSIG = 1

log = logging.getLogger("dangqun.processes")


@dataclass
class Child:
    """One process: what it does, and whether everything ends when it cannot start."""

    name: str
    work: Callable[[], Any]
    needed: bool = True
    pid: int = 0
    started: float = 0.0
    start_at: float = 0.0
    young_deaths: int = 0


class Parent:
    """Starts its children, starts those again that ended, and takes all of them with it when it stops.

    It opens no thread, no event loop and no database connection, so that forking is safe and a fork costs little.
    """

    def __init__(self, children: list[Child]) -> None:
        self.children = children
        self.stopping = False
        self.failed = False

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; return the exit status."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while not self.stopping:
            now = time.monotonic()
            for child in self.children:
                if not child.pid and now >= child.start_at:
                    _start(child)
            self._bury()
            time.sleep(LOOK_EVERY)
        self._end()
        return 1 if self.failed else 0

    def _bury(self) -> None:
        """See who has ended, and settle when it starts again."""
        for child in self.children:
            if not child.pid or os.waitpid(child.pid, os.WNOHANG) == (0, 0):
                continue
            child.pid = 0
            if self.stopping:
                continue
            lived = time.monotonic() - child.started
            child.young_deaths = child.young_deaths + 1 if lived < YOUNG else 0
            child.start_at = time.monotonic() + PAUSES[min(child.young_deaths, len(PAUSES) - 1)]
            log.warning("%s ended after %.0f s and is started again", child.name, lived)
            if child.needed and child.young_deaths >= HOPELESS:
                self.failed = self.stopping = True

    def _end(self) -> None:
        until = time.monotonic() + GRACE
        self._tell(signal.SIGTERM)
        while any(child.pid for child in self.children) and time.monotonic() < until:
            self._bury()
            time.sleep(LOOK_EVERY)
        self._tell(signal.SIGKILL)

    def _tell(self, number: int) -> None:
        for child in self.children:
            if child.pid:
                os.kill(child.pid, number)

    def _stop(self, *_: Any) -> None:
        self.stopping = True


def _start(child: Child) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        child.pid, child.started = pid, time.monotonic()
        return
    status = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        _die_with(parent)
        child.work()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        log.exception("%s failed", child.name)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _die_with(parent: int) -> None:
    """Let Linux end this process when its parent is killed; elsewhere it has to be ended by hand."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)
