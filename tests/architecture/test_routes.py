"""Every route has a door. Walks what the app really answers, mounted and included alike."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.responses import PlainTextResponse

from hub.adapters.signin import ApiClients, DemoSignIn, Sessions
from hub.web import guards
from hub.web.app import create_app
from tests.web.conftest import HandClock
from tests.web.fake_hub import FakeHub

# What anybody may fetch: it holds nothing of anybody. Whoever adds a line says why beside it.
PUBLIC = {
    "/sign-in",  # nobody is signed in yet; sending it is checked for where it comes from
    "/static/{path:path}",  # style and scripts
    "/health",  # "alive"
    "/ready",  # names of parts
    "/accessibility",  # the statement that law asks for
    "/help",  # words on the pages
    "/answer/{link}",  # a link, and a code told another way, open one request; sending is checked for where it comes from
}
DOORS_OF_NOBODY = {guards.public, guards.own_page}


@pytest.fixture
def app() -> Iterator[FastAPI]:
    sessions = Sessions(HandClock())
    yield create_app(
        FakeHub(), sessions=sessions, signin=DemoSignIn(demo=True), clients=ApiClients(dict), secret=bytes(32),
        public_url="http://127.0.0.1:1",
    )  # fmt: skip
    sessions.close()


def doors(dependant: Any) -> set[object]:
    """Every guard among the dependencies of a route, however deep."""
    found = {dependant.call} & guards.GUARDS
    return found.union(*(doors(each) for each in dependant.dependencies))


def walk(app: FastAPI) -> list[tuple[str, set[str], set[object]]]:
    """Path, methods and doors of every route; a route that cannot say its dependencies has no door."""
    found = []
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context, "dependant", None)
        methods = set(context.methods or ()) - {"HEAD"}
        found.append((str(context.path), methods, doors(dependant) if dependant else set()))
    return found


def test_every_route_enters_with_a_door_or_is_on_the_list(app: FastAPI) -> None:
    routes = walk(app)
    assert len(routes) >= 25  # a walk that finds nothing proves nothing
    open_to_all = {path for path, _, held in routes if not held - DOORS_OF_NOBODY}
    assert open_to_all == PUBLIC
    assert all(held for _, _, held in routes)  # even the public ones say so


def test_what_changes_something_is_checked_for_where_it_comes_from(app: FastAPI) -> None:
    checking = {guards.signed_in, guards.own_page, guards.api_client}
    unsafe = [(path, held) for path, methods, held in walk(app) if methods - guards.SAFE]
    assert {path for path, held in unsafe if not held & checking} == set()
    assert len(unsafe) >= 7


def test_the_walk_sees_a_route_without_a_door_and_a_mount(app: FastAPI) -> None:
    stray = APIRouter()
    stray.add_api_route("/stray", lambda: "nothing")
    app.include_router(stray)
    app.mount("/mounted", PlainTextResponse("nothing"))
    app.add_route("/bare", lambda _request: PlainTextResponse("nothing"))
    undoored = {path for path, _, held in walk(app) if not held}
    assert undoored == {"/stray", "/mounted", "/bare"}


def test_a_router_cannot_enter_with_something_that_is_no_door(app: FastAPI) -> None:
    async def open_door() -> None: ...

    with pytest.raises(TypeError, match="not a guard"):
        guards.enter(app, APIRouter(), open_door)


def test_the_framework_shows_no_page_of_its_own(app: FastAPI) -> None:
    assert not {"/docs", "/redoc", "/openapi.json"} & {path for path, _, _ in walk(app)}
