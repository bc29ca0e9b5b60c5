"""From keys to the words of the office: kinds of records, fields, values."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist

from dangqun.kernel.calendars import local
from dangqun.kernel.facts.wording import catalogue
from dangqun.members.models import Membership, Office
from dangqun.notices.audience import POSTS
from dangqun.notices.models import Notice
from dangqun.orgs.models import Org
from dangqun.tasks.models import Assignment, Task

ROOMS = {
    "members": "党员",
    "accounts": "账号与登录",
    "orgs": "组织与企业",
    "notices": "通知",
    "tasks": "任务",
    "ladder": "提醒",
    "papers": "文书",
    "audit": "审计",
    "backups": "备份",
    "keys": "密钥",
    "kernel": "平台",
}
KINDS = {
    "accounts.user": "账号",
    "accounts.throttle": "没有这个账号的登录名",
    "members.person": "人员",
    "members.import": "导入",
    "orgs.org": "组织",
    "orgs.enterprise": "企业",
    "orgs.liaisonzone": "片区",
    "notices.notice": "通知",
    "notices.receipt": "签收",
    "notices.template": "通知模板",
    "kernel.ownyear": "工作日历",
    "kernel.hold": "暂缓删除",
    "kernel.removal": "到期删除",
    "tasks.task": "任务",
    "tasks.assignment": "支部任务",
    "ladder.channel": "提醒渠道",
    "ladder.message": "提醒",
    "papers.paper": "文书",
    "kernel.anchor": "审计链起点",
    "kernel.backup": "备份",
    "kernel.rotation": "密钥",
    "ladder.preference": "提醒方式",
}
FIELDS = {
    "days": "日期",
    "class": "哪一类",
    "count": "条数",
    "version": "版本",
    "name": "名称",
    "username": "用户名",
    "account": "账号",
    "second_factor": "验证码",
    "recovery_codes": "没用过的备用码",
    "roles": "权限",
    "role": "岗位",
    "office": "任职",
    "branch": "党支部",
    "branches": "支部数",
    "state": "类别",
    "ended_reason": "减少原因",
    "zone": "片区",
    "member": "委员",
    "instructor": "指导员",
    "path": "隶属",
    "number": "条数",
    "hash": "链码",
    "people": "人数",
    "rows": "条数",
    "filters": "条件",
    "checked": "核对条数",
    "result": "结果",
    "unsealed": "未封存",
    "attachment": "附件",
    "file": "文件",
    "title": "标题",
    "kind": "种类",
    "deadline": "截止",
    "scheduled_for": "发布时间",
    "edition": "版次",
    "author": "起草人",
    "answer": "答复",
    "told_how": "告知方式",
    "person": "本人",
    "signed_by": "代签人",
    "made_at": "备份时间",
    "sheet": "恢复单",
    "closed_on": "撤销日期",
    "left_on": "离开日期",
    "audience": "发给",
    "owner": "负责人",
    "notice": "依据的通知",
    "did": "办法",
    "renewed": "重新加密条数",
    "park": "园区",
    "enterprise": "企业",
    "form": "格式",
    "accepted": "写入",
    "changed": "改动",
    "missing": "表中没有",
    "new": "新增",
    "refused": "不能导入",
    "same": "无变化",
    "skipped": "这次不导",
    "warned": "请留意",
}
VALUES: dict[str, dict[Any, Any]] = {
    "state": dict(Membership.State.choices) | dict(Assignment.State.choices),
    "ended_reason": dict(Membership.Reason.choices),
    "role": settings.ROLE_NAMES,
    "roles": settings.ROLE_NAMES,
    "posts": dict(Office.Post.choices) | {key: words for key, (words, _) in POSTS.items()},
    "form": {"pdf": "PDF", "docx": "Word"},
    "urgency": dict(Notice.Urgency.choices),
    "wants": dict(Task.Wants.choices),
    "formation": dict(Org.Formation.choices),
    "kind": {"organisations": "企业和支部", "members": "党员花名册", "officers": "班子"},
}

AS_ON_SCREENS = {"mobile": "手机号码"}  # where the field of the model is named otherwise
A_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
AUDIENCE = {"orgs": "组织", "people": "点名", "posts": "哪些人", "zones": "片区", "whole": "全体"}
Names = dict[
    tuple[str, int], str
]  # of organisations and zones that facts hold by number: ("orgs", 3) → 连城园区


def grouped() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return all kinds of facts with their words, room by room: key, name, kinds."""
    found: dict[str, list[tuple[str, str]]] = {key: [] for key in ROOMS}
    for what, told in catalogue().items():
        found.setdefault(what.partition(".")[0], []).append((what, told))
    return [(key, ROOMS.get(key, key), kinds) for key, kinds in found.items() if kinds]


def kind_word(kind: str) -> str:
    """Return what a kind of record is called."""
    return KINDS.get(kind, kind)


def field_word(kind: str, key: str) -> str:
    """Return what a field is called: as its form says, where the record has one."""
    if key in AS_ON_SCREENS:
        return AS_ON_SCREENS[key]
    try:
        named = str(apps.get_model(kind)._meta.get_field(key).verbose_name)  # type: ignore[union-attr]
    except (LookupError, ValueError, FieldDoesNotExist, AttributeError):
        named = ""
    return FIELDS.get(key, key) if named.isascii() else named


def value_word(key: str, value: Any, names: Names | None = None) -> str:
    """Return a value as it is read aloud; `names`: of places that it holds by number."""
    if value is None or value == "" or value == []:
        return "无"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(value_word(key, each) for each in value)
    if isinstance(value, dict):
        told = ((name, _chosen(name, each, names or {})) for name, each in value.items() if each)
        return "，".join(f"{AUDIENCE.get(name, name)} {word}" for name, word in told) or "无"
    if isinstance(value, str) and A_MOMENT.fullmatch(value):
        return f"{local(datetime.fromisoformat(value)):%Y-%m-%d %H:%M}"
    words = VALUES.get(key, {})
    return str(words.get(value, value)) if isinstance(value, str | int) else str(value)


def _chosen(name: str, value: Any, names: Names) -> str:
    """One part of an audience: places by their names, single people by how many they are."""
    if name == "people":
        return f"{len(value)} 人"
    if name in ("orgs", "zones"):
        return "、".join(names.get((name, each), f"{each} 号") for each in value)
    return value_word(name, value)
