"""Why two descriptions are held to be of one person or not: each comparison, its weight, and what the guards say.

What was said of either is not repeated: the answer can be passed on.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.match.csv_pairs import BadTable
from hub.domain import message
from hub.domain.comparing import known_as
from hub.domain.known import Known, Weight
from hub.domain.matching import Beside, Judge, decide
from hub.domain.model import score
from hub.views.identity_words import SAID, doubt, field


class Explained(Struct, frozen=True):
    """A pair, explained: the weights in bits (the prior first), their sum, and what the hub would do."""

    bits: float
    weights: tuple[Weight, ...]
    population: int
    verdict: str  # link | review | open, if the other were the only person who comes near
    how: str  # rule | model, of a link
    why: tuple[str, ...]  # codes of what kept it from being a link
    model: str
    policy: str


def read_person(path: Path) -> Known:
    """A person as in a message's JSON (schemas/: own_id, nhs_number, names, birth_date, sex, addresses ...).

    Raises BadTable with the place of what is wrong.
    """
    try:
        return known_as(msgspec.json.decode(path.read_bytes(), type=message.Person), unborn=False)
    except OSError as error:
        raise BadTable(f"{path}: cannot be read ({error.strerror})") from None
    except msgspec.ValidationError as error:
        raise BadTable(f"{path}: {error}; write a person as a message does") from None
    except msgspec.DecodeError as error:
        raise BadTable(f"{path}: is not JSON ({error})") from None


def explain(one: Known, other: Known, judge: Judge, population: int) -> Explained:
    """The weights of a pair and the decision that they would lead to in an index of `population` persons."""
    population = max(population, judge.policy.population_at_least)
    found = score(judge.model, judge.likeness, one, other, population)
    decision = decide(one, [Beside("other", "other", other)], judge, population=population)
    return Explained(
        bits=found.bits, weights=found.weights, population=population, verdict=decision.verdict, how=decision.how or "",
        why=decision.why, model=judge.model.id, policy=judge.policy.id,
    )  # fmt: skip


VERDICTS = {
    ("link", "rule"): "linked by rule: an identifier and the person agree",
    ("link", "model"): "linked by weight",
    ("review", ""): "a person decides",
    ("open", ""): "two people: a new person is opened",
}


def aloud(explained: Explained) -> Iterator[str]:
    """The same in lines to read."""
    for weight in explained.weights:
        if weight.field == "prior":
            said = f"one of {explained.population:,}"
        else:
            said = SAID.get(weight.outcome, weight.outcome.replace("_", " "))
        yield f"{field(weight.field):26} {said:40} {weight.bits or 0.0:+7.2f}"
    yield f"{'all together':67} {explained.bits:+7.2f} bits"
    yield ""
    yield f"what the hub would do, were nobody else near: {VERDICTS[explained.verdict, explained.how]}"
    for code in explained.why:
        yield f"  because: {doubt(code)} ({code})"
    yield f"model {explained.model[:12]}, thresholds and guards {explained.policy[:12]}"
