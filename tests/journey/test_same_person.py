"""Two accounts of one person are one person, wherever somebody else is needed, as far as the register of staff says so."""

from collections.abc import Callable

import pytest

from hub.domain.errors import NotFound, Refused
from hub.domain.exceptions import OverrideApproved
from hub.domain.family_wish import Wish
from hub.domain.moments import london_day
from hub.views.accounts import one_person
from hub.views.desk import caught_up
from hub.views.lettering import CHECKS, PrepareLetter
from hub.views.who_is_who import awaiting
from tests.journey.test_protected_alone import register_anew
from tests.support.exceptional import Front, front, who
from tests.support.families import no
from tests.support.identities import somebody, wish
from tests.support.partnership import RunningHub

FIRST, SECOND, THIRD = "staff-manager", "staff-manager-2", "staff-decider"


@pytest.fixture
def here(own_hub: Callable[..., RunningHub]) -> Front:
    made = front(own_hub)
    register_anew(made, SECOND, same_as=FIRST)
    return made


def test_nobody_agrees_to_their_own_override_by_another_account_nor_goes_through_it(here: Front) -> None:
    known = here.seen(somebody(), "health")
    address = here.override(FIRST, known)
    with pytest.raises(Refused, match="another account of the same person"):
        here.exceptions.agree(who(SECOND), address)
    assert here.words(FIRST, known) == set()
    here.exceptions.agree(who("staff-guardian"), address)
    here.exceptions.end(who(FIRST), address)
    with pytest.raises(Refused, match="another account of the same person"):
        here.exceptions.review(who(SECOND), address, "justified", "I looked at it.")
    here.exceptions.review(who("staff-ig"), address, "justified", "It was.")


def test_an_agreement_is_not_returned_by_another_account_and_a_ring_by_one_is_loud(here: Front) -> None:
    one, other = here.seen(somebody(), "health"), here.seen(somebody(), "health")
    register_anew(here, THIRD, roles=("mash_manager",))
    mine, theirs = here.override(FIRST, one), here.override(THIRD, other)
    here.exceptions.agree(who(THIRD), mine)
    with pytest.raises(Refused, match="a third person"):
        here.exceptions.agree(who(SECOND), theirs)
    here.hub.act().append(  # in the same moment, as two processes write it
        theirs.replace("override-", "override:"),
        lambda _: [OverrideApproved(by=SECOND, roles=("mash_manager",))],
        "test",
    )
    assert [task.kind for task in here.tasks("staff-ig") if task.kind == "exception_crosswise"] == [
        "exception_crosswise"
    ] * 2
    assert [task.kind for task in here.tasks(SECOND) if task.kind == "exception_crosswise"] == []


def test_nobody_agrees_to_their_own_merge_by_another_account_nor_reads_names_by_having_asked(here: Front) -> None:
    one, other = here.seen(somebody(), "health"), here.seen(somebody(), "school")
    asked = here.hub.identity_decide(who(FIRST), wish(here.hub, "merge", one, other=other))
    desk = here.hub._desk()
    caught_up(desk)
    assert (awaiting(desk, SECOND), awaiting(desk, "staff-screener")) == (frozenset[str](), frozenset({one, other}))
    with pytest.raises(Refused, match="another account of the same person"):
        here.hub.identity_agree(who(SECOND), asked["identity"])


def test_family_of_one_account_is_family_of_the_others_whichever_names_which(here: Front) -> None:
    known = here.seen(somebody(), "health")
    register_anew(here, SECOND, same_as=FIRST, related=(known,))
    for account in (FIRST, SECOND):
        with pytest.raises(NotFound):
            here.hub.picture(who(account), known, "")


def test_accounts_are_one_persons_through_a_third_and_round_a_circle(here: Front) -> None:
    register_anew(here, FIRST, same_as=THIRD)
    desk = here.hub._desk()
    assert one_person(desk, SECOND, THIRD)
    register_anew(here, THIRD, same_as=SECOND)
    assert {one_person(desk, one, other) for one in (FIRST, SECOND, THIRD) for other in (FIRST, SECOND, THIRD)} == {
        True
    }
    assert not one_person(desk, FIRST, "staff-officer")


def test_what_is_still_to_come_of_looks_at_ones_own_family_was_gone_through_by_nobody(here: Front) -> None:
    known = here.seen(somebody(), "health")
    register_anew(here, THIRD, related=(known,))
    with pytest.raises(NotFound):
        here.hub.picture(who(THIRD), known, "")
    (found,) = here.exceptions.overview(who("staff-ig")).family
    for until in (0, found.until + 1):
        with pytest.raises(Refused) as refused:
            here.exceptions.review_family(who("staff-ig"), THIRD, until, "justified")
        assert refused.value.field == "until"
    here.exceptions.review_family(who("staff-ig"), THIRD, found.until, "justified")
    assert here.exceptions.overview(who("staff-ig")).family == ()


def test_nobody_lets_their_own_letter_out_by_another_account(here: Front) -> None:
    known = here.seen(somebody(), "health")
    wanted = PrepareLetter(
        child=known, to=known, recipient="young_person", how="met_in_person", verified_on=london_day(here.clock.now())
    )
    letter = here.hub.lettering.prepare(who(FIRST), wanted)
    for act in (here.hub.lettering.review, here.hub.lettering.refuse):
        with pytest.raises(Refused, match="another account of the same person"):
            act(who(SECOND), letter, tuple(CHECKS))  # type: ignore[arg-type]


def test_nobody_strikes_a_no_that_they_wrote_down_by_another_account(here: Front) -> None:
    known = here.seen(somebody(), "health")
    made = here.hub.consents.say(who(FIRST), no(known)).ref
    struck = Wish(
        what="invalid", person=known, statement=made, invalid="recorded_in_error", reason="A slip of mine.",
    )  # fmt: skip
    with pytest.raises(Refused, match="another account of the same person"):
        here.hub.consents.say(who(SECOND), struck)
    here.hub.consents.say(who("staff-screener"), struck)
