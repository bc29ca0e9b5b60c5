"""`dangqun backup FILE`: one encrypted file with everything, while people go on working."""

from __future__ import annotations

import json
from pathlib import Path

import click
from django.conf import settings
from django.utils import timezone

from dangqun.config.commands._bars import bars
from dangqun.config.commands._starting import refuse_old_database
from dangqun.kernel.backup.drill import drill
from dangqun.kernel.backup.making import make, note
from dangqun.kernel.backup.models import Backup
from dangqun.kernel.rules import RuleBroken


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--test", "with_test", is_flag=True, help="做完马上试恢复一次（要占一倍的临时空间）。")
@click.option("--json", "as_json", is_flag=True, help="最后一行输出一个 JSON 对象。")
def command(file: Path, with_test: bool, as_json: bool) -> None:
    """把数据库、附件和密钥备份成一个加密的文件，平台不用停。只有恢复单上的恢复码能打开它。

    FILE 是文件夹的，文件名按时间取。写完会从头读一遍核对；中途停下的，原来的文件不动，也不留半个文件。
    """
    refuse_old_database()
    began = timezone.now()
    if file.is_dir():
        file /= f"dangqun-{timezone.localtime():%Y%m%d-%H%M%S}.backup"
    try:
        with bars() as progress:
            made = make(file.absolute(), progress)
            if with_test:
                drill(made)
    except RuleBroken as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    note(Backup.Kind.BY_HAND, made, tested=True if with_test else None)
    told = {
        "file": str(made.file),
        "bytes": made.size,
        "rows": made.content.rows,
        "tables": {table: rows for table, (rows, _) in made.content.tables.items()},
        "files": made.content.files,
        "lost_files": made.lost,
        "tested": with_test,
        "seconds": round((timezone.now() - began).total_seconds(), 2),
    }
    click.echo(
        f"备份好了：{made.file}，{made.size / 1024**2:.1f} MB，{told['rows']:,} 行资料、{told['files']:,} 个附件，"
        f"已从头核对{'，试恢复成功' if with_test else ''}。"
    )
    if made.lost:
        click.echo(f"有 {made.lost} 个附件在备份之前就已经不在磁盘上，没有备份到。", err=True)
    if _same_disk(made.file):
        click.echo("这份备份和资料在同一块盘上，请再复制一份到别的机器或移动硬盘。", err=True)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))


def _same_disk(file: Path) -> bool:
    return file.stat().st_dev == Path(settings.DATA).stat().st_dev
