"""What the gallery changes in the settings: its own URLs, templates and plain static files."""

import copy
from pathlib import Path
from typing import Any

from django.conf import settings


def gallery_settings() -> dict[str, Any]:
    """Return the settings to override while the gallery is shown."""
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"].append(Path(__file__).parent / "templates")
    storages = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    return {
        "ROOT_URLCONF": "tests.gallery.urls",
        "TEMPLATES": templates,
        "STORAGES": storages,
        "ICP": "皖ICP备00000000号",
    }
