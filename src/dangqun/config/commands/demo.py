"""`dangqun demo`: a zone to try things in; every person in it is invented.

S1: 203 members, 34 branches, 51 enterprises (the workbooks in config/demo). S2: 2,030 members, 338 branches,
507 enterprises, two years of notices. S3: 20,300 members, 3,383 branches, 5,075 enterprises, two years of notices.
In each a few weeks have gone by (`_scenes`): notices, tasks, a look at a number.
"""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import F
from django.utils import timezone

from dangqun.accounts.privacy import note_told
from dangqun.accounts.rules import set_password
from dangqun.accounts.second_factor import begin, put_into_use
from dangqun.config.commands._bars import bars
from dangqun.config.commands._installing import found_zone, is_empty, prepare, print_table, write_private
from dangqun.config.commands._scenes import People, enclose_agenda, live_through
from dangqun.config.commands._sheet import print_sheet
from dangqun.config.commands._town import workbooks
from dangqun.kernel.calendars import add_months
from dangqun.members.imports.kinds import kind_of
from dangqun.members.imports.reading import read
from dangqun.members.imports.rules import carry_out_file
from dangqun.members.imports.scope import Scope
from dangqun.members.models import Office, Person
from dangqun.members.rules.accounts import account_for
from dangqun.members.rules.staff import confirm
from dangqun.notices import rules as notices
from dangqun.notices.audience import Audience
from dangqun.notices.models import Notice, Receipt
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Grant

WORKBOOKS = Path(__file__).resolve().parent.parent / "demo"
BOOKS = (("organisations", "organisations.xlsx"), ("members", "roster.xlsx"), ("officers", "officers.xlsx"))
SIZES = {"S1": 0, "S2": 2030, "S3": 20_300}
MONTHS = 24  # of notices in S2 and S3: one a month, each third to all members, the others to secretaries
HURRIES = 13  # of so many receivers one has not signed
WORDS = (
    ("关于做好 2026 年度民主评议党员和党员信息核对工作的通知", ("member",), 3),
    ("党支部书记第四季度例会通知", ("secretary",), 2),
)
BODY = "各党支部、全体党员：\n\n请在截止时间前签收，并核对“我的信息”里的内容，有误的告诉支部书记更正。\n\n## 有关要求\n\n- 不要求撰写心得\n- 不要求上传照片"  # noqa: E501


@click.command()
@click.option(
    "--size",
    type=click.Choice(list(SIZES)),
    default="S1",
    show_default=True,
    help="S1：203 名党员、34 个支部；S2：2030 名党员、338 个支部、两年的通知；S3：20300 名党员、3383 个支部、两年的通知。",
)
@click.option(
    "--accounts-json",
    type=click.Path(path_type=Path),
    help="把演示账号写进这个文件（只有您能读）；管理员的验证码随之开启，密钥也在里面，给脚本用。",
)
@click.option("--if-empty", is_flag=True, help="已经有资料就什么都不做。")
@click.option("--json", "as_json", is_flag=True, help="最后一行输出一个 JSON 对象。")
def command(size: str, accounts_json: Path | None, if_empty: bool, as_json: bool) -> None:
    """装一个演示开发区：用普通的导入读三张表，密码在这台机器上随机生成。人和企业都是编的。"""
    prepare()
    kept = settings.DATA / "demo-accounts.json"
    if not is_empty():
        if not if_empty:
            raise click.ClickException("平台里已经有资料。换一个空的数据目录（DANGQUN_DATA）再运行。")
        if kept.is_file():
            print_table(json.loads(kept.read_text(encoding="utf-8")))
        return
    found_zone("示范经济开发区综合党委")
    with bars() as progress:
        _import_books(SIZES[size], progress)
        accounts = _accounts(enrols=accounts_json is not None)
        if SIZES[size]:
            _publish_years(progress)
    live_through(_people(accounts), *_publish())
    for file in filter(None, (kept, accounts_json)):
        write_private(file, accounts)
    print_table(accounts)
    print_sheet()
    if as_json:
        told = {
            "accounts": len(accounts),
            "people": Person.objects.count(),
            "notices": Notice.objects.count(),
        }
        click.echo(json.dumps(told, ensure_ascii=False))


