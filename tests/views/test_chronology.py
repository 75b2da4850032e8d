"""A child as organisations describe it now: what a later message does not repeat still stands on the child's page."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.domain.item import Words
from hub.domain.message import Address, Answer, Characteristics, Name, Person
from hub.domain.source_record import SourceRecordDescribed, SourceRecordOpened
from hub.flow.receive import Intake
from hub.views import said_of
from tests.support.grants import words_of
from tests.support.messages import a_child, concern, seen_by
from tests.support.partnership import RunningHub, settings_for

TOPIC = "concern.police.v1"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningHub]:
    hub = RunningHub(settings_for(tmp_path / "data"))
    yield hub
    hub.close()


def take(running: RunningHub) -> None:
    """Everything the police said, on record and in the views; without threads."""
    hub = running.hub
    reader = hub.log.reader({(TOPIC, 0): 0})
    try:
        Intake(hub.intake_tools()).take(reader.poll(200, 1), -1)
    finally:
        reader.close()
    hub.views.catch_up("record", hub.record)


def described(running: RunningHub, child: str) -> list[tuple[str, Words]]:
    """What the page would show of the child's identity if all may be seen: (class, words)."""
    wanted = [item.item for item in said_of.identity_items(running.hub._desk(), child)]
    facts = [one.fact for one in running.facts() if isinstance(one.fact, SourceRecordOpened | SourceRecordDescribed)]
    sealed = {item.item: item for fact in facts for item in fact.items}
    return [(sealed[one].category, words_of(running.hub.keys, sealed[one]) or {}) for one in wanted]


def test_names_numbers_and_address_that_are_not_repeated_still_stand(running: RunningHub) -> None:
    child = a_child()
    own_id = f"police-{child.serial}"
    at_home = child.known_to(
        "police", addresses=(Address(("1 Test Street",), "ZZ1 1ZZ"),), sex="female",
        characteristics=Characteristics(first_language=Answer("known", "Welsh")),
    )  # fmt: skip
    later = [
        Person(own_id=own_id),
        Person(own_id=own_id, gp="A surgery", names=(Name(child.forename, "Newname"),)),
        Person(own_id=own_id),
    ]
    ident, *_ = running.say_all(
        [concern("police", seen_by(child, "police", person=each)) for each in (at_home, *later)]
    )
    take(running)
    found = described(running, running.child_of("police", ident))
    assert [category for category, _ in found] == ["identity", "identity.address", "characteristics"]
    assert found[0][1] == {
        "names": [{"forenames": child.forename, "surname": "Newname", "kind": "current"}], "own_id": own_id,
        "nhs_number": child.nhs, "birth_date": "2017-05-04", "sex": "female", "gp": "A surgery",
    }  # fmt: skip
    assert [home["postcode"] for home in found[1][1]["addresses"]] == ["ZZ1 1ZZ"]
    assert found[2][1]["first_language"] == {"status": "known", "value": "Welsh"}


def test_a_message_that_says_nothing_new_of_a_child_describes_nobody_anew(running: RunningHub) -> None:
    child = a_child()
    said = (child.known_to("police"), Person(own_id=f"police-{child.serial}"), child.known_to("police"))
    running.say_all([concern("police", seen_by(child, "police", person=each)) for each in said])
    take(running)
    assert [one.fact for one in running.facts() if isinstance(one.fact, SourceRecordDescribed)] == []
