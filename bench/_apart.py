"""A bench measures in a process and a data folder of its own, so that nothing of the zone at hand is touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def environment(folder: str | Path, **more: str) -> dict[str, str]:
    """Return the environment of a process that works on the data in a folder, on SQLite."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    env = os.environ | {"DANGQUN_DATA": str(folder), "PYTHONPATH": path, **more}
    env.pop("DATABASE_URL", None)
    return env


def measured(bench: str, *asked: object, env: dict[str, str]) -> dict[str, Any]:
    """Run a bench's file by itself and return the JSON object of its last line."""
    command = [sys.executable, str(Path(bench).resolve()), *map(str, asked)]
    done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def apart(bench: str, *asked: object, **more: str) -> dict[str, Any]:
    """Run a bench's file on an empty data folder."""
    with tempfile.TemporaryDirectory() as folder:
        return measured(bench, *asked, env=environment(folder, **more))
