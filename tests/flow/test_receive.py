"""One batch, start to end: counted, in one transaction, from one place to the next; refused whole when another was there.

And what stops nobody else: an erased person, an unknown child, a policy that errs, a number used again, a second correction.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from hub.domain import child as children
from hub.domain.concern import (
    ConcernRuled,
    MessageQuarantined,
    SequenceGapNoticed,
    SequenceNumberReused,
    WithdrawalRecorded,
    message_id,
)
from hub.domain.enquiry import OpenEnquiry
from hub.domain.errors import AlreadyOnRecord, KeyMissing, StaleWriter, TryLater, VersionConflict
from hub.domain.fact import NewFact
from hub.domain.message import Message
from hub.domain.signal import Finding
from hub.flow.receive import Intake, Taken
from hub.flow.unexplained import TRIES
from hub.ports import LogMessage, Outgoing, Ruling
from hub.views import store
from tests.support.messages import (
    Child,
    a_child,
    concern,
    consent,
    correction,
    legal_status,
    moment,
    seen_by,
    withdrawal,
)
from tests.support.partnership import RunningHub, settings_for

TOPIC = "concern.school.v1"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningHub]:
    running = RunningHub(settings_for(tmp_path / "data"))
    yield running
    running.close()


@pytest.fixture
def intake(hub: RunningHub) -> Intake:
    return Intake(hub.hub.intake_tools())


def sent(hub: RunningHub, *packages: Outgoing) -> list[LogMessage]:
    """These bytes, put on the log and read from it again."""
    places = hub.send(*packages)
    return [one for one in hub.read_log(places[0].topic) if one.offset >= places[0].offset]


def a_package(hub: RunningHub, ident: str = "", **more: Any) -> Outgoing:
    return hub.organisations["school"].package(concern("school", seen_by(a_child(), "school"), **more), ident)


class Hindered:
    """A record that does not append as often as told."""

    def __init__(self, record: Any, fault: Exception, times: int) -> None:
        self._record, self._fault, self._left = record, fault, times
        self.asked = 0

    def append(self, facts: Sequence[NewFact], **more: Any) -> Any:
        self.asked += 1
        if self._left:
            self._left -= 1
            raise self._fault
        return self._record.append(facts, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._record, name)


# ------------------------------------------------------------------------------------------------------------ refused


def test_an_overlapping_batch_of_a_second_intake_is_refused_whole(hub: RunningHub, intake: Intake) -> None:
    batch = sent(hub, *(a_package(hub) for _ in range(3)))
    zombie = Intake(hub.hub.intake_tools())
    assert intake.take(batch[:2], -1).recorded == 2
    head = hub.hub.record.position()
    with pytest.raises(StaleWriter):
        zombie.take(batch, -1)
    with pytest.raises(StaleWriter):
        zombie.take(batch[1:], 0)
    assert (hub.hub.record.position(), hub.hub.record.tracked(f"{TOPIC}/0")) == (head, 1)
    assert intake.take(batch[2:], 1).recorded == 1


def test_while_the_store_is_away_nothing_is_written_and_the_place_is_kept(hub: RunningHub, intake: Intake) -> None:
    batch = sent(hub, a_package(hub), Outgoing(TOPIC, None, (), b""))
    away = Hindered(hub.hub.record, TryLater("the store is away"), 1)
    hindered = Intake(replace(hub.hub.intake_tools(), record=away))
    before = hub.hub.record.position()
    with pytest.raises(TryLater):
        hindered.take(batch, -1)
    assert (hub.hub.record.position(), hub.hub.record.tracked(f"{TOPIC}/0")) == (before, -1)
    assert hindered.take(batch, -1) == Taken(recorded=1, quarantined=("missing_header",), opened=1)
    assert away.asked == 2


def from_several(hub: RunningHub) -> tuple[list[LogMessage], dict[tuple[str, int], int]]:
    """What one look at the log may bring: of two organisations and a consumer, taking turns; and the places before it."""
    school, health = (hub.organisations[name] for name in ("school", "health"))
    known = known_child(hub, Intake(hub.hub.intake_tools()))
    said = [school.package(concern("school", seen_by(a_child(), "school"))) for _ in range(2)]
    said += [health.package(concern("health", seen_by(a_child(), "health"))) for _ in range(2)]
    places = hub.send(*(said[number] for number in (0, 2, 1, 3)), a_finding(hub, finding(child=known)))
    read = {
        (one.topic, one.partition, one.offset): one
        for topic in {p.topic for p in places}
        for one in hub.read_log(topic)
    }
    look = [read[place.topic, place.partition, place.offset] for place in places]
    before: dict[tuple[str, int], int] = {}
    for one in look:
        before.setdefault((one.topic, one.partition), one.offset - 1)
    return look, before


def stand_at(hub: RunningHub, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
    return {place: hub.hub.record.tracked(f"{place[0]}/{place[1]}") for place in places}


def test_when_another_intake_has_moved_one_partition_on_the_whole_look_is_refused(hub: RunningHub) -> None:
    look, before = from_several(hub)
    Intake(hub.hub.intake_tools()).take([one for one in look if one.topic == "concern.health.v1"], -1)
    stood, head = stand_at(hub, before), hub.hub.record.position()
    with pytest.raises(StaleWriter):
        Intake(hub.hub.intake_tools()).take_look(look, before)
    assert (stand_at(hub, before), hub.hub.record.position()) == (stood, head)


def test_while_the_store_is_away_a_look_keeps_the_places_of_all_and_is_then_one_transaction(hub: RunningHub) -> None:
    look, before = from_several(hub)
    away = Hindered(hub.hub.record, TryLater("the store is away"), 1)
    hindered = Intake(replace(hub.hub.intake_tools(), record=away))
    with pytest.raises(TryLater):
        hindered.take_look(look, before)
    assert stand_at(hub, before) == before
    assert hindered.take_look(look, before) == Taken(recorded=4, findings=1, opened=4)
    assert stand_at(hub, before) == {(one.topic, one.partition): one.offset for one in look}
    assert away.asked == 2


def test_a_look_that_fails_unexplained_is_taken_one_by_one_each_from_the_place_of_its_own_partition(
    hub: RunningHub,
) -> None:
    look, before = from_several(hub)
    buggy = Hindered(hub.hub.record, ZeroDivisionError(), 1)
    taken = Intake(replace(hub.hub.intake_tools(), record=buggy)).take_look(look, before)
    assert (taken, buggy.asked) == (Taken(recorded=4, findings=1, opened=4), 1 + len(look))
    assert stand_at(hub, before) == {(one.topic, one.partition): one.offset for one in look}


def test_what_takes_back_an_earlier_message_of_the_same_look_finds_it_on_record(
    hub: RunningHub, intake: Intake
) -> None:
    look, before = from_several(hub)
    earlier = dict(next(one for one in look if one.topic == TOPIC).headers)["ce_id"].decode()
    look += sent(hub, hub.organisations["school"].package(withdrawal("school", earlier)))
    assert intake.take_look(look, before) == Taken(recorded=5, findings=1, opened=4)
    assert hub.names("school", earlier)[0] == "concern.recorded"
    assert len([one for one in hub.facts() if isinstance(one.fact, WithdrawalRecorded)]) == 1
    assert stand_at(hub, before) == {(one.topic, one.partition): one.offset for one in look}


@pytest.mark.parametrize("fault", [VersionConflict("x"), AlreadyOnRecord("x")])
def test_when_somebody_else_writes_in_between_it_looks_again_and_decides_anew(
    hub: RunningHub, fault: Exception
) -> None:
    batch = sent(hub, a_package(hub))
    disturbed = Hindered(hub.hub.record, fault, 3)
    taken = Intake(replace(hub.hub.intake_tools(), record=disturbed)).take(batch, -1)
    assert (taken, disturbed.asked) == (Taken(recorded=1, opened=1), 4)


def test_it_does_not_look_again_for_ever(hub: RunningHub) -> None:
    batch = sent(hub, a_package(hub))
    disturbed = Hindered(hub.hub.record, VersionConflict("x"), 1_000)
    with pytest.raises(TryLater, match="keep being written"):
        Intake(replace(hub.hub.intake_tools(), record=disturbed)).take(batch, -1)
    assert disturbed.asked == TRIES


# ------------------------------------------------------------------------------------------------------------ counted


def test_a_batch_says_what_became_of_it(hub: RunningHub, intake: Intake) -> None:
    school, child = hub.organisations["school"], a_child()
    first = school.package(concern("school", seen_by(child, "school")))
    unsure = concern(
        "school",
        seen_by(child, "school", person=child.known_to("school", own_id=None, nhs_number=None, birth_date=None)),
    )
    batch = sent(
        hub, first, first, school.package(unsure), school.package(concern("school", seen_by(child, "school"))),
        replace(first, body=first.body[:-1]), Outgoing(TOPIC, None, (), b""), school.package(concern("school")),
    )  # fmt: skip
    assert intake.take(batch, -1) == Taken(
        recorded=3, repeated=1, quarantined=("body_does_not_open", "missing_header", "names_nobody"), linked=1, opened=1,
        in_review=1,
    )  # fmt: skip
    assert hub.hub.record.tracked(f"{TOPIC}/0") == batch[-1].offset


def test_a_batch_of_nothing_good_moves_the_place_all_the_same(hub: RunningHub, intake: Intake) -> None:
    batch = sent(hub, *(Outgoing(TOPIC, None, (), b"") for _ in range(3)))
    assert intake.take(batch, -1) == Taken(quarantined=("missing_header",) * 3)
    assert hub.hub.record.tracked(f"{TOPIC}/0") == 2


def test_everything_of_one_message_is_known_at_one_moment_and_received_when_the_log_had_it(
    hub: RunningHub, intake: Intake
) -> None:
    ident = str(uuid4())
    batch = sent(hub, a_package(hub, ident))
    intake.take(batch, -1)
    facts = hub.journey("school", ident)
    assert len(facts) == 6
    assert len({one.envelope.known_at for one in facts}) == 1
    assert {one.envelope.received for one in facts} == {batch[0].received}
    assert {(one.envelope.by, one.envelope.edition) for one in facts} == {("organisation:school", "1")}


@pytest.mark.parametrize("size", [1, 100])
def test_what_is_recorded_does_not_depend_on_how_messages_fall_into_batches(hub: RunningHub, size: int) -> None:
    """The same messages, one by one or all at once: the same kinds of fact, in the same order."""
    school, child, other = hub.organisations["school"], a_child(), a_child()
    idents = [str(uuid4()) for _ in range(7)]
    near = child.known_to("school", own_id="another", nhs_number=None, birth_date=None)
    said: list[Message] = [
        concern("school", seen_by(child, "school"), at=moment(3)),
        concern("school", seen_by(child, "school", "poor_hygiene", person=near)),
        concern("school", seen_by(other, "school"), seen_by(child, "school")),
        correction(idents[0], concern("school", seen_by(child, "school", "attendance_low"))),
        concern("school", seen_by(child, "school", "hunger", person=near)),
        withdrawal("school", idents[1]),
        withdrawal("school", idents[3]),
    ]
    batch = sent(hub, *(school.package(each, ident) for each, ident in zip(said, idents, strict=True)))
    intake = Intake(hub.hub.intake_tools())
    for start in range(0, len(batch), size):
        intake.take(batch[start : start + size], start - 1)
    opening = ["source-record.opened", "person.opened", "source-record.linked"]
    assert [hub.names("school", ident) for ident in idents] == [
        ["concern.recorded", *opening, "concern.ruled", "signal.counted"],
        ["concern.recorded", *opening, "concern.ruled", "signal.counted", "signal.counted"],
        ["concern.recorded", *opening, "concern.ruled", "signal.counted", "signal.counted"],
        ["correction.recorded", "concern.ruled", "signal.discounted", "signal.counted"],
        ["concern.recorded", "concern.ruled", "signal.counted", "signal.counted"],
        ["withdrawal.recorded", "signal.discounted", "signal.discounted"],
        ["withdrawal.recorded", "signal.discounted"],
    ]
    counted = {
        one.fact.signal.id if one.fact.NAME == "signal.counted" else f"-{one.fact.signal_id}"  # type: ignore[attr-defined]
        for one in hub.stream(f"child:{hub.child_of('school', idents[0])}")
    }
    ids = [message_id("school", ident) for ident in idents]
    assert counted == {
        f"{ids[0]}/0", f"{ids[1]}/0", f"{ids[2]}/1", f"{ids[3]}/0", f"{ids[4]}/0", f"-{ids[0]}/0", f"-{ids[1]}/0",
        f"-{ids[3]}/0",
    }  # fmt: skip


def test_a_revoked_key_signs_no_longer_but_what_the_log_had_before_is_taken(hub: RunningHub, intake: Intake) -> None:
    school = hub.organisations["school"]
    before, late = sent(hub, a_package(hub), a_package(hub))
    assert intake.take([before], -1).recorded == 1
    hub.hub.revoke_key("school", school.pair.keyid, "laptop_lost")
    (after,) = sent(hub, a_package(hub))
    assert intake.take([late], 0).recorded == 1
    assert intake.take([after], 1).quarantined == ("revoked_key",)


def test_nothing_that_a_stolen_key_signed_is_taken_any_more(hub: RunningHub, intake: Intake) -> None:
    batch = sent(hub, a_package(hub))
    hub.hub.revoke_key("school", hub.organisations["school"].pair.keyid, "compromised")
    assert intake.take(batch, -1).quarantined == ("revoked_key",)


# ------------------------------------------------------------------------------------------------------------ findings


def known_child(hub: RunningHub, intake: Intake) -> str:
    """A child whom the record holds."""
    ident = str(uuid4())
    batch = sent(hub, a_package(hub, ident))
    intake.take(batch, batch[0].offset - 1)
    return hub.child_of("school", ident)


def finding(**otherwise: Any) -> Finding:
    said = {
        "child": str(uuid4()), "rule": "r1", "rule_version": "v1", "edition": "1", "position": 1, "holds": True, "level": 3,
        "evidence": ("m/0",), "why": "w", "why_now": "n",
    }  # fmt: skip
    return Finding(**{**said, **otherwise})


def test_a_finding_that_does_not_read_is_set_aside_and_the_next_raises_its_alert(
    hub: RunningHub, intake: Intake
) -> None:
    good = finding(child=known_child(hub, intake))
    body, dataschema = hub.hub.codec.encode_finding(good)
    headers = (("ce_dataschema", dataschema.encode()),)
    batch = sent(
        hub, Outgoing("finding.v1", None, headers, body[:-2]), Outgoing("finding.v1", None, (), body),
        Outgoing("finding.v1", None, headers, body), Outgoing("finding.v1", None, headers, body),
    )  # fmt: skip
    taken = intake.take(batch, -1)
    assert (taken.findings, len(taken.quarantined)) == (2, 2)
    assert [one.fact.NAME for one in hub.alerts(good.child)] == ["alert.raised"]


def test_a_finding_about_a_child_whom_the_record_does_not_hold_or_under_an_odd_rule_is_set_aside(
    hub: RunningHub, intake: Intake
) -> None:
    good = finding(child=known_child(hub, intake))
    odd = [finding(), finding(child=f"{good.child}:x"), finding(child=good.child, rule="a:b"), good]
    batch = sent(hub, *(a_finding(hub, one) for one in odd))
    taken = intake.take(batch, -1)
    assert (taken.findings, sorted(taken.quarantined)) == (1, ["invalid_value", "unknown_child", "unknown_child"])
    assert [one.fact.NAME for one in hub.alerts(good.child)] == ["alert.raised"]


def a_finding(hub: RunningHub, said: Finding) -> Outgoing:
    body, dataschema = hub.hub.codec.encode_finding(said)
    return Outgoing("finding.v1", said.child.encode(), (("ce_dataschema", dataschema.encode()),), body)


# ------------------------------------------------------------------------------------------------------------ erased


def took(hub: RunningHub, intake: Intake, *said: Message) -> tuple[Taken, list[str]]:
    """What became of these messages of one organisation, taken as one batch, and the senders' ids."""
    idents = [str(uuid4()) for _ in said]
    organisation = hub.organisations[said[0].organisation]
    batch = sent(hub, *(organisation.package(one, ident) for one, ident in zip(said, idents, strict=True)))
    return intake.take(batch, batch[0].offset - 1), idents


