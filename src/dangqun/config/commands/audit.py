"""`dangqun audit verify`: check the chain of facts, and a head that was printed on paper."""

import json
import sys

import click

from dangqun.config.commands._starting import refuse_old_database
from dangqun.kernel.calendars import local
from dangqun.kernel.facts.checking import Printed, Verdict, verify
from dangqun.kernel.rules import RuleBroken


@click.group()
def command() -> None:
    """审计记录：核对封存的链。"""


@command.command("verify")
@click.option("--head", metavar="条数:链码", help="和纸上印的链首核对，例如 1024:1a2b3c4d5e6f7a8b。")
@click.option("--json", "as_json", is_flag=True, help="最后一行输出一个 JSON 对象。")
def check(head: str | None, as_json: bool) -> None:
    """从头核对全部已封存的审计记录，指出第一条不对的；不对时退出码是 1。可以在平台运行时核对。"""
    refuse_old_database()
    try:
        printed = Printed.read(head) if head is not None else None
    except RuleBroken as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    with click.progressbar(length=1, label="核对", file=sys.stderr) as shown:

        def tell(stage: str, done: int, total: int) -> None:
            shown.length = total
            shown.update(done - shown.pos)

        verdict = verify(printed=printed, progress=tell)
        shown.update(max(0, (shown.length or 0) - shown.pos))
    for line in _lines(verdict):
        click.echo(line)
    if as_json:
        click.echo(json.dumps(verdict.told(), ensure_ascii=False))
    sys.exit(0 if verdict.holds else 1)


def _lines(verdict: Verdict) -> list[str]:
    last = verdict.head
    told = [f"核对了 {verdict.checked} 条已封存的记录，用了 {verdict.seconds:.1f} 秒。"]
    if verdict.first > 1:
        told.append(f"第 {verdict.first - 1} 条以前的已按保存期限移出。")
    if verdict.bad:
        told.append(f"不对。第一处：{verdict.bad}")
    elif last.at:
        told.append(f"全部相符。链首：第 {last.number} 条，{local(last.at):%Y-%m-%d %H:%M:%S}，{last.code}")
    if verdict.backwards:
        told.append(
            f"有 {verdict.backwards} 条的时间比前一条早一小时以上，第一条是第 {verdict.first_backwards} 条："
            "服务器时钟被调过，或者有人事后放进来。"
        )
    if verdict.oldest_unsealed:
        oldest = f"{local(verdict.oldest_unsealed):%Y-%m-%d %H:%M:%S}"
        told.append(f"还没有封存的 {verdict.unsealed} 条，最早的是 {oldest}。")
    else:
        told.append("没有未封存的记录。")
    return told
