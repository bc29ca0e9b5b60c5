"""`dangqun doctor`: look the installation over and say what to do."""

import json
import sys

import click

from dangqun.config.health import BAD, MIND, examine


@click.command()
@click.option("--json", "as_json", is_flag=True, help="最后一行输出一个 JSON 对象。")
def command(as_json: bool) -> None:
    """检查这台机器上的安装：文件、密钥、数据库、Redis、后台处理、时间、网址、演示账号。

    每行是“正常”“请留意”或“有问题”，后面写着怎么办。有“有问题”时退出码是 1，否则是 0。只看不改。
    """
    findings = examine()
    for each in findings:
        click.echo(f"{each.state}\t{each.subject}：{each.sentence}")
    problems = sum(each.state == BAD for each in findings)
    if as_json:
        told = {
            "problems": problems,
            "warnings": sum(each.state == MIND for each in findings),
            "checks": [each._asdict() for each in findings],
        }
        click.echo(json.dumps(told, ensure_ascii=False))
    sys.exit(1 if problems else 0)
