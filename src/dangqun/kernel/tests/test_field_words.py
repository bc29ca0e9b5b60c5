"""What fields say when they refuse: Chinese, what is wrong and what to do, for every form of the product."""

import importlib
import pkgutil
import re

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.validators import MaxValueValidator, MinLengthValidator

import dangqun
from dangqun.kernel.field_words import LIMITS, REFUSALS

SENTENCE = re.compile(
    r"[A-Za-z]{2,} [a-z]{2,}"
)  # an English sentence; single words such as Excel or xlsx are none
CHINESE = re.compile(r"[一-鿿]")
WRONG = (
    "",
    None,
    " ",
    "x" * 6000,
    "甲" * 6000,
    "abc",
    "-1",
    "1" * 40,
    "\x00",
    "2026-13-45",
    "<b>",
)
MANY = (None, [], ["abc", "0"], "abc")
FILES = (None, SimpleUploadedFile("空.xlsx", b""), "no file at all")


def every_form() -> list[type[forms.BaseForm]]:
    """Return every form class that a module of the product defines."""
    found: set[type[forms.BaseForm]] = set()
    for module in pkgutil.walk_packages(dangqun.__path__, "dangqun."):
        if ".tests" not in module.name and ".migrations" not in module.name and "forms" in module.name:
            for each in vars(importlib.import_module(module.name)).values():
                if (
                    isinstance(each, type)
                    and issubclass(each, forms.BaseForm)
                    and each.__module__.startswith("dangqun")
                ):
                    found.add(each)
    return sorted(found, key=lambda form: f"{form.__module__}.{form.__name__}")


def refusals(field: forms.Field) -> list[str]:
    """Return what a field says of every wrong value."""
    if isinstance(field, forms.ModelChoiceField) and field.queryset is None:
        from django.contrib.auth import get_user_model

        field.queryset = get_user_model().objects.none()
    said = []
    many = isinstance(field, forms.MultipleChoiceField | forms.ModelMultipleChoiceField)
    for value in FILES if isinstance(field, forms.FileField) else MANY if many else WRONG:
        try:
            field.clean(value)
        except ValidationError as error:
            said += error.messages
    return said


def english(sentences: list[str]) -> list[str]:
    """Return those that are not in the words of the office."""
    return [each for each in sentences if SENTENCE.search(each) or not CHINESE.search(each)]


def test_an_english_sentence_would_be_seen():
    assert english(["This field is required.", "这一项还没有填。", "只收 xlsx、xls、csv。"]) == [
        "This field is required."
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("form", every_form(), ids=lambda form: form.__name__)
def test_no_field_of_any_form_refuses_in_english(form):
    for name, field in form.base_fields.items():
        said = refusals(field)
        assert english(said) == [], name
        assert not field.required or said, f"{name} refuses nothing"


def test_there_are_forms_to_walk():
    assert len(every_form()) > 8


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        (forms.CharField(), "", "这一项还没有填。"),
        (forms.CharField(max_length=3), "甲乙丙丁", "最多 3 个字，现在是 4 个，请删短。"),
        (forms.CharField(validators=[MinLengthValidator(8)]), "甲乙", "至少 8 个字，现在是 2 个。"),
        (forms.IntegerField(), "八", "请写整数，例如 8。"),
        (forms.IntegerField(validators=[MaxValueValidator(9)]), "10", "最多是 9，请改小。"),
        (forms.DecimalField(), "很多", "请写数字，例如 2000 或 12.5。"),
        (forms.DateField(), "明天", "请写日期，例如 2026-11-24。"),
        (forms.DateTimeField(), "明天", "请写日期和时间，例如 2026-11-24 18:00。"),
        (forms.ChoiceField(choices=[("a", "甲")]), "b", "没有这一项，请在列出的里面选。"),
        (forms.MultipleChoiceField(choices=[("a", "甲")]), ["b"], "没有这一项，请在列出的里面选。"),
        (forms.FileField(), None, "还没有选文件。"),
        (forms.FileField(), SimpleUploadedFile("空.xlsx", b""), "这个文件是空的，请换一个。"),
        (forms.CharField(), "甲\x00", "里面有看不见的字符，请删去再写。"),
    ],
)
def test_a_field_says_what_is_wrong_and_what_to_do(field, value, sentence):
    with pytest.raises(ValidationError) as refused:
        field.clean(value)
    assert refused.value.messages == [sentence]


def test_every_sentence_ends_as_a_sentence():
    sentences = [each for said in REFUSALS.values() for each in said.values()] + list(LIMITS.values())
    assert [each for each in sentences if not each.endswith("。")] == []
