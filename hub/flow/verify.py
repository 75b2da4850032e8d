"""Step 1: that it is really from them, whole, and new.

In this order, and each failure names itself: headers, size, source equals topic, open, signature, fingerprint, decode,
all bytes consumed. (Then the record is asked, for a whole batch at once in receive.py, whether it was seen before; and
what was not must keep the rules of the domain.) Nothing of the content is in any error.
"""

from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from hub.domain.agency import Register, SigningKey, topic_of
from hub.domain.concern import message_id
from hub.domain.errors import BadMessage
from hub.domain.message import KINDS, ConcernCorrected, ConcernRaised, Header, InformationProvided, Message
from hub.domain.message_rules import check, check_scope
from hub.domain.sharing import PURPOSES
from hub.domain.vocabulary import Vocabulary
from hub.ports import Blind, Bodies, Codec, LogMessage

MAX_BODY = 256 * 1024  # bytes: twenty times the longest narrative that the schema allows
SEALED = "application/vnd.mash.sealed"
PLAIN = "avro/binary"
_encode = msgspec.msgpack.Encoder().encode
REQUIRED = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_dataschema", "ce_keyid", "content-type")


class Verified(Struct, frozen=True):
    """A message that is what it says: header, typed content, its id in the hub, and a keyed digest of what it says.

    The digest leaves out the number in its source: the front desk gives a second try a number of its own.
    """

    header: Header
    message: Message
    id: str
    digest: bytes
    signer: str  # the organisation whose key signed: the source itself, or one that enters for others
    received: datetime
    at: LogMessage


class Inspector(Struct, frozen=True):
    """What verifying needs to know and to call; `plain` says whether unsealed bodies are taken at all."""

    register: Register
    vocabulary: Vocabulary
    bodies: Bodies
    codec: Codec
    blind: Blind
    plain: bool


def verify(arrived: LogMessage, inspector: Inspector) -> Verified:
    """The message, verified but for the rules of the domain; raises BadMessage with the first thing wrong with it."""
    attributes, content_type = _attributes(arrived)
    header = _header(attributes)
    if len(arrived.body) > MAX_BODY:
        raise BadMessage("oversize", f"a body is at most {MAX_BODY} bytes", "body")
    if arrived.topic != topic_of(header.source):
        raise BadMessage("wrong_topic", "publish to your own topic, concern.<organisation>.v1", "ce_source")
    signature, avro = _open(arrived, attributes, content_type, inspector)
    signer = _signed(header, attributes, avro, signature, inspector, arrived.received)
    said = inspector.codec.decode(header.dataschema, avro, header.type)
    if said.organisation != header.source:
        raise BadMessage("wrong_organisation", "the body names another organisation than the header", "organisation")
    content = _encode(_as_published_first(msgspec.structs.replace(said, source_sequence=0)))
    return Verified(
        header=header,
        message=said,
        id=header.journey,
        digest=inspector.blind.digest("message", content),
        signer=signer.organisation,
        received=arrived.received,
        at=arrived,
    )


def _as_published_first(said: Message) -> object:
    """What a message says, for its digest: a field of a later version counts where it says something, and else is left
    out, so that a repeat of what an earlier release recorded is still the same message.
    """
    if isinstance(said, InformationProvided):
        return _answer_as_published_first(said)
    worry = said.statement if isinstance(said, ConcernCorrected) else said
    if not isinstance(worry, ConcernRaised) or not worry.adults or all(adult.indicators for adult in worry.adults):
        return said
    plain: dict[str, Any] = msgspec.to_builtins(said, builtin_types=(datetime,))
    for adult in (plain["statement"] if isinstance(said, ConcernCorrected) else plain)["adults"]:
        if not adult["indicators"]:
            del adult["indicators"]  # since v2
    return plain


def _answer_as_published_first(said: InformationProvided) -> object:
    later = ("refusal_code", "review_on", "may_overturn")  # since v2
    plain: dict[str, Any] = msgspec.to_builtins(said, builtin_types=(datetime,))
    for name in later:
        if plain[name] is None:
            del plain[name]
    return plain


