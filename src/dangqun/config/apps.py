from importlib import import_module

from django.apps import AppConfig
from django.conf import settings


class ConfigConfig(AppConfig):
    """The top floor: wires the features when all of them are loaded."""

    name = "dangqun.config"
    label = "config"

    def ready(self) -> None:
        """Register system checks and the cross-feature reactions."""
        import_module("dangqun.config.checks")
        import_module(settings.DANGQUN_WIRING)
