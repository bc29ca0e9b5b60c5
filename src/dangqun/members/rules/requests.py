"""What a person does about her own file: correct what is hers to say, ask for what needs proof (PIPL §44-46)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from dangqun.kernel.calendars import today
from dangqun.kernel.facts import record
from dangqun.kernel.faults import Fault
from dangqun.kernel.identity import check_id_number, normal_id
from dangqun.kernel.rules import RuleBroken, unless_taken, verb
from dangqun.kernel.sheets import clean_date, clean_name, clean_text
from dangqun.members.models import CorrectionRequest, Person
from dangqun.members.reasons import refuse_numbers
from dangqun.members.rules.people import correct, told

OWN = ("mobile", "address", "education", "position")  # hers to say; all else needs a document
F, Outcome = CorrectionRequest.Field, CorrectionRequest.Outcome
FACTS: dict[str, str] = {
    Outcome.ACCEPTED: "members.correction_accepted",
    Outcome.DECLINED: "members.correction_declined",
    Outcome.WITHDRAWN: "members.correction_withdrawn",
}
DAYS = (F.BORN_ON, F.JOINED_ON, F.FULL_ON)


@verb
def correct_own(person: Person, facts: dict[str, Any], *, by: Any) -> Person:
    """Let a person correct what is hers to say. Raises RuleBroken for any other field and for another person."""
    if person.account_id != by.pk or not set(facts) <= set(OWN):
        raise RuleBroken("这一项不能自己改，请写更正申请。")
    return correct(person, facts, by=by, why="本人更正")


@verb
def ask(person: Person, field: str, value: str, note: str, *, by: Any) -> CorrectionRequest:
    """Ask the office to correct what needs proof. Raises RuleBroken for a value that cannot be, or is so already."""
    if person.account_id != by.pk:
        raise RuleBroken("只能申请更正自己的资料。")
    refuse_numbers(note)
    wanted = understood(field, value)
    if wanted == as_it_is(person, field):
        raise RuleBroken("现在登记的就是这样，不用更正。", field="value")
    made = CorrectionRequest(person=person, field=field, note=note, asked_at=timezone.now())
    made.value = wanted
    with unless_taken("这一项已经有一条申请在办，等办完或撤回以后再写。", field="field"):
        made.save(force_insert=True)
    changes = {field: [told(field, getattr(person, field)), made.shown]}
    record("members.correction_asked", person, by=by, org=person.org, changes=changes, why=note)
    return made


@verb
def accept(asked: CorrectionRequest, *, by: Any, copied: str = "") -> Person:
    """采纳: correct the person as she asked.

    An ID number is copied once more from the document by whoever decides (`copied`), so that nobody accepts what she
    did not see. Raises RuleBroken when the two differ, or the request was decided meanwhile.
    """
    wanted = asked.clear_value
    if asked.is_secret and normal_id(copied) != wanted:
        raise RuleBroken(
            "这个号码和本人填的不一样。请再核对证件，确实不一样的不采纳，写明理由。", field="copied"
        )
    _decide(asked, Outcome.ACCEPTED, "", by=by)
    facts = _facts(asked, wanted)
    _refuse_wrong_order(asked.person, facts)
    return correct(asked.person, facts, by=by, why=f"采纳本人申请：{asked.note}"[:200])


@verb
def decline(asked: CorrectionRequest, *, why: str, by: Any) -> CorrectionRequest:
    """不采纳, with the reason that the person reads. Raises RuleBroken without one."""
    if not why:
        raise RuleBroken("不采纳要写明理由，本人看得到。", field="why")
    return _decide(asked, Outcome.DECLINED, why, by=by)


@verb
def withdraw(asked: CorrectionRequest, *, by: Any) -> CorrectionRequest:
    """Take a request back that is not decided yet."""
    return _decide(asked, Outcome.WITHDRAWN, "", by=by)


@verb
def note_download(person: Person, *, by: Any) -> None:
    """Record that a person took a copy of all that is held about her (PIPL §45)."""
    record("members.own_copy_taken", person, by=by, org=person.org)


def understood(field: str, text: str) -> str:
    """Return a value as it will be stored, as text (days ISO). Raises RuleBroken with what is wrong in it."""
    if field == F.ID_NUMBER:
        try:
            return check_id_number(text).number
        except Fault as fault:
            raise RuleBroken(fault.sentence, field="value") from None
    if field in DAYS:
        return _day(text).isoformat()
    wanted = clean_name(text) if field == F.NAME else clean_text(text)
    if field == F.SEX and wanted not in Person.Sex.values:
        raise RuleBroken("性别请写男或女。", field="value")
    longest = getattr(Person._meta.get_field(field), "max_length", 0) or 0
    if not wanted or len(wanted) > longest:
        raise RuleBroken(f"{F(field).label}要写 1 到 {longest} 个字。", field="value")
    return wanted


def as_it_is(person: Person, field: str) -> str:
    """Return what is registered now, as the text that `understood` would give."""
    value = getattr(person, field)
    if field == F.ID_NUMBER:
        return value.open_or_say() if value else ""
    return value.isoformat() if isinstance(value, date) else value or ""


def _decide(asked: CorrectionRequest, outcome: str, answer: str, *, by: Any) -> CorrectionRequest:
    """Write the outcome once: of two who decide at the same moment the second is told."""
    facts = {"outcome": outcome, "answer": answer, "decided_at": timezone.now(), "decided_by": by}
    if not CorrectionRequest.objects.filter(pk=asked.pk).open().update(**facts):
        raise RuleBroken("这条申请刚刚已经办了，请刷新看看结果。")
    asked.outcome = outcome
    field = {asked.field: [None, asked.shown]}
    record(FACTS[outcome], asked.person, by=by, org=asked.person.org, changes=field, why=answer)
    return asked


def _facts(asked: CorrectionRequest, wanted: str) -> dict[str, Any]:
    """Return what changes: an ID number brings birthday and sex with it, and ends a doubt about the old one."""
    if asked.field in DAYS:
        return {asked.field: date.fromisoformat(wanted)}
    if asked.is_secret:
        number = check_id_number(wanted)
        return {"id_number": wanted, "born_on": number.born, "sex": number.sex, "id_accepted_because": ""}
    return {asked.field: wanted}


def _refuse_wrong_order(person: Person, facts: dict[str, Any]) -> None:
    joined, full = facts.get("joined_on", person.joined_on), facts.get("full_on", person.full_on)
    if joined and full and full < joined:
        raise RuleBroken("这样转正日期就早于入党日期了，两个日期请一起核对，由办公室在“更正信息”里改。")


def _day(text: str) -> date:
    try:
        day = clean_date(text)
    except Fault as fault:
        raise RuleBroken(fault.sentence, field="value") from None
    if day is None or not date(1900, 1, 1) <= day <= today():
        raise RuleBroken("请写日期，例如 1996-07-01，不能晚于今天。", field="value")
    return day
