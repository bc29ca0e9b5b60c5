from django.apps import AppConfig


class LadderConfig(AppConfig):
    """The ladder room."""

    name = "dangqun.ladder"
    label = "ladder"
