"""A running hub, by the door that everybody comes in by: (embedded, SQLite) and (Kafka, PostgreSQL).

The hub is imported inside the fixtures: pytest reads this file before its warning filters are set.
"""

import io
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from hub.config import Settings
    from hub.ports import Clock
    from tests.support.kafka_broker import KafkaBroker
    from tests.support.partnership import RunningHub

EMBEDDED = "embedded-sqlite"
PRODUCTION = "kafka-postgres"
Mode = Callable[[Path], "Settings"]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(EMBEDDED, id=EMBEDDED),
        pytest.param(PRODUCTION, id=PRODUCTION, marks=[pytest.mark.kafka, pytest.mark.postgres]),
    ],
)
def mode(request: pytest.FixtureRequest) -> Iterator[Mode]:
    """Settings of a hub of this mode, in a folder of the test's choice; one hub at a time."""
    from tests.support.partnership import settings_for

    if request.param == EMBEDDED:
        yield settings_for
        return
    broker = request.getfixturevalue("kafka_broker")
    server = request.getfixturevalue("postgres_server")
    made: list[str] = []

    def settings(data: Path) -> "Settings":
        empty_log(broker)
        made.append(server.new_database())
        return settings_for(
            data, log="kafka", store="postgres", postgres_dsn=made[-1], kafka_bootstrap=broker.bootstrap,
            kafka_security="SASL_PLAINTEXT", kafka_user=broker.admin_user, kafka_password=broker.admin_password,
        )  # fmt: skip

    yield settings
    for dsn in made:
        server.drop_database(dsn)


def empty_log(broker: "KafkaBroker") -> None:
    """Remove what the hubs of other tests left: the broker is shared, and a hub reads its topics from their start."""
    admin = broker.admin()
    there = [name for name in admin.list_topics() if not name.startswith("__")]
    if not there:
        return
    admin.delete_topics(there)
    give_up = time.monotonic() + 20
    while set(there) & set(admin.list_topics()):
        assert time.monotonic() < give_up, "the broker did not remove the topics of an earlier test"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def running_hub(mode: Mode, tmp_path_factory: pytest.TempPathFactory) -> Iterator["RunningHub"]:
    """One hub with all roles for the tests of a file: each speaks of children of its own."""
    from tests.support.partnership import RunningHub

    running = RunningHub(mode(tmp_path_factory.mktemp("data")))
    running.start()
    try:
        yield running
    finally:
        running.close()


@pytest.fixture
def own_hub(tmp_path: Path) -> Iterator[Callable[..., "RunningHub"]]:
    """Makes an embedded hub for one test alone, with settings or a clock of its own; not started."""
    from hub.domain.errors import HubError
    from tests.support.partnership import RunningHub, settings_for

    opened: list[RunningHub] = []

    def make(clock: "Clock | None" = None, **more: object) -> "RunningHub":
        opened.append(RunningHub(settings_for(tmp_path / f"data-{len(opened)}", **more), clock))
        return opened[-1]

    yield make
    for running in opened:
        try:
            running.close()
        except HubError:  # the test closed it
            continue


class Said(NamedTuple):
    """What a command answered: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The last line of standard output, read."""
        return json.loads(self.out.strip().splitlines()[-1])


Mash = Callable[..., Said]


@pytest.fixture
def mash(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Mash:
    """Types a command, as `mash` on the command line would run it, on the hub in tmp_path/"data"."""
    for name in [name for name in os.environ if name.startswith("MASH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MASH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")  # so that tables in what people read are not cut

    def typed(*words: str, stdin: str = "") -> Said:
        from hub.cli import app, main

        commands, groups = len(app.registered_commands), len(app.registered_groups)
        capsys.readouterr()
        monkeypatch.setattr("sys.argv", ["mash", *words])
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        else:
            code = 0
        finally:  # each process adds the commands beside the hub once: added again for each typing, they slow the parser
            del app.registered_commands[commands:], app.registered_groups[groups:]
        return Said(code, *capsys.readouterr())

    return typed
