"""E-mail by SMTP: plain text, one receiver a letter, the same Message-ID at every try so that mailboxes drop the second."""

from __future__ import annotations

import smtplib
import socket
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

import httpx
from django.conf import settings
from django.utils import timezone

from dangqun.ladder.adapters.letters import Letter
from dangqun.ladder.targets import PATIENCE, NotSent, connected, trust

AWAY = "连不上发信服务器，请核对服务器、端口和加密方式。"


class _Plain(smtplib.SMTP):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return connected(host, port, timeout)


class _Tls(smtplib.SMTP_SSL):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self.context.wrap_socket(connected(host, port, timeout), server_hostname=host)


def send(letter: Letter, told: dict[str, str], line: httpx.Client) -> bool:
    """Send one e-mail; the server took it: handed over."""
    if not letter.to:
        raise NotSent("没有收件地址。", again=False)
    if told["security"] == "none" and not settings.PRIVATE_TARGETS:
        raise NotSent("发信要加密，请选 SSL 或 STARTTLS。", again=False)
    try:
        with _opened(told) as server:
            server.send_message(_written(letter, told["sender"]))
    except smtplib.SMTPAuthenticationError:
        raise NotSent("发信服务器不认登录名或密码。", again=False) from None
    except smtplib.SMTPRecipientsRefused as refusal:
        again = all(code < 500 for code, _ in refusal.recipients.values())
        raise NotSent("发信服务器不收这个收件地址，请本人核对。", again=again) from None
    except smtplib.SMTPResponseException as answer:
        busy = answer.smtp_code < 500
        rest = 60 if busy else 0
        raise NotSent(f"发信服务器没有收（{answer.smtp_code}）。", again=busy, rest=rest) from None
    except (ValueError, UnicodeError):
        raise NotSent("收件或发件地址写得不对，请核对。", again=False) from None
    except (smtplib.SMTPException, OSError):
        raise NotSent(AWAY, rest=60) from None
    return False


def _opened(told: dict[str, str]) -> smtplib.SMTP:
    where: dict[str, Any] = {"host": told["host"], "port": int(told["port"]), "timeout": PATIENCE}
    where["local_hostname"] = "dangqun.invalid"  # the machine's own name is nobody's business
    server = _Tls(**where, context=trust()) if told["security"] == "ssl" else _Plain(**where)
    if told["security"] == "starttls":
        server.starttls(context=trust())
    if told.get("username"):
        server.login(told["username"], told.get("password", ""))
    return server


def _written(letter: Letter, sender: str) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = Address(addr_spec=sender), Address(addr_spec=letter.to)
    mail["Subject"], mail["Date"] = letter.title, format_datetime(timezone.now())
    mail["Message-ID"] = f"<{letter.key}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text(2000) + "\n")
    return mail
