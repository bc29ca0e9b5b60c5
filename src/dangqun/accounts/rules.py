"""Verbs on accounts: sign in, stay signed in, sign out, end a device, change the password.

Whoever has a second factor, or must have one, stands at the door after her password: nobody yet, she reaches nothing.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from dangqun.accounts import second_factor
from dangqun.accounts.models import SecondFactor, SignIn, User
from dangqun.accounts.passwords import refuse_weak
from dangqun.accounts.privacy import tell_later
from dangqun.accounts.throttle import forget_tries, note_failure, take_try
from dangqun.accounts.told import tell_news
from dangqun.kernel.calendars import local, today
from dangqun.kernel.crypto import blind_index
from dangqun.kernel.facts import record
from dangqun.kernel.identity import looks_like_mobile
from dangqun.kernel.live import close_sockets, recheck
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Grant

VIEW_COOKIE = "dangqun_view"  # how large the door is, before anybody has signed in
TOUCH = timedelta(minutes=5)  # how exactly it is known when a device was last used
TOUCH_STAFF = timedelta(minutes=1)
AT_DOOR = "at_door"  # in the session: who has shown her password and not yet her code
DOOR_MINUTES, SET_UP_MINUTES = 5, 20  # how long she may stand there; installing an app takes its time
FRESH = timedelta(minutes=10)
WRONG = "用户名或密码不对。还没有激活的，请先用激活码激活；忘了密码请找综合党委办公室重发激活码。"
SIGN_IN_AGAIN = "您的岗位或者授权有变动，请重新登录。"
SHARED = "两个人登记了同一个手机号的，请用激活码纸条上的用户名。"


def sign_in(request: HttpRequest, name: str, password: str) -> str:
    """Sign somebody in by user name or mobile number; return the route that comes next.

    Raises RuleBroken; unknown names take as long as known ones.
    """
    user, network = _candidate(name), network_of(request)
    account = f"user|{user.pk}" if user else f"name|{name.strip().lower()}"
    held = take_try(account, network, at=timezone.now())
    if user is None:
        User().set_password(password)  # the same work as for a known name
    fits = user is not None and user.check_password(password)
    if user is None or not fits or not user.is_active or not user.activated_at:
        note_failure(held, "accounts.sign_in_failed", user)
        raise RuleBroken(WRONG + SHARED if looks_like_mobile(name.strip()) else WRONG)
    return let_in(request, user)


def let_in(request: HttpRequest, user: User) -> str:
    """Let in somebody who has shown her password or her activation code, or to the door of the second factor.

    Returns the route of the page that comes next.
    """
    forget_tries(f"user|{user.pk}", network_of(request))
    if second_factor.is_on(user):
        return _stand_at_door(request, user, "sign-in-code")
    if second_factor.is_compulsory(user):
        begun = second_factor.begin(user, by=user)
        return _stand_at_door(request, user, "sign-in-set-up", begun=begun.pk)
    enter(request, user)
    return "todo"


def at_door(request: HttpRequest) -> User | None:
    """Return who stands at the door of the second factor in this browser; None after some minutes."""
    held = request.session.get(AT_DOOR)
    if not held:
        return None
    user = User.objects.filter(pk=held["user"], is_active=True).first()
    minutes = DOOR_MINUTES if user and second_factor.is_on(user) else SET_UP_MINUTES
    same = user and constant_time_compare(held["password"], user.get_session_auth_hash())
    return user if same and time.time() - held["at"] <= 60 * minutes else None


def begun_at_door(request: HttpRequest, user: User) -> SecondFactor | None:
    """Return the secret that this browser began at the door; None when another one has taken its place."""
    held = request.session.get(AT_DOOR) or {}
    return user.second_factors.begun().filter(pk=held.get("begun") or 0).first()


def wanted_at_door(request: HttpRequest) -> str:
    """Return the address to which whoever stands at the door wanted to go, if it is one of ours."""
    wanted = str((request.session.get(AT_DOOR) or {}).get("next", ""))
    ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, {request.get_host()})
    return wanted if ours else reverse("todo")


def pass_door(request: HttpRequest, user: User, code: str) -> User:
    """Sign in whoever stands at the door, by a code of her phone or a printed one. Raises RuleBroken."""
    second_factor.prove(user, code, network=network_of(request))
    enter(request, user, proved=True)
    return user


def set_up_at_door(request: HttpRequest, begun: SecondFactor, code: str) -> list[str]:
    """Put a second factor into use and sign in; return the printed codes. Raises RuleBroken, also when there is one."""
    if second_factor.is_on(begun.user):
        raise RuleBroken(second_factor.NOT_YET, field="code")
    codes = second_factor.confirm(begun, code, network=network_of(request))
    enter(request, begun.user, proved=True)
    return codes


@verb
def enter(request: HttpRequest, user: User, *, proved: bool = False) -> None:
    """Begin a session of somebody who has shown who she is, under a new key; one of somebody else here ends.

    `proved`: by a second factor, too.
    """
    network = network_of(request)
    forget_tries(f"user|{user.pk}", network)
    if request.user.is_authenticated:
        sign_out(request)
    request.session.pop(AT_DOOR, None)
    auth.login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.actor = Actor.of(user)  # type: ignore[attr-defined]  # for what this very request still shows
    request.session.save()
    now = timezone.now()
    tell_news(request, user)
    tell_later(request, user)
    SignIn.objects.filter(session_key=request.session.session_key).delete()
    SignIn.objects.create(
        user=user,
        session_key=request.session.session_key or "",
        device=device_of(request.headers.get("User-Agent", "")),
        network=network,
        started_at=now,
        seen_at=now,
        second_factor_at=now if proved else None,
    )
    record("accounts.signed_in", user, by=user)
    chosen = request.COOKIES.get(VIEW_COOKIE, "")
    if chosen and chosen in User.View.values and not user.view:
        choose_view(user, chosen)


def refuse_without_second_factor(request: HttpRequest) -> None:
    """Raise SecondFactorWanted before an export of sensitive columns, unless this device gave a code within 10 minutes.

    Only where DANGQUN_SECOND_FACTOR_EXPORT asks for it. The middleware of this room leads to the page for the code
    and back. Raises RuleBroken for somebody who has no second factor.
    """
    if not settings.SECOND_FACTOR_EXPORT:
        return
    if not second_factor.is_on(request.user):
        raise RuleBroken("带敏感信息的导出要先有验证码。请到“我的 → 登录与安全”开启，再来导出。")
    here = SignIn.objects.open().filter(session_key=request.session.session_key)
    if not here.filter(second_factor_at__gte=timezone.now() - FRESH).exists():
        raise SecondFactorWanted("请先填验证码，再导出。")


class SecondFactorWanted(RuleBroken):
    """A refusal that a fresh code lifts."""


def give_fresh_code(request: HttpRequest, code: str) -> bool:
    """Note that this device has just given a right code. Raises RuleBroken for a wrong one."""
    user: Any = request.user
    second_factor.prove(user, code, network=network_of(request))
    _note_proof(request)
    return True


def keep_alive(request: HttpRequest) -> None:
    """Sign out a session that was revoked, idle too long, has outlived its powers or lacks the second factor.

    Pieces that live pages fetch by themselves keep nobody signed in: only a person's own doing does.
    """
    held = SignIn.objects.open().filter(session_key=request.session.session_key).first()
    now = timezone.now()
    if held is None or not request.user.is_active:
        auth.logout(request)
    elif why := _why_ended(held, request.user):
        end_sign_in(held, why=why, by=request.user)
        auth.logout(request)
        messages.info(request, SIGN_IN_AGAIN)
    elif now - held.seen_at <= TOUCH_STAFF:
        return
    elif held.seen_at < alive_since(request.user, now):
        end_sign_in(held, why="idle", by=request.user)
        auth.logout(request)
    elif "X-Live" not in request.headers and (
        now - held.seen_at > TOUCH or leaves_when_idle(request.user.pk)
    ):
        SignIn.objects.filter(pk=held.pk).update(seen_at=now)


def _why_ended(held: SignIn, user: Any) -> str:
    """Return why a session must end although nobody has ended it; what a passing day ends is asked once a day."""
    actor = user.actor = Actor.of(user)  # the guard of the page asks the same one
    if held.second_factor_at is None and actor.has_role(*settings.SECOND_FACTOR_ROLES):
        return "second factor wanted"
    if local(held.started_at).date() == actor.day:
        return ""
    key = f"standing|{held.session_key}|{actor.day}"
    if cache.get(key):
        return ""
    why = SignIn.objects.standing(actor.day).get(pk=held.pk).why_ended
    if not why:
        cache.set(key, True, timeout=24 * 3600)
    return str(why)


def alive_since(user: User, now: datetime) -> datetime:
    """Return since when a device must have been used to be still signed in: 20 minutes for staff, else 30 days."""
    if leaves_when_idle(user.pk):
        return now - timedelta(minutes=settings.IDLE_MINUTES)
    return now - timedelta(seconds=settings.SESSION_COOKIE_AGE)


def leaves_when_idle(user_id: int) -> bool:
    """Whether somebody holds a role of the office or of the administrators."""
    return _who_leave_when_idle().filter(user=user_id).exists()


def still_signed_in(keys: Iterable[str]) -> set[str]:
    """Return those session keys whose sign-in is open and not idle, for the check of live sockets."""
    now = timezone.now()
    standing = SignIn.objects.standing(today()).filter(why_ended="")
    held = standing.filter(session_key__in=list(keys), user__is_active=True)
    idle = held.filter(
        seen_at__lt=now - timedelta(minutes=settings.IDLE_MINUTES),
        user__in=_who_leave_when_idle().values("user"),
    )
    alive = held.filter(seen_at__gte=now - timedelta(seconds=settings.SESSION_COOKIE_AGE))
    return set(alive.exclude(pk__in=idle.values("pk")).values_list("session_key", flat=True))


@verb
def sign_out(request: HttpRequest) -> None:
    """End this session and its sockets."""
    held = SignIn.objects.open().filter(session_key=request.session.session_key).first()
    if held:
        end_sign_in(held, why="signed out", by=request.user)
    auth.logout(request)


@verb
def end_sign_in(held: SignIn, *, why: str, by: Any) -> None:
    """End one session on one device at once (这不是我, idle, sign-out)."""
    SignIn.objects.filter(pk=held.pk, ended_at=None).update(ended_at=timezone.now(), ended_why=why)
    Session.objects.filter(session_key=held.session_key).delete()
    close_sockets(session_key=held.session_key)
    record("accounts.signed_out", held.user, by=by, why=why)


@verb
def end_other_sign_ins(user: User, *, keep: str | None, by: Any, why: str = "password changed") -> None:
    """End all sessions of a user but one."""
    for held in user.sign_ins.open().exclude(session_key=keep):
        end_sign_in(held, why=why, by=by)


@verb
def set_password(user: User, password: str, *, by: Any, keep: str | None = None) -> User:
    """Set a password and end the other sessions. Raises RuleBroken when it is too short or too common."""
    refuse_weak(user, password)
    was = "已设置" if user.has_usable_password() else "未设置"
    user.set_password(password)
    user.password_changed_at = timezone.now()
    user.activated_at = user.activated_at or user.password_changed_at
    user.save(update_fields=["password", "password_changed_at", "activated_at"])
    now = "另设" if was == "已设置" else "已设置"
    record("accounts.password_set", user, by=by, changes={"password": [was, now]})
    end_other_sign_ins(user, keep=keep, by=by)
    return user


def change_password(request: HttpRequest, old: str, password: str) -> User:
    """Set my own password; this device stays signed in, the others do not. Raises RuleBroken, also for a wrong old one."""
    user: Any = request.user
    here = request.session.session_key
    held = take_try(f"user|{user.pk}", network_of(request), at=timezone.now())
    if not user.check_password(old):
        note_failure(held, "accounts.old_password_wrong", user)
        raise RuleBroken("现在的密码不对，请重写。", field="old")
    forget_tries(f"user|{user.pk}", network_of(request))
    _change(request, user, password, here)
    return user


@verb
def _change(request: HttpRequest, user: User, password: str, here: str | None) -> None:
    set_password(user, password, by=user, keep=here)
    auth.update_session_auth_hash(request, user)
    request.session.save()
    SignIn.objects.filter(session_key=here).update(session_key=request.session.session_key)


@verb
def choose_view(user: User, view: str) -> None:
    """Remember how large pages shall be for somebody."""
    before, after = User.View(user.view).label, User.View(view).label
    user.view = view
    user.save(update_fields=["view"])
    record("accounts.view_chosen", user, by=user, changes={"view": [before, after]})


@verb
def end_with_powers(user: User, *, lost: Iterable[str], by: Any) -> None:
    """End what powers carried, at once: sessions when a staff role ended or nothing is held any more, else reach alone.

    Whoever stays a member keeps an ordinary session; her open pages are asked again what they may hear.
    """
    if set(lost) & set(settings.STAFF_ROLES) or not Actor.of(user).holds:
        for held in user.sign_ins.open():
            end_sign_in(held, why="powers ended", by=by)
        close_sockets(user_id=user.pk)
    else:
        recheck(user.pk)


def end_when_nothing_is_held(user: User, *, by: Any) -> None:
    """End the sessions of somebody who lost a zone or contact point, when it was the last she held (wired)."""
    end_with_powers(user, lost=(), by=by)


def network_of(request: HttpRequest) -> str:
    """Return the client's network: its IPv4 address, or the /64 of IPv6, which one household has to itself.

    Behind trusted proxies it is the address that the outermost of them saw.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    if settings.PROXIES:
        forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part]
        if len(forwarded) >= settings.PROXIES:
            address = forwarded[-settings.PROXIES]
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:45]
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))


