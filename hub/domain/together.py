"""How a partnership works together, as data of its edition: who makes a strategy discussion quorate, from which level a
child needs a lead, the stages of a challenge, what a prompt may say, and the clocks of all of them.

Every value names its source; an edition that was published without it lets nobody begin what needs it.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from hub.domain.errors import Refused

CLOCKS = {  # what each clock is for; every partnership has them all
    "conference": "a child protection conference after section 47 began",
    "reconvene": "a strategy discussion that was not quorate meets again",
    "lead_answer": "who is asked to lead says yes or no",
    "lead_vacant": "somebody leads for a child who needs a lead",
    "prompt": "who gets a prompt says that they have it",
    "challenge_risk": "the first answer to a challenge where a child is at risk",
}


class Quorum(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Somebody who must take part: any organisation of these sectors."""

    name: str
    sectors: tuple[str, ...]
    source: str
    chosen: str = ""


class Lead(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From which decided level on a child needs a lead."""

    from_level: int
    source: str
    chosen: str = ""


class Timer(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long something may take, and counted how."""

    id: str
    words: str
    length: int
    unit: Literal["hours", "days"]
    counts: Literal["always", "working"]
    source: str
    chosen: str = ""

    def clock(self) -> dict[str, Any]:
        """The same as the edition's clocks are written."""
        return {"length": self.length, "unit": self.unit, "counts": self.counts}


class Stage(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One stage of a challenge: between whom, who answers it (a permission), and within how long."""

    number: int
    name: str
    answers: Literal["decide", "supervise"]
    formal: bool
    length: int
    unit: Literal["hours", "days"]
    counts: Literal["always", "working"]
    source: str
    chosen: str = ""

    def clock(self) -> dict[str, Any]:
        """Its clock, as the edition's clocks are written."""
        return {"length": self.length, "unit": self.unit, "counts": self.counts}


class Prompt(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing that a practitioner may be asked to consider or do, in words that tell nothing of the child."""

    id: str
    words: str


class Together(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of it."""

    quorum: tuple[Quorum, ...]
    lead: Lead
    clock: tuple[Timer, ...]
    stage: tuple[Stage, ...]
    prompt: tuple[Prompt, ...]

    def timer(self, ident: str) -> dict[str, Any]:
        """The clock of this id, as the edition's clocks are written. Raises KeyError for none."""
        return {one.id: one for one in self.clock}[ident].clock()

    def missing(self, sectors: Collection[str]) -> tuple[str, ...]:
        """Who is missing for a quorum, where organisations of these sectors take part; () where it is quorate."""
        return tuple(one.name for one in self.quorum if not set(one.sectors) & set(sectors))

    def stage_of(self, number: int) -> Stage:
        """The stage of this number. Raises KeyError for none."""
        return {one.number: one for one in self.stage}[number]

    @property
    def last(self) -> int:
        """The number of the last stage: its answer stands."""
        return max(one.number for one in self.stage)

    def prompts(self) -> Mapping[str, str]:
        """Code -> words of what may be sent."""
        return {one.id: one.words for one in self.prompt}


def of_parts(parts: Mapping[str, Any]) -> Together:
    """How this edition's partnership works together. Raises Refused for an edition that was published without it."""
    given = parts.get("together")
    if given is None:
        raise Refused("This edition does not say how the partnership works together: publish one that does", "edition")
    return msgspec.convert(given, Together)


def problems(together: Together, levels: Iterable[int], sectors: Collection[str] = ()) -> list[tuple[str, str]]:
    """What is wrong with it, as (entry, mend). `sectors`: those that there are; () where they are not known."""
    found: list[tuple[str, str]] = []
    if not together.quorum:
        found.append(("quorum", "name who must take part in a strategy discussion"))
    for one in together.quorum:
        if not one.sectors:
            found.append((one.name, "name at least one sector"))
        if sectors:
            found += [(one.name, f"no sector '{each}'") for each in one.sectors if each not in sectors]
    if together.lead.from_level not in {*levels}:
        found.append(("lead", "from_level is a level of this partnership"))
    held = [one.id for one in together.clock]
    found += [(code, f"add [[clock]]: {words}") for code, words in CLOCKS.items() if code not in held]
    found += [(code, "no such clock: remove it") for code in held if code not in CLOCKS]
    found += [(code, "two clocks have this id") for code in CLOCKS if held.count(code) > 1]
    timed = [(each.id, each.length) for each in together.clock] + [(each.name, each.length) for each in together.stage]
    found += [(entry, "a clock runs for 1 or more") for entry, length in timed if length < 1]
    if [one.number for one in together.stage] != list(range(1, len(together.stage) + 1)) or not together.stage:
        found.append(("stage", "number the stages 1, 2, 3 and so on"))
    codes = [one.id for one in together.prompt]
    found += [(code, "two prompts have this id") for code in dict.fromkeys(codes) if codes.count(code) > 1]
    return found
