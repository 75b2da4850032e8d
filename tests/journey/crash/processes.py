"""The roles as processes of their own, killed without warning and started again at once; and where they stand.

Only processes started here are ever signalled, by their process id. A role that ends by itself fails the test, with the
end of its log.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Self

import pytest

from hub.adapters.tables import FollowerPositions
from hub.bootstrap import Hub
from hub.config import Settings

ROOT = Path(__file__).parents[3]
ROLES = ("intake", "relay", "thresholds")
STARTS = 60.0  # seconds that a role may take to start on a busy machine


class Role:
    """One role and the process that runs it now."""

    def __init__(self, name: str, env: dict[str, str], folder: Path) -> None:
        self.name = name
        self.armed = False
        self._env = env
        self._log = folder / f"{name}.log"
        self._from = 0
        self.start()

    def start(self, trap: tuple[str, int] | None = None) -> None:
        """Start it, with a trap beside its bookkeeping or without."""
        self.armed = trap is not None
        self._from = self._log.stat().st_size if self._log.exists() else 0
        command = [sys.executable, "-m", "tests.journey.crash.role", self.name, *(map(str, trap) if trap else ())]
        with self._log.open("ab") as out:
            self.process = subprocess.Popen(command, env=self._env, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)

    @property
    def running(self) -> bool:
        """Whether it has opened the hub and begun its work."""
        with self._log.open("rb") as log:
            log.seek(self._from)
            return f"{self.name} is running".encode() in log.read()

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it and wait until it is gone."""
        self.process.send_signal(how)
        self.process.wait()

    def tail(self) -> str:
        """The end of its log."""
        return self._log.read_text(errors="replace")[-3000:] if self._log.exists() else ""


class Roles:
    """All roles of one hub. `with Roles(...) as roles:` ends them whatever happens."""

    def __init__(self, settings: dict[str, str], folder: Path) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MASH_")}
        self.env = {**inherited, **settings}
        self._folder = folder
        self.killed: Counter[str] = Counter()
        self.trapped: Counter[str] = Counter()
        self.all: dict[str, Role] = {}

    def __enter__(self) -> Self:
        for name in ROLES:
            self.all[name] = Role(name, self.env, self._folder)
        return self

    def __exit__(self, *_: object) -> None:
        for role in self.all.values():
            role.kill()

    def kill(self, name: str, trap: tuple[str, int] | None = None) -> None:
        """SIGKILL a role in the middle of whatever it does, and start it again at once."""
        role = self.all[name]
        if role.process.poll() is None:
            role.kill()
            self.killed[name] += 1
        else:
            self.tend()
            return
        role.start(trap)

    def tend(self) -> None:
        """Start again what died in its trap; a role that ended otherwise fails the test."""
        for name, role in self.all.items():
            code = role.process.poll()
            if code is None:
                continue
            if code != -signal.SIGKILL or not role.armed:
                pytest.fail(f"the role {name} ended by itself with code {code}:\n{role.tail()}")
            self.trapped[name] += 1
            role.start()

    def await_trapped(self, name: str) -> None:
        """Until this role has died in its trap and was started again."""
        before, deadline = self.trapped[name], time.monotonic() + STARTS
        while self.trapped[name] == before:
            self.tend()
            if time.monotonic() > deadline:
                pytest.fail(f"the role {name} never came to its trap: is it given work?\n{self.all[name].tail()}")
            time.sleep(0.02)

    def await_running(self, name: str) -> None:
        """Until this role works."""
        deadline = time.monotonic() + STARTS
        while not self.all[name].running:
            self.tend()
            if time.monotonic() > deadline:
                pytest.fail(f"the role {name} did not start within {STARTS:g} s:\n{self.all[name].tail()}")
            time.sleep(0.02)

    def stop(self) -> dict[str, int]:
        """Tell every role to stop in good order; their exit codes."""
        for role in self.all.values():
            role.kill(signal.SIGTERM)
        return {name: role.process.returncode for name, role in self.all.items()}


class Standing:
    """Where log, record, relay and consumer stand, as any process can read it from the store."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._tables = hub.tables("relay")
        self._positions = FollowerPositions(self._tables)
        self._consumer = hub.consumer_state("thresholds")

    def behind(self) -> dict[str, int]:
        """How many messages or facts each follower still has before it; {} when all that was published is done with."""
        log, record = self._hub.log, self._hub.record
        taken = [*log.topics("concern."), "finding.v1"]
        left = {f"intake of {topic}": log.end(topic, 0) - 1 - record.tracked(f"{topic}/0") for topic in taken}
        head = record.position()
        for topic in ("signal.v1", "case.v1"):
            left[f"relay to {topic}"] = head - self._positions.position(f"relay/{topic}")
        partitions = range(log.topics("signal.v1")["signal.v1"])
        for number, place in self._consumer.reached(partitions).items():
            left[f"thresholds on signal.v1/{number}"] = log.end("signal.v1", number) - place.offset
        left["findings of thresholds"] = len(self._consumer.unpublished())
        return {name: number for name, number in left.items() if number}

    def await_done(self, roles: Roles, seconds: float) -> None:
        """Until everything has caught up; fails with what is behind, and by how much."""
        deadline, calm = time.monotonic() + seconds, 0
        while calm < 2:  # what one follower does gives another work: nothing is behind, twice in a row
            roles.tend()
            left = self.behind()
            calm = 0 if left else calm + 1
            if time.monotonic() > deadline:
                logs = "\n".join(f"--- {name}:\n{role.tail()[-800:]}" for name, role in roles.all.items())
                pytest.fail(f"not caught up within {seconds:g} s after the load: {left}\n{logs}")
            time.sleep(0.2)

    def close(self) -> None:
        """Close what was opened here."""
        self._tables.close()
        self._consumer.close()


def environment(settings: Settings) -> dict[str, str]:
    """The settings as the environment of a process."""
    plain = {
        "data": settings.data, "demo": settings.demo, "log": settings.log, "store": settings.store,
        "kafka_bootstrap": settings.kafka_bootstrap, "kafka_security": settings.kafka_security,
        "kafka_user": settings.kafka_user, "kafka_password": settings.kafka_password.get_secret_value(),
        "postgres_dsn": settings.postgres_dsn.get_secret_value(),
    }  # fmt: skip
    return {f"MASH_{name.upper()}": str(value) for name, value in plain.items() if value}
