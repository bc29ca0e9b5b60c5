"""Run the suite twice: on SQLite, then (without what is marked `once`) on a throw-away PostgreSQL of an ordinary user.

Usage: python tools/test_servers.py COMMAND…  Where PostgreSQL is missing its half is reported as skipped; under CI=true that fails.
"""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def main(command: list[str]) -> int:
    """Run the command on both databases and return the worse status."""
    print("== SQLite", flush=True)
    status = subprocess.call(command, env=os.environ | {"DATABASE_URL": "sqlite:///:memory:"})
    if status:
        return status
    binaries = find_binaries()
    if binaries is None:
        print("== PostgreSQL: skipped, its binaries are not installed (Debian: postgresql)", flush=True)
        return 1 if os.environ.get("CI") == "true" else 0
    with cluster(binaries) as url:
        print("== PostgreSQL", flush=True)
        return subprocess.call([*command, "-m", "not once"], env=os.environ | {"DATABASE_URL": url})


def find_binaries() -> Path | None:
    """Return the folder that holds initdb and pg_ctl."""
    for found in sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True):
        if Path(found, "initdb").exists():
            return Path(found)
    held = shutil.which("initdb")
    return Path(held).resolve().parent if held and shutil.which("pg_ctl") else None


@contextmanager
def cluster(binaries: Path) -> Iterator[str]:
    """Start a cluster on loopback, and stop it whatever happens."""
    user = ordinary_user()
    folder = Path(tempfile.mkdtemp(prefix="dangqun-pg-"))
    if user:
        shutil.chown(folder, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off -c full_page_writes=off"
    data = str(folder / "data")
    try:
        call(
            user,
            [
                str(binaries / "initdb"),
                "-D",
                data,
                "-U",
                "dangqun",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
            ],
        )
        call(
            user,
            [str(binaries / "pg_ctl"), "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start"],
        )
        yield f"postgres://dangqun@127.0.0.1:{port}/postgres"
    finally:
        subprocess.call(
            as_user(user, [str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "stop"]),
            stdout=subprocess.DEVNULL,
        )
        shutil.rmtree(folder, ignore_errors=True)


def ordinary_user() -> str:
    """Return whom to become: nobody but root has to."""
    if os.geteuid():
        return ""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def as_user(user: str, command: list[str]) -> list[str]:
    """Return a command that runs as an ordinary user."""
    return ["runuser", "-u", user, "--", *command] if user else command


def call(user: str, command: list[str]) -> None:
    """Run a command quietly; show what it said when it fails."""
    done = subprocess.run(as_user(user, command), capture_output=True, text=True, cwd="/", check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed: {done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
