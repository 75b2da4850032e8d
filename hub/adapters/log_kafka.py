"""The log on Apache Kafka 4, behind a typed door: kafka-python ships no types, and its defaults would lose messages.

What `append` returned is acknowledged by every replica in step. Readers keep no place in Kafka: the store does, and a
place that Kafka no longer has is an error, never a silent jump. A wrong password or a missing right is told as such.
"""

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import kafka
import kafka.admin
import kafka.errors as faults
import kafka.net.compat
import kafka.net.inet
import kafka.net.manager
import kafka.net.selector

from hub.adapters.log_rules import check_size, check_topic_name, moment_of, partition_of
from hub.domain.errors import HubError, MessageTooBig, NotPermitted, PlaceGone, TryLater, UnknownTopic
from hub.ports import LogMessage, Outgoing, Place

Security = Literal["PLAINTEXT", "SASL_PLAINTEXT", "SSL", "SASL_SSL"]
UNACKNOWLEDGED = 1000  # the producer has no bound of its own: with the broker away it takes memory until there is none
GLANCE = 0.02  # seconds that `wait` waits: a reader's own poll(limit, timeout) is the cheaper way to wait on Kafka

# What bears words is kept for as long as the month's key lives; what the consumers are rebuilt from, without limit.
KEEP: Mapping[str, timedelta | None] = {
    "concern.": timedelta(days=30),
    "request.": timedelta(days=30),
    "notice.": timedelta(days=30),
    "": None,
}
UNKNOWN_TOPIC, TOPIC_REFUSED = 3, 29  # error codes of Kafka's protocol

untyped: Any = kafka


