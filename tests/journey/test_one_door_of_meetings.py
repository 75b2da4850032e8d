"""The doors of meetings, tried with ids that are there: a panel on whose agenda stand a known child, a restricted one, and one
of everybody's own family; one was held and said something of each, one is to come.

The rest of the walk is in test_one_door.py, whose table says who may be shown what.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.domain.agenda import Decide
from hub.domain.attendance import Present
from hub.domain.meeting import Call, Hold, Member
from hub.domain.moments import london_day
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

HELPER, NAVIGATOR, NURSE = "staff-4fa690", "staff-2b9f54", "staff-b60d72"
SEATS = (
    Member("early_help", "family_hub_east"), Member("health_visiting", "north_team"),
    Member("police", "safeguarding_unit"), Member("children_social_care", "mash"),
)  # fmt: skip
PAGES = ("/tasks", "/api/v1/tasks", "/requests", "/silence")
NOUNS = {"meeting", "tasks"}


def meet_around(planted: Planted, child: str, about: str) -> dict[str, str]:
    """Each child is put on both agendas; at the end a pack of each is made, and one is held."""
    hub = planted.hub
    helper, today = hub.asker(HELPER), london_day(hub.clock.now())
    if "meeting" not in planted.more:
        days = (today, today + timedelta(days=2))
        calls = [Call(type="Locality panel", on=day, members=SEATS) for day in days]
        planted.more["meeting"] = [hub.convening.call(helper, one) for one in calls]
    held, coming = planted.more["meeting"]
    screener = hub.asker(FRONT_DOOR)
    if about == "child":
        hub.leading.propose(screener, child, HELPER, "x")
        hub.leading.accept(helper, child)
    if child:
        for meeting in (held, coming):
            hub.convening.put(helper if about == "child" else screener, meeting, child, word(planted, about, "why"))
        planted.running.settled()
        return {}
    for meeting in (held, coming):
        hub.convening.make_pack(helper, meeting)
    there = tuple(Present(one.organisation, present=True) for one in SEATS)
    hub.convening.hold(helper, held, Hold(on=today, present=there, family_present=False))
    for one, name in ((planted.child, "child"), (planted.secret, "secret"), (planted.relative, "relative")):
        if one:
            said = Decide(outcome="help_offered", notes=word(planted, name, "notes"))
            hub.convening.decide(helper if name == "child" else screener, held, one, said)
    planted.running.settled()
    return {}


def word(planted: Planted, about: str, name: str) -> str:
    """What the early-help worker writes: put to those who sit there and work with the child."""
    canary = Canary("early_help", "family_hub_east", "rationale", about, (HELPER, NAVIGATOR, NURSE))
    return planted.canaries.named(f"{about}{name}", canary)


def here(path: str) -> bool:
    """Whether this door is one of those."""
    return path in PAGES or "meetings" in path or "conversations" in path


def noun(words: str) -> bool:
    """Whether this command is one of those."""
    return words.partition(" ")[0] in NOUNS


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from opened(tmp_path_factory.mktemp("meetings") / "data", secrets=True, around=meet_around)


@pytest.fixture(scope="module")
def outside(place: Place) -> list[Arrived]:
    return [*walk(place, only=here), *type_all(place, only=noun)]


def test_words_of_a_meeting_reach_who_sits_there_and_works_with_the_child_and_nobody_else(
    place: Place, outside: list[Arrived]
) -> None:
    assert [leak for one in outside for leak in leaks(place.planted, one, "outside")] == []
    assert faults(outside) == []
    shown = {one.who for one in outside if place.planted.canaries.found(one.body)}
    assert shown == {HELPER, NAVIGATOR, NURSE}
    answered = {one.door.split(" ")[0] for one in outside if one.status == 200}
    assert {door for door in answered if "{meeting}" in door} == {
        "/meetings/{meeting}", "/meetings/{meeting}/child/{child}", "/meetings/{meeting}/pack/{number}",
        "/api/v1/meetings/{meeting}", "/api/v1/meetings/{meeting}/children/{child}",
        "/api/v1/meetings/{meeting}/pack/{number}",
    }  # fmt: skip


def test_a_meeting_about_children_of_whom_one_may_not_know_looks_like_one_without_them(
    tmp_path: Path, outside: list[Arrived]
) -> None:
    accounts = tuple(who for who in MAY_NOT_KNOW if who in READS)
    found: list[tuple[str, ...]] = []
    for twin in opened(tmp_path / "data", secrets=False, around=meet_around):
        found += differing(
            "outside", outside, [*walk(twin, everybody=MAY_NOT_KNOW, only=here), *type_all(twin, accounts, only=noun)]
        )
    assert found == [], found


def test_forms_and_commands_of_meetings_bring_no_word_back_to_who_may_not(place: Place, outside: list[Arrived]) -> None:
    assert outside
    typists = ("staff-91d3b7", HELPER, NURSE)
    came = [
        *walk(place, everybody=(*SOME, NURSE), writing=True, only=here),
        *type_all(place, typists, changing=True, only=noun),
    ]
    assert [leak for one in came for leak in leaks(place.planted, one, "outside")] == []
    assert faults(came) == []
