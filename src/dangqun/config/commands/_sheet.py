"""Showing the recovery sheet, once."""

from __future__ import annotations

import sys

import click

from dangqun.kernel.backup.rules import renew_sheet
from dangqun.kernel.backup.sheets import terminal_code


def print_sheet() -> dict[str, str]:
    """Make a new recovery sheet, print it, and return what may be told of it: number, code, file."""
    made = renew_sheet()
    click.echo(f"\n恢复单　编号 {made.number}")
    click.echo(f"恢复码　{made.code}")
    if sys.stdout.isatty():
        click.echo(terminal_code(made.code))
    click.echo(
        "只有这个恢复码能打开备份，平台自己打不开，以后也不再显示。请抄下或打印，锁在柜子里，不要存在电脑上。"
    )
    click.echo(f"可以打印的恢复单在 {made.file}，只有您能读，打印后请删除。\n")
    return {"number": made.number, "code": made.code, "file": str(made.file)}
