"""A walk through every door of the hub, as everybody: what arrives is kept whole, body, headers and address.

The app is asked in this process, without a socket, so that thousands of doors are tried in minutes. Who may be shown
which word is for the test to say.
"""

import json
import re
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import httpx
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from msgspec import Struct

from hub.bootstrap import Hub
from hub.web import live
from hub.web.app import make_app
from hub.web.guards import NOT_YOURS

HERE = "http://127.0.0.1:8000"


class Door(Struct, frozen=True):
    """One method of one route."""

    method: str
    path: str
    names: tuple[str, ...]
    json: bool


def doors(app: FastAPI) -> list[Door]:
    """Every one there is."""
    found = []
    for context in iter_route_contexts(app.routes):
        path = str(context.path)
        names = tuple(re.findall(r"{(\w+)(?::\w+)?}", path))
        found += [Door(m, path, names, path.startswith("/api/")) for m in sorted(set(context.methods or ()) - {"HEAD"})]
    return found


def addresses(door: Door, values: dict[str, list[str]]) -> Iterator[str]:
    """The addresses of a door, for each of the values of its first name. Raises KeyError for a name nobody taught."""
    if not door.names:
        yield door.path
        return
    several = max(len(values[name]) for name in door.names)
    for number in range(several):
        path = door.path
        for name in door.names:
            known = values[name]
            path = re.sub(rf"{{{name}(:\w+)?}}", known[number % len(known)], path)
        yield path


class Arrived(Struct, frozen=True):
    """What came back through a door, or from a command. `door` names it alike in every hub: no id stands in it."""

    who: str
    method: str
    door: str
    path: str
    status: int
    headers: str
    body: str

    @property
    def all(self) -> str:
        return f"{self.path}\n{self.headers}\n{self.body}"

    @property
    def key(self) -> tuple[str, str, str]:
        """The same ask of two hubs."""
        return (self.who, self.method, self.door)

    @property
    def turned_away(self) -> bool:
        """Whether a guard refused before any id was looked at: the same door with another id would refuse alike."""
        nobody = self.status == 401 or (self.status == 303 and "location: /sign-in" in self.headers)
        return nobody or (self.status == 403 and NOT_YOURS in self.body)

    @property
    def plain(self) -> tuple[int, str, str]:
        """The same without what differs from hub to hub by chance: ids, times, tokens, positions."""
        kept = "\n".join(
            line
            for line in self.headers.splitlines()
            if not line.startswith(("date:", "content-length:", "set-cookie:"))
        )
        # lines, and rows of JSON, stand in the order of random ids where nothing else orders them: that order tells nothing
        try:
            body = in_order(json.loads(self.body))
        except ValueError:
            body = "\n".join(sorted(normal(self.body).splitlines()))
        return (self.status, normal(kept), body)


CHANCE = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"nonce[=-]\"?[\w+/=-]+\"?"), "NONCE"),
    (re.compile(r"\b[0-9a-f]{12,}\b"), "ID"),
    (re.compile(r"\b[0-9A-F]{8}\b"), "REF"),
    (re.compile(r"position=\d+"), "AT"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+(Z|[+-]\d\d:\d\d)?"), "TIME"),
    (re.compile(r"\b\d{1,2}(:\d\d)+(\.\d+)?(am|pm)?|\bmid(day|night)\b"), "TIME"),
    (re.compile(r"\b\d{9,}(\.\d+)?\b"), "NUMBER"),
    (re.compile(r"(entry|position|to position|ledger\"?:|position\"?:|@)\s?\d+"), "AT"),
    (re.compile(r"(data-|name=\"(before|seen|seen_position|position)\" value=)\"?\d+"), "AT"),
    (re.compile(r"│ \d+ +│"), "AT"),
    (re.compile(r"\"(seen|position)\": \"?\d+\"?"), "AT"),
    (re.compile(r"[\w.-]{40,}"), "TOKEN"),
)
# as often as the evidence was read in more than one go: by how fast a machine is
STRENGTHENED = re.compile(
    r"((?:^|<li>|\{)[^<{}\n]*Strengthened: more or other evidence[^<{}\n]*(?:$|</li>|\}))(?:(?:, |\n)?\1)+",
    re.MULTILINE,
)
LISTED = re.compile(r"\(([^()]+, [^()]+)\)")  # who says so, in the order of random ids


def normal(text: str) -> str:
    """A text without what is chance."""
    for pattern, instead in CHANCE:
        text = pattern.sub(instead, text)
    text = STRENGTHENED.sub(r"\1", text)
    return LISTED.sub(lambda found: f"({', '.join(sorted(found[1].split(', ')))})", text)


def in_order(value: Any) -> str:
    """A JSON value as text without what is chance, the rows of each list in an order that their content gives."""
    match value:
        case dict():
            return "{" + ", ".join(normal(f'"{name}": {in_order(value[name])}') for name in sorted(value)) + "}"
        case list():
            return "[" + ", ".join(sorted(in_order(one) for one in value)) + "]"
        case _:
            return normal(json.dumps(value))


class Inside:
    """The real app over a real hub, asked in this process."""

    def __init__(self, hub: Hub) -> None:
        self.app = make_app(hub, HERE)
        self._lasts, self._every = live.LASTS, live.EVERY
        live.LASTS, live.EVERY = 0.02, 0.05  # a live stream ends after its first glance
        self._portal_of = start_blocking_portal()
        self.portal = self._portal_of.__enter__()
        self._life = self.portal.wrap_async_context_manager(self.app.router.lifespan_context(self.app))
        self._life.__enter__()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._life.__exit__(kind, error, trace)
        self._portal_of.__exit__(kind, error, trace)
        live.LASTS, live.EVERY = self._lasts, self._every

    def client(self, address: str, auth: tuple[str, str] | None = None) -> httpx.AsyncClient:
        """A browser, or a program, that comes from this address."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 1))
        headers = {"Sec-Fetch-Site": "same-origin", "Accept-Encoding": "identity"}
        return httpx.AsyncClient(transport=transport, base_url=HERE, headers=headers, auth=auth, timeout=60)


class Walker:
    """Somebody who tries every door: by their session, by the credential of a program, or as nobody."""

    def __init__(
        self, inside: Inside, who: str, staff: str = "", auth: tuple[str, str] | None = None, address: str = "127.0.0.1"
    ) -> None:
        self.who, self.staff, self._inside = who, staff, inside
        self._http = inside.client(address, auth)
        self.token = ""
        if self.staff:
            self._ask("POST", "/sign-in", data={"account": self.staff})
            self.token = self._ask("GET", "/api/v1/session").json()["token"]

    def close(self) -> None:
        self._inside.portal.call(self._http.aclose)

    def get(self, path: str, door: str = "") -> Arrived:
        return self._kept("GET", path, door, self._ask("GET", path))

    def post(self, path: str, said: dict[str, str], door: str = "", *, json: bool = False) -> Arrived:
        if json:
            answer = self._ask("POST", path, json=said, headers={"mash-form-token": self.token})
        else:
            answer = self._ask("POST", path, data={"token": self.token, **said})
        return self._kept("POST", path, door, answer)

    def _ask(self, method: str, path: str, **sent: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            return await self._http.request(method, path, **sent)

        return self._inside.portal.call(asked)

    def _kept(self, method: str, path: str, door: str, answer: httpx.Response) -> Arrived:
        headers = "\n".join(f"{name}: {value}" for name, value in sorted(answer.headers.items()))
        return Arrived(self.who, method, door or path, path, answer.status_code, headers, answer.text)
