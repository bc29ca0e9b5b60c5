"""Calls to other servers, by httpx over checked addresses. Only who sends loads this: httpx takes a while to import."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

import httpcore
import httpx
from django.utils import timezone

from dangqun.ladder.targets import FORBIDDEN, PATIENCE, NotSent, checked, refuse_target, trust

MOST_BYTES = 64 * 1024
LONGEST_REST = 6 * 3600  # seconds that the other side may ask us to wait


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
