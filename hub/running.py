"""`mash up`: every role as a thread of one process, and the pages. A role that dies takes the process down with it,
because a hub that quietly stopped taking concerns is worse than one that is plainly down.
"""

import logging
import signal
import socket
import threading
from collections.abc import Sequence

import uvicorn

from hub.bootstrap import Hub
from hub.runners import roles
from hub.web.app import make_app

log = logging.getLogger(__name__)


class Process:
    """The running roles. `wait` returns the exit code: 0 when told to stop, 1 when a role died."""

    def __init__(self, hub: Hub, names: Sequence[str], *, web: bool) -> None:
        self._hub = hub
        self._stop = threading.Event()
        self._died: list[str] = []
        known = roles()
        self._threads = [
            threading.Thread(target=self._guard, args=(name, known[name]), name=name, daemon=True) for name in names
        ]
        self._server: uvicorn.Server | None = None
        self.url = ""
        if web:
            settings = hub.settings
            self._socket = socket.create_server((settings.host, settings.port))
            self.url = f"http://{settings.host}:{self._socket.getsockname()[1]}/"
            config = uvicorn.Config(make_app(hub), log_level="warning", access_log=False, server_header=False)
            self._server = uvicorn.Server(config)

    def start(self) -> None:
        """Start every role; returns when the pages answer."""
        for thread in self._threads:
            thread.start()
        if self._server:
            server = self._server
            server_thread = threading.Thread(
                target=self._guard, args=("web", lambda *_: server.run(sockets=[self._socket])), name="web", daemon=True
            )
            self._threads.append(server_thread)
            server_thread.start()
            while not server.started and server_thread.is_alive():
                self._stop.wait(0.02)

    def wait(self) -> int:
        """Until SIGTERM, SIGINT, or the death of a role."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        while not self._stop.wait(0.2):
            pass
        return self.stop()

    def stop(self) -> int:
        """Stop every role, close the hub; 1 when one had died."""
        self._stop.set()
        if self._server:
            self._server.should_exit = True
        for thread in self._threads:
            thread.join(timeout=15)
        self._hub.close()
        for name in self._died:
            log.error("the role %s died: the hub stopped", name)
        return 1 if self._died else 0

    def _guard(self, name: str, role: object) -> None:
        try:
            role(self._hub, self._stop)  # type: ignore[operator]
        except BaseException:
            self._died.append(name)
            log.exception("the role %s died", name)
        finally:
            self._stop.set()
