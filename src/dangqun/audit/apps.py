from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit room."""

    name = "dangqun.audit"
    label = "audit"
