"""The ways out. Each adapter is one function: it sends a letter with the channel's settings, or raises NotSent.

It answers True when the other side says that the message has arrived (a robot's group shows it at once), False when it was
only handed over. It touches no database, so that several can be at work at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.module_loading import import_string

from dangqun.ladder.adapters.letters import Letter
from dangqun.ladder.models import Channel
from dangqun.ladder.pacing import ROBOT, Pace

Send = Callable[[Letter, dict[str, str], Any], bool]
WECOM = "https://qyapi.weixin.qq.com"
HOOK = "机器人的网址里有密钥，不要给别人看。"


@dataclass(frozen=True)
class Setting:
    """One setting of a kind; a secret is never shown again."""

    name: str
    label: str
    hint: str = ""
    secret: bool = False
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    lines: bool = False
    default: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of channel: what it must be told, how fast it may go, which address of a person it needs."""

    key: str
    way: str  # the adapter by name: it is loaded when somebody sends, so that pages start without it
    settings: tuple[Setting, ...]
    address: str = ""  # "email", "wecom", "mobile"; empty: a group
    pace: Pace | None = None
    targets: tuple[str, ...] = field(default=())  # settings that are URLs

    @property
    def send(self) -> Send:
        """The adapter."""
        adapter: Send = import_string(f"{__name__}.{self.way}")
        return adapter

    @property
    def label(self) -> str:
        """Its name on screens."""
        return Channel.Kind(self.key).label


_HOOK = Setting("url", "机器人网址（Webhook）", HOOK, secret=True)
_SIGN = Setting("secret", "加签密钥", "机器人“安全设置”里的加签", secret=True)

KINDS: dict[str, Kind] = {
    each.key: each
    for each in (
        Kind(
            Channel.Kind.MAIL,
            "mail.send",
            (
                Setting("host", "发信服务器", "例如 smtp.example.gov.cn"),
                Setting("port", "端口", "SSL 一般是 465，STARTTLS 一般是 587", default="465"),
                Setting(
                    "security",
                    "加密方式",
                    choices=(("ssl", "SSL"), ("starttls", "STARTTLS"), ("none", "不加密（只给内网网关）")),
                    default="ssl",
                ),
                Setting("username", "登录名", required=False),
                Setting("password", "密码或授权码", secret=True, required=False),
                Setting("sender", "发件地址", "收信人看到的地址"),
            ),
            address="email",
        ),
        Kind(
            Channel.Kind.WECOM_APP,
            "wecom.send_to_person",
            (
                Setting("corp_id", "企业 ID", "企业微信管理后台“我的企业”最下面"),
                Setting("agent_id", "应用的 AgentId"),
                Setting("secret", "应用的 Secret", secret=True),
                Setting("api", "接口地址", "政务微信或私有部署才改", default=WECOM),
            ),
            address="wecom",
            targets=("api",),
        ),
        Kind(
            Channel.Kind.SMS,
            "sms.send",
            (
                Setting("method", "方法", choices=(("POST", "POST"), ("GET", "GET")), default="POST"),
                Setting("url", "网关网址", "可以写 {mobile} {title} {link} {key}", secret=True),
                Setting(
                    "format",
                    "内容格式",
                    choices=(("json", "JSON"), ("form", "表单"), ("none", "没有内容")),
                    default="json",
                ),
                Setting(
                    "headers", "请求头", "一行一个，例如 Authorization: Bearer …", True, False, lines=True
                ),
                Setting(
                    "body", "内容模板", "可以写 {mobile} {title} {link} {key}", required=False, lines=True
                ),
                Setting("success", "成功的回答里要有", '例如 "code":0；不写就只看状态码', required=False),
            ),
            address="mobile",
            targets=("url",),
        ),
        Kind(Channel.Kind.WECOM_ROBOT, "wecom.send_to_group", (_HOOK,), pace=ROBOT, targets=("url",)),
        Kind(Channel.Kind.DINGTALK, "robots.send_dingtalk", (_HOOK, _SIGN), pace=ROBOT, targets=("url",)),
        Kind(Channel.Kind.FEISHU, "robots.send_feishu", (_HOOK, _SIGN), pace=ROBOT, targets=("url",)),
    )
}
