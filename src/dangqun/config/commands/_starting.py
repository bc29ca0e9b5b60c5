"""What `serve` and `worker` share: refuse what cannot work, with a sentence."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path

import click
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor


def refuse_old_database() -> None:
    """Refuse a database that is away, not made yet or older than this version; leaves no connection open."""
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise click.ClickException(
            f"连不上数据库（{type(error).__name__}）。请核对 DATABASE_URL，以及数据库是否已经启动。"
        ) from error
    finally:
        connection.close()
    if behind:
        raise click.ClickException(
            "数据库还没有建好或不是最新。请先运行 dangqun init（新装）或 dangqun migrate（升级）。"
        )


def hold_data_folder() -> int:
    """Claim the data folder for this server as long as it lives. Raises ClickException when another one has it."""
    handle = os.open(Path(settings.DATA) / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as held:
        raise click.ClickException(
            f"数据文件夹 {settings.DATA} 已经有一个平台在运行。请先停下它，或者用 DANGQUN_DATA 换一个数据文件夹。"
        ) from held
    return handle


def bind(host: str, port: int) -> socket.socket:
    """Open the port, before anything is forked. Raises ClickException when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        raise click.ClickException(
            f"{host} 的端口 {port} 用不了（{error}）。请用 --port 换一个端口，或者停下占用它的程序。"
        ) from error
    listening.set_inheritable(True)
    return listening


def is_serving() -> bool:
    """Whether a server runs on this data folder."""
    try:
        handle = os.open(Path(settings.DATA) / "serve.lock", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
