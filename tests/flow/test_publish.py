"""The organisation's side: a message becomes signed, sealed bytes with its headers."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from hub.adapters import sealing
from hub.adapters.avro import Codec
from hub.adapters.bodies import HubBodies
from hub.adapters.clock import FixedClock
from hub.adapters.keys_file import FileKeys
from hub.domain.agency import GATEWAY
from hub.domain.errors import BadMessage
from hub.domain.message import KINDS
from hub.flow.publish import TYPES, Signer, package
from tests.support.messages import a_child, concern, moment, seen_by

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
PAIR = sealing.make_signing_pair(bytes(32))
CHILD = a_child()
SAID = concern("fire_service", seen_by(CHILD, "fire_service"), at=moment(3, NOW), narrative="Robin was cold.")


@pytest.fixture
def bodies(tmp_path: Path) -> Iterator[HubBodies]:
    keys = FileKeys(tmp_path / "keys")
    yield HubBodies(keys, FixedClock(NOW), lambda owner: keys.make([owner]))
    keys.close()


def signer(organisation: str) -> Signer:
    return Signer(organisation, PAIR.keyid, PAIR.private)


@pytest.mark.parametrize("ident", ["", "concern-7", "0" * 31])
def test_an_id_that_is_no_uuid_is_refused(bodies: HubBodies, ident: str) -> None:
    with pytest.raises(BadMessage) as refused:
        package(SAID, ident, signer("fire_service"), codec=Codec(), bodies=bodies, now=NOW)
    assert (refused.value.reason, refused.value.field) == ("malformed_header", "id")


def test_a_signer_shows_no_key(bodies: HubBodies) -> None:
    assert repr(signer("school")) == f"<signer school {PAIR.keyid}>"
    assert PAIR.private.hex() not in f"{signer('school')!r}"


def test_headers_say_everything_about_the_message_and_nothing_about_anybody(bodies: HubBodies) -> None:
    ident = uuid4()
    sent = package(SAID, str(ident).upper(), signer("fire_service"), codec=Codec(), bodies=bodies, now=NOW)
    assert (sent.topic, sent.key) == ("concern.fire-service.v1", None)
    assert dict(sent.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": str(ident).encode(),
        "ce_source": b"fire_service",
        "ce_type": b"mash.concern-raised.v1",
        "ce_time": b"2026-03-10T12:00:00+00:00",
        "ce_dataschema": Codec().dataschema(type(SAID)).encode(),
        "ce_keyid": PAIR.keyid.encode(),
        "ce_sealedto": bodies.sealed_to(NOW).encode(),
        "content-type": b"application/vnd.mash.sealed",
    }
    for word in (CHILD.surname, CHILD.nhs, "Robin", "hunger"):
        assert word.encode() not in sent.body + repr(sent.headers).encode()


def test_who_enters_for_another_says_so(bodies: HubBodies) -> None:
    sent = package(SAID, str(uuid4()), signer(GATEWAY), codec=Codec(), bodies=bodies, now=NOW)
    assert dict(sent.headers)["ce_onbehalfof"] == b"fire_service"


def test_the_same_message_twice_is_sealed_differently_and_opens_alike(bodies: HubBodies) -> None:
    ident = str(uuid4())
    one, other = (package(SAID, ident, signer("fire_service"), codec=Codec(), bodies=bodies, now=NOW) for _ in range(2))
    assert one.headers == other.headers
    assert one.body != other.body
    opened = [
        bodies.open({k: v.decode() for k, v in sent.headers if k.startswith("ce_")}, sent.body) for sent in (one, other)
    ]
    assert opened[0] == opened[1]
    assert opened[0][1] == Codec().encode(SAID)[0]


def test_every_kind_of_message_has_a_type_on_the_wire() -> None:
    assert {name: TYPES[kind] for name, kind in KINDS.items()} == {name: name for name in KINDS}
