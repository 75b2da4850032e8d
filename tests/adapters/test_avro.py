"""Avro from outside: what is wrong is refused by name, before it can cost anything; what is right comes back whole."""

import io
import json
import time
import tracemalloc
from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random
from typing import Any

import fastavro
import msgspec
import pytest
from avro.io import BinaryEncoder, DatumWriter
from avro.schema import parse
from msgspec.structs import replace

import schemas
from hub.adapters.avro import MAX_BODY, Codec, fingerprint_of
from hub.domain.errors import BadMessage
from hub.domain.message import KINDS, ConcernRaised, Message, Name, Person, Subject
from hub.domain.signal import CaseChange, Change, Finding, Signal

CODEC = Codec()
RAISED = "mash.concern-raised.v1"
WITHDRAWN = "mash.concern-withdrawn.v1"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def example(kind: str, name: str) -> Message:
    """A published example, typed."""
    text = json.dumps(schemas.examples(kind.removeprefix("mash.").removesuffix(".v1"))[name])
    said: Message = msgspec.json.decode(text, type=KINDS[kind])
    return said


def concern(**changes: Any) -> ConcernRaised:
    """The full example of a concern, with something changed."""
    said = example(RAISED, "full")
    assert isinstance(said, ConcernRaised)
    return replace(said, **changes)


EXAMPLES = [(kind, name) for kind in KINDS for name in schemas.examples(kind.split(".")[1])]
NEWEST = schemas.schema("concern-raised", schemas.events()["concern-raised"][-1])
BODY, CONCERN_SCHEMA = CODEC.encode(concern())
WITHDRAWAL, WITHDRAWAL_SCHEMA = CODEC.encode(example(WITHDRAWN, "full"))


def refused(body: bytes, dataschema: str = CONCERN_SCHEMA, ce_type: str = RAISED) -> tuple[str, str]:
    """Why and where the codec refuses a body."""
    with pytest.raises(BadMessage) as bad:
        CODEC.decode(dataschema, body, ce_type)
    return bad.value.reason, bad.value.field


def varint(number: int) -> bytes:
    """A zig-zag varint, as Avro writes numbers."""
    number = (number << 1) ^ (number >> 63)
    out = bytearray()
    while number & ~0x7F:
        out.append((number & 0x7F) | 0x80)
        number >>= 7
    return bytes([*out, number])


def placed(field: str, raw: bytes) -> bytes:
    """A withdrawal whose `field` holds these raw bytes: the rest as the example has it."""
    out = b""
    schema = schemas.schema("concern-withdrawn", 1)
    said = msgspec.to_builtins(example(WITHDRAWN, "full"), builtin_types=(datetime, date))
    named: dict[str, Any] = {}
    for entry in schema["fields"]:
        stream = io.BytesIO()
        one = {"type": "record", "name": "One", "fields": [entry]}
        fastavro.schemaless_writer(stream, fastavro.parse_schema(one, named), {entry["name"]: said[entry["name"]]})
        named.pop("One", None)
        out += raw if entry["name"] == field else stream.getvalue()
    return out


def lists(part: Any) -> Any:
    """The same with each tuple a list, which is all that Apache's library takes."""
    if isinstance(part, dict):
        return {name: lists(entry) for name, entry in part.items()}
    return [lists(entry) for entry in part] if isinstance(part, tuple | list) else part


# ------------------------------------------------------------------------------------------------------ refusals


def test_a_schema_that_was_never_published_is_refused_before_a_byte_is_read() -> None:
    assert refused(BODY, "urn:avro:crc64:0000000000000000")[0] == "unknown_schema"
    assert refused(BODY, CONCERN_SCHEMA.upper())[0] == "unknown_schema"
    assert refused(BODY, "")[0] == "unknown_schema"


