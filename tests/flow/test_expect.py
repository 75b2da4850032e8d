"""What a fact makes the hub expect, and what ends it; who was merged is one, and what was erased stops nothing."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hub.adapters.keys_file import FileKeys
from hub.adapters.record import StoredRecord
from hub.adapters.record_sqlite import sqlite_record
from hub.domain.agreement import AgreementInvalidated, AgreementRefused
from hub.domain.allocation import WorkerAllocated
from hub.domain.child import SignalCounted, SignalDiscounted
from hub.domain.concern import ConcernRecorded, CorrectionRecorded, InformationRecorded, Statement, SubjectCodes
from hub.domain.edition import Edition, publish, read
from hub.domain.enquiry import EnquiryDecided, EnquiryOpened
from hub.domain.fact import Envelope, Fact, NewFact, Recorded
from hub.domain.forwarding import ContactForwarded, ForwardingAcknowledged, ForwardingPassedBack
from hub.domain.lead import LeadAccepted
from hub.domain.moments import Period
from hub.domain.offer import OfferAccepted, OfferDeclined, OfferEnded, OfferMade
from hub.domain.person import PersonMerged, PersonOpened, PersonReinstated, SourceRecordLinked, SourceRecordUnlinked
from hub.domain.request import RequestMade
from hub.domain.silence import KINDS, SilenceAnswered, SilenceNoticed
from hub.domain.silence import stream as silence_stream
from hub.domain.source_record import InvolvementChanged
from hub.domain.stored import FACTS
from hub.flow.expect import EXPECTS, REFUSED_HOW, Known
from hub.flow.expect_relay import expected
from policies.draft import draft
from tests.support.signals import NOON, signal

ENVELOPE = Envelope(NOON, NOON, "service:test", "", "", "1")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def edition() -> Edition:
    return read(publish(1, NOON, draft("demo", NOON.date())))


SECTORS = {"gp": "health", "school_a": "education"}


class Desk:
    """A record in a file, and what waiting rests on."""

    def __init__(self, folder: Path, edition: Edition) -> None:
        self.keys = FileKeys(folder / "keys.db")
        self.keys.make(["person:c1", "person:c2", "partnership"])
        self.record: StoredRecord = sqlite_record(folder / "record.db", self.keys, FACTS, name="record")
        self.known = Known(self.record, lambda: edition, lambda name: SECTORS.get(name, "police"))
        self.moment = NOON
        self.about: dict[str, str] = {}
        for one in ("c1", "c2"):
            self.write(f"person:{one}", PersonOpened(kind="child", standing="established"))

    def write(self, stream: str, *facts: Fact) -> Recorded:
        """Put facts on a stream; the last of them as it was recorded."""
        after = len(self.record.load(stream))
        envelope = replace(ENVELOPE, known_at=self.moment)
        return self.record.append([NewFact(stream, after + n, one, envelope) for n, one in enumerate(facts)])[-1]

    def of_school(self, source_record: str, child: str) -> None:
        """A source record with what a school says of a child, which the matcher is not asked about here."""
        self.keys.make([f"source-record:{source_record}"])
        self.about[source_record] = child
        self.known.child_of = lambda source_record: self.about.get(source_record, "")  # type: ignore[method-assign]
        self.known.involvements = lambda child: [  # type: ignore[method-assign]
            one for name, who in self.about.items() if who == child for one in self.record.load(f"source-record:{name}")
        ]

    def waits(self, recorded: Recorded) -> dict[str, Any]:
        """What is expected after this fact: "kind subject" -> by when, None for no longer."""
        said = expected(self.known, recorded)
        return {f"{one.kind} {one.subject}": one.due for one in said.awaited} if said else {}

    def close(self) -> None:
        """Close what is open."""
        self.record.close()
        self.keys.close()


@pytest.fixture
def desk(tmp_path: Path, edition: Edition) -> Iterator[Desk]:
    made = Desk(tmp_path, edition)
    yield made
    made.close()


def opened(child: str) -> EnquiryOpened:
    return EnquiryOpened(child=child, alerts=(), ground="perceived_harm", opened_by="staff-1", team=())


def decided(child: str, level: int = 2, outcome: str = "early_help") -> EnquiryDecided:
    return EnquiryDecided(
        child=child, level=level, suggested=None, agrees=True, outcome=outcome, actions=(), family_told=True,
        seen_position=1, evidence=(), decided_by="staff-1",
    )  # fmt: skip


def test_a_fact_that_nothing_is_expected_after_says_nothing(desk: Desk) -> None:
    assert desk.waits(desk.write("child:c1", SignalCounted(signal=signal("a", 0)))) == {}
    assert desk.waits(desk.write("child:c1", SignalCounted(signal=signal("b", 0, seen="seen_alone")))) == {}


def alone(ident: str, days: int, **more: Any) -> SignalCounted:
    return SignalCounted(signal=signal(ident, days, seen="seen_alone", **more))


def test_a_child_of_an_open_mash_enquiry_is_seen_alone_again_and_again(desk: Desk) -> None:
    came = desk.waits(desk.write("mash-enquiry:e1", opened("c1")))
    assert came == {"not_seen_alone child:c1": NOON + 28 * DAY}
    for told in (alone("a", 3, how_known="told_by_family"), alone("b", 3, relation="possible")):
        assert desk.waits(desk.write("child:c1", told)) == {}  # nobody of an organisation, and perhaps another child
    seen = desk.write("child:c1", alone("c", 3))
    last = seen.fact.signal.occurred_end if isinstance(seen.fact, SignalCounted) else NOON
    assert last > NOON
    assert desk.waits(seen) == {"not_seen_alone child:c1": last + 28 * DAY}
    back = desk.write("child:c1", SignalDiscounted(signal_id="c/0", reason="withdrawn"))
    assert desk.waits(back) == {"not_seen_alone child:c1": NOON + 28 * DAY}


def test_after_a_decision_a_child_is_waited_for_once_unless_seen_alone_since_the_opening(desk: Desk) -> None:
    desk.write("mash-enquiry:e1", opened("c1"))
    unseen = desk.waits(desk.write("mash-enquiry:e1", decided("c1", outcome="no_further_action")))
    assert unseen["not_seen_alone child:c1"] == NOON + 28 * DAY
    assert desk.waits(desk.write("child:c1", alone("a", 3))) == {"not_seen_alone child:c1": None}
    desk.write("mash-enquiry:e2", opened("c2"))
    told = replace(decided("c2"), seen="alone", seen_on=NOON.date())
    assert desk.waits(desk.write("mash-enquiry:e2", told))["not_seen_alone child:c2"] is None


def test_an_unborn_child_cannot_be_seen(desk: Desk) -> None:
    desk.write("child:c1", SignalCounted(signal=signal("a", 0, unborn=True)))
    assert desk.waits(desk.write("mash-enquiry:e1", opened("c1"))) == {"not_seen_alone child:c1": None}


def test_who_was_told_of_before_the_birth_is_to_be_seen_once_born(desk: Desk) -> None:
    desk.write("child:c1", SignalCounted(signal=signal("a", -60, unborn=True)))
    assert desk.waits(desk.write("mash-enquiry:e1", opened("c1"))) == {"not_seen_alone child:c1": None}
    born = desk.waits(desk.write("child:c1", SignalCounted(signal=signal("b", 1, by="health", age_months=0))))
    assert born["not_seen_alone child:c1"] is not None
    again = desk.waits(desk.write("mash-enquiry:e2", opened("c1")))
    assert again["not_seen_alone child:c1"] is not None
    passed_on = signal("c", -60, by="police", unborn=True, how_known="told_by_organisation", recorded_at=NOON + 2 * DAY)
    desk.write("child:c1", SignalCounted(signal=passed_on))
    third = desk.waits(desk.write("mash-enquiry:e3", opened("c1")))
    assert third["not_seen_alone child:c1"] is not None  # an echo, or a late word of before the birth, unsays no birth


def test_who_was_erased_stops_nothing(desk: Desk) -> None:
    desk.write("mash-enquiry:e1", opened("c1"))
    desk.keys.destroy("person:c1", "erasure:e1@1")
    told = desk.waits(desk.write("mash-enquiry:e1", decided("c1")))
    assert set(told) == {
        "lead_vacant child:c1", "not_seen_alone child:c1",
        "step_down child:c1", *(f"refused_forgotten child:c1/{how}" for how in REFUSED_HOW), "hand_over mash-enquiry:e1",
        "no_assessment child:c1", "no_team child:c1",
    }  # fmt: skip


def test_a_decision_that_asks_for_nobody_ends_what_was_waited_for(desk: Desk) -> None:
    desk.write("mash-enquiry:e1", opened("c1"))
    assert desk.waits(desk.write("mash-enquiry:e1", decided("c1")))["lead_vacant child:c1"] is not None
    desk.write("mash-enquiry:e2", opened("c1"))
    closed = desk.waits(desk.write("mash-enquiry:e2", decided("c1", outcome="no_further_action")))
    assert closed["lead_vacant child:c1"] is None


def test_an_allocated_worker_is_somebody_and_universal_help_needs_nobody(desk: Desk) -> None:
    desk.write("mash-enquiry:e1", opened("c1"))
    assert desk.waits(desk.write("mash-enquiry:e1", decided("c1", level=1)))["lead_vacant child:c1"] is None
    desk.write("mash-enquiry:e2", opened("c1"))
    assert desk.waits(desk.write("mash-enquiry:e2", decided("c1")))["lead_vacant child:c1"] is not None
    worker = WorkerAllocated(
        child="c1", worker="staff-2", organisation="council", since=NOON.date(), ground="assessment", allocated_by="x"
    )
    assert desk.waits(desk.write("allocation:c1", worker))["lead_vacant child:c1"] is None


def test_of_a_child_who_was_merged_a_lead_of_the_one_that_stayed_ends_it(desk: Desk) -> None:
    desk.write("mash-enquiry:e1", opened("c1"))
    desk.write("mash-enquiry:e1", decided("c1", outcome="step_down"))
    desk.write("person:c1", PersonMerged(into="c2", source_records=(), decision="identity:1"))
    lead = LeadAccepted(child="c2", lead="staff-2", organisation="police", setting="")
    told = desk.waits(desk.write("lead:c2", lead))
    assert (told["lead_vacant child:c1"], told["step_down child:c1"]) == (None, None)


def test_a_fact_that_is_relayed_a_second_time_knows_of_no_later_decision(desk: Desk) -> None:
    desk.write("mash-enquiry:e1", opened("c1"))
    first = desk.write("mash-enquiry:e1", decided("c1"))
    desk.write("mash-enquiry:e2", opened("c1"))
    last = desk.write("mash-enquiry:e2", decided("c1", outcome="no_further_action"))
    assert desk.waits(last)["lead_vacant child:c1"] is None
    assert desk.waits(first)["lead_vacant child:c1"] is not None


def test_nobody_answers_a_request_for_another(desk: Desk) -> None:
    made = RequestMade(
        enquiry="e1", children=("c1",), organisation="police", purpose="triage", questions=(), told=(),
        due=NOON + DAY, asked_by="staff-1",
    )  # fmt: skip
    assert desk.waits(desk.write("request:r1", made)) == {"no_answer request:r1": NOON + DAY}
    said = InformationRecorded(
        organisation="gp",
        sequence=1,
        recorded_at=NOON,
        digest=b"x",
        request="r1",
        result="provided",
        source_record="s1",
    )
    assert desk.waits(desk.write("message:m1", said)) == {}
    assert desk.waits(desk.write("message:m2", replace(said, organisation="police"))) == {"no_answer request:r1": None}
    assert desk.waits(desk.write("message:m3", replace(said, request="r9"))) == {}


def test_a_contact_that_went_to_a_worker_is_waited_for_until_they_have_it_or_pass_it_back(desk: Desk) -> None:
    sent = ContactForwarded(
        child="c1", to="staff-2", organisation="council", open="allocation:c1", due=NOON + DAY, forwarded_by="staff-1"
    )  # fmt: skip
    for ident, back in (
        ("f1", ForwardingAcknowledged(acknowledged_by="staff-2")),
        ("f2", ForwardingPassedBack(reason="not_my_case", passed_back_by="staff-2")),
    ):
        assert desk.waits(desk.write(f"forwarding:{ident}", sent)) == {f"forwarding forwarding:{ident}": NOON + DAY}
        assert desk.waits(desk.write(f"forwarding:{ident}", back)) == {f"forwarding forwarding:{ident}": None}


def missed(ident: str, days: int) -> SignalCounted:
    return SignalCounted(
        signal=signal(ident, days, indicators=("was_not_brought",), organisation="gp", sector="health")
    )


def test_the_first_time_not_brought_counts_and_what_is_taken_back_counts_no_more(desk: Desk) -> None:
    first = desk.waits(desk.write("child:c1", missed("a", 0)))["not_brought child:c1"]
    assert desk.waits(desk.write("child:c1", missed("b", 9)))["not_brought child:c1"] == first
    second = desk.waits(desk.write("child:c1", SignalDiscounted(signal_id="a/0", reason="withdrawn")))
    assert second["not_brought child:c1"] > first
    gone = desk.waits(desk.write("child:c1", SignalDiscounted(signal_id="b/0", reason="withdrawn")))
    assert gone == {"not_brought child:c1": None}


def test_what_is_possible_or_of_a_sibling_or_of_the_past_makes_nobody_expect_anything(desk: Desk) -> None:
    for number, otherwise in enumerate(({"relation": "possible"}, {"relation": "sibling"}, {"backfill": True})):
        said = replace(missed(f"m{number}", number).signal, **otherwise)  # type: ignore[arg-type]  # one field each
        assert desk.waits(desk.write("child:c1", SignalCounted(signal=said))) == {}


def test_a_refusal_that_is_taken_back_is_waited_for_no_longer(desk: Desk) -> None:
    said = SignalCounted(signal=signal("r", 0, indicators=("help_refused",)))
    assert desk.waits(desk.write("child:c1", said))["refused_forgotten child:c1/said"] is not None
    back = desk.write("child:c1", SignalDiscounted(signal_id=said.signal.id, reason="withdrawn"))
    assert desk.waits(back) == {"refused_forgotten child:c1/said": None}
    offered = signal("offer-1-declined", 0, kind="help", indicators=("help_refused",), outcome="declined")
    desk.write("child:c1", SignalCounted(signal=offered), said)
    back = desk.write("child:c1", SignalDiscounted(signal_id=said.signal.id, reason="corrected"))
    assert desk.waits(back) == {"refused_forgotten child:c1/said": None}  # what an offer was told stands, by itself


def test_what_ends_one_waiting_ends_no_other(desk: Desk) -> None:
    """A school's report of a refusal is withdrawn, and who was refused to their face is come back to all the same."""
    said_no = AgreementRefused(
        person="c1", giver="parental_responsibility", organisation="early_help", by="staff-1", how="face_to_face",
        valid_from=NOON, service="parenting", provider="early_help",
    )  # fmt: skip
    assert desk.waits(desk.write("agreement:c1:1", said_no))["refused_forgotten child:c1/agreed"] is not None
    heard = signal("r", 0, indicators=("help_refused",))
    desk.write("child:c1", SignalCounted(signal=heard))
    back = desk.waits(desk.write("child:c1", SignalDiscounted(signal_id=heard.id, reason="withdrawn")))
    assert back == {"refused_forgotten child:c1/said": None}

    left = InvolvementChanged(
        organisation="school_a", setting="oak", service="pupil", started=date(2020, 1, 1), ended=NOON.date()
    )
    desk.of_school("s1", "c1")
    assert desk.waits(desk.write("source-record:s1", left))["off_roll child:c1"] is not None
    off = signal("x", 0, indicators=("removed_from_roll",))
    desk.write("child:c1", SignalCounted(signal=off))
    assert desk.waits(desk.write("child:c1", SignalDiscounted(signal_id=off.id, reason="withdrawn"))) == {}