def _import_books(members: int, progress: Any) -> None:
    clerk = _first_of("office")
    books = workbooks(members) if members else [(kind, name, _read(name)) for kind, name in BOOKS]
    for number, (kind, name, data) in enumerate(books):
        progress("导入样表", number, len(books))
        actor = Actor.of(clerk)
        reading = read(kind_of(kind), data, name, Scope(actor).org)
        carry_out_file(kind_of(kind), reading, actor=actor, strict=True, progress=progress)
    guard = _first_of("security_admin")
    for grant in Grant.objects.waiting():
        confirm(grant, by=guard)


def _read(name: str) -> bytes:
    return (WORKBOOKS / name).read_bytes()


def _accounts(enrols: bool) -> list[dict[str, Any]]:
    """Open one account a role; `enrols`: with a second factor for administrators, for whoever drives them by a script."""
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
    return [_open(role, person, enrols and role in settings.ADMINISTRATOR_ROLES) for role, person in chosen]


def _open(role: str, person: Person, enrols: bool) -> dict[str, Any]:
    user = account_for(person, by=None)
    password = secrets.token_urlsafe(12)
    set_password(user, password, by=None)
    note_told(user)  # as at an activation: an invented person has read the privacy notice
    return {
        "role": role,
        "username": user.username,
        "password": password,
        "totp_secret": _enrol(user) if enrols else None,
        "name": person.name,
        "org": person.org.name,
    }


def _enrol(user: Any) -> str:
    """Put a second factor into use, and return the secret from which a phone or a script makes codes."""
    begun = begin(user, by=None)
    put_into_use(begun, 0)
    return str(begun.secret.open())


def _people(accounts: list[dict[str, Any]]) -> People:
    """Return who acts in the scenes: those who have the accounts, so that whoever signs in meets them."""
    names = {each["role"]: each["username"] for each in accounts}
    found = Person.objects.select_related("account", "org").filter(account__username__in=names.values())
    held = {each.account.username: each for each in found}
    secretary, other, member = (held[names[role]] for role in ("secretary", "stranger", "member"))
    return People(_first_of("office"), secretary, other, member)


def _publish() -> list[Notice]:
    issued = [
        _issue(title, posts, timezone.now() + timedelta(days=days), with_file=posts == ("secretary",))
        for title, posts, days in WORDS
    ]
    _sign_some(issued[0])
    return issued


def _publish_years(progress: Any) -> None:
    """Issue a notice for each month gone by, by the ordinary rule, and date it back."""
    now = timezone.now()
    for ago in range(MONTHS, 0, -1):
        progress("往年的通知", MONTHS - ago, MONTHS)
        day = add_months(now.date(), -ago)
        at = now - timedelta(days=(now.date() - day).days)
        posts = ("member",) if ago % 3 == 0 else ("secretary",)
        notice = _issue(f"{day.year}年{day.month}月份工作通知", posts, now + timedelta(days=1))
        Notice.objects.filter(pk=notice.pk).update(
            published_at=at, created_at=at, deadline=at + timedelta(days=3)
        )
        _sign_most(notice, at)


def _sign_most(notice: Notice, at: datetime) -> None:
    """Date signatures over the first two days; one in HURRIES has none."""
    turns = Receipt.objects.filter(notice=notice).annotate(turn=F("pk") % HURRIES)
    for turn in range(1, HURRIES):
        turns.filter(turn=turn).update(signed_at=at + timedelta(hours=4 * turn))


def _issue(title: str, posts: tuple[str, ...], deadline: datetime, with_file: bool = False) -> Notice:
    clerk = _first_of("office")
    facts = {
        "title": title,
        "body": notices.clean_body(_html()),
        "audience": Audience(posts=posts).stored(),
        "wants_signing": True,
        "deadline": deadline,
    }
    draft = notices.save_draft(None, facts, by=clerk)
    if with_file:
        enclose_agenda(draft, by=clerk)
    return notices.publish(draft, by=clerk)


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
