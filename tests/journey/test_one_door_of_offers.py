"""The doors of offers, services and moves, tried with ids that are there: a known child, a restricted one, and one of
everybody's own family were each offered help, said no, and are to move to another hub.

The rest of the walk is in test_one_door.py, whose table says who may be shown what.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.domain.offer import MakeOffer
from tests.journey.test_one_door import (
    MAY_NOT_KNOW,
    READS,
    SOME,
    Place,
    differing,
    faults,
    leaks,
    opened,
    type_all,
    walk,
)
from tests.support.planted import FRONT_DOOR, Canary, Planted
from tests.support.walk import Arrived

HELPER = "staff-4fa690"
PAGES = (
    "/tasks",
    "/api/v1/tasks",
    "/child/{child}/help",
    "/api/v1/children/{child}/help",
    "/silence",
    "/api/v1/silences",
)
PARTS = ("/offers", "/services", "/transfers", "/move")
NOUNS = {"offer", "services", "transfer", "tasks"}


def offer_around(planted: Planted, child: str, about: str) -> dict[str, str]:
    """Each child is offered help in words; the family says no in words; a move is proposed."""
    if not child:
        return {}
    hub = planted.hub
    if "next_door" not in hub.register().organisations:
        key = hub.hub_key()
        hub.know_hub("next_door", "Next door", key["signs_keyid"], bytes.fromhex(key["signs"]))
    who = hub.asker(FRONT_DOOR)
    if about == "child":
        hub.leading.propose(who, child, HELPER, "x")
        hub.leading.accept(hub.asker(HELPER), child)
        who = hub.asker(HELPER)

    def word(name: str) -> str:
        return planted.canaries.named(f"{about}{name}", Canary(who.organisation, who.setting, "rationale", about, ()))

    wish = MakeOffer(child=child, service="young-carers-club", organisation="", to=("parent",), words=word("offered"))
    made = hub.offering.make(who, wish)
    hub.offering.decline(who, child, made, "parent", "not_now", word("declined"))
    move = hub.transferring.propose(who, child, "next_door", None)
    planted.more.setdefault("move", []).append(move)
    planted.running.settled()
    return {}


def here(path: str) -> bool:
    """Whether this door is one of those."""
    return path in PAGES or any(part in path for part in PARTS)


def noun(words: str) -> bool:
    """Whether this command is one of those."""
    return words.partition(" ")[0] in NOUNS


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from opened(tmp_path_factory.mktemp("offers") / "data", secrets=True, around=offer_around)


@pytest.fixture(scope="module")
def outside(place: Place) -> list[Arrived]:
    return [*walk(place, only=here), *type_all(place, only=noun)]


def test_words_of_an_offer_reach_the_setting_that_wrote_them_and_nobody_else(
    place: Place, outside: list[Arrived]
) -> None:
    assert [leak for one in outside for leak in leaks(place.planted, one, "outside")] == []
    assert faults(outside) == []
    shown = {one.who for one in outside if place.planted.canaries.found(one.body)}
    assert shown == {HELPER}
    answered = {one.door.split(" ")[0] for one in outside if one.status == 200}
    assert answered >= {"/child/{child}/offers", "/child/{child}/move", "/transfers", "/transfers/{move}", "/services"}


def test_offers_and_moves_of_a_child_of_whom_one_may_not_know_look_like_none(
    tmp_path: Path, outside: list[Arrived]
) -> None:
    accounts = tuple(who for who in MAY_NOT_KNOW if who in READS)
    found: list[tuple[str, ...]] = []
    for twin in opened(tmp_path / "data", secrets=False, around=offer_around):
        found += differing(
            "outside", outside, [*walk(twin, everybody=MAY_NOT_KNOW, only=here), *type_all(twin, accounts, only=noun)]
        )
    assert found == [], found


def test_forms_and_commands_of_offers_bring_no_word_back_to_who_may_not(place: Place, outside: list[Arrived]) -> None:
    assert outside
    came = [
        *walk(place, everybody=(*SOME, HELPER), writing=True, only=here),
        *type_all(place, ("staff-91d3b7", HELPER), changing=True, only=noun),
    ]
    assert [leak for one in came for leak in leaks(place.planted, one, "outside")] == []
    assert faults(came) == []
