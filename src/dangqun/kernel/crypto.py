"""Encryption at rest: keys by purpose, an address in every ciphertext, masks by default, blind indexes.

A ciphertext is bound to table, column and row (`uid`): two values swapped inside the database are noticed.
Layout: version, cipher, key number, nonce (12), ciphertext with tag. AES-256-GCM, or SM4-GCM by setting.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import json
import logging
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from dangqun.kernel.durable import write_whole

RING = "keyring.json"
VERSION = 1
AES, SM4 = 1, 2
CIPHERS = {"AES-256-GCM": AES, "SM4-GCM": SM4}
PURPOSES = ("identity", "contact", "care", "files", "index")
KEY, NONCE, TAG, HEAD = 32, 12, 16, 3  # bytes
OVERHEAD = HEAD + NONCE + TAG  # bytes by which a ciphertext is longer than its text
HIGHEST_KEY = 255  # a key's number is one byte of each ciphertext
LOOKUPS = ("exact", "in", "isnull")
DAMAGED = "数据校验失败，请告诉系统管理员"

logger = logging.getLogger(__name__)


class Tampered(Exception):
    """A ciphertext does not belong where it stands, was changed, or its key is gone."""


def create_keyring() -> Path:
    """Make the key ring of this installation, mode 0600; one that exists is left alone. Returns its path."""
    file = _ring_file()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    ring = {purpose: {"1": _new_key()} for purpose in PURPOSES}
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        json.dump(ring, out)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, file)  # whole or not at all, and never over a ring that another process made meanwhile
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return file


def keyring() -> dict[str, dict[int, bytes]]:
    """Return purpose → key number → 32 bytes, as the file says now: a key that another process added is seen at once.

    Raises ImproperlyConfigured when the file is missing or damaged.
    """
    file = _ring_file()
    try:
        seen = os.stat(file)
    except OSError:
        raise ImproperlyConfigured(
            f"密钥文件不在：{file}。新装请运行 dangqun init；恢复请放回备份里的密钥。"
        ) from None
    return _read_ring(file, seen.st_ino, seen.st_mtime_ns, seen.st_size)


def add_key(purpose: str) -> int:
    """Put a new key into the ring, with which this purpose encrypts from now on; return its number.

    Raises ValueError when all numbers are used.
    """
    with _changed_ring() as ring:
        number = max(map(int, ring[purpose])) + 1
        if number > HIGHEST_KEY:
            raise ValueError(f"{purpose} has used all {HIGHEST_KEY} numbers")
        ring[purpose][str(number)] = _new_key()
    return number


def remove_key(purpose: str, number: int) -> None:
    """Take a key out of the ring: what it encrypted can never be read again. Raises ValueError for the one in use."""
    with _changed_ring() as ring:
        if number == max(map(int, ring[purpose])):
            raise ValueError(f"key {number} of {purpose} is in use")
        del ring[purpose][str(number)]


def united_rings(one: bytes, other: bytes) -> bytes:
    """Return the text of a ring that holds the keys of both (a backup, while a key comes or goes)."""
    first, second = json.loads(one), json.loads(other)
    return json.dumps({purpose: first[purpose] | second[purpose] for purpose in first}).encode()


def key_number(token: bytes) -> int:
    """Return the number of the key that encrypted something."""
    return token[2]


def encrypt_bytes(purpose: str, plain: bytes, aad: bytes) -> bytes:
    """Encrypt with the newest key of a purpose, bound to the address `aad`."""
    keys, cipher, nonce = keyring()[purpose], CIPHERS[settings.CIPHER], os.urandom(NONCE)
    number = max(keys)
    seal = _aes(keys[number]).encrypt if cipher == AES else SM4GCM(keys[number]).encrypt
    return bytes((VERSION, cipher, number)) + nonce + seal(nonce, plain, aad)


def decrypt_bytes(purpose: str, token: bytes, aad: bytes) -> bytes:
    """Return the plain bytes. Raises Tampered when the token was changed or stands in another place."""
    if len(token) < OVERHEAD or token[0] != VERSION or token[1] not in (AES, SM4):
        raise Tampered("this is no ciphertext")
    key = keyring()[purpose].get(token[2])
    if key is None:
        raise Tampered(f"key {token[2]} for {purpose} is not in the key ring")
    unseal = _aes(key).decrypt if token[1] == AES else SM4GCM(key).decrypt
    try:
        return unseal(token[HEAD : HEAD + NONCE], token[HEAD + NONCE :], aad)
    except InvalidTag:
        raise Tampered("the ciphertext was changed or moved") from None


def blind_index(purpose: str, text: str) -> str:
    """Return the keyed hash (64 hex digits) under which a value can be looked up exactly."""
    ring = keyring()["index"]
    return hmac.digest(ring[min(ring)], f"{purpose}|{text}".encode(), "sha256").hex()


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
    """An encrypted value that shows only its mask; `.open()` gives the clear text to whoever may see it."""

    __slots__ = ("address", "field", "token")

    def __init__(self, field: EncryptedField, token: bytes, address: bytes) -> None:
        self.field, self.token, self.address = field, token, address

    def open(self) -> str:
        """Return the clear text. Raises Tampered when it was changed or stands in another row."""
        return decrypt_bytes(self.field.purpose, self.token, self.address).decode()

    def open_or_say(self) -> str:
        """Return the clear text for whoever may see it; a damaged value says so and is logged."""
        return self._or_say(str)

    def __str__(self) -> str:
        """Return the mask; a damaged value says so and is logged, the page around it still shows."""
        return self._or_say(self.field.mask)

    def _or_say(self, shape: Callable[[str], str]) -> str:
        try:
            return shape(self.open())
        except Tampered as damage:
            logger.error("%s: %s", self.address.decode(), damage)
            return DAMAGED

    def __repr__(self) -> str:
        return "<Sealed>"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __reduce__(self) -> tuple[Any, ...]:
        meta = self.field.model._meta
        return _unpickle, (meta.app_label, meta.model_name, self.field.name, self.token, self.address)


class EncryptedField(models.BinaryField):
    """Text, encrypted at rest: sealed when it is assigned; the instance holds a Sealed, or "" when empty.

    The model needs `uid = UUIDField(default=uuid4)` before this field: it is the row's part of the address.
    `max_plain` limits the characters of the clear text (ValueError).
    """

    def __init__(
        self,
        *args: Any,
        purpose: str = "identity",
        mask: Callable[[str], str] = mask_text,
        max_plain: int | None = None,
        **kwargs: Any,
    ) -> None:
        if purpose not in PURPOSES:
            raise ValueError(f"purpose {purpose!r}: expected one of {', '.join(PURPOSES)}")
        self.purpose, self.mask, self.max_plain = purpose, mask, max_plain
        for option, usual in (("editable", False), ("default", b""), ("blank", True)):
            kwargs.setdefault(option, usual)
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[Any]:
        """Report a model that has no `uid` before this field."""
        names = [field.name for field in self.model._meta.concrete_fields]
        if "uid" in names[: names.index(self.name)]:
            return super().check(**kwargs)
        return [
            checks.Error("an encrypted field needs a UUIDField `uid` before it", obj=self, id="dangqun.E101")
        ]

    def deconstruct(self) -> Any:
        """Leave mask and limit out of migrations: they change no column."""
        name, _, args, kwargs = super().deconstruct()
        return name, "dangqun.kernel.crypto.EncryptedField", args, kwargs | {"purpose": self.purpose}

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        """Put the descriptor in place that seals what is assigned."""
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _SealedAttribute(self))

    def get_default(self) -> str:
        """Return the empty text."""
        return ""

    def seal(self, text: str, instance: Any) -> Sealed:
        """Encrypt a text for its row."""
        if self.max_plain is not None and len(text) > self.max_plain:
            raise ValueError(f"{self.name}: more than {self.max_plain} characters")
        address = self.address(instance)
        return Sealed(self, encrypt_bytes(self.purpose, text.encode(), address), address)

    def address(self, instance: Any) -> bytes:
        """Return the address of a value: table, column, row."""
        return f"{self.model._meta.db_table}|{self.column}|{instance.uid}".encode()

    def pre_save(self, instance: Any, add: bool) -> Any:
        """Return what is to be stored; a value that came from another row is sealed anew for this one."""
        value = getattr(instance, self.attname)
        if isinstance(value, Sealed) and value.address != self.address(instance):
            value = self.seal(value.open(), instance)
            setattr(instance, self.attname, value)
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Store ciphertexts only: a clear text in a look-up or update is refused."""
        if isinstance(value, Sealed):
            value = value.token
        elif isinstance(value, str):
            if value:
                raise TypeError("an encrypted field is not looked up by its clear text: use its blind index")
            value = b""
        return super().get_db_prep_value(value, connection, prepared)

    def get_lookup(self, lookup_name: str) -> Any:
        """Offer no look-up into ciphertexts (FieldError), only whether there is a value."""
        return super().get_lookup(lookup_name) if lookup_name in LOOKUPS else None

    def value_to_string(self, obj: Any) -> Any:
        """Serialise the ciphertext (dumpdata)."""
        value = getattr(obj, self.attname)
        return {"sealed": base64.b64encode(value.token).decode()} if value else ""

    def to_python(self, value: Any) -> Any:
        """Read what `value_to_string` wrote; anything else passes."""
        return base64.b64decode(value["sealed"]) if isinstance(value, dict) else value


