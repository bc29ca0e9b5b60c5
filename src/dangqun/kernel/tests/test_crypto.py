import base64
import copy
import json
import logging
import pickle
import stat
import traceback
import uuid

import pytest
from django.core import serializers
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection, models
from django.db.migrations.writer import MigrationWriter
from django.forms import modelform_factory
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from dangqun.kernel.crypto import (
    DAMAGED,
    PURPOSES,
    EncryptedField,
    Sealed,
    Tampered,
    blind_index,
    create_keyring,
    decrypt_bytes,
    encrypt_bytes,
    keyring,
    mask_id,
    mask_phone,
    mask_text,
)
from dangqun.kernel.tests.sample import Sample

ID, MOBILE = "340899198208121234", "13812345678"
CIPHERS = ("AES-256-GCM", "SM4-GCM")
texts = st.text(st.characters(codec="utf-8"), max_size=300)


def ring_of(folder):
    return json.loads((folder / "keys" / "keyring.json").read_text())


def write_ring(folder, ring):
    (folder / "keys" / "keyring.json").write_text(json.dumps(ring))


def new_key():
    return base64.b64encode(uuid.uuid4().bytes * 2).decode()


# --- the ring ---------------------------------------------------------------------------------------------


def test_the_ring_is_made_once_readable_by_its_owner_only(own_data):
    before = ring_of(own_data)
    file = create_keyring()
    assert ring_of(own_data) == before
    assert set(before) == set(PURPOSES)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["keyring.json"]


def test_a_missing_ring_fails_with_a_sentence_that_says_what_to_do(settings, tmp_path):
    settings.DATA = tmp_path / "elsewhere"
    with pytest.raises(ImproperlyConfigured, match="dangqun init"):
        encrypt_bytes("identity", b"x", b"")


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"identity": {"1": "short"}}', '{"identity": {"x": 1}}'])
def test_a_damaged_ring_fails_with_a_sentence_that_names_the_file(settings, tmp_path, damage):
    settings.DATA = tmp_path
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "keyring.json").write_text(damage)
    with pytest.raises(ImproperlyConfigured, match=r"keyring\.json"):
        keyring()


def test_the_newest_key_encrypts_and_older_keys_still_open(settings, own_data, tmp_path_factory):
    old = encrypt_bytes("identity", b"old", b"a")
    ring = ring_of(own_data)
    ring["identity"]["2"] = new_key()
    later = tmp_path_factory.mktemp("later")
    settings.DATA = later
    (later / "keys").mkdir()
    write_ring(later, ring)
    new = encrypt_bytes("identity", b"new", b"a")
    assert (old[2], new[2]) == (1, 2)
    assert decrypt_bytes("identity", old, b"a") == b"old"
    assert decrypt_bytes("identity", new, b"a") == b"new"


def test_a_value_whose_key_is_gone_is_not_opened(own_data):
    token = bytearray(encrypt_bytes("identity", b"x", b"a"))
    token[2] = 9
    with pytest.raises(Tampered, match="key 9 for identity"):
        decrypt_bytes("identity", bytes(token), b"a")


# --- bytes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cipher", CIPHERS)
@given(plain=st.binary(max_size=500), aad=st.binary(max_size=40))
def test_what_was_sealed_opens_again(cipher, plain, aad):
    from django.test import override_settings

    with override_settings(CIPHER=cipher):
        token = encrypt_bytes("care", plain, aad)
    assert decrypt_bytes("care", token, aad) == plain


