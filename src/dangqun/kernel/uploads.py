"""Files that people hand in: looked into before they are taken, pictures without EXIF, kept encrypted.

`accept` says what a file is by its content, never by its name alone, or refuses it with a sentence. `store` keeps
the bytes under a random key, encrypted for that key; whoever serves them checks access first and uses `answer`.
The key stands in a `CharField(max_length=32)` named `key` or `…_key`: what no such column names is swept away after a day.
"""

from __future__ import annotations

import io
import lzma
import re
import secrets
import threading
import time
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import filetype
from django.apps import apps
from django.conf import settings
from django.db import models
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from PIL import Image, ImageOps, UnidentifiedImageError

from dangqun.kernel.crypto import decrypt_bytes, encrypt_bytes
from dangqun.kernel.markings import refuse_marked_file
from dangqun.kernel.rules import RuleBroken

NAME_LENGTH = 100
ORPHANED = 24 * 3600.0  # seconds
MAX_INFLATED = 300 * 1024 * 1024
MAX_RATIO = 200
MAX_PARTS = 4000
MAX_PIXELS = 60_000_000
JPEG_QUALITY = 90
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OPEN_XML = "application/vnd.openxmlformats-officedocument."
MIMES = {
    "pdf": "application/pdf",
    "docx": f"{_OPEN_XML}wordprocessingml.document",
    "xlsx": f"{_OPEN_XML}spreadsheetml.sheet",
    "pptx": f"{_OPEN_XML}presentationml.presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "wps": "application/vnd.ms-works",
    "et": "application/octet-stream",
    "dps": "application/octet-stream",
    "ofd": "application/ofd",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "txt": "application/octet-stream",
    "csv": "application/octet-stream",
}
ACCEPT = ",".join(f".{kind}" for kind in (*MIMES, "jpeg"))
KINDS_IN_WORDS = "PDF、OFD、Word、Excel、PPT、WPS、图片（JPG、PNG）、TXT"
ZIPPED = {
    "word/document.xml": "docx",
    "xl/workbook.xml": "xlsx",
    "ppt/presentation.xml": "pptx",
    "OFD.xml": "ofd",
}
STREAMS = {
    "WordDocument": ("doc", "wps"),
    "Workbook": ("xls", "et"),
    "Book": ("xls", "et"),
    "PowerPoint Document": ("ppt", "dps"),
}
PROGRAMS = frozenset(
    "exe dll msi com scr bat cmd ps1 vbs js jse wsf hta jar apk app dmg deb rpm sh lnk elf".split()  # noqa: SIM905
)
DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError)
PACKED = {"zip", "rar", "7z", "tar", "gz", "bz2", "xz", "iso", "cab"}
MACRO_ENDINGS = {"docm", "dotm", "xlsm", "xlsb", "xltm", "xlam", "pptm", "potm", "ppsm", "ppam"}
MACRO_PARTS = re.compile(r"(^|/)(vbaproject\.bin|vbadata\.xml|activex/.+|macrosheets/.+)$", re.IGNORECASE)
_one_picture = threading.Lock()  # 60 million pixels take half a gigabyte: never two at a time
_KEY = re.compile(r"[0-9a-f]{32}")

EMPTY = "这个文件是空的，请核对后再传。"
PROGRAM = "这是程序文件，不能接收。请只传文档、表格或图片。"
ARCHIVE = "压缩包里是什么看不到，不能接收。请解压后把文件逐个传。"
MACRO = "这个文件带宏或控件，不能接收。请另存为不带宏的 docx、xlsx 或 pptx 再传。"
LOCKED = "这个文件打不开，可能加了密码。请去掉密码，另存后再传。"
BROKEN = "这个文件读不出来，可能没有存完整。请打开后另存，再传一次。"
BOMB = "这个文件展开后太大，不能接收。请新建一个文件，只把要发的内容复制过去再传。"
PICTURE = "这种图片格式有的手机打不开。请存成 JPG 或 PNG 再传。"
TOO_MANY_PIXELS = "这张图片的尺寸太大。请缩小到长边 6000 像素以内再传。"
UNKNOWN = f"不能接收这种文件。可以传 {KINDS_IN_WORDS}。"
GONE = "这个附件读不出来了，请告诉发布的人重新传一次。"


@dataclass(frozen=True)
class Upload:
    """A file that was looked into: a harmless name, its kind (ending), and its bytes as they may be kept."""

    name: str
    kind: str
    content: bytes


