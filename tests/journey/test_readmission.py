"""Re-admission: what we could not take is run again, unedited, once our side is mended. Both modes."""

from uuid import uuid4

import pytest

from hub.domain.concern import MessageReadmitted, ReadmissionAsked, message_id
from hub.domain.errors import NotFound, Refused
from hub.ports import Outgoing, Place
from tests.support.messages import a_child, concern, correction, seen_by, withdrawal
from tests.support.partnership import RunningHub, wait_until


def aside(running_hub: RunningHub, place: Place) -> str:
    """The quarantine id of what lies at this place, once it is there."""
    wait_until(lambda: running_hub.quarantined(place) or running_hub.died, what="it is quarantined")
    kept = running_hub.quarantined(place)
    assert kept is not None, running_hub.died
    return kept.stream.partition(":")[2]


def test_a_reason_that_is_none_and_a_message_that_is_not_there_are_refused(running_hub: RunningHub) -> None:
    with pytest.raises(Refused, match="earlier_message_arrived"):
        running_hub.hub.readmit(str(uuid4()), "please")
    with pytest.raises(NotFound, match="mash quarantine list"):
        running_hub.hub.readmit(str(uuid4()), "key_mended")


def test_what_is_still_wrong_is_refused_again_and_keeps_waiting(running_hub: RunningHub) -> None:
    school = running_hub.organisations["school"]
    (place,) = running_hub.send(school.package(concern("school")))  # it names nobody
    quarantine = aside(running_hub, place)
    for _ in range(2):
        answer = running_hub.hub.readmit(quarantine, "our_fault")
        assert answer == {"outcome": "refused_again", "reason": "names_nobody"}
    facts = [one.fact for one in running_hub.stream(f"quarantine:{quarantine}")][1:]
    again = MessageReadmitted(outcome="refused_again", reason="names_nobody")
    assert facts == [ReadmissionAsked(reason="our_fault"), again] * 2
    (row,) = [row for row in running_hub.hub.quarantine_rows() if row["quarantine"] == quarantine]
    assert (row["state"], row["reason"]) == ("waiting", "names_nobody")


def test_a_key_registered_late_lets_the_message_in_with_its_first_time_of_receipt(running_hub: RunningHub) -> None:
    school = running_hub.organisations["school"]
    registered, late = school.pair, school.new_key(register=False)
    ident = str(uuid4())
    (place,) = running_hub.send(school.package(concern("school", seen_by(a_child(), "school")), ident))
    school.pair = registered
    quarantine = aside(running_hub, place)
    assert running_hub.hub.readmit(quarantine, "key_mended")["outcome"] == "refused_again"
    school.register_key(late)
    assert running_hub.hub.readmit(quarantine, "key_mended") == {"outcome": "recorded", "reason": ""}
    running_hub.settled()
    facts = running_hub.journey("school", ident)
    assert [one.fact.NAME for one in facts] == [
        "concern.recorded", "source-record.opened", "person.opened", "source-record.linked", "concern.ruled",
        "signal.counted",
    ]  # fmt: skip
    assert {one.envelope.received for one in facts} == {place.received}
    assert facts[0].envelope.because == f"log:{place.topic}/{place.partition}/{place.offset}"
    assert facts[-1].fact.signal.received == place.received  # type: ignore[attr-defined]
    # bytes and reason stay as they were; nothing waits any more
    assert running_hub.stream(f"quarantine:{quarantine}")[0].fact.reason == "unknown_key"  # type: ignore[attr-defined]
    (row,) = [row for row in running_hub.hub.quarantine_rows() if row["quarantine"] == quarantine]
    assert row["state"] == "re_admitted"


def test_a_finding_is_re_admitted_once_and_says_what_became_of_it(running_hub: RunningHub) -> None:
    hub = running_hub.hub
    running_hub.settled()
    (place,) = running_hub.send(Outgoing("finding.v1", b"x", (("ce_dataschema", b"nope"),), b"x"))
    quarantine = aside(running_hub, place)
    assert hub.readmit(quarantine, "our_fault") == {"outcome": "refused_again", "reason": "unknown_schema"}
    names = [one.fact.NAME for one in running_hub.stream(f"quarantine:{quarantine}")]
    assert names == ["intake.quarantined", "intake.re-admission-asked", "intake.re-admitted"]


def test_what_the_log_had_before_its_key_was_revoked_is_taken_unless_the_key_was_stolen(
    running_hub: RunningHub,
) -> None:
    school = running_hub.organisations["school"]
    kept = school.pair
    said = [concern("school", seen_by(a_child(), "school")) for _ in range(2)]
    for reason, outcome in (("rotated", "recorded"), ("compromised", "refused_again")):
        late = school.new_key(register=False)
        (place,) = running_hub.send(school.package(said.pop()))
        quarantine = aside(running_hub, place)
        school.register_key(late)
        running_hub.hub.revoke_key("school", late.keyid, reason)
        school.pair = kept
        assert running_hub.hub.readmit(quarantine, "key_mended")["outcome"] == outcome


