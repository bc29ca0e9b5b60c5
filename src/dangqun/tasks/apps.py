from django.apps import AppConfig


class TasksConfig(AppConfig):
    """The tasks room."""

    name = "dangqun.tasks"
    label = "tasks"