def test_after_a_split_a_child_whose_lead_was_the_others_waits_from_when_the_decision_was_made(desk: Desk) -> None:
    desk.write("person:c1", PersonMerged(into="c2", source_records=(), decision="identity:1"))
    desk.write("lead:c2", LeadAccepted(child="c2", lead="staff-2", organisation="police", setting=""))
    desk.write("mash-enquiry:e1", opened("c1"))
    merged = desk.waits(desk.write("mash-enquiry:e1", decided("c1", level=3)))
    assert merged["lead_vacant child:c1"] is None
    desk.moment = NOON + timedelta(days=20)
    split = desk.waits(desk.write("person:c1", PersonReinstated(decision="identity:2", reverses="identity:1")))
    assert split["lead_vacant child:c1"] is not None
    assert split["lead_vacant child:c1"] < desk.moment
    assert split["lead_vacant child:c2"] is None
    again = desk.waits(desk.write("person:c1", PersonMerged(into="c2", source_records=(), decision="identity:3")))
    assert again["lead_vacant child:c1"] is None


def test_what_a_school_said_is_expected_for_whom_its_record_is_about_now(desk: Desk) -> None:
    left = InvolvementChanged(
        organisation="school_a", setting="oak", service="pupil", started=date(2020, 1, 1), ended=NOON.date()
    )
    desk.of_school("s1", "c1")
    due = desk.waits(desk.write("source-record:s1", left))["off_roll child:c1"]
    desk.of_school("s1", "c2")
    away = SourceRecordUnlinked(source_record="s1", to="c2", decision="identity:1")
    assert desk.waits(desk.write("person:c1", away))["off_roll child:c1"] is None
    linked = SourceRecordLinked(source_record="s1", how="person", rules="1")
    assert desk.waits(desk.write("person:c2", linked))["off_roll child:c2"] == due