def an_erased_child(hub: RunningHub, intake: Intake) -> tuple[Child, str, str]:
    """A child spoken of once and erased since, the sender's id of what was said, and the person it was."""
    child = a_child()
    _, (ident,) = took(hub, intake, concern("school", seen_by(child, "school")))
    person = hub.child_of("school", ident)
    statement = hub.stream(f"message:{message_id('school', ident)}")[0].fact.statement  # type: ignore[attr-defined]
    for owner in (f"source-record:{statement.subjects[0].source_record}", f"person:{person}"):
        hub.hub.keys.destroy(owner, "erasure:e1@1")
    return child, ident, person


def test_whoever_is_spoken_of_again_after_an_erasure_is_opened_anew(hub: RunningHub, intake: Intake) -> None:
    child, _, erased = an_erased_child(hub, intake)
    said = concern("school", seen_by(child, "school"))
    taken, (again,) = took(hub, intake, said)
    assert taken == Taken(recorded=1, opened=1)
    assert hub.child_of("school", again) != erased
    taken, (once_more, asked) = took(hub, intake, said, consent("school", child.known_to("school"), "given"))
    assert taken == Taken(recorded=2, linked=2)  # its own id leads to the new source record
    assert hub.child_of("school", once_more) == hub.child_of("school", again)
    assert hub.recorded("school", asked)


