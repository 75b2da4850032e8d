"""What one partnership is, in its own words: whom it serves, its places, assessments, teams, meetings, steps, services,
how children and families are heard, what it measures, how long records are kept. Data of its edition.

It promises that every value names where it comes from, and that what comes in under an older name finds today's.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Literal

import msgspec
from msgspec import Struct

from hub.domain.errors import Refused

ADULT = 18  # years: from this birthday on nobody is a child by law (Children Act 1989 s105)

# How a measure is worked out. `imported` and `audited` are not counted from facts of this hub.
FORMULAS: dict[str, str] = {
    "imported": "another system counts it; loaded as a series",
    "audited": "people who go through cases find it",
    "assessments": "assessments of this type that began in the period",
    "assessments_per_plan": "children with an assessment, for each child with a child protection plan on that day",
    "below_threshold": "contacts that did not meet the threshold, by who sent them, why, and who came back",
    "children_in_care": "children looked after on a day",
    "children_in_need": "children in need on a day, by the legal status on record",
    "child_protection_plans": "children with a child protection plan on a day, also for each 10,000 children",
    "consent_to_share": "episodes with consent current, refused, withdrawn, or not needed",
    "conversion": "of assessments of the first type that began in the period, the share followed by the full one",
    "first_help": "days from the first worry to the first help",
    "helped_early": "children, and families, who began early help in the period",
    "high_at_start": "of cases that began in the period, how many began at one of the two highest levels",
    "level_pyramid": "children at each level on a day",
    "needs_named": "referrals by their primary need",
    "referrals": "referrals accepted in the period",
    "re_referrals": "of referrals in the period, the share within 12 months of another about the same child",
    "step_downs": "families whose level was lower at the end of the period than at its start",
    "step_down_share": "of children who were helped, the share whose level fell, and after how many days",
    "sustained": "families with an outcome that still held 6 and 12 months after help ended",
    "teams": "children with a team around the family on a day",
    "voice": "of contacts with a child, the share with the child's view, by how it was obtained",
}
# What is kept by rule. Each partnership says for how long.
RECORDS: dict[str, str] = {
    "no_further_action": "contacts that led to advice alone, or to nothing more",
    "early_help": "early help, its assessments and plans",
    "child_in_need": "children in need",
    "child_protection": "child protection enquiries, conferences and plans",
    "looked_after": "children looked after",
    "ledger": "who asked for what and what was shown",
}
SECTIONS = ("localities", "assessments", "tools", "teams", "panels", "steps", "roles", "services", "voice", "measures")


class Sourced(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A value with the passage it comes from, or that the source does not state it; `chosen` says how it was chosen."""

    source: str
    chosen: str = ""


