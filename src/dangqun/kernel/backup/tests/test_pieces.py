"""The pieces of a backup by themselves: the code on paper, the sealed stream, what is kept and what is due."""

import io
import itertools
import zlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangqun.kernel.backup.codes import ALPHABET, SECRET, new_secret, read_code, write_code
from dangqun.kernel.backup.nightly import due, kept, last_hour
from dangqun.kernel.backup.parts import MOST, Reader, Writer, lines
from dangqun.kernel.backup.sealing import CHUNK, TAG, Opener, Sealer, key_for, private_key, raw
from dangqun.kernel.rules import RuleBroken

pytestmark = pytest.mark.once
SHANGHAI = ZoneInfo("Asia/Shanghai")
FACTS = {"cipher": "AES-256-GCM", "sheet": "X"}


# --- the code on paper ------------------------------------------------------------------------------------
@given(st.binary(min_size=SECRET, max_size=SECRET))
def test_a_code_is_read_as_it_was_written(secret):
    assert read_code(write_code(secret)) == secret


@given(st.binary(min_size=SECRET, max_size=SECRET), st.integers(0, 39), st.sampled_from(ALPHABET))
def test_any_one_wrong_sign_is_noticed_and_its_group_named(secret, place, sign):
    signs = [sign for sign in write_code(secret) if sign != "-"]
    if signs[place] == sign:
        return
    signs[place] = sign
    with pytest.raises(RuleBroken, match=f"第 {place // 5 + 1} 组"):
        read_code("".join(signs))


@given(
    st.binary(min_size=SECRET, max_size=SECRET), st.sampled_from(list(itertools.combinations(range(8), 2)))
)
def test_two_groups_in_each_others_place_are_noticed(secret, pair):
    groups = write_code(secret).split("-")
    one, other = pair
    if groups[one][:4] == groups[other][:4]:
        return
    groups[one], groups[other] = groups[other], groups[one]
    with pytest.raises(RuleBroken, match="组"):
        read_code("-".join(groups))


def test_letters_that_look_like_figures_small_letters_and_full_width_are_taken():
    code = write_code(bytes(range(SECRET)))
    typed = code.replace("0", "o").replace("1", "l").lower().replace("-", " ")
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign != "-" else "－" for sign in code)
    assert read_code(typed) == read_code(wide) == bytes(range(SECRET))


def test_a_code_that_is_too_short_is_refused_with_how_long_it_is():
    with pytest.raises(RuleBroken, match="现在是 35 个"):
        read_code(write_code(new_secret())[:-6])


# --- the sealed stream ------------------------------------------------------------------------------------
PRIVATE = private_key(b"k" * SECRET)
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 7)


def sealed(content, facts=FACTS):
    out = io.BytesIO()
    sealer = Sealer(out, raw(PRIVATE.public_key()), facts)
    sealer.write(content)
    sealer.close()
    return out.getvalue(), sealer.key


def read_all(text, key=None):
    stream = Opener(io.BytesIO(text), key or key_for(PRIVATE))
    found = b""
    while piece := stream.read(300_000):
        found += piece
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("cipher", ["AES-256-GCM", "SM4-GCM"])
def test_the_code_and_the_key_of_the_moment_open_what_was_sealed(size, cipher):
    content = b"p" * size
    text, key = sealed(content, FACTS | {"cipher": cipher})
    assert read_all(text) == read_all(text, key) == content


def test_another_code_opens_nothing():
    text, _ = sealed(b"content")
    with pytest.raises(RuleBroken, match="不完整或被改动"):
        read_all(text, key_for(private_key(b"x" * SECRET)))


def damaged():
    text, _ = sealed(bytes(2 * CHUNK + 7))
    whole, start = CHUNK + TAG, len(text) - 2 * (CHUNK + TAG) - 7 - TAG
    first, second = text[start : start + whole], text[start + whole : start + 2 * whole]
    yield "one bit", text[:-5] + bytes((text[-5] ^ 1,)) + text[-4:]
    yield "the end cut off", text[:-7]
    yield "the last chunk cut off", text[: start + 2 * whole]
    yield "cut off after the header", text[:start]
    yield "two chunks swapped", text[:start] + second + first + text[start + 2 * whole :]
    yield "a chunk left out", text[:start] + second + text[start + 2 * whole :]
    yield "something added", text + b"x"
    yield "another header", text.replace(b'"sheet":"X"', b'"sheet":"Y"')