def test_every_fact_of_the_table_has_a_stored_name() -> None:
    assert {kind.NAME for kind in EXPECTS} <= FACTS.keys()
    assert len(KINDS) >= 15


# ------------------------------------------------------------------------------------ a no that is put right


def told_of(*indicators: str, corrects: str = "") -> Fact:
    """What a message says of the child of source record s1."""
    statement = Statement(
        organisation="police", sequence=1, recorded_at=NOON, digest=b"", occurred=Period(NOON, NOON, "day"),
        how_known="first_hand", referrer_kind="2A", subjects=(SubjectCodes(source_record="s1", indicators=indicators),),
    )  # fmt: skip
    return (
        CorrectionRecorded(corrects=corrects, statement=statement) if corrects else ConcernRecorded(statement=statement)
    )


def counted(desk: Desk, message: str, *indicators: str) -> SignalCounted:
    said = signal(message, 0, indicators=indicators)
    return SignalCounted(signal=replace(said, received=desk.moment, known_at=desk.moment))


def corrected(desk: Desk, earlier: str, message: str, *indicators: str) -> dict[str, Any]:
    """What is waited for after a correction, as the intake writes it: taken back before it is counted anew."""
    desk.write(f"message:{message}", told_of(*indicators, corrects=earlier))
    back, anew = SignalDiscounted(signal_id=f"{earlier}/0", reason="corrected"), counted(desk, message, *indicators)
    last = desk.write("child:c1", back, anew)
    (first,) = [one for one in desk.record.load("child:c1") if one.version == last.version - 1]
    return {**desk.waits(first), **desk.waits(last)}


