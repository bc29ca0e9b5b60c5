"""Which passwords are refused: too short, common anywhere, or common here."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from dangqun.kernel.rules import RuleBroken
from dangqun.orgs.access import Actor

# What people here take first, with any digits and signs around it; lists of the world do not know these.
# fmt: off
STEMS = frozenset((
    "a", "aa", "aaa", "ab", "abc", "abcd", "admin", "administrator", "dang", "dangqun", "dangyuan",
    "dangzhibu", "gcd", "gongchandang", "guanliyuan", "mima", "password", "passw", "pass", "qwe",
    "qwer", "qwert", "qwerty", "qwertyuiop", "shuji", "test", "user", "woaini", "woaidang",
    "woaizuguo", "zhibu", "zhongguo", "zuguo", "asd", "asdf", "asdfgh", "zxc", "zxcv", "zxcvbn",
    "党员", "党群", "党支部", "书记", "密码", "中国", "中国共产党",
))
# fmt: on
FEWEST_DIFFERENT = 5


def refuse_weak(user: Any, password: str) -> None:
    """Raise RuleBroken for a password that somebody would guess: staff need 12 characters, members 8."""
    least = settings.STAFF_PASSWORD_LENGTH if is_staff(user) else settings.PASSWORD_LENGTH
    if len(password) < least:
        raise RuleBroken(f"密码至少 {least} 位，可以用一句好记的话。", field="password")
    stem = re.sub(r"[\W\d_]+", "", password.lower())
    common = not stem or stem in STEMS or len(set(password)) < FEWEST_DIFFERENT
    try:
        validate_password(password, user)
    except ValidationError:
        common = True
    if common or (user.name and user.name in password):
        raise RuleBroken("这个密码太常见，或者和姓名、用户名太像，请换一个。", field="password")


def is_staff(user: Any) -> bool:
    """Whether somebody works for the committee, or will once 安全管理员 has confirmed it."""
    proposed = user.grants.waiting().filter(role__in=settings.STAFF_ROLES)
    return Actor.of(user).has_role(*settings.STAFF_ROLES) or proposed.exists()