@pytest.mark.parametrize(
    ("what", "text"), list(damaged()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_whatever_is_done_to_a_sealed_stream_is_noticed(what, text):
    with pytest.raises(RuleBroken, match="不完整或被改动"):
        read_all(text)


def test_what_is_no_backup_is_said_so():
    with pytest.raises(RuleBroken, match="不是党群平台的备份"):
        read_all(b"PK\x03\x04 something else")


def test_parts_come_out_as_they_went_in_packed_or_not_and_a_part_nobody_takes_is_hashed_too():
    out = io.BytesIO()
    sealer = Sealer(out, raw(PRIVATE.public_key()), FACTS)
    writer = Writer(sealer)
    with writer.part("rows") as part:
        for number in range(50_000):
            part.write(b'["%d"]\n' % number)
        part.write(b"x" * 700_000)  # a row longer than a block
    with writer.part("file", packed=False) as part:
        part.write(bytes(700_000))
    writer.put("head", {"a": "清溪"})
    sealer.close()
    reader = Reader(Opener(io.BytesIO(out.getvalue()), key_for(PRIVATE)))
    found = {name: list(lines(blocks)) if name == "rows" else None for name, blocks in reader}
    assert found["rows"] == [*(b'["%d"]' % number for number in range(50_000)), b"x" * 700_000]
    assert reader.read == writer.written and len(reader.read) == 3


def read_parts(text):
    """Read every part of a stream that anybody who knows the public key may have written."""
    stream = Opener(io.BytesIO(sealed(text)[0]), key_for(PRIVATE))
    return {name: b"".join(blocks) for name, blocks in Reader(stream)}


def block(mark, body):
    return mark + len(body).to_bytes(4, "big") + body


def test_a_part_that_cannot_be_unpacked_is_damage():
    with pytest.raises(RuleBroken):
        read_parts(b"P\x00\x01a" + block(b"Z", zlib.compress(b"x" * 100)[:-6]) + b"E")


def test_a_block_that_unpacks_to_far_more_than_any_of_ours_is_damage_before_it_takes_the_memory():
    small = zlib.compress(bytes(1000))
    assert read_parts(b"P\x00\x01a" + block(b"Z", small) + b"E") == {"a": bytes(1000)}
    bomb = zlib.compress(bytes(MOST + 1))
    assert len(bomb) < MOST / 500
    for text in (block(b"Z", bomb), b"R" + (MOST + 1).to_bytes(4, "big")):
        with pytest.raises(RuleBroken):
            read_parts(b"P\x00\x01a" + text + b"E")


def test_a_name_or_a_block_that_no_writer_makes_is_damage():
    for text in (b"P\x00\x01\xffE", b"P\x00\x01a" + block(b"Q", b"x") + b"E"):
        with pytest.raises(RuleBroken):
            read_parts(text)


# --- what is kept -----------------------------------------------------------------------------------------
moments = st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31))


@given(st.sets(moments, max_size=60))
def test_at_most_eleven_stay_and_always_the_newest(made):
    stays = kept(made)
    assert stays <= made and len(stays) <= 11
    assert not made or max(made) in stays
    assert kept(stays) == stays


@settings(max_examples=30)
@given(st.datetimes(datetime(2025, 1, 1), datetime(2026, 1, 1)), st.integers(40, 90))
def test_after_forty_nights_each_of_the_last_seven_days_has_one_and_the_oldest_is_four_weeks_old(
    first, nights
):
    stays: set[datetime] = set()
    for night in range(nights):
        stays = kept({*stays, first + timedelta(days=night)})
    last = first + timedelta(days=nights - 1)
    assert {last - timedelta(days=n) for n in range(7)} <= stays
    weeks = {(last - timedelta(weeks=n)).isocalendar()[:2] for n in range(4)}
    assert weeks <= {each.isocalendar()[:2] for each in stays}
    assert last - min(stays) >= timedelta(days=28)


def test_a_machine_that_was_off_for_long_loses_none_of_its_backups():
    old = {datetime(2026, 3, day, 2) for day in range(1, 8)}
    assert kept({*old, datetime(2026, 9, 1, 2)}) >= {datetime(2026, 3, day, 2) for day in range(2, 8)}


# --- what is due ------------------------------------------------------------------------------------------
def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


LONG_AGO = at("2026-01-01 09:00")


@pytest.mark.parametrize(
    ("now", "last", "since", "is_due"),
    [
        ("2026-11-25 01:59", "2026-11-24 02:00", LONG_AGO, False),
        ("2026-11-25 02:00", "2026-11-24 02:01", LONG_AGO, True),
        ("2026-11-25 02:30", "2026-11-25 02:01", LONG_AGO, False),
        ("2026-11-25 14:00", "2026-11-20 02:01", LONG_AGO, True),
        ("2026-11-25 01:00", "2026-11-23 02:01", LONG_AGO, True),
        ("2026-11-25 23:00", None, LONG_AGO, True),
        ("2026-11-25 23:00", None, at("2026-11-25 09:00"), False),
        ("2026-11-26 02:00", None, at("2026-11-25 09:00"), True),
        ("2026-11-25 02:00", "2026-11-24 20:00", LONG_AGO, True),
    ],
)
def test_a_backup_is_due_once_after_the_hour_and_after_the_machine_was_off(now, last, since, is_due):
    assert due(at(now), last and at(last), since) is is_due


@given(st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))
def test_the_last_hour_of_backups_lies_within_the_last_day(now):
    found = last_hour(now)
    assert timedelta() <= now - found < timedelta(days=1)
    assert found.astimezone(SHANGHAI).hour == 2
