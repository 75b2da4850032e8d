"""People who must be restricted from the first second: family that staff declare before anybody speaks of it, and families
of councillors.

A declaration is a sealed description. It promises that whoever is spoken of as such a person is restricted in the very
transaction that opens them, for readers who were named beforehand. One's own family holds at once and alone: somebody else
confirms or lifts it, and until then it is provisional, never less restricted. Stream protected:<random id>.
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
    also: tuple[str, ...] = ()  # other accounts of the same person
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


class ProtectedConfirmed(Fact, frozen=True, kw_only=True):
    """Somebody else confirmed what one person had declared alone: from now on two people end what it restricts."""

    NAME: ClassVar[str] = "protected.confirmed"
    by: str


class ProtectedLifted(Fact, frozen=True, kw_only=True):
    """Somebody else did not confirm it: it is over, and `people` whom it alone had restricted open again.

    Who declared it stays unable to open them: that they are not family, two people say (below).
    """

    NAME: ClassVar[str] = "protected.lifted"
    people: tuple[str, ...]
    by: str


class ProtectedMatchDoubted(Fact, frozen=True, kw_only=True):
    """Somebody says that this person, whom matching found for it, is not of that family. Somebody else must agree."""

    NAME: ClassVar[str] = "protected.match-doubted"
    person: str
    by: str


class ProtectedMatchKept(Fact, frozen=True, kw_only=True):
    """Somebody else did not agree, or who said so took it back: the person stays family."""

    NAME: ClassVar[str] = "protected.match-kept"
    person: str
    by: str


class ProtectedMatchParted(Fact, frozen=True, kw_only=True):
    """A second person agreed: this person is not of that family."""

    NAME: ClassVar[str] = "protected.match-parted"
    person: str
    by: str


ProtectedFact = (
    ProtectedDeclared | ProtectedAgreed | ProtectedEnded | ProtectedMet | ProtectedSought | ProtectedConfirmed
    | ProtectedLifted | ProtectedMatchDoubted | ProtectedMatchKept | ProtectedMatchParted
)  # fmt: skip
FACTS: tuple[type[ProtectedFact], ...] = (
    ProtectedDeclared, ProtectedAgreed, ProtectedEnded, ProtectedMet, ProtectedSought, ProtectedConfirmed,
    ProtectedLifted, ProtectedMatchDoubted, ProtectedMatchKept, ProtectedMatchParted,
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
    confirmed_by: str = ""
    lifted: bool = False
    doubted: tuple[tuple[str, str], ...] = ()  # whom somebody says is not of that family, and who says so
    parted: tuple[str, ...] = ()  # of those met: not of that family, as two people said

    @property
    def holds(self) -> bool:
        """Whether whoever is spoken of as this person is restricted."""
        return self.fact is not None and not self.ended and (bool(self.agreed_by) or not self.fact.second)

    @property
    def provisional(self) -> bool:
        """Whether it restricts, or has restricted, on one person's word alone, and somebody else must look at it.

        Ending it does not end that while somebody stays restricted by it.
        """
        alone = self.fact is not None and not self.fact.second and not self.confirmed_by and not self.lifted
        return alone and (not self.ended or bool(self.met))

    @property
    def accounts(self) -> tuple[str, ...]:
        """Every account of whoever declared it, and of whose family it is."""
        fact = self.fact
        return tuple(dict.fromkeys(one for one in (fact.by, fact.staff, *fact.also) if one)) if fact else ()


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
        case ProtectedConfirmed():
            return replace(one, confirmed_by=fact.by)
        case ProtectedLifted():
            return replace(one, lifted=True, ended=True)
        case ProtectedMatchDoubted():
            return replace(one, doubted=(*one.doubted, (fact.person, fact.by)))
        case ProtectedMatchKept():
            return replace(one, doubted=_without(one.doubted, fact.person))
        case ProtectedMatchParted():
            return replace(one, doubted=_without(one.doubted, fact.person), parted=(*one.parted, fact.person))
        case _:
            assert_never(fact)


def _without(doubted: tuple[tuple[str, str], ...], person: str) -> tuple[tuple[str, str], ...]:
    return tuple(one for one in doubted if one[0] != person)


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
    if by in one.accounts:
        raise Refused("A second person must agree: somebody other than who declared it", "by")
    return [ProtectedAgreed(by=by)]


def confirm(one: Protected, by: str) -> list[ProtectedFact]:
    """Somebody else confirms what was declared alone. Raises Refused for who declared it, and where nobody is asked."""
    _check_somebody_else(one, by)
    return [ProtectedConfirmed(by=by)]


def lift(one: Protected, by: str, people: tuple[str, ...]) -> list[ProtectedFact]:
    """Somebody else does not confirm it; `people` are those whom it alone restricts still. Raises as `confirm`."""
    _check_somebody_else(one, by)
    return [ProtectedLifted(people=people, by=by)]


def _check_somebody_else(one: Protected, by: str) -> None:
    if by in one.accounts:
        raise Refused("Somebody else confirms or lifts it: not who declared it, by whatever account", "by")
    if not one.provisional:
        raise Refused("This declaration does not wait to be confirmed or lifted", "declaration")


def doubt(one: Protected, person: str, by: str) -> list[ProtectedFact]:
    """Somebody says that a person whom matching found is not of that family. Raises Refused for whose family it is, for a
    person whom it did not meet, and where somebody said so already.
    """
    _check_met(one, person, by)
    if person in dict(one.doubted):
        raise Refused("Somebody has said so already: a second person must agree", "person")
    return [ProtectedMatchDoubted(person=person, by=by)]


def part(one: Protected, person: str, by: str) -> list[ProtectedFact]:
    """A second person agrees that they are not of that family. Raises Refused as `doubt`, and for who said so first."""
    _check_met(one, person, by)
    said = dict(one.doubted).get(person)
    if said is None:
        raise Refused("Nobody has said that this match is wrong: say so, then somebody else agrees", "person")
    if said == by:
        raise Refused("A second person must agree: somebody other than who said so", "by")
    return [ProtectedMatchParted(person=person, by=by)]


def keep(one: Protected, person: str, by: str) -> list[ProtectedFact]:
    """Do not agree, or take it back: the person stays family. Raises Refused where nobody said otherwise."""
    _check_met(one, person, by)
    if person not in dict(one.doubted):
        raise Refused("Nobody has said that this match is wrong: nothing waits", "person")
    return [ProtectedMatchKept(person=person, by=by)]


def _check_met(one: Protected, person: str, by: str) -> None:
    if by in one.accounts:
        raise Refused("It is your own family: two others look at whether a match is wrong", "by")
    if person not in {met.person for met in one.met} or one.fact is None or not one.fact.staff:
        raise Refused("This declaration did not meet that person: take the id from the list", "person")
    if person in one.parted:
        raise Refused("Two people have said already that this match is wrong", "person")


def end(one: Protected, by: str) -> list[ProtectedFact]:
    """End it, or do not agree to it. Raises Refused where it is over."""
    if one.fact is None or one.ended:
        raise Refused("This declaration is over already", "declaration")
    return [ProtectedEnded(by=by)]
