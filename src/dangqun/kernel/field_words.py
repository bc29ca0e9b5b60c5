"""What fields say when they refuse, in the words of the office (design.md §8): what is wrong, what to do.

Every text field and every file field refuses markings of state secrets, too: so does tomorrow's form.
"""

from django import forms
from django.core import validators

from dangqun.kernel.markings import no_marking

REFUSALS: dict[type[forms.Field], dict[str, str]] = {
    forms.Field: {"required": "这一项还没有填。"},
    forms.IntegerField: {"invalid": "请写整数，例如 8。"},
    forms.DecimalField: {"invalid": "请写数字，例如 2000 或 12.5。"},
    forms.DateField: {"invalid": "请写日期，例如 2026-11-24。"},
    forms.DateTimeField: {"invalid": "请写日期和时间，例如 2026-11-24 18:00。"},
    forms.ChoiceField: {"invalid_choice": "没有这一项，请在列出的里面选。"},
    forms.MultipleChoiceField: {
        "invalid_choice": "没有这一项，请在列出的里面选。",
        "invalid_list": "请在列出的里面选。",
    },
    forms.ModelChoiceField: {"invalid_choice": "这一项已经没有了，请重新选。"},
    forms.ModelMultipleChoiceField: {
        "invalid_choice": "有一项已经没有了，请重新选。",
        "invalid_pk_value": "请在列出的里面选。",
        "invalid_list": "请在列出的里面选。",
    },
    forms.FileField: {
        "required": "还没有选文件。",
        "invalid": "文件没有传上来，请再选一次。",
        "missing": "还没有选文件。",
        "empty": "这个文件是空的，请换一个。",
    },
}
LIMITS: dict[type[validators.BaseValidator], str] = {
    validators.MaxLengthValidator: "最多 %(limit_value)d 个字，现在是 %(show_value)d 个，请删短。",
    validators.MinLengthValidator: "至少 %(limit_value)d 个字，现在是 %(show_value)d 个。",
    validators.MaxValueValidator: "最多是 %(limit_value)s，请改小。",
    validators.MinValueValidator: "至少是 %(limit_value)s，请改大。",
}


def speak_plainly() -> None:
    """Put these sentences in the place of Django's own, and let no field take a marking."""
    for field, sentences in REFUSALS.items():
        field.default_error_messages = {**field.default_error_messages, **sentences}
    for limit, sentence in LIMITS.items():
        limit.message = sentence
    validators.ProhibitNullCharactersValidator.message = "里面有看不见的字符，请删去再写。"
    forms.CharField.default_validators = [no_marking]
    forms.FileField.default_validators = [no_marking]