class KafkaLog:
    """A log on the brokers at `bootstrap` ("host:port,host:port"). One object serves all threads; connects when used.

    With SASL, `user` signs in by SCRAM-SHA-512. `ca_file` names the PEM file of the authority that signed the brokers'
    certificates (the system's when None). `keep` says by prefix how long new topics keep messages (None: for ever;
    the longest prefix counts). `replicas` is the number of copies of new topics (-1: what the brokers have set).
    `patience` is how many seconds to wait for the brokers before TryLater.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        security: Security = "SASL_SSL",
        user: str = "",
        password: str = "",
        ca_file: Path | str | None = None,
        keep: Mapping[str, timedelta | None] = KEEP,
        replicas: int = -1,
        patience: float = 10.0,
    ) -> None:
        self._bootstrap = bootstrap
        self._user = user
        self._patience = patience
        self._keep = keep
        self._replicas = replicas
        self._settings: dict[str, Any] = {
            "bootstrap_servers": bootstrap.split(","),
            "bootstrap_timeout_ms": int(patience * 1000),
            "request_timeout_ms": int(patience * 1000),
            "reconnect_backoff_max_ms": 1000,
            "security_protocol": security,
            "proxy_url": "direct://",  # no proxy: chooses _Socket below
        }
        if security.startswith("SASL"):
            self._settings |= {
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_plain_username": user,
                "sasl_plain_password": password,
            }
        if security.endswith("SSL"):
            self._settings["ssl_cafile"] = None if ca_file is None else str(ca_file)
        self._opening = threading.RLock()
        self._admin_client: Any = None
        self._producer_client: Any = None
        self._partitions: dict[str, int] = {}
        self._bell = threading.Condition()

    def __repr__(self) -> str:
        return f"<Kafka log at {self._bootstrap}>"

    def create_topics(self, topics: Mapping[str, int]) -> None:
        """Make these topics where they are missing; an existing topic keeps its partitions and settings."""
        for topic, partitions in topics.items():
            check_topic_name(topic)
            if partitions < 1:
                raise HubError(f"a topic has one partition or more: {topic}")
        existing = self.topics()
        wanted = {
            topic: {
                "num_partitions": partitions,
                "replication_factor": self._replicas,
                "configs": self._topic_settings(topic),
            }
            for topic, partitions in topics.items()
            if topic not in existing
        }
        if not wanted:
            return
        with self._told_clearly(f"make the topics {', '.join(wanted)}"):
            answer = self._admin().create_topics(wanted, raise_errors=False)
            for topic in answer["topics"]:
                problem = untyped.errors.for_code(topic["error_code"])
                if problem not in {faults.NoError, faults.TopicAlreadyExistsError}:  # another hub may be as quick as we
                    raise problem(topic["error_message"])
            self._admin().wait_for_topics(list(wanted), timeout_ms=int(self._patience * 1000))

    def topics(self, prefix: str = "") -> dict[str, int]:
        """Existing topics with this prefix that this user may see, and their number of partitions."""
        with self._told_clearly("list the topics"):
            described = self._admin().describe_topics()
        return {
            topic["name"]: len(topic["partitions"])
            for topic in sorted(described, key=lambda topic: str(topic["name"]))
            if topic["error_code"] == 0 and not topic["is_internal"] and topic["name"].startswith(prefix)
        }

    def append(self, messages: Sequence[Outgoing]) -> list[Place]:
        """Append all, in order, and return their places once every replica in step has them.

        After TryLater some of them may be there (never out of order within one call and partition): appending them
        again is right, because what a message is, is (source, id), and receivers count it once.
        """
        for message in messages:
            check_size(message)
        lanes = [partition_of(message.key, self._partitions_of(message.topic)) for message in messages]
        places: list[Place] = []
        for first in range(0, len(messages), UNACKNOWLEDGED):
            chunk = slice(first, first + UNACKNOWLEDGED)
            places += self._append(messages[chunk], lanes[chunk])
        if places:
            with self._bell:
                self._bell.notify_all()
        return places

    def reader(self, start: Mapping[tuple[str, int], int]) -> "KafkaReader":
        """A reader of these partitions, each from its offset (inclusive). Raises UnknownTopic, TryLater."""
        for topic, partition in start:
            if not 0 <= partition < self._partitions_of(topic):
                raise UnknownTopic(topic)
        with self._told_clearly("open a reader"):
            consumer, client = self._open(
                untyped.KafkaConsumer,
                group_id=None,  # the store holds the places; no group, no rebalance
                enable_auto_commit=False,
                auto_offset_reset="none",  # the default would jump to the end over whatever was not read
                isolation_level="read_committed",
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
            return KafkaReader(self, consumer, client, start)

    def end(self, topic: str, partition: int) -> int:
        """The offset that the next message of this partition will get."""
        if not 0 <= partition < self._partitions_of(topic):
            raise UnknownTopic(topic)
        place = untyped.TopicPartition(topic, partition)
        with self._told_clearly(f"ask for the end of {topic}/{partition}"):
            found = self._admin().list_partition_offsets({place: untyped.admin.OffsetSpec.LATEST})
        return int(found[place].offset)

    def wait(self, timeout: float) -> None:
        """Return when this process appended something, or after 20 ms, or after `timeout` seconds if that is less.

        Waiting on a reader's `poll(limit, timeout)` costs less and wakes at once for every sender.
        """
        with self._bell:
            self._bell.wait(min(timeout, GLANCE))

    def close(self) -> None:
        """Close it; readers are closed by who opened them."""
        with self._opening:
            self._drop_producer(patience=5)
            if self._admin_client is not None:
                self._admin_client.close()
                self._admin_client = None

    def _append(self, messages: Sequence[Outgoing], lanes: Sequence[int]) -> list[Place]:
        try:
            with self._told_clearly(f"append to {', '.join(sorted({message.topic for message in messages}))}"):
                producer = self._producer()
                sent = [
                    producer.send(
                        message.topic,
                        value=message.body,
                        key=message.key,
                        headers=list(message.headers),
                        partition=lane,
                    )
                    for message, lane in zip(messages, lanes, strict=True)
                ]
                acknowledged = [future.get(timeout=self._patience + 5) for future in sent]
        except HubError:
            with self._opening:
                self._drop_producer(patience=0)  # what it still holds is stale: the caller decides what is sent again
            raise
        return [Place(done.topic, done.partition, done.offset, moment_of(done.timestamp)) for done in acknowledged]

    def _topic_settings(self, topic: str) -> dict[str, str]:
        prefix = max((prefix for prefix in self._keep if topic.startswith(prefix)), key=len, default=None)
        keep = None if prefix is None else self._keep[prefix]
        return {
            "cleanup.policy": "delete",
            "retention.ms": "-1" if keep is None else str(int(keep.total_seconds() * 1000)),
            "message.timestamp.type": "LogAppendTime",  # `received` is the log's word, never the sender's
        }

    def _partitions_of(self, topic: str) -> int:
        if topic not in self._partitions:
            with self._told_clearly(f"look for the topic {topic}"):
                found = [each for each in self._admin().describe_topics([topic]) if each["name"] == topic]
            code = found[0]["error_code"] if found else UNKNOWN_TOPIC
            if code == TOPIC_REFUSED:
                raise NotPermitted(
                    f"the Kafka user {self._user} has no right to the topic {topic}, or there is no such topic"
                )
            if code == UNKNOWN_TOPIC:
                raise UnknownTopic(topic)
            if code:
                raise TryLater(f"the topic {topic} has no leader yet (Kafka's error code {code})")
            self._partitions[topic] = len(found[0]["partitions"])
        return self._partitions[topic]

    def _admin(self) -> Any:
        with self._opening:
            if self._admin_client is None:
                self._admin_client, _ = self._open(untyped.admin.KafkaAdminClient)
            return self._admin_client

    def _producer(self) -> Any:
        with self._opening:
            if self._producer_client is None:
                self._producer_client, _ = self._open(
                    untyped.KafkaProducer,
                    acks="all",
                    enable_idempotence=True,
                    allow_auto_create_topics=False,
                    delivery_timeout_ms=int(self._patience * 1000),
                    request_timeout_ms=int(self._patience * 500),
                    max_block_ms=int(self._patience * 1000),
                    metrics_enabled=False,
                )
            return self._producer_client

    def _drop_producer(self, patience: float) -> None:
        if self._producer_client is not None:
            self._producer_client.close(timeout=patience)
            self._producer_client = None

    def _open(self, kind: Any, **settings: Any) -> tuple[Any, Any]:
        """A connected kafka-python client and its network part; one that cannot connect leaves no thread behind."""
        made: list[Any] = []

        def client(**configs: Any) -> Any:
            made.append(_network_client(configs))
            return made[-1]

        try:
            return kind(**(self._settings | settings), kafka_client=client), made[0]
        except BaseException:
            for each in made:
                each.close()
                each.net.stop()
            raise

    @contextlib.contextmanager
    def _told_clearly(self, doing: str) -> Iterator[None]:
        """Turn kafka-python's errors into ours. What is none of these is a bug of ours and escapes as it is."""
        try:
            yield
        except (faults.SaslAuthenticationFailedError, faults.UnsupportedSaslMechanismError) as error:
            raise NotPermitted(
                f"Kafka at {self._bootstrap} refuses the sign-in of user {self._user}: check MASH_KAFKA_USER, "
                "MASH_KAFKA_PASSWORD, and that the brokers hold SCRAM-SHA-512 credentials of this user"
            ) from error
        except faults.AuthorizationError as error:
            raise NotPermitted(f"the Kafka user {self._user} has no right to {doing}: check the ACLs") from error
        except (faults.MessageSizeTooLargeError, faults.RecordListTooLargeError) as error:
            raise MessageTooBig(f"Kafka refuses to {doing}: check max.message.bytes of the topic") from error
        except (faults.OffsetOutOfRangeError, faults.NoOffsetForPartitionError, faults.LogTruncationError) as error:
            raise PlaceGone(
                f"could not {doing}: Kafka does not hold that place; messages were removed before they were read, or "
                "an older copy of the log was put back; compare the positions of log and record before going on"
            ) from error
        except faults.UnknownTopicOrPartitionError as error:
            raise UnknownTopic(doing) from error
        except (faults.RetriableError, faults.BrokerNotAvailableError, OSError) as error:
            raise TryLater(
                f"could not {doing} within {self._patience:g} s: {type(error).__name__}; check that Kafka at "
                f"{self._bootstrap} runs, that MASH_KAFKA_SECURITY is what it speaks, and its certificate"
            ) from error


