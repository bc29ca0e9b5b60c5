import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangqun.kernel.names import (
    initials,
    pinyin_key,
    roster_name,
    stroke_key,
    surname_of,
    username_stem,
)
from dangqun.kernel.tests.sample import Sample

names = st.text(st.characters(codec="utf-8"), max_size=40)
chinese = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("汪晓燕", "wxy"),
        ("单雄信", "sxx"),
        ("解晓东", "xxd"),
        ("仇英", "qy"),
        ("区丽", "ol"),
        ("曾国强", "zgq"),
        ("查良", "zl"),
        ("盖叫天", "gjt"),
        ("任霞", "rx"),
        ("朴树", "ps"),
        ("翟志刚", "zzg"),
        ("尉迟恭", "ycg"),
        ("万俟春", "mqc"),
        ("万里", "wl"),
        ("欧阳娜", "oyn"),
        ("长孙明", "zsm"),
        ("吕秀莲", "lxl"),
        ("艾力更·牙生", "algys"),
        ("John", "john"),
        ("", ""),
    ],
)
def test_initials_follow_how_surnames_are_read(name, letters):
    assert initials(name) == letters


@pytest.mark.parametrize(
    ("name", "stem"),
    [("汪晓燕", "wangxiaoyan"), ("单丹", "shandan"), ("华罗庚", "hualuogeng"), ("葛优", "geyou")],
)
def test_login_names_are_plain_pinyin(name, stem):
    assert username_stem(name) == stem


def test_lists_stand_in_the_order_of_pinyin_then_tone_then_character():
    ordered = ["安娜", "仇英", "任华", "单丹", "汪东", "王东", "王冬冬", "王晓", "王晓燕", "万俟春", "张三"]
    wanted = ["安娜", "万俟春", "仇英", "任华", "单丹", "汪东", "王东", "王冬冬", "王晓", "王晓燕", "张三"]
    assert sorted(ordered, key=pinyin_key) == wanted


def test_a_short_syllable_comes_before_a_longer_one_that_begins_alike():
    assert sorted(["西安", "先安", "李昂", "李安"], key=pinyin_key) == ["李安", "李昂", "西安", "先安"]


def test_rosters_stand_in_the_order_of_strokes():
    wanted = "丁于万习马王尤车尹巴艾石布卢白吉毕曲朱庄刘齐江安许"
    assert "".join(sorted(sorted(wanted), key=stroke_key)) == wanted


def test_radicals_count_as_they_are_written_in_the_mainland():
    # 艾 5 strokes, 邓 4, 阮 6, 达 6: not 6, 5, 7 and 7 as in traditional print.
    assert sorted("阮达艾邓叶", key=stroke_key) == ["邓", "艾", "叶", "达", "阮"]


def test_one_surname_stands_together_and_single_names_come_before_double_ones():
    wanted = ["王勇", "王晨", "王毅", "王小洪", "王广华", "王正伟", "王东峰", "毛一"]
    assert sorted(sorted(wanted), key=stroke_key) == wanted


def test_a_compound_surname_comes_after_the_single_one_of_the_same_character():
    assert surname_of("司马光") == "司马" and surname_of("司马") == "司" and surname_of("东方") == "东"
    assert sorted(["司马光", "司徒美", "司一一"], key=stroke_key) == ["司一一", "司马光", "司徒美"]


def test_rare_characters_of_names_are_ranked_by_their_strokes():
    assert sorted("龘䶮𬭚丁喆", key=stroke_key) == ["丁", "䶮", "喆", "𬭚", "龘"]


@given(names)
def test_keys_are_digits_and_small_letters_and_fit_their_columns(name):
    assert re.fullmatch(r"[0-9a-z]{1,200}", pinyin_key(name))
    assert re.fullmatch(r"[0-9]{11,41}", stroke_key(name))
    assert re.fullmatch(r"[0-9a-z]*", initials(name))
    assert re.fullmatch(r"[0-9a-z]*", username_stem(name))


@given(chinese, chinese)
def test_different_names_have_different_keys_of_list_order(one, other):
    assert (pinyin_key(one) == pinyin_key(other)) == (one == other)


@pytest.mark.django_db
def test_the_database_sorts_by_the_keys_as_python_does():
    people = [
        "王晓燕",
        "王勇",
        "王小洪",
        "汪东",
        "单丹",
        "李安",
        "李昂",
        "西安",
        "先安",
        "万俟春",
        "John",
        "𬭚𬭚",
        "司马光",
    ]
    Sample.objects.bulk_create(
        Sample(name=name, pinyin_key=pinyin_key(name), stroke_key=stroke_key(name)) for name in people
    )
    for key, function in (("pinyin_key", pinyin_key), ("stroke_key", stroke_key)):
        assert [row.name for row in Sample.objects.order_by(key)] == sorted(people, key=function)


def test_names_of_two_characters_are_spread_in_rosters():
    assert [roster_name(name) for name in ("李明", "汪晓燕", "欧阳娜娜", "Li", "")] == [
        "李　明", "汪晓燕", "欧阳娜娜", "Li", "",
    ]  # fmt: skip
