"""Releasing an item: by its owner, to named organisations, with every warning read; and closing it again."""

import pytest
from msgspec.structs import replace

from hub.domain.errors import Refused
from hub.domain.release import (
    ItemReleased,
    ReleaseAsked,
    ReleaseItem,
    ReleaseNotGiven,
    ReleaseWithdrawn,
    check_release,
    fold,
    not_give,
    withdraw,
)

WISH = ReleaseItem(item="i1", organisations=("early_help",), by="staff-1")
KNOWN = ("police", "early_help", "housing")
RELEASED = ItemReleased(
    said="message:m1@1", owner="police", category="narrative", child="c1", organisations=("early_help",),
    released_by="staff-1",
)  # fmt: skip
ASKED = ReleaseAsked(
    said="message:m1@1", owner="police", child="c1", enquiry="e1", organisations=("housing",), asked_by="staff-9"
)


@pytest.mark.parametrize(
    ("wish", "warnings", "field"),
    [
        (replace(WISH, organisations=()), (), "organisations"),
        (replace(WISH, organisations=("stranger",)), (), "organisations"),
        (replace(WISH, organisations=("police",)), (), "organisations"),
        (replace(WISH, conditions=("never",)), (), "conditions"),
        (WISH, ("It names somebody else",), "warned"),
    ],
)
def test_a_release_names_others_that_are_registered_and_every_warning_is_read(
    wish: ReleaseItem, warnings: tuple[str, ...], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        check_release(wish, KNOWN, "police", warnings)
    assert refused.value.field == field


def test_read_and_confirmed_it_may_go_out() -> None:
    check_release(replace(WISH, warned=True, conditions=("no_onward",)), KNOWN, "police", ("It names somebody else",))


def test_releases_add_up_and_what_is_closed_again_is_closed() -> None:
    both = fold("i1", [RELEASED, replace(RELEASED, organisations=("housing",))])
    assert both.released_to == {"early_help", "housing"}
    assert withdraw(both, ("housing",), "mistaken", "staff-1") == [
        ReleaseWithdrawn(organisations=("housing",), reason="mistaken", withdrawn_by="staff-1")
    ]
    assert withdraw(both, (), "mistaken", "staff-1") == [
        ReleaseWithdrawn(organisations=("early_help", "housing"), reason="mistaken", withdrawn_by="staff-1")
    ]
    gone = fold("i1", [RELEASED, *withdraw(fold("i1", [RELEASED]), (), "mistaken", "staff-1")])
    assert (gone.released_to, gone.ever) == (frozenset(), frozenset({"early_help"}))
    for to, reason in (((), "mistaken"), (("housing",), "mistaken")):
        with pytest.raises(Refused, match="not released to them"):
            withdraw(gone, to, reason, "staff-1")
    with pytest.raises(Refused, match="Select why"):
        withdraw(both, (), "bored", "staff-1")


def test_what_was_asked_for_waits_until_it_is_released_or_not() -> None:
    assert fold("i1", [RELEASED, ASKED]).asked == ASKED
    assert fold("i1", [ASKED, RELEASED]).asked is None
    assert fold("i1", [ASKED, *not_give(fold("i1", [ASKED]), "harm", "staff-1")]).asked is None
    assert not_give(fold("i1", [ASKED]), "harm", "staff-1") == [ReleaseNotGiven(reason="harm", decided_by="staff-1")]
    with pytest.raises(Refused, match="Nobody is waiting"):
        not_give(fold("i1", [RELEASED]), "harm", "staff-1")
    with pytest.raises(Refused, match="Select why"):
        not_give(fold("i1", [ASKED]), "busy", "staff-1")
