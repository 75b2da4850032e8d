"""Bad input gets a clear answer and nothing is lost: each message that cannot be taken is kept as the bytes that came, with
its reason, for a person; and the message behind it flows on.
"""

import io
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import fastavro
import msgspec
import pytest
from msgspec.structs import replace

import schemas
from hub.adapters import sealing
from hub.domain.concern import ConcernRecorded, MessageQuarantined, SequenceGapNoticed, message_id
from hub.domain.fact import Recorded
from hub.domain.message import ConcernRaised, Message, Name, Person
from hub.domain.person import PersonOpened
from hub.domain.source_record import SourceRecordOpened
from hub.flow import append
from hub.flow.verify import MAX_BODY, PLAIN, SEALED
from hub.ports import Outgoing, Place
from tests.support.messages import Child, a_child, an_adult, concern, consent, correction, moment, nhs_of, seen_by
from tests.support.partnership import Organisation, RunningHub, wait_until

Build = Callable[["Bench"], Outgoing]


@dataclass
class Bench:
    """What a case works with: a good message, and each part of the way to the wire by itself."""

    hub: RunningHub
    school: Organisation
    child: Child
    ident: str

    def good(self, **more: Any) -> ConcernRaised:
        self.school.last += 1
        return concern("school", seen_by(self.child, "school", **more), source_sequence=self.school.last)

    def encoded(self, said: Message) -> bytes:
        return self.hub.hub.codec.encode(said)[0]

    def attributes(self, of: Message | None = None, /, **more: str | None) -> dict[str, str]:
        """The ce_ attributes of a message; None leaves one out."""
        now = self.hub.hub.clock.now()
        schema = self.hub.hub.codec.encode(of or self.good())[1]
        given: dict[str, str | None] = {
            "ce_specversion": "1.0", "ce_id": self.ident, "ce_source": "school",
            "ce_type": "mash.concern-raised.v1", "ce_time": now.isoformat(), "ce_dataschema": schema,
            "ce_keyid": self.school.pair.keyid, "ce_sealedto": self.hub.hub.bodies.sealed_to(now), **more,
        }  # fmt: skip
        return {name: value for name, value in given.items() if value is not None}

    def sealed(self, avro: bytes, attributes: dict[str, str]) -> bytes:
        """Signed by the school and sealed to the hub, whatever it is."""
        now = self.hub.hub.clock.now()
        public = self.hub.hub.bodies._intake.current(now).public
        return sealing.seal_body(public, self.school.pair.private, attributes, avro)

    def wire(self, attributes: dict[str, str], body: bytes, content_type: str = SEALED) -> Outgoing:
        headers = (
            *((name, value.encode()) for name, value in attributes.items()),
            ("content-type", content_type.encode()),
        )
        return Outgoing("concern.school.v1", None, headers, body)

    def of(self, avro: bytes, **more: str | None) -> Outgoing:
        """These bytes as content, with everything around them in order."""
        attributes = self.attributes(None, **more)
        return self.wire(attributes, self.sealed(avro, attributes))

    def said(self, said: Message) -> Outgoing:
        """A message that no check of ours has seen before it left."""
        attributes = self.attributes(said)
        return self.wire(attributes, self.sealed(self.encoded(said), attributes))


# --------------------------------------------------------------------------------------------------- what can be wrong


def truncated(b: Bench) -> Outgoing:
    return b.of(b.encoded(b.good())[:-30])


def truncated_on_the_way(b: Bench) -> Outgoing:
    package = b.of(b.encoded(b.good()))
    return replace(package, body=package.body[:-7])


def one_bit_flipped_on_the_way(b: Bench) -> Outgoing:
    package = b.of(b.encoded(b.good()))
    return replace(package, body=package.body[:-1] + bytes([package.body[-1] ^ 1]))


def a_header_changed_on_the_way(b: Bench) -> Outgoing:
    package = b.of(b.encoded(b.good()))
    headers = tuple((k, str(uuid4()).encode() if k == "ce_id" else v) for k, v in package.headers)
    return replace(package, headers=headers)


def trailing_bytes(b: Bench) -> Outgoing:
    return b.of(b.encoded(b.good()) + b"\x00and more")