def test_a_withdrawal_about_an_erased_child_is_recorded_without_words(hub: RunningHub, intake: Intake) -> None:
    _, ident, _ = an_erased_child(hub, intake)
    taken, (back,) = took(hub, intake, withdrawal("school", ident))
    assert taken == Taken(recorded=1)
    (fact,) = [one.fact for one in hub.journey("school", back)]
    assert isinstance(fact, WithdrawalRecorded)
    assert (fact.withdraws, fact.items) == (message_id("school", ident), ())


def test_what_must_be_written_to_somebody_erased_is_quarantined_alone_and_stops_nobody(
    hub: RunningHub, intake: Intake
) -> None:
    """Half an erasure: the person is gone, a source record of another organisation still leads there."""
    child = a_child()
    _, (ident,) = took(hub, intake, concern("school", seen_by(child, "school")))
    hub.hub.keys.destroy(f"person:{hub.child_of('school', ident)}", "erasure:e1@1")
    health = hub.organisations["health"]
    batch = sent(
        hub, health.package(concern("health", seen_by(a_child(), "health"))),
        health.package(concern("health", seen_by(child, "health"))),
        health.package(concern("health", seen_by(a_child(), "health"))),
    )  # fmt: skip
    taken = intake.take(batch, -1)
    assert (taken.recorded, taken.quarantined) == (2, ("erased",))
    (kept,) = [one for one in hub.facts() if isinstance(one.fact, MessageQuarantined)]
    assert isinstance(kept.fact, MessageQuarantined)
    assert kept.fact.offset == batch[1].offset
    assert hub.hub.paged == []
    assert Intake(hub.hub.intake_tools()).readmit(kept.stream) == "erased"
    assert [one.fact.NAME for one in hub.stream(kept.stream)] == ["intake.quarantined", "intake.re-admitted"]


