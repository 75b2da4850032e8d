"""Help that was offered to a family, and what became of the offer: accepted, declined, broken off, ended.

It promises that a no is kept as the family's answer and as a reason for nothing by itself, and that somebody says what
happens next. An offer is of a service of the directory, or of an organisation's own help.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, assert_never

from msgspec import Struct

from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.help_plan import FAMILY
from hub.domain.item import Sealed

DECLINED = {  # why, as the family says
    "not_wanted": "They do not want it",
    "not_now": "Not now",
    "cannot_come": "They cannot come: when, where, or in which language it is",
    "bad_experience": "It went badly before",
    "has_help": "They have help already",
    "sees_no_need": "They see no need",
    "no_reason": "They gave no reason",
}
ENDED = {
    "completed": "It was gone through to its end",
    "needs_met": "The needs were met",
    "not_begun": "It never began: no place came free",
    "moved_away": "The family moved away",
    "taken_back": "Whoever offered it took it back",
    "entered_in_error": "Entered in error",
}
NEXT = {  # what happens after a no
    "other_offer": "Something else is offered",
    "asked_again": "The family is asked again later",
    "risk_judged": "Risk was judged again: nothing more is needed now",
    "stepped": "A step up or down was proposed",
    "front_door": "The front door was told",
}
State = Literal["offered", "accepted", "declined", "disengaged", "ended"]
ASKS_NEXT: tuple[State, ...] = ("declined", "disengaged")


class OfferMade(Fact, frozen=True, kw_only=True):
    """Stream offer:<person>. A family is offered help. `service` is one of the directory, "" for the organisation's own.

    `to` are codes of FAMILY; `level` the level of need at which it is offered, which this does not set.
    """

    NAME: ClassVar[str] = "offer.made"
    child: str
    offer: str  # random
    service: str
    organisation: str
    setting: str
    to: tuple[str, ...]
    level: int
    made_by: str
    author: str  # the organisation whose words these are
    place: str  # its setting
    items: tuple[Sealed, ...] = ()


class OfferAccepted(Fact, frozen=True, kw_only=True):
    """Somebody of the family says yes. `agreement` is the record of agreement that it rests on, "" where none is held."""

    NAME: ClassVar[str] = "offer.accepted"
    child: str
    offer: str
    who: str
    agreement: str
    recorded_by: str


class OfferDeclined(Fact, frozen=True, kw_only=True):
    """Somebody of the family says no."""

    NAME: ClassVar[str] = "offer.declined"
    child: str
    offer: str
    who: str
    reason: str
    recorded_by: str
    author: str  # the organisation whose words these are
    place: str  # its setting
    items: tuple[Sealed, ...] = ()


class OfferDisengaged(Fact, frozen=True, kw_only=True):
    """The family had said yes, and works with it no more."""

    NAME: ClassVar[str] = "offer.disengaged"
    child: str
    offer: str
    recorded_by: str
    author: str  # the organisation whose words these are
    place: str  # its setting
    items: tuple[Sealed, ...] = ()


class OfferEnded(Fact, frozen=True, kw_only=True):
    """The help, or the offer of it, is over."""

    NAME: ClassVar[str] = "offer.ended"
    child: str
    offer: str
    how: str
    ended_by: str
    author: str  # the organisation whose words these are
    place: str  # its setting
    items: tuple[Sealed, ...] = ()


class OfferFollowed(Fact, frozen=True, kw_only=True):
    """After a no somebody says what happens next."""

    NAME: ClassVar[str] = "offer.followed"
    child: str
    offer: str
    next: str
    followed_by: str
    author: str  # the organisation whose words these are
    place: str  # its setting
    items: tuple[Sealed, ...] = ()


OfferFact = OfferMade | OfferAccepted | OfferDeclined | OfferDisengaged | OfferEnded | OfferFollowed
FACTS: tuple[type[OfferFact], ...] = (
    OfferMade, OfferAccepted, OfferDeclined, OfferDisengaged, OfferEnded, OfferFollowed,
)  # fmt: skip


class Offer(Struct, frozen=True):
    """One offer as it stands; `next` is what happens after a no, "" while nobody has said."""

    made: OfferMade
    state: State = "offered"
    next: str = ""


@dataclass(frozen=True)
class Offers:
    """State of one person's record: every offer by its id."""

    person: str
    version: int = 0
    held: Mapping[str, Offer] | None = None

    def one(self, offer: str) -> Offer | None:
        """The offer of this id, or None."""
        return (self.held or {}).get(offer)


