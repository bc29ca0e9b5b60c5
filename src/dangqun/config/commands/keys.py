"""`dangqun keys`: the recovery sheet, and changing the keys of what is encrypted at rest."""

from __future__ import annotations

import json

import click

from dangqun.config.commands._sheet import print_sheet
from dangqun.config.commands._starting import refuse_old_database
from dangqun.kernel.backup.sheets import recipient


@click.group()
def command() -> None:
    """恢复单和密钥：sheet 做新的恢复单，list 看哪把密钥加密了多少，rotate 换新密钥，retire 停用旧密钥。"""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="最后一行输出一个 JSON 对象。")
def sheet(as_json: bool) -> None:
    """做一张新的恢复单。以后的备份用它打开；以前的备份仍然要用原来的那张，原来的不要扔。"""
    refuse_old_database()
    before = recipient()
    told = print_sheet()
    if before:
        click.echo(
            f"编号 {before.number} 的那张还能打开 {told['number']} 之前的备份，那些备份还在就要留着它。"
        )
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
