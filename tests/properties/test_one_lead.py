"""Whatever people do about who leads, in whatever order, and whoever turns out to be whom: nobody leads, or exactly one."""

from typing import Any
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain import lead as leads
from hub.domain.errors import Refused
from hub.domain.fact import Envelope, NewFact, Recorded
from hub.flow.lead import Leads
from tests.support.desk import NOON

PEOPLE = ("anna", "bert", "cleo")
STEPS = st.one_of(
    st.tuples(st.just("propose"), st.sampled_from(PEOPLE), st.booleans()),
    st.tuples(st.just("accept"), st.sampled_from(PEOPLE), st.booleans()),
    st.tuples(st.just("decline"), st.sampled_from(PEOPLE), st.booleans()),
    st.tuples(st.just("take_back"), st.sampled_from(PEOPLE), st.booleans()),
    st.tuples(st.just("end"), st.sampled_from(PEOPLE), st.booleans()),
    st.tuples(st.just("choose"), st.sampled_from(PEOPLE), st.booleans()),
    st.tuples(st.sampled_from(("merge", "part")), st.just(""), st.booleans()),
)


class Paper:
    """A record in memory."""

    def __init__(self) -> None:
        self.streams: dict[str, list[Recorded]] = {}
        self.position = 0

    def load(self, stream: str, upto: int | None = None) -> list[Recorded]:
        return list(self.streams.get(stream, ()))[:upto]

    def append(self, facts: list[NewFact]) -> list[Recorded]:
        made = []
        for one in facts:
            self.position += 1
            held = self.streams.setdefault(one.stream, [])
            assert one.after == len(held), "a fact after one that nobody saw"
            held.append(Recorded(one.stream, len(held) + 1, self.position, one.envelope, one.fact))
            made.append(held[-1])
        return made


class OnPaper(Leads):
    """The same acts, with words left out."""

    def __init__(self, paper: Paper) -> None:
        self._record = paper  # type: ignore[assignment]

    def own_words(self, *_about: Any) -> Any:
        return None

    def write(self, new: Any, by: str, because: str = "", unmoved: Any = None) -> list[Recorded]:
        del unmoved  # nothing that these acts rest on is only compared
        envelope = Envelope(NOON, NOON, by, because, "", "1")
        return self._record.append([NewFact(stream, after, fact, envelope) for stream, after, fact in new])


@settings(max_examples=300, deadline=None)
@given(st.lists(STEPS, max_size=24))
def test_at_every_moment_nobody_leads_or_exactly_one(steps: list[tuple[str, str, bool]]) -> None:
    paper = Paper()
    acts, merged = OnPaper(paper), False
    for step, who, first in steps:
        names = ("one", "two") if merged else ("one",) if first else ("two",)
        before = paper.position
        try:
            match step:
                case "merge" | "part":
                    merged = step == "merge"
                case "propose":
                    acts.propose(names, who, "org", "set", "why", "front-door", NOON, str(uuid4()))
                case "accept":
                    acts.accept(names, who)
                    assert [one.lead for one in acts.current(names)] == [who]
                case "decline":
                    acts.decline(names, "no_capacity", "", who)
                case "take_back":
                    acts.take_back(names, "front-door", screens=True)
                case "end":
                    acts.end(names, "plan_completed", "", who, supervises=False)
                case _:
                    acts.choose(names, who, "manager")
                    assert [one.lead for one in acts.current(names)] == [who]
        except Refused:
            assert paper.position == before, "refused, and half of it written"
        for each in (("one", "two"),) if merged else (("one",), ("two",)):
            held = acts.current(each)
            now = leads.in_force(held)
            assert (now is None) == (not held)
            assert len(held) <= len(each)  # a record by itself never has two
            # nobody leads who did not say yes
            assert all(
                any(getattr(one.fact, "lead", "") == lead.lead for one in paper.load(f"lead:{lead.person}"))
                for lead in held
            )
