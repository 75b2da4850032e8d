"""The truth about a world: who is who, what was planted, how much there was to miss. Never in a message, and out of reach of
the hub (tests/bench/test_world_truth.py).
"""

from datetime import date
from typing import Literal

from msgspec import Struct

from bench.world.services import Contact, Episode
from bench.world.telling import Known, Named


class TruePerson(Struct, frozen=True, kw_only=True):
    """Truth: a person of the world, how many times organisations named them, and where never, why not."""

    person: str
    kind: Literal["child", "adult"]
    family: int
    born: date
    community: str
    deprivation_fifth: int
    ethnic_group: str = "not_known"
    disability: bool = False
    free_meals: bool = False
    kinship: bool = False
    moved_across: bool = False  # lived on both sides of the boundary
    days_away: int = 0  # of a child: days of this world that it lived beyond the boundary
    twin: bool = False
    half_sibling: bool = False
    times_named: int
    silent: str | None


class Planted(Struct, frozen=True, kw_only=True):
    """Truth: a planted need of one child, the messages that carry it, and the day on which it escalates.

    A harm escalates with a section 47 enquiry, a building need with a referral that somebody's last report forces;
    `messages` are the reports up to and with that one. `before` counts reports that lay before the world began, `held_back`
    those that an organisation kept to itself, `averted` is 1 where the last one was not needed because social care already
    worked with the child (the date stays: by then it would have come to a head), `left_out` those of registers and logs in
    a world without them, `unsent` those not yet published when the world ended: the reasons for silence.
    """

    id: str
    story: str
    need: Literal["building", "harm"]
    child: str
    began: date
    escalates: date | None
    messages: tuple[str, ...]
    before: int = 0
    held_back: int = 0
    averted: int = 0
    left_out: int = 0
    unsent: int = 0


class Tally(Struct, frozen=True):
    """Truth: how much there was of something that only shows in messages when it went wrong (pupils, appointments)."""

    what: str
    count: float


Truth = Named | Known | TruePerson | Planted | Contact | Episode | Tally
FILES: dict[type, str] = {
    Named: "named", Known: "known", TruePerson: "people", Planted: "planted", Contact: "contacts", Episode: "episodes",
    Tally: "tallies",
}  # fmt: skip
