"""Messages to Avro bytes and back: decodes only with a schema of our own, and never makes more of bytes than they hold.

The place of a schema is its fingerprint (CRC-64-AVRO of the parsing canonical form, as fastavro computes it), which
travels as `ce_dataschema`. Nothing that a message brings along is ever used as a schema.
"""

import io
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.schema import fingerprint, to_parsing_canonical_form

import schemas
from hub.adapters.avro_wire import Budget, Walk, compiled, walk_all
from hub.domain.errors import BadMessage
from hub.domain.message import KINDS, Message
from hub.domain.message_rules import check_shape
from hub.domain.outward import NoticeOut, Outward, RequestOut
from hub.domain.signal import CaseChange, Change, Finding
from hub.domain.silence import Expected, Silence

URN = "urn:avro:crc64:"
MAX_BODY = 262_144  # bytes of a message from outside
MAX_OWN_BODY = 4_194_304  # bytes on the hub's own topics: a finding may name many signals
PER_LIST, IN_ALL = 200, 2_000  # list items in a message from outside, refused before one is made
OWN_ITEMS = 40_000  # and on the hub's own topics

_EVENT: dict[str, str] = {kind: kind.removeprefix("mash.").removesuffix(".v1") for kind in KINDS}
Own = Change | Finding | CaseChange | Expected | Silence | RequestOut | NoticeOut
_OWN: dict[str, type[Own]] = {
    "signal": Change, "finding": Finding, "case": CaseChange, "request-made": RequestOut, "notice-sent": NoticeOut,
    "expected": Expected, "silence": Silence,
}  # fmt: skip
T = TypeVar("T")
_PATH = re.compile(r"at `\$\.?(?P<path>[^`]*)`")


class Known(NamedTuple):
    """One published version of one event, ready to use."""

    event: str
    version: int
    dataschema: str
    parsed: Any
    walk: Walk


