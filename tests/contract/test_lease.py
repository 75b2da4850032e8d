"""The lease of the single intake, among processes of one machine and by PostgreSQL: the same promises."""

import multiprocessing
import threading
import time
from pathlib import Path
from threading import Event

import pytest

from hub.adapters.lease import Lease, file_lease, postgres_lease
from hub.domain.errors import TryLater


def lease_at(where: str) -> Lease:
    return postgres_lease(where) if where.startswith("postgresql:") else file_lease(Path(where))


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.postgres)])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(request.getfixturevalue("postgres_dsn")) if request.param == "postgres" else str(tmp_path)


def test_a_standby_waits_until_it_is_told_to_stop(where: str) -> None:
    lease, stop = lease_at(where), Event()
    with lease("intake", Event()) as held:
        timer = threading.Timer(0.3, stop.set)
        timer.start()
        with lease("intake", stop) as standby:
            assert (held, standby, stop.is_set()) == (True, False, True)
        timer.join()


def test_the_lease_passes_on_when_it_is_given_back(where: str) -> None:
    lease = lease_at(where)
    for _ in range(2):
        with lease("intake", Event()) as held, lease("relay", Event()) as another:
            assert (held, another) == (True, True)


def hold_for_ever(where: str, holding: str) -> None:
    with lease_at(where)("intake", Event()) as held:
        Path(holding).write_text(str(held))
        time.sleep(60)


def test_a_holder_that_is_killed_gives_the_lease_to_its_standby(where: str, tmp_path: Path) -> None:
    holding = tmp_path / "holding"
    holder = multiprocessing.get_context("spawn").Process(target=hold_for_ever, args=(where, str(holding)))
    holder.start()
    while not holding.exists():
        time.sleep(0.05)
    lease, stop = lease_at(where), Event()
    threading.Timer(0.4, holder.kill).start()
    began = time.monotonic()
    with lease("intake", stop) as held:
        assert (held, 0.3 < time.monotonic() - began < 10) == (True, True)
    holder.join()


@pytest.mark.postgres
def test_a_server_that_is_not_there_is_try_later() -> None:
    with pytest.raises(TryLater), postgres_lease("postgresql://nobody@127.0.0.1:1/none")("intake", Event()):
        pass
