"""The shell around every page: wings, rooms, the person, and what waits for her."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from dangqun.home import todo
from dangqun.members.models import Person
from dangqun.orgs.access import SIGNED_IN, Actor, actor_of


@dataclass(frozen=True)
class Room:
    """A room: its route, the permission that opens it, and the beginnings of the route names that lie in it."""

    label: str
    route: str
    needs: str
    names: tuple[str, ...]
    group: int = 1


@dataclass(frozen=True)
class Wing:
    """One of the five wings; its rooms in the order of design.md §4."""

    key: str
    label: str
    icon: str
    rooms: tuple[Room, ...] = field(default_factory=tuple)


WINGS = (
    Wing("todo", "待办", "checklist", (Room("我的待办", "todo", SIGNED_IN, ("todo",)),)),
    Wing(
        "exchange",
        "交流",
        "messages",
        (
            Room("通知", "notices", SIGNED_IN, ("notice", "attachment", "draft")),
            Room("任务", "tasks", SIGNED_IN, ("task", "assignment")),
        ),
    ),
    Wing("service", "服务", "building-community", (Room("找谁办", "services", SIGNED_IN, ("services",)),)),
    Wing(
        "linkage",
        "联动",
        "affiliate",
        (
            Room("概览", "overview", "overview.read", ("overview",)),
            Room("组织体系", "orgs", "orgs.read", ("org", "branch", "enterprise", "coverage", "zone")),
            Room("党员名册", "people", "members.read", ("people", "person", "issue-")),
            Room("导入", "imports", "members.import", ("import",)),
        ),
    ),
    Wing(
        "me",
        "我的",
        "user",
        (
            Room("我的信息", "me", SIGNED_IN, ("me",)),
            Room("谁看过我的信息", "me-looks", SIGNED_IN, ("me-looks",)),
            Room("登录与安全", "me-devices", SIGNED_IN, ("me-devices", "me-password", "me-second-factor")),
            Room("个人信息保护说明", "me-privacy", SIGNED_IN, ("me-privacy",)),
            Room("提醒方式", "me-reminders", SIGNED_IN, ("me-reminders",)),
            Room("显示与长辈版", "me-view", SIGNED_IN, ("me-view",)),
            Room("提醒渠道", "channels", "channels.manage", ("channel",), 2),
            Room("留存日历", "retention", "retention.manage", ("retention",), 2),
            Room("工作日历", "workdays", "workdays.manage", ("workdays",), 2),
            Room("工作人员", "staff", "staff.enter", ("staff",), 2),
            Room("授权", "grants", "staff.grant", ("grant",), 2),
            Room("审计记录", "facts", "facts.read", ("facts",), 2),
            Room("登录重设", "witness", "resets.witness", ("witness",), 2),
            Room("备份", "backups", "backups.watch", ("backups",), 2),
        ),
    ),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return what base.html needs; nothing for somebody who has not signed in.

    An address that does not exist has no guard that sets the actor, yet must look like one that is hidden.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"view": request.COOKIES.get("dangqun_view", "")}
    actor: Actor = getattr(request, "actor", None) or actor_of(user)
    wing, room = _where(request)
    count = todo.count(actor)
    return {
        "view": actor.user.view,
        "shell": {
            "wing": wing.key,
            "wing_label": wing.label,
            "back": _way_back(request, room),
            "title": room.label if room and _way_back(request, room) else wing.label,
            "wings": [_wing(each, actor, count, each is wing) for each in WINGS],
            "rooms": [_room(each, actor, count, each is room) for each in _open(wing, actor)],
            "person": _person(actor),
            "unread": count,
            "can_search": actor.can("members.read") or actor.can("orgs.read"),
        },
    }


def _way_back(request: HttpRequest, room: Room | None) -> str:
    """Return where the phone's back arrow leads: from a page within a room to the room itself."""
    if room is None or request.resolver_match is None or request.resolver_match.url_name == room.route:
        return ""
    return reverse(room.route)


def _where(request: HttpRequest) -> tuple[Wing, Room | None]:
    name = request.resolver_match.url_name if request.resolver_match else ""
    matches = [
        (len(start), wing, room)
        for wing in WINGS
        for room in wing.rooms
        for start in room.names
        if (name or "").startswith(start)
    ]
    if not matches:
        return next((wing for wing in WINGS if wing.key == name), WINGS[0]), None
    _, wing, room = max(matches, key=lambda match: match[0])
    return wing, room


def _open(wing: Wing, actor: Actor) -> list[Room]:
    return [room for room in wing.rooms if room.needs == SIGNED_IN or actor.can(room.needs)]


def _wing(wing: Wing, actor: Actor, count: int, current: bool) -> dict[str, Any]:
    rooms = _open(wing, actor)
    return {
        "key": wing.key,
        "label": wing.label,
        "icon": wing.icon,
        "url": reverse(rooms[0].route) if rooms else reverse("linkage"),
        "count": count if wing.key == "todo" else 0,
        "current": current,
    }


def _room(room: Room, actor: Actor, count: int, current: bool) -> dict[str, Any]:
    return {
        "label": room.label,
        "url": reverse(room.route),
        "count": count if room.route == "todo" else 0,
        "current": current,
        "group": room.group,
    }


def _person(actor: Actor) -> dict[str, Any]:
    person = Person.objects.of_account(actor).select_related("org").prefetch_related("offices__org").first()
    post = ""
    if person is not None:
        offices = [office for office in person.offices.all() if office.ends_on is None]
        post = f"{offices[0].org.short_name}{offices[0]}" if offices else person.org.short_name
    return {"name": actor.user.name, "post": post, "id": actor.user.pk}
