"""Views fold codes from record and ledger; thrown away, rebuilt, or folded page by page, they come out the same."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.adapters.keys_file import FileKeys
from hub.adapters.record import StoredRecord
from hub.adapters.record_sqlite import sqlite_record
from hub.adapters.tables import Tables
from hub.domain.alert import AlertDecided, AlertRaised, AlertStrengthened, AlertWeakened
from hub.domain.concern import (
    ConcernRecorded,
    CorrectionRecorded,
    MessageQuarantined,
    MessageReadmitted,
    SequenceGapNoticed,
    Statement,
    SubjectCodes,
    WithdrawalRecorded,
)
from hub.domain.enquiry import EnquiryDecided, EnquiryOpened
from hub.domain.fact import Envelope, Fact, NewFact
from hub.domain.moments import Period
from hub.domain.person import PersonOpened, SourceRecordLinked
from hub.domain.source_record import InvolvementChanged, SourceRecordOpened
from hub.domain.stored import FACTS
from hub.views import store
from hub.views.columns import meta
from hub.views.store import ViewStore

NOON = datetime(2026, 3, 10, 12, 0, 0, 123456, tzinfo=UTC)
ALERT = "p1:neglect:1"
UNDER = {
    "rule_version": "v1", "edition": "1", "level": 3, "evidence": ("m1/0",), "smallest": ("m1/0",), "possible": True,
    "why": "w", "why_now": "n", "would_raise": "m", "would_rest": "l", "position": 1,
}  # fmt: skip


class Desk:
    def __init__(self, folder: Path) -> None:
        self.keys = FileKeys(folder / "keys.db")
        self.keys.make(["person:p1", "person:p2", "source-record:r1", "source-record:r2"])
        self.record: StoredRecord = sqlite_record(folder / "record.db", self.keys, FACTS, name="record")
        self.views = ViewStore(Tables(f"sqlite:///{folder / 'views.db'}"))
        self.versions: dict[str, int] = {}

    def happened(self, *facts: tuple[str, Fact]) -> None:
        for stream, fact in facts:
            after = self.versions.get(stream, 0)
            self.versions[stream] = after + 1
            envelope = Envelope(NOON + timedelta(minutes=self.record.position()), NOON, "service:intake", "", "j", "1")
            self.record.append([NewFact(stream, after, fact, envelope)])

    def fold(self) -> None:
        self.views.catch_up("record", self.record)

    def rows(self, table: Any, *columns: str) -> list[tuple[Any, ...]]:
        return sorted((tuple(row[name] for name in columns) for row in self.views.rows(select(table))), key=repr)

    def everything(self) -> dict[str, Any]:
        return {
            table.name: self.rows(table, *(column.name for column in table.columns)) for table in meta.sorted_tables
        }

    def close(self) -> None:
        self.views.close()
        self.record.close()
        self.keys.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def said(*subjects: str) -> Statement:
    return Statement(
        organisation="school", sequence=1, recorded_at=NOON, digest=b"d", occurred=Period(NOON, NOON, "day"),
        how_known="first_hand", referrer_kind="2A", subjects=tuple(SubjectCodes(source_record=one) for one in subjects),
    )  # fmt: skip


STORY: list[tuple[str, Fact]] = [
    ("message:m1", ConcernRecorded(statement=said("r1", "r2"))),
    ("source-record:r1", SourceRecordOpened(organisation="school", kind="child", own_id=True, digest=b"d", items=())),
    ("person:p1", PersonOpened(kind="child", standing="established")),
    ("person:p1", SourceRecordLinked(source_record="r1", how="opened", rules="1")),
    ("source-record:r2", SourceRecordOpened(organisation="school", kind="child", own_id=True, digest=b"d", items=())),
    ("person:p2", PersonOpened(kind="child", standing="in_review", candidates=("p1",))),
    ("person:p2", SourceRecordLinked(source_record="r2", how="opened", rules="1")),
    ("message:m2", ConcernRecorded(statement=said())),
    ("message:m3", CorrectionRecorded(corrects="m1", statement=said("r1"))),
    (f"alert:{ALERT}", AlertRaised(child="p1", rule="neglect", number=1, **UNDER)),  # type: ignore[arg-type]
    (f"alert:{ALERT}", AlertStrengthened(**{**UNDER, "level": 4, "possible": False})),  # type: ignore[arg-type]
    (
        "message:m4",
        WithdrawalRecorded(
            organisation="school", sequence=4, recorded_at=NOON, digest=b"d", withdraws="m3", reason_code="other"
        ),
    ),
    (f"alert:{ALERT}", AlertWeakened(**{**UNDER, "holds": False, "level": 0, "evidence": ()})),  # type: ignore[arg-type]
    (
        "mash-enquiry:e1",
        EnquiryOpened(child="p1", alerts=(ALERT,), ground="significant_harm", opened_by="s", team=("s",)),
    ),
    (
        "quarantine:q1",
        MessageQuarantined(
            topic="concern.school.v1", partition=0, offset=7, reason="unknown_key", field="ce_keyid",
            headers=(("ce_source", b"school"), ("ce_type", "caf\u00e9".encode())), body=b"12345",
        ),
    ),
    ("source:school", SequenceGapNoticed(organisation="school", signer="school", first=2, last=3)),
]  # fmt: skip


def test_the_story_so_far(desk: Desk) -> None:
    desk.happened(*STORY)
    desk.fold()
    assert desk.rows(store.person, "person", "standing") == [("p1", "established"), ("p2", "in_review")]
    assert desk.rows(store.source_record, "source_record", "person", "organisation") == [
        ("r1", "p1", "school"), ("r2", "p2", "school"),
    ]  # fmt: skip
    assert desk.rows(store.said, "stream", "kind", "standing") == [
        ("message:m1", "worry", "corrected"), ("message:m2", "worry", "current"), ("message:m3", "worry", "withdrawn"),
    ]  # fmt: skip
    assert desk.rows(store.said_about, "stream", "source_record") == [
        ("message:m1", "r1"), ("message:m1", "r2"), ("message:m3", "r1"),
    ]  # fmt: skip
    assert desk.rows(store.unplaced, "message") == [("m2",)]
    assert desk.rows(store.alert, "alert", "child", "level", "state", "enquiry", "possible") == [
        (ALERT, "p1", 4, "in_enquiry", "e1", False)
    ]
    assert desk.rows(store.enquiry, "enquiry", "state", "level") == [("e1", "open", None)]
    assert desk.rows(store.gap, "organisation", "first", "last") == [("school", 2, 3)]
    assert desk.rows(store.quarantine, "quarantine", "place", "source", "reason", "bytes", "state") == [
        ("q1", "concern.school.v1/0/7", "school", "unknown_key", 5, "waiting")
    ]
    assert desk.views.position("record") == desk.record.position()


def test_a_decision_closes_and_a_raised_alert_after_it_is_another(desk: Desk) -> None:
    desk.happened(*STORY)
    decided = EnquiryDecided(
        child="p1", level=2, suggested=3, agrees=False, outcome="early_help", actions=("signposted",), family_told=True,
        seen_position=3, evidence=(), decided_by="s",
    )  # fmt: skip
    desk.happened(
        ("mash-enquiry:e1", decided),
        (f"alert:{ALERT}", AlertDecided(enquiry="e1", decision="mash-enquiry:e1@2", seen=())),
        ("alert:p1:neglect:2", AlertRaised(child="p1", rule="neglect", number=2, **UNDER)),  # type: ignore[arg-type]
    )
    desk.fold()
    assert desk.rows(store.alert, "alert", "state") == [(ALERT, "decided"), ("p1:neglect:2", "open")]
    assert desk.rows(store.enquiry, "state", "level") == [("decided", 2)]


@pytest.mark.parametrize(
    ("outcomes", "state", "reason"),
    [
        ([("refused_again", "bad_signature")], "waiting", "bad_signature"),
        ([("refused_again", "bad_signature"), ("recorded", "")], "re_admitted", "bad_signature"),
        ([("recorded_before", "")], "re_admitted", "unknown_key"),
    ],
)
def test_what_is_refused_again_keeps_waiting_with_its_newest_reason(
    desk: Desk, outcomes: list[tuple[Any, str]], state: str, reason: str
) -> None:
    desk.happened(*STORY)
    desk.happened(*(("quarantine:q1", MessageReadmitted(outcome=outcome, reason=why)) for outcome, why in outcomes))
    desk.fold()
    assert desk.rows(store.quarantine, "state", "reason") == [(state, reason)]


def test_an_involvement_stands_in_the_chronology_on_the_day_that_it_began(desk: Desk) -> None:
    began = InvolvementChanged(organisation="early_help", service="family_support", started=date(2026, 8, 4))
    desk.happened(*STORY, ("source-record:r1", began))
    desk.fold()
    found = [row for row in desk.rows(store.said, "kind", "occurred") if row[0] == "involvement"]
    assert found == [("involvement", datetime(2026, 8, 4, 12, tzinfo=UTC))]


@pytest.mark.parametrize("page", [1, 2, 3, 1000])
def test_pages_of_any_size_fold_to_the_same(desk: Desk, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.happened(*STORY)
    desk.fold()
    whole = desk.everything()
    desk.views.empty()
    monkeypatch.setattr(store, "PAGE", page)
    desk.fold()
    assert desk.everything() == whole


def test_folding_a_page_twice_changes_nothing(desk: Desk) -> None:
    """Two processes that catch up at the same moment may both fold the same facts."""
    desk.happened(*STORY)
    desk.fold()
    whole = desk.everything()
    desk.views._fold("record", 0, desk.record.read(0, 1000))
    assert desk.everything() == whole


def test_a_view_that_is_ahead_of_its_record_is_emptied_and_folded_anew(desk: Desk, tmp_path: Path) -> None:
    desk.happened(*STORY)
    desk.fold()
    older = Desk.__new__(Desk)
    older.__dict__.update(desk.__dict__, versions={})
    older.record = sqlite_record(tmp_path / "older.db", desk.keys, FACTS, name="record")  # as a backup put back
    try:
        older.happened(*STORY[:4])
        older.fold()
        assert older.views.position("record") == older.record.position() == 4
        assert older.rows(store.alert, "alert") == []
        assert older.rows(store.person, "person") == [("p1",)]
    finally:
        older.record.close()


def test_moments_come_back_to_the_microsecond_and_aware(desk: Desk) -> None:
    desk.happened(STORY[0])
    desk.fold()
    assert desk.rows(store.said, "occurred", "known_at") == [(NOON, NOON)]


def test_views_hold_codes_alone() -> None:
    columns = {column.name for table in meta.sorted_tables for column in table.columns}
    words = {"name", "surname", "narrative", "words", "address", "nhs_number", "birth_date", "why_not_told"}
    assert columns & words == set()
