"""`dangqun migrate`: bring the database to the newest form."""

import click
from django.core.management import call_command


@click.command()
def command() -> None:
    """升级数据库。"""
    call_command("migrate", interactive=False, verbosity=1)
