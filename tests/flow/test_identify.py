"""A person decides who is who: on the record as it stands, with sealed reasons, and by two where two must."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.domain.errors import NotFound, Refused, VersionConflict
from hub.domain.identity import (
    BreachAssessed,
    IdentityAgreed,
    IdentityDecided,
    IdentityNotAgreed,
    IdentitySettled,
)
from hub.domain.item import Sealed
from hub.flow.identify import TRIES
from tests.support.grants import words_of
from tests.support.identities import DECIDER, MANAGER, SCREENER, WHY, ByHand, somebody, wish
from tests.support.messages import Child
from tests.support.partnership import RunningHub, settings_for


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ByHand]:
    running = RunningHub(settings_for(tmp_path / "data"))
    yield ByHand(running)
    running.close()


def opened(hub: ByHand, sealed: Sealed) -> object:
    return words_of(hub.hub.keys, sealed)


def test_who_or_what_is_not_there_is_not_decided_about(hub: ByHand) -> None:
    person = hub.seen(somebody(), "school")
    head = hub.hub.record.position()
    for asked in (
        wish(hub.hub, "different", "nobody"), wish(hub.hub, "merge", person, other="nobody"),
        wish(hub.hub, "split", "", reverses="no-such-decision"),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            hub.identify.decide(asked)
    for ident in ("no-such-decision", person):
        with pytest.raises(NotFound):
            hub.identify.agree(ident, MANAGER)
    assert hub.hub.record.position() == head


def test_what_cannot_be_carried_out_as_things_stand_is_refused_with_what_to_do(hub: ByHand) -> None:
    like = somebody()
    known, doubt = hub.seen(like, "school"), hub.in_doubt(like)
    with pytest.raises(Refused, match="two people can merge them"):
        hub.identify.decide(wish(hub.hub, "same", doubt, other=hub.seen(somebody(), "health")))
    with pytest.raises(Refused, match="settle that first"):
        hub.identify.decide(wish(hub.hub, "merge", doubt, other=known))
    hub.settled("different", doubt)
    with pytest.raises(Refused, match="settled already"):
        hub.identify.decide(wish(hub.hub, "same", doubt, other=known))
    with pytest.raises(Refused, match="Open the page again"):
        hub.identify.decide(wish(hub.hub, "merge", doubt, other=known, seen_position=10**9))


def test_a_decision_names_whom_the_person_saw_and_keeps_the_reason_sealed_about_both(hub: ByHand) -> None:
    like = somebody()
    known, doubt = hub.seen(like, "school"), hub.in_doubt(like)
    asked = wish(hub.hub, "same", doubt, other=known)
    ident = hub.identify.decide(asked)
    (recorded,) = hub.hub.record.load(f"identity:{ident}")
    fact = recorded.fact
    assert isinstance(fact, IdentityDecided)
    assert (fact.person, fact.other, fact.candidates, fact.reason, fact.by, fact.second, fact.seen_position) == (
        doubt, known, (known,), "organisation_confirmed", SCREENER, False, asked.seen_position,
    )  # fmt: skip
    (sealed,) = fact.items
    assert (sealed.category, sealed.organisation, sealed.about) == (
        "rationale",
        "hub",
        (f"hub-{doubt}", f"hub-{known}"),
    )
    assert opened(hub, sealed) == {"reason": WHY}
    assert recorded.envelope.by == f"person:{SCREENER}"
    assert WHY not in repr(recorded)


def test_merges_and_whatever_touches_a_restricted_identity_wait_for_a_second_person(hub: ByHand) -> None:
    like = somebody()
    known, other = hub.seen(like, "school"), hub.seen(somebody(), "health")
    doubt = hub.in_doubt(like)

    def waits(ident: str) -> bool:
        return hub.identify.decision(ident).state == "waits_for_second"

    assert waits(hub.decided("merge", known, other=other))
    assert not waits(hub.decided("different", doubt))
    restrict = hub.decided("restrict", known, reason="adoption", readers=(DECIDER,))
    assert waits(restrict)
    hub.identify.agree(restrict, MANAGER)
    assert hub.intake.settle(restrict) == "settled"
    assert waits(hub.decided("different", doubt))
    assert waits(hub.decided("same", doubt, other=known))


def test_who_agrees_who_does_not_and_what_came_of_it_stand_on_the_decisions_own_stream(hub: ByHand) -> None:
    gone, stays = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    first, second = hub.decided("merge", gone, other=stays), hub.decided("merge", gone, other=stays)
    hub.identify.not_agree(first, SCREENER, "I was mistaken.")
    with pytest.raises(Refused):
        hub.identify.agree(first, MANAGER)
    hub.identify.agree(second, MANAGER)
    hub.intake.settle(second)
    split = hub.settled("split", "", reverses=second)
    hub.identify.assess(split, "recorded_only", MANAGER, "Nobody but the screener had looked.")
    kinds = {
        ident: [type(one.fact) for one in hub.hub.record.load(f"identity:{ident}")] for ident in (first, second, split)
    }
    assert kinds == {
        first: [IdentityDecided, IdentityNotAgreed], second: [IdentityDecided, IdentityAgreed, IdentitySettled],
        split: [IdentityDecided, IdentitySettled, BreachAssessed],
    }  # fmt: skip
    assert hub.identify.decision(split).fact.person == gone  # type: ignore[union-attr] # as the merge that it takes back says
    with pytest.raises(Refused) as lacks:
        hub.identify.assess(split, "no_breach", MANAGER, "  ")
    assert lacks.value.field == "why"


def test_two_who_answer_at_once_do_not_both_count(hub: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    gone, stays = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    ident = hub.decided("merge", gone, other=stays)
    identify, append = hub.identify, hub.hub.record.append
    raced: list[bool] = []

    def faster(*given: object, **more: object) -> object:
        if not raced:
            raced.append(True)
            hub.hub.identify().not_agree(ident, MANAGER, "Cousins.")
        return append(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(hub.hub.record, "append", faster)
    with pytest.raises(Refused):
        identify.agree(ident, DECIDER)
    assert hub.identify.decision(ident).state == "not_agreed"

    def always(*_: object, **__: object) -> object:
        raced.append(True)
        raise VersionConflict("somebody was faster")

    again = hub.decided("merge", gone, other=stays)
    monkeypatch.setattr(hub.hub.record, "append", always)
    with pytest.raises(VersionConflict):
        identify.agree(again, DECIDER)
    assert len(raced) == 1 + TRIES


def test_what_was_not_on_the_page_is_not_decided_about(hub: ByHand) -> None:
    like = somebody()
    known, third, doubt = hub.seen(like, "school"), hub.seen(somebody(), "health"), hub.in_doubt(like)
    page = hub.hub.record.position()
    hub.settled("merge", known, other=third)
    head = hub.hub.record.position()
    for asked in (
        wish(hub.hub, "different", doubt, seen_position=page),  # held apart from one whom nobody saw beside it
        wish(hub.hub, "same", doubt, other=third, seen_position=page),
        wish(hub.hub, "restrict", third, reason="adoption", readers=(DECIDER,), seen_position=page),
    ):
        with pytest.raises(Refused, match="look at it again") as refused:
            hub.identify.decide(asked)
        assert refused.value.field == "seen"
    assert hub.hub.record.position() == head
    assert hub.decided("cannot_tell", doubt, seen_position=page)  # moves nobody
    assert hub.decided("different", doubt)


def test_a_source_record_that_came_since_is_not_moved_unseen(hub: ByHand) -> None:
    like, other = somebody(), somebody()
    known = hub.seen(like, "school")
    doubt = hub.seen(other, "police", person=other.known_to("police", nhs_number=like.nhs))
    page = hub.hub.record.position()
    hub.settled("unlink", hub.seen(like, "school"), source_records=_second_record(hub, like, known))
    with pytest.raises(Refused, match="look at it again"):
        hub.identify.decide(wish(hub.hub, "same", doubt, other=known, seen_position=page))


def _second_record(hub: ByHand, child: Child, person: str) -> tuple[str, ...]:
    assert hub.seen(child, "council") == person
    return hub.person(person).source_records[1:]


def test_records_go_to_somebody_known_only_by_two_people(hub: ByHand) -> None:
    child = somebody()
    person, other = hub.seen(child, "school"), hub.seen(somebody(), "health")
    records = _second_record(hub, child, person)
    there = hub.decided("unlink", person, source_records=records, other=other)
    assert hub.identify.decision(there).state == "waits_for_second"
    hub.identify.agree(there, MANAGER)
    assert hub.intake.settle(there) == "settled"
    back = hub.decided("unlink", other, source_records=records, other=person, reverses=there)
    assert hub.identify.decision(back).state == "waits_for_intake"
    assert hub.intake.settle(back) == "settled"
    with pytest.raises(Refused, match="two people"):
        hub.decided("unlink", person, source_records=records, other=other)  # held apart by now
    assert hub.identify.decision(
        hub.decided("unlink", person, source_records=records, other=other, reverses=back)
    ).state == "waits_for_second"  # fmt: skip
