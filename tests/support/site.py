"""The pages of a hub that a test drives by hand, on a free port of loopback, and a browser's form without the browser."""

import re
import threading
from types import TracebackType
from typing import Any, Self

import httpx

from hub.bootstrap import Hub
from hub.web.app import listen, make_app, server
from tests.support.partnership import PATIENCE, wait_until


class Site:
    """The real app over a real hub; close it when done."""

    def __init__(self, hub: Hub) -> None:
        socket = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        self._server = server(make_app(hub, self.url))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [socket]})
        self._thread.start()
        wait_until(lambda: self._server.started)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE)

    def visit(self, staff: str) -> "Visit":
        """Somebody signs in."""
        return Visit(self.url, staff)


class Visit:
    """One person at the pages: keeps the cookie, follows redirects, sends forms with the hidden fields of their page."""

    def __init__(self, url: str, staff: str) -> None:
        self.http = httpx.Client(base_url=url, follow_redirects=True, headers={"Sec-Fetch-Site": "same-origin"})
        self.http.post("/sign-in", data={"account": staff})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)

    def send(self, page: str, answers: dict[str, Any], to: str = "") -> httpx.Response:
        """Fill in the form on `page`, and send it there or to `to`."""
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.get(page).text))
        return self.http.post(to or page, data={"token": hidden["token"], **answers})

    def call(self, path: str, body: object = None) -> httpx.Response:
        """A program of this person's: GET, or POST with the session's token."""
        if body is None:
            return self.http.get(path)
        token = self.http.get("/api/v1/session").json()["token"]
        return self.http.post(path, json=body, headers={"mash-form-token": token})
