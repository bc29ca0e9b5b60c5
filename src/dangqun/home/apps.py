from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "dangqun.home"
    label = "home"
