"""Icons: one static sprite (tools/build_icons.py), each drawn by its name."""

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

SPRITE = "icons/icons.svg"


def draw(name: str) -> SafeString:
    """Return an icon of the sprite; it is ornament, the word stands beside it."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static(SPRITE), name)