class KafkaReader:
    """Reads its partitions in order, each from its own place. One thread, one reader.

    An error inside kafka-python's own parsing (a batch whose checksum is wrong) ends this reader: its next poll would
    loop without end. `polling_since` is the monotonic second since which a poll is under way, or None, for a watchdog
    beside it that ends the process if such a loop is ever met in another way.
    """

    def __init__(self, log: KafkaLog, consumer: Any, client: Any, start: Mapping[tuple[str, int], int]) -> None:
        self.polling_since: float | None = None
        self._log = log
        self._consumer = consumer
        self._client = client
        self._last_in_touch = time.monotonic()
        self._ended_by: Exception | None = None
        self._assigned = set(start)
        consumer.assign([untyped.TopicPartition(*place) for place in start])
        for (topic, partition), offset in start.items():
            self.seek(topic, partition, offset)

    def poll(self, limit: int, timeout: float) -> list[LogMessage]:
        """Up to `limit` messages, in order within a partition; [] after `timeout` seconds of none.

        Raises PlaceGone, NotPermitted (no right to read), TryLater when no broker was in reach for the log's patience.
        """
        if self._ended_by is not None:
            raise PlaceGone(f"this reader ended: {self._ended_by}") from self._ended_by
        deadline = time.monotonic() + timeout
        self.polling_since = time.monotonic()
        try:
            with self._log._told_clearly("read"):  # noqa: SLF001 - the two classes are one adapter
                while True:
                    left = max(0, int((deadline - time.monotonic()) * 1000))
                    found = self._consumer.poll(timeout_ms=left, max_records=limit)
                    if found or time.monotonic() >= deadline:
                        break
                    self._check_in_touch()
        except HubError:
            raise
        except Exception as error:
            self._ended_by = error
            if isinstance(error, faults.CorruptRecordError):
                raise PlaceGone(
                    f"the log's bytes are damaged: {error}; restore that partition from a replica"
                ) from error
            raise
        finally:
            self.polling_since = None
        if not found:
            self._check_in_touch()
        return [_message(record) for records in found.values() for record in records]

    def seek(self, topic: str, partition: int, offset: int) -> None:
        """Read this partition next from `offset` (inclusive); it must be one that this reader was opened for."""
        if (topic, partition) not in self._assigned:
            raise HubError(f"this reader was not opened for {topic}/{partition}")
        self._consumer.seek(untyped.TopicPartition(topic, partition), offset)

    def close(self) -> None:
        """Close it."""
        self._consumer.close(autocommit=False)

    def _check_in_touch(self) -> None:
        """kafka-python's poll says nothing when the brokers are gone: it just never finds anything."""
        now = time.monotonic()
        if any(self._client.connected(broker.node_id) for broker in self._client.cluster.brokers()):
            self._last_in_touch = now
        elif now - self._last_in_touch > self._log._patience:  # noqa: SLF001 - the two classes are one adapter
            raise TryLater(f"no broker of {self._log!r} in reach: check that Kafka runs")


