"""Serve the gallery to a browser: no database, a thread and a free port."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from tests.gallery.settings import gallery_settings


class ThreadedServer(socketserver.ThreadingMixIn, WSGIServer):
    """Answers several requests at once, as browsers ask for CSS and icons side by side."""

    daemon_threads = True


class SilentHandler(WSGIRequestHandler):
    """Does not write a line for each request."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serve() -> Iterator[str]:
    """Yield the address of the running gallery."""
    with override_settings(**gallery_settings()):
        application = StaticFilesHandler(WSGIHandler())
        server = make_server("127.0.0.1", 0, application, ThreadedServer, SilentHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
