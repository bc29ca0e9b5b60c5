from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "dangqun.members"
    label = "members"
