"""The command line `dangqun`."""

import importlib
import os
import pkgutil

import click


class Commands(click.Group):
    """Finds its commands in config/commands, and loads only the one that is called."""

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
        command: click.Command = importlib.import_module(f"dangqun.config.commands.{module}").command
        return command

    @staticmethod
    def _where() -> dict[str, str]:
        package = importlib.import_module("dangqun.config.commands")
        modules = [found.name for found in pkgutil.iter_modules(package.__path__)]
        return {name.removesuffix("_"): name for name in modules if not name.startswith("_")}


@click.group(cls=Commands)
@click.version_option(package_name="dangqun")
def main() -> None:
    """党群：开发区非公企业党建工作平台。"""