class _SealedAttribute:
    """What is assigned in clear is sealed at once; bytes from the database become a Sealed on first use."""

    def __init__(self, field: EncryptedField) -> None:
        self.field, self.name = field, field.attname

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        if self.name not in instance.__dict__:
            instance.refresh_from_db(fields=["uid", self.name])  # the address needs the uid: one query
        value = instance.__dict__[self.name]
        if isinstance(value, bytes):
            value = instance.__dict__[self.name] = Sealed(self.field, value, self.field.address(instance))
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        if isinstance(value, str) and value:
            value = self.field.seal(value, instance)
        elif isinstance(value, memoryview):
            value = bytes(value)
        instance.__dict__[self.name] = value or ""


class SM4GCM:
    """SM4-GCM with the interface of AESGCM. Its key is derived, and tells nothing of the AES key."""

    def __init__(self, key: bytes) -> None:
        self.key = _sm4(key)

    def encrypt(self, nonce: bytes, plain: bytes, aad: bytes) -> bytes:
        """Return ciphertext and tag."""
        sealer = Cipher(self.key, modes.GCM(nonce)).encryptor()
        sealer.authenticate_additional_data(aad)
        return sealer.update(plain) + sealer.finalize() + sealer.tag

    def decrypt(self, nonce: bytes, body: bytes, aad: bytes) -> bytes:
        """Return the clear text. Raises InvalidTag."""
        opener = Cipher(self.key, modes.GCM(nonce, body[-TAG:])).decryptor()
        opener.authenticate_additional_data(aad)
        return opener.update(body[:-TAG]) + opener.finalize()


