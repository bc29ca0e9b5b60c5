"""What lies in a backup: named parts one after the other, each of unknown length, packed or as it is, with its hash.

A part: P, length of the name (2), name, blocks, E. A block: Z (deflated) or R (as it is), length (4), bytes.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dangqun.kernel.backup.sealing import DAMAGED, Opener, Sealer
from dangqun.kernel.rules import RuleBroken

BLOCK = 256 * 1024  # bytes of content
MOST = 256 * BLOCK  # that one block may unpack to: whoever knows the public key can write a backup
LEVEL = 3


class Part:
    """One part while it is written: takes bytes, counts and hashes them."""

    def __init__(self, out: Sealer, packed: bool) -> None:
        self._out, self._packed, self._held = out, packed, bytearray()
        self._hash, self.size = hashlib.sha256(), 0

    def write(self, data: bytes) -> None:
        """Take bytes of the content."""
        self._hash.update(data)
        self.size += len(data)
        self._held += data
        while len(self._held) >= BLOCK:
            self._send(bytes(self._held[:BLOCK]))
            del self._held[:BLOCK]

    def flush(self) -> None:
        """Send what is held as the last block."""
        if self._held:
            self._send(bytes(self._held))
            self._held.clear()

    def _send(self, block: bytes) -> None:
        body = zlib.compress(block, LEVEL) if self._packed else block
        self._out.write((b"Z" if self._packed else b"R") + len(body).to_bytes(4, "big") + body)

    @property
    def told(self) -> list[Any]:
        """Size and hash, as the manifest holds them."""
        return [self.size, self._hash.hexdigest()]


class Writer:
    """Writes parts; `written` tells size and hash of each."""

    def __init__(self, out: Sealer) -> None:
        self._out = out
        self.written: dict[str, list[Any]] = {}

    @contextmanager
    def part(self, name: str, *, packed: bool = True) -> Iterator[Part]:
        """Yield a new part."""
        told = name.encode()
        self._out.write(b"P" + len(told).to_bytes(2, "big") + told)
        part = Part(self._out, packed)
        yield part
        part.flush()
        self._out.write(b"E")
        self.written[name] = part.told

    def put(self, name: str, value: Any) -> None:
        """Write a value as JSON, a part by itself."""
        with self.part(name) as part:
            part.write(json.dumps(value, sort_keys=True, ensure_ascii=False).encode())


class Reader:
    """Reads parts in their order; `read` tells size and hash of each that was read to its end."""

    def __init__(self, stream: Opener) -> None:
        self._stream = stream
        self.read: dict[str, list[Any]] = {}

    def __iter__(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield name and blocks of each part; blocks that nobody takes are passed over, and hashed all the same."""
        while mark := self._stream.read(1):
            if mark != b"P":
                raise RuleBroken(DAMAGED)
            name = self._name()
            blocks = self._blocks(name)
            yield name, blocks
            for _ in blocks:
                pass

    def _blocks(self, name: str) -> Iterator[bytes]:
        hashed, size = hashlib.sha256(), 0
        while (mark := self._take(1)) != b"E":
            length = int.from_bytes(self._take(4), "big")
            if length > MOST or mark not in (b"Z", b"R"):
                raise RuleBroken(DAMAGED)
            body = self._take(length)
            block = _unpacked(body) if mark == b"Z" else body
            hashed.update(block)
            size += len(block)
            yield block
        self.read[name] = [size, hashed.hexdigest()]

    def _name(self) -> str:
        try:
            return self._take(int.from_bytes(self._take(2), "big")).decode()
        except UnicodeDecodeError:
            raise RuleBroken(DAMAGED) from None

    def _take(self, size: int) -> bytes:
        found = self._stream.read(size)
        if len(found) != size:
            raise RuleBroken(DAMAGED)
        return found


def _unpacked(body: bytes) -> bytes:
    packed = zlib.decompressobj()
    try:
        found = packed.decompress(body, MOST)
    except zlib.error:
        raise RuleBroken(DAMAGED) from None
    if not packed.eof:  # cut short, or there is more to come than any block of ours holds
        raise RuleBroken(DAMAGED)
    return found


def lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the lines of a part without their ends."""
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        yield from whole
    if rest:
        yield rest


def whole(blocks: Iterator[bytes]) -> Any:
    """Return the value of a part that `put` wrote."""
    return json.loads(b"".join(blocks))
