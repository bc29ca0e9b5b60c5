from django.apps import AppConfig


class PapersConfig(AppConfig):
    """The papers room."""

    name = "dangqun.papers"
    label = "papers"