@pytest.mark.parametrize("cipher", CIPHERS)
@given(plain=st.binary(min_size=1, max_size=60), at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_every_flipped_bit_is_noticed(cipher, plain, at, bit):
    from django.test import override_settings

    with override_settings(CIPHER=cipher):
        token = bytearray(encrypt_bytes("care", plain, b"here"))
    token[at % len(token)] ^= 1 << bit
    with pytest.raises(Tampered):
        decrypt_bytes("care", bytes(token), b"here")


@pytest.mark.parametrize("cut", [0, 1, 30, -1])
def test_a_shortened_ciphertext_is_noticed(cut):
    token = encrypt_bytes("care", b"text", b"here")
    with pytest.raises(Tampered):
        decrypt_bytes("care", token[:cut], b"here")


def test_a_ciphertext_opens_for_no_other_purpose_and_at_no_other_address():
    token = encrypt_bytes("identity", b"text", b"here")
    for purpose, aad in (("contact", b"here"), ("identity", b"there")):
        with pytest.raises(Tampered):
            decrypt_bytes(purpose, token, aad)


def test_the_same_text_is_never_the_same_ciphertext_twice():
    assert len({encrypt_bytes("identity", b"text", b"here") for _ in range(500)}) == 500


def test_both_ciphers_open_side_by_side_after_the_setting_changed(settings):
    tokens = []
    for cipher in CIPHERS:
        settings.CIPHER = cipher
        tokens.append(encrypt_bytes("files", b"text", b"here"))
    assert [token[1] for token in tokens] == [1, 2]
    assert all(decrypt_bytes("files", token, b"here") == b"text" for token in tokens)


# --- masks and indexes ------------------------------------------------------------------------------------


def test_masks_show_what_people_recognise_and_no_more():
    assert mask_id(ID) == "340899********1234"
    assert mask_phone(MOBILE) == "138****5678"
    assert mask_text("青山市横埠镇连城路 12 号 3 栋 402 室") == "青山市横埠镇********"


@given(texts)
def test_no_mask_shows_a_whole_value(text):
    for mask in (mask_id, mask_phone, mask_text):
        assert not text or mask(text) != text or set(text) <= {"*"}


def test_blind_indexes_are_equal_for_equal_values_and_keyed_by_purpose_and_installation(
    settings, own_data, tmp_path_factory
):
    one = blind_index("identity", ID)
    assert one == blind_index("identity", ID)
    assert len(one) == 64 and int(one, 16)
    assert one not in (blind_index("contact", ID), blind_index("identity", ID[:-1] + "X"))
    settings.DATA = tmp_path_factory.mktemp("another")
    create_keyring()
    assert blind_index("identity", ID) != one


# --- the field --------------------------------------------------------------------------------------------


def everything_said_about(value):
    return "|".join(
        (str(value), repr(value), f"{value}", f"{value:>30}", json.dumps({"value": value}, default=str))
    )


@given(text=st.text(st.characters(codec="utf-8"), min_size=12, max_size=18))
def test_an_instance_never_shows_the_text_it_holds(text):
    row = Sample(name="汪晓燕", id_number=text)
    said = everything_said_about(row.id_number) + repr(row.__dict__) + repr(vars(row))
    rendered = Template("{{ row.id_number }}").render(Context({"row": row}, autoescape=False))
    assert rendered == mask_id(text)
    assert text not in said
    assert text.encode() not in pickle.dumps(row)
    assert row.id_number.open() == text


def test_a_sealed_value_is_no_json():
    with pytest.raises(TypeError, match="Sealed"):
        json.dumps({"mobile": Sample(mobile=MOBILE).mobile})


def test_a_failing_row_leaves_no_text_in_the_traceback():
    row = Sample(name="汪晓燕", mobile=MOBILE)
    row.mobile.address = b"elsewhere"
    try:
        row.mobile.open()
    except Tampered:
        assert MOBILE not in traceback.format_exc()


def test_rows_are_copied_and_pickled_with_their_values(installed):
    row = Sample(name="汪晓燕", mobile=MOBILE)
    for twin in (copy.copy(row), copy.deepcopy(row), pickle.loads(pickle.dumps(row))):
        assert isinstance(twin.mobile, Sealed)
        assert twin.mobile.open() == MOBILE


def test_an_empty_value_is_the_empty_text():
    assert [Sample().mobile, Sample(mobile=None).mobile, Sample(mobile="").mobile] == ["", "", ""]


def test_a_text_longer_than_allowed_is_refused_without_repeating_it():
    with pytest.raises(ValueError, match="mobile: more than 20 characters") as refusal:
        Sample(mobile=MOBILE * 2)
    assert MOBILE not in str(refusal.value)


def test_an_unknown_purpose_is_refused_when_the_model_is_written():
    with pytest.raises(ValueError, match="purpose 'secret'"):
        EncryptedField(purpose="secret")


def test_a_model_without_a_uid_before_its_encrypted_field_is_reported():
    class Late(models.Model):
        mobile = EncryptedField(purpose="contact")
        uid = models.UUIDField(default=uuid.uuid4)

        class Meta:
            app_label = "kernel_tests"

    assert [error.id for error in Late._meta.get_field("mobile").check()] == ["dangqun.E101"]
    assert Sample._meta.get_field("mobile").check() == []


def test_migrations_name_the_purpose_only():
    field = Sample._meta.get_field("mobile")
    text, imports = MigrationWriter.serialize(field)
    assert text == "dangqun.kernel.crypto.EncryptedField(blank=True, default=b'', purpose='contact')"
    assert imports == {"import dangqun.kernel.crypto"}
    assert field.clone().purpose == "contact"


def test_a_model_form_leaves_encrypted_fields_out():
    assert "mobile" not in modelform_factory(Sample, fields="__all__").base_fields
    with pytest.raises(FieldError):
        modelform_factory(Sample, fields=["mobile"])


def raw(column, pk):
    with connection.cursor() as cursor:
        cursor.execute(f"select {column} from kernel_tests_sample where id = %s", [pk])
        return bytes(cursor.fetchone()[0])


@pytest.mark.django_db
class TestRows:
    @given(text=texts)
    def test_any_text_comes_back_from_the_database(self, text):
        row = Sample.objects.create(name="汪晓燕", id_number=text)
        stored = Sample.objects.get(pk=row.pk).id_number
        assert (stored.open() if text else stored) == text

    def test_the_database_holds_the_ciphertext_only(self):
        row = Sample.objects.create(name="汪晓燕", id_number=ID)
        assert ID.encode() not in raw("id_number", row.pk)
        assert raw("id_number", row.pk) == row.id_number.token

    def test_rows_stored_in_bulk_are_sealed(self):
        Sample.objects.bulk_create([Sample(name=str(n), mobile=f"1381234{n:04d}") for n in range(50)])
        assert [row.mobile.open() for row in Sample.objects.all()] == [f"1381234{n:04d}" for n in range(50)]

    def test_rows_updated_in_bulk_are_sealed(self):
        Sample.objects.bulk_create([Sample(name=str(n), mobile=MOBILE) for n in range(3)])
        rows = list(Sample.objects.all())
        rows[0].mobile, rows[1].mobile = "13900000000", ""
        Sample.objects.bulk_update(rows, ["mobile"])
        assert [row.mobile and row.mobile.open() for row in Sample.objects.all()] == [
            "13900000000",
            "",
            MOBILE,
        ]

    def test_saving_a_row_again_keeps_its_ciphertext(self):
        row = Sample.objects.create(name="汪晓燕", mobile=MOBILE)
        before = raw("mobile", row.pk)
        again = Sample.objects.get(pk=row.pk)
        again.name = "汪小燕"
        again.save()
        assert raw("mobile", row.pk) == before

    @pytest.mark.parametrize(
        ("column", "other"),
        [("mobile", "(select mobile from kernel_tests_sample where name = 'b')"), ("mobile", "second")],
        ids=["from another row", "from another column"],
    )
    def test_values_swapped_inside_the_database_are_noticed(self, column, other, caplog):
        row = Sample.objects.create(name="a", mobile=MOBILE, second="13900000000")
        Sample.objects.create(name="b", mobile="13700000000")
        assert Sample.objects.get(pk=row.pk).mobile.open() == MOBILE
        with connection.cursor() as cursor:
            cursor.execute(f"update kernel_tests_sample set {column} = {other} where id = %s", [row.pk])
        swapped = Sample.objects.get(pk=row.pk).mobile
        with pytest.raises(Tampered):
            swapped.open()
        with caplog.at_level(logging.ERROR):
            assert str(swapped) == DAMAGED
        assert f"kernel_tests_sample|mobile|{row.uid}" in caplog.text

    def test_a_value_carried_to_another_row_by_the_program_is_sealed_for_that_row(self):
        one = Sample.objects.create(name="a", mobile=MOBILE)
        other = Sample(name="b")
        other.mobile = one.mobile
        other.save()
        assert Sample.objects.get(pk=other.pk).mobile.open() == MOBILE
        assert other.mobile.token != one.mobile.token

    def test_a_deferred_value_is_fetched_when_it_is_asked_for(self, django_assert_num_queries):
        Sample.objects.create(name="汪晓燕", mobile=MOBILE)
        with django_assert_num_queries(1):
            row = Sample.objects.only("name", "uid").get()
        with django_assert_num_queries(1):
            assert row.mobile.open() == MOBILE
        assert Sample.objects.defer("uid").get().mobile.open() == MOBILE

    def test_values_gives_ciphertext(self):
        row = Sample.objects.create(name="汪晓燕", mobile=MOBILE)
        assert bytes(Sample.objects.values("mobile").get()["mobile"]) == row.mobile.token

    def test_a_row_is_refreshed_and_checked_with_its_values(self):
        row = Sample.objects.create(name="汪晓燕", mobile=MOBILE)
        Sample.objects.filter(pk=row.pk).update(name="汪小燕")
        row.refresh_from_db()
        row.full_clean()
        assert (row.name, row.mobile.open()) == ("汪小燕", MOBILE)

    @pytest.mark.parametrize("condition", [{"mobile": MOBILE}, {"mobile__in": [MOBILE]}])
    def test_looking_up_clear_text_is_refused(self, condition):
        with pytest.raises(TypeError, match="blind index"):
            Sample.objects.filter(**condition).exists()

    @pytest.mark.parametrize("lookup", ["contains", "startswith", "regex", "gt"])
    def test_looking_into_ciphertext_is_refused(self, lookup):
        with pytest.raises(FieldError):
            Sample.objects.filter(**{f"mobile__{lookup}": MOBILE}).exists()

    def test_writing_clear_text_past_the_instance_is_refused(self):
        Sample.objects.create(name="汪晓燕")
        with pytest.raises(TypeError, match="blind index"):
            Sample.objects.update(mobile=MOBILE)

    def test_rows_without_a_value_are_found(self):
        Sample.objects.create(name="a", mobile=MOBILE)
        Sample.objects.create(name="b")
        assert Sample.objects.get(mobile="").name == "b"
        assert Sample.objects.exclude(mobile="").get().name == "a"

    def test_a_dump_holds_ciphertext_and_loads_again(self, installed):
        row = Sample.objects.create(name="汪晓燕", mobile=MOBILE)
        dump = serializers.serialize("json", [row])
        assert MOBILE not in dump
        row.delete()
        for loaded in serializers.deserialize("json", dump):
            loaded.save()
        assert Sample.objects.get().mobile.open() == MOBILE
        assert Sample.objects.get().id_number == ""
