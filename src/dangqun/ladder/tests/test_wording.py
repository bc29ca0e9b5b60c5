"""What may go out: no number of a person, however it is written; no name into groups and by SMS."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangqun.ladder.wording import NEUTRAL, fit, holds_number

ID, OLD_ID, MOBILE = "34088919900307123X", "340889900307123", "13812345678"
BETWEEN = ["", " ", "-", "　", "\u200b", "·", "－", ".", "\u202d"]
FULL = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@pytest.mark.parametrize(
    "text",
    [
        ID,
        ID.lower(),
        OLD_ID,
        MOBILE,
        f"请{MOBILE}同志来办",
        "138 1234 5678",
        "138-1234-5678",
        "+86 138-1234-5678",
        "（138）12345678",
        ID.translate(FULL),
        "３４０８８９ 19900307 123Ｘ",
        "340889\u200b19900307\u200b1234",
        "1\u00ad3\u00ad8\u00ad1\u00ad2\u00ad3\u00ad4\u00ad5\u00ad6\u00ad7\u00ad8",
        "①③⑧①②③④⑤⑥⑦⑧",
        "١٣٨١٢٣٤٥٦٧٨",
    ],
)
def test_a_title_with_a_persons_number_is_replaced(text):
    said = fit(f"关于{text}的通知")
    assert said.title == NEUTRAL and said.is_neutral


@pytest.mark.parametrize(
    "title",
    [
        "关于冬季安全生产自查的通知",
        "清开综党〔2026〕15号",
        "11月24日18:00前报送",
        "2026年11月24日至2026年12月24日值班安排",
        "关于做好2025-2026年度党内统计的通知",
        "党费 2000.00 元、1500.00 元",
        "24小时值班电话 0556-5321234",
    ],
)
def test_an_ordinary_title_goes_as_it_is(title):
    said = fit(title)
    assert said.title == title and not said.is_neutral


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([ID, OLD_ID, MOBILE]),
    st.lists(st.sampled_from(BETWEEN), min_size=17, max_size=17),
    st.booleans(),
)
def test_whatever_stands_between_its_digits_a_number_is_found(number, between, wide):
    number = number.translate(FULL) if wide else number
    text = "".join(a + b for a, b in zip(number, [*between, ""], strict=False))
    assert holds_number(f"核对{text}的材料")


@pytest.mark.parametrize("title", ["", "   ", "长" * 121])
def test_more_than_a_title_and_nothing_at_all_are_replaced(title):
    assert fit(title).title == NEUTRAL


@pytest.mark.django_db
def test_a_name_of_the_roster_goes_to_the_person_but_into_no_group(world):
    title = "关于表彰孟 庆华同志的通报"
    assert fit(title).title == title
    assert fit(title, names=False).title == NEUTRAL
    assert fit("关于表彰先进的通报", names=False).title == "关于表彰先进的通报"
