"""The second factor: codes of six digits that a phone makes from a secret (TOTP, RFC 6238), and ten printed ones.

A code is taken once; wrong ones are facts and are throttled. Whoever types a code here has shown her password before.
"""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime
from typing import Any

import pyotp
import segno
from django.conf import settings
from django.utils import timezone

from dangqun.accounts.models import RecoveryCode, SecondFactor, User
from dangqun.accounts.throttle import forget_tries, note_failure, take_code_try
from dangqun.kernel.calendars import today
from dangqun.kernel.crypto import blind_index
from dangqun.kernel.facts import record
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.orgs.models import Grant

ISSUER = "党群"
STEP = 30  # seconds
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 O 1 I L
PRINTED, LENGTH = 10, 10
WRONG = (
    "验证码不对，或者已经用过。请等手机上换出下一个再填；手机的时间要自动对时。手机不在身边，请填一个备用码。"
)
OFF, BEGUN, ON = "未开启", "等填第一个验证码", "已开启"
NOT_YET = "还没有扫码，或者放得太久。请从头再来。"


def is_compulsory(user: Any) -> bool:
    """Whether somebody must have a second factor: administrators, and the office where the setting says so."""
    held = Grant.objects.effective().on(today()).filter(user=user)
    return held.filter(role__in=settings.SECOND_FACTOR_ROLES).exists()


def is_on(user: Any) -> bool:
    """Whether somebody has a second factor in use."""
    return user.second_factors.on().exists()


@verb
def begin(user: User, *, by: Any) -> SecondFactor:
    """Make a new secret for a phone. It counts when the first code has been typed; until then the old one does."""
    SecondFactor.objects.begun().filter(user=user).delete()
    begun = SecondFactor(user=user, begun_at=timezone.now())
    begun.secret = pyotp.random_base32()
    begun.save()
    was = ON if is_on(user) else OFF
    record("accounts.second_factor_begun", user, by=by, changes={"second_factor": [was, BEGUN]})
    return begun


def picture(begun: SecondFactor) -> str:
    """Return the secret as a QR code: an SVG that carries no style of its own (CSP)."""
    address = pyotp.TOTP(_secret(begun)).provisioning_uri(name=begun.user.username, issuer_name=ISSUER)
    drawn = segno.make(address, error="m")
    return drawn.svg_inline(border=3, light="#fff", omitsize=True, svgclass="dq-qr", lineclass=None)


def as_text(begun: SecondFactor) -> str:
    """Return the secret to be typed, in groups of four."""
    text = _secret(begun)
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def confirm(begun: SecondFactor, typed: str, *, network: str) -> list[str]:
    """Put a secret into use by its first code. Returns the printed codes, once in clear.

    Raises RuleBroken, also when another secret has been begun since.
    """
    user, at = begun.user, timezone.now()
    held = take_code_try(user, network, at=at)
    step = _step_of(begun, _plain(typed), at)
    if step is None:
        note_failure(held, "accounts.second_factor_wrong", user)
        raise RuleBroken("验证码不对。请核对手机上“党群”那一行，手机的时间要自动对时。", field="code")
    forget_tries(f"factor|{user.pk}", network)
    return put_into_use(begun, step)


def prove(user: User, typed: str, *, network: str) -> None:
    """Take one code of the phone, or a printed one. Raises RuleBroken for a wrong one and for one taken before."""
    at = timezone.now()
    held = take_code_try(user, network, at=at)
    word = _plain(typed)
    if not _taken(user, word, at) and not _printed_taken(user, word):
        note_failure(held, "accounts.second_factor_wrong", user)
        raise RuleBroken(WRONG, field="code")
    forget_tries(f"factor|{user.pk}", network)


@verb
def print_codes(user: User, *, by: Any) -> list[str]:
    """Make ten new printed codes and return them once, in clear; the earlier ones count no longer."""
    left = user.recovery_codes.filter(used_at=None).count()
    user.recovery_codes.all().delete()
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(PRINTED)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, code_hash=_hashed(user, code)) for code in codes)
    record("accounts.recovery_codes_printed", user, by=by, changes={"recovery_codes": [left, PRINTED]})
    return [f"{code[:5]}-{code[5:]}" for code in codes]


@verb
def take_away(user: User, *, by: Any, why: str = "") -> None:
    """Take the second factor from an account, printed codes too: switched off by its owner, or opened anew by others."""
    was = ON if is_on(user) else BEGUN
    gone, _ = user.second_factors.all().delete()
    user.recovery_codes.all().delete()
    if gone:
        record("accounts.second_factor_off", user, by=by, why=why, changes={"second_factor": [was, OFF]})


@verb
def put_into_use(begun: SecondFactor, step: int) -> list[str]:
    """Let a secret count, by codes later than `step`; return the printed codes. The earlier secret counts no longer."""
    user, now = begun.user, timezone.now()
    replaced, _ = user.second_factors.on().delete()
    if not SecondFactor.objects.begun().filter(pk=begun.pk).update(confirmed_at=now, last_step=step):
        raise RuleBroken(NOT_YET, field="code")
    if replaced:
        changes = {"second_factor": ["原来的手机", "新的手机"]}
        record("accounts.second_factor_replaced", user, by=user, changes=changes)
    else:
        record("accounts.second_factor_on", user, by=user, changes={"second_factor": [OFF, ON]})
    return print_codes(user, by=user)


@verb
def _taken(user: User, word: str, at: datetime) -> bool:
    """Whether a code of the phone was right and not taken before; of two who send one code, one is right."""
    held = user.second_factors.on().first()
    step = _step_of(held, word, at) if held else None
    if held is None or step is None:
        return False
    taken = SecondFactor.objects.filter(pk=held.pk, last_step__lt=step).update(last_step=step)
    if taken:
        record("accounts.code_taken", user, by=user)
    return bool(taken)


@verb
def _printed_taken(user: User, word: str) -> bool:
    unused = RecoveryCode.objects.filter(user=user, code_hash=_hashed(user, word), used_at=None)
    if not unused.update(used_at=timezone.now()):
        return False
    record("accounts.recovery_code_used", user, by=user)
    return True


def _step_of(held: SecondFactor, word: str, at: datetime) -> int | None:
    """Return the step of 30 s to which a code belongs: this one, the one before or the one after."""
    made, now = pyotp.TOTP(_secret(held)), int(at.timestamp()) // STEP
    return next((n for n in (now, now - 1, now + 1) if _same(made.generate_otp(n), word)), None)


def _secret(held: SecondFactor) -> str:
    sealed: Any = held.secret
    return str(sealed.open())


def _same(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode(), other.encode())


def _plain(typed: str) -> str:
    """Full-width digits, spaces and dashes do not matter."""
    return "".join(each for each in unicodedata.normalize("NFKC", typed).upper() if each.isalnum())


def _hashed(user: User, code: str) -> str:
    return blind_index("recovery", f"{user.pk}|{code}")
