"""A client that has nothing of ours but the published schema file: its body is encoded by Apache's own `avro` package, it
signs with Ed25519 by the words of docs/publishing.md, and Debian's `kcat` puts it on a real broker.

Plain bodies are taken only where configuration says so; everywhere else such a message is quarantined.

The broker here is one of its own, that also takes SASL/PLAIN: librdkafka before 2.6.1 (Debian 12's kcat has 2.0.2) repeats
its nonce in SCRAM, which Kafka 4 refuses (librdkafka pull request 4895). Rights are those of an organisation all the same.
"""

import base64
import io
import json
import secrets
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from avro.io import BinaryEncoder, DatumWriter
from avro.schema import parse
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.domain.concern import ConcernRecorded, MessageQuarantined
from hub.ports import Place
from tests.support.messages import a_child
from tests.support.needs import Missing, need
from tests.support.partnership import RunningHub, settings_for, wait_until

if TYPE_CHECKING:
    from tests.support.kafka_broker import KafkaBroker

pytestmark = pytest.mark.kafka
SCHEMAS = Path(__file__).parents[2] / "schemas"
USER, PASSWORD = "police-gateway", secrets.token_hex(8)
Make = Callable[..., RunningHub]


@pytest.fixture(scope="module")
def broker() -> Iterator["KafkaBroker"]:
    """A broker that lets the police's user in by PLAIN, to write the police's topic and nothing else."""
    from tests.support.kafka_broker import KafkaBroker

    class TakesPlain(KafkaBroker):
        def _launch(self, libs: Path) -> None:
            module = "org.apache.kafka.common.security.plain.PlainLoginModule"
            with self._config.open("a") as config:
                config.write("\nlistener.name.client.sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN\n")
                config.write(
                    f'listener.name.client.plain.sasl.jaas.config={module} required user_{USER}="{PASSWORD}";\n'
                )
            super()._launch(libs)

    try:
        with TakesPlain() as broker:
            broker.allow_organisation(USER, "police")
            yield broker
    except Missing as missing:
        need(missing.what, missing.how)


@pytest.fixture(scope="module")
def kcat() -> str:
    found = shutil.which("kcat")
    if found is None:
        need("kcat", "Install it (Debian: apt-get install kcat)")
    return found


@pytest.fixture
def hub_of(broker: "KafkaBroker", tmp_path: Path) -> Iterator[Make]:
    """A hub on the real broker, with a store in files."""
    from tests.journey.conftest import empty_log

    opened: list[RunningHub] = []

    def make(**more: Any) -> RunningHub:
        empty_log(broker)
        settings = settings_for(
            tmp_path / "data", log="kafka", kafka_bootstrap=broker.bootstrap, kafka_security="SASL_PLAINTEXT",
            kafka_user=broker.admin_user, kafka_password=broker.admin_password, **more,
        )  # fmt: skip
        opened.append(RunningHub(settings))
        opened[-1].start()
        return opened[-1]

    yield make
    for running in opened:
        running.close()


def test_a_message_of_apaches_avro_and_kcat_is_recorded_where_plain_bodies_are_taken(
    hub_of: Make, broker: "KafkaBroker", kcat: str, tmp_path: Path
) -> None:
    running = hub_of(plain_bodies=True)
    ident = send(broker, kcat, tmp_path, running)
    wait_until(lambda: running.recorded("police", ident) or running.hub.quarantine_rows() or running.died)
    running.settled()
    assert [(row["reason"], row["field"]) for row in running.hub.quarantine_rows()] == []
    assert running.names("police", ident) == [
        "concern.recorded", "source-record.opened", "person.opened", "source-record.linked", "concern.ruled",
        "signal.counted",
    ]  # fmt: skip
    fact = running.journey("police", ident)[0].fact
    assert isinstance(fact, ConcernRecorded)
    said = fact.statement
    assert (said.organisation, said.sequence, said.occurred.start, said.occurred.precision) == (
        "police", 1, datetime(2026, 3, 1, 21, 40, tzinfo=UTC), "minute",
    )  # fmt: skip
    assert (said.subjects[0].indicators, said.subjects[0].age_months, said.entered_by) == (("hunger",), 105, "")


def test_the_same_message_is_quarantined_where_only_sealed_bodies_are_taken(
    hub_of: Make, broker: "KafkaBroker", kcat: str, tmp_path: Path
) -> None:
    running = hub_of()
    ident = send(broker, kcat, tmp_path, running)
    wait_until(lambda: running.quarantined(place()) or running.died)
    kept = running.quarantined(place())
    assert kept is not None
    assert isinstance(kept.fact, MessageQuarantined)
    assert (kept.fact.reason, kept.fact.field) == ("plain_body", "content-type")
    assert not running.recorded("police", ident)


