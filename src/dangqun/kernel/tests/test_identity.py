from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dangqun.kernel.faults import Fault
from dangqun.kernel.identity import (
    CREDIT_ALPHABET,
    check_credit_code,
    check_digit,
    check_id_number,
    check_mobile,
    credit_check,
    looks_like_id,
    looks_like_mobile,
)

pytestmark = pytest.mark.once

DAY = date(2026, 11, 23)
digits = st.integers(0, 9).map(str)
births = st.dates(date(1900, 1, 1), DAY)


@st.composite
def id_numbers(draw):
    born = draw(births)
    head = f"{draw(st.integers(0, 999_999)):06d}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return head + check_digit(head), born


@st.composite
def credit_codes(draw):
    head = "".join(draw(st.lists(st.sampled_from(CREDIT_ALPHABET), min_size=17, max_size=17)))
    return head + credit_check(head)


def fault_of(check, text):
    with pytest.raises(Fault) as refusal:
        check(text)
    return refusal.value


# --- 公民身份号码 ---


@given(id_numbers())
def test_every_number_with_its_right_check_passes_whatever_its_area(made):
    number, born = made
    known = check_id_number(number, on=DAY)
    assert (known.number, known.born, known.converted) == (number, born, False)
    assert known.sex == ("男" if number[16] in "13579" else "女")


@given(id_numbers(), st.integers(0, 17), digits)
def test_every_single_wrong_digit_is_refused(made, at, digit):
    number, _ = made
    assume(number[at] != digit)
    fault = fault_of(check_id_number, number[:at] + digit + number[at + 1 :])
    assert fault.code in {"id_checksum", "id_birth"}


@given(id_numbers(), st.integers(0, 15))
def test_two_neighbouring_digits_changed_over_are_refused(made, at):
    number, _ = made
    assume(number[at] != number[at + 1])
    changed = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    assert fault_of(check_id_number, changed).code in {"id_checksum", "id_birth"}


def test_the_example_of_the_standard_passes():
    known = check_id_number("11010519491231002X")
    assert (known.born, known.sex) == (date(1949, 12, 31), "女")


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        " 110105 19491231 002X\t",
        "110105\u300019491231\u00a0002X",
        "'11010519491231002X",
        "\u202d11010519491231002X\u202c",
        "\ufeff11010519491231002X\u200b",
    ],
)
def test_small_x_full_width_blanks_and_invisible_signs_are_understood(text):
    assert check_id_number(text).number == "11010519491231002X"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "id_format"),
        ("1101051949123100", "id_format"),
        ("11010519491231002XX", "id_format"),
        ("3.40899E+17", "id_format"),
        ("1101051949123100２Y", "id_format"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "id_format"),
        ("身份证号在单位", "id_format"),
        ("110105194912310021", "id_checksum"),
        ("110105194913310021", "id_birth"),
        ("110105194902290021", "id_birth"),
        ("110105209912310021", "id_birth"),
        ("110105189912310021", "id_birth"),
        ("110105491331002", "id_birth"),
    ],
)
def test_each_fault_has_its_code_and_a_sentence_without_the_value(text, code):
    fault = fault_of(check_id_number, text)
    assert fault.code == code
    assert fault.sentence.endswith("。") and "请" in fault.sentence
    assert not text or text not in fault.sentence


def test_a_birth_after_the_day_of_checking_is_refused():
    head = "34089920261124001"
    assert fault_of(lambda text: check_id_number(text, on=DAY), head + check_digit(head)).code == "id_birth"
    assert check_id_number(head + check_digit(head), on=date(2026, 11, 24)).born == date(2026, 11, 24)


def test_an_old_number_of_15_digits_is_lengthened_and_flagged():
    known = check_id_number("110105491231002")
    assert (known.number, known.born, known.converted) == ("11010519491231002X", date(1949, 12, 31), True)


def test_a_checked_number_is_not_shown_by_accident():
    assert "1101" not in repr(check_id_number("11010519491231002X"))


# --- 统一社会信用代码 ---


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110000600037341L", "53640000MJX173680A"])
def test_real_credit_codes_pass(code):
    assert check_credit_code(f" {code.lower()} ") == code


@given(credit_codes(), st.integers(0, 17), st.sampled_from(CREDIT_ALPHABET))
def test_any_code_with_its_check_passes_and_any_wrong_sign_is_refused(code, at, sign):
    assert check_credit_code(code) == code
    assume(code[at] != sign)
    assert fault_of(check_credit_code, code[:at] + sign + code[at + 1 :]).code == "credit_code"


@pytest.mark.parametrize("text", ["", "91350100M000100Y4", "91350100M000100Y4O", "91350100M000100YI3", "无"])
def test_other_texts_are_no_credit_code(text):
    fault = fault_of(check_credit_code, text)
    assert fault.code == "credit_code" and "营业执照" in fault.sentence


def test_every_credit_code_of_the_sample_zones_passes():
    openpyxl = pytest.importorskip("openpyxl")
    data = Path(__file__).resolve().parents[4] / "tests" / "data"
    books = sorted(data.rglob("organisations.xlsx"))
    assert books, "the sample workbooks lie in tests/data"
    for book in books:
        cells = [
            str(cell)
            for sheet in openpyxl.load_workbook(book, read_only=True)
            for row in sheet.iter_rows(values_only=True)
            for cell in row
            if isinstance(cell, str) and cell.strip().startswith("91")
        ]
        assert len({check_credit_code(cell) for cell in cells}) == 51


# --- 手机号码 ---


@given(st.sampled_from("3456789"), st.integers(0, 999_999_999))
def test_every_mobile_number_passes_however_it_is_written(second, rest):
    number = f"1{second}{rest:09d}"
    for text in (
        number,
        f"{number[:3]}-{number[3:7]}-{number[7:]}",
        f"{number[:3]} {number[3:7]} {number[7:]}",
        f"+86 {number}",
        f"0086{number}",
        f"86-{number}",
        f"（{number}）",
        f"\u202d{number}\u202c",
        number.translate({ord("0") + n: ord("０") + n for n in range(10)}),
    ):
        assert check_mobile(text) == number
    assert looks_like_mobile(number) and not looks_like_id(number)


@pytest.mark.parametrize(
    "text", ["", "12812345678", "1381234567", "138123456789", "0556-2821234", "无", "8613812345"]
)
def test_other_numbers_are_no_mobile_number(text):
    fault = fault_of(check_mobile, text)
    assert fault.code == "mobile" and "请" in fault.sentence
