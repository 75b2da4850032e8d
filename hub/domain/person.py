"""A person: one identity, to which source records are linked. Links are pointers and can be taken back; nothing moves.

A person is `established`, or `in review` with candidates: then what is said counts as possible for each candidate and
is shown on nobody else's page until a person has decided.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, assert_never

from hub.domain.fact import Fact
from hub.domain.matching import Kind, Weight


class PersonOpened(Fact, frozen=True, kw_only=True):
    """A new identity. `candidates` are persons it may turn out to be (then its standing is in review)."""

    NAME: ClassVar[str] = "person.opened"
    kind: Kind
    standing: Literal["established", "in_review"]
    candidates: tuple[str, ...] = ()


class SourceRecordLinked(Fact, frozen=True, kw_only=True):
    """A source record is held to be about this person: how, on what comparisons, and by which version of the rules."""

    NAME: ClassVar[str] = "source-record.linked"
    source_record: str
    how: Literal["opened", "rule", "model", "person"]
    weights: tuple[Weight, ...] = ()
    runner_up: str | None = None
    rules: str  # version of the match rules or model


@dataclass(frozen=True)
class Person:
    """State: who this is held to be."""

    id: str
    version: int = 0
    kind: Kind = "not_stated"
    standing: Literal["established", "in_review"] = "established"
    candidates: tuple[str, ...] = ()
    source_records: tuple[str, ...] = ()


PersonFact = PersonOpened | SourceRecordLinked


def evolve(person: Person, fact: PersonFact) -> Person:
    """Fold one fact: total, never refuses."""
    person = replace(person, version=person.version + 1)
    match fact:
        case PersonOpened():
            return replace(person, kind=fact.kind, standing=fact.standing, candidates=fact.candidates)
        case SourceRecordLinked():
            return replace(person, source_records=(*person.source_records, fact.source_record))
        case _:
            assert_never(fact)
