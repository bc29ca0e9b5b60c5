"""Handing a paper out: what every room's printing does with a request, once its own view has found what to print."""

from __future__ import annotations

import io
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from dangqun.kernel.documents import unprintable
from dangqun.kernel.jobs import later
from dangqun.kernel.pages import page
from dangqun.orgs.models import Org
from dangqun.papers import rules
from dangqun.papers.kinds import Asked, kind_of
from dangqun.papers.models import Paper

MIMES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/zip",
}
MOST_NAMED = 30


def hand_out(request: HttpRequest, asked: Asked, *, org: Org, back: str) -> HttpResponse:
    """Issue the paper that is asked for and answer with its file; say first what no font of ours can print.

    A long one is made by the worker: the answer is the way to the page that shows how far it is. Raises Http404.
    """
    form = request.POST.get("form", "")
    form = form if form in Paper.Form.values else Paper.Form.PDF.value
    content = kind_of(asked.kind).content(asked)
    if content is None:
        raise Http404
    signs = unprintable(content) if form == Paper.Form.PDF else []
    if signs and "anyway" not in request.POST:
        typed = [(name, value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"]
        named = [(sign, f"U+{ord(sign):04X}") for sign in signs[:MOST_NAMED]]
        context = {"signs": named, "count": len(signs), "typed": typed, "back": back}
        return page(request, "papers/missing.html", context)
    address = settings.SITE_URL or f"{request.scheme}://{request.get_host()}"
    printed = rules.Printing(form, org, address)
    paper = rules.issue(asked, content, printed=printed, by=request.user)
    if paper.rows > rules.AT_ONCE:
        later(rules.make_paper, paper.pk)
        return redirect("paper-making", paper.pk)
    return file_of(paper, rules.render(paper, content))


def file_of(paper: Paper, data: bytes) -> HttpResponse:
    """Answer with a paper's file."""
    name = rules.file_name(paper)
    answer: Any = FileResponse(
        io.BytesIO(data), as_attachment=True, filename=name, content_type=MIMES[name.rpartition(".")[2]]
    )
    answer["Cache-Control"] = "no-store"
    return answer
