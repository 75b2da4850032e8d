"""`mash up`: every role as a thread of one process, and the pages. A role that dies takes the process down with it,
because a hub that quietly stopped taking concerns is worse than one that is plainly down.
"""

import logging
import signal
import threading
import traceback
from collections.abc import Sequence

import uvicorn

from hub.adapters.structs import look_up
from hub.bootstrap import Hub
from hub.config import SettingsWrong
from hub.domain.errors import HubError
from hub.runners import Runner, roles
from hub.web.app import listen, make_app, server

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
            try:
                self._socket = listen(settings.host, settings.port)
            except OSError as taken:
                raise SettingsWrong(
                    f"cannot listen on {settings.host} port {settings.port} ({taken.strerror}): "
                    "give another with --port or MASH_PORT; 0 takes a free one"
                ) from None
            self.url = f"http://{settings.host}:{self._socket.getsockname()[1]}"
            self._server = server(make_app(hub, settings.public_url or self.url))

    def start(self) -> None:
        """Start every role; returns when the pages answer."""
        look_up()  # of what the roles brought in too
        for thread in self._threads:
            thread.start()
        if self._server:
            pages = self._server
            thread = threading.Thread(
                target=self._guard, args=("web", lambda *_: pages.run(sockets=[self._socket])), name="web", daemon=True
            )
            self._threads.append(thread)
            thread.start()
            while not pages.started and thread.is_alive():
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

    def _guard(self, name: str, role: Runner) -> None:
        try:
            if not guarded(name, role, self._hub, self._stop):
                self._died.append(name)
        finally:
            self._stop.set()


def guarded(name: str, role: Runner, hub: Hub, stop: threading.Event) -> bool:
    """Run a role until `stop`; False when it died. Whatever ended it is logged by its kind and its lines.

    The text of the hub's own errors is logged too: it holds ids alone. That of any other might quote what it choked on.
    """
    try:
        role(hub, stop)
    except HubError as why:
        log.critical("the role %s stopped: %s: %s", name, type(why).__name__, why)
        return False
    except BaseException as why:  # noqa: BLE001 - whatever ends a role is told, and ends the process
        frames = "".join(traceback.format_tb(why.__traceback__))
        log.critical("the role %s died: %s\n%s", name, type(why).__name__, frames)
        return False
    return True
