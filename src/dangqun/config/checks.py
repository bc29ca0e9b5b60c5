"""System checks: every URL was made by `route()`."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver


@register()
def every_url_states_its_permission(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Fail start-up for a URL that was not made by `route()`."""
    return [
        Error(f"{pattern.pattern}: not made by route(needs=…)", id="dangqun.E001")
        for pattern in all_patterns(get_resolver())
        if not getattr(pattern.callback, "needs", None)
    ]


def all_patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    """Yield every pattern of the resolver, however deep."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from all_patterns(entry)
        else:
            yield entry