def test_what_cannot_be_shown_as_it_came_is_shown_all_the_same(running_hub: RunningHub) -> None:
    """Header bytes that no database takes as text, and a gap that fills no small integer: the views go on."""
    school = running_hub.organisations["school"]
    odd = (("ce_source", b"a\x00b\x1b"), ("ce_type", "é".encode()))
    (place,) = running_hub.send(Outgoing("concern.school.v1", None, odd, b"x"))
    quarantine = aside(running_hub, place)
    (row,) = [row for row in running_hub.hub.quarantine_rows() if row["quarantine"] == quarantine]
    assert (row["source"], row["kind"]) == ("a\ufffdb\ufffd", "\ufffd\ufffd")
    kept = running_hub.stream(f"quarantine:{quarantine}")[0].fact
    assert kept.headers == odd  # type: ignore[attr-defined] # on record as it came
    school.last = 2**40
    running_hub.send(school.package(concern("school", seen_by(a_child(), "school"))))
    running_hub.settled()
    assert max(row.last for row in running_hub.hub.missing()) == 2**40


def test_a_message_that_came_under_a_revoked_key_stays_out_until_it_is_sent_again_under_a_new_key(
    running_hub: RunningHub,
) -> None:
    school = running_hub.organisations["school"]
    kept, old = school.pair, school.new_key()
    ident, said = str(uuid4()), concern("school", seen_by(a_child(), "school"))
    package = school.package(said, ident)
    running_hub.hub.revoke_key("school", old.keyid, "laptop_lost")
    school.pair = kept
    (place,) = running_hub.send(package)
    quarantine = aside(running_hub, place)
    answer = running_hub.hub.readmit(quarantine, "key_mended")
    assert answer == {"outcome": "refused_again", "reason": "revoked_key"}
    running_hub.say(said, ident)
    wait_until(lambda: running_hub.recorded("school", ident))


def test_a_correction_that_came_before_its_concern_waits_and_is_let_in_behind_it(running_hub: RunningHub) -> None:
    school, child = running_hub.organisations["school"], a_child()
    registered, late = school.pair, school.new_key(register=False)
    first, second = str(uuid4()), str(uuid4())
    (concern_at,) = running_hub.send(school.package(concern("school", seen_by(child, "school", "hunger")), first))
    school.pair = registered
    better = concern("school", seen_by(child, "school", "poor_hygiene"))
    (correction_at,) = running_hub.send(school.package(correction(first, better), second))
    waiting = aside(running_hub, correction_at)
    early = running_hub.hub.readmit(waiting, "earlier_message_arrived")
    assert early == {"outcome": "refused_again", "reason": "refers_to_unknown"}
    school.register_key(late)
    assert running_hub.hub.readmit(aside(running_hub, concern_at), "key_mended")["outcome"] == "recorded"
    assert running_hub.hub.readmit(waiting, "earlier_message_arrived")["outcome"] == "recorded"
    running_hub.settled()
    # (a consumer may look between the two on Kafka, and what it found then stands behind them)
    assert running_hub.names("school", second)[:4] == [
        "correction.recorded", "concern.ruled", "signal.discounted", "signal.counted",
    ]  # fmt: skip
    gone = running_hub.journey("school", second)[2].fact
    assert gone.signal_id == f"{message_id('school', first)}/0"  # type: ignore[attr-defined]


def test_what_was_sent_again_in_the_meantime_is_not_recorded_twice(running_hub: RunningHub) -> None:
    school = running_hub.organisations["school"]
    registered, late = school.pair, school.new_key(register=False)
    ident, said = str(uuid4()), concern("school", seen_by(a_child(), "school"))
    (place,) = running_hub.send(school.package(said, ident))
    school.pair = registered
    quarantine = aside(running_hub, place)
    running_hub.say(said, ident)
    wait_until(lambda: running_hub.recorded("school", ident))
    before = running_hub.names("school", ident)
    school.register_key(late)
    assert running_hub.hub.readmit(quarantine, "key_mended") == {"outcome": "recorded_before", "reason": ""}
    assert running_hub.names("school", ident) == before


def test_a_withdrawal_of_what_was_never_said_waits(running_hub: RunningHub) -> None:
    school = running_hub.organisations["school"]
    (place,) = running_hub.send(school.package(withdrawal("school", str(uuid4()))))
    kept = running_hub.stream(f"quarantine:{aside(running_hub, place)}")[0].fact
    assert (kept.reason, kept.field) == ("refers_to_unknown", "withdraws")  # type: ignore[attr-defined]


def test_without_a_running_intake_the_command_does_it_itself(running_hub: RunningHub) -> None:
    school = running_hub.organisations["school"]
    registered, late = school.pair, school.new_key(register=False)
    ident = str(uuid4())
    (place,) = running_hub.send(school.package(concern("school", seen_by(a_child(), "school")), ident))
    school.pair = registered
    quarantine = aside(running_hub, place)
    running_hub.stop()
    try:
        school.register_key(late)
        assert running_hub.hub.readmit(quarantine, "key_mended")["outcome"] == "recorded"
        assert running_hub.recorded("school", ident)
    finally:
        running_hub.start()
