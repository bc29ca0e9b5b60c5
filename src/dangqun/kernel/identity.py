"""Identifiers: 公民身份号码 (GB 11643), 统一社会信用代码 (GB 32100), mobile numbers (domain.md §1.11)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from dangqun.kernel.calendars import today
from dangqun.kernel.faults import Fault

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
EARLIEST = date(1900, 1, 1)
# What copying leaves around a number: blanks, invisible signs (phones add U+202D), the apostrophe for "text".
_REMAINS = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff'‘’`]")
_PHONE_SIGNS = re.compile(r"[-()‐-―]")
_ID = re.compile(r"\d{17}[\dX]", re.ASCII)
_OLD_ID = re.compile(r"\d{15}", re.ASCII)
_CREDIT = re.compile(f"[{CREDIT_ALPHABET}]{{18}}")
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)


@dataclass(frozen=True)
class IdNumber:
    """A valid number and what it tells; `converted` when it came as an old one of 15 digits."""

    number: str
    born: date
    sex: str
    converted: bool = False

    def __repr__(self) -> str:
        return "<IdNumber>"


def check_id_number(text: str, on: date | None = None) -> IdNumber:
    """Return the checked number, judged on a day (today). Raises Fault id_format, id_birth or id_checksum.

    Area codes are not looked up: real numbers carry codes of counties that no longer exist.
    """
    number = normal_id(text)
    converted = bool(_OLD_ID.fullmatch(number))
    if converted:
        number = _lengthen(number)
    if not _ID.fullmatch(number):
        raise Fault("id_format", "身份证号应当是 18 位，请核对原件。")
    born = _born(number, on or today())
    if check_digit(number) != number[17]:
        raise Fault("id_checksum", "身份证号最后一位不对。请核对原件，老号码确实如此可写明理由后导入。")
    return IdNumber(number, born, "男" if int(number[16]) % 2 else "女", converted)


def normal_id(text: str) -> str:
    """Return the number without blanks and invisible signs, half-width, X a capital."""
    return _plain(text)


def check_digit(number: str) -> str:
    """Return the check character of the first 17 digits (GB 11643)."""
    return CHECKS[sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True)) % 11]


def check_credit_code(text: str) -> str:
    """Return the checked 统一社会信用代码. Raises Fault credit_code. Area codes are not looked up."""
    code = _plain(text)
    if not _CREDIT.fullmatch(code):
        raise Fault(
            "credit_code",
            "统一社会信用代码应当是 18 位数字和大写字母（没有 I、O、S、V、Z），请对照营业执照。",
        )
    if credit_check(code) != code[17]:
        raise Fault("credit_code", "统一社会信用代码与最后一位校验码不符，请对照营业执照。")
    return code


def credit_check(code: str) -> str:
    """Return the check character of the first 17 characters (GB 32100)."""
    total = sum(CREDIT_ALPHABET.index(c) * w for c, w in zip(code[:17], CREDIT_WEIGHTS, strict=True))
    return CREDIT_ALPHABET[-total % 31]


def check_mobile(text: str) -> str:
    """Return the checked mobile number, without +86. Raises Fault mobile."""
    number = normal_mobile(text)
    if not _MOBILE.fullmatch(number):
        raise Fault("mobile", "手机号码应当是 11 位，以 13 到 19 开头，请核对。")
    return number


def normal_mobile(text: str) -> str:
    """Return the number without blanks, dashes and brackets, half-width, without the country's +86."""
    number = _PHONE_SIGNS.sub("", _plain(text))
    return re.sub(r"^(\+|00)?86(?=\d{11}$)", "", number)


def looks_like_id(text: str) -> bool:
    """Whether a text has the shape of an ID number."""
    return bool(_ID.fullmatch(normal_id(text)))


def looks_like_mobile(text: str) -> bool:
    """Whether a text is a mobile number as it is stored: eleven digits and nothing else."""
    return bool(_MOBILE.fullmatch(text))


def _plain(text: str) -> str:
    return _REMAINS.sub("", unicodedata.normalize("NFKC", text)).upper()


def _born(number: str, on: date) -> date:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise Fault("id_birth", "身份证号里的出生日期不存在，请核对原件。") from None
    if not EARLIEST <= born <= on:
        raise Fault("id_birth", "身份证号里的出生日期不合理，请核对原件。")
    return born


def _lengthen(old: str) -> str:
    number = f"{old[:6]}19{old[6:]}"
    return number + check_digit(number)
