"""提醒渠道 and what went through them (the office), 提醒方式 (everybody), the calendar (whoever knows its address)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from dangqun.kernel.pages import attempt, back, page, paginate, toast
from dangqun.kernel.rules import RuleBroken
from dangqun.ladder import addresses, board, feeds, rules
from dangqun.ladder.adapters import KINDS
from dangqun.ladder.forms import ChannelForm, CodeForm
from dangqun.ladder.models import Channel, Message, Preference
from dangqun.members.models import Person
from dangqun.orgs.access import fetch, rows
from dangqun.orgs.models import Org


def channels(request: HttpRequest) -> HttpResponse:
    """Show the channels, and which kinds can be set up."""
    context = {"lines": board.lines(rows(request, Channel)), "kinds": KINDS.values()}
    return page(request, "ladder/channels.html", context)


def new(request: HttpRequest, kind: str) -> HttpResponse:
    """Set up a channel."""
    if kind not in KINDS:
        raise Http404
    places = rows(request, Org).open(request.actor.day).in_order()
    form = ChannelForm(request.POST or None, kind=kind, places=places)
    if request.method == "POST" and form.is_valid():
        facts, told = form.split()
        made = attempt(form, rules.set_up, kind, form.cleaned_data["org"], facts, told, by=request.user)
        if made:
            toast(request, f"已设好{made}。先试发一条，看得到再启用。")
            return redirect("channel", made.pk)
    return page(request, "ladder/channel.html", {"form": form, "kind": KINDS[kind]})


def channel(request: HttpRequest, pk: int) -> HttpResponse:
    """Show and change a channel; secrets are not shown."""
    held = fetch(request, Channel, pk=pk)
    places = rows(request, Org).none()
    form = ChannelForm(request.POST or None, kind=held.kind, places=places, channel=held)
    if request.method == "POST" and form.is_valid():
        facts, told = form.split()
        if attempt(form, rules.correct, fetch(request, Channel, pk=pk), facts, told, by=request.user):
            toast(request, f"已改好{held}。")
            return redirect("channel", pk)
    line = board.lines(rows(request, Channel).filter(pk=pk))[0]
    return page(request, "ladder/channel.html", {"form": form, "kind": KINDS[held.kind], "line": line})


def try_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Send one message through a channel now, and say what came of it."""
    held = fetch(request, Channel, pk=pk)
    toast(request, f"试发{held}：{rules.try_out(held, by=request.user)}")
    return back(request, "channel", pk)


def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch a channel on or off."""
    held = fetch(request, Channel, pk=pk)
    rules.switch(held, not held.is_enabled, by=request.user)
    toast(request, f"{held}已{'启用' if held.is_enabled else '停用，待发的不再发'}。")
    return back(request, "channel", pk)


def messages(request: HttpRequest) -> HttpResponse:
    """Show what went out lately, or one state of it."""
    state = request.GET.get("state", "")
    held = rows(request, Message).select_related("channel", "person__org").order_by("-made_at", "-pk")
    if state in Message.State.values:
        held = held.filter(state=state)
    context = {"page": paginate(request, held), "states": Message.State.choices}
    return page(request, "ladder/messages.html", context)


def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a message that failed once more."""
    rules.send_again(fetch(request, Message, pk=pk), by=request.user)
    toast(request, "已放回待发。")
    return back(request, "channel-messages")


def mine(request: HttpRequest) -> HttpResponse:
    """Show and change how I want to be told."""
    person = rows(request, Person).select_related("org").first()
    if person is None:
        return page(request, "ladder/mine.html", {})
    form = board.preference_form(rows(request, Preference), request.actor, person, request.POST or None)
    saved = (
        form.is_bound
        and form.is_valid()
        and attempt(form, rules.choose, person, form.facts(), by=request.user)
    )
    if saved:
        codes = [addresses.sent(person, name, by=request.user) for name in form.new_addresses()]
        toast(request, "".join(("已记下您的提醒方式。", *codes)))
        return redirect("me-reminders")
    return page(request, "ladder/mine.html", board.mine(request, person, form))


def my_address(request: HttpRequest) -> HttpResponse:
    """Send a code to an address of mine, or take the one that I typed."""
    person, name = fetch(request, Person), request.POST.get("name", "")
    if name not in addresses.LABELS:
        raise RuleBroken("没有这种地址。请回到“提醒方式”再点一次。")
    if request.POST.get("turn") == "send":
        toast(request, addresses.sent(person, name, by=request.user))
        return redirect("me-reminders")
    typed = CodeForm(request.POST, name=name)
    if typed.is_valid():
        code = typed.cleaned_data["code"]
        proven = attempt(typed, addresses.prove, person, name, code, by=request.user)
        if proven:
            toast(request, f"{proven}已确认，以后有提醒就往那里发。")
            return redirect("me-reminders")
    form = board.preference_form(rows(request, Preference), request.actor, person)
    return page(request, "ladder/mine.html", board.mine(request, person, form, typed))


def my_calendar(request: HttpRequest) -> HttpResponse:
    """Make the address of my calendar, a new one, or none."""
    person = fetch(request, Person)
    if request.POST.get("turn") == "off":
        rules.withdraw_calendar(person, by=request.user)
        toast(request, "日历地址已收回，手机上订过的不再更新。")
    else:
        rules.renew_calendar(person, by=request.user)
        toast(request, "日历地址做好了。只有您看得到，不要转给别人。")
    return redirect("me-reminders")


def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """Answer with the calendar under a secret address."""
    found = feeds.feed(secret)
    if found is None:
        raise Http404
    answer = HttpResponse(found, content_type="text/calendar; charset=utf-8")
    answer["Cache-Control"] = "private, max-age=900"
    return answer
