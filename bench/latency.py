"""How long from a concern's publishing until its alert can be seen: at 50 a second, each raising an alert of its own.

The clock starts before the log is asked to take the message, and stops when a reader of the views' alert table first
sees the alert. The reader looks every few milliseconds, which is part of what is measured.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import msgspec
from pydantic import SecretStr
from sqlalchemy import select

from bench import plain
from bench.steps import SEED, join
from hub.adapters.tables import FollowerPositions
from hub.bootstrap import Hub, open_hub
from hub.config import Settings
from hub.domain.concern import message_id
from hub.flow import publish
from hub.ports import Outgoing
from hub.runners import roles, settle
from hub.running import Process
from hub.views import store
from tests.support.kafka_broker import KafkaBroker
from tests.support.postgres import PostgresServer

RATE = 50  # concerns a second
GLANCE = 0.004  # seconds between two looks of the reader
PATIENCE = 60.0  # seconds for the last alerts
WARM = 50  # concerns before the measured ones, at the same rate: connections, caches, first pages of files


def embedded(concerns: int) -> list[float]:
    """Seconds for each concern in the embedded mode: all roles as threads of one process, as `mash up` without pages."""
    with tempfile.TemporaryDirectory(prefix="mash-bench-") as folder:
        hub = open_hub(Settings(data=Path(folder) / "data"))
        packages = _packages(hub, concerns + WARM)
        process = Process(hub, [*roles()], web=False)
        settle()
        process.start()
        try:
            return _measure(hub, packages)[WARM:]
        finally:
            if process.stop():
                raise RuntimeError("a role died: see the log above")


def production(concerns: int) -> list[float]:
    """Seconds for each concern on Kafka and PostgreSQL, with intake, relay, views and thresholds as processes.

    Raises tests.support.needs.Missing where a server cannot be started here.
    """
    with ExitStack() as stack:
        broker, server = stack.enter_context(KafkaBroker()), stack.enter_context(PostgresServer())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mash-bench-")))
        settings = Settings(
            data=folder / "data", log="kafka", kafka_bootstrap=broker.bootstrap, kafka_security="SASL_PLAINTEXT",
            kafka_user=broker.admin_user, kafka_password=SecretStr(broker.admin_password), store="postgres",
            postgres_dsn=SecretStr(server.new_database()),
        )  # fmt: skip
        hub = stack.enter_context(closing(open_hub(settings)))
        packages = _packages(hub, concerns + WARM)
        stack.enter_context(_processes(settings, folder))
        _until_running(hub, folder)
        return _measure(hub, packages)[WARM:]


def _packages(hub: Hub, concerns: int) -> list[tuple[str, Outgoing]]:
    """Concerns about children of their own, each of a sign so grave that one report raises an alert."""
    now, signers = hub.clock.now(), join(hub)
    of = plain.children(concerns, SEED, now.date())
    return [
        (
            message_id(one.message.organisation, one.id),
            publish.package(
                one.message, one.id, signers[one.message.organisation], codec=hub.codec, bodies=hub.bodies, now=now
            ),
        )
        for one in plain.grave_concerns(of, SEED, now)
    ]


def _measure(hub: Hub, packages: list[tuple[str, Outgoing]]) -> list[float]:
    seen: dict[str, float] = {}
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(hub, seen, len(packages), done), daemon=True)
    watcher.start()
    sent: dict[str, float] = {}
    began = time.perf_counter() + 0.2
    for number, (ident, package) in enumerate(packages):
        time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        sent[ident] = time.perf_counter()
        hub.log.append([package])
    if not done.wait(PATIENCE):
        raise RuntimeError(f"{len(packages) - len(seen)} of {len(packages)} alerts never came into view")
    watcher.join()
    return [seen[ident] - sent[ident] for ident, _ in packages]


def _watch(hub: Hub, seen: dict[str, float], wanted: int, done: threading.Event) -> None:
    """Note when each alert is first seen, by the message that it rests on."""
    last = 0
    table = store.alert
    while len(seen) < wanted:
        rows = hub.views.rows(select(table.c.position, table.c.fact).where(table.c.position > last))
        now = time.perf_counter()
        for row in rows:
            last = max(last, row["position"])
            for signal in msgspec.json.decode(row["fact"])["evidence"]:
                seen.setdefault(signal.partition("/")[0], now)
        time.sleep(GLANCE)
    done.set()


@contextmanager
def _processes(settings: Settings, folder: Path) -> Iterator[None]:
    """`mash run` of every role, each a process of its own, ended by its process id."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MASH_")} | {
        "MASH_DATA": str(settings.data), "MASH_LOG": settings.log, "MASH_STORE": settings.store,
        "MASH_KAFKA_BOOTSTRAP": settings.kafka_bootstrap, "MASH_KAFKA_SECURITY": settings.kafka_security,
        "MASH_KAFKA_USER": settings.kafka_user, "MASH_KAFKA_PASSWORD": settings.kafka_password.get_secret_value(),
        "MASH_POSTGRES_DSN": settings.postgres_dsn.get_secret_value(),
    }  # fmt: skip
    started = []
    try:
        for role in roles():
            command = [sys.executable, "-c", "from hub.cli import main; main()", "run", role]
            with (folder / f"{role}.log").open("wb") as out:
                started.append(subprocess.Popen(command, env=env, stdout=out, stderr=subprocess.STDOUT))
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)


def _until_running(hub: Hub, folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    with closing(hub.tables("relay")) as tables:
        positions = FollowerPositions(tables)
        while True:
            up = all(f"{role} is running" in (folder / f"{role}.log").read_text(errors="replace") for role in roles())
            if up and positions.position("relay/signal.v1") == hub.record.position() == hub.views.position("record"):
                return
            if time.monotonic() > deadline:
                logs = "\n".join((folder / f"{role}.log").read_text(errors="replace")[-500:] for role in roles())
                raise RuntimeError(f"the roles did not come up:\n{logs}")
            time.sleep(0.1)