def _message(record: Any) -> LogMessage:
    if record.timestamp_type != 1:
        raise HubError(
            f"the topic {record.topic} keeps the sender's time, which any sender can set: "
            "set message.timestamp.type=LogAppendTime on it and read on"
        )
    return LogMessage(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        received=moment_of(record.timestamp),
        key=record.key,
        headers=tuple((name, value or b"") for name, value in record.headers),
        body=record.value or b"",
    )


class _Manager(untyped.net.manager.KafkaConnectionManager):  # type: ignore[misc] # kafka-python ships no types
    """Ends the first connecting at once when the brokers refuse the sign-in.

    The stock one tries again until its time is up and then reports a timeout: a wrong password looks like a broker
    that is away. Only for the first connecting: a broker that restarts refuses sign-ins for a moment, too.
    """

    refused: Exception | None = None

    def get_connection(self, node_id: Any, **options: Any) -> Any:
        if self.refused is not None:
            raise self.refused
        connection = super().get_connection(node_id, **options)
        if not self.bootstrapped:
            connection.init_future.add_errback(self._note)
        return connection

    def _note(self, error: Exception) -> None:
        if isinstance(error, faults.SaslAuthenticationFailedError | faults.UnsupportedSaslMechanismError):
            self.refused = error


class _Socket(untyped.net.inet.KafkaNetSocket):  # type: ignore[misc] # kafka-python ships no types
    """Closes a socket whose connecting failed. The stock one leaves it to the garbage collector: with a broker away, a
    socket a second and client. kafka-python picks this class by the scheme of `proxy_url`; there is no proxy.
    """

    SCHEMES = ("direct",)

    async def sock_connect(self, net: Any, sock: Any, address: Any, timeout_at: float | None = None) -> Any:
        try:
            return await super().sock_connect(net, sock, address, timeout_at=timeout_at)
        except BaseException:
            sock.close()
            raise


def _network_client(configs: Mapping[str, Any]) -> Any:
    net = untyped.net.selector.NetworkSelector(**configs)
    client = untyped.net.compat.KafkaNetClient(net=net, manager=_Manager(net, **configs))
    client.net = net
    return client
