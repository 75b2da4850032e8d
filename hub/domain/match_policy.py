"""Thresholds and guards of matching: reviewed data of the edition, read strictly, cited in each link by its hash.

A threshold decides how often a person is asked; the guards decide whether a false link can happen at all (decision 0017).
"""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

Guard = Literal[
    "G1_forename",
    "G2_two_numbers",
    "G3_no_support",
    "G4_multiple_birth",
    "G5_unborn",
    "G6_held_apart",
    "G7_restricted",
]
# these four are the law of the house, not a matter of tuning: a policy cannot leave them out
ALWAYS: frozenset[Guard] = frozenset({"G2_two_numbers", "G5_unborn", "G6_held_apart", "G7_restricted"})
GUARDS: tuple[Guard, ...] = (
    "G1_forename", "G2_two_numbers", "G3_no_support", "G4_multiple_birth", "G5_unborn", "G6_held_apart", "G7_restricted",
)  # fmt: skip


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one sector's descriptions must weigh, in bits; what is left out is as for everybody."""

    link: float | None = None
    review: float | None = None
    lead: float | None = None


class Policy(Struct, frozen=True, kw_only=True):
    """Thresholds in bits, and the guards in force. `id` is the hash of the canonical settings."""

    link: float  # from here on a link, where no guard stands against it
    review: float  # from here on a person looks; below it a new person is opened
    lead: float  # over the second person
    population_at_least: int  # persons: the prior of a small index is that of the children who live here
    forename_alike: float  # G1: the least likeness (0 to 1) of two forenames that are held to agree
    twin_margin: float  # G4: how much better the forename must fit the winner than the other of a multiple birth
    guards: frozenset[Guard] = frozenset(GUARDS)
    sectors: Mapping[str, Thresholds] = {}
    id: str = ""

    def of(self, sector: str) -> tuple[float, float, float]:
        """(link, review, lead) for descriptions by organisations of this sector."""
        own = self.sectors.get(sector)
        if own is None:
            return self.link, self.review, self.lead
        return (
            self.link if own.link is None else own.link,
            self.review if own.review is None else own.review,
            self.lead if own.lead is None else own.lead,
        )


class _Written(Struct, forbid_unknown_fields=True, kw_only=True):
    """As it stands in policies/matching/policy.toml."""

    link: float
    review: float
    lead: float
    population_at_least: int
    forename_alike: float
    twin_margin: float
    guards: dict[Guard, bool]
    sectors: dict[str, Thresholds] = {}


def read_policy(settings: Mapping[str, Any]) -> Policy:
    """The policy of an edition's `match_model.policy`.

    Raises ValueError with what is wrong: an unknown setting, a number out of its range, a guard that cannot be left out.
    """
    try:
        written = msgspec.convert(settings, _Written)
    except msgspec.ValidationError as error:
        raise ValueError(f"match policy: {error}") from None
    canonical = json.dumps(settings, sort_keys=True, separators=(",", ":"), default=str)
    if unsaid := [guard for guard in GUARDS if guard not in written.guards]:
        raise ValueError(f"match policy: say of {', '.join(unsaid)} whether it is in force")
    policy = Policy(
        link=written.link, review=written.review, lead=written.lead, population_at_least=written.population_at_least,
        forename_alike=written.forename_alike, twin_margin=written.twin_margin,
        guards=frozenset(guard for guard in GUARDS if written.guards[guard]), sectors=written.sectors,
        id=hashlib.sha256(canonical.encode()).hexdigest()[:16],
    )  # fmt: skip
    if missing := ALWAYS - policy.guards:
        raise ValueError(f"match policy: {', '.join(sorted(missing))} must be in force")
    for sector in ("", *policy.sectors):
        _check(policy.of(sector), sector or "every sector")
    if policy.population_at_least < 1:
        raise ValueError("match policy: population_at_least counts people: give 1 or more")
    for name, value in (("forename_alike", policy.forename_alike), ("twin_margin", policy.twin_margin)):
        if not 0 < value <= 1:
            raise ValueError(f"match policy: {name} is a likeness: give a number above 0 and at most 1")
    return policy


def _check(thresholds: tuple[float, float, float], sector: str) -> None:
    link, review, lead = thresholds
    if not all(math.isfinite(value) for value in thresholds):
        raise ValueError(f"match policy: thresholds of {sector} must be numbers")
    if link <= review:
        raise ValueError(f"match policy: for {sector} link ({link}) must be above review ({review})")
    if lead < 0:
        raise ValueError(f"match policy: for {sector} the lead ({lead}) must not be below 0")
