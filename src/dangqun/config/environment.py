"""Reading the environment: every value is checked, and a wrong one is refused with a sentence that names its variable."""

from __future__ import annotations

import os
import re
from datetime import time
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off", "")
HOST = re.compile(r"\.?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")


asked: set[str] = set()  # the names that mean something


def text(name: str, default: str = "") -> str:
    """Return a text as it stands."""
    asked.add(name)
    return os.environ.get(name, default)


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Return one of the allowed words."""
    value = text(name, default)
    if value not in allowed:
        refuse(name, f"只能是 {'、'.join(allowed)} 之一", value)
    return value


def number(name: str, default: int, low: int, high: int) -> int:
    """Return a whole number within bounds."""
    value = text(name, str(default)).strip()
    if not re.fullmatch(r"-?[0-9]{1,9}", value) or not low <= int(value) <= high:
        refuse(name, f"要填 {low} 到 {high} 的整数", value)
    return int(value)


def clock(name: str, default: str) -> time:
    """Return a time of the day, written as 07:30."""
    value = text(name, default).strip()
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        refuse(name, "要填几点几分，例如 07:30", value)
    return time.fromisoformat(value)


def site(name: str) -> str:
    """Return the address under which people open the platform, without the slash at its end; empty when not told."""
    given = text(name).strip().rstrip("/")
    parts = urlsplit(given)
    if given and (parts.scheme not in ("https", "http") or not parts.hostname or parts.path or parts.query):
        refuse(name, "要填大家打开平台的网址，例如 https://dq.example.gov.cn", given)
    return given


def shaped(name: str, pattern: str, example: str) -> str:
    """Return a text of that shape, or an empty one."""
    value = text(name).strip()
    if value and not re.fullmatch(pattern, value):
        refuse(name, f"要照批下来的写，例如 {example}", value)
    return value


def flag(name: str, default: bool) -> bool:
    """Return true or false; anything else is refused instead of counting as false."""
    value = text(name, str(default)).strip().lower()
    if value not in (*TRUE, *FALSE):
        refuse(name, "要填 true 或 false", value)
    return value in TRUE


def folder(name: str, default: str) -> Path:
    """Return a folder in which we can write; it is made when it is not there."""
    given = text(name, default)
    if not given.strip():
        refuse(name, "不能为空，要填一个文件夹", given)
    path = Path(given).expanduser().resolve()
    try:
        make(path)
    except FileExistsError:
        refuse(name, "那里是一个文件，要填一个文件夹", given)
    except OSError as error:
        refuse(name, f"建不了这个文件夹（{error.strerror}）", given)
    if not os.access(path, os.W_OK | os.X_OK):
        refuse(name, "这个文件夹不能写，请核对它的权限", given)
    return path


def make(path: Path) -> Path:
    """Return a folder, made for us alone when it is not there."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def hosts(name: str, default: str) -> list[str]:
    """Return host names, without scheme and port; a star would let any page on the internet use our sockets."""
    given = text(name, default)
    names = [each.strip() for each in given.split(",")]
    if not all(names):
        refuse(name, "要填主机名，用逗号分开，不能有空的", given)
    for each in names:
        if each == "*":
            refuse(name, "不能用 *，请写出大家实际用的主机名", given)
        if not HOST.fullmatch(each):
            refuse(name, f"“{each}”不是主机名：不写 http://、端口和空格", given)
    return names


def database(name: str, file: Path) -> dict[str, Any]:
    """Return Django's settings for SQLite (in `file` when nothing is given) or PostgreSQL; never shows the value."""
    given = text(name) or f"sqlite:///{file}"
    expected = "要填 postgres://用户:密码@主机/库名 或 sqlite:////文件"
    try:
        scheme = urlsplit(given).scheme
        found: dict[str, Any] = environ.Env.db_url_config(given)
    except Exception as error:
        raise ImproperlyConfigured(f"环境变量 {name} 不对：{expected}。") from error
    if scheme not in ("sqlite", "postgres", "postgresql"):
        refuse(name, expected)
    if scheme != "sqlite" and not found.get("NAME"):
        refuse(name, f"少了库名，{expected}")
    if scheme == "sqlite" and found["NAME"] != ":memory:" and not Path(found["NAME"]).parent.is_dir():
        refuse(name, f"没有 {Path(found['NAME']).parent} 这个文件夹")
    return found


def redis(name: str) -> str:
    """Return the address of Redis, empty for none; never shows the value."""
    given = text(name)
    parts = urlsplit(given)
    if given and (parts.scheme not in ("redis", "rediss", "unix") or not (parts.hostname or parts.path)):
        refuse(name, "要填 redis://主机:6379/0、rediss://… 或 unix:///…")
    return given


def refuse(name: str, why: str, value: str | None = None) -> NoReturn:
    """Stop with a sentence that names the variable; values that may hold a password are not shown."""
    shown = "" if value is None else f"（现在是 {value[:80]!r}）"
    raise ImproperlyConfigured(f"环境变量 {name} 不对{shown}：{why}。")