def test_a_header_that_names_another_kind_of_message_than_the_schema_is_refused() -> None:
    assert refused(BODY, CONCERN_SCHEMA, WITHDRAWN) == ("wrong_type", "ce_type")
    assert refused(BODY, CONCERN_SCHEMA, "mash.signal.v1") == ("wrong_type", "ce_type")


def test_the_hubs_own_messages_are_not_taken_from_outside() -> None:
    body, dataschema = CODEC.encode_change(Change(position=1, child="c"))
    assert refused(body, dataschema) == ("wrong_type", "ce_type")


def test_every_truncation_of_a_message_is_refused_and_none_is_taken_for_a_shorter_message() -> None:
    reasons = Counter(refused(BODY[:cut])[0] for cut in range(len(BODY)))
    assert reasons == {"truncated": len(BODY)}


def test_a_truncated_message_says_where_it_ends() -> None:
    assert refused(BODY[:-1]) == ("truncated", "backfill")
    assert refused(b"") == ("truncated", "organisation")


def test_bytes_after_the_message_are_refused() -> None:
    assert refused(BODY + b"\0")[0] == "trailing_bytes"
    assert refused(BODY * 2)[0] == "trailing_bytes"


def test_a_symbol_or_branch_below_zero_is_garbage_and_never_the_last_one() -> None:
    # What a client's indexOf gives for a word that its list has not; fastavro alone would read "other".
    for wrong in (-1, -2, 4, 1000, -(1 << 62)):
        assert refused(placed("reason_code", varint(wrong)), WITHDRAWAL_SCHEMA, WITHDRAWN) == (
            "malformed",
            "reason_code",
        )
        assert refused(placed("setting", varint(wrong) + b"\2x"), WITHDRAWAL_SCHEMA, WITHDRAWN) == (
            "malformed",
            "setting",
        )


@pytest.mark.parametrize(
    ("field", "raw", "reason"),
    [
        ("organisation", varint(2) + b"\xff\xfe", "malformed"),
        ("organisation", varint(-1), "malformed"),
        ("organisation", varint(1 << 62), "truncated"),
        ("source_sequence", b"\xff" * 10 + b"\x01", "malformed"),
        ("recorded_at", varint((1 << 63) - 1), "invalid_value"),
        ("recorded_at", varint(-(1 << 63)), "invalid_value"),
    ],
)
def test_bytes_that_no_writer_of_the_schema_makes_are_refused_with_their_field(
    field: str, raw: bytes, reason: str
) -> None:
    assert refused(placed(field, raw), WITHDRAWAL_SCHEMA, WITHDRAWN) == (reason, field)


def test_a_body_larger_than_the_limit_is_refused_unread() -> None:
    assert refused(b"\0" * (MAX_BODY + 1))[0] == "oversize"


@pytest.mark.parametrize("count", [10_000, 50_000_000, 1 << 40, (1 << 63) - 1, -50_000_000])
@pytest.mark.parametrize("size", [0, 20_000, MAX_BODY - 500])
def test_a_few_bytes_that_claim_millions_of_items_cost_neither_memory_nor_time(count: int, size: int) -> None:
    head = BODY[: _before_subjects()]
    bomb = head + varint(count) + (varint(8) if count < 0 else b"") + b"\0" * size
    tracemalloc.start()
    before = time.perf_counter()
    try:
        reason, _ = refused(bomb)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert reason in {"too_many_items", "truncated"}
    assert peak < 16_000_000
    assert time.perf_counter() - before < 2


def test_the_largest_message_is_walked_and_refused_for_its_items_not_for_its_size() -> None:
    names = (Name("R", "E"),) * 200
    person = Person(names=names)
    crowd = concern(subjects=tuple(Subject(person=person) for _ in range(20)))
    plain = msgspec.to_builtins(crowd, builtin_types=(datetime, date))
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(NEWEST), plain)
    assert 20_000 < len(stream.getvalue()) < MAX_BODY
    assert refused(stream.getvalue())[0] == "too_many_items"


