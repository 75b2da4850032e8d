"""Kill anything at any moment: every concern is on record once, every alert is raised once, on exactly its evidence.

Intake, relay and threshold consumer run as processes of their own and are killed without warning, at seeded moments and
exactly beside their bookkeeping, while organisations send. The oracle is the list of what was sent.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from bench import plain
from hub.adapters import sealing
from hub.bootstrap import Hub, open_hub
from hub.config import Settings
from hub.domain import agency
from hub.domain.errors import StaleWriter
from hub.flow import publish
from hub.flow.publish import Signer
from hub.flow.receive import Intake
from hub.ports import LogMessage, Outgoing
from tests.journey.crash.processes import ROLES, Roles, Standing, environment
from tests.support.needs import Missing, need
from tests.support.oracle import Told, expected, recorded

if TYPE_CHECKING:
    from tests.support.kafka_broker import KafkaBroker

CONCERNS, CHILDREN = 20_000, 3_000
KILLS = 20  # at least, by the killer; those of the traps come on top
TURNS = 10  # of each role to be killed, or to die in its trap
BATCH = 200  # concerns that an organisation hands to the log at once
TRAPPED = 3  # one in so many restarts is into a trap
DRAIN = 240.0  # seconds for everything to catch up once the load is over
SEED = 20

MakeSettings = Callable[[], Settings]


@pytest.fixture(scope="module")
def own_broker() -> Iterator["KafkaBroker"]:
    """A broker for this file alone: the hub's own topics have one name, and other tests write to theirs."""
    from tests.support.kafka_broker import KafkaBroker

    try:
        with KafkaBroker() as broker:
            yield broker
    except Missing as missing:
        need(missing.what, missing.how)


@pytest.fixture(
    params=["embedded-sqlite", pytest.param("kafka-postgres", marks=[pytest.mark.kafka, pytest.mark.postgres])]
)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The two ways to run a hub."""
    data = tmp_path / "data"
    if request.param == "embedded-sqlite":
        return Settings(data=data)
    broker = request.getfixturevalue("own_broker")
    dsn = request.getfixturevalue("postgres_dsn")
    return Settings(
        data=data, log="kafka", kafka_bootstrap=broker.bootstrap, kafka_security="SASL_PLAINTEXT",
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
        publish.package(one.message, one.id, keys[one.message.organisation], codec=hub.codec, bodies=hub.bodies, now=now)
        for one in sent
    ]


def world(hub: Hub, concerns: int, children: int) -> tuple[list[plain.Child], list[plain.Sent]]:
    now = hub.clock.now()
    of = plain.children(children, SEED, now.date())
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
        print(f"killed {dict(roles.killed)}, died in their traps {dict(roles.trapped)}")
        assert roles.killed.total() >= KILLS
        assert all(roles.killed[name] >= 5 and roles.trapped[name] >= 2 for name in ROLES)
    must_be = expected(sent, of, hub.edition, plain.ORGANISATIONS, hub.clock.now())
    compare(recorded(sent, hub.record), must_be)
    assert len(must_be.alerts) > 500, "the load is to make alerts, else the test proves little"
    assert sent_again(hub, "signal.v1"), "a relay killed before its bookkeeping is to have sent something twice"


def load_under_fire(hub: Hub, ready: list[Outgoing], roles: Roles) -> None:
    """Publish everything in batches; between batches the seeded killer takes its turns, and traps take theirs."""
    rng = Random(SEED)
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
    must_be = sorted(f"message:{agency_id}" for agency_id in expected_ids(of_police))
    assert sorted(hub.record.versions(must_be)) == must_be


def expected_ids(sent: list[plain.Sent]) -> list[str]:
    from hub.domain.concern import message_id

    return [message_id(one.message.organisation, one.id) for one in sent]
