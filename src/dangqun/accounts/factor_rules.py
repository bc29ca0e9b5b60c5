"""What the owner of an account does with her own second factor, signed in. Each asks for the password first."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from dangqun.accounts import second_factor
from dangqun.accounts.models import SecondFactor
from dangqun.accounts.rules import end_other_sign_ins, give_fresh_code, network_of
from dangqun.accounts.throttle import forget_tries, note_failure, take_try
from dangqun.kernel.rules import RuleBroken, verb

BEGUN = "second_factor_secret"  # in the session: the secret for which this device has shown the password


def begin(request: HttpRequest, password: str, code: str = "") -> bool:
    """Make a new secret for somebody who shows her password, and a code where a second factor is on. Raises RuleBroken."""
    user: Any = request.user
    _prove(request, password, code if second_factor.is_on(user) else None)
    request.session[BEGUN] = second_factor.begin(user, by=user).pk
    return True


def begun_here(request: HttpRequest) -> SecondFactor | None:
    """Return the secret that this device has begun; None when it has begun none, or another took its place."""
    user: Any = request.user
    return user.second_factors.begun().filter(pk=request.session.get(BEGUN, 0)).first()


def set_up(request: HttpRequest, begun: SecondFactor, code: str) -> list[str]:
    """Put the new secret into use; other devices are signed out. Returns the printed codes. Raises RuleBroken."""
    codes = second_factor.confirm(begun, code, network=network_of(request))
    request.session.pop(BEGUN, None)
    _note_on(request, begun.user)
    return codes


def print_codes(request: HttpRequest, password: str, code: str) -> list[str]:
    """Make ten new printed codes. Raises RuleBroken."""
    _prove(request, password, code)
    return second_factor.print_codes(request.user, by=request.user)  # type: ignore[arg-type]


def switch_off(request: HttpRequest, password: str, code: str) -> bool:
    """Switch the second factor off. Raises RuleBroken for somebody who must have one."""
    user: Any = request.user
    if second_factor.is_compulsory(user):
        raise RuleBroken("您的岗位必须用验证码，不能关闭。换了手机，请选“换手机”。")
    _prove(request, password, code)
    second_factor.take_away(user, by=user)
    return True


@verb
def _note_on(request: HttpRequest, user: Any) -> None:
    here = request.session.session_key
    user.sign_ins.open().filter(session_key=here).update(second_factor_at=timezone.now())
    end_other_sign_ins(user, keep=here, by=user)


def _prove(request: HttpRequest, password: str, code: str | None) -> None:
    user: Any = request.user
    account, network = f"user|{user.pk}", network_of(request)
    held = take_try(account, network, at=timezone.now())
    if not user.check_password(password):
        note_failure(held, "accounts.old_password_wrong", user)
        raise RuleBroken("密码不对，请重写。", field="password")
    forget_tries(account, network)
    if code is not None:
        give_fresh_code(request, code)