def accept(name: str, content: bytes) -> Upload:
    """Return what may be kept of a file. Raises RuleBroken with what is wrong and what to do."""
    name = plain_name(name)
    if not content:
        raise RuleBroken(EMPTY)
    if len(content) > settings.UPLOAD_LIMIT:
        most = settings.UPLOAD_LIMIT // 1024 // 1024
        raise RuleBroken(f"“{name}”超过 {most} MB。请压缩图片，或者分成几个文件再传。")
    ending = name.rpartition(".")[2].lower()
    if ending in MACRO_ENDINGS:
        raise RuleBroken(MACRO)
    kinds = _look(content, ending)
    if ending == "jpeg":
        ending = "jpg"
    if ending not in kinds:
        raise RuleBroken(f"“{name}”的内容其实是 {kinds[0].upper()} 文件。请改对文件名的结尾再传。")
    refuse_marked_file(name, ending, content)
    if ending in ("jpg", "png", "webp"):
        with _one_picture:
            content = _bare_picture(content)
    return Upload(name, ending, content)


def plain_name(name: str) -> str:
    """Return a file's name without folders, control characters and marks that turn the reading direction."""
    last = re.split(r"[\\/]", name)[-1]
    shown = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C").strip(" .")
    stem, dot, ending = (shown or "附件").rpartition(".")
    return f"{stem[: NAME_LENGTH - 12]}{dot}{ending[:10]}" if dot else ending[:NAME_LENGTH]


def store(content: bytes) -> str:
    """Keep bytes encrypted under a new random key, and return the key."""
    key = secrets.token_hex(16)
    _write(key, content)
    return key


def load(key: str) -> bytes:
    """Return the bytes kept under a key. Raises FileNotFoundError, or Tampered when they were changed or moved."""
    return decrypt_bytes("files", place_of(key).read_bytes(), _address(key))


def encrypt_anew(key: str) -> None:
    """Encrypt what is kept under a key with the newest key of the ring. Raises as `load` does."""
    _write(key, load(key))


def drop(key: str) -> None:
    """Delete what is kept under a key, if anything is."""
    place_of(key).unlink(missing_ok=True)


def answer(name: str, kind: str, content: bytes) -> HttpResponse:
    """Return a download that no browser will run or show inside our pages."""
    reply = HttpResponse(content, content_type=MIMES.get(kind, "application/octet-stream"))
    reply["Content-Disposition"] = content_disposition_header(True, name)
    reply["X-Content-Type-Options"] = "nosniff"
    reply["Cache-Control"] = "private, no-store"
    reply["Cross-Origin-Resource-Policy"] = "same-origin"
    reply["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return reply


def kept_folder() -> Path:
    """Return where all kept files lie."""
    return Path(settings.DATA) / "files" / "kept"


def place_of(key: str) -> Path:
    """Return where the bytes of a key lie. Raises FileNotFoundError for what is no key."""
    if not _KEY.fullmatch(key):
        raise FileNotFoundError(key)
    return kept_folder() / key[:2] / key


def key_columns() -> list[models.Field]:
    """Return the columns that name kept files: by convention a CharField of 32 named `key` or `…_key`, nothing else."""
    return [
        field
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if type(field) is models.CharField and field.max_length == 32 and re.search(r"(^|_)key$", field.name)
    ]


def forget_orphans(now: float | None = None) -> int:
    """Delete kept files that no row names and that are a day old (their process was killed); return how many.

    A file that any other short text of the database names is left alone, whatever its column is called.
    """
    before = (now or time.time()) - ORPHANED
    old = {
        file.name for file in kept_folder().glob("??/*") if _KEY.fullmatch(file.name) and _age(file) < before
    }
    lost = old - named_keys() if old else set()
    lost -= _named_elsewhere(lost)
    for key in lost:
        drop(key)
    for part in kept_folder().glob("??/*.part"):
        if _age(part) < before:
            part.unlink(missing_ok=True)
    return len(lost)


def named_keys() -> set[str]:
    """Return the keys of all kept files that rows name."""
    return {
        key
        for field in key_columns()
        for key in field.model._base_manager.values_list(field.attname, flat=True).iterator()
        if _KEY.fullmatch(key or "")
    }


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _named_elsewhere(keys: set[str]) -> set[str]:
    texts = [
        field
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.CharField) and (field.max_length or 32) >= 32
    ]
    found: set[str] = set()
    for field in texts if keys else ():
        held = field.model._base_manager.filter(**{f"{field.attname}__in": keys})
        found |= set(held.values_list(field.attname, flat=True))
    return found