def unknown_fingerprint(b: Bench) -> Outgoing:
    return b.of(b.encoded(b.good()), ce_dataschema="urn:avro:crc64:0000000000000000")


def schema_of_another_event(b: Bench) -> Outgoing:
    return b.of(b.encoded(b.good()), ce_type="mash.strength-observed.v1")


def unknown_kind(b: Bench) -> Outgoing:
    return b.of(b.encoded(b.good()), ce_type="mash.rumour-heard.v1")


def schema_bomb(b: Bench) -> Outgoing:
    """A few bytes that claim a list of a thousand million children."""
    good = b.good()
    whole, none = b.encoded(good), b.encoded(replace(good, subjects=()))
    start = next(place for place, (one, other) in enumerate(zip(whole, none, strict=False)) if one != other)
    claim = 2 * 1_000_000_000  # zig-zag
    varint = bytearray()
    while claim > 0x7F:
        varint.append(claim & 0x7F | 0x80)
        claim >>= 7
    varint.append(claim)
    return b.of(none[:start] + bytes(varint) + b"\x00" * 20_000)


def oversize(b: Bench) -> Outgoing:
    return b.wire(b.attributes(), b"\x00" * (MAX_BODY + 1))


def recorded_tomorrow(b: Bench) -> Outgoing:
    return b.said(replace(b.good(), recorded_at=datetime.now(UTC) + timedelta(days=1)))


def header_time_without_zone(b: Bench) -> Outgoing:
    return b.of(b.encoded(b.good()), ce_time="2026-11-22T09:00:00")


def header_time_that_is_none(b: Bench) -> Outgoing:
    return b.of(b.encoded(b.good()), ce_time="yesterday")


def topic_of_another(b: Bench) -> Outgoing:
    return replace(b.of(b.encoded(b.good())), topic="concern.health.v1")


def body_of_another(b: Bench) -> Outgoing:
    return b.of(b.encoded(replace(b.good(), organisation="health")))


def organisation_that_never_joined(b: Bench) -> Outgoing:
    return replace(b.of(b.encoded(b.good()), ce_source="stranger"), topic="concern.stranger.v1")


def signed_by_somebody_else(b: Bench) -> Outgoing:
    attributes = b.attributes()
    now = b.hub.hub.clock.now()
    public, stranger = b.hub.hub.bodies._intake.current(now).public, sealing.make_signing_pair()
    return b.wire(attributes, sealing.seal_body(public, stranger.private, attributes, b.encoded(b.good())))


def key_of_another_organisation(b: Bench) -> Outgoing:
    return b.of(b.encoded(b.good()), ce_keyid=b.hub.organisations["police"].pair.keyid)


def key_that_nobody_registered(b: Bench) -> Outgoing:
    return b.of(b.encoded(b.good()), ce_keyid="0123456789abcdef")


def revoked_key(b: Bench) -> Outgoing:
    kept, old = b.school.pair, b.school.new_key()
    package = b.of(b.encoded(b.good()))
    b.hub.hub.revoke_key("school", old.keyid, "laptop_lost")
    b.school.pair = kept
    return package


def plain_body(b: Bench) -> Outgoing:
    attributes = b.attributes(ce_sealedto=None)
    avro = b.encoded(b.good())
    attributes["ce_signature"] = sealing.signature_to_header(sealing.sign(b.school.pair.private, attributes, avro))
    return b.wire(attributes, avro, PLAIN)


def sealed_to_another_key(b: Bench) -> Outgoing:
    other = sealing.make_sealing_pair()
    attributes = b.attributes(ce_sealedto=other.keyid)
    return b.wire(attributes, sealing.seal_body(other.public, b.school.pair.private, attributes, b.encoded(b.good())))


def sealed_to_another_key_under_our_name(b: Bench) -> Outgoing:
    attributes = b.attributes()
    other = sealing.make_sealing_pair().public
    return b.wire(attributes, sealing.seal_body(other, b.school.pair.private, attributes, b.encoded(b.good())))


