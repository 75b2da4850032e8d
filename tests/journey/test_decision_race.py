"""What comes in while a decision is being written down: in the milliseconds between looking and the commit, on both stores.

Two threads: one decides, and is held at the very door of the record; the other lets something count for the child.
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from hub.domain.child import SignalCounted
from hub.domain.enquiry import ClosingApproved, ClosingProposed, EnquiryDecided
from hub.domain.errors import Refused
from hub.domain.fact import Envelope, NewFact
from hub.flow.act import Stale
from hub.flow.enquire import Enquire
from hub.ports import Record
from hub.views.enquiring import Enquiring
from tests.journey.test_enquiries import DECIDER, MANAGER, SCREENER, Room
from tests.support.enquiries import decision
from tests.support.messages import a_child
from tests.support.partnership import PATIENCE

CLOSING: dict[str, Any] = {"outcome": "no_further_action", "actions": ("advice_given",)}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    more = {"store": "postgres", "postgres_dsn": request.getfixturevalue("postgres_dsn")}
    made = Room(tmp_path / "data", **(more if request.param == "postgres" else {}))
    yield made
    made.running.close()


class HeldAtTheDoor:
    """A record whose first writing of a decision waits until somebody else has written what they have to say."""

    def __init__(self, record: Record, say: Callable[[], object]) -> None:
        self._record, self._at_the_door, self._said = record, threading.Event(), threading.Event()
        self._other = threading.Thread(target=self._speak, args=(say,))
        self._other.start()

    def _speak(self, say: Callable[[], object]) -> None:
        if self._at_the_door.wait(PATIENCE):
            say()
            self._said.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._record, name)

    def append(self, facts: Any, **more: Any) -> Any:
        if any(isinstance(one.fact, EnquiryDecided | ClosingProposed | ClosingApproved) for one in facts):
            self._at_the_door.set()
            assert self._said.wait(PATIENCE)
        return self._record.append(facts, **more)

    def end(self) -> None:
        self._at_the_door.set()
        self._other.join(PATIENCE)


def comes_in(room: Room, child: str, organisation: str = "police") -> None:
    """Something more counts for the child: said by another organisation, just now."""
    stream = f"child:{child}"
    held = room.hub.record.load(stream)
    signal = next(one.fact.signal for one in held if isinstance(one.fact, SignalCounted))
    now = room.clock.now()
    more = msgspec.structs.replace(
        signal, id=f"{uuid4()}/0", organisation=organisation, known_at=now, received=now, referrer=None
    )
    envelope = Envelope(now, now, "service:intake", "", "", room.hub.edition.id)
    room.hub.record.append([NewFact(stream, len(held), SignalCounted(signal=more), envelope)])


def while_it_is_written(room: Room, child: str, act: Callable[[Enquiring], object]) -> object:
    """Do this while, at the door of the record, something comes in."""
    enquire: Enquire = room.hub.act()
    held = HeldAtTheDoor(enquire._record, lambda: comes_in(room, child))
    enquire._record = held  # the same record, with a door
    try:
        return act(Enquiring(room.hub._desk(), lambda: enquire, room.hub._seen))
    finally:
        held.end()


def decide(room: Room, enquiry: str, child: str, **answers: Any) -> object:
    seen = room.hub.record.position()
    wish = decision(seen, child=child, by=DECIDER, **answers)
    return while_it_is_written(room, child, lambda they: they.decide(room.who(DECIDER), enquiry, wish))


def test_what_comes_in_at_the_last_moment_is_read_before_it_is_decided(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    with pytest.raises(Stale) as stale:
        decide(room, enquiry, child)
    (came,) = [one.position for one in room.running.stream(f"child:{child}")][-1:]
    assert (stale.value.news, room.facts(enquiry)) == ((came,), ["enquiry.opened"])


def test_at_red_it_is_decided_all_the_same_and_what_came_in_at_the_last_moment_is_named_as_unread(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    room.hub.enquiring.grade(room.who(SCREENER), enquiry, "red", "The father is on his way.")
    decide(room, enquiry, child, outcome="strategy_discussion", actions=("police_called",))
    fact = room.running.stream(f"mash-enquiry:{enquiry}")[-1].fact
    assert isinstance(fact, EnquiryDecided)
    assert fact.unseen == (room.running.stream(f"child:{child}")[-1].position,)
    assert "unseen" in room.kinds(SCREENER)


def test_a_third_referrer_of_the_last_moment_needs_a_manager_at_red_too(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    room.hub.enquiring.grade(room.who(SCREENER), enquiry, "red", "The father is on his way.")
    with pytest.raises(Stale):
        decide(room, enquiry, child, **CLOSING)
    assert room.facts(enquiry)[-1] == "enquiry.graded"


def test_a_manager_does_not_agree_to_a_closing_over_what_comes_in_at_the_last_moment(room: Room) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    assert room.decide(enquiry, child, seen="not_seen", **CLOSING) == ("not_seen",)
    with pytest.raises(Refused, match="send it back"):
        while_it_is_written(room, child, lambda they: they.approve(room.who(MANAGER), enquiry, child))
    assert room.facts(enquiry)[-1] == "enquiry.closing-proposed"
