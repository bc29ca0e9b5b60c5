"""Field encryption: keys by purpose, an address in every ciphertext, masks by default, blind indexes for look-up.

A ciphertext is bound to table, column and row (`uid`), so that two values swapped inside the database are noticed.
Layout: version, cipher, key number, nonce (12), ciphertext with tag. Ciphers: AES-256-GCM, or SM4-GCM by setting.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

VERSION = 1
CIPHERS = {"AES-256-GCM": 1, "SM4-GCM": 2}
PURPOSES = ("identity", "contact", "care", "files", "index")
NONCE, TAG, HEAD = 12, 16, 3


class Tampered(Exception):
    """A ciphertext does not belong where it stands, or was changed."""


def create_keyring() -> Path:
    """Make the key ring of this installation, mode 0600; one that exists is left alone. Returns its path."""
    file = settings.DATA / "keys" / "keyring.json"
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    ring = {purpose: {"1": base64.b64encode(secrets.token_bytes(32)).decode()} for purpose in PURPOSES}
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file
    with os.fdopen(handle, "w", encoding="ascii") as out:
        json.dump(ring, out)
    keyring.cache_clear()
    return file


@lru_cache(maxsize=1)
def keyring() -> dict[str, dict[int, bytes]]:
    """Return purpose → key number → 32 bytes. Raises ImproperlyConfigured when the ring is missing."""
    file = settings.DATA / "keys" / "keyring.json"
    if not file.is_file():
        raise ImproperlyConfigured(f"密钥文件不在：{file}。新装请运行 dangqun init；恢复请放回备份里的密钥。")
    ring = json.loads(file.read_text(encoding="ascii"))
    return {
        purpose: {int(number): base64.b64decode(key) for number, key in keys.items()}
        for purpose, keys in ring.items()
    }


def encrypt_bytes(purpose: str, plain: bytes, aad: bytes) -> bytes:
    """Encrypt with the newest key of a purpose, bound to `aad`."""
    number = max(keyring()[purpose])
    cipher = CIPHERS[settings.CIPHER]
    nonce = os.urandom(NONCE)
    return bytes((VERSION, cipher, number)) + nonce + _seal(purpose, number, cipher, nonce, plain, aad)


def decrypt_bytes(purpose: str, token: bytes, aad: bytes) -> bytes:
    """Return the plain bytes. Raises Tampered when the token was changed or stands in another place."""
    if len(token) < HEAD + NONCE + TAG or token[0] != VERSION:
        raise Tampered("ciphertext is not ours")
    cipher, number = token[1], token[2]
    nonce, body = token[HEAD : HEAD + NONCE], token[HEAD + NONCE :]
    try:
        return _open(purpose, number, cipher, nonce, body, aad)
    except (InvalidTag, KeyError) as error:
        raise Tampered("ciphertext was changed or moved") from error


def blind_index(purpose: str, text: str) -> str:
    """Return the keyed hash (64 hex digits) under which a value can be looked up exactly, and nothing else."""
    ring = keyring()["index"]
    key = ring[min(ring)]
    return hmac.new(key, f"{purpose}|{text}".encode(), hashlib.sha256).hexdigest()


def mask_id(text: str) -> str:
    """340899198208121234 → 340899********1234."""
    return f"{text[:6]}{'*' * (len(text) - 10)}{text[-4:]}" if len(text) > 10 else "*" * len(text)


def mask_phone(text: str) -> str:
    """13812345678 → 138****5678."""
    return f"{text[:3]}{'*' * (len(text) - 7)}{text[-4:]}" if len(text) > 7 else "*" * len(text)


def mask_text(text: str) -> str:
    """Keep the first six characters of an address, at most half of it."""
    keep = min(6, len(text) // 2)
    return text[:keep] + "*" * min(8, len(text) - keep)


class Sealed:
    """A stored value that shows only its mask; `.open()` gives the clear text to whoever may see it."""

    __slots__ = ("_aad", "_field", "_token")

    def __init__(self, field: EncryptedField, token: bytes, aad: bytes) -> None:
        self._field, self._token, self._aad = field, token, aad

    def open(self) -> str:
        """Return the clear text. Raises Tampered when it stands in a row that is not its own."""
        return decrypt_bytes(self._field.purpose, self._token, self._aad).decode()

    @property
    def token(self) -> bytes:
        """The ciphertext, to be stored unchanged."""
        return self._token

    def __str__(self) -> str:
        return self._field.mask(self.open())

    def __repr__(self) -> str:
        return "<Sealed>"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __bool__(self) -> bool:
        return True

    def __reduce__(self) -> Any:
        raise TypeError("a sealed value is not pickled")


class EncryptedField(models.BinaryField):
    """Text, encrypted at rest. The instance holds "" when empty, a str until saved, a Sealed when loaded.

    The model needs `uid = UUIDField(unique=True)`, known before the row exists: it is part of the ciphertext's address.
    """

    def __init__(
        self, *args: Any, purpose: str = "identity", mask: Callable[[str], str] = mask_text, **kwargs: Any
    ) -> None:
        self.purpose, self.mask = purpose, mask
        super().__init__(*args, **({"editable": False, "default": b"", "blank": True} | kwargs))

    def deconstruct(self) -> Any:
        """Leave the mask out of migrations: it changes no column."""
        name, _, args, kwargs = super().deconstruct()
        return name, "dangqun.kernel.crypto.EncryptedField", args, kwargs | {"purpose": self.purpose}

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        """Put the descriptor in place that turns ciphertext into a Sealed on first use."""
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _Place(self))

    def get_default(self) -> str:
        """Return the empty text."""
        return ""

    def pre_save(self, instance: Any, add: bool) -> bytes:
        """Seal what was assigned in clear; keep a ciphertext as it is."""
        value = getattr(instance, self.attname)
        if isinstance(value, Sealed):
            return value.token
        if not value:
            return b""
        token = encrypt_bytes(self.purpose, str(value).encode(), self.aad(instance))
        setattr(instance, self.attname, Sealed(self, token, self.aad(instance)))
        return token

    def aad(self, instance: Any) -> bytes:
        """Return the address of a value: table, column, row."""
        return f"{self.model._meta.db_table}|{self.column}|{instance.uid}".encode()

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Refuse to look up by clear text; bytes pass."""
        if isinstance(value, str):
            value = value.encode() if not value else _refuse()
        return super().get_db_prep_value(value, connection, prepared)


