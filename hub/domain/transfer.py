"""A child moves to another partnership: proposed to its hub, answered there, and only by its yes let go here.

It promises that what crosses is codes and ids alone, that a level is placed by what it means and never by its number, and that
until the other side has said yes whoever helps the child here goes on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Literal, assert_never
from uuid import UUID, uuid5

from msgspec import Struct, structs

from hub.domain.continuum import Level
from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.help import StepAccepted, StepDeclined, StepProposed, StepTakenBack
from hub.domain.partnership import Neighbour, TheirLevel

REFUSED = {
    "not_found": "We cannot find out who the child is",
    "not_here": "The child does not live here",
    "more_needed": "We need to know more first",
    "elsewhere": "Another hub has the child",
    "other": "Other: ring us",
}
State = Literal["none", "waits", "asked", "accepted", "refused", "taken_back"]
_MOVES = UUID("5f0d8f0e-6f0b-4a52-9a3d-3c1f5b7a2c64")  # so that the same number of a child's move is the same id


class TransferProposed(Fact, frozen=True, kw_only=True):
    """Stream transfer:<person>:<id>. Another hub is asked, by `due` (aware UTC), to take a child on.

    `level` is the level here, `theirs` what it is called there (0: told as it is here, a person there decides), `chosen`
    whether a person chose it because no level there, or more than one, means the same.
    """

    NAME: ClassVar[str] = "transfer.proposed"
    child: str
    transfer: str
    to: str
    level: int
    theirs: int
    chosen: bool
    due: datetime
    proposed_by: str


class TransferTakenBack(Fact, frozen=True, kw_only=True):
    """Nobody waits for an answer any more."""

    NAME: ClassVar[str] = "transfer.taken-back"
    child: str
    transfer: str
    by: str


class TransferAnswered(Fact, frozen=True, kw_only=True):
    """The other hub said yes or no, in a letter that it signed; whoever brought it in is `received_by`."""

    NAME: ClassVar[str] = "transfer.answered"
    child: str
    transfer: str
    accepted: bool
    reason: str
    key: str  # id of the key that signed it
    received_by: str


class TransferReceived(Fact, frozen=True, kw_only=True):
    """Stream transfer-in:<hub>:<id>. Another hub asks us, by `due` (aware UTC), to take on a child; it names nobody.

    `number`, `name`, `descriptor`, `means`: the level there; name and descriptor "" where the edition does not hold
    these very words for that hub. `suggested`: at which level here it was placed there, 0: none.
    """

    NAME: ClassVar[str] = "transfer.received"
    origin: str
    transfer: str
    number: int
    name: str
    descriptor: str
    means: tuple[str, ...]
    suggested: int
    due: datetime
    key: str
    received_by: str


class TransferWithdrawn(Fact, frozen=True, kw_only=True):
    """The other hub takes it back."""

    NAME: ClassVar[str] = "transfer.withdrawn"
    received_by: str


class TransferTakenOn(Fact, frozen=True, kw_only=True):
    """We take the child on: who they are here, and the step by which a person was asked to take them on ("" for none).

    With a step it is no yes until somebody accepted it (`answered_by`), and may be written anew where nobody did.
    """

    NAME: ClassVar[str] = "transfer.taken-on"
    child: str
    step: str
    by: str


class TransferDeclined(Fact, frozen=True, kw_only=True):
    """We say no."""

    NAME: ClassVar[str] = "transfer.declined"
    reason: str
    by: str


OutFact = TransferProposed | TransferTakenBack | TransferAnswered
InFact = TransferReceived | TransferWithdrawn | TransferTakenOn | TransferDeclined
FACTS: tuple[type[Fact], ...] = (
    TransferProposed, TransferTakenBack, TransferAnswered, TransferReceived, TransferWithdrawn, TransferTakenOn,
    TransferDeclined,
)  # fmt: skip


@dataclass(frozen=True)
class Outgoing:
    """State of one that we proposed."""

    person: str
    id: str
    version: int = 0
    proposed: TransferProposed | None = None
    state: State = "none"
    reason: str = ""


@dataclass(frozen=True)
class Incoming:
    """State of one that another hub proposed."""

    origin: str
    id: str
    version: int = 0
    received: TransferReceived | None = None
    state: State = "none"
    child: str = ""
    step: str = ""
    reason: str = ""


def ident_of(hub: str, person: str, number: int) -> str:
    """The id of a person's first, second … move: two who propose at once write to one stream, and one of them is refused."""
    return str(uuid5(_MOVES, f"{hub} {person} {number}"))


