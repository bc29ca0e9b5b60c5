"""What notices send down the ladder (wired in config/wiring.py): published, reminded, signed; deadlines for calendars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, FilteredRelation, OuterRef, Q
from django.urls import reverse

from dangqun.kernel.calendars import today
from dangqun.ladder import outbox
from dangqun.ladder.feeds import Deadline
from dangqun.ladder.models import Channel, Message
from dangqun.ladder.outbox import Call
from dangqun.ladder.subjects import Subject
from dangqun.members.models import Membership, Person
from dangqun.notices.models import Notice, Receipt

WITHDRAWN = "通知已撤回。"


def call_receivers(notice: Notice, *, by: Any) -> None:
    """A notice was published: call its receivers, and the groups to whose members it is addressed without exception."""
    call = _call(notice, "published")
    outbox.call_people(call, Person.objects.filter(receipts__notice=notice))
    robots = list(Channel.objects.in_use().to_groups().select_related("org"))
    if robots:
        outbox.call_groups(call, _addressed(robots, notice))


def call_again(notice: Notice, *, by: Any) -> None:
    """Somebody reminded: call those who were reminded just now. Groups are not told who is missing, nor that somebody is."""
    reminder = notice.reminders.order_by("-pk")[0]
    reminded = Receipt.objects.missing().filter(notice=notice, reminded_at=reminder.at)
    people = Person.objects.filter(pk__in=reminded.values("person"))
    outbox.call_people(_call(notice, f"reminded:{reminder.pk}"), people)


def stand_down(receipt: Receipt, *, by: Any) -> None:
    """Somebody signed: what still waits to be sent to her of this notice is not needed any more."""
    outbox.stand_down(_about(receipt.notice_id), [receipt.person_id])


def call_off(notice: Notice, *, by: Any) -> None:
    """A notice was withdrawn: nothing of it is sent any more."""
    outbox.stand_down(_about(notice.pk), why=WITHDRAWN)


def judge(messages: list[Message]) -> dict[int, Subject]:
    """Say of messages that are about to go how their notices stand now, for each receiver: one query for all of them."""
    numbers = {each.pk: int(each.about.partition(":")[2]) for each in messages}
    theirs = FilteredRelation("receipts", condition=Q(receipts__person__in={m.person_id for m in messages}))
    held = Notice.objects.filter(pk__in=set(numbers.values())).annotate(theirs=theirs)
    titles: dict[int, str] = {}
    open_for: set[tuple[int, int | None]] = set()
    for pk, state, title, person, signed in held.values_list(*_ASKED):
        if state == Notice.State.PUBLISHED:
            titles[pk] = title
            if person and signed is None:
                open_for.add((pk, person))
    return {each.pk: _subject(each, numbers[each.pk], titles, open_for) for each in messages}


_ASKED = ("pk", "state", "title", "theirs__person", "theirs__signed_at")


def _subject(
    message: Message, number: int, titles: dict[int, str], open_for: set[tuple[int, int | None]]
) -> Subject:
    if number not in titles:
        return Subject(over=WITHDRAWN)
    if message.person_id is not None and (number, message.person_id) not in open_for:
        return Subject(over=outbox.SIGNED)
    return Subject(titles[number])


def deadlines(person: Person) -> Iterator[Deadline]:
    """Yield the deadlines of what a person has still to sign, for her calendar."""
    held = Receipt.objects.missing().filter(
        person=person, notice__state=Notice.State.PUBLISHED, notice__wants_signing=True
    )
    for receipt in (
        held.exclude(notice__deadline=None).select_related("notice").order_by("notice__deadline")[:200]
    ):
        notice, path = receipt.notice, reverse("notice", args=(receipt.notice_id,))
        if notice.deadline:
            yield Deadline(_about(notice.pk), notice.title, path, notice.deadline)


def _call(notice: Notice, event: str) -> Call:
    about = _about(notice.pk)
    path = reverse("notice", args=(notice.pk,))
    return Call(about, f"{about}:{event}", notice.title, path, notice.is_urgent)


def _about(notice_id: int) -> str:
    return f"notice:{notice_id}"


def _addressed(robots: list[Channel], notice: Notice) -> Iterator[Channel]:
    """Yield the robots under whose organisation every member got the notice: a group reads only what is for all of it."""
    places = set(notice.receipts.values_list("branch__path", flat=True).distinct())
    got = Receipt.objects.filter(notice=notice, person=OuterRef("person"))
    members = Membership.objects.counted().on(today()).filter(~Exists(got))
    left_out = set(members.values_list("branch__path", flat=True).distinct())
    for robot in robots:
        path = robot.org.path
        if any(place.startswith(path) for place in places) and not any(
            place.startswith(path) for place in left_out
        ):
            yield robot
