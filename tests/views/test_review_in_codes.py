"""A review as one types it: how everything compares, and no value of anybody, on a real hub driven by hand."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

from hub.domain.message import Address, Name
from hub.views.review_in_codes import ReviewInCodes, answers_open, in_codes
from tests.support.identities import SCREENER, ByHand, asker, somebody
from tests.support.messages import Child, a_child
from tests.support.partnership import RunningHub, settings_for


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ByHand]:
    running = RunningHub(settings_for(tmp_path / "data"))
    yield ByHand(running)
    running.close()


def typed(hub: ByHand, person: str) -> ReviewInCodes:
    return in_codes(hub.hub.review(asker(SCREENER), person))


def doubted(hub: ByHand, child: Child) -> str:
    """Somebody under this child's number, spelled with a letter of another script, with a home and another birth date."""
    person = child.known_to(
        "police", names=(Name("R\u0435bekah", "Okonkwo"),), birth_date=date(2016, 11, 14),
        addresses=(Address(("12 Canary Row",), postcode="ZZ1 1ZZ"),),
    )  # fmt: skip
    return hub.seen(child, "police", person=person)


def test_no_value_is_told_and_what_is_odd_in_it_is(hub: ByHand) -> None:
    child = a_child("Rebecca", "Okonkwo", date(2017, 5, 4))
    known = hub.seen(child, "school")
    found = typed(hub, doubted(hub, child))
    rows = {row.label: row for row in found.fields}
    assert [len(cell.held) for cell in rows["Address"].cells] == [1, 0]
    assert (rows["Name"].cells[1].held[0].outcome, rows["Address"].none) == ("alike", "Not held")
    odd = rows["Odd in how they are described"]
    assert "mixes letters of two scripts" in odd.cells[0].held[0].words
    assert (odd.cells[1].held, odd.none) == ((), "Nothing")
    assert [one.person for one in found.candidates] == [known]
    told = msgspec.json.encode(found).decode() + str(found)
    values = (
        "Rebec",
        "bekah",
        "Okonkwo",
        child.nhs,
        "2017",
        "2016",
        "Canary",
        "ZZ1",
        child.known_to("school").own_id or "-",
    )
    assert not [value for value in values if value in told]


def test_nobody_can_be_answered_for_who_did_not_open_and_nothing_twice(hub: ByHand) -> None:
    like = somebody()
    known, doubt = hub.seen(like, "school"), hub.in_doubt(like)
    view = hub.hub.review(asker(SCREENER), doubt)
    assert typed(hub, doubt).answers == answers_open(view) == (f"same:{known}", "different", "cannot_tell")
    for unread in (
        msgspec.structs.replace(view, unread=True),
        msgspec.structs.replace(
            view, candidates=tuple(msgspec.structs.replace(one, unread=True) for one in view.candidates)
        ),
        msgspec.structs.replace(
            view, candidates=tuple(msgspec.structs.replace(one, closed=True) for one in view.candidates)
        ),
    ):
        assert in_codes(unread).answers == ("cannot_tell",)
    assert in_codes(msgspec.structs.replace(view, all_candidates=5)).answers == (f"same:{known}", "cannot_tell")
    hub.decided("same", doubt, other=known)
    assert typed(hub, doubt).answers == ()  # somebody has answered; it is not carried out yet
