"""A decision about identity: whole before it is asked, agreed to by somebody else where two must, refused with what to do."""

from typing import Any

import pytest

from hub.domain.errors import Refused
from hub.domain.identity import (
    TWO_PEOPLE,
    WHY_NOT,
    BreachAssessed,
    DecideIdentity,
    Decision,
    IdentityAgreed,
    IdentityDecided,
    IdentityNotAgreed,
    IdentityRefused,
    IdentitySettled,
    Moved,
    agree,
    assess,
    check,
    fold,
    needs_two,
    not_agree,
    obstacle,
    taken_back_by,
)
from hub.domain.person import Person

MOVED = Moved("r1", "p", "k", 7)


def wish(what: Any, **otherwise: Any) -> DecideIdentity:
    said = {"person": "p", "reason": "identifiers_differ", "why": "I rang.", "by": "staff-1", "seen_position": 9}
    return DecideIdentity(what=what, **{**said, **otherwise})


def decided(what: Any, **otherwise: Any) -> IdentityDecided:
    said = {"person": "p", "reason": "identifiers_differ", "second": what in TWO_PEOPLE, "by": "staff-1"}
    return IdentityDecided(what=what, seen_position=9, **{**said, **otherwise})


def against(asked: DecideIdentity | IdentityDecided, *candidates: str, back: Decision | None = None, **p: Any) -> str:
    people = {
        "p": Person("p", **{"version": 1, "standing": "in_review", "source_records": ("r1", "r2"), **p}),
        "k": Person("k", version=1), "gone": Person("gone", version=2, merged_into="k"),
        "doubt": Person("doubt", version=1, standing="in_review"),
        "closed": Person("closed", version=1, restricted=True, readers=("staff-8",)),
    }  # fmt: skip
    return obstacle(asked, lambda one: people.get(one, Person(one)), candidates, back or Decision(""))


# ------------------------------------------------------------------------------------------------------ a wish is whole


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (wish("same"), "other"), (wish("merge"), "other"), (wish("unlink"), "source_records"),
        (wish("split"), "reverses"), (wish("restrict", reason="adoption"), "readers"),
        (wish("restrict", readers=("staff-2",)), "reason"), (wish("different", why="  "), "why"),
        (wish("different", reason="because"), "reason"), (wish("guess"), "what"), (wish("different", person=""), "person"),
        (wish("unlink", source_records=("r1", "r1")), "source_records"),
    ],
)  # fmt: skip
def test_a_wish_that_lacks_something_is_refused_naming_it(asked: DecideIdentity, field: str) -> None:
    with pytest.raises(Refused) as refused:
        check(asked)
    assert refused.value.field == field


def test_a_wish_that_is_whole_passes() -> None:
    for asked in (
        wish("same", other="k"), wish("different"), wish("cannot_tell", ask="school"), wish("merge", other="k"),
        wish("unlink", source_records=("r1",)), wish("split", reverses="1", person=""),
        wish("restrict", reason="adoption", readers=("staff-2",)), wish("unrestrict"),
    ):  # fmt: skip
        check(asked)


# ---------------------------------------------------------------------------------------------- what stands against it


@pytest.mark.parametrize(
    ("asked", "candidates", "state", "why"),
    [
        (wish("different", person="nobody"), (), {}, "unknown"),
        (wish("same", other="nobody"), ("nobody",), {}, "unknown"),
        (wish("merge", other="p"), (), {}, "itself"),
        (wish("same", other="gone"), ("k",), {}, "merged_meanwhile"),
        (wish("different"), ("k",), {"merged_into": "k"}, "merged_meanwhile"),
        (wish("different"), (), {"standing": "established"}, "settled_meanwhile"),
        (wish("same", other="k"), ("k",), {"standing": "established"}, "settled_meanwhile"),
        (wish("same", other="k"), ("l",), {}, "not_a_candidate"),
        (wish("same", other="k"), ("k",), {"apart": frozenset({"k"})}, "held_apart"),
        (wish("merge", other="k"), (), {}, "in_review"),
        (wish("merge", other="doubt"), (), {"standing": "established"}, "in_review"),
        (wish("unlink", source_records=("r1", "r2")), (), {}, "all_of_it"),
        (wish("unlink", source_records=("r9",)), (), {}, "moved_meanwhile"),
        (wish("unlink", source_records=("r1",), other="doubt"), (), {}, "in_review"),
        (wish("unlink", source_records=("r1",), other="k"), (), {"apart": frozenset({"k"})}, "apart_already"),
        (wish("merge", other="closed"), (), {"standing": "established", "restricted": True, "readers": ("staff-9",)},
         "no_reader"),
        (wish("same", other="closed"), ("closed",), {"restricted": True, "readers": ("staff-9",)}, "no_reader"),
        (wish("split", reverses="1"), (), {"merged_into": "k", "merged_by": "identity:1"}, "moved_meanwhile"),
        (decided("different", candidates=("k",)), ("k", "l"), {}, "moved_meanwhile"),
    ],
)  # fmt: skip
def test_what_a_decision_rests_on_is_looked_at(
    asked: DecideIdentity | IdentityDecided, candidates: tuple[str, ...], state: dict[str, Any], why: str
) -> None:
    assert against(asked, *candidates, **state) == why
    assert why in WHY_NOT


