"""What counts for whom goes out once in effect, and a finding that comes back raises one alert."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import msgspec
import pytest

from hub.adapters.avro import Codec
from hub.adapters.keys_file import FileKeys
from hub.adapters.log_embedded import EmbeddedLog
from hub.adapters.record import StoredRecord
from hub.adapters.record_sqlite import sqlite_record
from hub.adapters.tables import FollowerPositions, Tables
from hub.domain.alert import AlertDecided, AlertRaised, AlertRested, AlertStrengthened
from hub.domain.child import SignalCounted, SignalDiscounted
from hub.domain.enquiry import EnquiryChildAdded, EnquiryGraded, EnquiryOpened
from hub.domain.errors import BadMessage, MessageTooBig, TryLater
from hub.domain.fact import Envelope, Fact, NewFact, Recorded
from hub.domain.person import PersonOpened
from hub.domain.signal import CaseChange, Change, Finding
from hub.domain.stored import FACTS
from hub.flow.alert import AlertDraft, fold_findings
from hub.flow.relay import FollowerAhead, Relay, case_of, case_relay, run, signal_relay
from hub.ports import LogMessage, Outgoing, Place
from tests.support.signals import NOON, signal

A, B = signal("a", 0), signal("b", 1)
ENVELOPE = Envelope(NOON, NOON, "service:intake", "", "j1", "1")
UNDER = {"rule": "r1", "rule_version": "v1", "edition": "1"}
SAYS = {"smallest": (), "possible": False, "why": "w", "why_now": "n", "would_raise": "m", "would_rest": "l"}


class Desk:
    def __init__(self, folder: Path) -> None:
        self.keys = FileKeys(folder / "keys.db")
        self.keys.make(["person:c1", "person:c2", "partnership"])
        self.record: StoredRecord = sqlite_record(folder / "record.db", self.keys, FACTS, name="record")
        self.log = EmbeddedLog(folder / "log.db")
        self.log.create_topics({"signal.v1": 1, "case.v1": 1})
        self.tables = Tables(f"sqlite:///{folder / 'relay.db'}")
        self.positions = FollowerPositions(self.tables)
        self.not_sent: list[tuple[str, int, str, str]] = []

    @property
    def ports(self) -> dict[str, Any]:
        ports = {"record": self.record, "log": self.log, "positions": self.positions}
        return {**ports, "not_sent": lambda what, _: self.not_sent.append(msgspec.structs.astuple(what))}

    def relay(self) -> Relay:
        return signal_relay(**self.ports, encode=lambda change: (msgspec.msgpack.encode(change), "urn:test"))

    def cases(self) -> Relay:
        return case_relay(**self.ports, encode=lambda change: (msgspec.msgpack.encode(change), "urn:test"))

    def write(self, stream: str, after: int, *facts: Fact) -> list[int]:
        written = self.record.append([NewFact(stream, after, fact, ENVELOPE) for fact in facts])
        return [one.position for one in written]

    def draft(self, drafts: list[AlertDraft]) -> None:
        self.record.append([NewFact(one.stream, one.after, one.fact, ENVELOPE) for one in drafts])

    def out(self, topic: str) -> list[LogMessage]:
        reader = self.log.reader({(topic, 0): 0})
        found = reader.poll(1000, 0)
        reader.close()
        return found

    def close(self) -> None:
        self.tables.close()
        self.log.close()
        self.record.close()
        self.keys.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def finding(position: int, *evidence: str, child: str = "c1") -> Finding:
    level = 3 if evidence else 0
    said: dict[str, Any] = {**UNDER, **SAYS, "level": level, "holds": bool(evidence), "journey": "j1"}
    return Finding(child=child, position=position, evidence=evidence, **said)


# ------------------------------------------------------------------------------------------------------------ relay


def test_a_relay_ahead_of_the_record_refuses_to_run(desk: Desk) -> None:
    desk.positions.move("relay/signal.v1", 0, 99)
    with pytest.raises(FollowerAhead, match="at 99, the record at 0"):
        desk.relay().step()


def test_what_counts_goes_out_in_order_with_the_hubs_position_and_the_childs_key(desk: Desk) -> None:
    gone = SignalDiscounted(signal_id=A.id, reason="withdrawn")
    first, second = desk.write("child:c1", 0, SignalCounted(signal=A), gone)
    assert desk.relay().step() == 2
    assert desk.relay().step() == 0
    sent = desk.out("signal.v1")
    assert [msgspec.msgpack.decode(one.body, type=Change) for one in sent] == [
        Change(position=first, child="c1", counted=A),
        Change(position=second, child="c1", discounted=A.id, reason="withdrawn"),
    ]
    assert [one.key for one in sent] == [b"c1", b"c1"]
    assert {name: value.decode() for name, value in sent[1].headers} == {
        "ce_specversion": "1.0", "ce_id": str(second), "ce_source": "hub", "ce_type": "mash.signal.v1",
        "ce_time": NOON.isoformat(), "ce_sequence": str(second), "ce_dataschema": "urn:test",
        "content-type": "avro/binary",
    }  # fmt: skip


def test_a_crash_between_publishing_and_bookkeeping_sends_the_same_sequence_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(Exception):
        pass

    def crash(*_: object) -> None:
        raise Crash

    desk.write("child:c1", 0, SignalCounted(signal=A))
    with monkeypatch.context() as patched:
        patched.setattr(desk.positions, "move", crash)
        with pytest.raises(Crash):
            desk.relay().step()
    assert desk.relay().step() == 1
    first, again = desk.out("signal.v1")
    assert (first.headers, first.body) == (again.headers, again.body)


def test_a_full_page_goes_on_where_it_stopped(desk: Desk) -> None:
    desk.write("child:c1", 0, *(SignalCounted(signal=signal(f"m{n}", n)) for n in range(5)))
    assert [desk.relay().step(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert len(desk.out("signal.v1")) == 5


def test_an_erased_childs_signals_are_not_sent_and_hold_nobody_up(desk: Desk) -> None:
    desk.write("child:c1", 0, SignalCounted(signal=A))
    desk.write("child:c2", 0, SignalCounted(signal=B))
    desk.keys.destroy("person:c1", "erasure:e1@1")
    desk.relay().step()
    assert [one.key for one in desk.out("signal.v1")] == [b"c2"]


def test_cases_go_out_in_codes_alone(desk: Desk) -> None:
    desk.draft(fold_findings([finding(1, A.id)], record=desk.record))
    opened = EnquiryOpened(child="c1", alerts=("alert:c1:r1:1",), ground="significant_harm", opened_by="p", team=("p",))
    desk.write("mash-enquiry:e1", 0, opened)
    desk.write("alert:c1:r1:1", 1, AlertDecided(enquiry="e1", decision="mash-enquiry:e1@2", seen=(A.id,)))
    assert desk.cases().step() == 3
    sent = [msgspec.msgpack.decode(one.body, type=CaseChange) for one in desk.out("case.v1")]
    assert [(one.kind, one.child, one.rule, one.level, one.outcome) for one in sent] == [
        ("alert_raised", "c1", "r1", 3, ""),
        ("enquiry_opened", "c1", "", 0, "significant_harm"),
        ("alert_decided", "c1", "r1", 0, "mash-enquiry:e1@2"),
    ]


def odd(change: Change | CaseChange) -> tuple[bytes, str]:
    """An encoder that one kind of fact does not fit."""
    if isinstance(change, Change) and change.discounted:
        raise BadMessage("too_many_items", "at most 200", "alerts")
    if isinstance(change, CaseChange) and change.kind == "alert_decided":
        raise ValueError("Robin Example does not fit")
    return msgspec.msgpack.encode(change), "urn:test"


def test_a_fact_that_fits_no_message_is_told_of_and_what_follows_goes_out(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    gone = SignalDiscounted(signal_id=A.id, reason="withdrawn")
    first, second, third = desk.write("child:c1", 0, SignalCounted(signal=A), gone, SignalCounted(signal=B))
    relay = signal_relay(**desk.ports, encode=odd)
    assert (relay.step(), relay.step()) == (3, 0)
    assert [dict(one.headers)["ce_sequence"] for one in desk.out("signal.v1")] == [b"%d" % first, b"%d" % third]
    assert desk.not_sent == [("signal.v1", second, "child:c1@2", "too_many_items alerts")]
    (decided,) = desk.write("alert:c1:r1:1", 0, AlertDecided(enquiry="e1", decision="mash-enquiry:e1@2", seen=(A.id,)))
    assert case_relay(**desk.ports, encode=odd).step() == 1
    assert desk.not_sent[1:] == [("case.v1", decided, "alert:c1:r1:1@1", "ValueError")]
    assert "Robin" not in caplog.text


def test_a_message_that_the_log_finds_too_big_holds_up_none_beside_it(desk: Desk) -> None:
    positions = desk.write("child:c1", 0, *(SignalCounted(signal=signal(f"m{n}", n)) for n in range(3)))
    append = desk.log.append

    def small(messages: Sequence[Outgoing]) -> list[Place]:
        if any(dict(one.headers)["ce_sequence"] == str(positions[1]).encode() for one in messages):
            raise MessageTooBig("at most 1 MiB")
        return append(messages)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(desk.log, "append", small)
        assert desk.relay().step() == 3
    assert [dict(one.headers)["ce_sequence"] for one in desk.out("signal.v1")] == [
        b"%d" % position for position in (positions[0], positions[2])
    ]
    assert desk.not_sent == [("signal.v1", positions[1], "child:c1@2", "MessageTooBig")]


def test_while_the_log_is_away_nothing_is_passed_over(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> list[Place]:
        raise TryLater("the log is away")

    desk.write("child:c1", 0, SignalCounted(signal=A))
    with monkeypatch.context() as patched:
        patched.setattr(desk.log, "append", away)
        with pytest.raises(TryLater):
            desk.relay().step()
    assert (desk.not_sent, desk.relay().step(), len(desk.out("signal.v1"))) == ([], 1, 1)


def test_the_relay_runs_until_it_is_stopped(desk: Desk) -> None:
    stop = Event()
    worker = Thread(target=run, args=([desk.relay(), desk.cases()], stop))
    worker.start()
    desk.write("child:c1", 0, SignalCounted(signal=A))
    for _ in range(100):
        if desk.out("signal.v1") or stop.wait(0.05):
            break
    stop.set()
    worker.join(10)
    assert len(desk.out("signal.v1")) == 1


# --------------------------------------------------------------------------------------------- findings that come back


def test_one_alert_is_raised_however_often_the_finding_comes(desk: Desk) -> None:
    (position,) = desk.write("child:c1", 0, SignalCounted(signal=A))
    found = finding(position, A.id)
    (draft,) = fold_findings([found, found], record=desk.record)
    assert (draft.stream, draft.after, draft.because, draft.journey) == ("alert:c1:r1:1", 0, "child:c1@1", "j1")
    assert isinstance(draft.fact, AlertRaised)
    desk.draft([draft])
    assert fold_findings([found, finding(position - 1, A.id, B.id)], record=desk.record) == []


def test_within_a_batch_a_finding_sees_the_ones_before_it(desk: Desk) -> None:
    batch = [finding(1, A.id), finding(2, A.id, B.id), finding(2, "x/0", child="c2"), finding(1, B.id)]
    drafts = fold_findings(batch, record=desk.record)
    assert [(one.stream, one.after, type(one.fact)) for one in drafts] == [
        ("alert:c1:r1:1", 0, AlertRaised),
        ("alert:c1:r1:1", 1, AlertStrengthened),
        ("alert:c2:r1:1", 0, AlertRaised),
    ]
    desk.draft(drafts)


def test_after_a_decision_only_unseen_evidence_raises_the_next_alert(desk: Desk) -> None:
    desk.draft(fold_findings([finding(1, A.id)], record=desk.record))
    desk.write("alert:c1:r1:1", 1, AlertDecided(enquiry="e1", decision="mash-enquiry:e1@2", seen=(A.id,)))
    assert fold_findings([finding(2, A.id), finding(3, A.id)], record=desk.record) == []
    drafts = fold_findings([finding(4, A.id, B.id), finding(5, A.id, B.id, "c/0")], record=desk.record)
    assert [(one.stream, one.after) for one in drafts] == [("alert:c1:r1:2", 0), ("alert:c1:r1:2", 1)]
    desk.draft(drafts)
    desk.write("alert:c1:r1:2", 2, AlertDecided(enquiry="e2", decision="mash-enquiry:e2@2", seen=(A.id, B.id, "c/0")))
    assert fold_findings([finding(6, A.id, B.id)], record=desk.record) == []


def test_after_a_decision_that_its_rule_rested_is_noted_once_and_standing_again_raises_the_next_alert(
    desk: Desk,
) -> None:
    desk.draft(fold_findings([finding(1, A.id)], record=desk.record))
    desk.write("alert:c1:r1:1", 1, AlertDecided(enquiry="e1", decision="mash-enquiry:e1@2", seen=(A.id,)))
    drafts = fold_findings([finding(2), finding(3)], record=desk.record)
    assert [(one.stream, one.after, type(one.fact)) for one in drafts] == [("alert:c1:r1:1", 2, AlertRested)]
    desk.draft(drafts)
    assert fold_findings([finding(1, A.id)], record=desk.record) == []  # an old one
    (again,) = fold_findings([finding(4, A.id), finding(5, A.id)], record=desk.record)
    assert (again.stream, again.after, isinstance(again.fact, AlertRaised) and again.fact.returned) == (
        "alert:c1:r1:2", 0, "stands_again",
    )  # fmt: skip


def test_a_finding_about_an_erased_child_is_dropped(desk: Desk) -> None:
    desk.draft(fold_findings([finding(1, A.id)], record=desk.record))
    desk.keys.destroy("person:c1", "erasure:e1@1")
    assert fold_findings([finding(2, A.id, B.id)], record=desk.record) == []


def test_a_finding_about_an_erased_child_who_never_had_an_alert_is_dropped_too(desk: Desk) -> None:
    desk.write("person:c1", 0, PersonOpened(kind="child", standing="established"))
    assert len(fold_findings([finding(2, A.id)], record=desk.record)) == 1
    desk.keys.destroy("person:c1", "erasure:e1@1")
    assert fold_findings([finding(2, A.id, B.id)], record=desk.record) == []


def test_a_further_child_and_a_grade_go_out_about_their_child_under_a_kind_that_every_reader_knows() -> None:
    due = datetime(2026, 3, 2, 16, tzinfo=UTC)
    added = EnquiryChildAdded(child="c2", alerts=("c2:r1:1",), added_by="p")
    graded = EnquiryGraded(child="c1", grade="red", received=due, due=due, graded_by="p")
    changes = [case_of(recorded) for recorded in (_on_enquiry(2, added), _on_enquiry(3, graded))]
    assert [(one.child, one.kind, one.what, one.outcome, one.due) for one in changes] == [
        ("c2", "enquiry_opened", "child_added", "", None), ("c1", "enquiry_opened", "graded", "red", due),
    ]  # fmt: skip
    codec = Codec()
    for change in changes:
        body, dataschema = codec.encode_case(change)
        assert codec.decode_case(dataschema, body) == change


def _on_enquiry(version: int, fact: EnquiryChildAdded | EnquiryGraded) -> Recorded:
    moment = datetime(2026, 3, 2, 12, tzinfo=UTC)
    envelope = Envelope(moment, moment, "person:p", "", "", "1")
    return Recorded("mash-enquiry:e1", version, version, envelope, fact)
