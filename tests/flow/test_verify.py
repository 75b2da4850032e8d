"""Verifying names the first thing that is wrong, always in the same order, and says nothing of the content."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from msgspec.structs import replace

import schemas
from hub.adapters import sealing
from hub.adapters.avro import Codec
from hub.adapters.blind import MatchKeys
from hub.adapters.bodies import HubBodies
from hub.adapters.clock import FixedClock
from hub.adapters.keys_file import FileKeys
from hub.domain.agency import GATEWAY, AgencyFact, KeyAdded, OrganisationRegistered, register_of
from hub.domain.errors import BadMessage
from hub.domain.message import ConcernRaised
from hub.domain.vocabulary import Vocabulary
from hub.flow.publish import Signer, package
from hub.flow.verify import MAX_BODY, PLAIN, Inspector, keep_rules, verify
from hub.ports import LogMessage, Outgoing
from tests.support.messages import a_child, an_adult, concern, moment, seen_by

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
PAIR, DESK, STRANGER = (sealing.make_signing_pair(bytes([number]) * 32) for number in (1, 2, 3))
SCHOOL = Signer("school", PAIR.keyid, PAIR.private)
FRONT = Signer(GATEWAY, DESK.keyid, DESK.private)
JOINED: tuple[AgencyFact, ...] = (
    OrganisationRegistered(organisation="school", name="School", sector="education"),
    OrganisationRegistered(organisation="police", name="Police", sector="police"),
    OrganisationRegistered(organisation=GATEWAY, name="Desk", sector="partnership", may_enter_for_others=True),
    KeyAdded(organisation="school", key_id=PAIR.keyid, public=PAIR.public),
    KeyAdded(organisation=GATEWAY, key_id=DESK.keyid, public=DESK.public),
)
REGISTER = register_of((number, NOW, fact) for number, fact in enumerate(JOINED, start=1))
CHILD = a_child()
SAID = concern("school", seen_by(CHILD, "school"), at=moment(3, NOW), source_sequence=7)


class Desk:
    """The hub's side of verifying, without a hub."""

    def __init__(self, folder: Path) -> None:
        self.keys = FileKeys(folder / "keys")
        self.clock = FixedClock(NOW)
        self.bodies, self.codec = HubBodies(self.keys, self.clock, lambda owner: self.keys.make([owner])), Codec()
        self.inspector = Inspector(
            REGISTER,
            Vocabulary.of(schemas.load_vocabulary()),
            self.bodies,
            self.codec,
            MatchKeys(bytes(32)),
            plain=False,
        )

    def packaged(self, said: ConcernRaised = SAID, signer: Signer = SCHOOL, ident: str = "") -> Outgoing:
        return package(said, ident or str(uuid4()), signer, codec=self.codec, bodies=self.bodies, now=NOW)

    def close(self) -> None:
        self.keys.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with closing(Desk(tmp_path)) as made:
        yield made


def arrived(sent: Outgoing) -> LogMessage:
    return LogMessage(sent.topic, 0, 41, NOW, sent.key, sent.headers, sent.body)


def with_headers(sent: Outgoing, **changed: str) -> Outgoing:
    headers = {**dict(sent.headers), **{name: value.encode() for name, value in changed.items()}}
    return replace(sent, headers=tuple(headers.items()))


def refused(desk: Desk, sent: Outgoing) -> tuple[str, str]:
    with pytest.raises(BadMessage) as wrong:
        keep_rules(verify(arrived(sent), desk.inspector), desk.inspector, NOW)
    return wrong.value.reason, wrong.value.field


def test_of_many_faults_the_outermost_is_named_first(desk: Desk) -> None:
    """Everything is wrong with this message; mended one fault after the other, it shows them from outside to inside."""
    worst = replace(SAID, organisation="police", recorded_at=NOW + timedelta(days=2))
    avro, dataschema = desk.codec.encode(worst)
    other, own = sealing.make_sealing_pair(), desk.bodies._intake.current(NOW)
    headers = {
        "ce_specversion": "1.0", "ce_id": str(uuid4()), "ce_source": "school", "ce_type": "mash.rumour-heard.v1",
        "ce_time": NOW.isoformat(), "ce_dataschema": "urn:avro:crc64:0000000000000000", "ce_keyid": STRANGER.keyid,
        "ce_sealedto": other.keyid,
    }  # fmt: skip

    def sent(
        content: bytes = avro + b"\x00", *, topic: str = "concern.police.v1", to: sealing.Pair = own,
        by: sealing.Pair = STRANGER, size: int = 0,
    ) -> Outgoing:  # fmt: skip
        body = sealing.seal_body(to.public, by.private, headers, content) + b"\x00" * size
        wire = tuple((name, value.encode()) for name, value in headers.items())
        return Outgoing(topic, None, (*wire, ("content-type", b"application/vnd.mash.sealed")), body)

    assert refused(desk, sent(to=other, size=MAX_BODY)) == ("unknown_type", "ce_type")
    headers["ce_type"] = "mash.concern-raised.v1"
    assert refused(desk, sent(to=other, size=MAX_BODY)) == ("oversize", "body")
    assert refused(desk, sent(to=other)) == ("wrong_topic", "ce_source")
    mine = "concern.school.v1"
    assert refused(desk, sent(topic=mine, to=other)) == ("sealed_to_another_key", "ce_sealedto")
    headers["ce_sealedto"] = own.keyid
    assert refused(desk, sent(topic=mine, to=other)) == ("body_does_not_open", "body")
    assert refused(desk, sent(topic=mine)) == ("unknown_key", "ce_keyid")
    headers["ce_keyid"] = PAIR.keyid
    assert refused(desk, sent(topic=mine)) == ("bad_signature", "signature")
    assert refused(desk, sent(topic=mine, by=PAIR)) == ("unknown_schema", "")
    headers["ce_dataschema"] = dataschema
    assert refused(desk, sent(topic=mine, by=PAIR)) == ("trailing_bytes", "")
    assert refused(desk, sent(avro, topic=mine, by=PAIR)) == ("wrong_organisation", "organisation")
    late, _ = desk.codec.encode(replace(worst, organisation="school"))
    assert refused(desk, sent(late, topic=mine, by=PAIR)) == ("future_time", "recorded_at")
    good, _ = desk.codec.encode(SAID)
    assert verify(arrived(sent(good, topic=mine, by=PAIR)), desk.inspector).message == SAID