class Named(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A thing by this partnership's own name, and by which other names it comes in."""

    name: str
    aliases: tuple[str, ...] = ()


class Document(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A paper that sources name by `title`. `text`: the text file whose lines they count, "" where they give none."""

    title: str
    date: str
    text: str = ""


class Telephone(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the front door is rung by day and by night: it stands on the receipt of a red contact."""

    number: str


class AgeGround(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A ground on which somebody is served who is 18 or more; `upto` is the last year of age, None where none is named."""

    code: str
    words: str
    upto: int | None = None


class Ages(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whom the partnership serves: from conception where `unborn`; to the end of year `upto`, and then on a ground alone."""

    unborn: bool
    upto: int
    ground: tuple[AgeGround, ...] = ()


class Locality(Named, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the place; `areas` are the small areas (LSOA codes) that lie in it, () until the partnership enters them."""

    areas: tuple[str, ...] = ()


class Assessment(Named, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A type of assessment; one that came under an older type's name is read as this one by `aliases`."""

    kind: Literal["screening", "assessment"] = "assessment"
    whole_family: bool = False


class Tool(Named, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A professional's tool. What it gives is that professional's evidence; the hub works out nothing from it."""

    what: str


class Team(Named, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A team around a child or family: from how many organisations, and whether the family has a seat."""

    organisations: int = 2
    family_seat: bool = True


class Panel(Named, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A meeting of organisations: `about` children, or practice without children; quorate with so many organisations.

    `sectors`: of each of these somebody must be there too, where the partnership says so.
    """

    kind: Literal["panel", "conversation", "forum"]
    about: Literal["children", "practice"] = "children"
    quorum: int
    sectors: tuple[str, ...] = ()
    what: str


class Step(Named, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What moving to another level is called here."""

    direction: Literal["up", "down"]


class Role(Named, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a role is called here; `role` is the hub's own (hub/domain/staff.py)."""

    role: str


class Service(Named, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A service or offer that the source lists, for which levels where it says so."""

    what: str
    levels: tuple[int, ...] = ()


class Listed(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A service of the directory as the partnership's list has it, until its organisation declares it (domain/service.py).

    `ages` are whole years, both included; `levels` and `localities` () for all; `places` free and the wait on the day
    `declared`.
    """

    code: str
    organisation: str
    name: str
    what: str
    ages: tuple[int, int]
    levels: tuple[int, ...] = ()
    localities: tuple[str, ...] = ()
    places: int
    waiting_days: int
    declared: date


class TheirLevel(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A level of another partnership: its number, name and descriptor there, and what it means anywhere (MEANINGS)."""

    number: int
    name: str
    descriptor: str
    means: tuple[str, ...]


class Neighbour(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another partnership with a hub of its own, to which a child may move; `code` is the organisation that it is here."""

    code: str
    title: str
    level: tuple[TheirLevel, ...]


class Voice(Named, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A way in which children, young people and families are heard."""

    what: str


class Measure(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One measure by which the source judges itself: restated, what it counts, and how it is worked out (FORMULAS)."""

    id: str
    words: str
    counts: str
    formula: str
    better: Literal["more", "less", "watched"]
    of: str = ""  # the one assessment, service or group it is about
    stated: str = ""  # a figure or aim that the source gives


class Kept(Sourced, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long a kind of record (RECORDS) is kept: so many years after."""

    record: str
    years: int
    after: Literal["birth", "last_contact"]


class Partnership(Struct, frozen=True, kw_only=True):
    """One partnership, read. `silent`: section -> how the hub does without what the source does not name."""

    name: str
    title: str
    source: str
    chosen: str = ""
    document: tuple[Document, ...]
    front_door: Named
    telephone: Telephone
    ages: Ages
    localities: tuple[Locality, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    tools: tuple[Tool, ...] = ()
    teams: tuple[Team, ...] = ()
    panels: tuple[Panel, ...] = ()
    steps: tuple[Step, ...] = ()
    roles: tuple[Role, ...] = ()
    services: tuple[Service, ...] = ()
    voice: tuple[Voice, ...] = ()
    measures: tuple[Measure, ...] = ()
    retention: tuple[Kept, ...] = ()
    directory: tuple[Listed, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    silent: dict[str, str] = {}
    organisations: dict[str, str] = {}

    def assessment(self, text: str) -> Assessment | None:
        """The type of assessment that goes by this name or alias (upper and lower case are one), or None."""
        wanted = text.strip().casefold()
        return next((one for one in self.assessments if wanted in _names(one)), None)

    def locality_of(self, lsoa: str) -> Locality | None:
        """The locality in which a small area lies; None where none is entered for it."""
        return next((one for one in self.localities if lsoa in one.areas), None)


def _names(one: Named) -> set[str]:
    return {name.casefold() for name in (one.name, *one.aliases)}


def serves(ages: Ages, age: int | None, grounds: Collection[str] = ()) -> bool:
    """Whether somebody of this age (whole years, None: not yet born) is served here, on these recorded grounds (codes).

    Nobody of 18 or more is served without a ground, whatever the years that a strategy names.
    """
    if age is None:
        return ages.unborn
    if age <= min(ages.upto, ADULT - 1):
        return True
    held = [one for one in ages.ground if one.code in grounds]
    return age >= ADULT and any(one.upto is None or age <= one.upto for one in held)


def of_parts(parts: Mapping[str, Any]) -> Partnership:
    """The partnership of this edition. Raises Refused for an edition that was published before it held one whole."""
    try:
        return msgspec.convert(parts["partnership"], Partnership)
    except (KeyError, msgspec.ValidationError) as error:
        raise Refused(
            "This edition does not say enough of the partnership: publish one that does", "edition"
        ) from error
