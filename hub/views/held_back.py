"""Which organisations said of a child that telling what they hold would harm the child more than not telling.

The newest answer about the child counts, of each setting that was asked by itself: it stands until they answer otherwise.
Codes only. Source: Children Act 2004 s16LA(3).
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from hub.domain.concern import InformationRecorded
from hub.domain.fact import Fact
from hub.domain.request import RequestAnswered
from hub.views import store
from hub.views.desk import Desk
from hub.views.matters import matter
from hub.views.matters_requests import answer

HARM = "more_detrimental"


def held_back(desk: Desk, about: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """Of each person the organisations whose newest answer about them, or that of a setting of theirs, is such a refusal.

    `about` are the source records that are held to be about each person, the hub's own with them.
    """
    whose = {record: person for person, records in about.items() for record in records}
    said, named = store.said, store.said_about
    query = (
        select(said.c.stream, said.c.version, said.c.organisation, named.c.source_record)
        .join(named, (named.c.stream == said.c.stream) & (named.c.version == said.c.version))
        .where(said.c.kind == "answer", named.c.source_record.in_(sorted(whose)))
        .order_by(said.c.position)
    )
    said_by: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for row in desk.store.rows(query):
        here = said_by.setdefault((whose[row["source_record"]], row["organisation"]), [])
        if (row["stream"], row["version"]) not in here:
            here.append((row["stream"], row["version"]))
    if not said_by:
        return {}
    streams = sorted({stream for answers in said_by.values() for stream, _ in answers})
    # a judgement of harm says when it is looked at again: only such answers are read
    by_page = select(matter.c.stream).where(
        matter.c.stream.in_(streams), matter.c.state == "refused", matter.c.due.is_not(None)
    )
    by_message = select(answer.c.stream).where(answer.c.stream.in_(streams), answer.c.again.is_not(None))
    marked = {row["stream"] for query in (by_page, by_message) for row in desk.store.rows(query)}
    found: dict[str, set[str]] = {}
    for (person, organisation), answers in said_by.items():
        if not marked.isdisjoint(stream for stream, _ in answers) and _stands(desk, answers):
            found.setdefault(person, set()).add(organisation)
    return {person: frozenset(names) for person, names in found.items()}


def _stands(desk: Desk, answers: Sequence[tuple[str, int]]) -> bool:
    """Whether the newest answer of the organisation, or since then of one of its settings, is a judgement of harm."""
    newest: dict[str, Fact] = {}
    for stream, version in answers:
        fact = desk.record.load(stream, upto=version)[-1].fact
        setting = str(getattr(fact, "setting", "") or "")
        newest = {**newest, setting: fact} if setting else {"": fact}  # the organisation speaks for its settings
    return any(_of_harm(fact) for fact in newest.values())


def _of_harm(fact: Fact) -> bool:
    if isinstance(fact, RequestAnswered):
        return fact.result == "refused" and fact.reason == HARM
    return isinstance(fact, InformationRecorded) and fact.result == "refused" and fact.refusal_code == HARM
