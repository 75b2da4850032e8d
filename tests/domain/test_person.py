"""A person is what the facts of their stream say: links come and go, a merged person is a redirect that can stand again."""

from hub.domain.fact import ErasedFact, Fact
from hub.domain.person import (
    FACTS,
    HeldApart,
    HoldingApartEnded,
    KindNoted,
    KindTakenBack,
    Person,
    PersonMerged,
    PersonOpened,
    PersonReinstated,
    RestrictionSet,
    SourceRecordLinked,
    SourceRecordUnlinked,
    StandingSettled,
    evolve,
    fold,
    kind_among,
    survivor,
)
from hub.domain.sameness import HowSettled, SamenessProposed, SamenessSettled

OPENED = PersonOpened(kind="child", standing="in_review", candidates=("k", "l"))


def linked(record: str) -> SourceRecordLinked:
    return SourceRecordLinked(source_record=record, how="person", rules="", decision="identity:1")


def unlinked(record: str) -> SourceRecordUnlinked:
    return SourceRecordUnlinked(source_record=record, to="k", decision="identity:2")


def merged(into: str, *records: str) -> PersonMerged:
    return PersonMerged(into=into, source_records=records, decision="identity:3")


def person(*facts: Fact) -> Person:
    return fold("p", (OPENED, *facts))


def test_a_source_record_is_linked_once_and_goes_when_it_is_unlinked() -> None:
    assert person(linked("a"), linked("b"), linked("a")).source_records == ("b", "a")
    assert person(linked("a"), linked("b"), unlinked("a")).source_records == ("b",)
    assert person(unlinked("never linked")).source_records == ()


def test_a_merged_person_holds_nothing_and_remembers_what_it_brought_and_what_it_was() -> None:
    gone = person(linked("a"), merged("k", "a"))
    assert (gone.source_records, gone.brought, gone.merged_into, gone.merged_by) == ((), ("a",), "k", "identity:3")
    assert (gone.standing, gone.candidates) == ("in_review", ("k", "l"))


def test_reinstated_it_stands_as_it_stood_but_for_its_version() -> None:
    before = person(linked("a"))
    after = person(linked("a"), merged("k", "a"), PersonReinstated(reverses="identity:3", decision="d"), linked("a"))
    assert Person(**{**vars(after), "version": before.version}) == before


def proposed(other: str) -> SamenessProposed:
    return SamenessProposed(
        other=other, source_record="a", beside="z", verdict="review", why=("lead_too_small",), rules="r"
    )


def test_who_is_proposed_to_be_the_same_may_be_this_person_until_that_is_settled() -> None:
    open_ = evolve(evolve(fold("p", [OPENED]), StandingSettled(standing="established", decision="d")), proposed("k"))
    open_ = evolve(open_, proposed("l"))
    assert (set(open_.perhaps), set(open_.resting), open_.may_be) == ({"k", "l"}, set[str](), ("k", "l"))
    ends: tuple[HowSettled, ...] = ("merged", "held_apart", "moved", "no_longer_alike")
    rests = evolve(open_, SamenessSettled(other="k", how="cannot_tell", decision="d"))
    assert (set(rests.perhaps), set(rests.resting), rests.may_be) == ({"k", "l"}, {"k"}, ("k", "l"))
    assert (evolve(rests, proposed("k")).resting, evolve(rests, proposed("k")).may_be) == (frozenset(), ("l", "k"))
    for how in ends:
        settled = evolve(rests, SamenessSettled(other="k", how=how))
        assert (set(settled.perhaps), set(settled.resting)) == ({"l"}, set[str]())


def test_a_candidate_that_is_added_leaves_the_review_as_it_began() -> None:
    again = StandingSettled(standing="in_review", candidates=("k",), decision="d")
    more = StandingSettled(standing="in_review", candidates=("k", "l"), decision="", added=True)
    state = person(again, more)
    assert (state.settled_by, state.candidates, state.may_be) == ("d", ("k", "l"), ("k", "l"))


def test_a_review_that_is_settled_leaves_no_candidates() -> None:
    settled = person(StandingSettled(standing="established", decision="d"))
    assert (settled.standing, settled.candidates) == ("established", ())


def test_who_is_held_apart_stays_so_until_persons_decide_anew() -> None:
    held = HeldApart(other="k", decision="d"), HeldApart(other="l", decision="d")
    assert person(*held).apart == {"k", "l"}
    assert person(*held, HoldingApartEnded(other="k", decision="e")).apart == {"l"}


def test_a_restriction_ends_with_its_readers() -> None:
    on = RestrictionSet(restricted=True, ground="adoption", readers=("staff-1",), decision="d")
    off = RestrictionSet(restricted=False, ground="ended", readers=("staff-1",), decision="e")
    assert (person(on).restricted, person(on).readers) == (True, ("staff-1",))
    assert (person(on, off).restricted, person(on, off).readers) == (False, ())


def test_a_person_in_review_beside_a_restricted_one_is_not_restricted_itself() -> None:
    opened = PersonOpened(kind="child", standing="in_review", candidates=("k",), restricted=True)
    assert fold("p", [opened]).restricted is False


def test_whoever_anybody_spoke_of_as_a_child_is_treated_as_one() -> None:
    assert kind_among(()) == "not_stated"
    assert [kind_among({"adult", kind}) for kind in ("child", "unborn", "not_stated")] == [
        "child",
        "unborn",
        "not_stated",
    ]
    adult = fold("p", [PersonOpened(kind="adult", standing="established")])
    noted = fold("p", [PersonOpened(kind="adult", standing="established"), KindNoted(kind="child", decision="d")])
    assert (adult.kind, noted.kind) == ("adult", "child")
    taken_back = KindTakenBack(kind="child", now="adult", decision="e")
    assert fold(
        "p", [PersonOpened(kind="adult", standing="established"), KindNoted(kind="child"), taken_back]
    ).kind == ("adult")


def test_what_was_erased_since_is_passed_over() -> None:
    assert person(ErasedFact(name="source-record.linked", erasure="e"), linked("a")).source_records == ("a",)


def test_the_one_that_stayed_is_found_through_every_merge_and_a_ring_of_them_does_not_hang() -> None:
    into = {"a": "b", "b": "c"}
    assert [survivor(one, lambda p: Person(p, merged_into=into.get(p, ""))) for one in ("a", "b", "c", "d")] == [
        "c",
        "c",
        "c",
        "d",
    ]
    ring = {"a": "b", "b": "a"}
    assert survivor("a", lambda p: Person(p, merged_into=ring[p])) in ring


def test_every_fact_of_a_person_is_folded_and_counts_as_a_version() -> None:
    assert len({fact.NAME for fact in FACTS}) == len(FACTS) == 14
    assert person(linked("a"), unlinked("a")).version == 3
