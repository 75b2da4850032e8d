"""The desk of a real hub: who is refused, what a page rests on, and what a look leaves behind. No threads run here."""

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, event, select

from hub.domain.child import SignalCounted
from hub.domain.enquiry import EnquiryOpened, OpenEnquiry
from hub.domain.errors import HubError, NotFound, NotPermitted, Refused, TryLater
from hub.domain.ledger import Asked
from hub.domain.message import Handling
from hub.domain.signal import Finding
from hub.domain.staff import RegisterStaff, StaffLeft
from hub.flow.receive import Intake
from hub.ports import Outgoing
from hub.views import asking, store
from hub.views.desk import Desk
from hub.views.members import staff_of
from hub.views.models import Asker, Filters, Line
from hub.views.store import ViewStore
from tests.support.enquiries import decision
from tests.support.messages import a_child, an_adult, concern, consent, involvement, seen_by
from tests.support.partnership import RunningHub, settings_for

DECIDER = Asker("staff-91d3b7", "children_social_care", "mash", ("decision_maker",))
NAVIGATOR = Asker("staff-7c41e0", "police", "safeguarding_unit", ("navigator",))
ACCESS_AUDITOR = Asker("staff-a37d05", "partnership", "audit", ("access_auditor",))
PRACTICE_AUDITOR = Asker("staff-68e2c9", "partnership", "audit", ("practice_auditor",))
IG_LEAD = Asker("staff-05b8f3", "partnership", "information_governance", ("ig_lead",))
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class Bench:
    """A hub and one intake, both in this thread; the views follow only when they are asked to."""

    running: RunningHub
    intake: Intake

    def take(self) -> None:
        """Everything that lies on the log."""
        hub = self.running.hub
        for topic, partitions in {**hub.log.topics("concern."), **hub.log.topics("finding.")}.items():
            for number in range(partitions):
                done = hub.record.tracked(f"{topic}/{number}")
                reader = hub.log.reader({(topic, number): done + 1})
                try:
                    while batch := reader.poll(200, 0):
                        self.intake.take(batch, done)
                        done = batch[-1].offset
                finally:
                    reader.close()

    def follow(self) -> None:
        self.running.hub.views.catch_up("record", self.running.hub.record)
        self.running.hub.views.catch_up("ledger", self.running.hub.ledger)

    def find(self, *children: str, on: Mapping[str, str] | None = None) -> None:
        """A finding of the threshold rules for each of these; `on` these signals, by child."""
        for child in children:
            signal = on[child] if on else f"{uuid4()}/0"
            finding = Finding(
                child=child, rule="r1", rule_version="1", edition="1", position=1, holds=True, level=3,
                evidence=(signal,), smallest=(), possible=False, why="w", why_now="w", would_raise="w",
                would_rest="w", journey="",
            )  # fmt: skip
            body, dataschema = self.running.hub.codec.encode_finding(finding)
            headers = (("ce_dataschema", dataschema.encode()),)
            self.running.send(Outgoing("finding.v1", child.encode(), headers, body))
        self.take()
        self.follow()

    def staff(self, name: str, organisation: str, setting: str, role: str, related: Sequence[str] = ()) -> Asker:
        wish = RegisterStaff(
            staff=name, organisation=organisation, setting=setting, roles=(role,), ig_trained_until=NEVER,
            related=tuple(related),
        )  # fmt: skip
        self.running.hub.register_staff([wish])
        return Asker(name, organisation, setting, (role,))

    def open(self, child: str, by: Asker = DECIDER, ground: str = "significant_harm") -> str:
        command = OpenEnquiry(child=child, alerts=(), ground=ground, reason="To learn more.", by=by.staff)
        return self.running.hub.enquiring.open_enquiry(by, command)

    def decide(self, enquiry: str, by: Asker = DECIDER, seen: int | None = None) -> None:
        position = self.running.hub.record.position() if seen is None else seen
        command = decision(
            position, level=4, outcome="strategy_discussion", actions=("strategy_discussion_called",), by=by.staff
        )
        self.running.hub.enquiring.decide(by, enquiry, command)

    def looks(self) -> list[Asked]:
        return [
            one.fact for one in self.running.hub.ledger.read(0, 10_000, [Asked.NAME]) if isinstance(one.fact, Asked)
        ]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    running = RunningHub(settings_for(tmp_path / "data"))
    running.hub.add_organisation("children_social_care", "Children's social care", "social_care")
    running.hub.add_organisation("partnership", "The partnership", "partnership")
    try:
        yield Bench(running, Intake(running.hub.intake_tools()))
    finally:
        running.close()


