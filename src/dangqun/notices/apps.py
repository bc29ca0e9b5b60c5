from importlib import import_module

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """The notices room; its live topics are registered when all models are there."""

    name = "dangqun.notices"
    label = "notices"

    def ready(self) -> None:
        """Register the topics."""
        import_module("dangqun.notices.live")