def _write(key: str, content: bytes) -> None:
    place = place_of(key)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = place.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_bytes(encrypt_bytes("files", content, _address(key)))
    part.rename(place)


def _address(key: str) -> bytes:
    return f"kept|{key}".encode()


def _look(content: bytes, ending: str) -> tuple[str, ...]:
    """Return the endings that fit the content."""
    found = filetype.guess(content)
    sniffed = found.extension if found else ""
    if sniffed in PROGRAMS or ending in PROGRAMS:
        raise RuleBroken(PROGRAM)
    if content.startswith(b"PK\x03\x04"):
        return (_look_into_zip(content),)
    if sniffed in PACKED or ending in PACKED:
        raise RuleBroken(ARCHIVE)
    if content.startswith(OLE):
        return _look_into_ole(content)
    if sniffed in ("pdf", "jpg", "png", "webp"):
        return (sniffed,)
    if (found and found.mime.startswith("image/")) or ending in ("gif", "bmp", "tif", "tiff", "heic", "svg"):
        raise RuleBroken(PICTURE)
    if not found and ending in ("txt", "csv") and _is_text(content):
        return ("txt", "csv")
    raise RuleBroken(BROKEN if ending in MIMES and not found else UNKNOWN)


def _look_into_zip(content: bytes) -> str:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        parts = archive.infolist()
        _refuse_bomb(parts)
        if any(part.flag_bits & 1 for part in parts):
            raise RuleBroken(LOCKED)
        names = {part.filename for part in parts}
        kind = next((kind for part, kind in ZIPPED.items() if part in names), None)
        if kind is None:
            raise RuleBroken(ARCHIVE)
        if any(MACRO_PARTS.search(name) for name in names) or _says_macro(archive, names):
            raise RuleBroken(MACRO)
        _refuse_entities(archive, parts)
    except (*DAMAGED, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise RuleBroken(BROKEN) from error
    return kind


def _refuse_bomb(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_INFLATED:
        raise RuleBroken(BOMB)
    for part in parts:
        if part.file_size > 10_000_000 and part.file_size > MAX_RATIO * max(1, part.compress_size):
            raise RuleBroken(BOMB)


def _says_macro(archive: zipfile.ZipFile, names: set[str]) -> bool:
    if "[Content_Types].xml" not in names:
        return False
    with archive.open("[Content_Types].xml") as stream:
        return b"macroenabled" in stream.read(1_000_000).lower()


def _refuse_entities(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """Refuse XML that declares entities: a billion laughs for whoever opens it."""
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as stream:
                head = stream.read(4096)
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                raise RuleBroken(BOMB)


def _look_into_ole(content: bytes) -> tuple[str, ...]:
    """Return the endings of an old Office file by the names in its directory; macros and passwords are refused."""
    if _wide("EncryptedPackage") in content:
        raise RuleBroken(LOCKED)
    if _wide("_VBA_PROJECT") in content:
        raise RuleBroken(MACRO)
    for stream, endings in STREAMS.items():
        if _wide(stream) + b"\0\0" in content:
            return endings
    raise RuleBroken(UNKNOWN)


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def _is_text(content: bytes) -> bool:
    if b"\0" in content:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _bare_picture(content: bytes) -> bytes:
    """Return the picture turned upright and written anew: pixels and colour profile, nothing else (no EXIF, no place)."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as opened:
            kind = str(opened.format).replace("MPO", "JPEG")  # some phones write several pictures into one
            if opened.width * opened.height > MAX_PIXELS:
                raise RuleBroken(TOO_MANY_PIXELS)
            upright = ImageOps.exif_transpose(opened)
            upright.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise RuleBroken(BROKEN) from error
    upright.info = {key: upright.info[key] for key in ("icc_profile", "transparency") if key in upright.info}
    if kind == "JPEG" and upright.mode not in ("L", "RGB", "CMYK"):
        upright = upright.convert("RGB")
    out = io.BytesIO()
    options = {"quality": JPEG_QUALITY} if kind != "PNG" else {}
    upright.save(out, kind, icc_profile=upright.info.get("icc_profile"), **options)
    return out.getvalue()