SAID_NO = "refused_forgotten child:c1/said"


def test_a_correction_of_a_refusal_waits_from_when_it_was_first_told_of(desk: Desk) -> None:
    desk.keys.make(["source-record:s1"])
    desk.write("message:m1", told_of("help_refused"))
    first = desk.waits(desk.write("child:c1", counted(desk, "m1", "help_refused")))[SAID_NO]
    for days, (earlier, later) in enumerate((("m1", "m2"), ("m2", "m3")), 9):
        desk.moment = NOON + days * DAY
        assert corrected(desk, earlier, later, "help_refused", "hunger")[SAID_NO] == first
    desk.moment = NOON + 12 * DAY
    assert corrected(desk, "m3", "m4", "hunger")[SAID_NO] is None  # it says that there was no refusal
    desk.moment = NOON + 13 * DAY
    assert corrected(desk, "m4", "m5", "help_refused")[SAID_NO] > first  # and this, that there is one now


def test_a_correction_of_a_refusal_that_somebody_came_back_to_begins_no_new_waiting(desk: Desk) -> None:
    desk.keys.make(["source-record:s1"])
    desk.write("message:m1", told_of("help_refused"))
    desk.write("child:c1", counted(desk, "m1", "help_refused"))
    desk.moment = NOON + 5 * DAY
    desk.write("mash-enquiry:e1", opened("c1"))
    assert desk.waits(desk.write("mash-enquiry:e1", decided("c1")))[SAID_NO] is None
    desk.moment = NOON + 9 * DAY
    assert corrected(desk, "m1", "m2", "help_refused", "hunger") == {}
    desk.write("message:m3", told_of("help_refused"))
    assert desk.waits(desk.write("child:c1", counted(desk, "m3", "help_refused")))[SAID_NO] is not None  # another one


