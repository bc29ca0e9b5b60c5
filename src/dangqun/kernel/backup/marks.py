"""The mark of a restore that has not come to its end; cheap to look for at the start of every command."""

from pathlib import Path

from django.conf import settings

UNFINISHED = "这个数据文件夹里有一次没有做完的恢复。请再运行一次 dangqun restore 备份文件，它会清理后重新做。"


def mark() -> Path:
    """Return where the mark lies."""
    return Path(settings.DATA) / "restoring.json"


def is_unfinished() -> bool:
    """Whether a restore into this data folder has not come to its end."""
    return mark().exists()
