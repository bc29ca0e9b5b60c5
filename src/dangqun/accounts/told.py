"""What happened to an account, told to its owner: who issued codes, changed the password, opened the way anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from dangqun.kernel.models import Fact

WORDS = {
    "members.code_issued": "发了激活码",
    "members.code_withdrawn": "作废了发出的激活码",
    "members.activated": "用激活码定了密码",
    "members.reset_asked": "申请重设您的登录",
    "members.reset_confirmed": "同意重设您的登录",
    "members.reset_refused": "没有同意重设您的登录",
    "accounts.password_set": "改了密码",
    "accounts.second_factor_on": "开启了验证码",
    "accounts.second_factor_replaced": "换了验证码的手机",
    "accounts.second_factor_off": "关闭了验证码",
    "accounts.second_factor_wrong": "验证码填错一次",
    "accounts.recovery_codes_printed": "印了备用码",
    "accounts.recovery_code_used": "用了一个备用码",
    "accounts.roles_changed": "调整了您的岗位",
    "accounts.closed": "停用了账号",
    "accounts.reopened": "恢复了账号",
    "accounts.ways_shut": "确认您的新岗位，原来的密码作废",
}
BY_OTHERS = ("members.code_issued", "members.reset_asked", "members.reset_confirmed")
SERVER = "在服务器上"


class Told(NamedTuple):
    """One thing that happened: when, what, and who did it."""

    at: datetime
    words: str
    by: str


def told_to(user: Any) -> list[Told]:
    """Return what happened to an account in the time that facts are kept, the newest first."""
    found = _facts(user).filter(what__in=WORDS).order_by("-at", "-pk")[:50]
    return [Told(fact.at, WORDS[fact.what], _who(fact, user)) for fact in found]


def tell_news(request: HttpRequest, user: Any) -> None:
    """Say on the next page what others did to her codes since her last sign-in, if anything."""
    last = user.sign_ins.order_by("-started_at").values_list("started_at", flat=True).first()
    if news := told_at_sign_in(user, last):
        messages.info(request, news)


def told_at_sign_in(user: Any, since: datetime | None) -> str:
    """Return a sentence about the codes that others asked for or issued since the last sign-in; empty for none."""
    news = _facts(user).filter(what__in=BY_OTHERS).exclude(actor_id=user.pk)
    news = news.filter(at__gt=since) if since else news.none()
    fact = news.order_by("-at").first()
    if fact is None:
        return ""
    who = fact.actor_name or "有人在服务器上"
    return f"您上次登录以后，{who}给您{WORDS[fact.what].replace('您的', '')}。不是您要的，请看“登录与安全”。"


def _facts(user: Any) -> QuerySet[Fact]:
    """Facts are about the account, or about the person behind it (that floor lies above)."""
    about = Q(subject_kind="accounts.user", subject_key=str(user.pk))
    person = getattr(user, "person", None)
    if person is not None:
        about |= Q(subject_kind="members.person", subject_key=str(person.pk))
    return Fact.objects.filter(about)


def _who(fact: Fact, user: Any) -> str:
    if fact.actor_id is None:
        return SERVER if fact.what in ("members.code_issued", "accounts.password_set") else "登录时"
    return "您自己" if fact.actor_id == user.pk else fact.actor_name
