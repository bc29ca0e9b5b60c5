"""Servers on ports of this machine, for tests, benches and tools: nothing here needs Django."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

DANGQUN = [sys.executable, "-c", "from dangqun.config.cli import main; main()"]


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait(port: int) -> None:
    """Return when a server answers; raises OSError after a minute."""
    until = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/alive/", timeout=10).read()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


@contextmanager
def running(command: list[str], env: Mapping[str, str], *more: str) -> Iterator[int]:
    """Start a server that is told its port, yield the port once it answers, and end it afterwards."""
    port = free_port()
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([*command, str(port), *more], env=env, stdout=quiet, stderr=quiet)
    try:
        wait(port)
        yield port
    finally:
        process.terminate()
        process.wait()
