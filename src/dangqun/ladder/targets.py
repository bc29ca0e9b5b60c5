"""Where messages may be sent: public addresses by https, unless the host's administrator allows others.

A name is resolved once, every address that it has is checked, and the connection is made to a checked address: a name that
changes its mind in between (DNS rebinding) gains nothing. Redirects and proxies of the environment are not followed; time and
size are limited. Secrets lie in URLs, so that nothing here logs one or puts it into a sentence.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

PATIENCE = 10.0  # seconds for the whole of one call
FORBIDDEN = "这个网址指向内部网络，不能用。内部的网关要由管服务器的人设 DANGQUN_PRIVATE_TARGETS=true。"
NOT_HTTPS = "网址要以 https:// 开头。"


class NotSent(Exception):
    """A message did not go: one sentence why. `again`: worth another try; `rest`: seconds the channel shall be left alone."""

    def __init__(self, sentence: str, *, again: bool = True, rest: float = 0) -> None:
        super().__init__(sentence)
        self.sentence, self.again, self.rest = sentence, again, rest


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


@lru_cache(maxsize=1)
def trust() -> ssl.SSLContext:
    """Return whom to believe that it is who it says: the certificates of this machine, read once."""
    return ssl.create_default_context()
