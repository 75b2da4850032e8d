"""Kill anything at any moment: every concern is on record once, every alert is raised once, on exactly its evidence.

Intake, relay and threshold consumer run as processes of their own and are killed without warning, at seeded moments and
exactly beside their bookkeeping, while organisations send. The oracle is the list of what was sent.
"""

import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from random import Random

import psycopg
import pytest

from bench import plain
from hub.adapters import sealing
from hub.bootstrap import Hub, open_hub
from hub.config import Settings
from hub.domain import agency
from hub.domain.concern import message_id
from hub.domain.errors import StaleWriter
from hub.flow import publish
from hub.flow.publish import Signer
from hub.flow.receive import Intake
from hub.ports import LogMessage, Outgoing
from tests.journey.conftest import empty_log
from tests.journey.crash.processes import ROLES, Role, Roles, Standing, environment
from tests.support.oracle import Told, expected, recorded

CONCERNS, CHILDREN = 20_000, 3_000
KILLS = 20  # at least, by the killer; those of the traps come on top
TURNS = 10  # of each role to be killed, or to die in its trap
BATCH = 200  # concerns that an organisation hands to the log at once
TRAPPED = 3  # one in so many restarts is into a trap
DRAIN = 240.0  # seconds for everything to catch up once the load is over
SEED = 20
BORN_BEFORE = date(2026, 11, 22)  # not today: on some days two of these children are near each other, and in doubt


@pytest.fixture(
    params=["embedded-sqlite", pytest.param("kafka-postgres", marks=[pytest.mark.kafka, pytest.mark.postgres])]
)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The two ways to run a hub."""
    data = tmp_path / "data"
    if request.param == "embedded-sqlite":
        return Settings(data=data, demo=True)
    broker = request.getfixturevalue("kafka_broker")
    empty_log(broker)
    dsn = request.getfixturevalue("postgres_dsn")
    return Settings(
        data=data, demo=True, log="kafka", kafka_bootstrap=broker.bootstrap, kafka_security="SASL_PLAINTEXT",
        kafka_user=broker.admin_user, kafka_password=broker.admin_password, store="postgres", postgres_dsn=dsn,
    )  # fmt: skip


@pytest.fixture
def hub(settings: Settings) -> Iterator[Hub]:
    with closing(open_hub(settings)) as opened:
        yield opened


def signers(hub: Hub) -> dict[str, Signer]:
    """The organisations join, each with a key of its own."""
    made = {}
    for organisation, sector in plain.ORGANISATIONS.items():
        hub.add_organisation(organisation, organisation.capitalize(), sector)
        pair = sealing.make_signing_pair()
        hub._change_register(agency.KeyAdded(organisation=organisation, key_id=pair.keyid, public=pair.public))
        made[organisation] = Signer(organisation, pair.keyid, pair.private)
    return made


def packages(hub: Hub, sent: list[plain.Sent]) -> list[Outgoing]:
    """Signed by their organisations and sealed to the hub."""
    keys, now = signers(hub), hub.clock.now()
    return [
        publish.package(
            one.message, one.id, keys[one.message.organisation], codec=hub.codec, bodies=hub.bodies, now=now
        )
        for one in sent
    ]


def world(hub: Hub, concerns: int, children: int) -> tuple[list[plain.Child], list[plain.Sent]]:
    now = hub.clock.now()
    of = plain.children(children, SEED, BORN_BEFORE)
    return of, list(plain.concerns(concerns, of, SEED, now))


@pytest.mark.slow
def test_whatever_is_killed_every_concern_and_every_alert_is_there_once(
    hub: Hub, settings: Settings, tmp_path: Path
) -> None:
    of, sent = world(hub, CONCERNS, CHILDREN)
    ready = packages(hub, sent)
    with Roles(environment(settings), tmp_path) as roles, closing(Standing(hub)) as standing:
        load_under_fire(hub, ready, roles)
        standing.await_done(roles, DRAIN)
        assert roles.stop() == dict.fromkeys(ROLES, 0)
        assert roles.killed.total() >= KILLS
        assert all(roles.killed[name] >= 5 and roles.trapped[name] >= 2 for name in ROLES)
    must_be = expected(sent, of, hub.edition, plain.ORGANISATIONS, hub.clock.now())
    compare(recorded(sent, hub.record), must_be)
    assert len(must_be.alerts) > 500, "the load is to make alerts, else the test proves little"
    assert sent_again(hub, "signal.v1"), "a relay killed before its bookkeeping is to have sent something twice"


def load_under_fire(hub: Hub, ready: list[Outgoing], roles: Roles) -> None:
    """Publish everything in batches; between batches the seeded killer takes its turns, and traps take theirs."""
    rng = Random(SEED)  # noqa: S311 - seeded on purpose: the same kills again
    turns = list(ROLES) * TURNS
    rng.shuffle(turns)
    batches = [ready[start : start + BATCH] for start in range(0, len(ready), BATCH)]
    restarts = dict.fromkeys(ROLES, 0)
    for number, victim in enumerate(turns):
        roles.await_running(victim)
        for batch in batches[len(batches) * number // len(turns) : len(batches) * (number + 1) // len(turns)]:
            hub.log.append(batch)
        if roles.all[victim].armed:
            roles.await_trapped(victim)
            continue
        time.sleep(rng.uniform(0, 0.5))
        restarts[victim] += 1
        trap = None
        if restarts[victim] % TRAPPED == 1:
            # the first of each role is the moment between publish and bookkeeping
            trap = ("before" if restarts[victim] == 1 else rng.choice(("before", "after")), rng.randint(1, 3))
        roles.kill(victim, trap)
        roles.tend()


def compare(are: Told, must_be: Told) -> None:
    """Part by part, so that a failure says what is lost, double or different."""
    assert are.wrong == []
    assert are.concerns == must_be.concerns
    assert are.signals == must_be.signals
    assert (are.persons, are.raised) == (must_be.persons, 0)
    assert are.alerts == must_be.alerts


def sent_again(hub: Hub, topic: str) -> int:
    """How many messages of the hub's own topic carry a position that another one carried before."""
    partitions = hub.log.topics(topic)[topic]
    positions: list[bytes] = []
    for number in range(partitions):
        end = hub.log.end(topic, number)
        with closing(hub.log.reader({(topic, number): 0})) as reader:
            read: list[LogMessage] = []
            while len(read) < end:
                read += reader.poll(5000, 1)
        positions += [dict(message.headers)["ce_sequence"] for message in read]
    return len(positions) - len(set(positions))


