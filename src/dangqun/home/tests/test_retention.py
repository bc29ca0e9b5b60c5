"""留存日历: what is due goes and nothing else, holds keep it, the calendar counts what the job will remove."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings as product
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangqun.accounts.models import SignIn
from dangqun.kernel import retention
from dangqun.kernel.facts import Fact
from dangqun.kernel.facts.keeping import remove_old_facts
from dangqun.kernel.models import Hold, Removal
from dangqun.kernel.retention import HERE, KEPT, classes, hold, lift, lines, remove_due
from dangqun.kernel.rules import RuleBroken
from dangqun.ladder.engine import forget_old
from tests.world import enter

pytestmark = pytest.mark.django_db
DAYS = 183
WHY = "正在核查的信访件"


def ended(user, *ages):
    """Return sign-ins that ended so many days ago."""
    now = timezone.now()
    return [
        SignIn.objects.create(
            user=user,
            session_key=f"x{number}-{age}",
            device="手机",
            network="127.0.0.1",
            started_at=now - timedelta(days=age + 1),
            seen_at=now - timedelta(days=age),
            ended_at=now - timedelta(days=age),
        )
        for number, age in enumerate(ages)
    ]


def test_every_class_has_its_source_and_names_a_date_that_exists():
    found = classes()
    assert len(found) >= 12
    for each in found.values():
        assert each.source and each.since and each.in_words and each.by in ("here", "room", "kept"), each.code
        assert not each.model or apps.get_model(each.model)._meta.get_field(each.date), each.code
        assert each.by != HERE or each.lasting >= DAYS, "logs six months at least"
    assert found["facts"].lasting == product.AUDIT_DAYS


def test_what_is_removed_here_is_what_nothing_else_leans_on():
    for each in classes().values():
        if each.by == HERE:
            leaning = list(apps.get_model(each.model)._meta.related_objects)
            assert leaning == [], each.code


def test_what_is_due_goes_and_is_recorded_in_counts_and_the_rest_stays(world):
    user = world.user["member"]
    old, fresh = ended(user, DAYS + 1, DAYS - 1)
    open_one = SignIn.objects.create(
        user=user,
        session_key="open",
        device="手机",
        network="10.0.0.7",
        started_at=timezone.now(),
        seen_at=timezone.now(),
    )
    facts = Fact.objects.count()
    assert remove_due() == 1 and remove_due() == 0
    assert not SignIn.objects.filter(pk=old.pk).exists()
    assert SignIn.objects.filter(pk__in=[fresh.pk, open_one.pk]).count() == 2
    assert (Removal.objects.get().count, Removal.objects.get().label) == (1, "登录过的设备")
    fact = Fact.objects.get(what="kernel.removed_due")
    assert '"count":[null,1]' in fact.text and "127.0.0.1" not in fact.text
    assert Fact.objects.count() == facts + 1, "the audit is left as it is"


def test_a_held_class_or_row_stays_until_the_hold_is_lifted(world):
    office = world.user["office"]
    one, _two = ended(world.user["member"], DAYS + 2, DAYS + 3)
    whole = hold("sign-ins", why=WHY, by=office)
    assert remove_due() == 0
    lift(whole, by=office)
    row = hold("sign-ins", row=str(one.pk), why=WHY, by=office)
    assert remove_due() == 1 and SignIn.objects.filter(pk=one.pk).exists()
    lift(row, by=office)
    assert remove_due() == 1
    kinds = list(
        Fact.objects.filter(subject_kind="kernel.hold").order_by("pk").values_list("what", flat=True)
    )
    assert kinds == ["kernel.hold_begun", "kernel.hold_lifted"] * 2


def test_rooms_that_remove_their_own_heed_a_hold_too(world, monkeypatch):
    for code in ("facts", "messages"):
        hold(code, why=WHY, by=world.user["office"])
    monkeypatch.setattr("dangqun.kernel.facts.keeping.Seal", None)  # it would be asked next
    assert remove_old_facts() == 0
    monkeypatch.setattr("dangqun.ladder.engine.Message", None)
    assert forget_old() == 0


def test_a_hold_needs_a_reason_a_class_that_goes_and_a_row_that_exists(world):
    office = world.user["office"]
    for code, row, why in (
        ("people", "", WHY),
        ("backups", "", WHY),
        ("none", "", WHY),
        ("sign-ins", "", " "),
        ("sign-ins", "999999", WHY),
        ("facts", "1", WHY),
    ):
        with pytest.raises(RuleBroken):
            hold(code, row=row, why=why, by=office)
    hold("sign-ins", why=WHY, by=office)
    with pytest.raises(RuleBroken, match="已经"):
        hold("sign-ins", why=WHY, by=office)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 700), max_size=12))
def test_the_calendar_counts_in_each_month_just_what_the_job_removes_by_its_end(world, ages):
    SignIn.objects.all().delete()
    ended(world.user["member"], *ages)
    line = next(each for each in lines() if each.kept.code == "sign-ins")
    told = 0
    for count, end in zip(line.months, retention.months_ahead()[1:], strict=True):
        told += count
        assert classes()["sign-ins"].due(retention.moment(end)).count() == told


def test_the_page_shows_the_year_ahead_the_rule_and_the_hold_and_grows_no_queries(
    world, django_assert_max_num_queries
):
    browser = Client()
    enter(browser, world.user["office"])
    ended(world.user["member"], DAYS + 1, 10)
    browser.get(reverse("retention"))
    with django_assert_max_num_queries(40):
        html = browser.get(reverse("retention")).content.decode()
    assert "登录过的设备" in html and "183 天" in html and "网络安全法" in html and "不自动删除" in html
    page = reverse("retention-hold")
    refused = browser.post(page, {"code": "sign-ins", "row": "abc", "why": ""}).content.decode()
    assert "编号是数字" in refused
    assert browser.post(page, {"code": "sign-ins", "row": "", "why": WHY})["Location"] == reverse("retention")
    assert WHY in browser.get(reverse("retention")).content.decode()
    browser.post(reverse("retention-lift"), {"hold": str(Hold.objects.get().pk)})
    assert not Hold.objects.filter(lifted_at=None).exists()


def test_classes_that_are_kept_offer_no_hold(world):
    browser = Client()
    enter(browser, world.user["office"])
    html = browser.get(reverse("retention-hold")).content.decode()
    assert all(f'value="{each.code}"' not in html for each in classes().values() if each.by == KEPT)
