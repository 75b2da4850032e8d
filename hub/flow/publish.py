"""The organisation's side: a message becomes signed, sealed bytes with its headers, ready for the log.

Command line, form, HTTP and CSV all go through here, so there is one path behind them all.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from hub.domain.agency import topic_of
from hub.domain.errors import BadMessage
from hub.domain.message import KINDS, Message
from hub.flow.verify import SEALED
from hub.ports import Bodies, Codec, Outgoing

TYPES = {kind: name for name, kind in KINDS.items()}


class Signer(Struct, frozen=True):
    """Who signs: organisation, key id and the private half (32 bytes of Ed25519). repr shows no key."""

    organisation: str
    key_id: str
    private: bytes

    def __repr__(self) -> str:
        return f"<signer {self.organisation} {self.key_id}>"


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