def test_random_damage_is_always_a_refusal_by_name_or_a_message_of_the_right_kind() -> None:
    random = Random(7)  # noqa: S311  a seed, so that a failure can be repeated
    outcomes: Counter[str] = Counter()
    for _ in range(3000):
        damaged = bytearray(BODY)
        for _ in range(random.choice((1, 1, 2, 5))):
            damaged[random.randrange(len(damaged))] = random.choice(
                (0, 1, 2, 127, 128, 254, 255, random.randrange(256))
            )
        try:
            said = CODEC.decode(CONCERN_SCHEMA, bytes(damaged), RAISED)
        except BadMessage as bad:
            outcomes[bad.reason] += 1
        else:
            outcomes["taken"] += 1
            assert type(said) is ConcernRaised
    assert set(outcomes) <= {"taken", "truncated", "malformed", "trailing_bytes", "too_many_items", "invalid_value"}
    assert outcomes["malformed"] > 100


# ------------------------------------------------------------------------------------------- refusals when writing


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"recorded_at": datetime(2026, 3, 2, 12)}, "time_without_zone", "recorded_at"),
        ({"referrer_kind": 6}, "invalid_value", "referrer_kind"),
        ({"source_sequence": True}, "invalid_value", "source_sequence"),
        ({"source_sequence": 1.9}, "invalid_value", "source_sequence"),
        ({"source_sequence": 1 << 63}, "invalid_value", ""),
        ({"narrative": "\ud800"}, "invalid_value", ""),
        ({"narrative": "x" * 10_001}, "text_too_long", "narrative"),
        ({"subjects": (Subject(person=Person(), seen="glimpsed"),)}, "invalid_value", "subjects[0].seen"),  # type: ignore[arg-type]
        ({"subjects": (Subject(person=Person(sex=None)),)}, "invalid_value", "subjects[0].person.sex"),  # type: ignore[arg-type]
    ],
)
def test_a_value_that_another_reader_would_take_for_something_else_is_never_written(
    changes: dict[str, Any], reason: str, field: str
) -> None:
    with pytest.raises(BadMessage) as bad:
        CODEC.encode(concern(**changes))
    assert (bad.value.reason, bad.value.field) == (reason, field)
    assert "glimpsed" not in str(bad.value)


# ---------------------------------------------------------------------------------------------------- what is right


@pytest.mark.parametrize(("kind", "name"), EXAMPLES, ids=[f"{kind} {name}" for kind, name in EXAMPLES])
def test_every_published_example_comes_back_as_it_was_sent(kind: str, name: str) -> None:
    said = example(kind, name)
    body, dataschema = CODEC.encode(said)
    assert CODEC.decode(dataschema, body, kind) == said


def test_a_time_of_another_zone_comes_back_as_the_same_moment_in_utc() -> None:
    summer = datetime(2026, 7, 1, 13, 5, 6, 789, tzinfo=timezone(timedelta(hours=1)))
    body, dataschema = CODEC.encode(concern(recorded_at=summer))
    back = CODEC.decode(dataschema, body, RAISED)
    assert (back.recorded_at, back.recorded_at.tzinfo) == (summer, UTC)


def test_a_message_written_by_apaches_own_library_reads_as_ours() -> None:
    stream = io.BytesIO()
    foreign = DatumWriter(parse(json.dumps(NEWEST)))
    foreign.write(lists(msgspec.to_builtins(concern(), builtin_types=(datetime, date))), BinaryEncoder(stream))
    assert CODEC.decode(CONCERN_SCHEMA, stream.getvalue(), RAISED) == concern()
    assert stream.getvalue() == BODY


