"""The test restore: the real command, into a folder that is thrown away, while the key of the moment is still in memory.

The machine cannot open its own backups later, and no second key is kept for this: it would open the newest backup for whoever
breaks in. So a test is made when a backup is written, and proves that this very file can be restored, into SQLite.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from django.conf import settings

from dangqun.kernel.backup.making import Made
from dangqun.kernel.rules import RuleBroken

LONGEST = 6 * 3600  # seconds
FAILED = "备份写好了，但是试恢复没有成功：{why}。请把这句话告诉维护的人，先不要删旧的备份。"


def drill(made: Made) -> None:
    """Restore a backup into a scratch folder and compare every table. Raises RuleBroken with what went wrong."""
    above = Path(settings.DATA) / "tmp"
    for left in above.glob("drill-*"):
        shutil.rmtree(left, ignore_errors=True)
    if shutil.disk_usage(above).free < 3 * made.size:
        raise RuleBroken(FAILED.format(why="剩余空间不够试恢复"))
    scratch = tempfile.mkdtemp(prefix="drill-", dir=above)
    try:
        done = subprocess.run(
            [*settings.DANGQUN_COMMAND, "restore", str(made.file), "--drill", "--json"],
            input=base64.b64encode(made.key).decode() + "\n",
            env=_bare(scratch),
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    last = (done.stdout.strip().splitlines() or [""])[-1]
    told = json.loads(last) if last.startswith("{") else {}
    if done.returncode or told.get("rows") != made.content.rows or told.get("files") != made.content.files:
        raise RuleBroken(FAILED.format(why=told.get("error", f"退出码 {done.returncode}").rstrip("。")))


def _bare(scratch: str) -> dict[str, str]:
    """Return an environment of which nothing leads to the real data, its database or its Redis."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DANGQUN_")}
    for name in ("DATABASE_URL", "REDIS_URL"):
        kept.pop(name, None)
    return kept | {"DANGQUN_DATA": scratch, "DANGQUN_CIPHER": settings.CIPHER}
