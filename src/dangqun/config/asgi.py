"""The application that `dangqun serve` runs: pages on kept threads, `/live/` on the event loop."""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dangqun.config.settings")

from django.core.wsgi import get_wsgi_application

pages = get_wsgi_application()

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from dangqun.kernel.live import hub
from dangqun.kernel.live.sockets import LiveConsumer
from dangqun.kernel.serving import threads

http = threads(pages)
sockets = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([path("live/", LiveConsumer.as_asgi())])))


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Send each kind of connection to its part."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "websocket":
        await _socket(scope, receive, send)
    else:
        await http(scope, receive, send)


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await hub.start()
            await send({"type": "lifespan.startup.complete"})
        else:
            await hub.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _socket(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["path"] != "/live/":
        await receive()
        await send({"type": "websocket.close", "code": 4404})
        return
    await sockets({**scope, "send": send}, receive, send)