def test_lists_that_a_client_sends_in_blocks_with_sizes_are_read() -> None:
    whole = msgspec.to_builtins(concern(subjects=(), adults=(), evidence=()), builtin_types=(datetime, date))
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(NEWEST), whole)
    plain = stream.getvalue()
    first = varint(len("exhibit-1")) + b"exhibit-1" + varint(5) + b"image" + varint(6) + b"police"
    blocks = plain[:-2] + varint(-1) + varint(len(first)) + first + varint(1) + first + b"\0" + plain[-1:]
    back = CODEC.decode(CONCERN_SCHEMA, blocks, RAISED)
    assert isinstance(back, ConcernRaised)
    assert [entry.reference for entry in back.evidence] == ["exhibit-1", "exhibit-1"]


def test_the_hubs_own_messages_come_back_as_they_were_sent() -> None:
    signal = Signal(
        id="m/0", child="c", relation="own", kind="concern", indicators=("hunger",), domains=("parenting.basic_care",),
        organisation="police", sector="police", setting=None, referrer=None, referrer_kind="6", seen="seen",
        how_known="first_hand", incident=None, measures=(("weight_kg", 13.8), ("height_cm", 99.0)), age_months=-2,
        unborn=True, occurred_start=NOON, occurred_end=NOON, precision="day", recorded_at=NOON, received=NOON,
        known_at=NOON,
    )  # fmt: skip
    changes = [
        Change(position=7, child="c", counted=signal),
        Change(position=8, child="c", discounted="m/0", reason="corrected"),
    ]
    found = Finding(
        child="c", rule="r", rule_version="v", edition="1", position=8, holds=True, level=4,
        evidence=tuple(f"m/{number}" for number in range(5000)), why="Because.",
    )  # fmt: skip
    case = CaseChange(position=9, child="c", kind="alert_raised", ref="alert:c:r:1", at=NOON, edition="1", level=4)
    for change in changes:
        body, dataschema = CODEC.encode_change(change)
        assert CODEC.decode_change(dataschema, body) == change
    body, dataschema = CODEC.encode_finding(found)
    assert CODEC.decode_finding(dataschema, body) == found
    body, dataschema = CODEC.encode_case(case)
    assert CODEC.decode_case(dataschema, body) == case


def test_one_codec_reads_with_the_published_schema_whatever_else_was_parsed_before() -> None:
    fastavro.parse_schema({"type": "record", "name": "mash.Person", "fields": [{"name": "x", "type": "null"}]})
    assert Codec().decode(CONCERN_SCHEMA, BODY, RAISED) == concern()


# -------------------------------------------------------------------------------------------------- fingerprints


def test_fingerprints_of_schemas_with_logical_types_are_what_the_rules_of_avro_say() -> None:
    vectors = json.loads(schemas.ROOT.joinpath("fingerprint-vectors.json").read_text(encoding="utf-8"))
    said = {case["name"]: fingerprint_of(case["schema"]).rpartition(":")[2] for case in vectors}
    assert said == {case["name"]: case["fingerprint"] for case in vectors}
    # By hand, from the specification: the canonical form is in the file, the CRC is these lines.
    assert said == {case["name"]: crc64_avro(case["canonical"].encode()) for case in vectors}


def test_a_changed_logical_type_does_not_change_the_fingerprint_so_the_gate_must_see_it() -> None:
    micros, millis = ({"type": "long", "logicalType": f"timestamp-{unit}"} for unit in ("micros", "millis"))
    assert fingerprint_of(micros) == fingerprint_of(millis)


def crc64_avro(data: bytes) -> str:
    """CRC-64-AVRO of some bytes, little-endian, in hex."""
    empty = fingerprint = 0xC15D213AA4D7A795
    for byte in data:
        fingerprint ^= byte
        for _ in range(8):
            fingerprint = (fingerprint >> 1) ^ (empty & -(fingerprint & 1))
    return fingerprint.to_bytes(8, "little").hex()


def _before_subjects() -> int:
    """Where the list of subjects begins: what two concerns without any share."""
    one, other = (CODEC.encode(concern(subjects=subjects))[0] for subjects in ((), concern().subjects))
    return next(at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
