"""`dangqun import organisations|members|officers FILE`: the same import as in the browser, for whoever sits at the machine."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import DatabaseError

from dangqun.config.commands._bars import bars
from dangqun.kernel.rules import RuleBroken
from dangqun.members.imports import report, rules
from dangqun.members.imports.kinds import KINDS, kind_of
from dangqun.members.imports.reading import Reading, read
from dangqun.members.imports.rules import Examined
from dangqun.members.imports.scope import NEEDS, Scope
from dangqun.orgs.access import Actor

KEPT_SECONDS = 24 * 3600


@click.command("import")
@click.argument("what", type=click.Choice(list(KINDS)))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="只核对，名册里什么都不改。")
@click.option("--strict", is_flag=True, help="有错就一行都不导入，退出码 1。")
@click.option("--as", "username", required=True, metavar="USERNAME", help="以谁的名义导入。")
@click.option(
    "--errors-to",
    type=click.Path(path_type=Path),
    help="批注过的原表写到哪里（默认在数据目录的 errors 里，留 24 小时）。",
)
@click.option("--json", "as_json", is_flag=True, help="最后一行输出一个 JSON 对象。")
def command(
    what: str, file: Path, dry_run: bool, strict: bool, username: str, errors_to: Path | None, as_json: bool
) -> None:
    """导入企业和支部（organisations）、党员（members）、班子和指导员（officers）。

    好的行在一次事务里写入，有错的行在原表的副本里标红并批注。退出码：0 完成（可以有没导入的行），1 文件或整批被拒绝，2 用法或权限不对。
    """
    try:
        actor = _actor(username)
    except click.ClickException as refusal:
        _fail(refusal.message, 2, as_json)
    try:
        source = _load(file, errors_to)
        examined = _import(what, source, actor, dry_run=dry_run, strict=strict)
        refused_all = strict and bool(examined.checked.faulty)
        copy = _mark(source, examined, errors_to) if examined.checked.refused else None
    except RuleBroken as refusal:
        _fail(refusal.sentence, 1, as_json)
    told = report.figures(examined.kind, examined.checked)
    if refused_all:
        told["changed"] = 0
    if copy or what == "members":
        told["errors_workbook"] = str(copy) if copy else None
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        for line in _lines(examined, copy, dry_run=dry_run, refused_all=refused_all):
            click.echo(line)
    sys.exit(1 if refused_all else 0)


def _actor(username: str) -> Actor:
    try:
        user = get_user_model().objects.filter(username=username.strip().lower()).first()
    except DatabaseError as error:
        raise click.ClickException(
            "数据库还没有建好或不是最新。请先运行 dangqun init（新装）或 dangqun migrate（升级）。"
        ) from error
    if user is None:
        raise click.ClickException(f"没有用户“{username}”，请核对 --as 后面的用户名。")
    actor = Actor.of(user)
    if not actor.can(NEEDS):
        raise click.ClickException(f"{user}没有导入名册的权限，请换综合党委办公室的用户。")
    return actor


def _load(file: Path, errors_to: Path | None) -> tuple[bytes, str]:
    if errors_to is not None and errors_to.resolve() == file.resolve():
        raise RuleBroken("--errors-to 指的就是原表，会把它盖掉。请换一个文件名。")
    try:
        if file.stat().st_size > settings.UPLOAD_LIMIT:
            raise RuleBroken(
                f"文件超过 {settings.UPLOAD_LIMIT // 1024 // 1024} MB。请只留要导入的表，另存后再传。"
            )
        return file.read_bytes(), file.name
    except OSError as error:
        raise RuleBroken(f"打不开 {file}，请核对文件名和权限。") from error


def _import(what: str, source: tuple[bytes, str], actor: Actor, *, dry_run: bool, strict: bool) -> Examined:
    kind, scope = kind_of(what), Scope(actor)
    reading = read(kind, *source, scope.org)
    _refuse_nameless(reading)
    with bars(after=1) as progress:
        if dry_run or strict:
            examined = rules.check(kind, reading, scope, progress=progress)
            if dry_run or examined.checked.faulty:
                return examined
        return rules.carry_out_file(kind, reading, strict=strict, actor=actor, progress=progress)


def _refuse_nameless(reading: Reading) -> None:
    for table in reading.tables:
        if "name" not in table.fields.values():
            raise RuleBroken(
                f"“{table.sheet}”里没有认出姓名（名称）这一列。请在浏览器里导入一次，对应好的列会记住。"
            )


def _mark(source: tuple[bytes, str], examined: Examined, errors_to: Path | None) -> Path:
    data, name = rules.mark_up(source, examined)
    if errors_to is None:
        folder = settings.DATA / "errors"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _forget_old(folder)
        safe = re.sub(r"[^\w（）().\-]", "_", name)
        errors_to = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{safe}"
    try:
        handle = os.open(errors_to, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as out:
            os.fchmod(handle, 0o600)  # a file that was there before keeps its mode otherwise
            out.write(data)
    except OSError as error:
        raise RuleBroken(f"批注过的原表写不到 {errors_to}，请核对 --errors-to。") from error
    return errors_to


def _forget_old(folder: Path) -> None:
    for old in folder.glob("*.xlsx"):
        if time.time() - old.stat().st_mtime > KEPT_SECONDS:
            old.unlink(missing_ok=True)


def _lines(examined: Examined, copy: Path | None, *, dry_run: bool, refused_all: bool) -> Iterator[str]:
    checked, counted = examined.checked, report.deeds(examined.checked)
    done = "可以导入" if dry_run or refused_all else "已导入"
    yield f"读到 {counted['rows']} 行，{done} {counted['accepted']} 行（新增 {counted['new']}，改动 {counted['changed']}，无变化 {counted['same']}）。"  # noqa: E501
    for line, mark in checked.refused:
        yield f"  不能导入：{line.sheet} 第 {line.number} 行，{mark.sentence}"
    for warning in report.difference(examined.kind, checked)["warnings"]:
        yield f"  请留意：{warning['label']}，{warning['count']} 处。{''.join(warning['sentences'])}"
    if checked.missing:
        yield f"  表中没有：{len(checked.missing)} 个在名册里而不在这个文件里，没有改动。"
    if copy:
        yield f"批注过的原表：{copy}（含个人信息，用完请删除）"
    if dry_run:
        yield "这是试读，名册没有改动。"
    elif refused_all:
        yield "按 --strict，有错就一行都不导入，什么都没有写入。"


def _fail(sentence: str, code: int, as_json: bool) -> Any:
    click.echo(sentence, err=True)
    if as_json:
        click.echo(json.dumps({"error": sentence}, ensure_ascii=False))
    sys.exit(code)
