"""Where messages may be sent: public addresses by https, unless the host's administrator allows others.

A name is resolved once, every address that it has is checked, and the connection is made to a checked address: a name that
changes its mind in between (DNS rebinding) gains nothing. Redirects and proxies of the environment are not followed; time and
size are limited. Secrets lie in URLs, so that nothing here logs one or puts it into a sentence.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, NoReturn
from urllib.parse import urlsplit

import httpcore
import httpx
from django.conf import settings
from django.utils import timezone

MOST_BYTES = 64 * 1024
PATIENCE = 10.0  # seconds for the whole of one call
LONGEST_REST = 6 * 3600  # seconds that the other side may ask us to wait
FORBIDDEN = "这个网址指向内部网络，不能用。内部的网关要由管服务器的人设 DANGQUN_PRIVATE_TARGETS=true。"
NOT_HTTPS = "网址要以 https:// 开头。"


class NotSent(Exception):
    """A message did not go: one sentence why. `again`: worth another try; `rest`: seconds the channel shall be left alone."""

    def __init__(self, sentence: str, *, again: bool = True, rest: float = 0) -> None:
        super().__init__(sentence)
        self.sentence, self.again, self.rest = sentence, again, rest


@dataclass(frozen=True)
class Reply:
    """What the other side answered."""

    status: int
    text: str

    def json(self) -> dict[str, Any]:
        """Return the JSON object; an empty one when it is none."""
        try:
            found = json.loads(self.text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def refuse_target(url: str) -> None:
    """Raise NotSent for an address of a kind that is never called; where its name leads is checked at every call."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotSent("网址写得不对，请核对。", again=False) from None
    allowed = ("https", "http") if settings.PRIVATE_TARGETS else ("https",)
    if parts.scheme not in allowed:
        raise NotSent(NOT_HTTPS, again=False)
    if not parts.hostname or parts.username or parts.password or port == 0:
        raise NotSent("网址写得不对，请核对。", again=False)


def is_public(address: str) -> bool:
    """Whether an address is one of the internet; an IPv4 address within an IPv6 one counts as what it is."""
    found = ipaddress.ip_address(address.split("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        within = [each for each in (found.ipv4_mapped, found.sixtofour) if each is not None]
        if within:
            return is_public(str(within[0]))
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def checked(host: str, port: int) -> list[tuple[Any, ...]]:
    """Return where a name leads (as getaddrinfo does). Raises NotSent if it is unknown or one address is not allowed."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotSent("找不到对方的主机名，请核对网址。", rest=60) from None
    if not settings.PRIVATE_TARGETS and not all(is_public(str(each[4][0])) for each in found):
        raise NotSent(FORBIDDEN, again=False)
    return found


def connected(host: str, port: int, timeout: float) -> socket.socket:
    """Connect to a checked address of a host. Raises NotSent, or OSError when nobody answers."""
    last: OSError | None = None
    for family, kind, proto, _, address in checked(host, port):
        link = socket.socket(family, kind, proto)
        try:
            link.settimeout(timeout)
            link.connect(address)
            return link
        except OSError as error:
            link.close()
            last = error
    raise last or OSError("no address")


class _Checked(httpcore.SyncBackend):
    """Opens connections to checked addresses only; TLS still asks for the name."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        last: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for found in checked(host, port):
            try:
                return super().connect_tcp(found[4][0], port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last or httpcore.ConnectError("no address")

    def connect_unix_socket(self, *_: Any, **__: Any) -> NoReturn:
        raise NotSent(FORBIDDEN, again=False)


@lru_cache(maxsize=1)
def trust() -> ssl.SSLContext:
    """Return whom to believe that it is who it says: the certificates of this machine, read once."""
    return ssl.create_default_context()


def line() -> httpx.Client:
    """Return a client for one round of sending: it keeps connections, and reaches nothing that is not allowed."""
    transport = httpx.HTTPTransport(trust_env=False, verify=trust())
    transport._pool = httpcore.ConnectionPool(
        ssl_context=trust(), network_backend=_Checked(), keepalive_expiry=15
    )
    timeout = httpx.Timeout(PATIENCE, connect=PATIENCE / 2)
    return httpx.Client(transport=transport, trust_env=False, follow_redirects=False, timeout=timeout)


def call(line: httpx.Client, method: str, url: str, **what: Any) -> Reply:
    """Make one call and return the answer, whatever its status below 300. Raises NotSent for everything else."""
    refuse_target(url)
    headers = {"Accept-Encoding": "identity", "User-Agent": "dangqun"} | what.pop("headers", {})
    until, held = time.monotonic() + PATIENCE, b""
    try:
        with line.stream(method, url, headers=headers, **what) as answer:
            for piece in answer.iter_raw():
                held += piece
                if len(held) > MOST_BYTES or time.monotonic() > until:
                    raise NotSent("对方的回答太长或太慢，没有等完。", rest=60)
    except httpx.TimeoutException:
        raise NotSent(f"对方 {PATIENCE:.0f} 秒没有回答。", rest=60) from None
    except (httpx.InvalidURL, httpx.LocalProtocolError, UnicodeError):
        raise NotSent("网址或内容写得不对，请核对。", again=False) from None
    except httpx.HTTPError:
        raise NotSent("连不上对方，请核对网址，或等对方恢复。", rest=60) from None
    _refuse_status(answer)
    return Reply(answer.status_code, held.decode("utf-8", "replace"))


def _refuse_status(answer: httpx.Response) -> None:
    status = answer.status_code
    if status < 300:
        return
    if status < 400:
        raise NotSent("对方要转到别的网址，没有跟去。请填最终的网址。", again=False)
    if status in (408, 425, 429) or status >= 500:
        rest = _retry_after(answer.headers.get("Retry-After", "")) or 60
        raise NotSent(f"对方说现在不行（{status}），稍后再试。", rest=rest)
    raise NotSent(f"对方不接受（{status}）。请核对网址和密钥。", again=False)


def _retry_after(text: str) -> float:
    """Return the seconds that `Retry-After` asks for: a number or a date."""
    if text.strip().isascii() and text.strip().isdecimal():
        return min(float(text[:9]), LONGEST_REST)
    try:
        wait = (parsedate_to_datetime(text) - timezone.now()).total_seconds()
    except (TypeError, ValueError):
        return 0
    return min(max(0.0, wait), LONGEST_REST)
