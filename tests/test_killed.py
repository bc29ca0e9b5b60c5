"""kill -9 in the middle of an import and of a publication: everything is there afterwards, or nothing; the worker goes on."""

from __future__ import annotations

import pytest

from tests.served import town
from tests.test_backup import KILL

pytestmark = pytest.mark.once  # either database rolls back; what a restore leaves in each is in test_backup
DATA = """
from pathlib import Path
from django.contrib.auth import get_user_model
from dangqun.config.commands._town import workbooks
from dangqun.kernel.models import Fact
from dangqun.members.imports import rules
from dangqun.members.imports.kinds import kind_of
from dangqun.members.models import Import, Membership, Person
from dangqun.orgs.access import Actor
actor = Actor.of(get_user_model().objects.get(pk=clerk))
books = {kind: data for kind, _, data in workbooks(300)}
def counts():
    return [Person.objects.count(), Membership.objects.count(), Fact.objects.count()]
"""
IMPORT = """
from dangqun.kernel.jobs import run_waiting, standing
from dangqun.kernel.worker import take_back
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
firms = rules.begin(kind_of("organisations"), books["organisations"], "firms.xlsx", actor=actor)
rules.carry_out(firms, strict=False, actor=actor)
run = rules.begin(kind_of("members"), books["members"], "roster.xlsx", actor=actor)
run_waiting()
run.refresh_from_db()
rules.let_carry_out(run, strict=False, actor=actor)
before = counts()
told["before"], told["states"] = before, []
for after in (random.uniform(0.05, 0.3), random.uniform(0.2, 0.8)):
    if not killed(run_waiting, after):
        break
    told["states"].append(counts())
    take_back()
    DBTaskResult.objects.ready().update(run_after=timezone.now())
run_waiting()
run.refresh_from_db()
told["after"], told["done"] = counts(), run.done_at is not None
told["job"] = DBTaskResult.objects.filter(task_path__endswith="store_import").latest("enqueued_at").status
run_waiting()
told["again"] = counts()
"""
PUBLISH = """
from django.db import transaction
from dangqun.notices import rules as notices
from dangqun.notices.audience import Audience
from dangqun.notices.models import Notice, Receipt
user, told["states"] = actor.user, []
for turn in range(6):
    facts = {"title": f"通知 {turn}", "body": "<p>请签收</p>", "audience": Audience(posts=("member",)).stored()}
    notice = notices.save_draft(None, facts, by=user)
    if turn:
        killed(lambda: notices.publish(notice, by=user), random.uniform(0, long))
    else:
        began = time.monotonic()
        killed(lambda: notices.publish(notice, by=user))
        long = time.monotonic() - began
    told["states"].append([
        Notice.objects.get(pk=notice.pk).state,
        Receipt.objects.filter(notice=notice).count(),
        Fact.objects.filter(what="notices.published", subject_key=str(notice.pk)).count(),
    ])
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with town(tmp_path_factory.mktemp("killed")) as place:
        yield place, f"clerk = {place.id_of('office')}\n{KILL}{DATA}"


def test_an_import_whose_worker_is_killed_stores_all_of_its_rows_once_or_none(served):
    place, setting = served
    told = place.run(setting + IMPORT)
    whole = told["after"]
    assert whole[0] - told["before"][0] == 300 and told["done"] and told["job"] == "SUCCESSFUL"
    assert told["states"] and all(state in (told["before"], whole) for state in told["states"])
    assert told["again"] == whole


def test_a_publication_that_is_killed_reaches_everybody_or_nobody(served):
    place, setting = served
    states = place.run(setting + PUBLISH)["states"]
    _, receivers, _ = states[0]
    assert receivers > 10
    assert all(tuple(state) in (("published", receivers, 1), ("draft", 0, 0)) for state in states)
