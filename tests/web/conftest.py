"""A real server over the fake hub, and a client that behaves like a browser's form."""

import base64
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from hub.adapters.signin import ApiClients, DemoSignIn, Sessions, hash_client_secret
from hub.domain.agency import ClientAdded
from hub.web.app import create_app, listen, server
from tests.web.fake_hub import FakeHub

CLIENT, SECRET = "client-school", "a-made-up-secret-for-tests"
SALT = bytes(range(16))
HASHED = hash_client_secret(SECRET, SALT)


class HandClock:
    """A clock that tests put forward."""

    def __init__(self) -> None:
        self.time = datetime(2026, 6, 4, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def forward(self, **by: float) -> None:
        self.time += timedelta(**by)


class Site:
    """The running site, its hub, its sessions, and ways to reach it."""

    def __init__(self) -> None:
        self.hub, self.clock = FakeHub(), HandClock()
        self.sessions = Sessions(self.clock)
        self.signin = DemoSignIn(demo=True)
        socket = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        registered = ClientAdded(organisation="school", client=CLIENT, salt=SALT, hashed=HASHED)
        app = create_app(
            self.hub, sessions=self.sessions, signin=self.signin, clients=ApiClients(lambda: {CLIENT: registered}),
            secret=bytes(32), public_url=self.url,
        )  # fmt: skip
        self.server = server(app)
        self._thread = threading.Thread(target=self.server.run, kwargs={"sockets": [socket]})
        self._thread.start()
        self.thread = self._thread.name
        while not self.server.started:
            time.sleep(0.005)

    def staff(self, role: str) -> str:
        return next(account.staff for account in self.signin.accounts if role in account.roles)

    def close(self) -> None:
        self.server.should_exit = True
        self._thread.join()
        self.sessions.close()


class Visitor:
    """A browser without JavaScript: keeps its cookie, follows redirects, sends forms with their tokens."""

    def __init__(self, site: Site, role: str = "") -> None:
        self.site = site
        self.http = httpx.Client(base_url=site.url, follow_redirects=True, headers={"Sec-Fetch-Site": "same-origin"})
        if role:
            self.http.post("/sign-in", data={"account": site.staff(role)})

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)

    def send(self, page: str, to: str, answers: dict[str, str | list[str]]) -> httpx.Response:
        """Fill in the form on `page` and send it to `to`, with whatever hidden fields the page gave it."""
        form = self.get(page).text
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        return self.http.post(to, data={**hidden, **answers})

    def token(self) -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.get("/help").text)
        assert found
        return found.group(1)


@pytest.fixture
def site() -> Iterator[Site]:
    running = Site()
    yield running
    running.close()


@pytest.fixture
def visit(site: Site) -> Iterator["Visits"]:
    visits = Visits(site)
    yield visits
    visits.close()


class Visits:
    """Makes visitors and closes them all."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._made: list[Visitor] = []

    def __call__(self, role: str = "") -> Visitor:
        visitor = Visitor(self._site, role)
        self._made.append(visitor)
        return visitor

    def close(self) -> None:
        for visitor in self._made:
            visitor.http.close()


def basic(client: str = CLIENT, secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()}
