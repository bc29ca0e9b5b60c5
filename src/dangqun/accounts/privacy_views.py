"""个人信息保护说明: at the door for everybody, under 我的 with the tick."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from dangqun.accounts import privacy as rules
from dangqun.accounts.forms import ToldForm
from dangqun.kernel.pages import back, page, toast


def door(request: HttpRequest) -> HttpResponse:
    """Show the text to whoever asks."""
    return page(request, "accounts/privacy_door.html", _text())


def mine(request: HttpRequest) -> HttpResponse:
    """Show me the text; take my tick that I have seen this version."""
    form = ToldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        rules.note_told(request.user)
        toast(request, "已记下。以后在“我的”里随时可以再看。")
        return back(request, "me-privacy")
    told = {
        "form": form,
        "next": request.POST.get("next", "") or request.GET.get("next", ""),
        "is_told": rules.is_told(request.user),
        "told": rules.told_on(request.user),
    }
    return page(request, "accounts/privacy.html", _text() | told)


def _text() -> dict[str, object]:
    return {"notice": rules.privacy_notice(), "contact": settings.PRIVACY_CONTACT}
