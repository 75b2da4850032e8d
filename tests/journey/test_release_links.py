"""Every link to what an organisation said leads somewhere: also to what it said without a word."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.domain.errors import NotFound
from hub.domain.staff import RegisterStaff
from tests.journey.test_enquiries import NAVIGATOR, Room
from tests.support.messages import a_child, concern, involvement, legal_status, seen_by


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "data")
    yield made
    made.running.close()


def test_each_thing_said_has_a_page_and_what_has_no_words_is_not_offered_to_be_released(room: Room) -> None:
    known = a_child()
    room.say(
        concern("health", seen_by(known, "health", "hunger")),
        involvement("health", known.known_to("health"), "health_visiting"),
        involvement("health", known.known_to("health"), "school_nursing", contact="Ring the clinic."),
        legal_status("health", known.known_to("health"), "none"),
    )  # fmt: skip
    room.hub.register_staff([
        RegisterStaff(
            staff=staff, organisation=organisation, setting="", roles=("navigator",),
            ig_trained_until=room.clock.now().replace(year=2030),
        )
        for staff, organisation in ((NAVIGATOR, "health"), ("staff-p1", "police"))
    ])  # fmt: skip
    who, sent = room.who(NAVIGATOR), room.hub.sent(room.who(NAVIGATOR))
    assert sorted((one.kind, bool(one.said)) for one in sent) == [
        ("involvement", False), ("involvement", True), ("status", False), ("worry", True),
    ]  # fmt: skip
    offered = {one.said for one in sent if one.said}
    assert offered == {one.said for one in room.hub.releasing.page(who).said}
    table = [
        one.ref for one in room.running.facts() if one.fact.NAME in {"involvement.changed", "legal-status.changed"}
    ]
    for said in table:  # somebody has the address of each
        view = room.hub.releasing.said(who, said)
        assert (view.title, bool(view.lines)) == (view.title, said in offered)
        with pytest.raises(NotFound):
            room.hub.releasing.said(room.who("staff-p1"), said)