def found_out(desk: Desk, kind: str, subject: str) -> dict[str, Any]:
    """What is waited for once a person answered this silence, which begins at the start of the test."""
    noticed = SilenceNoticed(kind=kind, subject=subject, child="c1", since=NOON, due=NOON + DAY)
    stream = silence_stream("c1", f"{kind}-1")
    return desk.waits(desk.write(stream, noticed, SilenceAnswered(answer="asked_and_known", answered_by="staff-1")))


def test_what_a_person_found_out_of_a_silence_ends_its_waiting_and_the_next_refusal_is_waited_for(desk: Desk) -> None:
    desk.keys.make(["source-record:s1"])
    desk.write("message:m1", told_of("help_refused"))
    first = desk.waits(desk.write("child:c1", counted(desk, "m1", "help_refused")))[SAID_NO]
    desk.moment = NOON + 60 * DAY
    assert found_out(desk, "not_brought", "child:c1") == {}  # waited for by its newest moment anyhow
    assert found_out(desk, "refused_forgotten", "child:c1/said") == {SAID_NO: None}
    desk.moment = NOON + 70 * DAY
    assert corrected(desk, "m1", "m2", "help_refused", "hunger") == {}  # the first one, put right
    desk.write("message:m3", told_of("help_refused"))
    assert desk.waits(desk.write("child:c1", counted(desk, "m3", "help_refused")))[SAID_NO] > first


