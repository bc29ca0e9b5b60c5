from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "dangqun.accounts"
    label = "accounts"
