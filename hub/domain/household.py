"""A household as one organisation found it: who lives together, in codes; the address is a sealed item.

And the answer to a concern that names no child: whose children it is about, as a person of the hub found out.
"""

from datetime import date, datetime
from typing import ClassVar

from msgspec import Struct

from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed
from hub.domain.moments import Period


class MemberCodes(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One member: which source record, in what role, from, to, and how sure."""

    source_record: str
    role: str
    since: date | None = None
    until: date | None = None
    sure: bool = True
    age_months: int | None = None  # at the start of the period; None where no birth date was given


class HouseholdObserved(Fact, frozen=True, kw_only=True):
    """Who lives together, as an organisation found it (first fact of its message's stream)."""

    NAME: ClassVar[str] = "household.observed"
    organisation: str
    setting: str | None = None
    sequence: int
    recorded_at: datetime
    digest: bytes
    occurred: Period
    how_known: str
    change: str
    members: tuple[MemberCodes, ...]
    stay: bool = False  # a refuge or an institution: who is listed there may be strangers
    items: tuple[Sealed, ...] = ()


class ChildrenNamed(Fact, frozen=True, kw_only=True):
    """A person asked which children a concern about adults alone is about: these, or none that anybody knows of.

    On the concern's own stream; the newest answer stands. `children` are persons on record. It counts for them as a
    concern about an adult, whoever lives with whom.
    """

    NAME: ClassVar[str] = "concern.children-named"
    children: tuple[str, ...]
    asked: str = ""  # the organisation that was asked, "" where none was
    by: str


class NameChildren(Struct, frozen=True, kw_only=True):
    """Say which children a concern about adults alone is about; `none` where it was asked and there are none."""

    children: tuple[str, ...] = ()
    none: bool = False
    asked: str = ""
    by: str


def name_children(adults_only: bool, before: ChildrenNamed | None, command: NameChildren) -> list[Fact]:
    """The answer, if it is one and says something new. Raises Refused naming the field that is missing."""
    if not adults_only:
        raise Refused("This concern names its children itself, or was corrected or withdrawn", "message")
    if command.none == bool(command.children):
        raise Refused("Choose the children that it is about, or say that there are none", "children")
    children = tuple(sorted(set(command.children)))
    if before is not None and (before.children, before.asked) == (children, command.asked):
        return []
    return [ChildrenNamed(children=children, asked=command.asked, by=command.by)]