def test_a_refusal_that_was_put_right_and_counts_for_the_child_only_now_is_waited_for_from_its_first_day(
    desk: Desk,
) -> None:
    desk.keys.make(["source-record:s1"])
    desk.write("message:m1", told_of("help_refused"))
    desk.write("child:c2", counted(desk, "m1", "help_refused"))  # it was held to be about another child
    desk.moment = NOON + 5 * DAY
    desk.write("mash-enquiry:e1", opened("c1"))
    desk.write("mash-enquiry:e1", decided("c1"))  # nobody had it before them
    desk.moment = NOON + 9 * DAY
    desk.write("message:m2", told_of("help_refused", corrects="m1"))
    now = desk.waits(desk.write("child:c1", counted(desk, "m2", "help_refused")))
    assert now[SAID_NO] == desk.known.due("refused_forgotten", NOON)


def no_to_a_service(moment: datetime) -> AgreementRefused:
    return AgreementRefused(
        person="c1", giver="parental_responsibility", organisation="early_help", by="staff-1", how="face_to_face",
        valid_from=moment, service="parenting", provider="early_help",
    )  # fmt: skip


def never_counted(statement: str, reason: Any) -> AgreementInvalidated:
    return AgreementInvalidated(
        person="c1", giver="parental_responsibility", organisation="early_help", by="staff-1", statement=statement,
        reason=reason,
    )  # fmt: skip


