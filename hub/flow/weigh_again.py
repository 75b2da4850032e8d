"""Whom those of whom a batch says something new may turn out to be: weighed once more, and put before a person.

It is worked out on what the batch writes, and goes in with it.
"""

from collections.abc import Callable, Iterable, Sequence

from hub.domain import child as children
from hub.domain.child import Child
from hub.domain.fact import Fact
from hub.domain.person import Person, PersonFact, evolve
from hub.flow import append
from hub.flow.append import Draft
from hub.flow.match import Matcher
from hub.flow.people import People
from hub.flow.propose import Proposing, Together
from hub.flow.verify import Verified
from hub.ports import Record


def weigh_again(
    matcher: Matcher, fresh: Sequence[Verified], drafts: Sequence[tuple[Draft, Verified]], *, people: People,
    record: Record, spoken: Callable[[Iterable[str]], list[str]],
) -> list[tuple[Draft, Verified]]:  # fmt: skip
    """The proposals of a batch, and what counts as possible by them; `drafts` is what it writes, `fresh` its messages.

    `spoken` names the messages that speak of some source records.
    """
    if not any(found or people.held(placed.person).proposed for _, placed, found in matcher.again):
        return []
    written: dict[str, list[Fact]] = {}
    for draft, _ in drafts:
        written.setdefault(draft.stream, []).append(draft.fact)

    def load(person: str) -> Person:
        people.know([person])
        state = people.held(person)
        for fact in written.get(f"person:{person}", ()):
            if isinstance(fact, PersonFact):
                state = evolve(state, fact)
        return state

    def counted(child: str) -> Child:
        stream = children.stream(child)
        return children.fold([*(one.fact for one in record.load(stream)), *written.get(stream, ())])

    proposing = Proposing(load=load, counted=counted, alive=people.alive, together=Together(record, spoken), anew=True)
    added: list[tuple[Draft, Verified]] = []
    for number, placed, found in matcher.again:
        before, verified = len(proposing.facts), fresh[number]
        for one in found:
            proposing.propose(one, matcher.weighing())
        proposing.look_again(placed.person, [one.other for one in found], matcher.still_alike)
        because = f"{append.stream_of(verified)}@1"
        added += [
            (Draft(stream, fact, new=False, because=because), verified) for stream, fact in proposing.facts[before:]
        ]
    return added