def test_a_child_in_review_counts_on_when_somebody_it_might_have_been_is_erased(
    hub: RunningHub, intake: Intake
) -> None:
    child = a_child()
    unsure = child.known_to("school", own_id="other", nhs_number=None, birth_date=None)
    _, (known,) = took(hub, intake, concern("school", seen_by(child, "school")))
    near = concern("school", seen_by(child, "school", person=unsure))
    _, (first,) = took(hub, intake, near)
    assert hub.names("school", first).count("signal.counted") == 2
    hub.hub.keys.destroy(f"person:{hub.child_of('school', known)}", "erasure:e1@1")
    taken, (second,) = took(hub, intake, near)
    assert (taken.recorded, taken.quarantined) == (1, ())
    assert hub.names("school", second).count("signal.counted") == 1


def test_a_finding_about_an_erased_child_is_dropped(hub: RunningHub, intake: Intake) -> None:
    _, _, person = an_erased_child(hub, intake)
    other = finding(child=known_child(hub, intake))
    batch = sent(hub, a_finding(hub, finding(child=person)), a_finding(hub, other))
    assert intake.take(batch, -1) == Taken(findings=2)
    assert [len(hub.alerts(one)) for one in (person, other.child)] == [0, 1]


def test_a_key_that_was_never_destroyed_and_is_gone_stops_the_intake(hub: RunningHub, intake: Intake) -> None:
    class Lost:
        def find(self, owner: str) -> bytes:
            raise KeyMissing(owner)

        def __getattr__(self, name: str) -> Any:
            return getattr(hub.hub.keys, name)

    _, (ident,) = took(hub, intake, concern("school", seen_by(a_child(), "school")))
    batch = sent(hub, hub.organisations["school"].package(withdrawal("school", ident)))
    with pytest.raises(KeyMissing):
        Intake(replace(hub.hub.intake_tools(), keys=Lost())).take(batch, batch[0].offset - 1)
    assert hub.hub.record.tracked(f"{TOPIC}/0") == batch[0].offset - 1


