"""Who may do what on a real broker, and that each way of being refused or cut off is told so that one can act on it."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

import pytest

from hub.domain.errors import HubError, NotPermitted, PlaceGone, TryLater
from hub.ports import Log, LogMessage, LogReader, Outgoing

if TYPE_CHECKING:
    from tests.support.kafka_broker import KafkaBroker

pytestmark = pytest.mark.kafka

PASSWORD = secrets.token_hex(8)
RUN = secrets.token_hex(4)
POLICE, HEALTH, HUB = f"police-{RUN}", f"health-{RUN}", f"hub-{RUN}"
CONCERNS = {who: f"concern.{who}.v1" for who in (POLICE, HEALTH)}
TOLD = {f"request.{POLICE}.v1": 1, f"notice.{POLICE}.v1": 1}  # what the hub asks the police, and tells them

T = TypeVar("T")
SignIn = Callable[..., Log]


@pytest.fixture(scope="module")
def broker(kafka_broker: "KafkaBroker") -> "KafkaBroker":
    """A broker with police, health and the hub as users, each with the rights of its kind and no others."""
    for who in (POLICE, HEALTH, HUB):
        kafka_broker.add_user(who, PASSWORD)
    for who in (POLICE, HEALTH):
        kafka_broker.allow_organisation(who, who)
    kafka_broker.allow_hub(HUB)
    with closing(_sign_in(kafka_broker, HUB)) as hub:
        hub.create_topics({**dict.fromkeys(CONCERNS.values(), 1), "signal.v1": 1, **TOLD})
    return kafka_broker


def _sign_in(broker: "KafkaBroker", user: str, password: str = PASSWORD, patience: float = 10) -> Log:
    from hub.adapters.log_kafka import KafkaLog

    return KafkaLog(broker.bootstrap, security="SASL_PLAINTEXT", user=user, password=password, patience=patience)


@pytest.fixture
def sign_in(broker: "KafkaBroker") -> Iterator[SignIn]:
    opened: list[Log] = []

    def opener(user: str, password: str = PASSWORD, patience: float = 10) -> Log:
        opened.append(_sign_in(broker, user, password, patience))
        return opened[-1]

    yield opener
    for log in opened:
        log.close()


def said(topic: str, words: str = "sealed") -> list[Outgoing]:
    return [Outgoing(topic, None, (), words.encode())]


def read(reader: LogReader, seconds: float = 10) -> list[LogMessage]:
    until = time.monotonic() + seconds
    found: list[LogMessage] = []
    while not found and time.monotonic() < until:
        found = reader.poll(10, 0.5)
    return found


def _open_and_read(log: Log, topic: str) -> list[LogMessage]:
    with closing(log.reader({(topic, 0): 0})) as reader:
        return read(reader)


def test_police_may_not_write_where_health_speaks(sign_in: SignIn) -> None:
    before = sign_in(HUB).end(CONCERNS[HEALTH], 0)
    with pytest.raises(NotPermitted, match=f"{POLICE} has no right to the topic {CONCERNS[HEALTH]}"):
        sign_in(POLICE).append(said(CONCERNS[HEALTH]))
    assert sign_in(HUB).end(CONCERNS[HEALTH], 0) == before


@pytest.mark.parametrize(
    "topic", [CONCERNS[POLICE], CONCERNS[HEALTH], "signal.v1"], ids=["its own", "another's", "the hub's"]
)
def test_police_may_read_neither_the_others_nor_the_hubs_topics_nor_even_back_what_it_wrote(
    sign_in: SignIn, topic: str
) -> None:
    sign_in(HUB).append(said("signal.v1"))
    sign_in(POLICE).append(said(CONCERNS[POLICE]))
    sign_in(HEALTH).append(said(CONCERNS[HEALTH]))
    with pytest.raises(NotPermitted, match=f"{POLICE} has no right"):
        _open_and_read(sign_in(POLICE), topic)


def test_police_may_not_write_a_signal_or_make_a_topic_of_its_own(sign_in: SignIn) -> None:
    police = sign_in(POLICE)
    with pytest.raises(NotPermitted):
        police.append(said("signal.v1"))
    with pytest.raises(NotPermitted, match="make the topics"):
        police.create_topics({f"concern.{POLICE}.v2": 1})


def test_police_sees_its_own_topics_in_the_list_and_no_others(sign_in: SignIn) -> None:
    assert sign_in(POLICE).topics() == {CONCERNS[POLICE]: 1, **TOLD}


@pytest.mark.parametrize("topic", TOLD, ids=["asked", "told"])
def test_what_police_are_asked_and_told_is_written_by_the_hub_alone_and_read_by_them_alone(
    sign_in: SignIn, topic: str
) -> None:
    sign_in(HUB).append(said(topic))
    for who in (POLICE, HEALTH):
        with pytest.raises(NotPermitted, match=f"{who} has no right"):
            sign_in(who).append(said(topic))
    assert _open_and_read(sign_in(POLICE), topic) != []
    with pytest.raises(NotPermitted, match=f"{HEALTH} has no right"):
        _open_and_read(sign_in(HEALTH), topic)


def test_the_hub_may_not_speak_for_an_organisation(sign_in: SignIn) -> None:
    with pytest.raises(NotPermitted, match=f"{HUB} has no right"):
        sign_in(HUB).append(said(CONCERNS[POLICE]))


def test_the_hub_reads_every_organisation_and_police_reads_what_the_hub_sends_to_it(sign_in: SignIn) -> None:
    hub, police, health = sign_in(HUB), sign_in(POLICE), sign_in(HEALTH)
    places = police.append(said(CONCERNS[POLICE], "p")) + health.append(said(CONCERNS[HEALTH], "h"))
    for place in places:
        with closing(hub.reader({place[:2]: place.offset})) as reader:
            assert [(m.place, m.received) for m in read(reader)] == [
                (f"{place.topic}/{place.partition}/{place.offset}", place.received)
            ]
    notice = hub.append(said(f"notice.{POLICE}.v1", "to police"))[0]
    with closing(police.reader({notice[:2]: notice.offset})) as reader:
        assert [message.body for message in read(reader)] == [b"to police"]


@pytest.mark.parametrize(
    ("user", "password"), [(POLICE, "not its password"), ("nobody", PASSWORD)], ids=["another password", "another name"]
)
def test_a_wrong_password_is_told_long_before_patience_ends_and_never_shown(
    sign_in: SignIn, user: str, password: str, caplog: pytest.LogCaptureFixture
) -> None:
    patience, told = 20, f"refuses the sign-in of user {user}: check MASH_KAFKA_USER"
    for _ in range(3):  # under load the broker may drop the socket before its refusal is read: then it is "try later"
        started = time.monotonic()
        with pytest.raises((NotPermitted, TryLater)) as raised:
            sign_in(user, password, patience).append(said(CONCERNS[POLICE]))
        took = time.monotonic() - started
        assert password not in str(raised.value) + caplog.text
        if isinstance(raised.value, NotPermitted):
            break
    assert (told in str(raised.value), took < patience) == (True, True)


def test_speaking_another_protocol_than_the_broker_is_told_with_the_setting_to_check(broker: "KafkaBroker") -> None:
    from hub.adapters.log_kafka import KafkaLog

    log = KafkaLog(broker.bootstrap, security="PLAINTEXT", patience=1)
    with closing(log), pytest.raises(TryLater, match="MASH_KAFKA_SECURITY"):
        log.topics()


def test_a_topic_that_keeps_the_senders_time_is_refused_because_any_sender_can_set_it(
    broker: "KafkaBroker", sign_in: SignIn
) -> None:
    topic = f"concern.{POLICE}.v9"
    broker.admin().create_topics(
        {topic: {"num_partitions": 1, "configs": {"message.timestamp.type": "CreateTime"}}}, wait_for_metadata=True
    )
    sign_in(POLICE).append(said(topic))
    with closing(sign_in(HUB).reader({(topic, 0): 0})) as reader, pytest.raises(HubError, match="LogAppendTime"):
        read(reader)


def test_topics_with_words_are_kept_for_thirty_days_and_what_consumers_are_rebuilt_from_for_ever(
    broker: "KafkaBroker", sign_in: SignIn
) -> None:
    names = ("retention.ms", "message.timestamp.type", "cleanup.policy")
    kept = {topic: broker.topic_settings(topic, names) for topic in (CONCERNS[POLICE], "signal.v1")}
    month = {"retention.ms": "2592000000", "message.timestamp.type": "LogAppendTime", "cleanup.policy": "delete"}
    assert kept == {CONCERNS[POLICE]: month, "signal.v1": month | {"retention.ms": "-1"}}


def test_no_thread_of_a_refused_client_stays_behind(sign_in: SignIn) -> None:
    before = threading.active_count()
    for _ in range(3):
        # under load the broker may drop the socket before its refusal is read: then the client says "try later"
        with pytest.raises((NotPermitted, TryLater)):
            sign_in(POLICE, "wrong").topics()
    assert threading.active_count() == before


# ---------------------------------------------------------------------------------------------- a broker that is away


def test_while_the_broker_is_away_nothing_is_lost_and_everybody_goes_on_afterwards(own_broker: "KafkaBroker") -> None:
    broker = own_broker
    log = _sign_in(broker, broker.admin_user, broker.admin_password, patience=2)
    with closing(log):
        log.create_topics({"concern.police.v1": 1})
        log.append(said("concern.police.v1", "before"))
        with closing(log.reader({("concern.police.v1", 0): 0})) as reader:
            assert [message.body for message in read(reader)] == [b"before"]
            broker.kill()
            started = time.monotonic()
            with pytest.raises(TryLater, match="could not append"):
                log.append(said("concern.police.v1", "while away"))
            with pytest.raises(TryLater, match="check that Kafka runs"):
                read(reader)
            with pytest.raises(TryLater):
                log.topics()
            assert time.monotonic() - started < 20
            broker.start()
            _until_back(lambda: log.append(said("concern.police.v1", "after")))
            assert _until_back(lambda: read(reader))[-1].body == b"after"
            assert [message.offset for message in _open_and_read(log, "concern.police.v1")] == list(
                range(log.end("concern.police.v1", 0))
            )


def test_a_damaged_message_stops_the_reader_with_its_place_and_never_hangs_it(own_broker: "KafkaBroker") -> None:
    broker = own_broker
    log = _sign_in(broker, broker.admin_user, broker.admin_password)
    with closing(log):
        log.create_topics({"concern.police.v1": 1})
        for words in ("whole", "damaged", "whole again"):
            log.append(said("concern.police.v1", words))
        broker.stop()
        segment = broker.data_folder / "concern.police.v1-0" / "00000000000000000000.log"
        segment.write_bytes(segment.read_bytes().replace(b"damaged", b"damageD"))
        broker.start()
    log = _sign_in(broker, broker.admin_user, broker.admin_password)
    with closing(log), closing(log.reader({("concern.police.v1", 0): 0})) as reader:
        assert [message.body for message in read(reader)] == [b"whole"]
        for _ in range(3):
            with pytest.raises(PlaceGone, match=r"concern\.police\.v1.*offset 1 failed crc"):
                read(reader)


def _until_back(do: Callable[[], list[T]]) -> list[T]:
    """What a role of the hub does on TryLater: again, from the same place."""
    until = time.monotonic() + 30
    while True:
        try:
            return do()
        except TryLater:
            if time.monotonic() > until:
                raise