AGREED_NO = "refused_forgotten child:c1/agreed"


def test_a_no_that_was_recorded_in_error_is_waited_for_no_longer_and_one_under_pressure_is(desk: Desk) -> None:
    def never(statement: str, reason: str) -> dict[str, Any]:
        return desk.waits(desk.write(statement.partition("@")[0], never_counted(statement, reason)))

    desk.keys.make(["agreement-record:a1", "agreement-record:a2"])
    first = desk.write("agreement-record:a1", no_to_a_service(NOON))
    due = desk.waits(first)[AGREED_NO]
    assert never(first.ref, "under_pressure") == {}  # that they said it, and why, is what somebody comes back to
    desk.moment = NOON + 2 * DAY
    other = desk.write("agreement-record:a2", no_to_a_service(desk.moment))
    assert never(other.ref, "recorded_in_error") == {}  # the other no stands
    desk.moment = NOON + 3 * DAY
    assert never(first.ref, "recorded_in_error") == {AGREED_NO: None}
    again = desk.write("agreement-record:a1", no_to_a_service(NOON))  # the same no, put right
    assert desk.waits(again)[AGREED_NO] == due
    new = desk.write("agreement-record:a1", no_to_a_service(desk.moment))  # and one that they said today
    assert desk.waits(new)[AGREED_NO] > due


def test_the_same_no_written_down_again_after_somebody_came_back_begins_no_new_waiting(desk: Desk) -> None:
    desk.keys.make(["agreement-record:a1"])
    desk.write("agreement-record:a1", no_to_a_service(NOON))
    desk.moment = NOON + 5 * DAY
    desk.write("mash-enquiry:e1", opened("c1"))
    desk.write("mash-enquiry:e1", decided("c1"))
    desk.moment = NOON + 9 * DAY
    assert desk.waits(desk.write("agreement-record:a1", no_to_a_service(NOON))) == {}
    assert desk.waits(desk.write("agreement-record:a1", no_to_a_service(desk.moment)))[AGREED_NO] is not None


def test_an_offer_that_was_entered_in_error_was_never_declined(desk: Desk) -> None:
    def of(offer: str, fact: type[Fact], **more: Any) -> dict[str, Any]:
        who = {"author": "early_help", "place": ""} if fact is not OfferAccepted else {}
        return desk.waits(desk.write("offer:c1", fact(child="c1", offer=offer, **who, **more)))

    def declined(offer: str) -> dict[str, Any]:
        made = {
            "service": "",
            "organisation": "early_help",
            "setting": "",
            "to": ("parent",),
            "level": 2,
            "made_by": "s",
        }
        of(offer, OfferMade, **made)
        return of(offer, OfferDeclined, who="parent", reason="not_now", recorded_by="s")

    key = "refused_forgotten child:c1/offered"
    assert declined("o1")[key] is not None
    assert declined("o2")[key] is not None
    assert of("o1", OfferEnded, how="entered_in_error", ended_by="s") == {}  # the other no stands
    assert of("o2", OfferEnded, how="entered_in_error", ended_by="s") == {key: None}
