"""Views and invented data of the gallery."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

WINGS = (
    ("待办", "checklist"),
    ("交流", "messages"),
    ("服务", "building-community"),
    ("联动", "affiliate"),
    ("我的", "user"),
)
ROOMS = (("我的待办", 1), ("我交办的", 1), ("日程", 1), ("减负账本", 2))
HEADINGS = ["序号", "姓名", "性别", "民族", "身份证号", "出生日期", "学历", "人员类别", "入党日期"]


class MeetingForm(forms.Form):
    """One field of each kind."""

    title = forms.CharField(label="标题", help_text="写清是什么事，一行以内")
    body = forms.CharField(label="正文", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    come = forms.IntegerField(label="实到人数")
    park = forms.ChoiceField(label="园区", choices=[("1", "连城园区"), ("2", "新楼园区")])
    posts = forms.MultipleChoiceField(
        label="发给谁",
        choices=[("a", "支部书记"), ("b", "组织委员"), ("c", "全体党员")],
        widget=forms.CheckboxSelectMultiple,
    )
    why = forms.ChoiceField(
        label="为什么要看",
        choices=[("a", "转接组织关系"), ("b", "填上级报表")],
        widget=forms.RadioSelect,
        required=False,
    )
    day = forms.DateField(label="会议日期", widget=forms.DateInput(), required=False)
    until = forms.DateTimeField(label="签收截止", widget=forms.DateTimeInput(), required=False)
    sure = forms.BooleanField(label="要签收", required=False)
    secret = forms.CharField(label="密码", widget=forms.PasswordInput(), required=False)
    paper = forms.FileField(label="附件", required=False)

    def clean_come(self) -> int:
        """Refuse more people than there are."""
        if self.cleaned_data["come"] > 6:
            raise forms.ValidationError("实到 8 人多于应到 6 人，请改其中一个。")
        return self.cleaned_data["come"]


class DoorForm(forms.Form):
    """The door's fields."""

    username = forms.CharField(label="用户名", help_text="手机号，或发给您的用户名")
    password = forms.CharField(label="密码", widget=forms.PasswordInput())


def show(request: HttpRequest, name: str) -> HttpResponse:
    """Show one page of the gallery in the shell; `?view=elder` shows it in 长辈版."""
    if "toast" in request.GET:
        messages.success(request, "已导入 195 人", extra_tags="/undo/")
    return render(
        request, f"gallery/{name}.html", {"shell": shell(), "view": request.GET.get("view", ""), **sample()}
    )


def door(request: HttpRequest) -> HttpResponse:
    """Show the sign-in page; `?wrong` with a refusal."""
    form = DoorForm({} if "wrong" in request.GET else None)
    if "wrong" in request.GET:
        form.add_error(None, "用户名或密码不对，请再看一遍。还可以试 4 次。")
    context = {"form": form, "next": "/", "view": request.GET.get("view", ""), "zone": "示范经济开发区"}
    return render(request, "accounts/sign_in.html", context)


def shell() -> dict[str, Any]:
    """Return what the shell's context processor gives a secretary."""
    wings = [
        {"key": label, "label": label, "icon": icon, "url": "/", "count": 6 * (n == 0), "current": n == 0}
        for n, (label, icon) in enumerate(WINGS)
    ]
    rooms = [
        {"label": label, "url": "/", "count": 6 * (n == 0), "current": n == 0, "group": group}
        for n, (label, group) in enumerate(ROOMS)
    ]
    person = {"name": "汪晓燕", "post": "嘉宏纺织党支部书记", "id": 5}
    return {
        "wing": "todo",
        "wing_label": "待办",
        "title": "待办",
        "wings": wings,
        "rooms": rooms,
        "person": person,
        "unread": 3,
        "can_search": True,
    }


def sample() -> dict[str, Any]:
    """Return invented people, figures and a workbook."""
    wrong = {"title": "会议", "come": "8", "park": "1", "why": "a"}
    people = [
        {"name": "汪晓燕", "branch": "嘉宏纺织", "years": 12},
        {"name": "孟庆华", "branch": "嘉宏纺织", "years": 18},
    ]
    return {
        "form": MeetingForm(wrong),
        "clean": MeetingForm(),
        "people": people,
        "page": Paginator(range(72), 24).page(1),
        "headings": HEADINGS,
        "rows": list(workbook()),
    }


def workbook() -> list[dict[str, Any]]:
    """Return rows as the import wizard shows them."""
    texts = ["2", "潘子明", "男", "汉族", "340899********2399", "1983-08-14", "研究生", "正式", "2006-09-13"]
    bad = ["68", "谢源欣", "男", "汉族", "340899********1238", "1990-05-14", "高中", "正式党员", "2010-03-10"]
    good_row = {
        "number": 4,
        "cells": [{"text": t, "state": "read" if n == 5 else ""} for n, t in enumerate(texts)],
    }
    bad_row = {
        "number": 26,
        "cells": [{"text": t, "state": "bad" if n == 4 else ""} for n, t in enumerate(bad)],
        "problem": "身份证号与本表第 9 行“谢敏”相同。同一人请删去一行，不是同一人请改号码。",
    }
    return [good_row, {"gap": "第 5 至 25 行没有问题，已收起 21 行"}, bad_row]
