"""`dangqun migrate`: bring the database to the newest form."""

import click
from django.core.management import call_command


@click.command()
def command() -> None:
    """升级数据库：换了新版本以后、启动之前运行。已经是最新时什么都不做，可以重复运行；请先停下平台并备份。"""
    call_command("migrate", interactive=False, verbosity=1)