def device_of(agent: str) -> str:
    """Return a device in words that its owner knows: 安卓手机 微信."""
    kinds = (("iPhone", "苹果手机"), ("iPad", "苹果平板"), ("HarmonyOS", "鸿蒙手机"), ("Android", "安卓手机"))
    desks = (("Windows", "Windows 电脑"), ("Macintosh", "苹果电脑"), ("Linux", "Linux 电脑"))
    browsers = (("MicroMessenger", "微信"), ("wxwork", "企业微信"), ("DingTalk", "钉钉"), ("Edg", "Edge"))
    more = (("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    device = next((word for mark, word in (*kinds, *desks) if mark in agent), "不认识的设备")
    browser = next((word for mark, word in (*browsers, *more) if mark in agent), "")
    return f"{device} {browser}".strip()


def _stand_at_door(request: HttpRequest, user: User, route: str, *, begun: int | None = None) -> str:
    if request.user.is_authenticated:
        sign_out(request)
    request.session.cycle_key()  # a session that somebody planted here must not share it
    told = {"user": user.pk, "at": time.time(), "password": user.get_session_auth_hash()}
    request.session[AT_DOOR] = told | {"next": request.POST.get("next", ""), "begun": begun}
    return route


def _note_proof(request: HttpRequest) -> None:
    held = SignIn.objects.open().filter(session_key=request.session.session_key)
    held.update(second_factor_at=timezone.now())


def _candidate(name: str) -> User | None:
    name = name.strip()
    if looks_like_mobile(name):
        found = list(User.objects.filter(mobile_index=blind_index("contact", name))[:2])
        return found[0] if len(found) == 1 else None
    return User.objects.filter(username=name.lower()).first()


def _who_leave_when_idle() -> Any:
    return Grant.objects.effective().on(today()).filter(role__in=settings.IDLE_ROLES)
