"""A draft that says what the edition in force says changes nothing, whatever was said of whom, in whatever order it came."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.over_time import Event, alerts_over
from hub.domain.what_if import Tally
from policies.what_if import assumed
from tests.support.signals import day, ready, signal

RULES = (
    ready({"kind": "count", "within_days": 28, "at_least": {"incidents": 2, "organisations": 2}}, id_="two"),
    ready({"kind": "grave", "of": {"grave": True}}, id_="grave", level=4),
    ready({"kind": "absence", "unseen_days": 30, "given": {}, "given_within_days": 90}, id_="unseen"),
)
AGAIN = tuple(type(one)(one.rule, one.vocabulary, one.version) for one in RULES)

SAID = st.tuples(
    st.integers(0, 120), st.integers(0, 40), st.sampled_from(["school", "police", "health"]),
    st.sampled_from(["hunger", "strangulation", "school_absence"]), st.sampled_from(["seen", "not_seen"]), st.booleans(),
)  # fmt: skip


def events(said: list[tuple[int, int, str, str, str, bool]]) -> list[Event]:
    found = []
    for number, (on, late, by, what, seen, back) in enumerate(said):
        known = day(on + late)
        one = signal(f"m{number}", on, by=by, indicators=(what,), seen=seen, known_at=known, received=known)
        found.append(Event(known, one.id, one))
        if back:
            found.append(Event(known + timedelta(days=3), one.id, None))
    return sorted(found, key=lambda event: event.at)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(SAID, max_size=6), max_size=4))
def test_the_same_rules_come_to_no_difference(children: list[list[tuple[int, int, str, str, str, bool]]]) -> None:
    tally = Tally(date(2026, 1, 5), date(2026, 6, 30), assumed())
    for number, said in enumerate(children):
        history = events(said)
        sides = [
            list(
                alerts_over(
                    f"c{number}", history, rules, works=lambda on: on.day > 20, decides=timedelta(days=3), end=day(170)
                )
            )
            for rules in (RULES, AGAIN)
        ]
        assert sides[0] == sides[1]
        tally.child(f"c{number}", history, sides[0], sides[1])

    assert all(before == after for before, after in tally.counts.values())
    assert (tally.newly, tally.missed, tally.appear, tally.vanish) == (0, 0, [], [])
    assert tally.report().same
