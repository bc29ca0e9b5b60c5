"""Markings of state secrets are found however they are written; the words in ordinary prose are not."""

from __future__ import annotations

import io
import time
import zipfile

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile

from dangqun.kernel.markings import marking, marking_of_name, refuse_marked
from dangqun.kernel.rules import RuleBroken
from dangqun.kernel.tests.test_field_words import every_form
from dangqun.kernel.uploads import accept

pytestmark = pytest.mark.once

BEARS = [
    "绝密★",
    "机密★1年",
    "秘密★",
    "秘密★3年 关于某事的请示",
    "关于某事的请示（机密★）",
    "机 密 ★ 1 年",
    "机　密★",
    "机\u200b密\ufeff★",
    "秘密☆",
    "秘密⭐",
    "机密*1年",
    "机密＊长期",
    "绝密",
    "机密",
    "机密 关于某事的请示",
    "机密：关于某事的请示",
    "绝密级",
    "【机密】关于某事的请示",
    "关于某事的请示【秘密】",
    "关于某事的请示[机密]",
    "关于某事的请示（绝密）",
    "密级：秘密",
    "正文第一段。\n密级: 机密",
    "000123\n机密\n特急\n关于某事的请示",
    "秘密\n\n关于某事的请示",
    "秘密10年",
    "<p>机密</p><p>关于某事的请示</p>",
    "<p>正文</p><p><strong>秘</strong>密★1年</p>",
    "<p>&#26426;&#23494;★</p>",
    "正文很长。" * 900 + "绝密★",
]
PLAIN = [
    "",
    "保守党的秘密",
    "严守商业秘密",
    "无记名投票（秘密投票）",
    "关于开展保密教育的通知：严守国家秘密，不传涉密文件",
    "国家秘密分为绝密、机密、秘密三级",
    "密级：绝密、机密、秘密三种，本单位没有涉密文件",
    "密级：无",
    "机密文件管理学习班的通知",
    "机密级计算机不得联网",
    "观看影片《绝密》",
    "本平台为非涉密平台，严禁处理、传输国家秘密和工作秘密。",
    "<p>入党誓词：保守党的秘密，对党忠诚</p>",
    "保守秘密\n服从纪律",
    "★ 先进党支部",
    "机会密集，请报名",
    "a < b，机密不在此列",
]
NAMES_THAT_BEAR = [
    "机密.docx",
    "绝密-方案.pdf",
    "方案（机密）.docx",
    "方案_秘密.xlsx",
    "2026机密1年.pdf",
    "秘密★1年 请示.docx",
    "【绝密】名单.xls",
    "机密级.pdf",
]
PLAIN_NAMES = [
    "保守秘密承诺书.docx",
    "机密文件管理办法.pdf",
    "严守商业秘密.docx",
    "说明.txt",
    "秘密投票结果.xlsx",
    "保密教育.pptx",
]


@pytest.mark.parametrize("text", BEARS, ids=lambda each: each[-24:])
def test_a_marking_is_found_however_it_is_written(text):
    assert marking(text)


@pytest.mark.parametrize("text", PLAIN, ids=lambda each: each[:24])
def test_ordinary_prose_passes(text):
    assert marking(text) == ""


@pytest.mark.parametrize("name", NAMES_THAT_BEAR)
def test_a_marking_in_a_file_name_is_found(name):
    assert marking_of_name(name)
    with pytest.raises(RuleBroken, match=r"非涉密平台.*不保存.*涉密渠道"):
        accept(f"{name.rpartition('.')[0]}.txt", b"text")


@pytest.mark.parametrize("name", PLAIN_NAMES)
def test_ordinary_file_names_pass(name):
    assert marking_of_name(name) == ""


def test_the_sentence_names_the_marking_and_what_to_do():
    with pytest.raises(RuleBroken) as refused:
        refuse_marked("机密★1年", field="title")
    assert refused.value.field == "title"
    assert "“机密★”" in refused.value.sentence and "走涉密渠道" in refused.value.sentence


def packed(**parts: str) -> bytes:
    """Return a packed document with these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", text)
    return out.getvalue()


def documents(words: str) -> list[tuple[str, bytes]]:
    """Return files of every kind whose text is looked into, with these words in them, some parted by tags."""
    first, rest = words[:1], words[1:]
    runs = f"<w:p><w:r><w:t>{first}</w:t></w:r><w:r><w:t>{rest}</w:t></w:r></w:p>"
    return [
        ("a.txt", f"某事\n{words}".encode()),
        ("a.csv", f"某事,1\n{words},2".encode("gb18030")),
        ("a.docx", packed(word__document=f"<w:document>{runs}</w:document>")),
        ("a.docx", packed(word__document="<w:p/>", word__header1=runs)),
        (
            "a.xlsx",
            packed(xl__workbook="<x/>", xl__sharedStrings=f"<si><t>某事</t></si><si><t>{words}</t></si>"),
        ),
        ("a.pptx", packed(ppt__presentation="<x/>", ppt__slides__slide1=f"<a:p><a:t>{words}</a:t></a:p>")),
        ("a.ofd", packed(OFD="<x/>", Doc_0__Pages__Page_0__Content=f"<ofd:TextCode>{words}</ofd:TextCode>")),
    ]


def test_a_marking_in_the_text_of_a_file_is_found_and_the_word_in_its_prose_is_not():
    for name, content in documents("保守党的秘密"):
        assert accept(name, content).content == content
    for name, content in documents("机密★1年"):
        with pytest.raises(RuleBroken, match="机密★"):
            accept(name, content)


def test_looking_takes_no_longer_than_the_text_is_long():
    began = time.perf_counter()
    for text in ("机 " * 200_000, "<" * 400_000, "密级" * 200_000, "机密" * 200_000, "<p " * 100_000):
        marking(text)
    assert time.perf_counter() - began < 5


# --- every form, also tomorrow's ---------------------------------------------------------------------------
# A choice, a number and a secret word are no texts that anybody reads.
NO_TEXT = (
    forms.ChoiceField,
    forms.ModelChoiceField,
    forms.BooleanField,
    forms.IntegerField,
    forms.DecimalField,
)
ASKED_IN_RULES = {"files"}  # several at a time: each goes through uploads.accept
TIMES = (forms.DateField, forms.TimeField, forms.DateTimeField)


def unasked(form: type[forms.BaseForm]) -> list[str]:
    """Return the fields of a form that would take a marking."""
    found = []
    for name, field in form.base_fields.items():
        if isinstance(field, (*NO_TEXT, *TIMES)) or name in ASKED_IN_RULES:
            continue
        value = SimpleUploadedFile("机密★.txt", b"x") if isinstance(field, forms.FileField) else "机密★1年"
        try:
            field.clean([value] if isinstance(field, forms.MultipleChoiceField) else value)
        except forms.ValidationError:
            continue
        found.append(name)
    return found


def test_a_form_that_would_take_a_marking_would_be_found():
    class Loose(forms.Field):
        """A field that looks at nothing."""

    class Fresh(forms.Form):
        open = Loose()
        title = forms.CharField()
        file = forms.FileField()

    assert unasked(Fresh) == ["open"]


def test_no_form_takes_a_marking_in_any_of_its_texts():
    found = every_form()
    assert len(found) > 30
    assert {form.__name__: names for form in found if (names := unasked(form))} == {}
