"""A meeting of a type that the partnership names: a panel, a forum, a local conversation. Called for a day, held by
whoever was there, quorate or not; what it says of one child stands on that child's own row (hub/domain/agenda.py).

Its pack is a position on the record: what it holds stands still, whatever comes after. Without a quorum it decides nothing.
Source: the strategies' panels, forums and conversations (data of the partnership).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import ClassVar, Literal, assert_never

from msgspec import Struct

from hub.domain.attendance import Present, check_attendance
from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.partnership import Panel

State = Literal["none", "called", "held", "called_off"]
KINDS = {"panel": "Panel", "conversation": "Conversation", "forum": "Forum"}
OFF = {
    "nothing_to_discuss": "There is nothing to discuss",
    "no_quorum": "Too few can come",
    "another_day": "It meets on another day",
    "called_in_error": "Called in error",
}
THEMES = {  # what a meeting about practice speaks of: no child stands there
    "what_was_learned": "What was learned from practice",
    "gap_in_help": "A kind of help that is missing",
    "waiting": "Families wait too long",
    "thresholds": "How levels are understood",
    "working_together": "How organisations work together",
    "voice": "What families and children say of the help",
}
BECAME = {
    "settled": "Settled",
    "next_time": "To the next meeting",
    "to_board": "To the partnership's board",
}
WITHIN = timedelta(days=366)
MOST = 30  # members of one meeting
FEWEST = 2  # organisations of a conversation in which the family does not sit


class Member(Struct, frozen=True, order=True):
    """Who sits: an organisation, one setting of it ("" for any), in one role of the register ("" for any)."""

    organisation: str
    setting: str = ""
    role: str = ""


class Theme(Struct, frozen=True):
    """One thing that a meeting about practice spoke of, and what became of it."""

    theme: str
    became: str


class MeetingCalled(Fact, frozen=True, kw_only=True):
    """Stream meeting:<random>. Somebody calls a meeting of this type for a London day, with these members.

    `quorum` (organisations) and `sectors` are the edition's of that day. `follows`: the meeting that was not quorate.
    """

    NAME: ClassVar[str] = "meeting.called"
    type: str
    kind: str
    about: str
    quorum: int
    sectors: tuple[str, ...] = ()
    on: date
    members: tuple[Member, ...]
    called_by: str
    organisation: str
    setting: str
    follows: str = ""


class MeetingCalledOff(Fact, frozen=True, kw_only=True):
    """It does not take place; what stood on its agenda was not reached."""

    NAME: ClassVar[str] = "meeting.called-off"
    reason: str
    called_off_by: str


class PackMade(Fact, frozen=True, kw_only=True):
    """The pack of the meeting is the record up to the place of this very fact."""

    NAME: ClassVar[str] = "meeting.pack-made"
    made_by: str


class MeetingHeld(Fact, frozen=True, kw_only=True):
    """It was held on a London day: who was there and who not. `missing` names what lacked for a quorum, in words."""

    NAME: ClassVar[str] = "meeting.held"
    on: date
    present: tuple[Present, ...]
    missing: tuple[str, ...] = ()
    family_present: bool = False
    themes: tuple[Theme, ...] = ()
    recorded_by: str


MeetingFact = MeetingCalled | MeetingCalledOff | PackMade | MeetingHeld
FACTS: tuple[type[MeetingFact], ...] = (MeetingCalled, MeetingCalledOff, PackMade, MeetingHeld)


@dataclass(frozen=True)
class Meeting:
    """State of one meeting. `packs` are the versions at which a pack was made."""

    id: str
    version: int = 0
    state: State = "none"
    called: MeetingCalled | None = None
    packs: tuple[int, ...] = ()
    held: MeetingHeld | None = None
    off: str = ""

    @property
    def quorate(self) -> bool:
        """Whether it was held by everybody who must be there."""
        return self.held is not None and not self.held.missing


class Call(Struct, frozen=True, kw_only=True):
    """Ask to call one."""

    type: str
    on: date | None
    members: tuple[Member, ...]
    follows: str = ""


class Hold(Struct, frozen=True, kw_only=True):
    """Ask to record who was there."""

    on: date | None
    present: tuple[Present, ...]
    family_present: bool | None = None  # of a meeting about children
    themes: tuple[Theme, ...] = ()


class Talk(Struct, frozen=True, kw_only=True):
    """Ask to record a conversation that took place, with who talked."""

    type: str
    on: date | None
    members: tuple[Member, ...]
    family_present: bool | None = None


def stream(meeting: str) -> str:
    """The stream of a meeting; it is about no child."""
    return f"meeting:{meeting}"


def fold(meeting: str, facts: Iterable[Fact]) -> Meeting:
    """A meeting after these facts, in order; version 0 where there are none."""
    state = Meeting(meeting)
    for fact in facts:
        if isinstance(fact, MeetingFact):
            state = evolve(state, fact)
    return state


def evolve(state: Meeting, fact: MeetingFact) -> Meeting:
    """Fold one fact: total, never refuses."""
    state = replace(state, version=state.version + 1)
    match fact:
        case MeetingCalled():
            return replace(state, state="called", called=fact)
        case MeetingCalledOff():
            return replace(state, state="called_off", off=fact.reason)
        case PackMade():
            return replace(state, packs=(*state.packs, state.version))
        case MeetingHeld():
            return replace(state, state="held", held=fact)
        case _:
            assert_never(fact)


def named(panels: Iterable[Panel], text: str) -> Panel | None:
    """The type of meeting that goes by this name or alias here, or None."""
    wanted = text.strip().casefold()
    return next((one for one in panels if wanted in {each.casefold() for each in (one.name, *one.aliases)}), None)


def lacking(quorum: int, needed: Collection[str], there: Mapping[str, str]) -> tuple[str, ...]:
    """What lacks for a quorum, in words, where these organisations (id -> sector) are there; () where it is quorate."""
    few = (f"{quorum} organisations (there were {len(there)})",) if len(there) < quorum else ()
    return few + tuple(f"somebody of {one.replace('_', ' ')}" for one in needed if one not in there.values())


def check_call(wish: Call, panel: Panel | None, sectors: Mapping[str, str], today: date) -> Panel:
    """Its type. Raises Refused, naming the field: a type of this partnership, a day from today on, members that can be quorate.

    `sectors`: of each registered organisation.
    """
    if panel is None:
        raise Refused("Select a type of meeting of this partnership", "type")
    if panel.kind == "conversation":
        raise Refused("A conversation is not called: record it on the child's page once people have talked", "type")
    if wish.on is None or not today <= wish.on <= today + WITHIN:
        raise Refused("Enter the day on which it meets: today or later, within a year", "on-day")
    if len(set(wish.members)) != len(wish.members) or len(wish.members) > MOST:
        raise Refused(f"Name each member once, at most {MOST}", "members")
    there = {one.organisation: sectors[one.organisation] for one in wish.members if one.organisation in sectors}
    if len(there) != len({one.organisation for one in wish.members}):
        raise Refused("One of the organisations is not in the register: select from the list", "members")
    missing = lacking(panel.quorum, panel.sectors, there)
    if missing:
        raise Refused(f"Ask more organisations, or it can never be quorate: it needs {', '.join(missing)}", "members")
    return panel


def check_called(state: Meeting) -> MeetingCalled:
    """How it was called. Raises Refused unless it waits to be held."""
    if state.called is None or state.state != "called":
        raise Refused("This meeting was held, or called off: call another", "meeting")
    return state.called


def check_hold(
    state: Meeting, wish: Hold, sectors: Mapping[str, str], since: date, today: date
) -> tuple[date, tuple[str, ...]]:
    """The day on which it was held, and what lacked for a quorum: whoever came unasked makes none.

    `since`: the London day on which it was called. Raises Refused, naming the field.
    """
    called = check_called(state)
    if wish.on is None or not since <= wish.on <= today:
        raise Refused("Enter the day on which it was held: since it was called, and today or earlier", "held-day")
    asked = [one.organisation for one in called.members]
    check_attendance([*dict.fromkeys(asked)], wish.present, sectors)
    if called.about == "children" and wish.family_present is None:
        raise Refused("Say whether the family was there", "family_present")
    _check_themes(called.about, wish.themes)
    there = {
        one.organisation: sectors[one.organisation] for one in wish.present if one.present and one.organisation in asked
    }
    return wish.on, lacking(called.quorum, called.sectors, there)


def check_talk(wish: Talk, panel: Panel | None, sectors: Mapping[str, str], today: date) -> tuple[Panel, date]:
    """The type and the day of a conversation that took place. Raises Refused, naming the field.

    Two organisations talk; where the partnership's type is of one, the family is there.
    """
    if panel is None or panel.kind != "conversation":
        raise Refused("Select a type of conversation of this partnership", "type")
    if wish.on is None or not today - WITHIN < wish.on <= today:
        raise Refused("Enter the day on which people talked: today or earlier, within a year", "held-day")
    if wish.family_present is None:
        raise Refused("Say whether the family was there", "family_present")
    there = {one.organisation for one in wish.members}
    if len(set(wish.members)) != len(wish.members) or not there <= set(sectors) or len(wish.members) > MOST:
        raise Refused("Name each registered organisation or setting once", "members")
    if len(there) < max(panel.quorum, 1 if wish.family_present else FEWEST):
        raise Refused("People of two organisations talk, or of one with the family: select who did", "members")
    return panel, wish.on


def check_call_off(state: Meeting, reason: str) -> None:
    """Refused unless it waits to be held, for a reason of the list."""
    check_called(state)
    if reason not in OFF:
        raise Refused("Select why it does not take place", "off_reason")


def check_pack(state: Meeting) -> None:
    """Refused unless it waits to be held and is about children: whoever was not there then cannot have read it."""
    if check_called(state).about != "children":
        raise Refused("A meeting about practice has no pack: no child stands on its agenda", "meeting")


def _check_themes(about: str, themes: Collection[Theme]) -> None:
    if themes and about != "practice":
        raise Refused(
            "Themes are for a meeting about practice: record what was said of each child on its row", "themes"
        )
    if about == "practice" and not themes:
        raise Refused("Select what was spoken of", "themes")
    for one in themes:
        if one.theme not in THEMES:
            raise Refused("Select themes from the list", "themes")
        if one.became not in BECAME:
            raise Refused("Select what became of each theme", "themes")