def a_known_child(bench: Bench) -> str:
    """A child of whom the police said something, on record and in the views."""
    ident = bench.running.say(concern("police", seen_by(a_child(), "police")))
    bench.take()
    bench.follow()
    return bench.running.child_of("police", ident)


def refusal(of: object) -> tuple[type[HubError], str]:
    with pytest.raises(NotFound) as refused:
        of()  # type: ignore[operator]
    return refused.type, str(refused.value)


# ------------------------------------------------------------------------------------------ who may know of an enquiry


def test_a_navigator_who_is_not_on_an_enquiry_sees_no_more_of_it_than_of_one_that_is_not_there(bench: Bench) -> None:
    child, answers = a_known_child(bench), bench.running.hub.answers
    enquiry = bench.open(child)
    absent = refusal(lambda: bench.running.hub.enquiry(NAVIGATOR, str(uuid4()), 0))
    assert refusal(lambda: bench.running.hub.enquiry(NAVIGATOR, enquiry, 0)) == absent
    bench.decide(enquiry)
    assert refusal(lambda: bench.running.hub.enquiry(NAVIGATOR, enquiry, 0)) == absent
    assert refusal(lambda: answers.picture(NAVIGATOR, child, enquiry))[0] is NotFound
    shown = bench.running.hub.enquiry(DECIDER, enquiry, 0)
    assert shown.decision is not None
    assert shown.coverage[0].state == "contributed"


def test_a_navigators_page_of_a_child_says_nothing_of_who_was_heard_or_what_was_decided(bench: Bench) -> None:
    child = a_known_child(bench)
    bench.decide(bench.open(child))
    picture = bench.running.hub.answers.picture(NAVIGATOR, child, "")
    assert (picture.coverage, picture.consent, picture.level, len(picture.chronology)) == ((), (), "", 1)


@pytest.mark.parametrize("asker", [NAVIGATOR, PRACTICE_AUDITOR])
def test_a_refused_look_and_one_at_nobody_leave_the_same_in_the_ledger(bench: Bench, asker: Asker) -> None:
    ident = bench.running.say(concern("health", seen_by(a_child(), "health")))
    bench.take()
    child, answers = bench.running.child_of("health", ident), bench.running.hub.answers
    before = len(bench.looks())
    there = refusal(lambda: answers.picture(asker, child, ""))
    not_there = refusal(lambda: answers.picture(asker, str(uuid4()), ""))
    assert there == not_there
    one, other = bench.looks()[before:]
    assert (
        (one.who, one.reason, one.opened) == (other.who, other.reason, other.opened) == (asker.staff, "child_page", ())
    )
    assert (one.subjects, other.subjects) == ((child,), ())


# ------------------------------------------------------------------------------------------ rulings rest on the record


def words(bench: Bench, child: str, enquiry: str) -> list[str]:
    shown = bench.running.hub.answers.picture(DECIDER, child, enquiry)
    return [line.label for entry in shown.chronology for line in entry.words]


