"""`dangqun code USERNAME`: a new one-time code for somebody whom nobody in the platform may give one."""

import click
from django.contrib.auth import get_user_model

from dangqun.kernel.rules import RuleBroken
from dangqun.members.models import Person
from dangqun.members.rules.activation import write_code


@click.command()
@click.argument("username")
def command(username: str) -> None:
    """发一个激活码：谁都进不去平台时（忘了密码、丢了手机），由能登录这台服务器的人运行。

    用它定密码以后，验证码也要重新开启。会记入审计，原来的激活码作废。
    """
    user = get_user_model().objects.filter(username=username.strip().lower()).first()
    person = Person.objects.filter(account=user).first() if user else None
    if person is None:
        raise click.ClickException(f"没有用户“{username}”，请核对用户名。")
    try:
        click.echo(
            f"{person.name}　用户名 {user.username}　激活码 {write_code(person, by=None, resets_factor=True)}　7 天内有效"
        )
        click.echo("用它定好密码以后，旧的验证码也作废，登录时重新开启。请当面交给本人。")
    except RuleBroken as refusal:
        raise click.ClickException(refusal.sentence) from refusal
