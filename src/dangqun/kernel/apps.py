from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "dangqun.kernel"
    label = "kernel"
