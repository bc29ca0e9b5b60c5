"""Verbs on accounts: sign in, stay signed in, sign out, end a device, change the password."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string

from dangqun.accounts.models import SignIn, Throttle, User
from dangqun.kernel.calendars import local
from dangqun.kernel.crypto import blind_index
from dangqun.kernel.facts import record
from dangqun.kernel.identity import looks_like_mobile
from dangqun.kernel.live import close_sockets
from dangqun.kernel.rules import RuleBroken, verb

TOUCH_EVERY = timedelta(minutes=5)
WRONG = "用户名或密码不对。还没有激活的，请先用激活码激活；忘了密码请找支部书记或综合党委办公室重发激活码。"


def sign_in(request: HttpRequest, name: str, password: str) -> User:
    """Sign somebody in by user name or mobile number. Raises RuleBroken; unknown names take as long as known ones."""
    network = network_of(request)
    keys = (f"account|{name.strip().lower()}|{network}", f"network|{network}")
    refuse_when_shut(keys[0])
    user = _candidate(name)
    if user is None:
        User().set_password(password)  # the same work as for a known name
    if user is None or not user.is_active or not user.activated_at or not user.check_password(password):
        note_failure(keys[0], user)
        raise RuleBroken(WRONG)
    _enter(request, user, network)
    Throttle.objects.filter(key=_hashed(keys[0])).delete()
    return user


@verb
def _enter(request: HttpRequest, user: User, network: str) -> None:
    auth.login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session.save()
    now = timezone.now()
    SignIn.objects.filter(session_key=request.session.session_key).delete()
    SignIn.objects.create(
        user=user,
        session_key=request.session.session_key,
        device=device_of(request.headers.get("User-Agent", "")),
        network=network,
        started_at=now,
        seen_at=now,
    )
    record("accounts.signed_in", user, by=user)


def keep_alive(request: HttpRequest) -> None:
    """Sign out a session that was revoked, idle too long or whose account is closed; note that it is alive, rarely."""
    held = SignIn.objects.open().filter(session_key=request.session.session_key).first()
    now = timezone.now()
    if held is None or not request.user.is_active:
        auth.logout(request)
    elif now - held.seen_at > _idle_limit(request.user):
        end_sign_in(held, why="idle", by=request.user)
        auth.logout(request)
    elif now - held.seen_at > TOUCH_EVERY:
        SignIn.objects.filter(pk=held.pk).update(seen_at=now)


def still_signed_in(keys: Iterable[str]) -> set[str]:
    """Return those session keys whose sign-in is open, for the check of live sockets."""
    return set(
        SignIn.objects.open()
        .filter(session_key__in=list(keys), user__is_active=True)
        .values_list("session_key", flat=True)
    )


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
def end_other_sign_ins(user: User, *, keep: str | None, by: Any) -> None:
    """End all sessions of a user but one."""
    for held in user.sign_ins.open().exclude(session_key=keep):
        end_sign_in(held, why="password changed", by=by)


@verb
def set_password(user: User, password: str, *, staff: bool, by: Any, keep: str | None = None) -> User:
    """Set a password and end the other sessions. Raises RuleBroken when it is too short or too common."""
    least = settings.STAFF_PASSWORD_LENGTH if staff else settings.PASSWORD_LENGTH
    if len(password) < least:
        raise RuleBroken(f"密码至少 {least} 位，可以用一句好记的话。", field="password")
    try:
        validate_password(password, user)
    except ValidationError as weak:
        raise RuleBroken("这个密码太常见，或者和姓名、用户名太像，请换一个。", field="password") from weak
    user.set_password(password)
    user.password_changed_at = timezone.now()
    user.activated_at = user.activated_at or user.password_changed_at
    user.save(update_fields=["password", "password_changed_at", "activated_at"])
    record("accounts.password_set", user, by=by)
    end_other_sign_ins(user, keep=keep, by=by)
    return user


def change_password(request: HttpRequest, password: str) -> User:
    """Set my own password; this device stays signed in, the others do not. Raises RuleBroken."""
    staff = import_string(settings.DANGQUN_ACTOR)(request.user).has_role(*settings.STAFF_ROLES)
    here = request.session.session_key
    user = set_password(request.user, password, staff=staff, by=request.user, keep=here)
    auth.update_session_auth_hash(request, user)
    request.session.save()
    SignIn.objects.filter(session_key=here).update(session_key=request.session.session_key)
    return user


@verb
def choose_view(user: User, view: str) -> None:
    """Remember how large pages shall be for somebody."""
    user.view = view
    user.save(update_fields=["view"])
    record("accounts.view_chosen", user, by=user)


@verb
def close_account(user: User, *, by: Any, why: str = "") -> None:
    """Close an account: nobody signs in with it, open sessions end."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    record("accounts.closed", user, by=by, why=why)
    end_other_sign_ins(user, keep=None, by=by)
    close_sockets(user_id=user.pk)


