"""What a query or a form names as a row."""

import pytest

from dangqun.kernel.pages import row_number


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_digits_name_a_row(text, number):
    assert row_number(text) == number


@pytest.mark.parametrize("text", ["", "-1", "1.5", "9" * 19, "１", "١٢٣", "²", "1 ", "\x00", "' OR 1=1--"])
def test_what_no_database_would_hold_as_a_number_names_none(text):
    assert row_number(text) is None
