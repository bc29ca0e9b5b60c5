"""The phone of the tests: it reads the secret from the page that shows it, and makes codes as a phone would."""

from __future__ import annotations

import re
import time

import pyotp

SECRET = re.compile(r'class="dq-secret">([A-Z2-7 ]+)<')
PRINTED = re.compile(r'class="dq-code">([0-9A-Z]{5}-[0-9A-Z]{5})<')


def secret_in(html: str) -> str:
    """Return the secret that a page shows to be typed."""
    found = SECRET.search(html)
    assert found, "no secret on this page"
    return found[1].replace(" ", "")


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return the code of a phone now, or so many steps of 30 seconds later."""
    return pyotp.TOTP(secret).generate_otp(int(time.time()) // 30 + steps)


def printed_in(html: str) -> list[str]:
    """Return the recovery codes that a page shows."""
    return PRINTED.findall(html)
