"""Whether the right child is found, measured on the world: every message through the real matcher and a real record, each
decision held against the truth.

What counts are decisions: first descriptions of somebody by an organisation, and those without an own id. A description
under an own id (or in the very same words) that leads where it should is no decision and is counted apart; one that leads
to somebody else's source record is a false link like any other. People answer reviews rightly, so many days later
(`answered_after`), as a team would; with None they never do.
"""

import math
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Literal

from msgspec import Struct

from bench.match.measures import Part, part, widest
from bench.match.world_hub import WorldHub
from bench.world.names import NameList
from bench.world.noise import Noise
from bench.world.population import Child, Population
from bench.world.stream import World
from bench.world.telling import Emitted, Named
from hub.adapters.likeness import likeness
from hub.domain.known import Known
from hub.domain.matching import RULES, Judge, judge_of
from hub.flow.compose import described
from hub.flow.match import COMMON_NAME, TOO_COMMON, Matcher, Placement
from policies.matching import match_model

BATCH = 200  # messages placed together, as the intake takes them
ANSWERED_AFTER = 2.0  # days until a person has answered a review: an assumption
Kind = Literal["child", "unborn", "adult"]


class Measures(Struct, frozen=True):
    """How decisions about some people came out. `known` are those about somebody whom the hub held already.

    `reached` is linked to the right person or in review with the right one among the candidates; `duplicates` are known
    people who were opened anew without a review; `blocked` are known people who share a match key with what was said.
    """

    decisions: int
    known: int
    links: int
    precision: Part
    recall: Part
    reached: Part
    review: Part
    duplicates: Part
    blocked: Part
    by_rule: int
    by_model: int


class Measured(Struct, frozen=True, kw_only=True):
    """Born children first: the gates are about them (docs/matching.md). The rest stand apart."""

    children: int
    years: float
    seed: int
    noise: str
    names: str
    answered_after: float | None
    rules: str
    model: str
    policy: str
    messages: int
    persons_named: int
    own_id: int  # descriptions under an own id that led somewhere: no decision
    own_id_doubted: int  # of them, sent to review because the own id seemed to name somebody else
    same_words: int
    all: Measures
    born: Measures
    unborn: Measures  # described as unborn, or known to the hub as unborn alone
    adults: Measures
    twins: Measures
    by_organisation: dict[str, Measures]
    by_community: dict[str, Measures]
    community_gap: float | None  # points of recall between the community with most and the one with least (widest)
    british_gap: float | None  # points of recall between white British names and all others
    guards: dict[str, int]  # what sent born children to review, by code; a review may have several
    guards_of_right: dict[str, int]  # of them, reviews whose best candidate was the right one
    errors: list[
        str
    ]  # false links of born children: organisation, how, bits, and which truth (ids of the world) got whose


class _Decision(Struct):
    organisation: str
    person: str  # truth
    kind: Kind
    how: str
    known: bool
    right: bool
    reached: bool
    blocked: bool
    in_review: bool
    why: tuple[str, ...] = ()
    best_right: bool = False