def replayed_with_other_words(b: Bench) -> Outgoing:
    b.hub.say(concern("school", seen_by(b.child, "school")), b.ident)
    return b.said(replace(b.good(), narrative="Other words under the same id."))


def mistyped_nhs_number(b: Bench) -> Outgoing:
    digits = b.child.nhs
    wrong = digits[:9] + str((int(digits[9]) + 1) % 10)
    return b.said(b.good(person=b.child.known_to("school", nhs_number=wrong)))


def mistyped_upn(b: Bench) -> Outgoing:
    number = b.child.upn
    return b.said(b.good(person=b.child.known_to("school", upn=("A" if number[0] != "A" else "B") + number[1:])))


def unknown_indicator(b: Bench) -> Outgoing:
    good = b.good()
    return b.said(replace(good, subjects=(replace(good.subjects[0], indicators=("hunger", "looks_odd")),)))


def refused(b: Bench, **scope: tuple[str, ...]) -> Outgoing:
    b.school.last += 1
    said = consent("school", b.child.known_to("school"), "refused", source_sequence=b.school.last, **scope)
    attributes = b.attributes(said, ce_type="mash.consent-changed.v1")
    return b.wire(attributes, b.sealed(b.encoded(said), attributes))


def a_no_to_an_organisation_that_there_is_none_of(b: Bench) -> Outgoing:
    return refused(b, organisations=("police", "counsil"))


def a_no_to_a_class_of_information_that_there_is_none_of(b: Bench) -> Outgoing:
    return refused(b, categories=("narative",))


def a_no_for_a_purpose_that_there_is_none_of(b: Bench) -> Outgoing:
    return refused(b, purposes=("marketing",))


def missing(header: str) -> Build:
    def build(b: Bench) -> Outgoing:
        package = b.of(b.encoded(b.good()))
        return replace(package, headers=tuple(pair for pair in package.headers if pair[0] != header))

    build.__name__ = f"missing_{header}"
    return build


def a_header_that_is_not_text(b: Bench) -> Outgoing:
    package = b.of(b.encoded(b.good()))
    return replace(package, headers=tuple((k, b"\xff\xfe" if k == "ce_time" else v) for k, v in package.headers))


def a_header_twice(b: Bench) -> Outgoing:
    package = b.of(b.encoded(b.good()))
    return replace(package, headers=(*package.headers, ("ce_source", b"police")))


def an_id_that_is_none(b: Bench) -> Outgoing:
    return b.of(b.encoded(b.good()), ce_id="concern-7")


def nothing_at_all(b: Bench) -> Outgoing:
    return Outgoing("concern.school.v1", None, (), b"")


def correction_of_what_never_came(b: Bench) -> Outgoing:
    said = replace(correction(str(uuid4()), b.good()), source_sequence=b.school.last)
    attributes = b.attributes(said, ce_type="mash.concern-corrected.v1")
    return b.wire(attributes, b.sealed(b.encoded(said), attributes))


def correction_of_no_id(b: Bench) -> Outgoing:
    said = replace(correction("the one of Monday", b.good()), source_sequence=b.school.last)
    attributes = b.attributes(said, ce_type="mash.concern-corrected.v1")
    return b.wire(attributes, b.sealed(b.encoded(said), attributes))


def names_nobody(b: Bench) -> Outgoing:
    return b.said(replace(b.good(), subjects=()))


def describes(b: Bench, **otherwise: Any) -> Outgoing:
    """A good message, but for how it describes the child."""
    said = b.good(person=b.child.known_to("school", **otherwise))
    schema = schemas.schema("concern-raised", schemas.events()["concern-raised"][-1])
    avro = io.BytesIO()  # by a library that keeps none of our rules
    fastavro.schemaless_writer(
        avro, fastavro.parse_schema(schema), msgspec.to_builtins(said, builtin_types=(datetime, date))
    )
    return b.of(avro.getvalue())


def born_tomorrow(b: Bench) -> Outgoing:
    return describes(b, birth_date=(datetime.now(UTC) + timedelta(days=2)).date())


def a_child_born_a_hundred_years_ago(b: Bench) -> Outgoing:
    return describes(b, birth_date=date(datetime.now(UTC).year - 100, 12, 31))


