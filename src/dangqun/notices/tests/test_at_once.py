"""Who signs, who signs for somebody and who withdraws at the same moment: one after the other, each outcome a whole one."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from dangqun.kernel.rules import RuleBroken
from dangqun.notices import rules
from dangqun.notices.models import Notice, Receipt
from dangqun.notices.tests.town import published
from tests.world import build

pytestmark = pytest.mark.django_db(transaction=True)
A_MOMENT = 0.3  # seconds in which the other one would have got through, if nothing held her up


@contextmanager
def meanwhile(deed):
    """Do a deed in another thread, whose transaction stays open while the body begins; end when both are over.

    SQLite knows one writer at a time, and its database in memory no waiting: there the deed is over first.
    """
    if connection.vendor == "sqlite":
        deed()
        yield
        return
    done, over = threading.Event(), threading.Event()

    def work():
        with transaction.atomic():
            deed()
            done.set()
            over.wait(A_MOMENT)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert done.wait(20)
    yield
    over.set()
    thread.join(20)


def refused(deed) -> bool:
    try:
        deed()
    except RuleBroken:
        return True
    return False


def test_of_two_at_the_same_moment_the_second_finds_what_the_first_did():
    """One town for all pairs: to build one takes longer than to try them."""
    town = build()
    office, member, secretary = (town.user[role] for role in ("office", "member", "secretary"))
    branch, person = town.branches["甲"], town.person["孟庆华"]

    def fresh():
        notice = published(town)
        return notice, notice.receipts.select_related("person", "branch", "notice").get(person=person)

    def withdraw(notice):
        rules.withdraw(notice, why="发错了", by=office)

    def sign(receipt):
        rules.sign(receipt, by=member)

    def stand_in(notice, receipt):
        return rules.sign_for(notice, branch, [receipt], told_how="已电话告知", by=secretary)

    notice, receipt = fresh()
    with meanwhile(lambda: withdraw(notice)):
        assert refused(lambda: sign(receipt)), "nobody signs what is being withdrawn"
    assert Receipt.objects.get(pk=receipt.pk).signed_at is None

    notice, receipt = fresh()
    with meanwhile(lambda: withdraw(notice)):
        assert refused(lambda: stand_in(notice, receipt)), "nor for somebody else"
    assert Receipt.objects.get(pk=receipt.pk).signed_by is None

    notice, receipt = fresh()
    with meanwhile(lambda: sign(receipt)):
        withdraw(notice)
    held = Receipt.objects.select_related("notice").get(pk=receipt.pk)
    assert held.signed_at < held.notice.withdrawn_at, "who signed first has signed"

    notice, receipt = fresh()
    with meanwhile(lambda: sign(receipt)):
        assert stand_in(notice, receipt) == []
    held = Receipt.objects.get(pk=receipt.pk)
    assert held.signed_at and held.signed_by is None and held.told_how == "", "her own signature stays hers"

    notice, receipt = fresh()
    with meanwhile(lambda: stand_in(notice, receipt)):
        sign(receipt)
    held = Receipt.objects.get(pk=receipt.pk)
    assert held.signed_by == secretary and held.told_how, (
        "one of both signatures is kept, and told by both names"
    )

    notice, receipt = fresh()
    sign(receipt)
    with meanwhile(lambda: withdraw(notice)):
        assert refused(lambda: rules.unsign(receipt, by=member)), "what was signed stays so once withdrawn"
    assert Receipt.objects.get(pk=receipt.pk).signed_at

    if connection.vendor == "postgresql":
        notice, receipt = fresh()
        other = (
            notice.receipts.select_related("person").exclude(person=person).get(person=town.person["汪晓燕"])
        )
        began = time.monotonic()
        with meanwhile(lambda: sign(receipt)):
            rules.sign(other, by=secretary)
            assert time.monotonic() - began < A_MOMENT, "signers do not wait for each other"
    assert Notice.objects.filter(state=Notice.State.WITHDRAWN).count() == 4
