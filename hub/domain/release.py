"""Release: the owner of an item lets it out of the sealed room, item by item, to named organisations, and may close it again.

It promises that nobody but its owner releases an item, and that what was released, when and by whom stays on record.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, assert_never

from msgspec import Struct

from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed

# What the owner may tie a release to: the policies keep the one about a MASH enquiry (N19), people keep the others.
ALONE = "this_enquiry_only"
CONDITIONS = {
    "not_to_the_family": "Not to be told to the family",
    "ring_us_first": "Ring us before you act on it",
    ALONE: "For this MASH enquiry alone, while it is open",
    "no_onward": "Not to be passed on without asking us",
}
NOT_RELEASED = {
    "harm": "It would put somebody at risk",
    "investigation": "It would prejudice an investigation",
    "third_party": "It names somebody else",
    "consent": "The family or young person refused, and nothing overrides it",
    "not_needed": "They do not need it",
}
WITHDRAWN = {
    "mistaken": "It was released by mistake",
    "consent_withdrawn": "Consent was withdrawn",
    "new_risk": "It would put somebody at risk now",
    "no_longer_needed": "It is not needed any more",
}
HUB_ITSELF = "service:watch"
STATEMENT_WITHDRAWN = "statement_withdrawn"  # the hub itself closes what its owner took back whole


class ReleaseAsked(Fact, frozen=True, kw_only=True):
    """Stream release:<item>. The MASH asks the owner to release an item of words to these organisations."""

    NAME: ClassVar[str] = "release.asked"
    said: str  # "stream@version" of the fact that holds the item
    owner: str
    setting: str = ""
    child: str
    enquiry: str
    organisations: tuple[str, ...]
    asked_by: str
    items: tuple[Sealed, ...] = ()  # why, in words


class ItemReleased(Fact, frozen=True, kw_only=True):
    """Its owner releases the item to these organisations, beside those before."""

    NAME: ClassVar[str] = "item.released"
    said: str
    owner: str
    setting: str = ""
    category: str
    child: str
    enquiry: str = ""
    organisations: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    released_by: str

    @property
    def alone_in(self) -> str:
        """The one MASH enquiry that it is released for; "" where it is released without that condition."""
        return self.enquiry if ALONE in self.conditions else ""


class ReleaseNotGiven(Fact, frozen=True, kw_only=True):
    """Its owner does not release the item, for a reason as a code."""

    NAME: ClassVar[str] = "release.not-given"
    reason: str
    decided_by: str


class ReleaseWithdrawn(Fact, frozen=True, kw_only=True):
    """Its owner closes the item again to these organisations: nothing opens from now on; what was read, was read."""

    NAME: ClassVar[str] = "release.withdrawn"
    organisations: tuple[str, ...]
    reason: str
    withdrawn_by: str


ReleaseFact = ReleaseAsked | ItemReleased | ReleaseNotGiven | ReleaseWithdrawn
FACTS: tuple[type[Fact], ...] = (ReleaseAsked, ItemReleased, ReleaseNotGiven, ReleaseWithdrawn)


class ReleaseItem(Struct, frozen=True, kw_only=True):
    """A wish to release an item. `warned`: that it names somebody else, or protects a source, was read and confirmed."""

    item: str
    organisations: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    enquiry: str = ""
    warned: bool = False
    by: str


@dataclass(frozen=True)
class Release:
    """State of one item: who asked for what, and to whom it is released now."""

    item: str
    version: int = 0
    asked: ReleaseAsked | None = None  # the newest that waits
    released_to: frozenset[str] = frozenset()
    ever: frozenset[str] = frozenset()
    child: str = ""
    owner: str = ""
    setting: str = ""
    said: str = ""
    alone: frozenset[tuple[str, str]] = frozenset()  # organisation, and the one MASH enquiry that it is open for
    asked_in: tuple[str, ...] = ()  # every MASH enquiry that asked for it, the newest first


def stream(item: str) -> str:
    """The stream of an item's releases."""
    return f"release:{item}"


