"""Two versions of one kind of message are taken side by side: an organisation changes to the newer one when it can."""

import io
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import fastavro
import msgspec
from msgspec.structs import replace

import schemas
from hub.adapters.avro import fingerprint_of
from hub.domain.agency import topic_of
from hub.domain.concern import ConcernRecorded, CorrectionRecorded, message_id
from hub.domain.message import ConcernRaised, Message
from hub.flow.publish import TYPES
from hub.flow.verify import SEALED
from hub.ports import Outgoing
from tests.support.messages import a_child, an_adult, answer, concern, correction, moment
from tests.support.partnership import RunningHub

KNOWN_OF_HIM = ("drug_misuse_parent", "domestic_abuse_incident")


def as_first_published(hub: RunningHub, said: Message, ident: str) -> Outgoing:
    """The message as a client writes it that has version 1 of the schema, and knows nothing of a later one."""
    organisation, now = hub.organisations[said.organisation], hub.hub.clock.now()
    organisation.last += 1
    said = replace(said, source_sequence=organisation.last)
    schema = schemas.schema(TYPES[type(said)].split(".")[1], 1)
    plain: dict[str, Any] = msgspec.to_builtins(said, builtin_types=(datetime, date))
    avro = io.BytesIO()
    fastavro.schemaless_writer(avro, fastavro.parse_schema(schema), plain)  # what the schema has not, it leaves out
    attributes = {
        "ce_specversion": "1.0", "ce_id": ident, "ce_source": said.organisation, "ce_type": TYPES[type(said)],
        "ce_time": now.isoformat(), "ce_dataschema": fingerprint_of(schema), "ce_keyid": organisation.pair.keyid,
        "ce_sealedto": hub.hub.bodies.sealed_to(now),
    }  # fmt: skip
    body = hub.hub.bodies.seal(attributes, avro.getvalue(), organisation.pair.private)
    headers = (*((name, value.encode()) for name, value in attributes.items()), ("content-type", SEALED.encode()))
    return Outgoing(topic_of(said.organisation), None, headers, body)


def of_an_adult(*indicators: str) -> ConcernRaised:
    """A concern that names no child: one adult, and what is known of him."""
    return concern("police", at=moment(2), adults=(an_adult("police", relationship="parent", indicators=indicators),))


def told_of_adults(hub: RunningHub, ident: str) -> list[tuple[str, ...]]:
    """The indicators of each adult of a recorded statement."""
    fact = hub.stream(f"message:{message_id('police', ident)}")[0].fact
    assert isinstance(fact, ConcernRecorded | CorrectionRecorded)
    return [adult.indicators for adult in fact.statement.adults]


def test_a_concern_of_the_first_version_and_one_of_the_second_are_both_taken(running_hub: RunningHub) -> None:
    old, new = str(uuid4()), str(uuid4())
    running_hub.send(as_first_published(running_hub, of_an_adult(*KNOWN_OF_HIM), old))
    running_hub.say(of_an_adult(*KNOWN_OF_HIM), new)
    running_hub.settled_intake()
    assert told_of_adults(running_hub, old) == [()]
    assert told_of_adults(running_hub, new) == [KNOWN_OF_HIM]


def test_a_correction_holds_the_newer_statement_and_an_old_correction_is_still_taken(running_hub: RunningHub) -> None:
    first, old, new = (str(uuid4()) for _ in range(3))
    said = of_an_adult()
    running_hub.say(said, first)
    running_hub.send(as_first_published(running_hub, correction(first, said), old))
    known = (replace(said.adults[0], indicators=KNOWN_OF_HIM),)
    running_hub.say(correction(old, replace(said, adults=known)), new)
    running_hub.settled_intake()
    assert [told_of_adults(running_hub, ident) for ident in (old, new)] == [[()], [KNOWN_OF_HIM]]


def test_what_was_sent_in_the_first_version_and_is_sent_again_in_the_second_is_recorded_once(
    running_hub: RunningHub,
) -> None:
    ident, said = str(uuid4()), of_an_adult()
    running_hub.send(as_first_published(running_hub, said, ident))
    again = running_hub.organisations["police"].package(said, ident)
    (place,) = running_hub.send(again)
    running_hub.settled_intake()
    assert running_hub.names("police", ident).count("concern.recorded") == 1
    assert running_hub.quarantined(place) is None  # it is not called another text under the same id


def test_an_answer_of_the_first_version_is_taken_and_sent_again_in_the_second_it_is_still_the_same(
    running_hub: RunningHub,
) -> None:
    ident, child = str(uuid4()), a_child()
    said = answer(
        "police", child.known_to("police"), str(uuid4()), result="refused", refusal_reason="He was not asked."
    )
    running_hub.send(as_first_published(running_hub, said, ident))
    (place,) = running_hub.send(running_hub.organisations["police"].package(said, ident))
    running_hub.settled_intake()
    assert running_hub.names("police", ident).count("information.recorded") == 1
    assert running_hub.quarantined(place) is None