# ------------------------------------------------------------------------------------------------ what may count


def refusal(child: Child, **more: Any) -> Message:
    return consent("school", child.known_to("school"), "refused", giver="young_person", competent=True, **more)


def ruled(hub: RunningHub, organisation: str, ident: str) -> list[tuple[bool, tuple[str, ...], bool]]:
    return [
        (one.fact.counted, one.fact.policies, one.fact.faults)
        for one in hub.stream(f"message:{message_id(organisation, ident)}")
        if isinstance(one.fact, ConcernRuled)
    ]


@pytest.mark.parametrize(
    ("indicators", "counted"),
    [
        (("attendance_low",), False),
        (("poverty", "isolated"), False),
        (("strangulation_of_child",), True),  # grave in the edition
        (("attendance_low", "sexual_exploitation"), True),
    ],
)
def test_a_competent_young_persons_refusal_never_silences_harm(
    hub: RunningHub, intake: Intake, indicators: tuple[str, ...], counted: bool
) -> None:
    child = a_child()
    took(hub, intake, refusal(child))
    _, (ident,) = took(hub, intake, concern("school", seen_by(child, "school", *indicators)))
    assert ruled(hub, "school", ident) == [(counted, ("C01",) if counted else ("C14",), False)]
    assert ("signal.counted" in hub.names("school", ident)) is counted


