"""One batch, start to end: counted, in one transaction, from one place to the next; refused whole when another was there."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from hub.domain.concern import message_id
from hub.domain.errors import AlreadyOnRecord, StaleWriter, TryLater, VersionConflict
from hub.domain.fact import NewFact
from hub.domain.message import Message
from hub.domain.signal import Finding
from hub.flow.receive import TRIES, Intake, Taken
from hub.ports import LogMessage, Outgoing
from tests.support.messages import a_child, concern, correction, moment, seen_by, withdrawal
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
    unsure = concern("school", seen_by(child, "school", person=child.known_to("school", own_id=None, nhs_number=None)))
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
    near = child.known_to("school", own_id="another", nhs_number=None)
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
        ["correction.recorded", "concern.ruled", "signal.counted", "signal.discounted"],
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


def finding(**otherwise: Any) -> Finding:
    said = {
        "child": str(uuid4()), "rule": "r1", "rule_version": "v1", "edition": "1", "position": 1, "holds": True, "level": 3,
        "evidence": ("m/0",), "why": "w", "why_now": "n",
    }  # fmt: skip
    return Finding(**{**said, **otherwise})


def test_a_finding_that_does_not_read_is_set_aside_and_the_next_raises_its_alert(
    hub: RunningHub, intake: Intake
) -> None:
    good = finding()
    hub.hub.keys.make([f"person:{good.child}"])
    body, dataschema = hub.hub.codec.encode_finding(good)
    headers = (("ce_dataschema", dataschema.encode()),)
    batch = sent(
        hub, Outgoing("finding.v1", None, headers, body[:-2]), Outgoing("finding.v1", None, (), body),
        Outgoing("finding.v1", None, headers, body), Outgoing("finding.v1", None, headers, body),
    )  # fmt: skip
    taken = intake.take(batch, -1)
    assert (taken.findings, len(taken.quarantined)) == (2, 2)
    assert [one.fact.NAME for one in hub.alerts(good.child)] == ["alert.raised"]