def an_adult_born_in_the_century_before_the_last(b: Bench) -> Outgoing:
    old = an_adult("school")
    person = replace(old.person, birth_date=date(1880, 6, 1))
    return b.said(replace(b.good(), adults=(replace(old, person=person),)))


def a_name_of_ten_thousand_characters(b: Bench) -> Outgoing:
    return describes(b, names=(Name("R" * 10_000, "Test"),))


def a_name_that_steers_the_terminal(b: Bench) -> Outgoing:
    return describes(b, names=(Name("Robin", "\x1b[2JTest"),))


def a_name_that_turns_the_text_around(b: Bench) -> Outgoing:
    return describes(b, names=(Name("\u202enibor", "Test"),))


def the_mothers_number_as_the_childs_own(b: Bench) -> Outgoing:
    return describes(b, mother_nhs_number=b.child.nhs)


def an_indicator_of_an_adult_that_there_is_none_of(b: Bench) -> Outgoing:
    return b.said(replace(b.good(), adults=(an_adult("school", indicators=("looks_odd",)),)))


CASES: list[tuple[Build, str, str]] = [  # what is wrong, the reason it is given, the field it names
    (truncated, "truncated", "narrative"),
    (truncated_on_the_way, "body_does_not_open", "body"),
    (one_bit_flipped_on_the_way, "body_does_not_open", "body"),
    (a_header_changed_on_the_way, "body_does_not_open", "body"),
    (trailing_bytes, "trailing_bytes", ""),
    (unknown_fingerprint, "unknown_schema", ""),
    (schema_of_another_event, "wrong_type", "ce_type"),
    (unknown_kind, "unknown_type", "ce_type"),
    (schema_bomb, "too_many_items", "subjects"),
    (oversize, "oversize", "body"),
    (recorded_tomorrow, "future_time", "recorded_at"),
    (header_time_without_zone, "time_without_zone", "ce_time"),
    (header_time_that_is_none, "malformed_header", "ce_time"),
    (topic_of_another, "wrong_topic", "ce_source"),
    (body_of_another, "wrong_organisation", "organisation"),
    (organisation_that_never_joined, "unknown_organisation", "ce_source"),
    (signed_by_somebody_else, "bad_signature", "signature"),
    (key_of_another_organisation, "wrong_key", "ce_keyid"),
    (key_that_nobody_registered, "unknown_key", "ce_keyid"),
    (revoked_key, "revoked_key", "ce_keyid"),
    (plain_body, "plain_body", "content-type"),
    (sealed_to_another_key, "sealed_to_another_key", "ce_sealedto"),
    (sealed_to_another_key_under_our_name, "body_does_not_open", "body"),
    (replayed_with_other_words, "same_id_other_bytes", "ce_id"),
    (mistyped_nhs_number, "invalid_nhs_number", "subjects[0].person.nhs_number"),
    (mistyped_upn, "invalid_upn", "subjects[0].person.upn"),
    (unknown_indicator, "unknown_indicator", "subjects[0].indicators[1]"),
    (a_header_that_is_not_text, "malformed_header", "headers"),
    (a_header_twice, "malformed_header", "headers"),
    (an_id_that_is_none, "malformed_header", "ce_id"),
    (nothing_at_all, "missing_header", "ce_specversion"),
    (correction_of_what_never_came, "refers_to_unknown", "corrects"),
    (correction_of_no_id, "malformed_id", "corrects"),
    (names_nobody, "names_nobody", "subjects"),
    (born_tomorrow, "future_time", "subjects[0].person.birth_date"),
    (a_child_born_a_hundred_years_ago, "birth_date_too_early", "subjects[0].person.birth_date"),
    (an_adult_born_in_the_century_before_the_last, "birth_date_too_early", "adults[0].person.birth_date"),
    (a_name_of_ten_thousand_characters, "text_too_long", "subjects[0].person.names[0].forenames"),
    (a_name_that_steers_the_terminal, "invalid_value", "subjects[0].person.names[0].surname"),
    (a_name_that_turns_the_text_around, "invalid_value", "subjects[0].person.names[0].forenames"),
    (the_mothers_number_as_the_childs_own, "number_of_the_mother", "subjects[0].person.nhs_number"),
    (an_indicator_of_an_adult_that_there_is_none_of, "unknown_indicator", "adults[0].indicators[0]"),
    (a_no_to_an_organisation_that_there_is_none_of, "unknown_organisation", "organisations[1]"),
    (a_no_to_a_class_of_information_that_there_is_none_of, "unknown_category", "categories[0]"),
    (a_no_for_a_purpose_that_there_is_none_of, "unknown_purpose", "purposes[0]"),
    *((missing(name), "missing_header", name) for name in (
        "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_dataschema", "ce_keyid", "ce_sealedto",
        "content-type",
    )),
]  # fmt: skip


