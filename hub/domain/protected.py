"""People who must be restricted from the first second: family that staff declare before anybody speaks of it, and families
of councillors.

A declaration is a sealed description. It promises that whoever is spoken of as such a person is restricted in the very
transaction that opens them, for readers who were named beforehand. Stream protected:<random id>.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, assert_never, get_args

from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed

Because = Literal["staff_family", "councillor_family"]
GROUND = "sensitive"  # of the restriction that follows


class ProtectedDeclared(Fact, frozen=True, kw_only=True):
    """Somebody declared a person to be protected. `staff` is whose family it is (staff id), "" for a councillor's.

    `readers` (staff ids) may open the record once there is one. `second`: nothing follows before a second person agreed;
    one's own family needs nobody else, a councillor's does.
    """

    NAME: ClassVar[str] = "protected.declared"
    because: Because
    staff: str = ""
    readers: tuple[str, ...]
    second: bool
    by: str
    items: tuple[Sealed, ...] = ()  # how they are described, sealed


class ProtectedAgreed(Fact, frozen=True, kw_only=True):
    """A second person agreed."""

    NAME: ClassVar[str] = "protected.agreed"
    by: str


class ProtectedEnded(Fact, frozen=True, kw_only=True):
    """It is over, or was not agreed to: whoever is spoken of from now on is not restricted for it.

    What was restricted stays so until two people end that (mash identity unrestrict).
    """

    NAME: ClassVar[str] = "protected.ended"
    by: str


class ProtectedMet(Fact, frozen=True, kw_only=True):
    """A source record is, or may be, about this protected person: whom it is held to be about was restricted with it."""

    NAME: ClassVar[str] = "protected.met"
    person: str
    source_record: str
    verdict: Literal["link", "review"]  # as sure as matching would have linked, or sure enough for a person to look


class ProtectedSought(Fact, frozen=True, kw_only=True):
    """Everybody whom the hub held already was gone through for this declaration; how many it met."""

    NAME: ClassVar[str] = "protected.sought"
    found: int


ProtectedFact = ProtectedDeclared | ProtectedAgreed | ProtectedEnded | ProtectedMet | ProtectedSought
FACTS: tuple[type[ProtectedFact], ...] = (
    ProtectedDeclared, ProtectedAgreed, ProtectedEnded, ProtectedMet, ProtectedSought,
)  # fmt: skip
NAMES = tuple(kind.NAME for kind in FACTS)


@dataclass(frozen=True)
class Protected:
    """One protected person, folded."""

    id: str
    version: int = 0
    fact: ProtectedDeclared | None = None
    agreed_by: str = ""
    ended: bool = False
    sought: bool = False
    met: tuple[ProtectedMet, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether whoever is spoken of as this person is restricted."""
        return self.fact is not None and not self.ended and (bool(self.agreed_by) or not self.fact.second)


def stream(ident: str) -> str:
    """The stream of a declaration."""
    return f"protected:{ident}"


def evolve(one: Protected, fact: ProtectedFact) -> Protected:
    """Fold one fact: total, never refuses."""
    one = replace(one, version=one.version + 1)
    match fact:
        case ProtectedDeclared():
            return replace(one, fact=fact)
        case ProtectedAgreed():
            return replace(one, agreed_by=fact.by)
        case ProtectedEnded():
            return replace(one, ended=True)
        case ProtectedMet():
            return replace(one, met=(*one.met, fact))
        case ProtectedSought():
            return replace(one, sought=True)
        case _:
            assert_never(fact)


def fold(ident: str, facts: Iterable[Fact]) -> Protected:
    """The declaration after all these facts of its stream."""
    one = Protected(ident)
    for fact in facts:
        if isinstance(fact, ProtectedFact):
            one = evolve(one, fact)
    return one


def check(fact: ProtectedDeclared) -> None:
    """Raises Refused, naming the field, where a declaration is not whole."""
    if fact.because not in get_args(Because):
        raise Refused("Select whose family it is", "because")
    if fact.because == "staff_family" and fact.by != fact.staff:
        raise Refused("Everybody declares their own family: sign in as who it is", "staff")
    if not fact.readers:
        raise Refused("Name at least one person who may open the record: an alert must reach somebody", "readers")
    if fact.staff and fact.staff in fact.readers:
        raise Refused("Name readers other than whose family it is", "readers")


def agree(one: Protected, by: str) -> list[ProtectedFact]:
    """A second person agrees. Raises Refused for who declared it, and where nobody is asked."""
    if one.fact is None or one.ended or one.agreed_by or not one.fact.second:
        raise Refused("This declaration does not wait for a second person", "declaration")
    if by == one.fact.by:
        raise Refused("A second person must agree: somebody other than who declared it", "by")
    return [ProtectedAgreed(by=by)]


def end(one: Protected, by: str) -> list[ProtectedFact]:
    """End it, or do not agree to it. Raises Refused where it is over."""
    if one.fact is None or one.ended:
        raise Refused("This declaration is over already", "declaration")
    return [ProtectedEnded(by=by)]
