"""The intake carries a decision out: links, index and what counts for whom move together, once, or not at all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as structs_replace
from sqlalchemy import select

from hub.domain import child as children
from hub.domain.child import SignalDiscounted
from hub.domain.concern import ConcernRuled
from hub.domain.enquiry import OpenEnquiry
from hub.domain.errors import Refused, TryLater, VersionConflict
from hub.domain.fact import Fact, NewFact
from hub.domain.identity import IdentityRefused, IdentitySettled, Moved
from hub.domain.measuring import Happened, History, Ladder
from hub.domain.message import Name
from hub.domain.person import HeldApart, SourceRecordLinked
from hub.flow.receive import Intake
from hub.flow.standing import Standing
from hub.flow.unexplained import TRIES
from hub.views import measured
from tests.support.identities import DECIDER, MANAGER, SCREENER, ByHand, somebody
from tests.support.messages import Child, a_child, an_adult, concern, consent, correction, seen_by, withdrawal
from tests.support.partnership import RunningHub, settings_for

MILD = (
    "was_not_brought"  # an indicator that by itself says nothing of harm: a competent refusal keeps it out of the pool
)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ByHand]:
    running = RunningHub(settings_for(tmp_path / "data"))
    yield ByHand(running)
    running.close()


def facts(hub: ByHand, identity: str) -> list[Fact]:
    return [one.fact for one in hub.hub.record.load(f"identity:{identity}")]


class Away:
    """A record that a fault keeps from appending, so often."""

    def __init__(self, record: Any, fault: Exception, times: int) -> None:
        self._record, self._fault, self.left = record, fault, times

    def append(self, new: list[NewFact], **more: Any) -> Any:
        if self.left:
            self.left -= 1
            raise self._fault
        return self._record.append(new, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._record, name)


# -------------------------------------------------------------------------------------------------------------- refused


def test_a_decision_that_waits_for_a_second_person_moves_nothing(hub: ByHand) -> None:
    one, other = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    before = hub.person(one), hub.person(other), hub.hub.record.position()
    ident = hub.decided("merge", one, other=other)
    assert hub.intake.settle(ident) == "waits_for_second"
    assert (hub.person(one), hub.person(other), hub.hub.record.position()) == (before[0], before[1], before[2] + 1)
    hub.identify.not_agree(ident, MANAGER, "They are cousins.")
    assert hub.intake.settle(ident) == "not_agreed"
    assert (hub.person(one), hub.person(other)) == before[:2]


def test_what_the_decision_rested_on_changed_meanwhile_so_nothing_moves_and_it_says_why(hub: ByHand) -> None:
    like = somebody()
    known = hub.seen(like, "school")
    doubt, third = hub.in_doubt(like), hub.seen(somebody(), "health")
    late = hub.decided("same", doubt, other=known)
    hub.settled("different", doubt)
    merge = hub.decided("merge", known, other=third)
    hub.identify.agree(merge, MANAGER)
    other_way = hub.decided("merge", third, other=known)
    hub.identify.agree(other_way, MANAGER)
    assert hub.intake.settle(merge) == "settled"
    counted = {person: hub.counts(person) for person in (known, doubt, third)}
    # merged since: said before anything else, because nothing can be decided about that name any more
    assert [hub.intake.settle(late), hub.intake.settle(other_way)] == ["refused", "refused"]
    assert [facts(hub, ident)[-1] for ident in (late, other_way)] == [IdentityRefused(reason="merged_meanwhile")] * 2
    assert {person: hub.counts(person) for person in (known, doubt, third)} == counted


def test_nothing_moves_once_somebody_concerned_was_erased(hub: ByHand) -> None:
    one, other = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    ident = hub.decided("merge", one, other=other)
    hub.identify.agree(ident, MANAGER)
    hub.hub.keys.destroy(f"person:{other}", "erasure-1")
    assert hub.intake.settle(ident) == "refused"
    assert facts(hub, ident)[-1] == IdentityRefused(reason="erased")
    assert hub.person(one).merged_into == ""


def test_a_review_is_settled_though_somebody_it_might_have_been_was_erased(hub: ByHand) -> None:
    like = somebody()
    known, doubt = hub.seen(like, "school"), hub.in_doubt(like)
    hub.hub.keys.destroy(f"person:{known}", "erasure-1")
    hub.settled("different", doubt)
    assert (hub.person(doubt).standing, list(hub.counts(doubt).values())) == ("established", ["own"])


def test_while_the_store_is_away_it_waits_and_is_then_carried_out_once(hub: ByHand) -> None:
    like = somebody()
    known, doubt = hub.seen(like, "school"), hub.in_doubt(like)
    ident = hub.decided("same", doubt, other=known)
    away = Away(hub.hub.record, TryLater("the store is away"), 1)
    hindered = Intake(structs_replace(hub.hub.intake_tools(), record=away))
    with pytest.raises(TryLater):
        hindered.settle(ident)
    assert hub.identify.decision(ident).state == "waits_for_intake"
    assert hindered.settle(ident) == "settled"
    head = hub.hub.record.position()
    assert (hindered.settle(ident), hub.intake.settle(ident), hub.hub.record.position()) == ("settled", "settled", head)


def test_who_else_writes_in_between_is_looked_at_again_and_not_for_ever(hub: ByHand) -> None:
    like = somebody()
    known, doubt = hub.seen(like, "school"), hub.in_doubt(like)
    ident = hub.decided("same", doubt, other=known)
    away = Away(hub.hub.record, VersionConflict("somebody was faster"), TRIES)
    hindered = Intake(structs_replace(hub.hub.intake_tools(), record=away))
    with pytest.raises(TryLater):
        hindered.settle(ident)
    away.left = TRIES - 1
    assert hindered.settle(ident) == "settled"


def test_a_fault_of_ours_refuses_the_decision_rings_a_person_and_stops_nothing(
    hub: ByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    like = somebody()
    known, doubt = hub.seen(like, "school"), hub.in_doubt(like)
    ident = hub.decided("same", doubt, other=known)

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("hub.flow.settle.carry_out", broken)
        assert hub.intake.settle(ident) == "refused"
    assert facts(hub, ident)[-1] == IdentityRefused(reason="unexplained")
    assert hub.hub.paged == [f"identity:{ident}"]
    assert hub.settled("same", doubt, other=known)  # decided anew, it goes through


# ----------------------------------------------------------------------------------------------------------- each answer


def test_the_same_joins_the_review_with_its_candidate_and_its_reports_count_there(hub: ByHand) -> None:
    like = somebody()
    known, doubt = hub.seen(like, "school"), hub.in_doubt(like)
    (report,) = hub.counts(doubt)
    assert hub.counts(known)[report] == "possible"
    (record,) = hub.person(doubt).source_records
    since = hub.hub.record.load(f"person:{doubt}")[-1].position
    ident = hub.settled("same", doubt, other=known)
    assert (hub.person(doubt).merged_into, hub.counts(doubt)) == (known, {})
    assert record in hub.person(known).source_records
    assert hub.counts(known)[report] == "own"
    assert hub.hub.record.by_source_record([record])[record].person == known
    (link,) = [
        one.fact for one in hub.hub.record.load(f"person:{known}") if getattr(one.fact, "source_record", "") == record
    ]
    assert link == SourceRecordLinked(source_record=record, how="person", rules="", decision=f"identity:{ident}")
    settled = facts(hub, ident)[-1]
    assert isinstance(settled, IdentitySettled)
    assert settled.moved == (Moved(record, doubt, known, since),)
    assert settled.ledger_until == hub.hub.ledger.position()


def test_a_sure_report_after_the_answer_is_the_survivors_own(hub: ByHand) -> None:
    like, named = somebody(), somebody()
    known = hub.seen(like, "school")
    person = named.known_to("police", nhs_number=like.nhs)
    doubt = hub.seen(named, "police", person=person)
    hub.settled("same", doubt, other=known)
    assert hub.seen(named, "police", "poor_hygiene", person=person) == known
    assert sorted(hub.counts(known).values()) == ["own", "own", "own"]


def test_different_from_all_establishes_it_holds_them_apart_and_takes_back_what_was_possible(hub: ByHand) -> None:
    like = somebody()
    known, doubt = hub.seen(like, "school"), hub.in_doubt(like)
    (report,) = hub.counts(doubt)
    ident = hub.settled("different", doubt)
    assert (hub.person(doubt).standing, hub.person(doubt).candidates) == ("established", ())
    assert (hub.apart(doubt), hub.apart(known)) == ({known}, {doubt})
    assert hub.counts(doubt) == {report: "own"}
    assert report not in hub.counts(known)
    assert facts(hub, ident)[-1] == IdentitySettled(ledger_until=hub.hub.ledger.position())


def test_who_cannot_tell_leaves_it_in_review_and_may_name_whom_to_ask(hub: ByHand) -> None:
    like = somebody()
    known, doubt = hub.seen(like, "school"), hub.in_doubt(like)
    before = hub.person(doubt), hub.counts(known)
    ident = hub.settled("cannot_tell", doubt, ask="school")
    assert (hub.person(doubt), hub.counts(known)) == before
    assert (hub.identify.decision(ident).state, hub.identify.decision(ident).fact.ask) == ("settled", "school")  # type: ignore[union-attr]


def test_two_people_merge_two_children_and_what_was_possible_for_one_is_for_the_other(hub: ByHand) -> None:
    like = somebody()
    gone, stays = hub.seen(like, "school"), hub.seen(somebody(), "health")
    doubt = hub.in_doubt(like)
    (report,) = hub.counts(doubt)
    merge = hub.settled("merge", gone, other=stays)
    assert hub.counts(gone) == {}
    assert sorted(hub.counts(stays).values()) == ["own", "own", "possible"]
    assert hub.intake._people.candidates(doubt) == (stays,)
    hub.settled("split", "", reverses=merge)
    assert (hub.counts(gone)[report], report in hub.counts(stays)) == ("possible", False)
    assert hub.intake._people.candidates(doubt) == (gone,)


def test_unlinked_reports_go_with_their_source_record_to_a_new_person_held_apart(hub: ByHand) -> None:
    child = somebody()
    person = hub.seen(child, "school")
    assert hub.seen(child, "police") == person
    record = hub.person(person).source_records[1]
    ident = hub.settled("unlink", person, source_records=(record,), reason="entered_in_error")
    opened = hub.identify.decision(ident).settled.opened  # type: ignore[union-attr]
    assert (hub.person(person).source_records.count(record), hub.person(opened).source_records) == (0, (record,))
    assert (hub.person(opened).standing, hub.person(opened).kind, hub.apart(opened)) == (
        "established", "child", {person},
    )  # fmt: skip
    assert [list(hub.counts(one).values()) for one in (person, opened)] == [["own"], ["own"]]
    assert hub.seen(child, "police", "poor_hygiene") == opened  # its own id leads there from now on


def test_unlinked_to_somebody_known_they_count_there(hub: ByHand) -> None:
    child = somebody()
    person, other = hub.seen(child, "school"), hub.seen(somebody(), "health")
    assert hub.seen(child, "police") == person
    record = hub.person(person).source_records[1]
    ident = hub.settled("unlink", person, source_records=(record,), other=other)
    assert hub.person(other).source_records[-1] == record
    assert sorted(hub.counts(other).values()) == ["own", "own"]
    assert hub.apart(other) == {person}
    hub.settled(
        "unlink", other, source_records=(record,), other=person, reverses=ident
    )  # and back: it is one of two people's
    assert (sorted(hub.counts(person).values()), list(hub.counts(other).values())) == (["own", "own"], ["own"])
    assert hub.identify.decision(ident).state == "settled"


def test_a_restricted_identity_is_named_with_its_readers_and_ends_as_it_began(hub: ByHand) -> None:
    person = hub.seen(somebody(), "school")
    hub.settled("restrict", person, reason="adoption", readers=(DECIDER,))
    assert (hub.person(person).restricted, hub.person(person).readers) == (True, (DECIDER,))
    hub.settled("unrestrict", person, reason="other")
    assert (hub.person(person).restricted, hub.person(person).readers) == (False, ())


def test_who_is_merged_with_a_restricted_identity_is_restricted_for_who_is_named_for_both(hub: ByHand) -> None:
    hidden, known, third = (hub.seen(somebody(), name) for name in ("school", "health", "police"))
    hub.settled("restrict", hidden, reason="adoption", readers=(DECIDER, SCREENER))
    hub.settled("restrict", third, reason="sensitive", readers=(SCREENER, MANAGER))
    merge = hub.settled("merge", hidden, other=known)
    assert (hub.person(known).restricted, hub.person(known).readers) == (True, (DECIDER, SCREENER))
    second = hub.settled("merge", known, other=third)
    assert hub.person(third).readers == (SCREENER,)
    hub.settled("split", "", reverses=second)
    assert (hub.person(third).restricted, hub.person(third).readers) == (True, (SCREENER, MANAGER))
    hub.settled("split", "", reverses=merge)
    assert (hub.person(known).restricted, hub.person(hidden).readers) == (False, (DECIDER, SCREENER))


def test_a_restriction_that_persons_decided_during_a_merge_outlives_it(hub: ByHand) -> None:
    hidden, known = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    hub.settled("restrict", hidden, reason="adoption", readers=(DECIDER,))
    merge = hub.settled("merge", hidden, other=known)
    hub.settled("restrict", known, reason="protected_person", readers=(SCREENER,))
    hub.settled("split", "", reverses=merge)
    assert (hub.person(known).restricted, hub.person(known).readers) == (True, (SCREENER,))


# ---------------------------------------------------------------------------------------------------------- taking it back


def test_a_split_gives_back_what_was_brought_and_holds_the_two_apart(hub: ByHand) -> None:
    gone, stays = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    before = [(hub.person(one).source_records, hub.counts(one)) for one in (gone, stays)]
    merge = hub.settled("merge", gone, other=stays)
    hub.settled("split", "", reverses=merge)
    assert [(hub.person(one).source_records, hub.counts(one)) for one in (gone, stays)] == before
    assert (hub.apart(gone), hub.apart(stays)) == ({stays}, {gone})
    assert hub.person(gone).merged_into == ""


def test_a_reviews_answer_taken_back_is_a_review_again(hub: ByHand) -> None:
    like = somebody()
    known, doubt = hub.seen(like, "school"), hub.in_doubt(like)
    before = [(hub.person(one).standing, hub.person(one).candidates, hub.counts(one)) for one in (doubt, known)]
    ident = hub.settled("same", doubt, other=known)
    hub.settled("split", "", reverses=ident)
    after = [(hub.person(one).standing, hub.person(one).candidates, hub.counts(one)) for one in (doubt, known)]
    assert (after, hub.apart(doubt)) == (before, set())
    hub.settled("same", doubt, other=known)  # and may be answered again


def test_what_went_on_elsewhere_meanwhile_does_not_come_back(hub: ByHand) -> None:
    child = somebody()
    gone, stays = hub.seen(child, "school"), hub.seen(somebody(), "health")
    assert hub.seen(child, "police") == gone
    kept, moved_on = hub.person(gone).source_records
    merge = hub.settled("merge", gone, other=stays)
    away = hub.settled("unlink", stays, source_records=(moved_on,))
    hub.settled("split", "", reverses=merge)
    opened = hub.identify.decision(away).settled.opened  # type: ignore[union-attr]
    assert (hub.person(gone).source_records, hub.person(opened).source_records) == ((kept,), (moved_on,))


def test_the_first_of_two_merges_is_taken_back_from_whoever_holds_it_now(hub: ByHand) -> None:
    first, second, last = (hub.seen(somebody(), name) for name in ("school", "health", "police"))
    brought, counted = hub.person(first).source_records, hub.counts(first)
    merge = hub.settled("merge", first, other=second)
    hub.settled("merge", second, other=last)
    assert sorted(hub.counts(last).values()) == ["own", "own", "own"]
    hub.settled("split", "", reverses=merge)
    assert (hub.person(first).source_records, hub.counts(first)) == (brought, counted)
    assert sorted(hub.counts(last).values()) == ["own", "own"]


def test_who_was_held_apart_is_merged_by_two_people_only_and_apart_again_after_a_split(hub: ByHand) -> None:
    like = somebody()
    known, doubt = hub.seen(like, "school"), hub.in_doubt(like)
    hub.settled("different", doubt)
    merge = hub.settled("merge", doubt, other=known)
    assert (hub.apart(doubt), hub.apart(known)) == (set(), set())
    hub.settled("split", "", reverses=merge)
    assert (hub.apart(doubt), hub.apart(known)) == ({known}, {doubt})


def test_whom_it_was_not_the_one_that_stays_is_not_either(hub: ByHand) -> None:
    like = somebody()
    known, doubt = hub.seen(like, "school"), hub.in_doubt(like)
    hub.settled("different", doubt)
    third = hub.seen(somebody(), "health")
    merge = hub.settled("merge", doubt, other=third)
    assert (hub.apart(third), hub.apart(known)) == ({known}, {doubt, third})
    hub.settled("split", "", reverses=merge)
    assert (hub.apart(known), hub.apart(doubt)) == ({doubt}, {known, third})


def test_an_adult_found_to_be_the_child_is_a_child_until_that_is_taken_back(hub: ByHand) -> None:
    child = hub.seen(somebody(), "school")
    (ident,) = hub.say(concern("health", seen_by(somebody(), "health"), adults=(an_adult("health"),)))
    statement = hub.running.journey("health", ident)[0].fact.statement  # type: ignore[attr-defined]
    record = statement.adults[0].source_record
    adult = hub.hub.record.by_source_record([record])[record].person
    assert hub.person(adult).kind == "adult"
    merge = hub.settled("merge", child, other=adult)
    assert hub.person(adult).kind == "child"
    hub.settled("split", "", reverses=merge)
    assert hub.person(adult).kind == "adult"


# ------------------------------------------------------------------------------------------------ what the intake does then


def test_what_is_withdrawn_or_corrected_after_a_merge_is_taken_back_where_it_counts_now(hub: ByHand) -> None:
    child = somebody()
    (first, second) = hub.say(
        concern("school", seen_by(child, "school")), concern("school", seen_by(child, "school", "poor_hygiene"))
    )
    gone, stays = hub.running.child_of("school", first), hub.seen(somebody(), "health")
    merge = hub.settled("merge", gone, other=stays)
    hub.say(
        withdrawal("school", first), correction(second, concern("school", seen_by(child, "school", "was_not_brought")))
    )
    assert sorted(hub.counts(stays).values()) == ["own", "own"]
    hub.settled("split", "", reverses=merge)
    assert (list(hub.counts(gone).values()), list(hub.counts(stays).values())) == (["own"], ["own"])


def test_no_concern_falls_between_a_decision_and_its_being_carried_out(hub: ByHand) -> None:
    like, named = somebody(), somebody()
    known = hub.seen(like, "school")
    person = named.known_to("police", nhs_number=like.nhs)
    doubt = hub.seen(named, "police", person=person)
    ident = hub.decided("same", doubt, other=known)
    assert hub.seen(named, "police", "poor_hygiene", person=person) == doubt
    assert hub.intake.settle(ident) == "settled"
    assert (hub.counts(doubt), sorted(hub.counts(known).values())) == ({}, ["own", "own", "own"])


def test_the_ground_of_an_enquiry_goes_with_whom_it_was_opened_about(hub: ByHand) -> None:
    gone, stays = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    opening = OpenEnquiry(child=gone, alerts=(), ground="significant_harm", reason="R.", by=DECIDER)
    hub.hub.act().open_enquiry(opening)

    def grounds() -> list[bool]:
        standing, vocabulary = Standing(hub.hub.record), hub.hub.edition.vocabulary
        standing.refresh()
        today = hub.hub.clock.now().date()
        return ["significant_harm" in standing.subject(one, (), "", vocabulary, today).grounds for one in (gone, stays)]

    merge = hub.settled("merge", gone, other=stays)
    assert grounds() == [False, True]
    hub.settled("split", "", reverses=merge)
    assert grounds() == [True, False]


def test_what_was_said_of_the_candidate_after_it_was_merged_stays_possible_for_the_one_that_stayed(hub: ByHand) -> None:
    like, named = somebody(), somebody()
    gone, stays = hub.seen(like, "school"), hub.seen(somebody(), "health")
    person = named.known_to("police", nhs_number=like.nhs)
    doubt = hub.seen(named, "police", person=person)
    merge = hub.settled("merge", gone, other=stays)
    assert hub.seen(named, "police", "poor_hygiene", person=person) == doubt
    assert sorted(hub.counts(stays).values()) == ["own", "own", "possible", "possible"]
    hub.settled("split", "", reverses=merge)
    assert sorted(hub.counts(gone).values()) == ["own", "possible", "possible"]


def test_nothing_of_what_was_sealed_is_written_again(hub: ByHand) -> None:
    gone, stays = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    sealed = {
        one.position: one.fact for one in hub.running.facts() if one.stream.startswith(("source-record:", "message:"))
    }
    keys = {one: hub.hub.keys.find(f"source-record:{one}") for one in hub.person(gone).source_records}
    rows = hub.hub.record.by_source_record(list(keys))
    merge = hub.settled("merge", gone, other=stays)
    hub.settled("split", "", reverses=merge)
    after = hub.running.facts()
    assert {one.position: one.fact for one in after if one.position in sealed} == sealed
    new = [one for one in after if one.position > max(sealed)]
    assert {one.stream.partition(":")[0] for one in new} <= {"identity", "person", "child", "staff"}
    assert {one: hub.hub.keys.find(f"source-record:{one}") for one in keys} == keys
    assert hub.hub.record.by_source_record(list(keys)) == rows  # keys, digests and what they hold: as they were


def test_every_fact_of_carrying_out_names_the_decision_that_caused_it(hub: ByHand) -> None:
    like = somebody()
    known, doubt = hub.seen(like, "school"), hub.in_doubt(like)
    head = hub.hub.record.position()
    ident = hub.settled("different", doubt)
    caused = [one for one in hub.running.facts() if one.position > head + 1]
    assert {(one.envelope.by, one.envelope.because) for one in caused} == {("service:intake", f"identity:{ident}@1")}
    assert [one.fact for one in caused if isinstance(one.fact, HeldApart)] == [
        HeldApart(other=known, decision=f"identity:{ident}"), HeldApart(other=doubt, decision=f"identity:{ident}"),
    ]  # fmt: skip


def test_taken_back_before_it_is_counted_anew(hub: ByHand) -> None:
    gone, stays = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    head = hub.hub.record.position()
    hub.settled("merge", gone, other=stays)
    moved = [one.fact.NAME for one in hub.running.facts() if one.position > head and one.stream.startswith("child:")]
    assert moved == ["signal.discounted", "signal.counted"]


def test_a_spelling_that_tells_them_apart_is_said_of_a_record_of_its_own(hub: ByHand) -> None:
    """Two names on two records of one organisation are compared by people, never joined by a merge of words."""
    like = a_child("Sam", "Gorse")
    known = hub.seen(like, "school")
    doubt = hub.seen(like, "health", person=like.known_to("health", names=(Name("Kim", "Gorse"),), birth_date=None))
    assert doubt != known
    hub.settled("same", doubt, other=known)
    described = [len(hub.hub.record.load(f"source-record:{record}")) for record in hub.person(known).source_records]
    assert described == [1, 1]


# --------------------------------------------------------------------------------------- what is ruled on again as it moves


def refuses(hub: ByHand, child: Child, organisation: str) -> None:
    """A competent young person refuses sharing, as this organisation says."""
    hub.say(consent(organisation, child.known_to(organisation), "refused", giver="young_person", competent=True))


def rulings(hub: ByHand, signal: str) -> list[bool]:
    """Whether a message counted, ruling by ruling."""
    facts = [one.fact for one in hub.hub.record.load(f"message:{signal.partition('/')[0]}")]
    return [fact.counted for fact in facts if isinstance(fact, ConcernRuled)]


def why_gone(hub: ByHand, person: str) -> list[str]:
    facts = [one.fact for one in hub.hub.record.load(f"child:{person}")]
    return [fact.reason for fact in facts if isinstance(fact, SignalDiscounted)]


def test_what_another_young_persons_refusal_kept_out_counts_once_it_is_nobody_elses(hub: ByHand) -> None:
    child = somebody()
    refused = hub.seen(child, "school", MILD)
    refuses(hub, child, "school")
    assert hub.seen(child, "police", MILD) == refused
    (own,) = hub.counts(refused)  # what was said before the refusal; the police's is kept out
    ident = hub.settled("unlink", refused, source_records=hub.person(refused).source_records[1:])
    opened = hub.identify.decision(ident).settled.opened  # type: ignore[union-attr]
    (late,) = hub.counts(opened)
    assert (list(hub.counts(refused)), hub.counts(opened)[late], rulings(hub, late)) == ([own], "own", [False, True])
    first = hub.hub.record.load(f"message:{late.partition('/')[0]}", upto=1)[0]
    counted = children.fold(one.fact for one in hub.hub.record.load(f"child:{opened}")).signals[late]
    assert (counted.known_at, counted.child) == (
        first.envelope.known_at,
        opened,
    )  # it was known to the hub all the time
    again = Intake(hub.hub.intake_tools())
    again.ask_again()
    assert list(hub.counts(opened)) == [late]


def test_a_refusal_of_the_one_that_stays_keeps_out_what_comes_to_it_and_lets_it_go_when_it_leaves(hub: ByHand) -> None:
    one, two = somebody(), somebody()
    stays = hub.seen(one, "school", MILD)
    refuses(hub, one, "school")
    gone = hub.seen(two, "police", MILD)
    before = hub.counts(gone)
    (signal,) = before
    merge = hub.settled("merge", gone, other=stays)
    assert (len(hub.counts(stays)), hub.counts(gone), rulings(hub, signal)) == (1, {}, [True, False])
    assert why_gone(hub, gone) == ["unlinked"]  # it went to her who refused, and is kept out there
    assert hub.seen(two, "police", MILD) == stays  # kept out too: said of her who refused
    assert len(hub.counts(stays)) == 1
    hub.settled("split", "", reverses=merge)
    assert (len(hub.counts(gone)), rulings(hub, signal)) == (2, [True, False, True])  # nothing said meanwhile is lost
    assert len(hub.counts(stays)) == 1


def contacts(hub: ByHand, person: str) -> list[str]:
    """Whose contacts about a child the measures count."""
    hub.hub.views.catch_up("record", hub.hub.record)
    rows = hub.hub.views.rows(select(measured.happened))
    history = History((Happened(**row) for row in rows), Ladder((1,), frozenset()))
    return [one.organisation for one in history.contacts_of.get(person, ())]


def test_what_goes_to_a_child_whose_refusal_keeps_it_out_is_no_contact_about_the_first_any_more(hub: ByHand) -> None:
    child, another = somebody(), somebody()
    person, other = hub.seen(child, "school"), hub.seen(another, "health")
    refuses(hub, another, "health")
    assert hub.seen(child, "police", MILD) == person
    assert contacts(hub, person) == ["school", "police"]
    move = hub.settled("unlink", person, source_records=hub.person(person).source_records[1:], other=other)
    assert (len(hub.counts(person)), len(hub.counts(other))) == (1, 1)  # kept out of where it went
    assert why_gone(hub, person) == ["unlinked"]  # of this child it was never said
    assert (contacts(hub, person), contacts(hub, other)) == (["school"], ["health"])
    hub.settled("unlink", other, source_records=hub.person(other).source_records[1:], other=person, reverses=move)
    assert contacts(hub, person) == ["school", "police"]


def test_a_contact_is_of_one_child_alone_once_it_is_only_possible_for_the_other(hub: ByHand) -> None:
    like = somebody()
    known, doubt = hub.seen(like, "school"), hub.in_doubt(like)
    answer = hub.settled("same", doubt, other=known)
    assert (contacts(hub, known), contacts(hub, doubt)) == (["school", "police"], [])
    hub.settled("split", "", reverses=answer)
    assert sorted(hub.counts(known).values()) == ["own", "possible"]
    assert (contacts(hub, known), contacts(hub, doubt)) == (["school"], ["police"])


def test_a_contact_that_a_merge_keeps_out_counts_once_again_where_it_is_unlinked_to(hub: ByHand) -> None:
    one, two = somebody(), somebody()
    stays = hub.seen(one, "school", MILD)
    refuses(hub, one, "school")
    gone = hub.seen(two, "police", MILD)
    (record,) = hub.person(gone).source_records
    hub.settled("merge", gone, other=stays)
    assert contacts(hub, stays) == ["school"]  # as if it had been said of her who refused all along
    ident = hub.settled("unlink", stays, source_records=(record,))
    opened = hub.identify.decision(ident).settled.opened  # type: ignore[union-attr]
    assert (contacts(hub, stays), contacts(hub, opened)) == (["school"], ["police"])


def test_a_refusal_that_was_another_childs_kept_out_what_counts_once_it_has_gone(hub: ByHand) -> None:
    child = somebody()
    person = hub.seen(child, "school", MILD)
    assert hub.seen(child, "police", MILD) == person
    refuses(hub, child, "police")
    hub.seen(child, "school", MILD)
    assert len(hub.counts(person)) == 2
    hub.settled("unlink", person, source_records=hub.person(person).source_records[1:])
    assert len(hub.counts(person)) == 2  # both that the school said; the police's own went


def test_what_counted_before_a_refusal_is_not_lost_by_being_moved(hub: ByHand) -> None:
    one, two = somebody(), somebody()
    gone, stays = hub.seen(one, "police", MILD), hub.seen(two, "school", MILD)
    refuses(hub, one, "police")
    refuses(hub, two, "school")
    before = hub.counts(gone), hub.counts(stays)
    merge = hub.settled("merge", gone, other=stays)
    assert sorted(hub.counts(stays).values()) == ["own", "own"]
    hub.settled("split", "", reverses=merge)
    assert (hub.counts(gone), hub.counts(stays)) == before
    assert {len(rulings(hub, signal)) for held in before for signal in held} == {1}  # nobody need rule again


def test_where_a_policy_errs_as_it_is_ruled_on_again_nothing_is_lost_and_it_is_asked_again(
    hub: ByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = somebody(), somebody()
    stays = hub.seen(one, "school", MILD)
    refuses(hub, one, "school")
    gone = hub.seen(two, "police", MILD)
    ident = hub.decided("merge", gone, other=stays)
    hub.identify.agree(ident, MANAGER)
    rule = hub.intake._ruling._rule
    answers: list[object] = []

    def errs(*given: Any, **more: Any) -> Any:
        ruling = rule(*given, **more)
        answers.append(ruling)
        person = given[2][0][0]
        return structs_replace(ruling, faults=True, counted=False, counted_for=()) if person == stays else ruling

    with monkeypatch.context() as patched:
        patched.setattr(hub.intake._ruling, "_rule", errs)
        assert hub.intake.settle(ident) == "settled"
    assert answers
    assert len(hub.counts(stays)) == 2  # as it counted, until a policy can say
    assert [place.startswith("message:") for place in hub.hub.paged] == [True] * len(hub.hub.paged) != []
    assert Intake(hub.hub.intake_tools()).ask_again() >= 1
    assert (len(hub.counts(stays)), why_gone(hub, stays)) == (1, ["not_pooled"])


def test_what_was_kept_out_counts_as_possible_for_whoever_the_child_may_be(hub: ByHand) -> None:
    like, named = somebody(), somebody()
    known = hub.seen(like, "school", MILD)
    person = named.known_to("police", nhs_number=like.nhs)
    doubt = hub.seen(named, "police", MILD, person=person)
    refuses(hub, like, "school")
    before = hub.counts(doubt), hub.counts(known)
    answer = hub.settled("same", doubt, other=known)
    hub.seen(named, "police", MILD, person=person)  # of her who refused
    assert len(hub.counts(known)) == 2
    hub.settled("split", "", reverses=answer)
    assert sorted(hub.counts(doubt).values()) == ["own", "own"]
    assert sorted(hub.counts(known).values()) == ["own", "possible", "possible"]
    assert before[0].items() <= hub.counts(doubt).items()


# ------------------------------------------------------------------------------------------------- a later decision stands


def test_a_merge_that_waited_does_not_overrule_a_later_decision_that_they_are_two(hub: ByHand) -> None:
    gone, stays = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    stale = hub.decided("merge", gone, other=stays)
    other_way = hub.decided("merge", stays, other=gone)
    merge = hub.settled("merge", gone, other=stays)
    hub.settled("split", "", reverses=merge)
    for ident in (stale, other_way):
        hub.identify.agree(ident, MANAGER)
        assert hub.intake.settle(ident) == "refused"
        assert facts(hub, ident)[-1] == IdentityRefused(reason="moved_meanwhile")
    assert hub.apart(gone) == {stays}
    assert hub.settled("merge", gone, other=stays)  # decided anew, by two who know of it


# ------------------------------------------------------------------------------------------- restricted, wherever it goes


def test_what_is_taken_off_a_restricted_identity_is_restricted_for_the_same_readers(hub: ByHand) -> None:
    child = somebody()
    person = hub.seen(child, "school")
    assert hub.seen(child, "police") == person
    hub.settled("restrict", person, reason="protected_person", readers=(DECIDER,))
    ident = hub.settled("unlink", person, source_records=hub.person(person).source_records[1:])
    opened = hub.identify.decision(ident).settled.opened  # type: ignore[union-attr]
    assert (hub.person(opened).restricted, hub.person(opened).readers) == (True, (DECIDER,))


def test_two_restricted_identities_that_nobody_may_open_both_of_are_not_merged(hub: ByHand) -> None:
    one, other = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    hub.settled("restrict", one, reason="adoption", readers=(DECIDER,))
    late = hub.decided("merge", one, other=other)
    hub.settled("restrict", other, reason="adoption", readers=(SCREENER,))
    with pytest.raises(Refused, match="naming who may open both"):
        hub.decided("merge", one, other=other)
    hub.identify.agree(late, MANAGER)
    assert hub.intake.settle(late) == "refused"
    assert facts(hub, late)[-1] == IdentityRefused(reason="no_reader")


def test_the_first_of_two_merges_taken_back_opens_again_whoever_it_closed_along_the_way(hub: ByHand) -> None:
    hidden, middle, last, never = (hub.seen(somebody(), name) for name in ("school", "health", "police", "council"))
    hub.settled("restrict", hidden, reason="adoption", readers=(DECIDER,))
    apart = hub.settled("merge", hidden, other=never)
    hub.settled("split", "", reverses=apart)  # hidden and never are two
    merge = hub.settled("merge", hidden, other=middle)
    hub.settled("merge", middle, other=last)
    assert (hub.person(last).restricted, never in hub.apart(last)) == (True, True)
    hub.settled("split", "", reverses=merge)
    assert [hub.person(one).restricted for one in (hidden, middle, last)] == [True, False, False]
    assert (hub.apart(never), never in hub.apart(last), never in hub.apart(middle)) == ({hidden}, False, False)
    assert hub.apart(hidden) == {never, middle, last}


def test_whoever_is_restricted_still_keeps_closed_whom_the_other_left(hub: ByHand) -> None:
    first, middle, last = (hub.seen(somebody(), name) for name in ("school", "health", "police"))
    hub.settled("restrict", first, reason="adoption", readers=(DECIDER,))
    hub.settled("restrict", middle, reason="adoption", readers=(DECIDER, SCREENER))
    merge = hub.settled("merge", first, other=middle)
    hub.settled("merge", middle, other=last)
    assert hub.person(last).readers == (DECIDER,)
    hub.settled("split", "", reverses=merge)
    assert (hub.person(last).restricted, hub.person(last).readers) == (True, (DECIDER, SCREENER))


# --------------------------------------------------------------------------------------------------- chains, kinds, answers


def test_who_was_split_from_a_chain_is_held_apart_from_each_of_it(hub: ByHand) -> None:
    first, middle, last = (hub.seen(somebody(), name) for name in ("school", "health", "police"))
    merge = hub.settled("merge", first, other=middle)
    on = hub.settled("merge", middle, other=last)
    hub.settled("split", "", reverses=merge)
    hub.settled("split", "", reverses=on)
    assert [hub.apart(one) for one in (first, middle, last)] == [{middle, last}, {first, last}, {first, middle}]


def test_an_adult_to_whom_a_childs_record_is_moved_is_a_child_until_it_goes_back(hub: ByHand) -> None:
    child = somebody()
    person = hub.seen(child, "school")
    assert hub.seen(child, "police") == person
    (ident,) = hub.say(concern("health", seen_by(somebody(), "health"), adults=(an_adult("health"),)))
    statement = hub.running.journey("health", ident)[0].fact.statement  # type: ignore[attr-defined]
    record = statement.adults[0].source_record
    adult = hub.hub.record.by_source_record([record])[record].person
    records = hub.person(person).source_records[1:]
    there = hub.settled("unlink", person, source_records=records, other=adult)
    assert (hub.person(adult).kind, list(hub.counts(adult).values())) == ("child", ["own"])
    hub.settled("unlink", adult, source_records=records, other=person, reverses=there)
    assert (hub.person(adult).kind, hub.counts(adult), hub.person(person).kind) == ("adult", {}, "child")


def test_different_taken_back_is_the_review_that_it_was(hub: ByHand) -> None:
    like = somebody()
    known, doubt = hub.seen(like, "school"), hub.in_doubt(like)
    before = [(hub.person(one).standing, hub.person(one).candidates, hub.counts(one)) for one in (doubt, known)]
    answer = hub.settled("different", doubt)
    back = hub.settled("split", "", reverses=answer)
    after = [(hub.person(one).standing, hub.person(one).candidates, hub.counts(one)) for one in (doubt, known)]
    assert (after, hub.apart(doubt), hub.apart(known)) == (before, set(), set())
    assert facts(hub, back)[-1] == IdentitySettled(ledger_until=hub.hub.ledger.position())
    with pytest.raises(Refused, match="look at it again"):
        hub.decided("split", "", reverses=answer)
    hub.settled("same", doubt, other=known)  # and may be answered
