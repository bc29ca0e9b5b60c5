"""A table of the kernel's own tests; its app is installed by the tests that need it, and has no migration."""

import uuid
from typing import ClassVar

from django.apps import AppConfig
from django.db import models

from dangqun.kernel.crypto import EncryptedField, mask_id, mask_phone


class KernelTests(AppConfig):
    name = "dangqun.kernel.tests"
    label = "kernel_tests"


class Sample(models.Model):
    """A row with encrypted values."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    name = models.CharField(max_length=40)
    pinyin_key = models.CharField(max_length=200, blank=True)
    stroke_key = models.CharField(max_length=80, blank=True)
    id_number = EncryptedField(purpose="identity", mask=mask_id)
    mobile = EncryptedField(purpose="contact", mask=mask_phone, max_plain=20)
    second = EncryptedField(purpose="contact", mask=mask_phone)

    class Meta:
        app_label = "kernel_tests"
        ordering: ClassVar = ["pk"]