def evaluate_world(
    children: int, years: float, seed: int, noise: Noise = "normal", progress: Callable[[float], None] | None = None, *,
    judge: Judge | Literal["draft"] | None = "draft", answered_after: float | None = ANSWERED_AFTER,
    watch: Callable[[str], None] | None = None, names: NameList = "many",
) -> Measured:  # fmt: skip
    """Precision and recall of links, reviews and duplicates over a world of `children` over `years`, by the draft's model.

    `judge` may be another, or None for the rules alone. Raises ValueError as `World`.
    """
    by = judge_of(match_model(RULES), likeness()) if judge == "draft" else judge
    world = World(children, years, seed, noise=noise, names=names)
    tally = Counter[str]()
    decisions: list[_Decision] = []
    errors: list[str] = []
    begin, whole = world.start, (world.end - world.start).days
    sectors = {one.id: one.sector for one in world.population.organisations.values()}
    born_on = {child.id: child for family in world.population.families for child in family.children}
    with tempfile.TemporaryDirectory() as folder, closing(WorldHub(Path(folder), by, sectors, answered_after)) as hub:
        for batch in _batches(world):
            if progress is not None:
                progress(min(1.0, (batch[-1][0].publish_at.date() - begin).days / whole))
            hub.answer(batch[0][0].publish_at)
            matcher, placed = hub.place([emitted for emitted, _ in batch])
            tally["messages"] += len(batch)
            for (emitted, who), placements in zip(batch, placed, strict=True):
                for placement, truth in zip(placements, _truths(emitted, who), strict=True):
                    tally["persons"] += 1
                    decision = _held_against(hub, matcher, placement, truth, emitted, born_on)
                    if decision is None:
                        tally[placement.how] += 1
                    else:
                        decisions.append(decision)
                        tally["doubted"] += "own_id_of_another" in placement.why
                        if not decision.right and not placement.new_person:
                            errors += [_told(hub, placement, truth, decision)] if decision.kind == "child" else []
                        if watch is not None and decision.known != (decision.how != "opened"):
                            watch(_told(hub, placement, truth, decision))
                        hub.said.setdefault(truth, []).append(placement.known)
                    hub.learn(placement, truth, emitted.publish_at)
    return _measured(world, by, answered_after, tally, decisions, errors)


def _batches(world: World) -> Iterator[list[tuple[Emitted, list[Named]]]]:
    batch: list[tuple[Emitted, list[Named]]] = []
    for emitted, rows in world.steps():
        if emitted is None:
            continue
        batch.append((emitted, [row for row in rows if isinstance(row, Named)]))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _truths(emitted: Emitted, who: Iterable[Named]) -> list[str]:
    """Who is meant by each person of a message, in the order in which the intake meets them."""
    order = {"subject": 0, "member": 0, "adult": 1}
    named = sorted((row for row in who if row.n >= 0), key=lambda row: (order[row.role], row.n))
    return [row.person for row in named] if described(emitted.message) else []


def _held_against(
    hub: WorldHub, matcher: Matcher, placed: Placement, truth: str, emitted: Emitted, born_on: dict[str, Child]
) -> _Decision | None:
    if placed.how in {"own_id", "same_words"} and hub.meant.get(placed.source_record) == truth:
        return None
    mine = hub.persons_of.get(truth, set())
    child = born_on.get(truth)
    # somebody who is known as unborn alone is met for the first time as born: no link is made then, by rule
    expected = bool(mine) and all(one.unborn for one in hub.said[truth])
    kind: Kind = "adult" if child is None else "unborn" if placed.known.unborn or expected else "child"
    sought = matcher._match_keys(placed.known)  # noqa: SLF001 - those by which it was looked for
    shared = hub.keys_of.get(truth, set()).intersection(sought)
    few: tuple[int, int] = TOO_COMMON, COMMON_NAME if placed.known.born or placed.known.postcodes else TOO_COMMON
    return _Decision(
        organisation=emitted.organisation, person=truth, kind=kind, how=placed.how, known=bool(mine),
        # a source record that was somebody else's is a false join, whatever became of the one it was opened for
        right=hub.truth.get(placed.person) == truth and placed.how not in {"own_id", "same_words"},
        reached=placed.person in mine or not mine.isdisjoint(placed.candidates),
        blocked=any(hub.shared[key] < few[key in matcher._wide] for key in shared),  # noqa: SLF001 - likewise
        in_review=placed.in_review, why=placed.why,
        best_right=bool(placed.candidates) and placed.candidates[0] in mine,
    )  # fmt: skip