def test_a_refusal_on_record_closes_words_before_the_views_have_followed(bench: Bench) -> None:
    known = a_child()
    ident = bench.running.say(concern("police", seen_by(known, "police")))
    covered = {
        "organisations": ("children_social_care",), "categories": ("narrative", "identity"), "purposes": ("triage",),
    }  # fmt: skip
    bench.running.say(consent("police", known.known_to("police"), "given", **covered))
    bench.take()
    child = bench.running.child_of("police", ident)
    enquiry = bench.open(child, ground="agreed_early_help")
    assert words(bench, child, enquiry) == ["What was said"]
    bench.running.say(consent("health", known.known_to("health"), "refused"))  # the first word of another organisation
    bench.take()
    assert bench.running.hub.views.position("record") < bench.running.hub.record.position()
    assert words(bench, child, enquiry) == []


def test_while_the_views_cannot_follow_nothing_is_answered(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    child = a_known_child(bench)
    bench.running.say(concern("health", seen_by(a_child(), "health")))
    bench.take()
    before = bench.running.hub.ledger.position()
    monkeypatch.setattr(ViewStore, "follow", lambda _self, _log, _record: 1)
    for ask in (
        lambda: bench.running.hub.answers.picture(DECIDER, child, ""),
        lambda: bench.running.hub.answers.worklist(DECIDER, Filters()),
        lambda: asking.look(bench.running.hub._desk(), DECIDER, [], "test"),
    ):
        with pytest.raises(TryLater):
            ask()
    assert bench.running.hub.ledger.position() == before


def test_two_who_fold_the_same_page_fold_it_once(bench: Bench) -> None:
    a_known_child(bench)
    views, record = bench.running.hub.views, bench.running.hub.record
    end = views.position("record")
    views._fold("record", 0, record.read(0, 3))  # somebody slower comes with a page that was folded
    assert views.position("record") == end


# ------------------------------------------------------------------------------------------------------- for auditors


def test_a_practice_auditor_of_one_child_reads_nothing_of_the_sibling(bench: Bench) -> None:
    kid, sibling = a_child(), a_child()
    ident = bench.running.say(
        concern("police", seen_by(kid, "police", "hunger"), seen_by(sibling, "police", "fgm_risk"))
    )
    bench.running.say(concern("health", seen_by(kid, "health", "was_not_brought")))
    bench.take()
    child, other = (bench.running.child_of("police", ident, number) for number in (0, 1))
    hub = bench.running.hub
    hub.list_sample([child], [PRACTICE_AUDITOR.staff], 14, "themed_audit")
    lines = [line.text for fact in hub.audits.audit(PRACTICE_AUDITOR, child, None).facts for line in fact.codes]
    assert [text for text in lines if "fgm_risk" in text] == []
    assert [text for text in lines if "was_not_brought" in text] != []
    hub.list_sample([other], [PRACTICE_AUDITOR.staff], 14, "themed_audit")
    lines = [line.text for fact in hub.audits.audit(PRACTICE_AUDITOR, child, None).facts for line in fact.codes]
    assert [text for text in lines if "fgm_risk" in text] == []  # both may be read, each on the page of its own
    assert [text for text in lines if "hunger" in text] != []
    assert [text for text in lines if "'digest'" in text or "'items'" in text or "<sealed" in text] == []


def test_who_checks_access_sees_no_consent_and_no_coverage_and_who_audits_practice_sees_them(bench: Bench) -> None:
    known = a_child()
    ident = bench.running.say(concern("police", seen_by(known, "police")))
    bench.running.say(consent("health", known.known_to("health"), "refused"))
    bench.take()
    child, hub = bench.running.child_of("police", ident), bench.running.hub
    bench.open(child)
    hub.list_sample([child], [PRACTICE_AUDITOR.staff], 14, "themed_audit")
    access, practice = (hub.audits.audit(asker, child, None) for asker in (ACCESS_AUDITOR, PRACTICE_AUDITOR))
    closed = "Not shown: content"
    assert (access.content, access.level, access.coverage) == (False, closed, ())
    assert access.consent == (Line("Consent and agreement", closed),)
    assert access.alerts == (Line("Alerts", closed),)
    assert [fact.codes for fact in access.facts if fact.codes] == []
    assert access.staff == (Line(DECIDER.staff, "Decision maker of children_social_care"),)
    assert access.edition == "1"
    assert practice.consent == (Line("Consent to share", "refused, as Health recorded"),)
    assert {one.organisation for one in practice.coverage if one.state == "contributed"} == {"Police", "Health"}


def test_a_look_at_a_child_stays_findable_behind_any_number_of_looks_at_the_worklist(bench: Bench) -> None:
    child, hub = a_known_child(bench), bench.running.hub
    hub.answers.picture(DECIDER, child, "")
    looked = hub.ledger.position()
    bench.find(child)
    for _ in range(120):
        hub.answers.worklist(DECIDER, Filters())
    hub.audits.ledger_of(IG_LEAD, "")
    assert [row.position for row in hub.audits.ledger_of(IG_LEAD, "").rows] == [looked]
    assert [row.position for row in hub.audits.ledger_of(IG_LEAD, child).rows] == [looked]
    first = hub.audits.ledger_of(IG_LEAD, "", everything=True)
    second = hub.audits.ledger_of(IG_LEAD, "", first.older, everything=True)
    assert (len(first.rows), first.rows[-1].position, second.rows[0].position < first.older) == (100, first.older, True)
    assert second.rows[-1].position <= looked
    assert second.older == 0


def test_one_look_at_several_children_is_one_row_and_about_one_of_them_names_that_one(bench: Bench) -> None:
    children, hub = [a_known_child(bench), a_known_child(bench)], bench.running.hub
    bench.find(*children)
    hub.answers.worklist(DECIDER, Filters())
    (row, *_) = hub.audits.ledger_of(IG_LEAD, "", everything=True).rows
    assert (row.child, row.children, row.ground) == ("", 2, "worklist")
    (row, *_) = hub.audits.ledger_of(IG_LEAD, children[0], everything=True).rows
    assert (row.child, row.children) == (children[0], 1)


# ------------------------------------------------------------------------------------------------ what we sent, own


def test_who_works_for_one_setting_sees_what_that_setting_sent_and_the_look_is_in_the_ledger(bench: Bench) -> None:
    for setting in ("primary_01", "primary_02"):
        bench.running.say(concern("school", seen_by(a_child(), "school"), setting=setting))
    bench.take()
    hub, before = bench.running.hub, len(bench.looks())
    lead = bench.staff("staff-lead", "school", "primary_01", "setting_safeguarding_lead")
    assert [row.setting for row in hub.answers.sent(lead)] == ["primary_01"]
    whole = bench.staff("staff-school", "school", "primary_01", "navigator")
    assert [row.setting for row in hub.answers.sent(whole)] == ["primary_02", "primary_01"]
    assert [(one.who, one.reason, len(one.opened)) for one in bench.looks()[before:]] == [
        ("staff-lead", "sent", 1),
        ("staff-school", "sent", 2),
    ]


def test_what_was_sent_about_their_own_family_is_not_listed(bench: Bench) -> None:
    ident = bench.running.say(concern("school", seen_by(a_child(), "school"), seen_by(a_child(), "school")))
    bench.take()
    bench.follow()
    sibling = bench.running.child_of("school", ident, 1)
    relative = bench.staff("staff-relative", "school", "", "navigator", [sibling])
    assert bench.running.hub.answers.sent(relative) == []


def test_a_quarantined_message_is_listed_by_its_topic_and_its_header_is_not_believed(bench: Bench) -> None:
    headers = (("ce_source", b"school"), ("ce_type", b"Sam Example"))
    bench.running.send(Outgoing("concern.police.v1", None, headers, b"x"))
    bench.take()
    assert bench.running.hub.answers.sent(bench.staff("staff-school", "school", "", "navigator")) == []
    assert [row.kind for row in bench.running.hub.answers.sent(NAVIGATOR)] == ["unreadable"]
    (row,) = bench.running.hub.audits.quarantine(bench.staff("staff-records", "council", "", "records_officer"))
    assert (row.source, row.kind) == ("school", "unreadable")


def test_the_list_of_children_is_one_look_and_leaves_out_their_own_family(bench: Bench) -> None:
    known = [a_child(), a_child()]
    for one in known:
        bench.running.say(involvement("school", one.known_to("school"), "school", setting="primary_01"))
    idents = [bench.running.say(concern("school", seen_by(one, "school"))) for one in known]
    bench.take()
    children = [bench.running.child_of("school", ident) for ident in idents]
    worker = bench.staff("staff-worker", "school", "primary_01", "lead_professional")
    relative = bench.staff("staff-relative", "school", "primary_01", "lead_professional", children[:1])
    before = len(bench.looks())
    assert {row.child for row in bench.running.hub.answers.involved(worker)} == set(children)
    assert [row.child for row in bench.running.hub.answers.involved(relative)] == children[1:]
    assert [(one.reason, set(one.subjects)) for one in bench.looks()[before:]] == [("children", set(children))] * 2


# --------------------------------------------------------------------------------------------------- opening, deciding


def test_nobody_opens_or_decides_an_enquiry_about_their_own_family(bench: Bench) -> None:
    child = a_known_child(bench)
    relative = bench.staff("staff-relative", "children_social_care", "mash", "decision_maker", [child])
    enquiry = bench.open(child)
    before = bench.running.hub.record.position()
    assert refusal(lambda: bench.open(child, relative)) == refusal(lambda: bench.open(str(uuid4()), relative))
    assert refusal(lambda: bench.decide(enquiry, relative)) == refusal(lambda: bench.decide(str(uuid4()), relative))
    assert bench.running.hub.record.position() == before
    bench.decide(enquiry)


def test_who_has_left_opens_and_decides_nothing_whatever_their_session_says(bench: Bench) -> None:
    child = a_known_child(bench)
    enquiry = bench.open(child)
    gone = bench.staff("staff-gone", "children_social_care", "mash", "decision_maker")
    bench.running.hub.act().append("staff:staff-gone", lambda _: [StaffLeft(staff="staff-gone")], "x")
    hub = bench.running.hub
    for attempt in (
        lambda: bench.open(child, gone), lambda: bench.decide(enquiry, gone), lambda: hub.may_enter(gone),
        lambda: hub.quarantine(gone), lambda: hub.sent(gone), lambda: hub.involved(gone),
        lambda: hub.worklist(gone, Filters()),
    ):  # fmt: skip
        with pytest.raises(NotPermitted):
            attempt()


def test_an_action_in_somebody_elses_name_is_refused(bench: Bench) -> None:
    child = a_known_child(bench)
    command = OpenEnquiry(child=child, alerts=(), ground="significant_harm", reason="x", by="staff-e58c12")
    with pytest.raises(NotPermitted):
        bench.running.hub.enquiring.open_enquiry(DECIDER, command)


def test_no_enquiry_is_opened_about_an_adult(bench: Bench) -> None:
    bench.running.say(concern("police", seen_by(a_child(), "police"), adults=(an_adult("police"),)))
    bench.take()
    bench.follow()
    (adult,) = bench.running.hub.views.rows(select(store.person.c.person).where(store.person.c.kind == "adult"))
    with pytest.raises(NotFound):
        bench.open(adult["person"])
    command = OpenEnquiry(child=adult["person"], alerts=(), ground="significant_harm", reason="x", by=DECIDER.staff)
    with pytest.raises(Refused, match="about a child"):
        bench.running.hub.act().open_enquiry(command)


def test_a_decision_on_what_the_record_has_not_reached_is_refused(bench: Bench) -> None:
    enquiry = bench.open(a_known_child(bench))
    with pytest.raises(Refused) as refused:
        bench.decide(enquiry, seen=bench.running.hub.record.position() + 1)
    assert refused.value.field == "seen"
    bench.decide(enquiry)


def test_the_position_of_a_page_is_never_later_than_what_it_shows(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    enquiry = bench.open(a_known_child(bench))
    before, real = bench.running.hub.record.position(), staff_of

    def meanwhile(desk: Desk, ident: str, upto: int | None = None) -> object:
        bench.running.say(concern("health", seen_by(a_child(), "health")))
        bench.take()
        return real(desk, ident, upto)

    monkeypatch.setattr(asking, "staff_of", meanwhile)
    assert bench.running.hub.enquiry(DECIDER, enquiry, 0).stamp.position == before


# -------------------------------------------------------------------------------------------------------- the worklist


def many_children(bench: Bench, number: int) -> list[str]:
    bench.running.say_all([concern("police", seen_by(a_child(), "police")) for _ in range(number)])
    bench.take()
    counted = {
        one.stream.partition(":")[2]: one.fact.signal.id
        for one in bench.running.facts()
        if isinstance(one.fact, SignalCounted)
    }
    bench.find(*counted, on=counted)
    return [*counted]


def test_the_worklist_says_how_many_there_are_and_every_one_is_on_some_page(bench: Bench) -> None:
    children = set(many_children(bench, 205))
    answers = bench.running.hub.answers
    pages = [answers.worklist(DECIDER, Filters(), number) for number in range(1, 6)]
    assert [(page.number, page.pages, page.total, len(page.rows)) for page in pages] == [
        (1, 5, 205, 50), (2, 5, 205, 50), (3, 5, 205, 50), (4, 5, 205, 50), (5, 5, 205, 5),
    ]  # fmt: skip
    assert {row.child for page in pages for row in page.rows} == children
    assert answers.worklist(DECIDER, Filters(), 9).number == 5
    looks = [one for one in bench.looks() if one.reason == "worklist"]
    assert [len(one.subjects) for one in looks] == [50, 50, 50, 50, 5, 5]
    relative = bench.staff("staff-relative", "children_social_care", "mash", "decision_maker", list(children)[:1])
    assert answers.worklist(relative, Filters()).total == 204  # not even the total tells
    assert (
        answers.worklist(DECIDER, Filters(level="2")).total == answers.worklist(DECIDER, Filters(level="x")).total == 0
    )


def test_a_full_page_of_the_worklist_asks_the_views_no_more_often_than_a_short_one(bench: Bench) -> None:
    asked: list[str] = []

    def note(*said: object) -> None:
        asked.append(str(said[2]))

    def statements(rows: int) -> Counter[str]:
        asked.clear()
        assert len(bench.running.hub.answers.worklist(DECIDER, Filters()).rows) == rows
        return Counter(" ".join(re.sub(r"[(][?, ]*[)]", "()", one).split()) for one in asked)

    many_children(bench, 5)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        few = statements(5)
        many_children(bench, 55)
        many = statements(50)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert any("FROM said JOIN said_about" in one for one in few)
    assert {one: number for one, number in many.items() if number > few[one]} == {}


def test_the_worklist_of_an_organisation_holds_the_alerts_that_it_has_a_part_in(bench: Bench) -> None:
    ident = bench.running.say(concern("police", seen_by(a_child(), "police")))
    bench.take()
    child, other = bench.running.child_of("police", ident), a_known_child(bench)
    (signal,) = [one.fact.signal.id for one in bench.running.stream(f"child:{child}")]  # type: ignore[attr-defined]
    bench.find(other)
    finding = Finding(
        child=child, rule="r2", rule_version="1", edition="1", position=1, holds=True, level=2, evidence=(signal,),
        smallest=(signal,), possible=False, why="w", why_now="w", would_raise="w", would_rest="w", journey="",
    )  # fmt: skip
    body, dataschema = bench.running.hub.codec.encode_finding(finding)
    bench.running.send(Outgoing("finding.v1", child.encode(), (("ce_dataschema", dataschema.encode()),), body))
    bench.take()
    found = bench.running.hub.answers.worklist(DECIDER, Filters(organisation="police"))
    assert ([row.child for row in found.rows], found.total) == ([child], 1)
    assert bench.running.hub.answers.worklist(DECIDER, Filters(organisation="health")).total == 0


def test_nobody_looks_for_what_is_new_while_no_alert_came(bench: Bench) -> None:
    child, answers = a_known_child(bench), bench.running.hub.answers
    assert answers.newest_alert() == 0
    shown = time.time()
    bench.find(child)
    assert answers.newest_alert() > shown
    assert answers.newer(DECIDER, shown) == 1
    before = len(bench.looks())
    assert answers.newer(DECIDER, answers.newest_alert()) == 0
    assert len(bench.looks()) == before


# --------------------------------------------------------------------------------------- facts that close, and warn


def with_protocol(bench: Bench, **protocol: object) -> None:
    """The hub under an edition whose protocol says this too."""
    edition = bench.running.hub.edition
    parts = {**edition.parts, "protocol": {**edition.parts["protocol"], **protocol}}
    bench.running.hub.edition = replace(edition, parts=parts)


def test_a_handling_code_of_the_protocol_keeps_a_source_with_the_organisation_that_protects_it(bench: Bench) -> None:
    said = concern("police", seen_by(a_child(), "police"), handling=Handling(police_code="P9"))
    child = bench.running.child_of("police", _taken(bench, said))
    answers = bench.running.hub.answers
    assert len(answers.picture(DECIDER, child, "").chronology) == 1
    with_protocol(bench, source_protected_codes=["P9"])
    answers = bench.running.hub.answers
    assert answers.picture(DECIDER, child, "").chronology == ()
    assert len(answers.picture(NAVIGATOR, child, "").chronology) == 1  # the police themselves
    assert len(answers.sent(NAVIGATOR)) == 1


def test_an_indicator_of_sexual_health_is_ruled_as_that(bench: Bench) -> None:
    from hub.views.said_of import Closing, handling

    ident = _taken(bench, concern("police", seen_by(a_child(), "police", "hunger")))
    child = bench.running.child_of("police", ident)
    fact = next(one.fact for one in bench.running.journey("police", ident) if one.fact.NAME == "concern.recorded")
    edition = bench.running.hub.edition
    assert handling(fact, edition) == Closing()
    counted = msgspec.structs.replace(edition.vocabulary.indicators["hunger"], groups=("sensitive:sexual_health",))
    vocabulary = replace(edition.vocabulary, indicators={**edition.vocabulary.indicators, "hunger": counted})
    assert handling(fact, replace(edition, vocabulary=vocabulary)) == Closing(sexual_health=True)
    assert child


def test_until_when_not_to_talk_to_the_family_stands_on_the_page_of_the_child_and_of_the_decision(bench: Bench) -> None:
    until = (datetime.now(UTC) + timedelta(days=30)).replace(hour=12, minute=0, second=0, microsecond=0)
    past = datetime.now(UTC) - timedelta(minutes=5)
    known = a_child()
    ident = _taken(bench, concern("police", seen_by(known, "police"), handling=Handling(do_not_discuss_until=until)))
    _taken(bench, concern("health", seen_by(known, "health"), handling=Handling(do_not_discuss_until=past)))
    child, answers = bench.running.child_of("police", ident), bench.running.hub.answers
    (warning,) = answers.picture(DECIDER, child, "").warnings
    assert warning.startswith(f"Do not discuss with the family until {until.day} ")
    assert warning.endswith(", Police")
    assert bench.running.hub.enquiry(DECIDER, bench.open(child), 0).warnings == (warning,)


def _taken(bench: Bench, said: object) -> str:
    ident = bench.running.say(said)  # type: ignore[arg-type]
    bench.take()
    return ident


def test_the_record_of_an_enquiry_names_who_opened_it_and_each_opening_is_a_look(bench: Bench) -> None:
    child = a_known_child(bench)
    enquiry = bench.open(child)
    fact = bench.running.stream(f"mash-enquiry:{enquiry}")[0].fact
    assert isinstance(fact, EnquiryOpened)
    assert fact.opened_by == DECIDER.staff
    assert [(one.reason, one.subjects) for one in bench.looks() if one.who == DECIDER.staff] == [
        ("enquiry_opening", (child,))
    ]
