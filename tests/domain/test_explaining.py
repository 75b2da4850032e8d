"""An alert explained: change one piece of evidence and the words change; what nobody may know changes none of them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from hub.domain.explaining import next_words, quiet_words, returned_words, without_words
from hub.domain.next_fact import next_facts
from hub.domain.reasons import explain
from hub.domain.returning import News, news, review_day
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready, stands
from hub.domain.without import Without, first_stood, without_each
from tests.support.signals import VOCABULARY, day, ready, signal

NEGLECT = ready(
    {
        "kind": "count", "within_days": 180, "of": {"groups": ["neglect:*"]},
        "at_least": {"incidents": 2, "groups": 2},
    },
    id_="neglect", level=3,
)  # fmt: skip
THREE = ready(
    {"kind": "count", "within_days": 90, "at_least": {"incidents": 3, "organisations": 2}}, id_="three", level=2
)
GRAVE = ready({"kind": "grave", "of": {"grave": True}}, id_="grave", level=4)
UNSEEN = ready({"kind": "absence", "unseen_days": 90, "given": {}, "given_within_days": 365}, id_="unseen", level=3)
RULES = (NEGLECT, THREE, GRAVE)
HUNGER = signal("a", 0)
DIRTY = signal("b", 10, by="health", indicators=("poor_hygiene",))
TEETH = signal("c", 30, indicators=("dental_decay_untreated",))


def told(rule: Ready, said: list[Signal], on: int = 60) -> list[str]:
    """Every sentence about a rule that stands over these."""
    found = stands(rule, said, day(on))
    assert found is not None
    reasons = explain(rule, found, day(on), {})
    return [
        reasons.why,
        reasons.why_now,
        reasons.would_rest,
        ",".join(reasons.smallest),
        *(without_words(one, one.organisation.title()) for one in without_each(rule, RULES, said, day(on))),
        *next_words(next_facts(RULES, said, rule.rule.level, day(on)), False, VOCABULARY),
    ]


@pytest.mark.parametrize(
    "changed",
    [
        replace(DIRTY, indicators=("unsafe_home_conditions",)),
        replace(DIRTY, organisation="police"),
        signal("b", 12, by="health", indicators=("poor_hygiene",)),
        replace(DIRTY, relation="possible"),
    ],
)
def test_one_other_piece_of_evidence_is_told_in_other_words(changed: Signal) -> None:
    assert told(NEGLECT, [HUNGER, DIRTY]) != told(NEGLECT, [HUNGER, changed])


def test_without_an_organisation_the_rule_stands_not_or_later_or_the_same_day() -> None:
    whole = [HUNGER, DIRTY, TEETH]
    assert without_each(NEGLECT, RULES, whole, day(60)) == (
        Without(organisation="health", stands=True, later=20, level=3, of=3),
        Without(organisation="school", stands=False, later=None, level=0, of=3),
    )
    assert [without_words(one, one.organisation.title()) for one in without_each(NEGLECT, RULES, whole, day(60))] == [
        "Without Health: this rule would have stood 20 days later. The rules would propose level 3 all the same.",
        "Without School: this rule would not have stood by now. No rule would propose a level.",
    ]
    two = [HUNGER, DIRTY, signal("d", 10, by="police", indicators=("unsafe_home_conditions",), moment=day(10, 13))]
    assert without_each(NEGLECT, RULES, two[:3], day(60))[0].later == 0


def test_what_was_said_is_looked_at_in_the_order_in_which_it_became_known_however_it_is_given() -> None:
    late = replace(DIRTY, known_at=day(50), received=day(50))
    for said in ([HUNGER, late, TEETH], [TEETH, late, HUNGER]):
        assert without_each(NEGLECT, RULES, said, day(60))[0].later == 0  # health's came when it stood already
        assert first_stood(NEGLECT, said, day(60)) == day(30)
    assert first_stood(NEGLECT, [HUNGER, DIRTY, TEETH], day(60)) == day(10)


def test_a_rule_of_what_was_not_seen_has_stood_since_nothing_more_was_heard() -> None:
    midnight = datetime(2026, 4, 4, 23, tzinfo=UTC)  # in London, where the ninetieth day begins
    assert first_stood(UNSEEN, [HUNGER], day(200)) == midnight
    assert first_stood(UNSEEN, [HUNGER], day(80)) is None
    (alone,) = without_each(UNSEEN, (UNSEEN,), [HUNGER], day(200))
    assert (alone.stands, alone.level) == (False, 0)


def test_the_next_fact_that_would_raise_the_level_and_the_last_day_on_which_it_would() -> None:
    (neglect, grave) = next_facts(RULES, [HUNGER], 2, day(20))
    assert (neglect.rule, neglect.level, neglect.another, neglect.by) == ("neglect", 3, False, date(2026, 7, 3))
    assert "neglect:appearance" in neglect.lines
    assert "neglect:hunger" not in neglect.lines  # that is known already
    assert (grave.rule, grave.by) == ("grave", None)
    assert next_words((neglect,), False, VOCABULARY)[0].startswith(
        "One more report first hand of appearance or hygiene; or late or missed collection; or dental decay untreated;"
        " or faltering growth (or 3 others), up to 3 July 2026: "
    )


def test_where_it_must_be_another_organisation_the_next_fact_says_so() -> None:
    said = [signal("a", 0), signal("b", 1)]
    (three,) = next_facts((THREE,), said, 1, day(20))
    assert three.another
    (again,) = next_facts((THREE,), [*said, signal("c", 2, by="police")][1:], 1, day(20))
    assert not again.another
    assert "from an organisation that has not been heard" in next_words((three,), False, VOCABULARY)[0]


INJURY, MISSED = ("injury_unexplained",), ("persistent_absence",)


@pytest.mark.parametrize(
    ("when", "known", "told"),
    [
        (
            {"kind": "grave", "of": {"indicators": [*INJURY], "how_known": ["told_by_child"]}}, [],
            "One more report of what the child told of ",
        ),
        (
            {
                "kind": "count", "within_days": 14, "at_least": {"incidents": 2, "referrers": 2},
                "of": {"indicators": [*INJURY], "referrer_kinds": ["1A", "1B"]},
            },
            [signal("i", 19, indicators=INJURY, referrer_kind="1A", referrer="aunt")], ", told by: family member",
        ),
        (
            {
                "kind": "count", "within_days": 90, "at_least": {"incidents": 2, "organisations": 2},
                "each": [{"of": {"measures": [{"code": "attendance_percent", "below": 50}]}}],
            },
            [], "attendance in the period, of sessions possible: below 50 percent",
        ),
        (
            {"kind": "grave", "of": {"grave": True, "relations": ["sibling"]}}, [],
            "One more report first hand about another child of the household of ",
        ),
        (
            {
                "kind": "count", "within_days": 90, "at_least": {"incidents": 2, "indicators": 3},
                "of": {"indicators": ["hunger", *INJURY, *MISSED]},
            },
            [], "One more report first hand of all of these together: ",
        ),
        (
            {
                "kind": "count", "within_days": 365, "at_least": {"indicators": 2},
                "of": {"unborn": True, "indicators": ["teenage_parent", "care_experienced_parent"]},
            },
            [signal("u", 10, unborn=True, indicators=("teenage_parent",))],
            "One more report first hand before the birth of ",
        ),
    ],
)  # fmt: skip
def test_the_next_fact_is_all_that_the_rule_asks_for(when: dict[str, Any], known: list[Signal], told: str) -> None:
    rule = ready(when, id_="asks", level=4)
    (words,) = next_words(next_facts((rule,), [HUNGER, *known], 3, day(20)), False, VOCABULARY)
    assert told in words


def test_the_next_fact_about_an_age_that_the_child_has_passed_is_none() -> None:
    rule = ready({"kind": "grave", "of": {"indicators": [*INJURY], "under_months": 12}}, level=4)
    assert next_facts((rule,), [replace(HUNGER, age_months=5)], 3, day(20)) != ()
    assert next_facts((rule,), [replace(HUNGER, age_months=15)], 3, day(20)) == ()


def test_what_cannot_be_raised_by_one_report_is_said_so() -> None:
    four = ready({"kind": "count", "within_days": 90, "at_least": {"incidents": 4}}, id_="four", level=4)
    found = next_facts((four,), [HUNGER], 3, day(20))
    assert next_words(found, False, VOCABULARY) == (
        "No single further report would raise it, whatever it says and whoever makes it.",
    )
    assert next_words((), True, VOCABULARY) == ("No rule of this edition proposes a higher level.",)


# ------------------------------------------------------------------------------------------------- back, or quiet


def after(*fresh: Signal) -> News | None:
    """What comes of these after a decision on the first two signs of neglect."""
    whole = [HUNGER, DIRTY, *fresh]
    found = stands(NEGLECT, whole, day(90))
    assert found is not None
    return news(NEGLECT, whole, found.evidence, {"a/0", "b/0"}, day(90))


def test_after_a_decision_the_same_again_is_no_news() -> None:
    assert after(signal("d", 40)) is None
    assert after(signal("d", 40, by="health", indicators=("clothing_unsuitable",))) is None
    assert after() is None


def test_after_a_decision_something_new_in_kind_is_news_and_says_what() -> None:
    assert after(TEETH) == News("new_in_kind", ("line:neglect:dental",))
    assert after(signal("d", 40, by="police")) == News("new_in_kind", ("organisation:police",))
    assert after(signal("d", 40, how_known="told_by_child")) == News("new_in_kind", ("how:told_by_child",))


def test_after_a_decision_enough_of_the_same_by_itself_is_news() -> None:
    assert after(signal("d", 40), signal("e", 41, indicators=("poor_hygiene",))) == News("by_itself")


def test_what_was_known_when_it_was_decided_is_no_news_though_the_rule_did_not_rest_on_it() -> None:
    old = signal("o", -200, by="police")
    whole = [HUNGER, DIRTY, old, signal("p", -199, by="police", indicators=("poor_hygiene",))]
    found = stands(NEGLECT, whole, day(90))
    assert found is not None
    seen = {"a/0", "b/0"}
    assert news(NEGLECT, whole, found.evidence, seen, day(90), known=whole) is None
    assert news(NEGLECT, whole, found.evidence, seen, day(90), known=whole[:2]) == News(
        "new_in_kind", ("organisation:police",)
    )


def test_a_signal_that_is_now_of_the_child_itself_is_news() -> None:
    sibling = replace(HUNGER, relation="sibling")
    either = ready({"kind": "count", "within_days": 90, "of": {"relations": ["own", "sibling"]}})
    assert news(either, [HUNGER], ("a/0",), {"a/0"}, day(9), known=[sibling]) == News("new_in_kind", ("sure:own",))
    assert news(either, [sibling], ("a/0",), {"a/0"}, day(9), known=[sibling]) is None


def test_a_report_that_was_perhaps_of_another_child_and_is_surely_of_this_one_is_news() -> None:
    perhaps = replace(TEETH, relation="possible")
    whole = [HUNGER, DIRTY, TEETH]
    found = stands(NEGLECT, whole, day(60))
    assert found is not None
    seen = {"a/0", "b/0", "c/0"}
    known = [HUNGER, DIRTY, perhaps]
    assert news(NEGLECT, whole, found.evidence, seen, day(60), known=known) == News("new_in_kind", ("sure:own",))
    assert news(NEGLECT, whole, found.evidence, seen, day(60), known=whole) is None


def test_a_rule_that_rested_and_stands_again_is_news_on_what_was_decided_on() -> None:
    seen = signal("s", 100, kind="sighting", seen="seen")
    assert news(UNSEEN, [HUNGER], ("a/0",), {"a/0"}, day(300), known=[HUNGER]) is None
    assert news(UNSEEN, [HUNGER, seen], ("a/0",), {"a/0"}, day(300), known=[HUNGER]) == News("stands_again")
    assert news(UNSEEN, [HUNGER, seen], ("a/0",), {"a/0"}, day(300), known=[HUNGER, seen]) is None
    assert news(NEGLECT, [HUNGER, DIRTY], ("a/0", "b/0"), {"a/0", "b/0"}, day(60), rested=True) == News("stands_again")


def test_a_grave_report_is_always_news() -> None:
    first, second = (signal(n, on, indicators=("strangulation_of_child",)) for n, on in (("g", 0), ("h", 9)))
    assert news(GRAVE, [first, second], ("g/0", "h/0"), {"g/0"}, day(10)) == News("by_itself")


def test_a_review_comes_after_so_many_days_or_at_the_end_of_the_plan() -> None:
    rule = NEGLECT.rule
    assert review_day(rule, date(2026, 1, 1), ()) == date(2026, 4, 1)
    assert review_day(rule, date(2026, 1, 1), (date(2026, 1, 2), date(2026, 6, 1))) == date(2026, 6, 1)


def test_the_return_and_the_quiet_are_said() -> None:
    assert returned_words(
        "new_in_kind", ("line:neglect:dental", "organisation:police"), VOCABULARY, {"police": "Police"}
    ) == ("Something new in kind came in after it was decided: dental decay untreated; Police had not been heard.")
    assert returned_words("", (), VOCABULARY, {}) == ""
    assert quiet_words(date(2026, 1, 1), 2, True, date(2026, 4, 1)) == (
        "Decided on 1 January 2026. The rule stands still, and 2 reports of the same kind came in since: it stays quiet"
        " until something new in kind comes in, or until its review on 1 April 2026."
    )
    assert quiet_words(date(2026, 1, 1), 0, False, None) == "Decided on 1 January 2026. The rule stands no more."