def _told(hub: WorldHub, placed: Placement, truth: str, decision: _Decision) -> str:
    bits = "" if placed.bits is None else f" {placed.bits:.1f} bits, lead {placed.lead or math.inf:.1f}"
    weights = ", ".join(f"{one.field} {one.outcome} {one.bits or 0:.1f}" for one in placed.weights)
    whom = hub.truth.get(placed.person, "nobody")
    return (
        f"{decision.organisation} {decision.kind} {placed.how}{bits}: {truth} to {whom} {'blocked ' * decision.blocked}"
        f"{' '.join(placed.why)} best {'right' if decision.best_right else 'not right'} reached {decision.reached}\n"
        f"    {_brief(placed.known)} [{weights}]\n"
        + "".join(f"    truth {_brief(one)}\n" for one in hub.said.get(truth, ())[:3])
    )


def _brief(known: Known) -> str:
    return " ".join(
        str(one) for one in (known.names, known.born, known.nhs, known.upns, known.postcodes, known.streets, known.sex)
    )


# --------------------------------------------------------------------------------------------------------- the sums


def _measured(
    world: World, judge: Judge | None, answered_after: float | None, tally: Counter[str], decisions: list[_Decision],
    errors: list[str],
) -> Measured:  # fmt: skip
    born = [one for one in decisions if one.kind == "child"]
    community, twins = _communities(world.population)
    by_community = {
        name: [one for one in born if community[one.person] == name] for name in sorted(set(community.values()))
    }
    cuts = {name: measures(of) for name, of in by_community.items()}
    british = measures(by_community.get("white_british", []))
    others = measures([one for one in born if community[one.person] != "white_british"])
    guards, right = Counter[str](), Counter[str]()
    for one in born:
        if one.in_review:
            guards.update(one.why)
            right.update(one.why if one.best_right else ())
    return Measured(
        children=world.children, years=world.years, seed=world.seed, noise=world.noise, names=world.names,
        answered_after=answered_after,
        rules=RULES, model=judge.model.id if judge else "", policy=judge.policy.id if judge else "",
        messages=tally["messages"], persons_named=tally["persons"], own_id=tally["own_id"],
        own_id_doubted=tally["doubted"], same_words=tally["same_words"], all=measures(decisions), born=measures(born),
        unborn=measures([one for one in decisions if one.kind == "unborn"]),
        adults=measures([one for one in decisions if one.kind == "adult"]),
        twins=measures([one for one in born if one.person in twins]),
        by_organisation={
            name: measures([one for one in born if one.organisation == name])
            for name in sorted({one.organisation for one in born})
        },
        by_community=cuts,
        community_gap=widest(cut.recall for cut in cuts.values()),
        british_gap=None
        if british.recall.share is None or others.recall.share is None
        else round(100 * (british.recall.share - others.recall.share), 2),
        guards=dict(guards.most_common()), guards_of_right=dict(right.most_common()), errors=errors,
    )  # fmt: skip


def measures(decisions: Sequence[_Decision]) -> Measures:
    """The measures of these decisions."""
    known = [one for one in decisions if one.known]
    links = [one for one in decisions if one.how != "opened"]
    return Measures(
        decisions=len(decisions), known=len(known), links=len(links),
        precision=part(sum(one.right for one in links), len(links)),
        recall=part(sum(one.right and one.how != "opened" for one in known), len(known)),
        reached=part(sum(one.reached for one in known), len(known)),
        review=part(sum(one.in_review for one in decisions), len(decisions)),
        duplicates=part(sum(one.how == "opened" and not one.in_review for one in known), len(known)),
        blocked=part(sum(one.blocked for one in known), len(known)),
        by_rule=sum(one.how == "rule" for one in links), by_model=sum(one.how == "model" for one in links),
    )  # fmt: skip


def _communities(population: Population) -> tuple[dict[str, str], set[str]]:
    community = {child.id: family.community for family in population.families for child in family.children}
    community |= {adult.id: family.community for family in population.families for adult in family.adults}
    return community, {child.id for family in population.families for child in family.children if child.twin}
