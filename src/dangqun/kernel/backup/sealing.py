"""An encrypted stream towards a public key: whoever writes it cannot read it again once the key of the moment is forgotten.

Layout: magic, length (2), header as JSON, chunks. The key comes from an ephemeral X25519 agreement and the header, by HKDF; a chunk's
nonce is its number and whether it is the last, so that a changed header, a chunk taken away, moved or added is noticed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dangqun.kernel.crypto import SM4GCM, TAG
from dangqun.kernel.rules import RuleBroken

MAGIC = b"DANGQUN-BACKUP-1\n"
CHUNK = 1024 * 1024  # bytes of clear text
MOST_HEADER = 4096
STRANGE = "这不是党群平台的备份文件，请核对文件名。"
DAMAGED = "这份备份不完整或被改动过，不能用来恢复。请换另一份备份。"


def raw(public: X25519PublicKey) -> bytes:
    """Return the 32 bytes of a public key."""
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def private_key(secret: bytes) -> X25519PrivateKey:
    """Return the key that a recovery code leads to."""
    return X25519PrivateKey.from_private_bytes(_derive(secret, b"dangqun recovery code"))


class Sealer:
    """Writes a header and encrypted chunks into a file. `key` opens what was written, until it is forgotten."""

    def __init__(self, out: BinaryIO, recipient: bytes, facts: dict[str, Any]) -> None:
        ephemeral = X25519PrivateKey.generate()
        own = raw(ephemeral.public_key())
        header = _canonical(facts | {"ephemeral": base64.b64encode(own).decode()})
        self.key = _agreed(ephemeral, recipient, own, recipient, header)
        self._seal = _cipher(facts["cipher"], self.key).encrypt
        self._out, self._held, self._number = out, bytearray(), 0
        out.write(MAGIC + len(header).to_bytes(2, "big") + header)

    def write(self, data: bytes) -> None:
        """Take clear text; whole chunks go out."""
        self._held += data
        while len(self._held) > CHUNK:  # the last chunk is known only at the end, so a full one waits
            self._send(bytes(self._held[:CHUNK]), last=False)
            del self._held[:CHUNK]

    def close(self) -> None:
        """Write the last chunk, without which nobody takes the stream for whole."""
        self._send(bytes(self._held), last=True)

    def _send(self, chunk: bytes, *, last: bool) -> None:
        self._out.write(self._seal(_nonce(self._number, last), chunk, b""))
        self._number += 1


class Opener:
    """Reads a sealed stream. Raises RuleBroken with a sentence for whatever is not whole."""

    def __init__(self, file: BinaryIO, key: bytes | Callable[[dict[str, Any], bytes], bytes]) -> None:
        self.header, told = read_header(file)
        self._file = file
        self._open = _cipher(
            self.header.get("cipher", ""), key(self.header, told) if callable(key) else key
        ).decrypt
        self._clear, self._at, self._number = b"", 0, 0
        self._next = file.read(CHUNK + TAG)
        self.over = False

    def read(self, size: int) -> bytes:
        """Return exactly so many bytes; fewer at the end of the stream alone."""
        pieces, wanted = [], size
        while wanted and (self._at < len(self._clear) or self._fill()):
            piece = self._clear[self._at : self._at + wanted]
            self._at += len(piece)
            wanted -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def _fill(self) -> bool:
        if self.over:
            return False
        chunk, self._next = self._next, self._file.read(CHUNK + TAG)
        self.over = not self._next
        try:
            self._clear = self._open(_nonce(self._number, self.over), chunk, b"")
        except (InvalidTag, ValueError):
            raise RuleBroken(DAMAGED) from None
        self._at, self._number = 0, self._number + 1
        return bool(self._clear)


def read_header(file: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Return what stands in clear at the beginning, and its bytes. Raises RuleBroken when this is no backup."""
    if file.read(len(MAGIC)) != MAGIC:
        raise RuleBroken(STRANGE)
    length = int.from_bytes(file.read(2), "big")
    told = file.read(length)
    try:
        header = json.loads(told)
    except ValueError:
        raise RuleBroken(DAMAGED) from None
    if length > MOST_HEADER or not isinstance(header, dict):
        raise RuleBroken(DAMAGED)
    return header, told


def key_for(private: X25519PrivateKey) -> Callable[[dict[str, Any], bytes], bytes]:
    """Return how a recovery key finds the key of one backup from its header."""

    def agree(header: dict[str, Any], told: bytes) -> bytes:
        try:
            ephemeral = base64.b64decode(header["ephemeral"], validate=True)
            return _agreed(private, ephemeral, ephemeral, raw(private.public_key()), told)
        except (KeyError, TypeError, ValueError):
            raise RuleBroken(DAMAGED) from None

    return agree


def _agreed(own: X25519PrivateKey, other: bytes, ephemeral: bytes, recipient: bytes, header: bytes) -> bytes:
    shared = own.exchange(X25519PublicKey.from_public_bytes(other))
    return _derive(shared, b"dangqun backup|" + ephemeral + recipient + header)


def _derive(secret: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, None, info).derive(secret)


def _cipher(name: str, key: bytes) -> Any:
    if name not in ("AES-256-GCM", "SM4-GCM"):
        raise RuleBroken(DAMAGED)
    return SM4GCM(key) if name == "SM4-GCM" else AESGCM(key)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes((last,))


def _canonical(header: dict[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
