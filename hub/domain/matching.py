"""Whose is it? In this order, pure: a valid identifier *and* an agreeing person; else the weight of all that was said of
both (the model), where no guard stands against it and nobody else comes near; else a person decides; else somebody new.

A false link shows a child's life to strangers and is worse than a review, so an identifier alone never links, twins are
told apart or not at all, and what a person has decided no rule and no model overrules. Source: linkage research 4.1.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal

from msgspec import Struct

from hub.domain.comparing import Outcome, agree, compare, nhs_numbers, slip
from hub.domain.guards import Judge, bearing, could_be_twins, fits, judge_of, rivals, supported, told_apart
from hub.domain.known import Known, Weight
from hub.domain.match_policy import Guard
from hub.domain.model import Scorer

__all__ = [
    "MOST_CANDIDATES", "RULES", "Beside", "Company", "Decision", "Held", "Judge", "decide", "in_doubt_after_all", "judge_of",
    "two_numbers",
]  # fmt: skip

RULES = (
    "match-rules-6"  # cited in every link; changes with every change of these rules, of comparing.py or match_keys.py
)
MOST_CANDIDATES = 4  # more than a person can hold side by side; the nearest stay


class Beside(Struct, frozen=True):
    """A source record that shares a match key with who was described."""

    source_record: str
    person: str
    known: Known


class Held(Struct, frozen=True):
    """What persons have decided about identities: whom they hold apart, and which are restricted."""

    apart: Mapping[str, AbstractSet[str]] = {}
    restricted: AbstractSet[str] = frozenset()


class Company(Struct, frozen=True):
    """Who else the same message names, of the children or of the adults: two of them are two people."""

    persons: AbstractSet[str] = frozenset()  # those that are placed already
    described: tuple[Known, ...] = ()  # the others, as they were described


ALONE, UNDECIDED = Company(), Held()


class Decision(Struct, frozen=True, kw_only=True):
    """Link, review or open: whom, how, and what kept it from being a link.

    `why`: codes of guards, or `lead_too_small`, `between_thresholds`, `near` (rules alone), `two_fit_by_rule`,
    `identifier_of_another`, `own_id_of_another`, `named_beside`, `perhaps_expected`, `left_out`, `mixed_scripts`.
    `runner_up` and the `lead` over it are of the next who is no restricted identity.
    """

    verdict: Literal["link", "review", "open"]
    person: str | None = None
    how: Literal["rule", "model"] | None = None
    weights: tuple[Weight, ...] = ()
    bits: float | None = None
    lead: float | None = None
    runner_up: str | None = None
    candidates: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    restricted: bool = False


class _Person(Struct):
    """All that was compared of one person: the best of its source records counts."""

    id: str
    same: tuple[Weight, ...] | None = None
    near: int | None = None  # agreeing comparisons, where the rules say that a person must look
    identifier: bool = False  # one agrees, and the person does not
    expected: bool = False  # perhaps the child that was expected
    bits: float | None = None
    weights: tuple[Weight, ...] = ()
    best: Known = Known()  # the source record that weighs most
    all: tuple[Known, ...] = ()


def decide(
    said: Known, beside: Sequence[Beside], judge: Judge | None = None, *, population: int = 0, sector: str = "",
    company: Company = ALONE, own_id_of: str = "", left_out: bool = False, held: Held = UNDECIDED,
) -> Decision:  # fmt: skip
    """Whose a description is, among the source records that share a key with it (the same organisation's own id was asked
    before).

    `population` is how many source records the index holds (more than persons: the prior is then the stricter), `sector`
    the describing organisation's, `own_id_of` whom its own id named so far where it clashes, `left_out` whether somebody
    could not be compared. Without a judge the rules alone decide, as in the editions that have no model.
    """
    population = max(population, judge.policy.population_at_least) if judge else population
    people = _people(said, beside, judge, population)
    if own_id_of:
        people.setdefault(own_id_of, _Person(own_id_of))
    if judge is None:
        return _by_rules(said, people, company, own_id_of, left_out=left_out, held=held)
    return _judged(said, people, judge, sector, company, own_id_of, left_out=left_out, held=held)


def _people(said: Known, beside: Sequence[Beside], judge: Judge | None, population: int) -> dict[str, _Person]:
    people: dict[str, _Person] = {}
    scorer = Scorer(judge.model, judge.likeness, said, population) if judge is not None else None
    for one in beside:
        person = people.get(one.person)
        if person is None:
            person = people[one.person] = _Person(one.person)
        if judge is None or _compared_by_rule(said, one.known):
            verdict, weights = compare(said, one.known)
            if verdict == "same":
                person.same = weights
            elif verdict == "near":
                person.near = max(sum(weight.outcome == "agrees" for weight in weights), person.near or 0)
                person.expected |= said.unborn or one.known.unborn
                person.identifier |= weights[0].field == "nhs_number" and "agrees" in (
                    weights[0].outcome,
                    weights[1].outcome,
                )
        if not (said.unborn or one.known.unborn):
            person.all = (*person.all, one.known)
            if scorer is not None:
                found = scorer.score(one.known)
                if person.bits is None or found.bits > person.bits:
                    person.bits, person.weights, person.best = found.bits, found.weights, one.known
    return people


def _compared_by_rule(said: Known, other: Known) -> bool:
    """Whether a rule can say anything that the model does not: an identifier agrees, or one of them is not born."""
    if said.unborn or other.unborn or (said.mother_nhs and said.mother_nhs == other.mother_nhs):
        return True
    return nhs_numbers(said, other) == "agrees" or (bool(said.upns) and not set(said.upns).isdisjoint(other.upns))


def _by_rules(
    said: Known, people: Mapping[str, _Person], company: Company, own_id_of: str, *, left_out: bool, held: Held
) -> Decision:
    """The rules alone: linked where exactly one person is the same, in review where anybody is near."""
    same = {one.id: one.same for one in people.values() if one.same is not None and one.id not in company.persons}
    near = {one.id: one.near or 0 for one in people.values() if one.near is not None and one.id not in same}
    near |= {one.id: 0 for one in people.values() if one.same is not None and one.id in company.persons}
    if own_id_of and own_id_of not in same:
        near[own_id_of] = max(near.get(own_id_of, 0), 0)
    others = [person for person, _ in sorted(near.items(), key=lambda one: (-one[1], one[0]))]
    doubtful = [*sorted(same), *others]
    why = _kept_by_persons(doubtful[:2], held)
    why += ["mixed_scripts"] * any(_mixed(said, people[one]) for one in same)
    if len(same) == 1 and not own_id_of and not why:
        (person, weights), *_ = same.items()
        runner_up = next((one for one in others if one not in held.restricted), None)
        return Decision(verdict="link", person=person, how="rule", weights=weights or (), runner_up=runner_up)
    if len(same) > 1:
        why.insert(0, "two_fit_by_rule")
    if own_id_of:
        why.insert(0, "own_id_of_another")
    if left_out:
        why.append("left_out")
    return _in_doubt(doubtful, why or ["near"] * bool(doubtful), held)


def _judged(
    said: Known, people: Mapping[str, _Person], judge: Judge, sector: str, company: Company, own_id_of: str, *,
    left_out: bool, held: Held,
) -> Decision:  # fmt: skip
    link, review, least_lead = judge.policy.of(sector)
    companions = {one.id for one in people.values() if one.id in company.persons}
    ranked = sorted(
        (one for one in people.values() if one.id not in companions),
        key=lambda one: (one.same is None, -(one.bits if one.bits is not None else -999.0), one.id),
    )
    doubtful = [one for one in ranked if _comes_near(one, review)]
    # two whom one message names are two people; where nothing tells them apart a person looks all the same
    twice = [people[one] for one in sorted(companions) if people[one].same is not None or people[one].identifier]
    if own_id_of and all(one.id != own_id_of for one in doubtful):
        doubtful.append(people[own_id_of])
    if not doubtful and not twice:
        return Decision(verdict="review", why=("left_out",)) if left_out else Decision(verdict="open")
    why: list[str] = []
    if own_id_of:
        why.append("own_id_of_another")
    if twice and not (doubtful and doubtful[0].same is not None):
        why.append("named_beside")
    best = doubtful[0] if doubtful else None
    lead = None
    if best is not None:
        lead, _ = _lead(best, ranked)
        why += _against(said, best, ranked, judge, company, (link, least_lead), lead)
        if best.same is None:
            why += ["left_out"] * left_out
            why += ["identifier_of_another"] * any(one.identifier for one in doubtful if one is not best)
            clear = lead is not None and lead >= 2 * least_lead
            apart = (one for one in doubtful if one.id in held.apart.get(best.id, ()))
            why += ["G6_held_apart"] * any(_weighs(one, link) for one in apart if not clear)
        why += ["G7_restricted"] * (best.id in held.restricted)
    if best is None or why:
        return _in_doubt([one.id for one in (*doubtful, *twice)], why, held, best)
    lead, runner_up = _lead(best, [one for one in ranked if one.id not in held.restricted])
    how: Literal["rule", "model"] = "rule" if best.same is not None else "model"
    return Decision(
        verdict="link", person=best.id, how=how, weights=best.weights or best.same or (), bits=best.bits, lead=lead,
        runner_up=runner_up,
    )  # fmt: skip


def _lead(best: _Person, ranked: Iterable[_Person]) -> tuple[float | None, str | None]:
    """How far, in bits, the best lies before the next of these, and who that is; None where nobody else was weighed."""
    second = next((one for one in ranked if one is not best), None)
    if second is None or best.bits is None or second.bits is None:
        return None, None
    return best.bits - second.bits, second.id


def _weighs(person: _Person, least: float) -> bool:
    return person.bits is not None and person.bits >= least


def _comes_near(person: _Person, review: float) -> bool:
    if person.same is not None or person.identifier or person.expected:
        return True
    return _weighs(person, review)


def _against(
    said: Known, best: _Person, ranked: Sequence[_Person], judge: Judge, company: Company,
    thresholds: tuple[float, float], lead: float | None,
) -> list[str]:  # fmt: skip
    """What speaks against linking to the best, by code; [] where nothing does."""
    guards, why = judge.policy.guards, list[str]()
    link, least_lead = thresholds
    if best.bits is None:
        return ["perhaps_expected", *_guard("G5_unborn", guards)] if best.expected else []
    if two_numbers(said, best.all):
        why += _guard("G2_two_numbers", guards)
    if said.unnamed:
        why += _guard("G5_unborn", guards)
    why += ["mixed_scripts"] * _mixed(said, best)
    twins = _of_one_birth(said, best, ranked, company)
    if best.same is not None:
        why += ["two_fit_by_rule"] * (sum(one.same is not None for one in ranked) > 1)
        # a number mistyped may be another's of the same forename: all that was said must speak for whom it leads to
        why += ["identifier_of_another"] * any(_weighs(one, best.bits) for one in ranked if one is not best)
        why += ["between_thresholds"] * (best.bits < link)
        if agree(said.forenames, best.best.forenames) != "agrees" and rivals(said, best.best, twins, judge):
            why += _guard("G4_multiple_birth", guards)
        return why
    fit = fits(said, best.best, judge)
    # whoever is known by several names, and of several organisations, is who bears any of them
    by_any = max(
        (like for known in bearing(said, best.all) if (like := fits(said, known, judge, strictly=True)) is not None),
        default=None,
    )
    if by_any is None or by_any < judge.policy.forename_alike:
        why += _guard("G1_forename", guards)
    if not supported(said, best.best, fit or 0.0, judge, best.all):
        why += _guard("G3_no_support", guards)
    if twins and not told_apart(said, best.best, by_any or 0.0, twins, company.described, judge):
        why += _guard("G4_multiple_birth", guards)
    if best.bits < link:
        why.append("between_thresholds")
    elif lead is not None and lead < least_lead:
        why.append("lead_too_small")
    return why


def _mixed(said: Known, person: _Person) -> bool:
    """Whether a name is in letters of two scripts as it was said, or as everybody has it who was compared."""
    return said.mixed or (bool(person.all) and all(one.mixed for one in person.all))


def _guard(guard: Guard, guards: AbstractSet[Guard]) -> list[str]:
    return [guard] if guard in guards else []


def _kept_by_persons(best: Sequence[str], held: Held) -> list[str]:
    """G6 and G7: persons hold the best two apart, or one of them is restricted."""
    why = list[str]()
    if len(best) > 1 and best[1] in held.apart.get(best[0], ()):
        why.append("G6_held_apart")
    if best and best[0] in held.restricted:
        why.append("G7_restricted")
    return why


def _in_doubt(doubtful: Sequence[str], why: Sequence[str], held: Held, best: _Person | None = None) -> Decision:
    candidates = tuple(dict.fromkeys(doubtful))[:MOST_CANDIDATES]
    if not candidates and not why:
        return Decision(verdict="open")
    return Decision(
        verdict="review", candidates=candidates, why=tuple(dict.fromkeys(why)), bits=best.bits if best else None,
        weights=best.weights if best else (), restricted=not held.restricted.isdisjoint(candidates),
    )  # fmt: skip


def _of_one_birth(said: Known, best: _Person, ranked: Sequence[_Person], company: Company) -> list[Known]:
    """Whoever else may be a twin: born the same day as the one described or the best, with surname or home in common; and
    whoever the same message names beside, unless a birth date tells them from the best.
    """
    others = [one for person in ranked if person is not best for one in person.all]
    twins = [
        one for one in (*others, *company.described) if could_be_twins(said, one) or could_be_twins(best.best, one)
    ]
    return [*twins, *(one for one in company.described if one.names and not _told_by_date(one, best.best))]


def _told_by_date(one: Known, other: Known) -> bool:
    return None not in (one.born, other.born) and one.born != other.born and not slip(one.born, other.born)


def two_numbers(said: Known, all_known: Iterable[Known]) -> bool:
    """G2 over everything known of a person: whether it has another NHS or pupil number than was said, and not that one."""
    numbers, pupil = set[Outcome](), set[Outcome]()
    for one in all_known:
        numbers.add(nhs_numbers(said, one))
        pupil.add(agree(set(said.upns), set(one.upns)))
    return any("differs" in found and "agrees" not in found for found in (numbers, pupil))


def in_doubt_after_all(decision: Decision) -> Decision:
    """The review that a link becomes where all that is known of the person shows that it has another number (G2)."""
    return Decision(
        verdict="review", candidates=(decision.person,) if decision.person else (), why=("G2_two_numbers",),
        weights=decision.weights, bits=decision.bits,
    )  # fmt: skip
