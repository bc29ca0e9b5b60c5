"""Search: people by any of their characters and by pinyin, within reach; notices by their words, never by their HTML."""

import pytest

from dangqun.home.find import search
from dangqun.notices import rules as notices
from dangqun.notices.audience import Audience
from dangqun.orgs.access import Actor


def found(actor, text):
    """Return the titles that a text finds, by kind."""
    return {group.label: [each.title for each in group.results] for group in search(actor, text)}


PEOPLE = "党员和工作人员"


@pytest.mark.parametrize("text", ["汪晓燕", "汪晓", "晓燕", "汪燕", "wxy", "WXY", "wangxiao"])
def test_a_person_is_found_by_any_two_characters_by_initials_and_by_pinyin(world, text):
    assert "汪晓燕" in found(Actor.of(world.user["office"]), text)[PEOPLE]


def test_a_person_of_another_branch_is_not_found_although_she_exists(world):
    name = world.person["左小海"].name
    assert name in found(Actor.of(world.user["office"]), name)[PEOPLE]
    assert PEOPLE not in found(Actor.of(world.user["secretary"]), name)


def test_organisations_and_enterprises_are_found_by_part_of_their_names(world):
    answer = found(Actor.of(world.user["office"]), "恒丰")
    assert answer["党组织"] and answer["企业"] == ["恒丰机械有限公司"]


def test_nothing_typed_and_nothing_found_give_no_group(world):
    office = Actor.of(world.user["office"])
    assert found(office, "  ") == {} and found(office, "查无此人某某") == {}


def test_latin_letters_do_not_find_the_html_of_a_notice(world):
    by = world.user["office"]
    whole = Audience(orgs=(world.branches["甲"].pk,)).stored()
    facts = {"title": "安全生产", "body": "<ul><li>自查自改</li></ul>", "audience": whole}
    notices.publish(notices.save_draft(None, facts, by=by), by=by)
    assert found(Actor.of(by), "自查自改")["通知"] == ["安全生产"]
    assert "通知" not in found(Actor.of(by), "li")


def test_the_page_says_what_to_do_when_nothing_is_typed_and_when_nothing_is_found(world, visit):
    office = visit(world.user["office"])
    assert "想找什么" in office.get("/search/").content.decode()
    assert "没有找到" in office.get("/search/?q=查无此人某某").content.decode()
