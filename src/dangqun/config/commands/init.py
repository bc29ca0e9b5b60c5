"""`dangqun init`: an empty zone for real work."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from dangqun.config.commands._installing import found_zone, is_empty, prepare, write_private
from dangqun.config.commands._sheet import print_sheet


@click.command()
@click.option("--name", help="综合党委的全称，不写就问。")
@click.option(
    "--accounts-json", type=click.Path(path_type=Path), help="把用户名和激活码写进这个文件（只有您能读）。"
)
@click.option("--json", "as_json", is_flag=True, help="最后一行输出一个 JSON 对象。")
def command(name: str | None, accounts_json: Path | None, as_json: bool) -> None:
    """建一个空的平台：三位管理员和第一位办公室干事，各有一个只能用一次的激活码。没有默认密码。

    最后显示恢复单：上面的恢复码是打开备份的唯一办法，只显示这一次。
    """
    prepare()
    if not is_empty():
        raise click.ClickException("平台里已经有资料，不能再新建。换一个空的数据目录（DANGQUN_DATA）再运行。")
    accounts = found_zone(name or click.prompt("综合党委的全称"))
    if accounts_json:
        write_private(accounts_json, accounts)
        click.echo(f"用户名和激活码已写进 {accounts_json}，交给本人后请删掉。")
    else:
        for each in accounts:
            click.echo(f"{each.name}　用户名 {each.username}　激活码 {each.code}")
    sheet = print_sheet()
    click.echo("下一步：dangqun serve，四个人分别用激活码定密码；办公室干事再导入企业、党员和班子。")
    if as_json:
        told = [asdict(each) | ({"code": None} if accounts_json else {}) for each in accounts]
        click.echo(json.dumps({"accounts": told, "recovery": sheet}, ensure_ascii=False))
