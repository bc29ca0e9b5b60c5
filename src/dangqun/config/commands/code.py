"""`dangqun code USERNAME`: a new one-time code for somebody whom nobody in the platform may give one."""

import click
from django.contrib.auth import get_user_model

from dangqun.kernel.rules import RuleBroken
from dangqun.members.models import Person
from dangqun.members.rules.activation import issue_code


@click.command()
@click.argument("username")
def command(username: str) -> None:
    """发一个激活码：管理员忘了密码时，由能登录这台服务器的人运行。会记入审计，原来的激活码作废。"""
    user = get_user_model().objects.filter(username=username.strip().lower()).first()
    person = Person.objects.filter(account=user).first() if user else None
    if person is None:
        raise click.ClickException(f"没有用户“{username}”，请核对用户名。")
    try:
        click.echo(f"{person.name}　用户名 {user.username}　激活码 {issue_code(person, by=None)}　7 天内有效")
    except RuleBroken as refusal:
        raise click.ClickException(refusal.sentence) from refusal
