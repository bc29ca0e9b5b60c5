"""`dangqun keys`: the recovery sheet, and changing the keys of what is encrypted at rest."""

from __future__ import annotations

import json

import click

from dangqun.config.commands._sheet import print_sheet
from dangqun.config.commands._starting import refuse_old_database
from dangqun.kernel.backup.models import Rotation
from dangqun.kernel.backup.sheets import recipient
from dangqun.kernel.crypto import keyring
from dangqun.kernel.jobs import worker_is_alive
from dangqun.kernel.rotation import CHANGEABLE, renew, retire, rotate, uses
from dangqun.kernel.rules import RuleBroken

WORDS = {
    "identity": "身份证号",
    "contact": "电话和住址",
    "care": "困难情况",
    "files": "附件和上传",
    "index": "查重索引（不换）",
}


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


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="最后一行输出一个 JSON 对象。")
def list_(as_json: bool) -> None:
    """看每一类资料的密钥：编号、是否在用、加密着多少项。"""
    refuse_old_database()
    told = {}
    for purpose, keys in keyring().items():
        held = uses(purpose) if purpose in CHANGEABLE else dict.fromkeys(keys)
        told[purpose] = {str(number): held[number] for number in sorted(keys)}
        for number in sorted(keys):
            state = "在用" if number == max(keys) else "旧的"
            count = "" if held[number] is None else f"，{held[number]:,} 项"
            click.echo(f"{purpose}\t{WORDS.get(purpose, purpose)}\t编号 {number}，{state}{count}")
    if as_json:
        click.echo(json.dumps({"keys": told}, ensure_ascii=False))


@command.command("rotate")
@click.argument("purpose", required=False, type=click.Choice(CHANGEABLE))
@click.option("--json", "as_json", is_flag=True, help="最后一行输出一个 JSON 对象。")
def rotate_(purpose: str | None, as_json: bool) -> None:
    """换一把新密钥（不写 PURPOSE 就都换），后台把旧密钥加密的全部重新加密，平台不用停。

    停在一半也读得出来，后台会接着做。做完以后旧密钥还在，用 keys retire 停用。
    """
    refuse_old_database()
    made = [_rotated(each) for each in ([purpose] if purpose else CHANGEABLE)]
    waits = worker_is_alive()
    for held in made:
        if not waits:
            renew(held.pk)
        held.refresh_from_db()
        then = "后台正在重新加密，用 dangqun keys list 看进度" if waits else f"重新加密了 {held.renewed:,} 项"
        click.echo(f"{held.purpose}：新密钥编号 {held.number}，{then}。")
    if as_json:
        told = {
            each.purpose: {"number": each.number, "renewed": each.renewed, "waits": waits} for each in made
        }
        click.echo(json.dumps(told, ensure_ascii=False))


@command.command("retire")
@click.argument("purpose", type=click.Choice(CHANGEABLE))
@click.argument("number", type=click.IntRange(1, 255))
def retire_(purpose: str, number: int) -> None:
    """停用一把旧密钥：只有什么都不再用它的时候才行。以前的备份里有它，恢复不受影响。"""
    refuse_old_database()
    try:
        retire(purpose, number)
    except RuleBroken as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    click.echo(f"{purpose} 编号 {number} 的密钥已经停用。")


def _rotated(purpose: str) -> Rotation:
    try:
        return rotate(purpose)
    except RuleBroken as refusal:
        raise click.ClickException(refusal.sentence) from refusal
