"""A child who moves to another partnership: a level placed by what it means, answered by the other side alone."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from hub.domain import transfer as transfers
from hub.domain.continuum import MEANINGS, Level
from hub.domain.errors import Refused
from hub.domain.help import StepAccepted, StepDeclined, StepProposed, StepTakenBack
from hub.domain.partnership import of_parts
from hub.domain.transfer import (
    Letter,
    TransferAnswered,
    TransferDeclined,
    TransferProposed,
    TransferReceived,
    TransferTakenBack,
    TransferTakenOn,
    TransferWithdrawn,
)
from policies.partnerships import load_partnership

MOVE = "3f2a91bc-5d4e-4b7a-9c1d-0a2b3c4d5e6f"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DEMO = load_partnership("demo")
(NEXT_DOOR,) = of_parts(DEMO).neighbours
LEVELS = {one["number"]: msgspec.convert(one, Level) for one in DEMO["continuum"]["levels"]}
PROPOSED = TransferProposed(
    child="c", transfer="m", to="next_door", level=2, theirs=1, chosen=False, due=NOON, proposed_by="staff-1"
)
BACK = TransferTakenBack(child="c", transfer="m", by="staff-1")
YES = TransferAnswered(child="c", transfer="m", accepted=True, reason="", key="k", received_by="staff-1")
RECEIVED = TransferReceived(
    origin="demo", transfer="m", number=2, name="Early help", descriptor="One need", means=("one_service",), suggested=1,
    due=NOON, key="k", received_by="staff-1",
)  # fmt: skip
LETTER = Letter(
    kind="case.transferred", origin="demo", to="next_door", transfer=MOVE, written=NOON, number=2, name="Early help",
    descriptor="One need", means=("one_service",), suggested=1, due=NOON,
)  # fmt: skip


def refused(act: Any) -> str:
    with pytest.raises(Refused) as why:
        act()
    return why.value.field


def test_a_level_is_placed_by_what_it_means_and_never_by_its_number() -> None:
    assert transfers.place(LEVELS[2], NEXT_DOOR, None) == (1, False)
    assert transfers.place(LEVELS[4], NEXT_DOOR, None) == (3, False)
    assert (
        refused(lambda: transfers.place(LEVELS[2], NEXT_DOOR, 2)) == "theirs"
    )  # the number is the same, the meaning is not


@pytest.mark.parametrize("chosen", [None, 9])
def test_what_means_nothing_there_or_several_things_is_chosen_by_a_person(chosen: int | None) -> None:
    several, nothing = (
        LEVELS[3],
        msgspec.structs.replace(LEVELS[3], means=()),
    )  # level 3 lies in two of the levels there
    for level in (several, nothing):
        assert refused(lambda level=level: transfers.place(level, NEXT_DOOR, chosen)) == "theirs"
        assert transfers.place(level, NEXT_DOOR, 2) == (2, True)
        assert transfers.place(level, NEXT_DOOR, 0) == (0, True)  # they decide


def test_nobody_is_asked_who_is_no_neighbour_whose_key_is_not_known_or_while_a_move_waits() -> None:
    assert refused(lambda: transfers.check_propose(None, True, False)) == "to"
    assert refused(lambda: transfers.check_propose(NEXT_DOOR, False, False)) == "to"
    assert refused(lambda: transfers.check_propose(NEXT_DOOR, True, True)) == "to"
    assert transfers.check_propose(NEXT_DOOR, True, False) == NEXT_DOOR


def test_a_move_is_taken_back_only_while_it_waits_by_who_proposed_it_or_the_front_door() -> None:
    waits = transfers.fold_out("c", "m", [PROPOSED])
    for over in ([PROPOSED, BACK], [PROPOSED, YES], []):
        assert refused(
            lambda over=over: transfers.check_take_back(transfers.fold_out("c", "m", over), "staff-1", screens=True)
        )
    assert refused(lambda: transfers.check_take_back(waits, "staff-2", screens=False)) == "by"
    assert transfers.check_take_back(waits, "staff-2", screens=True) == PROPOSED


def test_another_hubs_question_is_answered_once_and_a_no_says_why() -> None:
    waits = transfers.fold_in("demo", "m", [RECEIVED])
    assert refused(lambda: transfers.check_decline(waits, "busy")) == "reason"
    assert transfers.check_decline(waits, "not_here") == RECEIVED
    for over in (
        TransferTakenOn(child="x", step="", by="s"), TransferDeclined(reason="not_here", by="s"),
        TransferWithdrawn(received_by="s"),
    ):  # fmt: skip
        state = transfers.fold_in("demo", "m", [RECEIVED, over])
        assert refused(lambda state=state: transfers.check_answer(state)) == "transfer"
    assert replace(waits, state="none").received == RECEIVED


def test_a_yes_of_ours_is_the_yes_of_whoever_was_asked_and_their_no_puts_the_move_back() -> None:
    def step(ident: str) -> StepProposed:
        return StepProposed(
            child="x", step=ident, before=1, level=2, direction="up", called="Step up", clause="c", evidence=(), to="s",
            organisation="o", setting="", due=NOON, proposed_by="t",
        )  # fmt: skip

    no = StepDeclined(child="x", step="1", reason="other", declined_by="s")
    back = StepTakenBack(child="x", step="1", by="t")
    yes = StepAccepted(child="x", step="1", level=2, accepted_by="s")
    taken = transfers.fold_in("demo", "m", [RECEIVED, TransferTakenOn(child="x", step="1", by="t")])
    for history, state in (
        ([step("1")], "asked"), ([step("1"), yes], "accepted"), ([step("1"), no], "waits"), ([step("1"), back], "waits"),
        ([step("0"), yes, step("1")], "asked"), ([step("1"), no, step("2")], "asked"),
        ([step("1"), no, step("2"), yes], "accepted"), ([step("1"), yes, step("2"), no], "accepted"),
    ):  # fmt: skip
        assert transfers.answered_by(taken, history).state == state
    alone = transfers.fold_in("demo", "m", [RECEIVED, TransferTakenOn(child="x", step="", by="t")])
    assert transfers.answered_by(alone, [no]).state == "accepted"
    assert refused(lambda: transfers.check_answer(replace(taken, state="asked"))) == "transfer"


def test_one_alone_takes_on_only_whom_somebody_has_here_and_no_lower_than_it_means() -> None:
    assert refused(lambda: transfers.check_alone(2, (LEVELS[2],), held=False)) == "to"
    assert refused(lambda: transfers.check_alone(1, (LEVELS[2], LEVELS[3]), held=True)) == "level"
    for means in ((LEVELS[2],), ()):
        transfers.check_alone(2, means, held=True)


def test_what_another_hub_calls_a_level_is_kept_where_this_one_calls_it_so() -> None:
    theirs = NEXT_DOOR.level[0]
    known = msgspec.structs.replace(LETTER, number=1, name=theirs.name, descriptor=theirs.descriptor)
    assert transfers.in_our_words(known, NEXT_DOOR) == known
    for number in (2, 9):
        kept = transfers.in_our_words(msgspec.structs.replace(known, number=number), NEXT_DOOR)
        assert (kept.name, kept.descriptor, kept.number) == ("", "", number)


@pytest.mark.parametrize(
    "changed",
    [
        {"to": "elsewhere"}, {"transfer": ""}, {"transfer": "a:b"}, {"transfer": MOVE.upper()},
        {"due": None}, {"name": ""}, {"descriptor": "x" * 900},
        {"means": ("worse",)}, {"reason": "rude"}, {"kind": "case.transfer-answered"},
    ],
)  # fmt: skip
def test_a_letter_that_is_not_whole_or_not_to_us_is_refused(changed: dict[str, Any]) -> None:
    transfers.check_letter(LETTER, "next_door", MEANINGS)
    assert refused(
        lambda: transfers.check_letter(msgspec.structs.replace(LETTER, **changed), "next_door", MEANINGS)
    ) == "letter"  # fmt: skip