def test_harm_on_record_counts_as_harm_that_is_said(hub: RunningHub, intake: Intake) -> None:
    child, person = a_child(), None
    low = concern("school", seen_by(child, "school", "attendance_low"))
    plan = legal_status("council", child.known_to("council"), "child_protection_plan")
    took(hub, intake, refusal(child))
    took(hub, intake, plan)
    _, (planned,) = took(hub, intake, low)
    assert ruled(hub, "school", planned) == [(True, ("C01",), False)]
    took(hub, intake, replace(plan, status="none", source_sequence=2))
    _, (over,) = took(hub, intake, low)
    assert ruled(hub, "school", over) == [(False, ("C14",), False)]
    person = hub.child_of("school", over)
    hub.hub.act().open_enquiry(
        OpenEnquiry(child=person, alerts=(), ground="perceived_harm", reason="A pattern.", by="staff-1")
    )
    _, (asked,) = took(hub, intake, low)
    assert ruled(hub, "school", asked) == [(True, ("C01",), False)]


def test_a_refusal_without_evidence_keeps_nothing_out_of_the_count(hub: RunningHub, intake: Intake) -> None:
    child = a_child()
    low = concern("school", seen_by(child, "school", "attendance_low"))
    took(hub, intake, refusal(child, evidence_held=False))
    _, (ident,) = took(hub, intake, low)
    assert ruled(hub, "school", ident) == [(True, ("C01",), False)]
    took(hub, intake, refusal(child))
    _, (ident,) = took(hub, intake, low)
    assert ruled(hub, "school", ident) == [(False, ("C14",), False)]


class Erring:
    """Policies that err."""

    def decide(self, ask: object, resources: Sequence[object]) -> list[Ruling]:  # noqa: ARG002 - the port names it
        return [Ruling(False, ("N01",), fault=True, shown_as="nothing") for _ in resources]


def test_what_a_policy_erred_over_pages_a_person_and_counts_once_it_is_mended(hub: RunningHub) -> None:
    erring = Intake(replace(hub.hub.intake_tools(), rulings=Erring()))
    child = a_child()
    said = concern("school", seen_by(child, "school"))
    taken, (ident, gone) = took(hub, erring, said, said)
    assert (taken.recorded, ruled(hub, "school", ident)) == (2, [(False, ("N01",), True)])
    took(hub, erring, withdrawal("school", gone))
    assert hub.hub.paged == [f"{TOPIC}/0/0", f"{TOPIC}/0/1"]
    hub.hub.views.catch_up("record", hub.hub.record)
    assert hub.hub.ready()["rulings"].startswith("2 messages over which a policy erred")
    # started again, and not yet mended: a person is paged again, and it waits on
    stream = f"message:{message_id('school', ident)}"
    assert Intake(replace(hub.hub.intake_tools(), rulings=Erring())).ask_again() == 0
    assert hub.hub.paged[2:] == [stream, f"message:{message_id('school', gone)}"]
    # mended: it counts from now on, with the new ruling as its cause, and what was withdrawn meanwhile does not
    again = Intake(hub.hub.intake_tools())
    assert (again.ask_again(), again.ask_again(), Intake(hub.hub.intake_tools()).ask_again()) == (2, 0, 0)
    assert ruled(hub, "school", ident) == [(False, ("N01",), True), (True, ("C01",), False)]
    counted = hub.stream(f"child:{hub.child_of('school', ident)}")
    assert [(one.fact.NAME, one.envelope.because, one.envelope.journey) for one in counted] == [
        ("signal.counted", f"{stream}@4", message_id("school", ident))
    ]
    assert counted[0].envelope.received == hub.stream(stream)[0].envelope.received
    hub.hub.views.catch_up("record", hub.hub.record)
    assert hub.hub.ready()["rulings"] == "ok"
    # and it is the signal that it would have been
    _, (other,) = took(hub, again, said)
    first, second = children.fold(o.fact for o in hub.stream(f"child:{hub.child_of('school', ident)}")).signals.values()
    alike = replace(second, id=first.id, received=first.received, known_at=first.known_at)
    assert (first, hub.child_of("school", other)) == (alike, hub.child_of("school", ident))


