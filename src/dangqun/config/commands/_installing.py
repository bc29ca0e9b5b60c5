"""What `init` and `demo` share: an empty zone, its administrators, a list of accounts that only its owner reads."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.utils import timezone

from dangqun.config.roles import ROLE_NAMES
from dangqun.kernel.crypto import create_keyring
from dangqun.kernel.rules import verb
from dangqun.members import rules as members
from dangqun.members.models import Person
from dangqun.members.rules.activation import issue_code
from dangqun.orgs import rules as orgs
from dangqun.orgs.models import Grant, Org

FIRST = (
    ("system_admin", "系统管理员"),
    ("security_admin", "安全管理员"),
    ("auditor", "审计员"),
    ("office", "办公室干事"),
)


@dataclass
class Account:
    """One account as handed over: role, user name, name and the one-time code."""

    role: str
    username: str
    name: str
    code: str


def prepare() -> None:
    """Make keys and tables."""
    create_keyring()
    call_command("migrate", interactive=False, verbosity=0)


def is_empty() -> bool:
    """Whether nobody is there yet."""
    return not Org.objects.exists() and not get_user_model().objects.exists()


@verb
def found_zone(name: str) -> list[Account]:
    """Found an empty zone: its committee, three administrators and the first clerk, each with a one-time code.

    Nobody stands above them yet, so these four roles are confirmed by the installation itself.
    """
    committee = orgs.open_org(Org.Kind.COMMITTEE, name, under=None, by=None)
    return [_first(role, word, committee) for role, word in FIRST]


def _first(role: str, word: str, committee: Org) -> Account:
    person: Person = members.enrol(word, org=committee, by=None)
    grant = members.propose_staff_grant(person, role, committee, by=None)
    Grant.objects.filter(pk=grant.pk).update(confirmed_at=timezone.now())
    person.refresh_from_db()
    return Account(role, person.account.username, person.name, issue_code(person, by=None))


def write_private(file: Path, rows: list) -> None:  # type: ignore[type-arg]
    """Write a list as JSON into a file that only its owner can read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        told = [row if isinstance(row, dict) else asdict(row) for row in rows]
        json.dump(told, out, ensure_ascii=False, indent=1)


def print_table(accounts: list[dict[str, str | None]]) -> None:
    """Print accounts, one a line."""
    click.echo("角色　　　　　　用户名　　　　　　　　密码　　　　　　　　姓名　　单位")
    for each in accounts:
        word = (ROLE_NAMES | {"stranger": "别的园区的书记"}).get(str(each["role"]), str(each["role"]))
        click.echo(f"{word}\t{each['username']}\t{each['password']}\t{each['name']}\t{each['org']}")
    click.echo(
        "三位管理员登录还要验证码：第一次登录时扫码开启；用 --accounts-json 装的已经开启，密钥在文件里。"
    )
