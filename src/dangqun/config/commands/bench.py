"""`dangqun bench NAME`: measure, beside a limit measured in the same run (benchmarks lie in the project's bench/)."""

import importlib.util
import json

import click
from django.conf import settings


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="最后一行输出一个 JSON 对象。")
def command(name: str, as_json: bool) -> None:
    """量一量：每个数旁边是同一次量出的上限。可选：import。"""
    file = settings.PROJECT / "bench" / f"{'imports' if name == 'import' else name}.py"
    if not name.isidentifier() or not file.is_file():
        raise click.ClickException(f"没有叫 {name} 的测量。")
    spec = importlib.util.spec_from_file_location(f"bench_{name}", file)
    if spec is None or spec.loader is None:
        raise click.ClickException(f"读不了 {file}。")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    measured = module.run()
    for key, value in measured.items():
        click.echo(f"{key}\t{value}")
    if as_json:
        click.echo(json.dumps(measured, ensure_ascii=False))
