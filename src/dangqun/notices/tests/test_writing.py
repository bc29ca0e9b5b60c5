"""The text of a notice: cleaned whatever comes, and the same again on every way round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangqun.notices.writing import as_html, as_text, clean, is_blank

pytestmark = pytest.mark.once

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><title>文档1</title>
<style>p.MsoNormal{font-family:仿宋}</style><!--[if gte mso 9]><xml><w:WordDocument>普通</w:WordDocument></xml><![endif]-->
</head><body lang=ZH-CN><h1 class="MsoTitle" style="text-align:center">关于自查的通知<o:p></o:p></h1>
<p class=MsoNormal style='text-indent:2em' onclick="x()"><b><span style="font-family:仿宋_GB2312">各支部：</span></b>请自查。</p>
<ol><li class=MsoList>一</li></ol><img src="file:///C:/a.png" onerror="x()"><a href="javascript:x()">坏</a>
<a href="https://a.cn/">好</a><script>x()</script></body></html>"""


def test_a_page_from_word_or_wps_comes_out_as_headings_paragraphs_and_lists():
    text = clean(WORD)
    assert "<h2>关于自查的通知</h2>" in text
    assert "<p><b>各支部：</b>请自查。</p>" in text.replace("<b>", "<b>")
    assert "<ol><li>一</li></ol>" in text and 'href="https://a.cn/"' in text
    for foreign in (
        "Mso",
        "style",
        "仿宋",
        "普通",
        "文档1",
        "span",
        "o:p",
        "img",
        "script",
        "javascript",
        "onclick",
        "x()",
    ):
        assert foreign not in text


@pytest.mark.parametrize(
    "hostile",
    [
        "<svg onload=x()>",
        "<p onmouseover=x()>",
        "<iframe src='//e.cn'></iframe>",
        "<a href='data:text/html,x'>a</a>",
        "<form action='//e.cn'><input></form>",
        "<base href='//e.cn'>",
        "<math><mtext><style><img src=x onerror=x()></style></mtext></math>",
        "<p style='position:fixed'>",
        "<meta http-equiv=refresh content='0;//e.cn'>",
    ],
)
def test_nothing_in_a_notice_runs_loads_or_moves(hostile):
    text = clean(f"<p>好</p>{hostile}")
    assert text.startswith("<p>好</p>")
    for mark in ("on", "src", "style", "action", "data:", "e.cn", "<svg", "<iframe", "<form"):
        assert mark not in text.removeprefix("<p>好</p>").replace("noopener", "").replace("norefer", "")


def test_stars_without_their_partner_cost_no_more_than_the_text_is_long():
    text = "**甲 " * 100_000  # a million tries at a partner for each would take hours
    assert as_html(text).count("甲") == 100_000
    assert as_html("**甲** 和 **乙丙*丁**，**戊 **") == (
        "<p><strong>甲</strong> 和 <strong>乙丙*丁</strong>，**戊 **</p>"
    )


def test_the_habits_of_the_plain_field_become_tags():
    text = "各党支部：\n\n## 有关要求\n- 不写心得\n- 不传照片\n\n1. 先自评\n2. 再互评\n\n请看[办法](https://a.cn/b?c=1&d=2)，**今天** 办完。"
    assert as_html(text) == (
        "<p>各党支部：</p><h2>有关要求</h2><ul><li>不写心得</li><li>不传照片</li></ul>"
        "<ol><li>先自评</li><li>再互评</li></ol>"
        '<p>请看<a href="https://a.cn/b?c=1&amp;d=2">办法</a>，<strong>今天</strong> 办完。</p>'
    )


def test_figures_and_signs_that_only_look_like_habits_stay():
    for text in ("1.5 米以内", "一、要求", "1、先自评", "2026年11月24日", "a - b", "5 < 6 & 7 > 2"):
        assert as_text(as_html(text)) == text


WORDS = (
    st.text(st.sampled_from("党支部甲乙丙，。 <>&\"'a1"), min_size=1, max_size=8).map(str.strip).filter(bool)
)
INLINE = st.one_of(
    WORDS, WORDS.map(lambda each: f"**{each}**"), WORDS.map(lambda each: f"[{each}](https://a.cn/x)")
)
BLOCK = st.one_of(
    st.lists(INLINE, min_size=1, max_size=3).map("\n".join),
    INLINE.map(lambda each: f"## {each}"),
    st.lists(INLINE, min_size=1, max_size=3).map(lambda each: "\n".join(f"- {line}" for line in each)),
    st.lists(INLINE, min_size=1, max_size=3).map(
        lambda each: "\n".join(f"{n}. {line}" for n, line in enumerate(each, 1))
    ),
)


@given(st.lists(BLOCK, min_size=1, max_size=5))
def test_a_draft_loses_nothing_between_field_and_store(blocks):
    kept = clean(as_html("\n\n".join(blocks)))
    assert clean(kept) == kept
    assert clean(as_html(as_text(kept))) == kept


@pytest.mark.parametrize("empty", ["", "  ", "<p></p>", "<p><br></p>", "<p>&nbsp;</p>", "<h2> </h2>"])
def test_a_text_without_words_is_blank(empty):
    assert is_blank(clean(empty))