@pytest.mark.parametrize(
    ("changed", "reason", "field"),
    [
        ({"ce_specversion": "0.3"}, "malformed_header", "ce_specversion"),
        ({"ce_id": "7"}, "malformed_header", "ce_id"),
        ({"ce_time": "noon"}, "malformed_header", "ce_time"),
        ({"ce_time": "2026-03-10T12:00:00"}, "time_without_zone", "ce_time"),
        ({"content-type": "text/plain"}, "unknown_content_type", "content-type"),
        ({"content-type": PLAIN}, "plain_body", "content-type"),
        ({"ce_keyid": ""}, "missing_header", "ce_keyid"),
        ({"ce_source": "nobody"}, "wrong_topic", "ce_source"),
        ({"ce_subject": "Robin Example"}, "body_does_not_open", "body"),  # an attribute that was not there when sealing
    ],
)
def test_a_header_that_is_wrong_is_named(desk: Desk, changed: dict[str, str], reason: str, field: str) -> None:
    assert refused(desk, with_headers(desk.packaged(), **changed)) == (reason, field)


def test_no_refusal_repeats_what_a_header_or_the_body_says(desk: Desk) -> None:
    for name, _ in desk.packaged().headers:
        with pytest.raises(BadMessage) as wrong:
            verify(arrived(with_headers(desk.packaged(), **{name: "Robin-Example"})), desk.inspector)
        assert "Robin" not in str(wrong.value), name


def test_who_signs_for_another_must_be_allowed_to_and_say_so(desk: Desk) -> None:
    silent = Signer("school", DESK.keyid, DESK.private)  # the desk's key, without saying on whose behalf
    assert refused(desk, desk.packaged(signer=silent)) == ("wrong_key", "ce_onbehalfof")
    police = replace(SAID, organisation="police")
    assert refused(desk, desk.packaged(police, Signer("school", PAIR.keyid, PAIR.private))) == ("wrong_key", "ce_keyid")
    entered = verify(arrived(desk.packaged(signer=FRONT)), desk.inspector)
    assert (entered.signer, entered.header.source, entered.header.on_behalf_of) == (GATEWAY, "school", "school")


@pytest.mark.parametrize("signature", ["", "not base64!", "c2hvcnQ="])
def test_a_plain_body_needs_its_signature(desk: Desk, signature: str) -> None:
    plain = Desk.__new__(Desk)
    plain.__dict__.update(desk.__dict__, inspector=replace(desk.inspector, plain=True))
    avro, dataschema = desk.codec.encode(SAID)
    headers = {**dict(desk.packaged().headers), "ce_dataschema": dataschema.encode(), "content-type": PLAIN.encode()}
    headers["ce_signature"] = signature.encode()
    reason, _ = refused(plain, Outgoing("concern.school.v1", None, tuple(headers.items()), avro))
    assert reason == ("missing_signature" if not signature else "bad_signature")


def test_what_is_verified_tells_who_what_and_when(desk: Desk) -> None:
    ident = str(uuid4())
    found = verify(arrived(desk.packaged(ident=ident)), desk.inspector)
    assert (found.message, found.signer, found.received, found.header.id) == (SAID, "school", NOW, ident)
    assert found.id == found.header.journey
    assert found.at.place == "concern.school.v1/0/41"


def test_the_digest_is_of_what_is_said_and_not_of_its_number_or_its_way(desk: Desk) -> None:
    def digest(said: ConcernRaised, signer: Signer = SCHOOL) -> bytes:
        return verify(arrived(desk.packaged(said, signer)), desk.inspector).digest

    one = digest(SAID)
    assert digest(replace(SAID, source_sequence=8)) == one
    assert digest(SAID, FRONT) == one
    assert digest(replace(SAID, narrative=SAID.narrative + " ")) != one
    assert digest(replace(SAID, on_behalf_of="caller")) != one


def test_a_field_of_a_later_version_that_says_nothing_leaves_the_digest_as_it_was(desk: Desk) -> None:
    grown = an_adult("school")
    said = replace(SAID, adults=(grown, replace(grown, indicators=("poverty",))))
    plain = msgspec.to_builtins(replace(said, source_sequence=0), builtin_types=(datetime,))
    del plain["adults"][0]["indicators"]  # as an earlier release, that had no such field, took its digest
    expected = desk.inspector.blind.digest("message", msgspec.msgpack.encode(plain))
    assert verify(arrived(desk.packaged(said)), desk.inspector).digest == expected
    whole = desk.inspector.blind.digest("message", msgspec.msgpack.encode(replace(SAID, source_sequence=0)))
    assert verify(arrived(desk.packaged(SAID)), desk.inspector).digest == whole


def test_the_rules_of_the_domain_are_asked_apart_so_that_what_is_on_record_stays(desk: Desk) -> None:
    strange = replace(SAID, subjects=(replace(SAID.subjects[0], indicators=("of_an_older_edition",)),))
    found = verify(arrived(desk.packaged(strange)), desk.inspector)
    with pytest.raises(BadMessage, match="unknown_indicator"):
        keep_rules(found, desk.inspector, NOW)
