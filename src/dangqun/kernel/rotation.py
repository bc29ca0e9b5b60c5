"""Changing keys: a new one encrypts from now on, a job encrypts anew what older ones did, an old one goes when nothing uses it.

Everything stays readable meanwhile, since each ciphertext names its key. Rows and files are changed only if they are still what
was read, so nobody's work is lost; the job may be killed and done again. The index key is never changed: look-ups, activation
codes and the marks of facts are keyed hashes that nobody can reckon anew without what they hide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from dangqun.kernel import uploads
from dangqun.kernel.backup.models import Rotation
from dangqun.kernel.crypto import (
    HEAD,
    PURPOSES,
    EncryptedField,
    Tampered,
    add_key,
    decrypt_bytes,
    encrypt_bytes,
    key_number,
    keyring,
    remove_key,
)
from dangqun.kernel.facts import record
from dangqun.kernel.jobs import job, later, tell
from dangqun.kernel.rules import RuleBroken, verb

CHANGEABLE = tuple(purpose for purpose in PURPOSES if purpose != "index")
BATCH = 200  # rows a transaction
SETTLED = timedelta(
    hours=1
)  # after which nothing encrypted with an older key can still be on its way into the database
NOT_THIS = (
    f"能换的密钥是 {'、'.join(CHANGEABLE)}。查重用的 index 不换：换了以后，查号码、激活码和审计记录都对不上。"
)


@verb
def rotate(purpose: str) -> Rotation:
    """Make a new key for a purpose and let the worker encrypt everything anew with it. Raises RuleBroken."""
    if purpose not in CHANGEABLE:
        raise RuleBroken(NOT_THIS)
    try:
        number = add_key(purpose)
    except ValueError as error:
        raise RuleBroken(f"{purpose} 的密钥已经换过 250 多次，没有编号了。请告诉维护的人。") from error
    held = Rotation.objects.create(purpose=purpose, number=number, began_at=timezone.now())
    record("keys.rotated", held, by=None, changes={"number": [number - 1, number]})
    later(renew, held.pk)
    return held


@job
def renew(rotation_id: int) -> None:
    """Encrypt anew whatever an older key of this purpose encrypted. May be killed and run again at any time."""
    held = Rotation.objects.get(pk=rotation_id)
    if held.ended_at or max(keyring()[held.purpose]) != held.number:  # done, or a newer key has come since
        return
    for field in fields_of(held.purpose):
        _renew_column(held, field)
    if held.purpose == "files":
        _renew_files(held)
    _end(held)


@verb
def retire(purpose: str, number: int) -> None:
    """Throw an old key away. Raises RuleBroken while anything needs it, or could."""
    if purpose not in CHANGEABLE:
        raise RuleBroken(NOT_THIS)
    keys = keyring()[purpose]
    if number not in keys:
        raise RuleBroken(f"{purpose} 没有编号 {number} 的密钥，请运行 dangqun keys list 核对。")
    if number == max(keys):
        raise RuleBroken(f"编号 {number} 的密钥正在用，不能停用。请先运行 dangqun keys rotate {purpose}。")
    newest = Rotation.objects.filter(purpose=purpose).order_by("-number").first()
    if newest is None or newest.ended_at is None or timezone.now() - newest.ended_at < SETTLED:
        raise RuleBroken("重新加密还没有做完，或者做完不到 1 小时。请等一会儿再停用。")
    left = uses(purpose)[number]
    if left:
        raise RuleBroken(
            f"编号 {number} 的密钥还加密着 {left:,} 项，不能停用。临时文件 24 小时内会自己过期，明天再试。"
        )
    record("keys.retired", newest, by=None, changes={"number": [number, None]})
    remove_key(purpose, number)


def uses(purpose: str) -> Counter[int]:
    """Return how many ciphertexts each key of a purpose holds: rows, kept uploads, files of 24 hours."""
    found: Counter[int] = Counter(dict.fromkeys(keyring()[purpose], 0))
    for field in fields_of(purpose):
        table, number = _sql(field)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {number} AS number, count(*) FROM {table} GROUP BY 1")
            for value, count in cursor.fetchall():
                if value is not None:
                    found[value] += count
    if purpose == "files":
        found.update(key_number(head) for _, head in _heads(short=True))
    return found


def fields_of(purpose: str) -> list[EncryptedField]:
    """Return every encrypted column of a purpose."""
    return [
        field
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy
        for field in model._meta.local_concrete_fields
        if isinstance(field, EncryptedField) and field.purpose == purpose
    ]


def _renew_column(held: Rotation, field: EncryptedField) -> None:
    table, number = _sql(field)
    pk = connection.ops.quote_name(str(field.model._meta.pk.column))
    asked = f"SELECT {pk} FROM {table} WHERE {number} <> %s AND {pk} > %s ORDER BY {pk} LIMIT {BATCH}"
    total, done, last = uses(held.purpose).total(), 0, 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(asked, [held.number, last])
            keys = [key for (key,) in cursor.fetchall()]
        if not keys:
            return
        done, last = done + _renew_rows(held, field, keys), keys[-1]
        tell("重新加密", done, total)


@verb
def _renew_rows(held: Rotation, field: EncryptedField, keys: list[Any]) -> int:
    """Encrypt some rows anew; one that was changed since it was read has the new key already. A damaged one stays."""
    rows, count = field.model._base_manager, 0
    for pk, uid, token in rows.filter(pk__in=keys).values_list("pk", "uid", field.attname):
        address = f"{field.model._meta.db_table}|{field.column}|{uid}".encode()
        try:
            fresh = encrypt_bytes(held.purpose, decrypt_bytes(held.purpose, bytes(token), address), address)
        except Tampered:
            continue
        count += rows.filter(pk=pk, **{field.attname: bytes(token)}).update(**{field.attname: fresh})
    Rotation.objects.filter(pk=held.pk).update(renewed=_more(count))
    return count


def _renew_files(held: Rotation) -> None:
    for place, head in _heads():
        if key_number(head) != held.number:
            try:
                uploads.encrypt_anew(place.name)
            except (Tampered, FileNotFoundError):
                continue
            Rotation.objects.filter(pk=held.pk).update(renewed=_more(1))


@verb
def _end(held: Rotation) -> None:
    """Note that nothing readable is left under an older key."""
    held.refresh_from_db()
    held.ended_at = timezone.now()
    held.save(update_fields=["ended_at"])
    record("keys.renewed", held, by=None, changes={"renewed": [None, held.renewed]})


def _heads(*, short: bool = False) -> Iterator[tuple[Path, bytes]]:
    """Yield the place and the first bytes of every kept upload, and of the files of 24 hours."""
    folders = [uploads.kept_folder().glob("??/*")]
    if short:
        folders.append((Path(settings.DATA) / "files" / "short").glob("*"))
    for folder in folders:
        for file in folder:
            if file.suffix == ".part":
                continue
            try:
                with file.open("rb") as opened:
                    head = opened.read(HEAD)
            except FileNotFoundError:
                continue
            if len(head) == HEAD:
                yield file, head


def _sql(field: EncryptedField) -> tuple[str, str]:
    """Return table, and the expression of the key's number in a ciphertext, NULL where there is none."""
    name = connection.ops.quote_name
    column = name(str(field.column))
    sqlite = f"instr({_EVERY}, substr({column}, 3, 1)) - 1"
    third = f"get_byte({column}, 2)" if connection.vendor == "postgresql" else sqlite
    return name(field.model._meta.db_table), f"CASE WHEN length({column}) > {HEAD} THEN {third} END"


_EVERY = f"x'{bytes(range(256)).hex()}'"


def _more(count: int) -> Any:
    return F("renewed") + count
