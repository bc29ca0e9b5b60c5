"""`dangqun demo`: a zone to try things in; every person in it is invented."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone

from dangqun.accounts.rules import set_password
from dangqun.config.commands._installing import found_zone, is_empty, prepare, print_table, write_private
from dangqun.members.imports.kinds import kind_of
from dangqun.members.imports.reading import read
from dangqun.members.imports.rules import carry_out_file
from dangqun.members.imports.scope import Scope
from dangqun.members.models import Office, Person
from dangqun.members.rules.accounts import account_for
from dangqun.members.rules.staff import confirm
from dangqun.notices import rules as notices
from dangqun.notices.audience import Audience
from dangqun.notices.models import Receipt
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Grant

WORKBOOKS = Path(__file__).resolve().parent.parent / "demo"
BOOKS = (("organisations", "organisations.xlsx"), ("members", "roster.xlsx"), ("officers", "officers.xlsx"))
WORDS = (
    ("关于做好 2026 年度民主评议党员和党员信息核对工作的通知", ("member",), 3),
    ("党支部书记第四季度例会通知", ("secretary",), 2),
)
BODY = "各党支部、全体党员：\n\n请在截止时间前签收，并核对“我的信息”里的内容，有误的告诉支部书记更正。\n\n## 有关要求\n\n- 不要求撰写心得\n- 不要求上传照片"  # noqa: E501


@click.command()
@click.option(
    "--accounts-json", type=click.Path(path_type=Path), help="把演示账号写进这个文件（只有您能读）。"
)
@click.option("--if-empty", is_flag=True, help="已经有资料就什么都不做。")
@click.option("--json", "as_json", is_flag=True, help="最后一行输出一个 JSON 对象。")
def command(accounts_json: Path | None, if_empty: bool, as_json: bool) -> None:
    """装一个演示开发区：用普通的导入读三张样表，密码在这台机器上随机生成。"""
    prepare()
    kept = settings.DATA / "demo-accounts.json"
    if not is_empty():
        if not if_empty:
            raise click.ClickException("平台里已经有资料。换一个空的数据目录（DANGQUN_DATA）再运行。")
        if kept.is_file():
            print_table(json.loads(kept.read_text(encoding="utf-8")))
        return
    found_zone("示范经济开发区综合党委")
    _import_books()
    accounts = _accounts()
    _publish()
    for file in filter(None, (kept, accounts_json)):
        write_private(file, accounts)
    print_table(accounts)
    if as_json:
        click.echo(
            json.dumps({"accounts": len(accounts), "people": Person.objects.count()}, ensure_ascii=False)
        )


def _import_books() -> None:
    clerk = _first_of("office")
    with click.progressbar(BOOKS, label="导入样表") as books:
        for kind, name in books:
            actor = Actor.of(clerk)
            reading = read(kind_of(kind), (WORKBOOKS / name).read_bytes(), name, Scope(actor).org)
            carry_out_file(kind_of(kind), reading, actor=actor, strict=True)
    guard = _first_of("security_admin")
    for grant in Grant.objects.waiting():
        confirm(grant, by=guard)


def _accounts() -> list[dict[str, Any]]:
    secretaries = (
        Office.objects.open().filter(post=Office.Post.SECRETARY).order_by("org__park_number", "org__number")
    )
    first = secretaries.first()
    other = secretaries.exclude(org__park_number=first.org.park_number).first()
    plain = Person.objects.filter(org=first.org).exclude(offices__isnull=False).order_by("pk").first()
    chosen = [
        ("office", _first_of("office").person),
        ("committee_member", _holder(Office.Post.COMMITTEE_MEMBER)),
        ("instructor", _holder(Office.Post.INSTRUCTOR)),
        ("secretary", first.person),
        ("member", plain),
        ("enterprise_rep", _holder(Office.Post.ENTERPRISE_CONTACT)),
        ("system_admin", _first_of("system_admin").person),
        ("security_admin", _first_of("security_admin").person),
        ("auditor", _first_of("auditor").person),
        ("stranger", other.person),
    ]
    return [_open(role, person) for role, person in chosen]


def _open(role: str, person: Person) -> dict[str, Any]:
    user = account_for(person, by=None)
    password = secrets.token_urlsafe(12)
    set_password(user, password, by=None)
    return {
        "role": role,
        "username": user.username,
        "password": password,
        "totp_secret": None,
        "name": person.name,
        "org": person.org.name,
    }


def _publish() -> None:
    clerk = _first_of("office")
    for number, (title, posts, days) in enumerate(WORDS):
        facts = {
            "title": title,
            "body": notices.clean_body(_html()),
            "audience": Audience(posts=posts).stored(),
            "wants_signing": True,
            "deadline": timezone.now() + timedelta(days=days),
        }
        notice = notices.publish(notices.save_draft(None, facts, by=clerk), by=clerk)
        if number == 0:
            _sign_some(notice)


def _html() -> str:
    from dangqun.notices.forms import as_html

    return as_html(BODY)


def _sign_some(notice: Any) -> None:
    signing = Receipt.objects.filter(notice=notice, person__account__isnull=False).select_related(
        "person__account", "branch"
    )
    for receipt in signing.order_by("pk")[10:50]:
        notices.sign(receipt, by=receipt.person.account)


def _first_of(role: str) -> Any:
    return get_user_model().objects.filter(grants__role=role).order_by("pk").first()


def _holder(post: str) -> Person:
    return Office.objects.open().filter(post=post).order_by("pk").first().person
