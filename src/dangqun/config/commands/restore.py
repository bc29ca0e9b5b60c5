"""`dangqun restore FILE`: bring a platform back from its backup, on this or another machine, into either database."""

from __future__ import annotations

import base64
import json
import sys
import time
from pathlib import Path

import click
from django.db import DatabaseError

from dangqun.config.commands._bars import bars
from dangqun.config.commands._starting import is_serving
from dangqun.kernel.backup.checking import Key, header_of
from dangqun.kernel.backup.codes import read_code
from dangqun.kernel.backup.restoring import restore
from dangqun.kernel.backup.sealing import private_key
from dangqun.kernel.rules import RuleBroken

TRIES = 3


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--code-file", type=click.Path(path_type=Path), help="恢复码写在这个文件里（不写就问）；用完请删掉。"
)
@click.option(
    "--drill", is_flag=True, hidden=True, help="A test restore: the key of the moment comes by stdin."
)
@click.option("--json", "as_json", is_flag=True, help="最后一行输出一个 JSON 对象。")
def command(file: Path, code_file: Path | None, drill: bool, as_json: bool) -> None:
    """从备份恢复：只能恢复到空的数据文件夹（DANGQUN_DATA）和空的数据库（DATABASE_URL），不用先运行 init。

    机器名可以不同，SQLite 的备份可以恢复到 PostgreSQL，反过来也行；旧版本的备份会自动升级。中途停下的，再运行一次即可。
    """
    began = time.monotonic()
    if is_serving():
        raise click.ClickException("这个数据文件夹上有平台在运行，请先停下它。")
    try:
        header = header_of(file)
        key = base64.b64decode(sys.stdin.readline()) if drill else _ask(header, code_file)
        with bars() as progress:
            content = restore(file, key, progress)
    except RuleBroken as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    except DatabaseError as error:
        raise click.ClickException(
            f"数据库不让写（{type(error).__name__}），没有恢复，已经清空。请核对 DATABASE_URL 和权限。"
        ) from error
    click.echo(
        f"恢复好了：{header['made_at'][:16].replace('T', ' ')} 的备份，{content.rows:,} 行资料、{content.files:,} 个附件，"
        "逐表核对一致。"
    )
    click.echo(
        "密码照旧，大家要重新登录。下一步：设好环境变量（docs/operations.md），运行 dangqun doctor 和 dangqun serve。"
    )
    if as_json:
        told = {
            "made_at": content.head["made_at"],
            "version": content.head["version"],
            "rows": content.rows,
            "tables": {table: rows for table, (rows, _) in content.tables.items()},
            "files": content.files,
            "seconds": round(time.monotonic() - began, 2),
        }
        click.echo(json.dumps(told, ensure_ascii=False))


def _ask(header: dict[str, str], code_file: Path | None) -> Key:
    """Return the key of the code that somebody types or keeps in a file; a slip of the pen may be mended."""
    if code_file is not None:
        try:
            return private_key(read_code(code_file.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError) as error:
            raise RuleBroken(f"打不开 {code_file}，请核对文件名和权限。") from error
    for tries_left in range(TRIES - 1, -1, -1):
        typed = click.prompt(f"编号 {header.get('sheet')} 的恢复单上的恢复码", err=True)
        try:
            return private_key(read_code(typed))
        except RuleBroken as refusal:
            if not tries_left or not sys.stdin.isatty():
                raise
            click.echo(refusal.sentence, err=True)
    raise AssertionError