@pytest.fixture
def bench(running_hub: RunningHub) -> Bench:
    running_hub.hub.log.create_topics({"concern.stranger.v1": 1})
    return Bench(running_hub, running_hub.organisations["school"], a_child(), str(uuid4()))


def gone_aside(running_hub: RunningHub, place: Place) -> Recorded:
    """The fact that keeps what lies at this place, once it is there."""
    wait_until(lambda: running_hub.quarantined(place) or running_hub.died, what="it is quarantined")
    kept = running_hub.quarantined(place)
    assert kept is not None, running_hub.died
    return kept


@pytest.mark.parametrize(("build", "reason", "field"), CASES, ids=[build.__name__ for build, _, _ in CASES])
def test_it_is_kept_as_it_came_with_its_reason_and_the_next_message_flows_on(
    bench: Bench, build: Build, reason: str, field: str
) -> None:
    running_hub = bench.hub
    package = build(bench)
    (place,) = running_hub.send(package)
    after = running_hub.say(concern("school", seen_by(bench.child, "school")))
    kept = gone_aside(running_hub, place)
    fact = kept.fact
    assert isinstance(fact, MessageQuarantined)
    assert (fact.reason, fact.field) == (reason, field), fact.detail
    assert (fact.topic, fact.partition, fact.offset) == place[:3]
    assert (fact.headers, fact.body, fact.key) == (package.headers, package.body, package.key)
    assert kept.envelope.received == place.received
    wait_until(lambda: running_hub.recorded("school", after), what="the next message flows on")
    # nothing half written: the message led to no fact but this one
    ours = running_hub.journey("school", bench.ident) if reason != "same_id_other_bytes" else []
    assert ours == []
    assert [one.fact.NAME for one in running_hub.stream(kept.stream)] == ["intake.quarantined"]
    # the reason and its sentence say nothing of the content
    told = f"{fact.reason} {fact.field} {fact.detail}"
    assert not [one for one in (bench.child.surname, bench.child.nhs, bench.child.upn, "looks_odd") if one in told]


# ------------------------------------------------------------------------------------- odd people, taken all the same


def placed(
    bench: Bench, person: Person, organisation: str = "school"
) -> tuple[SourceRecordOpened, PersonOpened | None]:
    """How the hub took somebody so described: the source record, and the person where a new one was opened."""
    ident = bench.hub.say(concern(organisation, seen_by(bench.child, organisation, person=person)))
    wait_until(lambda: bench.hub.recorded(organisation, ident) or bench.hub.died, what="it is recorded")
    facts = [one.fact for one in bench.hub.journey(organisation, ident)]
    opened = next(one for one in facts if isinstance(one, SourceRecordOpened))
    return opened, next((one for one in facts if isinstance(one, PersonOpened)), None)


def test_a_person_of_whom_nothing_is_said_is_a_person_of_its_own_each_time_and_said_to_be_nobodys(bench: Bench) -> None:
    for _ in range(2):
        record, person = placed(bench, Person())
        assert record.doubts == ("nothing_to_compare",)
        assert person is not None
        assert person.candidates == ()


def test_a_name_of_figures_alone_is_taken_and_compared_with_nobodys(bench: Bench) -> None:
    figures = Person(names=(Name("12345", "67890"),), birth_date=bench.child.born)
    for organisation in ("school", "police"):
        record, person = placed(bench, figures, organisation)
        assert record.doubts == ("name_without_letters",)
        assert person is not None


