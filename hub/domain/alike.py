"""Who else a known person may be, now that an organisation said more of them: weighed by the same order as somebody new.

Pure. It promises that nobody is joined by it: what would have been a link at first sight is a proposal now, as a review is.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from hub.domain.comparing import agree, compare, nhs_numbers
from hub.domain.known import Known, Weight
from hub.domain.matching import ALONE, RULES, UNDECIDED, Beside, Company, Decision, Held, Judge, decide, two_numbers
from hub.domain.sameness import SamenessProposed


class Alike(Struct, frozen=True, kw_only=True):
    """Another person whom a source record may be about too, and what speaks for it: a link at first sight, or a review."""

    person: str  # of whom the source record is
    source_record: str
    other: str
    beside: str  # the other's source record that comes nearest
    verdict: Literal["link", "review"]
    how: Literal["", "rule", "model"]
    why: tuple[str, ...]
    weights: tuple[Weight, ...]
    bits: float | None
    lead: float | None
    numbered: bool  # an identifier of one person agrees


class Weighing(Struct, frozen=True, kw_only=True):
    """By what it is weighed: as hub.domain.matching.decide takes it."""

    judge: Judge | None
    population: int = 0
    sector: str = ""
    company: Company = ALONE
    held: Held = UNDECIDED

    def decide(self, said: Known, beside: Sequence[Beside]) -> Decision:
        """The verdict, were the description somebody new's."""
        return decide(
            said,
            beside,
            self.judge,
            population=self.population,
            sector=self.sector,
            company=self.company,
            held=self.held,
        )

    def proposed(self, alike: Alike) -> SamenessProposed:
        """The fact on the stream of the person whose source record was weighed."""
        judged = self.judge if alike.bits is not None else None
        return SamenessProposed(
            other=alike.other, source_record=alike.source_record, beside=alike.beside, verdict=alike.verdict,
            how=alike.how, why=alike.why, weights=alike.weights, bits=alike.bits, lead=alike.lead, rules=RULES,
            model=judged.model.id if judged else "", policy=judged.policy.id if judged else "",
        )  # fmt: skip


def alike(mine: Beside, beside: Sequence[Beside], by: Weighing) -> list[Alike]:
    """Everybody else whom a source record would have been linked to, or put before a person beside, at first sight.

    `beside` are source records that share a key with it. Those of its own person are not compared, nor whom a person
    holds apart from them: what a person decided no machine proposes again.
    """
    apart = by.held.apart.get(mine.person, frozenset())
    others = [one for one in beside if one.person != mine.person and one.person not in apart]
    if not others:
        return []
    decision = by.decide(mine.known, others)
    found = (decision.person,) if decision.person is not None else decision.candidates
    return [_pair(mine, other, others, decision, by) for other in found]


def still_alike(one: Iterable[Known], other: Iterable[Known], by: Weighing) -> bool:
    """Whether anything that is known of one person still comes near anything that is known of another."""
    theirs = [Beside("", "other", known) for known in other]
    return any(by.decide(mine, [each]).verdict != "open" for mine in one for each in theirs)


def with_another_number(alike: Alike, mine: Iterable[Known], theirs: Sequence[Known]) -> Alike:
    """The same, where all that is known of the two shows another number (G2): it would have been no link."""
    if alike.verdict != "link" or not any(two_numbers(one, theirs) for one in mine):
        return alike
    return Alike(
        person=alike.person, source_record=alike.source_record, other=alike.other, beside=alike.beside, verdict="review",
        how="", why=("G2_two_numbers",), weights=alike.weights, bits=alike.bits, lead=alike.lead, numbered=alike.numbered,
    )  # fmt: skip


def _pair(mine: Beside, other: str, beside: Sequence[Beside], decision: Decision, by: Weighing) -> Alike:
    """What speaks for one of them by itself: of that person, the source record that comes nearest."""
    each = [(by.decide(mine.known, [one]), one) for one in beside if one.person == other]
    alone, nearest = max(each, key=lambda found: (_rank(found[0]), found[1].source_record))
    first = other == (decision.person or decision.candidates[0])
    linked = decision.verdict == "link"
    why = () if linked else decision.why if first else (alone.why or decision.why)
    _, compared = compare(mine.known, nearest.known)
    known = nearest.known
    return Alike(
        person=mine.person, source_record=mine.source_record, other=other, beside=nearest.source_record,
        verdict="link" if linked else "review", how=(decision.how or "") if linked else "", why=why,
        weights=alone.weights or compared, bits=alone.bits, lead=decision.lead if first else None,
        numbered="agrees" in (nhs_numbers(mine.known, known), agree(set(mine.known.upns), set(known.upns))),
    )  # fmt: skip


def _rank(decision: Decision) -> tuple[int, float]:
    order = {"open": 0, "review": 1, "link": 2}
    return order[decision.verdict], decision.bits if decision.bits is not None else -999.0
