"""The recovery code: 160 random bits as eight groups of five signs that people copy from paper without a mistake.

The last sign of each group checks it and its place. The alphabet is Crockford's: O is read as 0, I and L as 1. X25519, to which
the code leads, is worth 128 bits; more signs to type would make nothing safer.
"""

from __future__ import annotations

import re
import secrets
import unicodedata

from dangqun.kernel.rules import RuleBroken

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ALIKE = str.maketrans("OIL", "011")
GROUPS, SIGNS = 8, 4  # groups, and signs of a group beside its check
WEIGHTS = (1, 3, 5, 7)
STEP = 11  # what a group's place adds to its check
SECRET = GROUPS * SIGNS * 5 // 8  # bytes


def new_secret() -> bytes:
    """Return 20 random bytes."""
    return secrets.token_bytes(SECRET)


def write_code(secret: bytes) -> str:
    """Return a secret as it is printed: 40 signs in eight groups."""
    number = int.from_bytes(secret, "big")
    values = [(number >> 5 * place) & 31 for place in range(GROUPS * SIGNS - 1, -1, -1)]
    groups = (values[start : start + SIGNS] for start in range(0, len(values), SIGNS))
    return "-".join(_written([*group, _check(place, group)]) for place, group in enumerate(groups))


def read_code(typed: str) -> bytes:
    """Return the secret of a code as somebody typed it. Raises RuleBroken that names the group with the mistake."""
    plain = re.sub(r"[\s\-_.·—–]", "", unicodedata.normalize("NFKC", typed)).upper().translate(ALIKE)
    whole = GROUPS * (SIGNS + 1)
    if len(plain) != whole:
        raise RuleBroken(
            f"恢复码有 {GROUPS} 组，每组 {SIGNS + 1} 个字符，共 {whole} 个，现在是 {len(plain)} 个。请照恢复单重新输。"
        )
    number = 0
    for place in range(GROUPS):
        group = plain[place * (SIGNS + 1) : (place + 1) * (SIGNS + 1)]
        values = [ALPHABET.find(sign) for sign in group]
        if min(values) < 0 or values[-1] != _check(place, values[:-1]):
            raise RuleBroken(
                f"恢复码第 {place + 1} 组“{group}”有写错的字符。请照恢复单核对这一组，再输一次。"
            )
        for value in values[:-1]:
            number = number << 5 | value
    return number.to_bytes(SECRET, "big")


def short(mark: bytes) -> str:
    """Return the first 40 bits of a mark as people compare them: XXXX-XXXX."""
    number = int.from_bytes(mark[:5], "big")
    signs = _written([(number >> 5 * place) & 31 for place in range(7, -1, -1)])
    return f"{signs[:4]}-{signs[4:]}"


def _check(place: int, group: list[int]) -> int:
    return (sum(weight * value for weight, value in zip(WEIGHTS, group, strict=True)) + STEP * place) % 32


def _written(values: list[int]) -> str:
    return "".join(ALPHABET[value] for value in values)
