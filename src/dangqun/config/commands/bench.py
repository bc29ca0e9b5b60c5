"""`dangqun bench NAME`: measure, beside a limit measured in the same run (benchmarks lie in the project's bench/)."""

import importlib
import json
import sys

import click
from django.conf import settings

FILES = {
    "import" if file.stem == "imports" else file.stem: file.stem
    for file in sorted((settings.PROJECT / "bench").glob("[a-z]*.py"))
}


@click.command(epilog=f"可以量的：{'、'.join(FILES) or '没有（只装了程序，没有 bench 文件夹）'}")
@click.argument("name", type=click.Choice(list(FILES)), metavar="NAME")
@click.option("--json", "as_json", is_flag=True, help="最后一行输出一个 JSON 对象。")
def command(name: str, as_json: bool) -> None:
    """量一量：每个数旁边是同一次量出的上限。只用本机和临时文件夹，不碰现在的资料。"""
    sys.path.insert(0, str(settings.PROJECT))  # benchmarks build the small town of tests/
    measured = importlib.import_module(f"bench.{FILES[name]}").run()
    for key, value in measured.items():
        click.echo(f"{key}\t{value}")
    if as_json:
        click.echo(json.dumps(measured, ensure_ascii=False))