@lru_cache(maxsize=64)
def _aes(key: bytes) -> AESGCM:
    return AESGCM(key)


@lru_cache(maxsize=64)
def _sm4(key: bytes) -> algorithms.SM4:
    return algorithms.SM4(hmac.new(key, b"SM4", hashlib.sha256).digest()[:16])


@lru_cache(maxsize=4)
def _read_ring(file: Path, *_seen: int) -> dict[str, dict[int, bytes]]:
    try:
        ring = {
            purpose: {int(number): base64.b64decode(key, validate=True) for number, key in keys.items()}
            for purpose, keys in json.loads(file.read_text(encoding="ascii")).items()
        }
    except (ValueError, AttributeError, TypeError):
        raise ImproperlyConfigured(f"密钥文件已损坏：{file}。请放回备份里的密钥。") from None
    for purpose in PURPOSES:
        keys = ring.get(purpose, {})
        if not keys or any(len(key) != KEY or not 1 <= number <= HIGHEST_KEY for number, key in keys.items()):
            raise ImproperlyConfigured(f"密钥文件 {file} 里“{purpose}”的密钥不完整。请放回备份里的密钥。")
    return ring


def _ring_file() -> Path:
    return Path(settings.DATA) / "keys" / RING


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY)).decode()


@contextmanager
def _changed_ring() -> Iterator[dict[str, dict[str, str]]]:
    """Yield the ring as its file holds it, and put it in place changed; others wait meanwhile."""
    keyring()
    file = _ring_file()
    with open(os.open(file.with_name(".ring.lock"), os.O_RDWR | os.O_CREAT, 0o600)) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ring = json.loads(file.read_text(encoding="ascii"))
        yield ring
        write_whole(file, json.dumps(ring).encode())


def _unpickle(app: str, model: str, name: str, token: bytes, address: bytes) -> Sealed:
    field = apps.get_registered_model(app, model)._meta.get_field(name)
    return Sealed(cast(EncryptedField, field), token, address)
