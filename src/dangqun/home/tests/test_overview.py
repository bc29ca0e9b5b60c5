"""概览: every figure is the number of rows behind it, and nothing beyond one's reach is counted."""

import re
from datetime import date
from html import unescape

import pytest

from dangqun.home import charts, figures
from dangqun.members.models import Membership, Person
from dangqun.orgs.access import Actor
from dangqun.orgs.models import Enterprise

PER_PAGE = re.compile(r"共 ([\d,]+) (?:人|家)")


def rows_behind(client, url):
    """Return how many rows the list at that address says it has."""
    found = PER_PAGE.search(client.get(url).content.decode())
    return int(found.group(1).replace(",", "")) if found else 0


@pytest.mark.parametrize("role", ["office", "secretary", "committee_member"])
@pytest.mark.parametrize("name", ["ages", "educations", "parks"])
def test_every_bar_opens_as_many_rows_as_it_says(world, visit, role, name):
    client = visit(world.user[role])
    chart = client.get("/overview/").context[name]
    assert chart.lines and any(line.value for line in chart.lines)
    for line in chart.lines:
        assert rows_behind(client, line.url) == line.value, line


@pytest.mark.parametrize("role", ["office", "secretary"])
def test_every_figure_of_enterprises_and_members_opens_as_many_rows_as_it_says(world, visit, role):
    actor, client = Actor.of(world.user[role]), visit(world.user[role])
    told = {stat.label: stat for stat in figures.stats(actor, actor.day, figures.groups(actor, actor.day))}
    for label in ("企业", "党员", "组织覆盖", "工作覆盖"):
        assert rows_behind(client, told[label].url) == told[label].value, label


def test_a_secretary_counts_her_own_branch_only(world):
    office, secretary = (Actor.of(world.user[role]) for role in ("office", "secretary"))
    counted = [
        sum(line.value for line in charts.parks(figures.groups(a, a.day), a.day).lines)
        for a in (office, secretary)
    ]
    assert (
        counted[0] > counted[1] == Person.objects.under(world.branches["甲"]).members(secretary.day).count()
    )


def test_a_park_keeps_its_colour_whoever_looks(world):
    office, stranger = (Actor.of(world.user[role]) for role in ("office", "stranger"))
    colours = {
        line.label: line.parts[0].key
        for line in charts.parks(figures.groups(office, office.day), office.day).lines
    }
    assert colours == {"东园园区": "c1", "西园园区": "c2"}
    assert {
        line.parts[0].key for line in charts.parks(figures.groups(stranger, stranger.day), stranger.day).lines
    } == {"c2"}


def test_the_pieces_of_a_bar_are_the_whole_bar(world):
    actor = Actor.of(world.user["office"])
    for line in charts.educations(figures.groups(actor, actor.day), actor.day).lines:
        assert sum(part.value for part in line.parts) == line.value


def test_an_empty_zone_gets_sentences_instead_of_charts(world, visit):
    office = visit(world.user["office"])
    assert "导入党员名册后" not in office.get("/overview/").content.decode()
    Membership.objects.all().delete()
    Enterprise.objects.update(left_on=date(2025, 1, 1))
    told = office.get("/overview/").content.decode()
    assert told.count("导入党员名册后") == 3 and "导入企业和支部后" in told


def test_the_page_holds_the_divided_chart_as_a_table_for_readers(world, visit):
    told = unescape(visit(world.user["office"]).get("/overview/").content.decode())
    assert "党员学历，分项" in told and "<style" not in told and " style=" not in told


def test_whoever_has_not_activated_is_counted_whether_there_is_an_account_or_not_and_the_rows_open(
    world, visit
):
    office = world.user["office"]
    waiting = Person.objects.members(date.today()).filter(account__activated_at=None)
    assert waiting.exclude(account=None).exists() or waiting.filter(account=None).exists()
    told = visit(office).get("/overview/").context["help"]
    told = [each for each in told if "激活" in each.note]
    assert [each.value for each in told] == [waiting.count()]
    assert f"共 {waiting.count()} 人" in visit(office).get(told[0].url).content.decode()