def is_ident(text: str) -> bool:
    """Whether this is an id of a move: a UUID, written in the one way."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def stream(person: str, ident: str) -> str:
    """The stream of a transfer of ours; it lies under the person's key."""
    return f"transfer:{person}:{ident}"


def stream_in(origin: str, ident: str) -> str:
    """The stream of one that another hub proposed."""
    return f"transfer-in:{origin}:{ident}"


def fold_out(person: str, ident: str, facts: Iterable[Fact]) -> Outgoing:
    """One of ours after these facts, in order: total, never refuses."""
    state = Outgoing(person, ident)
    for fact in facts:
        match fact:
            case TransferProposed():
                state = replace(state, version=state.version + 1, proposed=fact, state="waits")
            case TransferTakenBack():
                state = replace(state, version=state.version + 1, state="taken_back")
            case TransferAnswered():
                answer: State = "accepted" if fact.accepted else "refused"
                state = replace(state, version=state.version + 1, state=answer, reason=fact.reason)
            case _:
                pass
    return state


def fold_in(origin: str, ident: str, facts: Iterable[Fact]) -> Incoming:
    """One of another hub's after these facts, in order: total, never refuses."""
    state = Incoming(origin, ident)
    for fact in facts:
        if isinstance(fact, InFact):
            state = _evolve(replace(state, version=state.version + 1), fact)
    return state


def _evolve(state: Incoming, fact: InFact) -> Incoming:
    match fact:
        case TransferReceived():
            return replace(state, received=fact, state="waits")
        case TransferWithdrawn():
            return replace(state, state="taken_back")
        case TransferTakenOn():
            return replace(state, state="accepted", child=fact.child, step=fact.step)
        case TransferDeclined():
            return replace(state, state="refused", reason=fact.reason)
        case _:
            assert_never(fact)


def answered_by(state: Incoming, level: Iterable[Fact]) -> Incoming:
    """How it stands by the facts of the level of help of whom we take on: their yes is ours, and their no puts it back.

    `accepted` once somebody accepted that step, or a later one; `asked` while one waits; else it `waits` again.
    """
    if state.state != "accepted" or not state.step:
        return state
    found: State = "waits"
    since = False
    for fact in level:
        match fact:
            case StepProposed():
                since = since or fact.step == state.step
                found = "asked" if since else found
            case StepAccepted() if since:
                return state
            case StepDeclined() | StepTakenBack():
                found = "waits"
            case _:
                pass
    return replace(state, state=found)


def own_code(partnership: str) -> str:
    """The organisation that this partnership is in other hubs' registers: its name, with underscores."""
    return partnership.replace("-", "_")


def means_there(level: Level, neighbour: Neighbour) -> tuple[TheirLevel, ...]:
    """The levels there that mean what this one means here, in their order; () where none does."""
    return tuple(one for one in neighbour.level if set(one.means) & set(level.means))


def place(level: Level, neighbour: Neighbour, chosen: int | None) -> tuple[int, bool]:
    """The number of the level there, and whether a person chose it. Raises Refused, naming the field.

    Where exactly one level there means the same, it is that one. Where none does, or several do, a person says which, or says
    0: that it is told as it is called here, and decided there.
    """
    same = [one.number for one in means_there(level, neighbour)]
    if len(same) == 1:
        if chosen not in {None, same[0]}:
            raise Refused(f"Level {level.number} here means level {same[0]} there: leave it so", "theirs")
        return same[0], False
    if chosen is None or (chosen and chosen not in {one.number for one in neighbour.level}):
        said = "no level there means" if not same else "several levels there mean"
        raise Refused(f"{said[:1].upper()}{said[1:]} what level {level.number} means here: select one", "theirs")
    return chosen, True


