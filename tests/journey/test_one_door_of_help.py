"""The doors of help, silence, exceptions and letters, tried with ids that are there: for a child of whom everybody spoke and
for whom somebody leads, assesses, plans, asked for a step, was prompted, and did not answer.

The rest of the walk is in test_one_door.py, whose table says who may be shown what. `pytest` on this file alone takes a few
minutes.
"""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from hub.domain.errors import NotFound
from tests.journey.test_one_door import (
    EVERYBODY,
    KEEPER,
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
from tests.support.around import HELPER, help_around, room_around
from tests.support.planted import MARK
from tests.support.walk import Arrived

NAMES = ("{assessment}", "{plan}", "{silence}", "{letter}", "{discussion}", "{prompt}", "{address}", "{exception}")
PAGES = (
    "/steps", "/leads", "/silence", "/prompts", "/exceptions", "/letters", "/plans", "/tasks", "/children", "/api/v1/steps",
    "/api/v1/leads", "/api/v1/silences", "/api/v1/prompts", "/api/v1/exceptions", "/api/v1/letters", "/api/v1/tasks",
    "/child/{child}", "/child/{child}/help", "/child/{child}/lead", "/child/{child}/plan", "/child/{child}/assessments",
    "/child/{child}/prompts", "/api/v1/children/{child}/help", "/api/v1/children/{child}/help/{step}",
    "/api/v1/children/{child}/lead", "/api/v1/children/{child}/lead/{step}", "/api/v1/children/{child}/plan",
    "/api/v1/children/{child}/assessments", "/api/v1/children/{child}/prompts", "/api/v1/steps/{child}/{step}",
    "/api/v1/leads/{child}/{step}", "/measures/{measure}", "/measures/{measure}/children/{figure}",
    "/enquiry/{enquiry}/strategy",
)  # fmt: skip
NOUNS = {"assessment", "help-plan", "lead", "prompt", "silence", "exception", "letter", "strategy", "tasks"}
TYPISTS = ("staff-91d3b7", "staff-c17b3d", KEEPER, HELPER, "staff-b60d72")


# What was asked or told before a child was restricted stays with who asked it, who goes through it, and whom it was told: an
# override with who asked for it and with managers, as a task too; a notice, which names nobody, with its organisation.
KNOWN_BEFORE = {"staff-c17b3d": ("exception",), KEEPER: ("exception", "tasks"), HELPER: ("tasks",)}


def known_before(found: tuple[str, ...]) -> bool:
    """Whether this difference is one of those."""
    _, who, _, door = found
    return any(word in door for word in KNOWN_BEFORE.get(who, ()))


def here(path: str) -> bool:
    """Whether this door is one of those."""
    return path in PAGES or any(name in path for name in NAMES)


def noun(words: str) -> bool:
    """Whether this command is one of those."""
    return words.partition(" ")[0] in NOUNS


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from opened(tmp_path_factory.mktemp("help") / "data", secrets=True, around=help_around)


@pytest.fixture(scope="module")
def outside(place: Place) -> list[Arrived]:
    return [*walk(place, only=here), *type_all(place, only=noun)]


@pytest.fixture(scope="module")
def enquiry(place: Place, outside: list[Arrived]) -> list[Arrived]:
    assert outside
    place.planted.open_enquiry()
    room_around(place.planted)
    return [*walk(place, only=here), *type_all(place, only=noun)]


def test_each_id_is_of_something_that_is_there(place: Place, outside: list[Arrived]) -> None:
    words = {name for name, canary in place.planted.canaries.words.items() if canary.about == "child"}
    shown = {word for one in outside for word in place.planted.canaries.found(one.body)} & words
    written = {word for word in words if word.startswith(f"{MARK}child")}
    assert written - shown == {f"{MARK}childlead"}  # who was asked to lead read why until they said yes
    answered = {one.door.split(" ")[0] for one in outside if one.status == 200}
    assert {door for door in answered if any(name in door for name in NAMES)} >= {
        "/child/{child}/assessments/{assessment}", "/silence/{silence}", "/letters/{letter}", "/exceptions/{address}",
    }  # fmt: skip


def test_outside_a_mash_enquiry_what_is_written_of_help_reaches_its_setting_and_whom_it_was_put_to(
    place: Place, outside: list[Arrived]
) -> None:
    assert [leak for one in outside for leak in leaks(place.planted, one, "outside")] == []
    assert faults(outside) == []


def test_in_a_mash_enquiry_it_reaches_those_on_it_too(place: Place, enquiry: list[Arrived]) -> None:
    assert [leak for one in enquiry for leak in leaks(place.planted, one, "enquiry")] == []
    assert faults(enquiry) == []


def test_a_hub_in_which_nobody_helps_a_child_of_whom_one_may_not_know_looks_the_same(
    tmp_path: Path, outside: list[Arrived], enquiry: list[Arrived]
) -> None:
    accounts = tuple(who for who in MAY_NOT_KNOW if who in READS)
    found: list[tuple[str, ...]] = []
    for twin in opened(tmp_path / "data", secrets=False, around=help_around):
        found += differing(
            "outside", outside, [*walk(twin, everybody=MAY_NOT_KNOW, only=here), *type_all(twin, accounts, only=noun)]
        )
        twin.planted.open_enquiry()
        room_around(twin.planted)
        found += differing(
            "enquiry", enquiry, [*walk(twin, everybody=MAY_NOT_KNOW, only=here), *type_all(twin, accounts, only=noun)]
        )
    assert [one for one in found if not known_before(one)] == []


def test_who_is_asked_about_a_child_restricted_since_has_neither_a_row_nor_a_number_of_it(place: Place) -> None:
    hub = place.planted.hub
    asker = hub.asker(HELPER)
    waits = [one.kind for one in hub.tasks(asker).rows]
    assert (waits.count("step_asked"), len(hub.helping.mine(asker).rows)) == (1, 1)  # three were asked of them
    assert len(hub.leading.mine(asker).rows) == 1


def test_an_exception_of_somebody_else_looks_like_one_that_there_is_not(place: Place) -> None:
    excepting, worker = place.planted.hub.exceptions, place.planted.hub.asker("staff-86d51c")
    for address in (*place.planted.more["exception"], f"override-{uuid4()}"):
        with pytest.raises(NotFound):
            excepting.one(worker, address)


def test_forms_and_commands_about_help_bring_no_word_back_to_who_may_not(place: Place, enquiry: list[Arrived]) -> None:
    assert enquiry
    everybody = (*SOME, HELPER, "staff-b60d72")
    came = [
        *walk(place, everybody=everybody, writing=True, only=here),
        *type_all(place, TYPISTS, changing=True, only=noun),
    ]
    assert [leak for one in came for leak in leaks(place.planted, one, "enquiry")] == []
    assert faults(came) == []
    assert {one.who for one in came} <= {*EVERYBODY}