def test_what_rests_on_nothing_that_changed_may_be_carried_out() -> None:
    merge = fold("1", [decided("merge", other="k"), IdentityAgreed(by="staff-2"), IdentitySettled()])
    assert against(wish("same", other="k"), "k", "l") == ""
    assert against(decided("different", candidates=("l", "k")), "k", "l") == ""
    assert against(wish("cannot_tell")) == ""
    assert against(wish("merge", other="k"), standing="established") == ""
    assert against(wish("merge", other="k"), standing="established", apart=frozenset({"k"})) == ""  # two people may
    assert against(wish("unlink", source_records=("r1",))) == ""
    assert against(wish("split", reverses="1"), back=merge, merged_into="k", merged_by="identity:1") == ""
    assert (
        against(wish("split", reverses="1"), back=merge, merged_into="k", merged_by="identity:2") == "moved_meanwhile"
    )


def test_an_answer_is_taken_back_while_the_standing_rests_on_it() -> None:
    answer = fold("1", [decided("different", candidates=("k",)), IdentitySettled()])
    back = wish("split", reverses="1")
    assert against(back, back=answer, standing="established", settled_by="identity:1") == ""
    assert against(back, back=answer, standing="established", settled_by="identity:2") == "moved_meanwhile"
    assert against(back, back=answer, settled_by="identity:1", merged_into="k") == "moved_meanwhile"
    assert taken_back_by(answer) == "split 1"
    assert taken_back_by(fold("2", [decided("split", reverses="1"), IdentitySettled()]), "different") == "different p"


# ------------------------------------------------------------------------------------------------------- a second person


def test_records_go_to_somebody_known_by_two_people_and_back_again_by_one() -> None:
    moved = Moved("r1", "k", "p", 7)
    there = fold(
        "1", [decided("unlink", person="k", other="p", source_records=("r1",)), IdentitySettled(moved=(moved,))]
    )
    back = wish("unlink", source_records=("r1",), other="k", reverses="1")
    assert not needs_two(wish("unlink", source_records=("r1",)), Decision(""))
    assert needs_two(wish("unlink", source_records=("r1",), other="k"), Decision(""))
    assert not needs_two(back, there)
    assert against(back, back=there, apart=frozenset({"k"})) == ""
    for otherwise in (
        wish("unlink", source_records=("r2",), other="k", reverses="1"),  # another record
        wish("unlink", source_records=("r1",), other="l", reverses="1"),  # to another person
        wish("unlink", source_records=("r1",), other="k"),  # naming nothing
    ):
        assert needs_two(otherwise, there)
    undone = fold("2", [decided("unlink", source_records=("r1",), other="k", reverses="1"),
                        IdentitySettled(moved=(Moved("r1", "p", "k", 9),))])  # fmt: skip
    again = wish("unlink", person="k", source_records=("r1",), other="p", reverses="2")
    assert needs_two(again, undone)  # what one person took back, one person does not do again


def test_who_decided_cannot_be_the_second_person() -> None:
    waits = fold("1", [decided("merge", other="k")])
    assert waits.state == "waits_for_second"
    with pytest.raises(Refused) as refused:
        agree(waits, "staff-1")
    assert refused.value.field == "by"
    assert agree(waits, "staff-2") == [IdentityAgreed(by="staff-2")]


def test_what_does_not_wait_for_a_second_person_takes_neither_yes_nor_no() -> None:
    for facts in (
        [decided("different")],
        [decided("merge", other="k"), IdentityAgreed(by="staff-2")],
        [decided("merge", other="k"), IdentityNotAgreed(by="staff-2")],
        [decided("different"), IdentityRefused(reason="moved_meanwhile")],
    ):
        for answer in (agree, not_agree):
            with pytest.raises(Refused):
                answer(fold("1", facts), "staff-2")


def test_who_decided_may_take_it_back_before_anybody_agreed() -> None:
    waits = fold("1", [decided("restrict")])
    assert not_agree(waits, "staff-1") == [IdentityNotAgreed(by="staff-1")]
    assert fold("1", [decided("restrict"), IdentityNotAgreed(by="staff-1")]).state == "not_agreed"


# ----------------------------------------------------------------------------------------------------------- afterwards


def test_only_what_moved_can_have_been_shown_to_anybody() -> None:
    for facts in ([decided("unlink")], [decided("different"), IdentitySettled()]):
        with pytest.raises(Refused):
            assess(fold("1", facts), "no_breach", "staff-2")
    moved = fold("1", [decided("unlink"), IdentitySettled(moved=(MOVED,))])
    odd: Any = "a shrug"
    with pytest.raises(Refused):
        assess(moved, odd, "staff-2")
    assessed = assess(moved, "recorded_only", "staff-2")
    assert assessed == [BreachAssessed(outcome="recorded_only", by="staff-2")]
    with pytest.raises(Refused, match="assessed already"):
        assess(fold("1", [decided("unlink"), IdentitySettled(moved=(MOVED,)), *assessed]), "no_breach", "staff-3")


def test_each_settled_decision_says_what_takes_it_back() -> None:
    def back(fact: IdentityDecided, **settled: Any) -> str:
        return taken_back_by(fold("1", [fact, IdentitySettled(moved=(MOVED,), **settled)]))

    assert [
        back(decided("same", other="k")), back(decided("merge", other="k")), back(decided("unlink"), opened="n"),
        back(decided("unlink", other="k")), back(decided("split", other="k", reverses="0")), back(decided("restrict")),
        back(decided("unrestrict")), back(decided("cannot_tell")), taken_back_by(fold("1", [decided("restrict")])),
    ] == [
        "split 1", "split 1", "merge n p", "unlink k --record r1 --to p --undo 1", "merge p k", "unrestrict p", "restrict p",
        "", "",
    ]  # fmt: skip


def test_a_split_that_led_back_to_a_review_is_taken_back_by_its_answer() -> None:
    split = fold("2", [decided("split", other="k", reverses="1"), IdentitySettled(moved=(MOVED,))])
    assert (taken_back_by(split, "same"), taken_back_by(split, "merge")) == ("same p k", "merge p k")
