"""The language of threshold rules: what a line of a partnership says, as data that a panel chair can read.

It promises that a rule is only codes, numbers and words to read aloud; what they mean is in `thresholds.py` alone. A
change of meaning is a new `GRAMMAR`, so that no rule that was used ever reads differently afterwards.
"""

from typing import Any, Literal

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from hub.domain.signal import Relation

GRAMMAR = "1"  # part of every rule's version
NOT_STATED = "not stated in the source"
REFUSALS = frozenset({"help_refused", "disengaged"})  # they say only that help was refused: never a reason by itself
REFUSED = frozenset({"declined", "disengaged"})  # the same, as what became of an offer of help
REVIEW_DAYS = 90  # after a decision a rule that still stands comes back at the latest after so many days

Kind = Literal["concern", "strength", "sighting", "measure", "help", "household_change"]
HowKnown = Literal["first_hand", "told_by_child", "told_by_family", "told_by_organisation", "told_by_other"]
Tells = Literal["front_door", "nobody"]  # nobody: a level suggested on the page, never an alert. Whoever is at an open
# case gets its alerts whatever the rule (flow/forward.py)


class Bound(Struct, frozen=True, forbid_unknown_fields=True):
    """A coded measure that was given with a report, at or above `least` and below `below`, where those are given."""

    code: str
    least: float | None = None
    below: float | None = None


class Those(Struct, frozen=True, forbid_unknown_fields=True):
    """Which signals a rule speaks of. Inside one list any may match; every list that is given must match."""

    indicators: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()  # lines of published lists ("neglect:hunger"), or a whole list ("neglect:*")
    but_not: tuple[
        str, ...
    ] = ()  # indicators that do not count: of registers and logs; other ones of the same report do
    grave: bool = False  # the indicators that by themselves warrant a level-4 proposal, as the vocabulary marks them
    domains: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ("concern",)
    relations: tuple[Relation, ...] = ("own",)  # a signal that is `possible` is taken as perhaps `own`
    sectors: tuple[str, ...] = ()
    how_known: tuple[HowKnown, ...] = ()
    referrer_kinds: tuple[str, ...] = ()  # source codes of the census: "1A", a family member
    from_months: int | None = None  # of the child's life when it happened; an age that is not known fits,
    under_months: int | None = None  # and whoever is not born yet is under any age
    unborn: bool = False  # only what was said of a child who was not born yet
    measures: tuple[Bound, ...] = ()
    outcomes: tuple[str, ...] = ()  # of the kind `help`: what a MASH enquiry decided, or became of an offer
    level_from: int = 0  # likewise: the level that a person set, at least
    level_upto: int = 0  # and at most; 0 where the rule does not ask


class AtLeast(Struct, frozen=True, forbid_unknown_fields=True):
    """How many different ones there must be; 0 where the rule does not ask."""

    incidents: int = 1
    organisations: int = 0
    sectors: int = 0
    settings: int = 0
    referrers: int = 0
    domains: int = 0
    indicators: int = 0
    groups: int = 0  # lines of those listed in `of.groups`


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that must be there, so many times, beside the other parts."""

    of: Those
    incidents: int = 1


class Count(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="count"):
    """So many within so many London days; `each` lists parts that must all be among them."""

    within_days: int
    of: Those = Those()
    at_least: AtLeast = AtLeast()
    each: tuple[Part, ...] = ()


class Grave(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="grave"):
    """One is enough. With `second_hand`, what another organisation told stands until somebody reports it first hand."""

    of: Those
    within_days: int = 365  # reports this near to the latest are shown together
    second_hand: bool = False


class InSequence(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="sequence"):
    """First this, then that, within so many London days; the two are different incidents."""

    first: Those
    then: Those
    within_days: int


class Steps(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="steps"):
    """Each of these after the one before it, all within so many London days; they are different incidents."""

    steps: tuple[Those, ...]
    within_days: int


class Absence(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="absence"):
    """Nobody has reported seeing the child for so many days although something was known that should have led to it."""

    unseen_days: int
    given: Those
    given_within_days: int
    under_months: int | None = None  # a child whose age is not known is not left out


When = Count | Grave | InSequence | Steps | Absence


class Rule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of a partnership's guidance. `words` reads aloud; `source` says where it stands, or that it does not."""

    id: str
    words: str
    source: str
    chosen: str = ""  # how a value was chosen that the source does not state
    level: int
    tells: Tells = "front_door"
    enabled: bool = True
    cost: str = ""  # what the rule costs in alerts per 1,000 children a year, and how that is known
    review_days: int = REVIEW_DAYS  # see REVIEW_DAYS; the last day of the decision's plan, where that is later
    when: When


def longest_window(rule: Rule) -> int:
    """The longest span, in days, over which this rule looks back."""
    match rule.when:
        case Absence(unseen_days=unseen, given_within_days=given):
            return unseen + given
        case Count(within_days=days) | Grave(within_days=days) | InSequence(within_days=days) | Steps(within_days=days):
            return days


def canonical_form(rule: Rule) -> dict[str, Any]:
    """What a rule says, and nothing that it leaves unsaid: its version is the hash of this.

    So a word that the language gains later changes the version of no rule that does not use it.
    """
    said: dict[str, Any] = _said(rule)
    return said


def _said(value: object) -> Any:
    if isinstance(value, Struct):
        tag = type(value).__struct_config__.tag
        kept = {one.name: getattr(value, one.name) for one in fields(value)}
        kept = {
            name: _said(each)
            for (name, each), one in zip(kept.items(), fields(value), strict=True)
            if each != _unsaid(one)
        }
        return {**({"kind": tag} if tag else {}), **kept}
    if isinstance(value, tuple):
        return [_said(each) for each in value]
    return msgspec.to_builtins(value)


def _unsaid(field: FieldInfo) -> object:
    """What a field holds where a rule says nothing of it."""
    return field.default if field.default is not NODEFAULT else NODEFAULT