@verb
def reopen_account(user: User, *, by: Any) -> None:
    """Open a closed account again."""
    user.is_active = True
    user.save(update_fields=["is_active"])
    record("accounts.reopened", user, by=by)


def refuse_when_shut(key: str) -> None:
    """Raise RuleBroken while a key is shut after too many failures."""
    held = Throttle.objects.filter(key=_hashed(key), shut_until__gt=timezone.now()).first()
    if held:
        until = local(held.shut_until).strftime("%H:%M")
        raise RuleBroken(f"输错次数多了，{until} 以后再试。从没有输错过的设备不受影响。")


@verb
def note_failure(key: str, subject: Any) -> None:
    """Count a failure of a key; too many shut it for some minutes. Failures older than the lock are forgotten."""
    now, lock = timezone.now(), timedelta(minutes=settings.LOCK_MINUTES)
    held, _ = Throttle.objects.get_or_create(key=_hashed(key), defaults={"first_at": now})
    if now - held.first_at > lock:
        Throttle.objects.filter(pk=held.pk).update(failures=0, first_at=now, shut_until=None)
    Throttle.objects.filter(pk=held.pk).update(failures=F("failures") + 1)
    held.refresh_from_db()
    if held.failures >= settings.LOCK_AFTER_FAILURES:
        Throttle.objects.filter(pk=held.pk).update(shut_until=now + lock, failures=0, first_at=now)
    if subject is not None:
        record("accounts.sign_in_failed", subject, by=None)


def network_of(request: HttpRequest) -> str:
    """Return the client's address; behind trusted proxies, the one that the outermost of them saw."""
    if settings.PROXIES:
        forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part]
        if len(forwarded) >= settings.PROXIES:
            return forwarded[-settings.PROXIES][:45]
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


def device_of(agent: str) -> str:
    """Return a device in words that its owner knows: 安卓手机 微信."""
    kinds = (("iPhone", "苹果手机"), ("iPad", "苹果平板"), ("HarmonyOS", "鸿蒙手机"), ("Android", "安卓手机"))
    desks = (("Windows", "Windows 电脑"), ("Macintosh", "苹果电脑"), ("Linux", "Linux 电脑"))
    browsers = (("MicroMessenger", "微信"), ("wxwork", "企业微信"), ("DingTalk", "钉钉"), ("Edg", "Edge"))
    more = (("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    device = next((word for mark, word in (*kinds, *desks) if mark in agent), "不认识的设备")
    browser = next((word for mark, word in (*browsers, *more) if mark in agent), "")
    return f"{device} {browser}".strip()


def _candidate(name: str) -> User | None:
    name = name.strip()
    if looks_like_mobile(name):
        found = list(User.objects.filter(mobile_index=blind_index("contact", name))[:2])
        if len(found) == 1:
            return found[0]
    return User.objects.filter(username=name.lower()).first()


def _idle_limit(user: User) -> timedelta:
    actor = import_string(settings.DANGQUN_ACTOR)(user)
    if actor.has_role(*settings.IDLE_ROLES):
        return timedelta(minutes=settings.IDLE_MINUTES)
    return timedelta(seconds=settings.SESSION_COOKIE_AGE)


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