class Codec:
    """All published schemas, parsed once; safe to share between threads, since nothing changes after the start."""

    def __init__(self) -> None:
        self._by_dataschema: dict[str, Known] = {}
        self._newest: dict[str, Known] = {}
        for event, versions in schemas.events().items():
            for version in versions:
                known = _known(event, version)
                other = self._by_dataschema.setdefault(known.dataschema, known)
                if other is not known:
                    raise ValueError(f"{event} v{version} has the fingerprint of {other.event} v{other.version}")
                self._newest[event] = known
        self._event_of: dict[type, str] = {struct: _EVENT[kind] for kind, struct in KINDS.items()}
        self._event_of |= {struct: event for event, struct in _OWN.items()}

    def known(self) -> Mapping[str, Known]:
        """Every schema that decodes, by its dataschema."""
        return dict(self._by_dataschema)

    def dataschema(self, message: type[Message | Own]) -> str:
        """The dataschema under which a class is encoded now."""
        return self._newest[self._event_of[message]].dataschema

    def encode(self, message: Message | Own) -> tuple[bytes, str]:
        """The body and its dataschema, by the newest schema of the event.

        Raises BadMessage (time_without_zone, invalid_value, text_too_long, too_many_items) rather than write a value
        that another reader would take for something else.
        """
        struct = type(message)
        known = self._newest[self._event_of[struct]]
        plain = msgspec.to_builtins(message, builtin_types=(datetime, date))
        _converted(plain, struct)  # a Struct does not check what it is made of; this does
        check_shape(message)
        if struct is Change and plain.get("counted"):
            plain["counted"]["measures"] = [_measure(pair) for pair in plain["counted"].get("measures", ())]
        out = io.BytesIO()
        try:
            schemaless_writer(out, known.parsed, plain, strict_allow_default=True)
        except (OverflowError, ValueError, TypeError) as fault:  # a number beyond 64 bits, a lone surrogate
            raise BadMessage("invalid_value", f"not writable ({type(fault).__name__})") from None
        body = out.getvalue()
        limit = MAX_OWN_BODY if known.event in _OWN else MAX_BODY
        if len(body) > limit:
            raise BadMessage("oversize", f"at most {limit} bytes")
        return body, known.dataschema

    def decode(self, dataschema: str, body: bytes, ce_type: str) -> Message:
        """The message in a body from outside.

        Order: known schema, schema of this ce_type, size, walked to the last byte, decoded, typed. Raises
        BadMessage: unknown_schema, wrong_type, oversize, too_many_items, truncated, malformed, trailing_bytes,
        invalid_value.
        """
        struct = KINDS.get(ce_type)
        if struct is None:
            raise BadMessage("wrong_type", "no such kind of message", "ce_type")
        plain = self._plain(dataschema, body, _EVENT[ce_type])
        return _converted(plain, struct)

    def encode_change(self, change: Change) -> tuple[bytes, str]:
        """A message of `signal.v1`; raises as `encode`."""
        return self.encode(change)

    def encode_finding(self, finding: Finding) -> tuple[bytes, str]:
        """A message of `finding.v1`; raises as `encode`."""
        return self.encode(finding)

    def encode_case(self, change: CaseChange) -> tuple[bytes, str]:
        """A message of `case.v1`; raises as `encode`."""
        return self.encode(change)

    def encode_expected(self, said: Expected) -> tuple[bytes, str]:
        """A message of `expected.v1`; raises as `encode`."""
        return self.encode(said)

    def encode_silence(self, said: Silence) -> tuple[bytes, str]:
        """A silence on `finding.v1`; raises as `encode`."""
        return self.encode(said)

    def encode_outward(self, said: Outward) -> tuple[bytes, str]:
        """A message to one organisation, on its `request.` or `notice.` topic; raises as `encode`."""
        return self.encode(said)

    def decode_outward(self, dataschema: str, body: bytes) -> Outward:
        """What the hub told one organisation, in the organisation's own inbox; raises as `decode`."""
        known = self._by_dataschema.get(dataschema)
        if known is not None and known.event == "request-made":
            return _converted(self._plain(dataschema, body, "request-made"), RequestOut)
        return _converted(self._plain(dataschema, body, "notice-sent"), NoticeOut)

    def decode_change(self, dataschema: str, body: bytes) -> Change:
        """A message of `signal.v1`; raises as `decode`."""
        plain = self._plain(dataschema, body, "signal")
        if plain["counted"] is not None:
            plain["counted"]["measures"] = [(pair["code"], pair["value"]) for pair in plain["counted"]["measures"]]
        return _converted(plain, Change)

    def decode_finding(self, dataschema: str, body: bytes) -> Finding:
        """A message of `finding.v1`; raises as `decode`."""
        return _converted(self._plain(dataschema, body, "finding"), Finding)

    def decode_expected(self, dataschema: str, body: bytes) -> Expected:
        """A message of `expected.v1`; raises as `decode`."""
        return _converted(self._plain(dataschema, body, "expected"), Expected)

    def decode_silence(self, dataschema: str, body: bytes) -> Silence:
        """A silence on `finding.v1`; raises as `decode`."""
        return _converted(self._plain(dataschema, body, "silence"), Silence)

    def decode_case(self, dataschema: str, body: bytes) -> CaseChange:
        """A message of `case.v1`; raises as `decode`."""
        return _converted(self._plain(dataschema, body, "case"), CaseChange)

    def _plain(self, dataschema: str, body: bytes, event: str) -> Any:
        """The body as dicts and lists."""
        known = self._by_dataschema.get(dataschema)
        if known is None:
            raise BadMessage("unknown_schema", "publish the schema first, or use one of `mash schemas list`")
        if known.event != event:
            raise BadMessage("wrong_type", f"the body is of {known.event}, the header says {event}", "ce_type")
        own = event in _OWN
        if len(body) > (MAX_OWN_BODY if own else MAX_BODY):
            raise BadMessage("oversize", f"at most {MAX_OWN_BODY if own else MAX_BODY} bytes")
        limit = OWN_ITEMS if own else IN_ALL
        walk_all(known.walk, body, Budget(OWN_ITEMS if own else PER_LIST, limit))
        return schemaless_reader(io.BytesIO(body), known.parsed, None)


def fingerprint_of(schema: Any) -> str:
    """The dataschema of a schema as JSON: "urn:avro:crc64:" and 16 hex digits."""
    return URN + fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO")


def _known(event: str, version: int) -> Known:
    schema = schemas.schema(event, version)
    dataschema = fingerprint_of(schema)
    return Known(event, version, dataschema, parse_schema(schema), compiled(schema))


def _converted(plain: Any, struct: type[T]) -> T:
    try:
        return msgspec.convert(plain, struct)
    except msgspec.ValidationError as fault:
        # The library's text may quote the value: keep the path alone.
        found = _PATH.search(str(fault))
        raise BadMessage("invalid_value", "not what the schema allows here", found["path"] if found else "") from None


def _measure(pair: tuple[str, float]) -> dict[str, Any]:
    return {"code": pair[0], "value": pair[1]}