def evolve(release: Release, fact: ReleaseFact) -> Release:
    """Fold one fact: total, never refuses."""
    release = replace(release, version=release.version + 1)
    match fact:
        case ReleaseAsked():
            return replace(
                release, asked=fact, child=fact.child, owner=fact.owner, setting=fact.setting, said=fact.said,
                asked_in=tuple(dict.fromkeys((fact.enquiry, *release.asked_in))),
            )  # fmt: skip
        case ItemReleased():
            now = release.released_to | {*fact.organisations}
            tied = {(one, fact.alone_in) for one in fact.organisations if fact.alone_in}
            return replace(
                release, asked=None, released_to=now, ever=release.ever | now, child=fact.child, owner=fact.owner,
                setting=fact.setting, said=fact.said, alone=frozenset(_but(release.alone, fact.organisations) | tied),
            )  # fmt: skip
        case ReleaseNotGiven():
            return replace(release, asked=None)
        case ReleaseWithdrawn():
            return replace(
                release, released_to=release.released_to - {*fact.organisations},
                alone=_but(release.alone, fact.organisations),
            )  # fmt: skip
        case _:
            assert_never(fact)


def _but(alone: frozenset[tuple[str, str]], organisations: Iterable[str]) -> frozenset[tuple[str, str]]:
    gone = {*organisations}
    return frozenset(one for one in alone if one[0] not in gone)


def says_more(release: Release, fact: ItemReleased) -> bool:
    """Whether it changes anything: to whom, for which MASH enquiry alone, or that an asking is answered."""
    return (
        evolve(release, fact).alone != release.alone
        or release.asked is not None
        or (not {*fact.organisations} <= release.released_to)
    )


def fold(item: str, facts: Iterable[object]) -> Release:
    """An item's releases after these facts."""
    state = Release(item)
    for fact in facts:
        if isinstance(fact, ReleaseFact):
            state = evolve(state, fact)
    return state


def check_release(wish: ReleaseItem, known: Iterable[str], owner: str, warnings: tuple[str, ...]) -> None:
    """Refused, naming the field, unless organisations of the register are named, and every warning was read."""
    if not wish.organisations:
        raise Refused("Select to whom it is released", "organisations")
    if strangers := [one for one in wish.organisations if one not in {*known}]:
        raise Refused(f"No organisation {strangers[0]} is registered: select from the list", "organisations")
    if owner in wish.organisations:
        raise Refused("It is your own: you read it already", "organisations")
    if strange := [one for one in wish.conditions if one not in CONDITIONS]:
        raise Refused(f"Select conditions of the list: {strange[0]} is not on it", "conditions")
    if ALONE in wish.conditions and not wish.enquiry:
        raise Refused(
            "No MASH enquiry asked for this item: release it without “for this MASH enquiry alone”", "conditions"
        )
    if warnings and not wish.warned:
        raise Refused(f"{warnings[0]}: read it again, and confirm that it may go out", "warned")


def withdraw(release: Release, organisations: tuple[str, ...], reason: str, by: str) -> list[ReleaseFact]:
    """Close it again to these (all, where none is named). Raises Refused for what was not released, or for no reason."""
    if reason not in WITHDRAWN and (reason, by) != (STATEMENT_WITHDRAWN, HUB_ITSELF):
        raise Refused("Select why it is closed again", "reason")
    gone = tuple(sorted(release.released_to & {*organisations} if organisations else release.released_to))
    if not gone or not {*organisations} <= release.released_to:
        raise Refused("It is not released to them: there is nothing to close", "organisations")
    return [ReleaseWithdrawn(organisations=gone, reason=reason, withdrawn_by=by)]


def not_give(release: Release, reason: str, by: str) -> list[ReleaseFact]:
    """Do not release what was asked for. Raises Refused where nobody asked, or for no reason of the list."""
    if reason not in NOT_RELEASED:
        raise Refused("Select why it is not released", "reason")
    if release.asked is None:
        raise Refused("Nobody is waiting for this item", "item")
    return [ReleaseNotGiven(reason=reason, decided_by=by)]