# ------------------------------------------------------------------------------------------- corrected, withdrawn


def counting(hub: RunningHub, ident: str) -> list[str]:
    """The signals that count for the child of this message."""
    return sorted(children.fold(one.fact for one in hub.stream(f"child:{hub.child_of('school', ident)}")).signals)


def test_of_two_corrections_of_one_concern_the_second_is_refused_and_says_what_to_correct(
    hub: RunningHub, intake: Intake
) -> None:
    child = a_child()
    said = concern("school", seen_by(child, "school"))
    _, (ident,) = took(hub, intake, said)
    taken, (first, _) = took(hub, intake, correction(ident, said), correction(ident, said))
    assert (taken.recorded, taken.quarantined) == (1, ("already_corrected",))
    assert counting(hub, ident) == [f"{message_id('school', first)}/0"]
    kept = [one.fact for one in hub.facts() if isinstance(one.fact, MessageQuarantined)]
    assert [(one.reason, one.field) for one in kept] == [("already_corrected", "corrects")]
    assert "correct that one" in kept[0].detail
    _, (second,) = took(hub, intake, correction(first, said))
    assert counting(hub, ident) == [f"{message_id('school', second)}/0"]


@pytest.mark.parametrize("named", [0, 1, 2])
def test_a_withdrawal_takes_back_what_had_taken_its_place_too(hub: RunningHub, intake: Intake, named: int) -> None:
    child = a_child()
    said = concern("school", seen_by(child, "school"))
    _, chain = took(hub, intake, said)
    for _ in range(2):
        chain += took(hub, intake, correction(chain[-1], said))[1]
    _, (back,) = took(hub, intake, withdrawal("school", chain[named]))
    assert counting(hub, chain[0]) == []
    fact = hub.journey("school", back)[0].fact
    assert isinstance(fact, WithdrawalRecorded)
    ids = [message_id("school", ident) for ident in chain]
    assert (fact.withdraws, fact.also) == (ids[named], tuple(ids[named + 1 :]))
    hub.hub.views.catch_up("record", hub.hub.record)
    rows = {row["stream"]: row["standing"] for row in hub.hub.views.rows(select(store.said))}
    standing = ["corrected"] * named + ["withdrawn"] * (3 - named)
    assert [rows[f"message:{one}"] for one in ids] == standing
    for worker in (intake, Intake(hub.hub.intake_tools())):  # also after a restart
        for ident in chain:
            assert took(hub, worker, correction(ident, said))[0].quarantined == ("already_withdrawn",)


# ------------------------------------------------------------------------------------------------------------ numbers


def test_a_number_used_again_or_fallen_behind_is_on_record_and_one_out_of_bounds_moves_nothing(
    hub: RunningHub, intake: Intake
) -> None:
    school = hub.organisations["school"]
    said = [concern("school", seen_by(a_child(), "school"), source_sequence=n) for n in (1, 2, 2, 1, 2**62, -1, 3)]
    packages = [school.package(one, numbered=False) for one in said]
    batch = sent(hub, *packages, packages[0])  # the last is a repeat: it has its old number by right
    taken = intake.take(batch, -1)
    assert (taken.recorded, taken.repeated, taken.quarantined) == (5, 1, ("invalid_value",) * 2)
    told = [one.fact for one in hub.stream("source:school")]
    assert told == [
        SequenceNumberReused(organisation="school", signer="school", number=2, newest=2),
        SequenceNumberReused(organisation="school", signer="school", number=1, newest=2),
    ]
    assert not any(isinstance(one, SequenceGapNoticed) for one in told)
