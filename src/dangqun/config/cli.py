"""The command line `dangqun`."""

import importlib
import json
import os
import pkgutil
import sys
from typing import Any, NoReturn

import click


class Commands(click.Group):
    """Finds its commands in config/commands, and loads only the one that is called."""

    def main(self, args: Any = None, **options: Any) -> NoReturn:  # type: ignore[override]
        """Run a command and leave; who asked for --json gets a refusal as the JSON object of the last line, too."""
        asked = sys.argv[1:] if args is None else list(args)
        try:
            status = super().main(args, **options | {"standalone_mode": False})
        except click.ClickException as refusal:
            refusal.show()
            if "--json" in asked:
                click.echo(json.dumps({"error": refusal.format_message()}, ensure_ascii=False))
            sys.exit(refusal.exit_code)
        except click.Abort:
            click.echo("已停下。", err=True)
            sys.exit(1)
        sys.exit(status if isinstance(status, int) else 0)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(name.replace("_", "-") for name in self._where())

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return one command, with Django set up."""
        module = self._where().get(name.replace("-", "_"))
        if module is None:
            return None
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dangqun.config.settings")
        import django
        from django.core.exceptions import ImproperlyConfigured

        try:
            django.setup()
        except ImproperlyConfigured as wrong:
            raise click.ClickException(str(wrong)) from wrong
        _refuse_unfinished(module)
        command: click.Command = importlib.import_module(f"dangqun.config.commands.{module}").command
        return command

    @staticmethod
    def _where() -> dict[str, str]:
        package = importlib.import_module("dangqun.config.commands")
        modules = [found.name for found in pkgutil.iter_modules(package.__path__)]
        return {name.removesuffix("_"): name for name in modules if not name.startswith("_")}


def _refuse_unfinished(module: str) -> None:
    """Let nothing but another restore begin where one has not come to its end."""
    from dangqun.kernel.backup.marks import UNFINISHED, is_unfinished

    if module not in ("restore", "doctor") and is_unfinished():
        raise click.ClickException(UNFINISHED)


@click.group(cls=Commands)
@click.version_option(package_name="dangqun")
def main() -> None:
    """党群：开发区非公企业党建工作平台。"""
