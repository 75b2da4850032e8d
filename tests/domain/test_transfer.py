"""A child who moves to another partnership: a level placed by what it means, answered by the other side alone."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from hub.domain import transfer as transfers
from hub.domain.continuum import MEANINGS, Level
from hub.domain.errors import Refused
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
    kind="case.transferred", origin="demo", to="next_door", transfer="m", written=NOON, number=2, name="Early help",
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


@pytest.mark.parametrize(
    "changed",
    [
        {"to": "elsewhere"}, {"transfer": ""}, {"transfer": "a:b"}, {"due": None}, {"name": ""}, {"descriptor": "x" * 900},
        {"means": ("worse",)}, {"reason": "rude"}, {"kind": "case.transfer-answered"},
    ],
)  # fmt: skip
def test_a_letter_that_is_not_whole_or_not_to_us_is_refused(changed: dict[str, Any]) -> None:
    transfers.check_letter(LETTER, "next_door", MEANINGS)
    assert refused(
        lambda: transfers.check_letter(msgspec.structs.replace(LETTER, **changed), "next_door", MEANINGS)
    ) == "letter"  # fmt: skip
