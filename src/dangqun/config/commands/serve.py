"""`dangqun serve`: prepare what a start needs, then run web processes and a worker."""

from __future__ import annotations

import socket
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.urls import get_resolver

from dangqun.config import settings as conf
from dangqun.config.commands._starting import bind, hold_data_folder, refuse_old_database
from dangqun.kernel.processes import Child, Parent

HSTS_SECONDS = 31_536_000


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="听哪个地址。")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="听哪个端口。")
@click.option(
    "--tls",
    nargs=2,
    type=click.Path(exists=True, dir_okay=False),
    help="证书文件和私钥文件，直接提供 HTTPS。",
)
@click.option("--worker/--no-worker", default=True, show_default=True, help="是否带一个后台处理进程。")
@click.option("--demo", is_flag=True, help="还没有资料的，先装演示开发区（dangqun demo --if-empty）。")
def command(host: str, port: int, tls: tuple[str, str] | None, worker: bool, demo: bool) -> None:
    """启动平台：网页进程（个数由 DANGQUN_WEB_PROCESSES 定）和一个后台处理进程，停下的会自动重新启动。"""
    if demo:
        import_module("dangqun.config.commands.demo").command.main(["--if-empty"], standalone_mode=False)
    refuse_old_database()
    held = hold_data_folder()
    listening = bind(host, port)
    if tls:
        _speak_https()
    prepare_static()
    options = uvicorn_options(tls)
    _load()
    children = [
        Child(f"web {number + 1}", partial(_serve, listening, options))
        for number in range(settings.WEB_PROCESSES)
    ]
    if worker:
        children.append(Child("worker", _work, needed=False))
    click.echo(f"平台在 http{'s' if tls else ''}://{host}:{port} ，按 Ctrl+C 停下。")
    status = Parent(children).run()
    if status:
        click.echo("网页进程一再停下，平台已经停止。上面写着原因；也可以运行 dangqun doctor。", err=True)
    del held
    sys.exit(status)


def uvicorn_options(tls: tuple[str, str] | None = None) -> dict[str, Any]:
    """Return how uvicorn serves: sockets without deflate, no access log, forwarded addresses only behind known proxies."""
    certificates = {"ssl_certfile": tls[0], "ssl_keyfile": tls[1]} if tls else {}
    return {
        "ws": "websockets-sansio",
        "ws_per_message_deflate": False,
        "ws_max_size": 64 * 1024,
        "access_log": False,
        "log_config": None,  # its errors go where ours go, without their messages (kernel.logs)
        "proxy_headers": bool(settings.PROXIES),
        "log_level": "warning",
        "server_header": False,
        "timeout_graceful_shutdown": 10,
        **certificates,
    }


def prepare_static() -> None:
    """Collect style sheets and scripts when they are newer than what was collected."""
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    files = (Path(storage.path(path)) for finder in get_finders() for path, storage in finder.list([]))
    newest = max((file.stat().st_mtime for file in (*files, Path(conf.__file__))), default=0)
    if not manifest.is_file() or manifest.stat().st_mtime < newest:
        call_command("collectstatic", interactive=False, verbosity=0)


def _speak_https() -> None:
    """Behave as with DANGQUN_HTTPS=true: cookies and browsers shall use nothing but HTTPS from now on."""
    settings.HTTPS = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = settings.SECURE_HSTS_SECONDS or HSTS_SECONDS


def _load() -> None:
    """Load the whole application once, before the fork: every process shares its memory and answers at once."""
    import dangqun.config.asgi
    import dangqun.kernel.worker  # noqa: F401

    _ = get_resolver().url_patterns


def _serve(listening: socket.socket, options: dict[str, Any]) -> None:
    import uvicorn

    uvicorn.Server(uvicorn.Config("dangqun.config.asgi:application", **options)).run(sockets=[listening])


def _work() -> None:
    from dangqun.kernel.worker import Worker

    Worker().run()