def test_one_changed_byte_of_a_plain_body_breaks_its_signature(
    hub_of: Make, broker: "KafkaBroker", kcat: str, tmp_path: Path
) -> None:
    running = hub_of(plain_bodies=True)
    send(broker, kcat, tmp_path, running, change=lambda avro: avro.replace(b"hunger", b"hungry"))
    wait_until(lambda: running.quarantined(place()) or running.died)
    kept = running.quarantined(place())
    assert kept is not None
    assert kept.fact.reason == "bad_signature"  # type: ignore[attr-defined]


# ------------------------------------------------------------------------ the foreign side: nothing of hub/ below here


def send(
    broker: "KafkaBroker", kcat: str, folder: Path, running: RunningHub,
    change: Callable[[bytes], bytes] = lambda avro: avro,
) -> str:  # fmt: skip
    """Encode, sign and publish one concern of the police; its id."""
    pair = running.organisations["police"].pair
    ident, avro = str(uuid4()), encoded()
    headers = {
        "ce_specversion": "1.0",
        "ce_id": ident,
        "ce_source": "police",
        "ce_type": "mash.concern-raised.v1",
        "ce_time": datetime.now(UTC).isoformat(),
        "ce_dataschema": fingerprint(),
        "ce_keyid": pair.keyid,
    }
    signed = canonical(headers) + avro
    headers["ce_signature"] = base64.b64encode(Ed25519PrivateKey.from_private_bytes(pair.private).sign(signed)).decode()
    headers["content-type"] = "avro/binary"
    body, config = folder / "body.avro", folder / "kcat.conf"
    body.write_bytes(change(avro))
    config.touch(mode=0o600)
    config.write_text(
        f"bootstrap.servers={broker.bootstrap}\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanisms=PLAIN\n"
        f"sasl.username={USER}\nsasl.password={PASSWORD}\n"
    )
    command = [kcat, "-F", str(config), "-P", "-t", "concern.police.v1", "-p", "0"]
    for name, value in headers.items():
        command += ["-H", f"{name}={value}"]
    done = subprocess.run([*command, str(body)], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return ident


def place() -> Place:
    return Place("concern.police.v1", 0, 0, datetime.now(UTC))


def canonical(headers: dict[str, str]) -> bytes:
    """What is signed before the body: each ce_ attribute but the signature, by name, with lengths."""
    parts = [b"mash body 1\n"]
    for name in sorted(headers):
        for text in (name.encode(), headers[name].encode()):
            parts += [len(text).to_bytes(4, "big"), text]
    return b"".join(parts)


def fingerprint() -> str:
    published = tomllib.loads((SCHEMAS / "fingerprints.toml").read_text())["published"]
    return next(str(one["dataschema"]) for one in published if one["event"] == "concern-raised" and one["version"] == 1)


def encoded() -> bytes:
    text = (SCHEMAS / "concern-raised" / "v1.avsc").read_text()
    child, at = a_child(), datetime(2026, 3, 1, 21, 40, tzinfo=UTC)
    given = {
        "organisation": "police",
        "source_sequence": 1,
        "recorded_at": at + timedelta(hours=1),
        "occurred": {"start": at, "end": at, "precision": "minute"},
        "how_known": {"kind": "first_hand"},
        "referrer_kind": "6",
        "subjects": [
            {
                "person": {
                    "own_id": "nominal-1",
                    "names": [{"forenames": child.forename, "surname": child.surname}],
                    "birth_date": date(2017, 5, 4),
                },
                "indicators": ["hunger"],
            }
        ],
        "narrative": "Officers attended; the child asked them for food.",
        "family_told": {"told": True},
    }
    out = io.BytesIO()
    DatumWriter(parse(text)).write(whole(json.loads(text), given, {}), BinaryEncoder(out))
    return out.getvalue()


def whole(schema: Any, given: Any, named: dict[str, Any]) -> Any:
    """What is given, with the defaults of the schema for what is not: Apache's writer wants every field."""
    if isinstance(schema, str):
        schema = named.get(schema.rpartition(".")[2], schema)
    if isinstance(schema, list):
        if given is None:
            return None
        return whole(next(arm for arm in schema if arm != "null"), given, named)
    if not isinstance(schema, dict):
        return given
    if schema["type"] == "array":
        return [whole(schema["items"], one, named) for one in given]
    if schema["type"] in {"record", "enum"}:
        named[schema["name"]] = schema
    if schema["type"] == "record":
        return {
            field["name"]: whole(field["type"], given.get(field["name"], field.get("default")), named)
            for field in schema["fields"]
        }
    return given