class _Place:
    """Descriptor: raw bytes from the database become a Sealed; clear text stays until saved."""

    def __init__(self, field: EncryptedField) -> None:
        self.field = field

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        held = instance.__dict__
        if self.field.attname not in held:
            instance.refresh_from_db(fields=[self.field.attname])
        value = held[self.field.attname]
        if isinstance(value, bytes | memoryview):
            token = bytes(value)
            value = Sealed(self.field, token, self.field.aad(instance)) if token else ""
            held[self.field.attname] = value
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = "" if value is None else value


def _refuse() -> bytes:
    raise TypeError("an encrypted field cannot be looked up by its clear text: use its blind index")


@lru_cache(maxsize=64)
def _aes(purpose: str, number: int) -> AESGCM:
    return AESGCM(keyring()[purpose][number])


def _seal(purpose: str, number: int, cipher: int, nonce: bytes, plain: bytes, aad: bytes) -> bytes:
    if cipher == CIPHERS["AES-256-GCM"]:
        return _aes(purpose, number).encrypt(nonce, plain, aad)
    sealer = Cipher(algorithms.SM4(keyring()[purpose][number][:16]), modes.GCM(nonce)).encryptor()
    sealer.authenticate_additional_data(aad)
    return sealer.update(plain) + sealer.finalize() + sealer.tag


def _open(purpose: str, number: int, cipher: int, nonce: bytes, body: bytes, aad: bytes) -> bytes:
    if cipher == CIPHERS["AES-256-GCM"]:
        return _aes(purpose, number).decrypt(nonce, body, aad)
    opener = Cipher(
        algorithms.SM4(keyring()[purpose][number][:16]), modes.GCM(nonce, body[-TAG:])
    ).decryptor()
    opener.authenticate_additional_data(aad)
    return opener.update(body[:-TAG]) + opener.finalize()