def keep_rules(verified: Verified, inspector: Inspector, now: datetime) -> None:
    """Nothing, where the message keeps the rules of the domain at `now` (aware UTC); else raises BadMessage.

    Asked of what is new alone: what is on record stays there, whatever a later vocabulary says.
    """
    check(verified.message, inspector.vocabulary, now)
    check_scope(verified.message, inspector.register.organisations, PURPOSES)


def _attributes(arrived: LogMessage) -> tuple[dict[str, str], str]:
    try:
        headers = {name: value.decode("ascii") for name, value in arrived.headers}
    except UnicodeDecodeError:
        raise BadMessage("malformed_header", "headers are plain ASCII", "headers") from None
    if len(headers) != len(arrived.headers):
        raise BadMessage("malformed_header", "a header is given twice", "headers")
    for name in REQUIRED:
        if not headers.get(name):
            raise BadMessage("missing_header", "send it", name)
    return {name: value for name, value in headers.items() if name.startswith("ce_")}, headers["content-type"]


def _header(attributes: Mapping[str, str]) -> Header:
    if attributes["ce_specversion"] != "1.0":
        raise BadMessage("malformed_header", "CloudEvents 1.0 is spoken here", "ce_specversion")
    try:
        identity = str(UUID(attributes["ce_id"]))
    except ValueError:
        raise BadMessage("malformed_header", "give a UUID, made at random", "ce_id") from None
    if attributes["ce_type"] not in KINDS:
        raise BadMessage("unknown_type", "schemas/ lists the kinds of message", "ce_type")
    try:
        time = datetime.fromisoformat(attributes["ce_time"])
    except ValueError:
        raise BadMessage("malformed_header", "give RFC 3339 time", "ce_time") from None
    if time.tzinfo is None:
        raise BadMessage("time_without_zone", "give RFC 3339 time with an offset", "ce_time")
    source = attributes["ce_source"]
    return Header(
        source=source,
        id=identity,
        type=attributes["ce_type"],
        time=time.astimezone(UTC),
        dataschema=attributes["ce_dataschema"],
        keyid=attributes["ce_keyid"],
        sealedto=attributes.get("ce_sealedto", ""),
        on_behalf_of=attributes.get("ce_onbehalfof", ""),
        journey=message_id(source, identity),
    )


def _open(
    arrived: LogMessage, attributes: dict[str, str], content_type: str, inspector: Inspector
) -> tuple[bytes, bytes]:
    if content_type == SEALED:
        if "ce_sealedto" not in attributes:
            raise BadMessage("missing_header", "name the hub's key that the body is sealed to", "ce_sealedto")
        return inspector.bodies.open(attributes, arrived.body)
    if content_type != PLAIN:
        raise BadMessage("unknown_content_type", f"send {SEALED}", "content-type")
    if not inspector.plain:
        raise BadMessage("plain_body", "this hub takes only bodies that are sealed to it", "content-type")
    try:
        return b64decode(attributes.pop("ce_signature", ""), validate=True), arrived.body
    except ValueError:
        raise BadMessage("bad_signature", "ce_signature is not base64", "ce_signature") from None


def _signed(
    header: Header, attributes: Mapping[str, str], avro: bytes, signature: bytes, inspector: Inspector,
    received: datetime,
) -> SigningKey:  # fmt: skip
    key = inspector.register.signer(header.source, header.keyid, received)
    if not signature:
        raise BadMessage("missing_signature", "sign attributes and body with a registered key", "signature")
    if not inspector.bodies.verify(key.public, attributes, avro, signature):
        raise BadMessage("bad_signature", "the signature does not fit these bytes and headers", "signature")
    if header.source not in {key.organisation, header.on_behalf_of}:
        raise BadMessage("wrong_key", "who signs for another organisation says so in ce_onbehalfof", "ce_onbehalfof")
    return key