def test_a_name_in_letters_of_two_scripts_is_said_to_be_one(bench: Bench) -> None:
    cyrillic_o = bench.child.known_to("school", names=(Name("R\u043ebin", "Test"),), own_id=None)
    assert placed(bench, cyrillic_o)[0].doubts == ("mixed_scripts",)
    olena = Name("\u041e\u043b\u0435\u043d\u0430", "\u041a\u043e\u0432\u0430\u043b\u044c")
    ukrainian = a_child().known_to("school", names=(olena,))
    assert placed(bench, ukrainian)[0].doubts == ()
    joined = a_child().known_to(
        "school", names=(Name("\u0645\u06cc\u200c\u0646\u0627", "Test"),)
    )  # a joiner is part of it
    assert placed(bench, joined)[0].doubts == ()


def test_a_birth_date_that_computers_write_for_not_known_is_no_birth_date(bench: Bench) -> None:
    said = concern("school", seen_by(bench.child, "school", person=a_child(born=date(1900, 1, 1)).known_to("school")))
    ident = bench.hub.say(said)
    bench.hub.settled(alerts=False)
    facts = [one.fact for one in bench.hub.journey("school", ident)]
    (recorded,) = [one for one in facts if isinstance(one, ConcernRecorded)]
    assert recorded.statement.subjects[0].age_months is None
    (opened,) = [one for one in facts if isinstance(one, SourceRecordOpened)]
    assert opened.doubts == ("birth_date_stands_for_none",)


def test_two_who_share_an_nhs_number_and_nothing_else_are_never_linked(bench: Bench) -> None:
    shared = nhs_of(40_000)
    first, second = (
        a_child(born=born).known_to("school", nhs_number=shared) for born in (date(2017, 5, 4), date(2011, 1, 9))
    )
    _, one = placed(bench, first)
    _, other = placed(bench, replace(second, own_id="police-77"), "police")
    assert one is not None
    assert other is not None
    assert (other.standing, len(other.candidates)) == ("in_review", 1)


def test_a_child_of_a_refused_message_is_not_known_to_the_message_behind_it(bench: Bench) -> None:
    hub = bench.hub
    refused, after = correction_of_what_never_came(bench), bench.school.package(bench.good(), str(uuid4()))
    ident = dict(after.headers)["ce_id"].decode()
    hub.send(refused, after)  # in one go: the intake takes both as one batch
    hub.settled(alerts=False)
    names = hub.names("school", ident)
    assert names[:4] == ["concern.recorded", "source-record.opened", "person.opened", "source-record.linked"]


def test_a_number_that_never_came_is_an_alarm_and_the_message_is_taken(bench: Bench) -> None:
    hub, police = bench.hub, bench.hub.organisations["police"]
    hub.say(concern("police", seen_by(bench.child, "police")))
    hub.settled(alerts=False)
    before = len(hub.stream("source:police"))
    lost = police.last + 1, police.last + 3
    police.last += 3
    ident = hub.say(concern("police", seen_by(bench.child, "police")))
    hub.settled(alerts=False)
    assert hub.recorded("police", ident)
    told = [one.fact for one in hub.stream("source:police")[before:]]
    assert told == [SequenceGapNoticed(organisation="police", signer="police", first=lost[0], last=lost[1])]
    hub.hub.views.catch_up("record", hub.hub.record)
    assert hub.hub.ready()["record"] == "ok"


def test_what_lies_in_quarantine_is_no_gap_and_neither_is_a_repeat(bench: Bench) -> None:
    hub, health = bench.hub, bench.hub.organisations["health"]
    good = health.package(concern("health", seen_by(bench.child, "health")))
    wrong = replace(concern("health", seen_by(bench.child, "health")), subjects=())
    hub.settled(alerts=False)
    before = len(hub.stream("source:health"))
    (_, place, _, _) = hub.send(good, health.package(wrong), good, health.package(replace(wrong, adults=())))
    gone_aside(hub, place)
    ident = hub.say(concern("health", seen_by(bench.child, "health")))
    wait_until(lambda: hub.recorded("health", ident))
    assert hub.stream("source:health")[before:] == []


