"""The organisation's side: a message becomes signed, sealed bytes with its headers, ready for the log.

Command line, form, HTTP and CSV all go through here, so there is one path behind them all.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from hub.domain.agency import topic_of
from hub.domain.errors import BadMessage
from hub.domain.message import KINDS, Message
from hub.flow.verify import SEALED
from hub.ports import Bodies, Codec, Log, Outgoing

TYPES = {kind: name for name, kind in KINDS.items()}


class Signer(Struct, frozen=True):
    """Who signs: organisation, key id and the private half (32 bytes of Ed25519). repr shows no key."""

    organisation: str
    key_id: str
    private: bytes

    def __repr__(self) -> str:
        return f"<signer {self.organisation} {self.key_id}>"


class Receipt(Struct, frozen=True):
    """What a publisher gets, however it published: the message's id, its place in the log, and when the log had it."""

    id: str
    position: str
    received: datetime


def send(
    said: Sequence[tuple[str, Message]], signer: Signer, *, codec: Codec, bodies: Bodies, log: Log, now: datetime
) -> list[Receipt]:
    """Package messages (id, message), append them to the log, and give a receipt for each, in order.

    Raises BadMessage before anything is published, TryLater when the log is away (then some may be there: send again).
    """
    packages = [package(message, ident, signer, codec=codec, bodies=bodies, now=now) for ident, message in said]
    places = log.append(packages)
    return [
        Receipt(ident, f"{place.topic}/{place.partition}/{place.offset}", place.received)
        for (ident, _), place in zip(said, places, strict=True)
    ]


def package(said: Message, identity: str, signer: Signer, *, codec: Codec, bodies: Bodies, now: datetime) -> Outgoing:
    """The message as it goes on the wire, to the topic of the organisation that says it.

    `identity` is the sender's id for it, a UUID; `now` is aware UTC. Raises BadMessage when it does not fit its schema.
    """
    try:
        identity = str(UUID(identity))
    except ValueError:
        raise BadMessage("malformed_header", "give a UUID, made at random", "id") from None
    avro, dataschema = codec.encode(said)
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": identity,
        "ce_source": said.organisation,
        "ce_type": TYPES[type(said)],
        "ce_time": now.isoformat(),
        "ce_dataschema": dataschema,
        "ce_keyid": signer.key_id,
        "ce_sealedto": bodies.sealed_to(now),
    }
    if signer.organisation != said.organisation:
        attributes["ce_onbehalfof"] = said.organisation
    body = bodies.seal(attributes, avro, signer.private)
    headers = (*((name, value.encode()) for name, value in attributes.items()), ("content-type", SEALED.encode()))
    return Outgoing(topic_of(said.organisation), None, headers, body)
