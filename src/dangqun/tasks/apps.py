from importlib import import_module

from django.apps import AppConfig


class TasksConfig(AppConfig):
    """The tasks room; its live topic is registered when all models are there."""

    name = "dangqun.tasks"
    label = "tasks"

    def ready(self) -> None:
        """Register the topic."""
        import_module("dangqun.tasks.live")