class MakeOffer(Struct, frozen=True, kw_only=True):
    """Ask to offer help."""

    child: str
    service: str
    organisation: str
    to: tuple[str, ...]
    level: int | None = None
    words: str = ""


def stream(person: str) -> str:
    """The stream of a person's offers; it lies under that person's key."""
    return f"offer:{person}"


def fold(person: str, facts: Iterable[Fact]) -> Offers:
    """The offers after these facts, in order."""
    state = Offers(person, held={})
    for fact in facts:
        if isinstance(fact, OfferFact):
            state = evolve(state, fact)
    return state


def evolve(state: Offers, fact: OfferFact) -> Offers:
    """Fold one fact: total, never refuses."""
    held = dict(state.held or {})
    before = held.get(fact.offer)
    match fact:
        case OfferMade():
            held[fact.offer] = Offer(fact)
        case OfferAccepted() if before:
            held[fact.offer] = Offer(before.made, "accepted")
        case OfferDeclined() if before:
            held[fact.offer] = Offer(before.made, "declined")
        case OfferDisengaged() if before:
            held[fact.offer] = Offer(before.made, "disengaged")
        case OfferEnded() if before:
            held[fact.offer] = Offer(before.made, "ended")
        case OfferFollowed() if before:
            held[fact.offer] = Offer(before.made, before.state, fact.next)
        case OfferAccepted() | OfferDeclined() | OfferDisengaged() | OfferEnded() | OfferFollowed():
            pass  # of an offer that this record does not hold
        case _:
            assert_never(fact)
    return replace(state, version=state.version + 1, held=held)


def check_make(wish: MakeOffer, organisations: Collection[str], levels: Collection[int]) -> None:
    """Refused, naming the field, unless a registered organisation offers it to somebody of the family."""
    if wish.organisation not in organisations:
        raise Refused("Select the organisation that would help", "organisation")
    if not wish.to or not set(wish.to) <= set(FAMILY):
        raise Refused("Select to whom it is offered", "to")
    if wish.level is not None and wish.level not in levels:
        raise Refused(f"Select a level of this partnership: {', '.join(map(str, levels))}", "level")


def check_accept(one: Offer, who: str, agreed: Mapping[str, str]) -> str:
    """The record of agreement that a yes rests on, "" for none. Raises Refused, naming the field.

    `agreed`: records of agreement to this service -> their state. Where the newest thing on record is a no, a yes is
    recorded there first: an offer is never a way around it (docs/consent.md).
    """
    _must(one, "offered")
    if who not in FAMILY:
        raise Refused("Select who said yes", "who")
    for record, state in agreed.items():
        if state in {"refused", "withdrawn"}:
            raise Refused("The record of agreement to this service says no: record the new answer there first", "who")
        if state in {"given", "asserted"}:
            return record
    return ""


def check_decline(one: Offer, who: str, reason: str) -> None:
    """Refused, naming the field, unless somebody of the family says no, with what they say of why."""
    _must(one, "offered")
    if who not in FAMILY:
        raise Refused("Select who said no", "who")
    if reason not in DECLINED:
        raise Refused("Select why, as they say", "reason")


def check_disengage(one: Offer) -> None:
    """Refused unless they had said yes."""
    _must(one, "accepted")


def check_end(one: Offer, how: str) -> None:
    """Refused, naming the field, for what is over, or without how it ended. A no stays a no, unless it never was one."""
    if how not in ENDED:
        raise Refused("Select how it ended", "how")
    if one.state == "ended" or (one.state in ASKS_NEXT and how != "entered_in_error"):
        raise Refused("This offer is over", "how")


def check_follow(one: Offer, code: str) -> None:
    """Refused, naming the field, unless there was a no and this says what happens next."""
    if one.state not in ASKS_NEXT or one.next:
        raise Refused("Nothing is to be said of what happens next: nobody said no, or somebody has said it", "next")
    if code not in NEXT:
        raise Refused("Select what happens next", "next")


def _must(one: Offer, state: State) -> None:
    if one.state != state:
        words = {"offered": "waits for an answer no more", "accepted": "is not one that the family said yes to"}
        raise Refused(f"This offer {words[state]}", "offer")