def check_propose(to: Neighbour | None, known: bool, waiting: bool) -> Neighbour:
    """The other partnership. Raises Refused, naming the field. `known`: its hub's key is in the register."""
    if to is None:
        raise Refused("Select one of the partnerships that this one's services.toml names", "to")
    if not known:
        raise Refused("Nobody has registered that hub's key: mash transfer know", "to")
    if waiting:
        raise Refused("A move waits for its answer already: take it back first, or wait", "to")
    return to


def check_take_back(state: Outgoing, by: str, *, screens: bool) -> TransferProposed:
    """What is taken back, by who proposed it or the front door, before it was answered. Raises Refused."""
    if state.proposed is None or state.state != "waits":
        raise Refused("No move waits for an answer", "transfer")
    if by != state.proposed.proposed_by and not screens:
        raise Refused("Only who proposed it, or the front door, takes it back", "by")
    return state.proposed


def check_answer(state: Incoming) -> TransferReceived:
    """What is answered. Raises Refused where it does not wait any more."""
    if state.state == "asked":
        raise Refused(
            "Somebody is asked to take the child on: wait for their answer, or take the step back", "transfer"
        )
    if state.received is None or state.state != "waits":
        raise Refused("This move does not wait for an answer any more", "transfer")
    return state.received


def check_alone(level: int, means: Iterable[Level], *, held: bool) -> None:
    """Refused, naming the field, unless somebody has the child here already, at no less than their level means here.

    Otherwise a second person is asked: who takes the child on by accepting a step. `means`: the levels here.
    """
    if not held:
        raise Refused(
            "Nobody leads for the child here or has them allocated: ask somebody to, on the child's page", "to"
        )
    if level < min((one.number for one in means), default=level):
        raise Refused("Their level means a higher one here: ask somebody to take the child on at that", "level")


def check_decline(state: Incoming, reason: str) -> TransferReceived:
    """The same for a no, which has a reason. Raises Refused, naming the field."""
    received = check_answer(state)
    if reason not in REFUSED:
        raise Refused("Select why the child is not taken on", "reason")
    return received


# ------------------------------------------------------------------------------------------------- what crosses, in codes


class Letter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one hub writes to another. Codes and ids: no name, no word, no birth date.

    `kind` proposed carries the level with what it means; answered carries yes or no; withdrawn carries nothing more.
    `due` and `written` are aware UTC.
    """

    version: Literal[1] = 1
    kind: Literal["case.transferred", "case.transfer-answered", "case.transfer-withdrawn"]
    origin: str
    to: str
    transfer: str
    written: datetime
    number: int = 0
    name: str = ""
    descriptor: str = ""
    means: tuple[str, ...] = ()
    suggested: int = 0
    due: datetime | None = None
    accepted: bool | None = None
    reason: str = ""


class Signed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A letter with the signature of the hub that wrote it (Ed25519, hexadecimal) over its exact bytes."""

    letter: str
    key: str
    signature: str


def in_our_words(letter: Letter, neighbour: Neighbour) -> Letter:
    """The question with the words alone that this edition holds for that level there: no free text comes on record."""
    held = next((one for one in neighbour.level if one.number == letter.number), None)
    name = letter.name if held is not None and held.name == letter.name else ""
    descriptor = letter.descriptor if held is not None and held.descriptor == letter.descriptor else ""
    return structs.replace(letter, name=name, descriptor=descriptor)


def check_letter(letter: Letter, here: str, meanings: Mapping[str, str]) -> None:
    """Refused unless it is whole, and written to this hub."""
    if letter.to != here:
        raise Refused("This letter is to another hub", "letter")
    if not is_ident(letter.transfer):
        raise Refused("This letter names no move: ask the other hub to write it again", "letter")
    if letter.kind == "case.transferred":
        whole = letter.due is not None and letter.due.tzinfo is not None and letter.name and letter.descriptor
        if not whole or len(letter.name) > 120 or len(letter.descriptor) > 500:
            raise Refused("This letter does not say which level, what it means and by when", "letter")
        if not set(letter.means) <= set(meanings):
            raise Refused("This letter speaks of a level that this hub does not know", "letter")
    if letter.kind == "case.transfer-answered" and letter.accepted is None:
        raise Refused("This letter does not say yes or no", "letter")
    if letter.reason and letter.reason not in REFUSED:
        raise Refused("This letter gives a reason that this hub does not know", "letter")
