"""`dangqun serve`: prepare what a start needs, then serve."""

from pathlib import Path

import click
import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

# What the vendors' packages hold besides the few files that pages name.
UNUSED = ["tabler-*", "tabler.css*", "tabler.rtl*", "ext", "*.gz", "*.d.ts", "trix.js", "trix.umd*"]


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="听哪个地址。")
@click.option("--port", default=8000, show_default=True, help="听哪个端口。")
@click.option("--tls", nargs=2, type=click.Path(exists=True, dir_okay=False), help="证书文件和私钥文件。")
def command(host: str, port: int, tls: tuple[str, str] | None) -> None:
    """启动平台。"""
    if settings.WEB_PROCESSES > 1:
        raise click.ClickException("现在只能用一个网页进程，请去掉 DANGQUN_WEB_PROCESSES。")
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise click.ClickException(
            "数据库还没有建好或不是最新。请先运行 dangqun init（新装）或 dangqun migrate（升级）。"
        )
    connection.close()
    prepare_static()
    click.echo(f"平台在 http{'s' if tls else ''}://{host}:{port} ，按 Ctrl+C 停下。")
    uvicorn.run(
        "dangqun.config.asgi:application",
        host=host,
        port=port,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        access_log=False,
        proxy_headers=bool(settings.PROXIES),
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=10,
        **({"ssl_certfile": tls[0], "ssl_keyfile": tls[1]} if tls else {}),
    )


def prepare_static() -> None:
    """Collect style sheets and scripts when they are newer than what was collected."""
    (settings.DATA / "tmp").mkdir(parents=True, exist_ok=True)
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    sources = (Path(place[1] if isinstance(place, tuple) else place) for place in settings.STATICFILES_DIRS)
    newest = max((file.stat().st_mtime for folder in sources for file in folder.rglob("*")), default=0)
    if not manifest.is_file() or manifest.stat().st_mtime < newest:
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED)