def test_a_bad_message_in_the_middle_of_a_batch_takes_nobody_with_it(bench: Bench) -> None:
    hub = bench.hub
    children = [a_child() for _ in range(5)]
    packages, idents = [], []
    for number, child in enumerate(children):
        idents.append(str(uuid4()))
        packages.append(bench.school.package(concern("school", seen_by(child, "school")), idents[-1]))
        if number in {0, 2}:
            packages.append(unknown_indicator(Bench(hub, bench.school, child, str(uuid4()))))
    places = hub.send(*packages)
    hub.settled(alerts=False)
    assert [hub.recorded("school", ident) for ident in idents] == [True] * 5
    assert [place.offset - places[0].offset for place in places if hub.quarantined(place)] == [1, 4]


# --------------------------------------------------------------------------------------------------------- unexplained


CANARY = "quoted by our own error"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A bug of ours: taking a message whose id is in this list fails, with words of the message in the error's text."""
    ids: list[str] = []
    real = append.concern_facts

    def fails(verified: Any, *rest: Any, **more: Any) -> Any:
        if verified.header.id in ids:
            raise ZeroDivisionError(CANARY)
        return real(verified, *rest, **more)

    monkeypatch.setattr(append, "concern_facts", fails)
    return ids


def test_a_bug_of_ours_sets_one_message_aside_pages_a_person_and_the_rest_flows_on(
    own_hub: Callable[..., RunningHub], broken: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    running = own_hub()
    school, child = running.organisations["school"], a_child()
    idents = [str(uuid4()) for _ in range(3)]
    broken.append(idents[1])
    places = running.send(*(school.package(concern("school", seen_by(child, "school")), ident) for ident in idents))
    assert running.hub.ready()["unexplained"] == "ok"
    running.start()
    running.settled()
    assert [running.recorded("school", ident) for ident in idents] == [True, False, True]
    kept = running.quarantined(places[1])
    assert kept is not None
    assert isinstance(kept.fact, MessageQuarantined)
    assert kept.fact.reason == "unexplained"
    assert kept.fact.detail.startswith("ZeroDivisionError at test_bad_input.py:")
    assert [running.quarantined(place) for place in (places[0], places[2])] == [None, None]
    assert running.hub.paged == [f"concern.school.v1/0/{places[1].offset}"]
    assert running.hub.ready()["unexplained"] == "1 messages: mash quarantine list"
    tries = [line for line in caplog.messages if line.startswith(f"message {running.hub.paged[0]} failed unexplained")]
    assert len(tries) == 3
    # nobody got as far as reading its number, so that is reported as missing as well: rather too loud than silent
    assert [one.fact for one in running.stream("source:school")] == [
        SequenceGapNoticed(organisation="school", signer="school", first=2, last=2)
    ]
    assert CANARY not in caplog.text
    assert CANARY not in kept.fact.detail


def test_re_admitting_it_before_the_bug_is_mended_refuses_again_and_stops_nobody(
    own_hub: Callable[..., RunningHub], broken: list[str]
) -> None:
    running = own_hub()
    running.start()
    child, ident = a_child(), str(uuid4())
    broken.append(ident)
    (place,) = running.send(running.organisations["school"].package(concern("school", seen_by(child, "school")), ident))
    kept = gone_aside(running, place)
    quarantine = kept.stream.partition(":")[2]
    assert running.hub.readmit(quarantine, "our_fault") == {"outcome": "refused_again", "reason": "unexplained"}
    after = running.say(concern("school", seen_by(child, "school")))
    wait_until(lambda: running.recorded("school", after) or running.died)
    assert running.died == []
    broken.clear()
    assert running.hub.readmit(quarantine, "our_fault") == {"outcome": "recorded", "reason": ""}
    (first, *_) = running.journey("school", ident)
    assert (first.fact.NAME, first.envelope.received) == ("concern.recorded", place.received)
    assert message_id("school", ident) == first.envelope.journey
    assert moment(0) >= first.envelope.received.replace(microsecond=0) - timedelta(seconds=5)
