from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "dangqun.notices"
    label = "notices"
