"""Enrol and correct a person: the one place where names, keys and ciphertexts are set together."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from dangqun.kernel.crypto import Tampered, blind_index, mask_id, mask_phone, mask_text
from dangqun.kernel.facts import record
from dangqun.kernel.names import initials, pinyin_key, stroke_key
from dangqun.kernel.rules import RuleBroken, verb
from dangqun.kernel.search import sought_name
from dangqun.members.models import Person
from dangqun.orgs.models import Org

SENSITIVE = {"id_number": mask_id, "mobile": mask_phone, "address": mask_text}
INDEX = 12  # hex digits of a blind index in a fact


@verb
def enrol(name: str, *, org: Org, by: Any, **facts: Any) -> Person:
    """Enter a person. `facts` are fields of Person in clear. Raises RuleBroken when the ID number is already held."""
    person = prepare(Person(org=org), {"name": name, **facts})
    _refuse_twin(person)
    person.save(force_insert=True)
    record("members.enrolled", person, by=by, org=org, changes={"name": [None, name]})
    return person


@verb
def correct(person: Person, facts: dict[str, Any], *, by: Any, why: str = "") -> Person:
    """Correct facts of a person; what changed is recorded, sensitive values masked, and her account keeps up.

    Raises RuleBroken when the ID number is somebody else's.
    """
    before = {key: audited(key, getattr(person, key)) for key in facts}
    prepare(person, facts)
    _refuse_twin(person)
    person.save()
    after = {key: audited(key, getattr(person, key)) for key in facts}
    changed = {key: [before[key], after[key]] for key in facts if before[key] != after[key]}
    if changed:
        record("members.corrected", person, by=by, org=person.org, changes=changed, why=why)
    if person.account_id and {"name", "mobile"} & facts.keys():
        accounts = get_user_model().objects.filter(pk=person.account_id)
        accounts.update(name=person.name, mobile_index=person.mobile_index)
    return person


def prepare(person: Person, facts: dict[str, Any]) -> Person:
    """Set facts and all that derives from them (sort keys, blind indexes) on an unsaved or changed person."""
    for key, value in facts.items():
        setattr(person, key, value)
    if "name" in facts:
        person.pinyin_key = pinyin_key(person.name)
        person.initials = initials(person.name)[:20]
        person.stroke_key = stroke_key(person.name)
        person.sought = sought_name(person.name, person=True)
    if "id_number" in facts:
        person.id_index = blind_index("identity", facts["id_number"]) if facts["id_number"] else None
    if "mobile" in facts:
        person.mobile_index = blind_index("contact", facts["mobile"]) if facts["mobile"] else ""
    return person


def _refuse_twin(person: Person) -> None:
    if person.id_index and Person.objects.filter(id_index=person.id_index).exclude(pk=person.pk).exists():
        raise RuleBroken(
            "这个身份证号已经在名册里。同一人请办理转接，不是同一人请核对号码。", field="id_number"
        )


def audited(key: str, value: Any, index: str = "") -> Any:
    """Return a value as a fact of a change holds it: `told`, and of sensitive ones the beginning of their blind index.

    Two numbers with the same mask still differ. `index` is given where it was reckoned already.
    """
    if key not in SENSITIVE or not value:
        return value
    try:
        text = value if isinstance(value, str) else value.open()
    except Tampered:
        return told(key, value)
    index = index or blind_index("identity" if key == "id_number" else "contact", text)
    return f"{SENSITIVE[key](text)} #{index[:INDEX]}"


def told(key: str, value: Any) -> Any:
    """Return a value as an audit row may tell it: sensitive ones masked."""
    if key not in SENSITIVE or not value:
        return value
    return SENSITIVE[key](value) if isinstance(value, str) else str(value)
