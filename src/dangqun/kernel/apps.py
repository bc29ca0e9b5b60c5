from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "dangqun.kernel"
    label = "kernel"

    def ready(self) -> None:
        """Let fields refuse in the words of the office."""
        from dangqun.kernel.field_words import speak_plainly

        speak_plainly()
