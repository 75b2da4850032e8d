"""Guessing the code of a link by many tries at once: each is on record before it is compared, on both stores."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from hub.domain.errors import Refused
from hub.domain.request import LINK_TRIES, AnswerLinkOpened, AnswerLinkTried, Party, fold, stream
from hub.flow.request import Made, Requests
from tests.support.asking import SCREENER, Front
from tests.support.partnership import RunningHub, settings_for

AT_ONCE = 16


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    more: dict[str, Any] = {}
    if request.param == "postgres":
        server = request.getfixturevalue("postgres_server")
        more = {"store": "postgres", "postgres_dsn": server.new_database()}
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data"), **more))
    made.start("intake", "views")
    yield made
    made.close()
    if more:
        server.drop_database(more["postgres_dsn"])


@pytest.fixture
def link(running: RunningHub) -> Made:
    front = Front(running)
    (ident,) = front.ask(Party("health_visiting"))
    made = running.hub.requesting.link(front.who(SCREENER), ident)
    return Made(made.link.removeprefix("/answer/"), made.code, made.expires)


def guess(running: RunningHub, link: Made, code: str) -> str:
    """Why a code opened nothing; "" for one that fitted."""
    try:
        running.hub.replying.open_link(link.link, code)
    except Refused as refused:
        return str(refused)
    return ""


def tries(running: RunningHub) -> tuple[int, int]:
    """Tries on record, and those that fitted, of the newest request."""
    made = [one.stream for one in running.facts() if one.fact.NAME == "request.link-made"][-1]
    facts = [one.fact for one in running.stream(made)]
    return sum(isinstance(one, AnswerLinkTried) for one in facts), sum(
        isinstance(one, AnswerLinkOpened) for one in facts
    )


class Comparing:
    """Counts the codes that are compared, and holds each back until `together` are at it (or a while has passed)."""

    def __init__(self, patch: pytest.MonkeyPatch, together: int) -> None:
        self.compared, self._all_there, self._lock = 0, threading.Barrier(together), threading.Lock()
        digest = Requests._digest

        def counted(requests: Requests, kind: str, token: bytes, code: str = "") -> bytes:
            if kind == "code":
                with self._lock:
                    self.compared += 1
                with suppress(threading.BrokenBarrierError):  # fewer came than would have to
                    self._all_there.wait(1.5)
            return digest(requests, kind, token, code)

        patch.setattr(Requests, "_digest", counted)


def test_however_many_guess_at_once_no_more_than_five_codes_are_compared(
    running: RunningHub, link: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparing = Comparing(monkeypatch, AT_ONCE)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        why = list(pool.map(lambda n: guess(running, link, f"AAAA{2000 + n}"), range(AT_ONCE)))
    assert (comparing.compared, tries(running)) == (LINK_TRIES, (LINK_TRIES, 0))
    assert "" not in why
    assert "too many wrong codes" in guess(running, link, link.code)


def test_two_wrong_codes_at_the_same_moment_both_count(
    running: RunningHub, link: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparing = Comparing(monkeypatch, 2)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda code: guess(running, link, code), ["AAAA2222", "BBBB3333"]))
    assert (comparing.compared, tries(running)) == (2, (2, 0))
    monkeypatch.undo()
    assert guess(running, link, "CCCC4444") == "The code does not fit: 2 tries are left"


def test_a_code_that_fits_costs_no_try(running: RunningHub, link: Made) -> None:
    assert [guess(running, link, link.code) for _ in range(LINK_TRIES + 1)] == [""] * (LINK_TRIES + 1)
    assert tries(running) == (LINK_TRIES + 1, LINK_TRIES + 1)
    assert guess(running, link, "AAAA2222") == "The code does not fit: 4 tries are left"


def test_a_code_that_fits_after_four_wrong_ones_opens_and_leaves_one(running: RunningHub, link: Made) -> None:
    assert all(guess(running, link, "AAAA2222") for _ in range(LINK_TRIES - 1))
    assert guess(running, link, link.code) == ""
    assert "too many wrong codes" in guess(running, link, "AAAA2222")
    made = [one.stream for one in running.facts() if one.fact.NAME == "request.link-made"][-1]
    state = fold(made.partition(":")[2], (one.fact for one in running.stream(made)))
    assert state.link is not None
    assert (made, state.link.tries) == (stream(state.id), LINK_TRIES)
