"""Real servers for tests that need them, started once a run; what a run begins with; a loud list of what was skipped."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.needs import LOUD, Missing, need

if TYPE_CHECKING:
    from tests.support.kafka_broker import KafkaBroker
    from tests.support.postgres import PostgresServer


# The files that take longest, by measurement: begun first where workers share a run, so that none waits at its end alone.
LONGEST = (
    "tests/journey/test_crash.py", "tests/journey/test_one_door.py", "tests/properties/test_replay_properties.py",
    "tests/journey/test_editions.py", "tests/journey/test_consent.py", "tests/properties/test_merge_then_split.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Workers take whole files in this order (`make test`); a run of one process keeps the folders' order."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        rank = {name: number for number, name in enumerate(LONGEST)}
        items.sort(key=lambda item: rank.get(item.nodeid.partition("::")[0], len(rank)))


def pytest_collection_finish() -> None:
    """What is loaded now stays to the end: as in a role of the hub, the garbage collector need not look through it again
    and again (a fifth of the processor time of tests that open a hub each, measured).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say again at the end what was not tested here and how to get it: a skip that nobody reads is a hole."""
    reasons = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", [])]
    missing = [reason.partition(LOUD)[2] for reason in reasons if LOUD in reason]
    if missing:
        terminalreporter.section("NOT TESTED on this machine", sep="!", red=True, bold=True)
        for what in sorted(set(missing)):
            terminalreporter.write_line(f"{missing.count(what)} tests: {what}", yellow=True)


@pytest.fixture(scope="session")
def kafka_broker() -> Iterator["KafkaBroker"]:
    """A running Apache Kafka broker, shared by the whole run: use topic and user names of your own."""
    from tests.support.kafka_broker import KafkaBroker

    try:
        with KafkaBroker() as broker:
            yield broker
    except Missing as missing:
        need(missing.what, missing.how)


@pytest.fixture
def own_broker() -> Iterator["KafkaBroker"]:
    """A running broker of this test alone: it may be killed and damaged."""
    from tests.support.kafka_broker import KafkaBroker

    try:
        with KafkaBroker() as broker:
            yield broker
    except Missing as missing:
        need(missing.what, missing.how)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator["PostgresServer"]:
    """A running PostgreSQL server, shared by the whole run: take a database of your own by `postgres_dsn`."""
    from tests.support.postgres import PostgresServer

    try:
        with PostgresServer() as server:
            yield server
    except Missing as missing:
        need(missing.what, missing.how)


@pytest.fixture
def postgres_dsn(postgres_server: "PostgresServer") -> Iterator[str]:
    """A fresh empty database, dropped after the test."""
    dsn = postgres_server.new_database()
    yield dsn
    postgres_server.drop_database(dsn)


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The executable of a Chromium."""
    from tests.support.chromium import find_chromium

    try:
        return find_chromium()
    except Missing as missing:
        need(missing.what, missing.how)
