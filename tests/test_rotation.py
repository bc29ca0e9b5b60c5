"""Keys are changed while people work: everything stays readable, nothing is lost, an old key goes only when nothing needs it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from dangqun.kernel import files, rotation, uploads
from dangqun.kernel.backup.models import Rotation
from dangqun.kernel.crypto import blind_index, create_keyring, decrypt_bytes, encrypt_bytes, keyring
from dangqun.kernel.jobs import run_waiting, standing
from dangqun.kernel.models import Fact
from dangqun.kernel.rules import RuleBroken
from dangqun.orgs.models import Org

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(settings, tmp_path, django_assert_num_queries):
    """Five people with telephone and address, in a data folder of the test's own."""
    from dangqun.members.models import Person

    settings.DATA = tmp_path
    create_keyring()
    org = Org.objects.create(kind=Org.Kind.COMMITTEE, name="党委", short_name="党委", path="/")
    for number in range(5):
        Person.objects.create(name=f"人{number}", org=org, mobile=f"1990000000{number}", address="")
    return Person.objects.order_by("pk")


def numbers(people):
    return {bytes(token)[2] for token in people.values_list("mobile", flat=True)}


def test_a_new_key_encrypts_from_now_on_and_the_job_encrypts_the_rest_anew(people):
    before = [person.mobile.open() for person in people]
    indexes = [blind_index("contact", each) for each in before]
    held = rotation.rotate("contact")
    assert held.number == 2 and numbers(people) == {1}, "nothing has to be ready at once"
    people[0].__class__.objects.create(name="新", org=people[0].org, mobile="19900000009")
    assert numbers(people) == {1, 2}
    run_waiting()
    assert standing(rotation.renew, held.pk).state == "done"
    assert numbers(people) == {2} and rotation.uses("contact") == {1: 0, 2: 6}
    assert [person.mobile.open() for person in people[:5]] == before
    assert [blind_index("contact", each) for each in before] == indexes, "look-ups stay as they are"
    told = Fact.objects.filter(what__startswith="keys.").order_by("pk").values_list("what", flat=True)
    assert list(told) == ["keys.rotated", "keys.renewed"]


def test_a_job_that_is_stopped_half_way_is_taken_up_again(people, monkeypatch):
    held = rotation.rotate("contact")
    monkeypatch.setattr(rotation, "BATCH", 2)
    done = rotation._renew_rows
    calls = []

    def stops(*args):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return done(*args)

    monkeypatch.setattr(rotation, "_renew_rows", stops)
    with pytest.raises(KeyboardInterrupt):
        rotation.renew(held.pk)
    assert rotation.uses("contact") == {1: 3, 2: 2}
    monkeypatch.setattr(rotation, "_renew_rows", done)
    rotation.renew(held.pk)
    assert rotation.uses("contact") == {1: 0, 2: 5}
    assert [person.mobile.open()[-1] for person in people] == list("01234")
    held.refresh_from_db()
    assert held.renewed == 5 and held.ended_at


def test_what_somebody_changes_meanwhile_is_not_overwritten(people, monkeypatch):
    held = rotation.rotate("contact")
    sealing, changed = rotation.encrypt_bytes, []

    def changes_first(purpose, plain, address):
        if not changed:
            changed.append(1)
            person = people.get(name="人0")
            person.mobile = "18800000000"
            person.save()
        return sealing(purpose, plain, address)

    monkeypatch.setattr(rotation, "encrypt_bytes", changes_first)
    rotation.renew(held.pk)
    assert people.get(name="人0").mobile.open() == "18800000000"


def test_a_swapped_ciphertext_stays_swapped_and_is_still_noticed(people):
    from dangqun.kernel.crypto import Tampered

    first, second = people[:2]
    table = people.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET mobile = (SELECT mobile FROM {table} WHERE id = %s) WHERE id = %s",
            [first.pk, second.pk],
        )
    held = rotation.rotate("contact")
    rotation.renew(held.pk)
    assert rotation.uses("contact") == {1: 1, 2: 4}
    with pytest.raises(Tampered):
        people.get(pk=second.pk).mobile.open()


def test_kept_uploads_are_encrypted_anew_and_those_of_24_hours_hold_the_old_key_back(people):
    key = uploads.store("请核对。".encode())
    short = files.keep(b"x", until=timezone.now() + timedelta(hours=1))
    held = rotation.rotate("files")
    rotation.renew(held.pk)
    assert uploads.place_of(key).read_bytes()[2] == 2 and uploads.load(key).decode() == "请核对。"
    assert rotation.uses("files") == {1: 1, 2: 1}
    Rotation.objects.update(ended_at=timezone.now() - timedelta(hours=2))
    with pytest.raises(RuleBroken, match="还加密着 1 项"):
        rotation.retire("files", 1)
    assert files.fetch(short) == b"x"
    files.forget(short)
    rotation.retire("files", 1)
    assert set(keyring()["files"]) == {2} and uploads.load(key)


def test_an_old_key_is_not_retired_too_early_nor_the_one_in_use_nor_one_that_is_not_there(people):
    with pytest.raises(RuleBroken, match="正在用"):
        rotation.retire("contact", 1)
    held = rotation.rotate("contact")
    with pytest.raises(RuleBroken, match="还没有做完"):
        rotation.retire("contact", 1)
    rotation.renew(held.pk)
    with pytest.raises(RuleBroken, match="不到 1 小时"):
        rotation.retire("contact", 1)
    Rotation.objects.update(ended_at=timezone.now() - timedelta(hours=2))
    with pytest.raises(RuleBroken, match="没有编号 7"):
        rotation.retire("contact", 7)
    rotation.retire("contact", 1)
    assert [person.mobile.open()[-1] for person in people] == list("01234")
    assert rotation.rotate("contact").number == 3, "a number is never given twice"


def test_the_index_key_is_refused_with_the_reason(people):
    with pytest.raises(RuleBroken, match="查重用的 index 不换"):
        rotation.rotate("index")


def test_another_process_notices_a_new_key_at_once(people, settings):
    import subprocess
    import sys

    token = encrypt_bytes("care", b"x", b"a")
    code = (
        "import sys, django; from pathlib import Path; from django.conf import settings\n"
        "settings.configure(DATA=Path(sys.argv[1]), CIPHER='AES-256-GCM')\n"
        "from dangqun.kernel.crypto import add_key; print(add_key('care'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(settings.DATA)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "2"
    assert encrypt_bytes("care", b"x", b"a")[2] == 2 and decrypt_bytes("care", token, b"a") == b"x"