def test_an_intake_that_was_overtaken_writes_nothing(hub: Hub) -> None:
    _, sent = world(hub, 30, 10)
    of_police = [one for one in sent if one.message.organisation == "police"]
    hub.log.append(packages(hub, of_police))
    with closing(hub.log.reader({("concern.police.v1", 0): 0})) as reader:
        batch: list[LogMessage] = []
        while len(batch) < len(of_police):
            batch += reader.poll(200, 1)
    zombie = Intake(hub.intake_tools())  # read its place before it lost the lease
    Intake(hub.intake_tools()).take(batch[:3], -1)  # its successor has taken the first of the same messages
    before = hub.record.position(), hub.record.tracked("concern.police.v1/0")
    for overlapping in (batch, batch[:3], batch[:1]):
        with pytest.raises(StaleWriter):
            zombie.take(overlapping, -1)
    assert (hub.record.position(), hub.record.tracked("concern.police.v1/0")) == before
    Intake(hub.intake_tools()).take(batch[3:], 2)
    must_be = sorted(f"message:{message_id('police', one.id)}" for one in of_police)
    assert sorted(hub.record.versions(must_be)) == must_be


@pytest.mark.slow
def test_an_intake_that_slept_through_the_loss_of_its_lease_stops_when_it_wakes_and_has_written_nothing(
    hub: Hub, settings: Settings, tmp_path: Path
) -> None:
    of, sent = world(hub, 4_000, 600)
    ready = packages(hub, sent)
    zombie = Role("intake", environment(settings), tmp_path)
    heir: Role | None = None
    try:
        until(lambda: zombie.running, "the first intake runs")
        hub.log.append(ready[:3_000])
        until(lambda: taken(hub) > 200, "the first intake is in the middle of it")
        freeze(zombie, settings)
        break_the_lease(settings)
        (tmp_path / "heir").mkdir()
        heir = Role("intake", environment(settings), tmp_path / "heir")
        until(lambda: taken(hub) == 3_000, "the heir has taken everything")
        hub.log.append(ready[3_000:])
        zombie.process.send_signal(signal.SIGCONT)
        assert zombie.process.wait(30) == 1
        assert "StaleWriter" in zombie.tail()
        until(lambda: taken(hub) == len(sent), "the heir goes on")
        assert heir.process.poll() is None
    finally:
        for role in (zombie, heir):
            if role is not None:
                role.kill()
    must_be, are = expected(sent, of, hub.edition, plain.ORGANISATIONS, hub.clock.now()), recorded(sent, hub.record)
    assert (are.wrong, are.concerns, are.signals) == ([], must_be.concerns, must_be.signals)


def taken(hub: Hub) -> int:
    """How many of the organisations' messages the record has."""
    return sum(hub.record.tracked(f"{topic}/0") + 1 for topic in hub.log.topics("concern."))


def freeze(role: Role, settings: Settings) -> None:
    """Stop a process outside a transaction: one that sleeps with SQLite's lock in its hand would stop everybody."""
    for _ in range(100):
        role.process.send_signal(signal.SIGSTOP)
        time.sleep(0.05)
        if settings.store == "postgres" or all(free(settings.data / name) for name in ("record.db", "keys/keys.db")):
            return  # PostgreSQL itself ends the transaction of one that sleeps in it
        role.process.send_signal(signal.SIGCONT)
        time.sleep(0.013)
    pytest.fail("the intake was never caught outside a transaction")


def free(database: Path) -> bool:
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        connection.execute("ROLLBACK")
        return True


def break_the_lease(settings: Settings) -> None:
    """What a cut network or a hand that tidies up does: the sleeper's lease is free, and it does not know."""
    if settings.store == "sqlite":
        (settings.data / "intake.lease").unlink()
        return
    with psycopg.connect(settings.postgres_dsn.get_secret_value(), autocommit=True) as session:
        holders = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        own = "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        assert session.execute(f"{holders} {own}").fetchall() == [(True,)]


def until(condition: Callable[[], bool], what: str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:g} s in vain until {what}")
        time.sleep(0.02)
