"""Ways into an account, shut and opened by others: closed, opened again, made worthless when it comes to more powers."""

from __future__ import annotations

from typing import Any

from dangqun.accounts.models import User
from dangqun.accounts.rules import end_other_sign_ins
from dangqun.accounts.second_factor import take_away
from dangqun.kernel.facts import record
from dangqun.kernel.live import close_sockets
from dangqun.kernel.rules import verb

IN_USE, CLOSED = "在用", "已停用"


@verb
def close_account(user: User, *, by: Any, why: str = "") -> None:
    """Close an account: nobody signs in with it, open sessions end."""
    was = user.is_active
    user.is_active = False
    user.save(update_fields=["is_active"])
    record("accounts.closed", user, by=by, why=why, changes={"account": [IN_USE if was else CLOSED, CLOSED]})
    end_other_sign_ins(user, keep=None, by=by)
    close_sockets(user_id=user.pk)


@verb
def reopen_account(user: User, *, by: Any) -> None:
    """Open a closed account again."""
    was = user.is_active
    user.is_active = True
    user.save(update_fields=["is_active"])
    record("accounts.reopened", user, by=by, changes={"account": [IN_USE if was else CLOSED, IN_USE]})


@verb
def shut_ways(user: User, *, by: Any, why: str) -> None:
    """Make worthless whatever leads into an account: password, second factor, sessions. It must be activated anew."""
    user.set_unusable_password()
    user.activated_at = None
    user.save(update_fields=["password", "activated_at"])
    record("accounts.ways_shut", user, by=by, why=why, changes={"password": ["已激活", "已作废"]})
    take_away(user, by=by, why=why)
    end_other_sign_ins(user, keep=None, by=by, why="ways shut")
    close_sockets(user_id=user.pk)
