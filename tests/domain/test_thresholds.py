"""When signals add up, and when they do not."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from hub.domain.reasons import explain
from hub.domain.signal import Signal
from hub.domain.smallest import smallest
from hub.domain.thresholds import Stand, next_due, stands
from tests.support.signals import VOCABULARY, day, ready, signal

THREE = ready({"kind": "count", "within_days": 90, "at_least": {"incidents": 3, "organisations": 2}})
NAMES = {"school": "Oak Lane School", "police": "Northshire Police", "health": "Northshire Health"}


def label(code: str) -> str:
    text = VOCABULARY.indicators[code].label
    return text[0].lower() + text[1:]


def evidence(found: Stand | None) -> tuple[str, ...] | None:
    return found.evidence if found else None


# ------------------------------------------------------------------------------------------------- what does not count


def test_two_concerns_are_not_three() -> None:
    assert stands(THREE, [signal("a", 0), signal("b", 1, by="police")], day(2)) is None


def test_three_concerns_of_one_organisation_are_not_of_two() -> None:
    assert stands(THREE, [signal("a", 0), signal("b", 1), signal("c", 2)], day(2)) is None


def test_an_echo_adds_nothing_whoever_repeats_it() -> None:
    heard = signal("c", 2, by="police", how_known="told_by_organisation")
    assert stands(THREE, [signal("a", 0), signal("b", 1), heard], day(2)) is None


def test_one_incident_reported_by_two_organisations_counts_once() -> None:
    said = [signal("a", 0, incident="i1"), signal("b", 0, by="police", incident="i1", recorded_at=day(1))]
    assert stands(THREE, [*said, signal("c", 2)], day(2)) is None
    two = ready({"kind": "count", "within_days": 90, "at_least": {"organisations": 2}})
    assert stands(two, said, day(2)) is None


def test_who_knows_of_it_themselves_counts_however_late_they_recorded_it() -> None:
    """Whoever else recorded the same in time takes nothing from them: they know it, and are named."""
    late = signal("b", 0, by="police", incident="i1", recorded_at=day(5))
    rest = [signal("c", 2), signal("d", 3)]
    assert evidence(stands(THREE, [late, *rest], day(9))) == ("b/0", "c/0", "d/0")
    found = stands(THREE, [late, *rest, signal("a", 0, incident="i1")], day(9))
    assert evidence(found) == ("a/0", "b/0", "c/0", "d/0")
    assert found is not None
    why = explain(THREE, found, day(9), NAMES).why
    assert why.startswith("3 incidents known first hand, from 2 organisations")
    assert "recorded by Northshire Police too" in why


def test_what_an_organisation_was_told_by_another_counts_for_nobody_when_it_is_told_on() -> None:
    said = [signal("a", 0, incident="i1"), signal("c", 2), signal("d", 3)]
    for recorded in (0, 1, 5):
        told_on = signal(
            "b", 0, by="police", incident="i1", recorded_at=day(recorded), how_known="told_by_organisation"
        )
        assert stands(THREE, [*said, told_on], day(9)) is None


def test_a_second_account_of_the_same_is_no_other_incident_however_late() -> None:
    late = signal("b", 0, by="police", incident="i1", recorded_at=day(40))
    assert stands(THREE, [signal("a", 0, incident="i1"), late, signal("c", 2)], day(41)) is None


def test_an_incident_that_two_recorded_themselves_counts_for_either_and_names_both() -> None:
    said = [signal("a", 0, incident="i1"), signal("b", 0, by="police", incident="i1", recorded_at=day(1))]
    found = stands(THREE, [*said, signal("c", 2), signal("d", 3)], day(3))
    assert evidence(found) == ("a/0", "b/0", "c/0", "d/0")
    assert found is not None
    why = explain(THREE, found, day(3), NAMES).why
    assert why.startswith("3 incidents known first hand, from 2 organisations")
    assert "recorded by Northshire Police too" in why


@pytest.mark.parametrize("backfill", [False, True])
def test_one_more_report_of_an_incident_takes_it_from_no_window(backfill: bool) -> None:
    said = [signal("a", 100, incident="x1"), signal("b", 110, by="police"), signal("c", 120)]
    assert stands(THREE, said, day(121)) is not None
    older = signal("d", 5, by="health", incident="x1", recorded_at=day(6), backfill=backfill)
    assert stands(THREE, [*said, older], day(121)) is not None
    near = signal("d", 97, by="health", incident="x1", backfill=backfill)
    assert stands(THREE, [*said, near], day(121)) is not None


def test_an_organisations_own_earlier_record_does_not_make_two_organisations_one() -> None:
    said = [
        signal("a", 100, incident="x1", recorded_at=day(101)), signal("b", 110, by="police"),
        signal("c", 120, by="police"),
    ]  # fmt: skip
    assert stands(THREE, said, day(121)) is not None
    own = signal("d", 100, by="police", incident="x1", recorded_at=day(99))
    assert stands(THREE, [*said, own], day(121)) is not None


def test_one_reference_that_two_organisations_gave_to_different_things_is_two_incidents() -> None:
    said = [signal("a", 0, incident="12"), signal("b", 40, by="police", incident="12"), signal("c", 50)]
    assert evidence(stands(THREE, said, day(51))) == ("a/0", "b/0", "c/0")
    assert stands(THREE, [said[0], signal("b", 7, by="police", incident="12"), said[2]], day(51)) is None


def test_one_report_sent_as_two_messages_is_one_incident_also_without_a_reference() -> None:
    two = ready(
        {
            "kind": "count", "within_days": 90, "of": {"groups": ["neglect:*"]},
            "at_least": {"incidents": 2, "groups": 2},
        }
    )  # fmt: skip
    halves = [signal("a1", 0), signal("a2", 0, indicators=("poor_hygiene",))]
    assert stands(two, halves, day(1)) is None
    by_another = signal("a3", 0, indicators=("poor_hygiene",), referrer="another-clerk")
    assert stands(two, [halves[0], by_another], day(1)) is not None
    assert stands(two, [halves[0], signal("a4", 1, indicators=("poor_hygiene",))], day(1)) is not None


def test_two_who_tell_of_a_refusal_within_a_week_tell_of_one() -> None:
    refused = {"kinds": ["concern", "help"], "indicators": ["help_refused", "disengaged"]}
    judged = {"kinds": ["help"], "level_from": 3}
    rule = ready({"kind": "steps", "within_days": 365, "steps": [judged, refused, refused, judged]}, level=4)

    def done(message: str, on: int, outcome: str, level: int = 0) -> Signal:
        said = ("help_refused",) if outcome == "declined" else ()
        return signal(message, on, by="front_door", kind="help", indicators=said, outcome=outcome, level=level)

    first, last = done("e1", 0, "assessment", 3), done("e2", 40, "assessment", 3)
    offered = done("offer-o1-declined", 10, "declined")
    told = signal("r1", 11, by="health", indicators=("help_refused",))
    assert stands(rule, [first, offered, told, last], day(41)) is None
    assert stands(rule, [first, told, signal("r2", 15, indicators=("help_refused",)), last], day(41)) is None
    assert stands(rule, [first, offered, done("offer-o1-disengaged", 14, "declined"), last], day(41)) is None
    assert stands(rule, [first, offered, done("offer-o2-declined", 14, "declined"), last], day(41)) is not None
    assert stands(rule, [first, offered, signal("r2", 20, indicators=("help_refused",)), last], day(41)) is not None


def test_one_message_about_two_siblings_is_one_incident() -> None:
    rule = ready(
        {"kind": "count", "within_days": 90, "at_least": {"incidents": 2}, "of": {"relations": ["own", "sibling"]}}
    )
    assert stands(rule, [signal("a", 0), signal("a", 0, id="a/1", relation="sibling")], day(2)) is None


def test_strengths_and_other_relations_do_not_add_to_worries() -> None:
    others = [signal("c", 2, by="police", kind="strength"), signal("d", 2, by="police", relation="sibling")]
    assert stands(THREE, [signal("a", 0), signal("b", 1), *others], day(2)) is None


def test_callers_who_give_no_name_count_as_one_referrer() -> None:
    rule = ready({"kind": "count", "within_days": 90, "at_least": {"incidents": 2, "referrers": 2}})
    anonymous = [signal("a", 0, referrer_kind="9"), signal("b", 1, referrer=None), signal("c", 2, referrer_kind="9")]
    assert stands(rule, anonymous, day(2)) is None
    assert evidence(stands(rule, [*anonymous, signal("d", 2)], day(2))) == ("a/0", "b/0", "c/0", "d/0")


def test_imported_history_never_alerts_alone() -> None:
    old = [
        signal(m, n, by=by, backfill=True)
        for n, (m, by) in enumerate((("a", "school"), ("b", "police"), ("c", "health")))
    ]
    assert stands(THREE, old, day(3)) is None
    assert evidence(stands(THREE, [*old[:2], signal("d", 4)], day(4))) == ("a/0", "b/0", "d/0")


def test_refusing_help_is_never_a_reason_by_itself() -> None:
    refused = [
        signal("a", 0, indicators=("help_refused",)),
        signal("b", 1, by="police", indicators=("disengaged",)),
        signal("c", 2, indicators=("help_refused",)),
    ]
    assert stands(THREE, refused, day(3)) is None
    assert stands(THREE, [*refused[:2], signal("c", 2)], day(3)) is not None


def test_a_strength_told_within_a_concern_is_no_need() -> None:
    two_needs = ready({"kind": "count", "within_days": 365, "at_least": {"domains": 2}})
    assert stands(two_needs, [signal("a", 0, indicators=("hunger", "attends_well"))], day(1)) is None
    assert stands(two_needs, [signal("a", 0, indicators=("hunger", "persistent_absence"))], day(1)) is not None


# --------------------------------------------------------------------------------------------------------- windows


def test_a_window_of_ninety_london_days_holds_its_first_day_and_not_the_one_before() -> None:
    said = [signal("b", 40, by="police"), signal("c", 89)]
    assert evidence(stands(THREE, [signal("a", 0), *said], day(89))) == ("a/0", "b/0", "c/0")
    assert stands(THREE, [signal("a", -1), *said], day(89)) is None


def test_days_are_london_days_also_in_summer() -> None:
    two = ready({"kind": "count", "within_days": 1, "at_least": {"incidents": 2}})
    late_evening = signal("a", 0, moment=day(177, hour=23))  # 1 July 23:00 UTC is 2 July in London
    assert late_evening.occurred_end.date() == date(2026, 7, 1)
    assert evidence(stands(two, [late_evening, signal("b", 178)], day(179))) == ("a/0", "b/0")
    assert stands(two, [late_evening, signal("b", 177)], day(179)) is None


def test_a_late_fact_completes_a_window_that_lies_in_the_past() -> None:
    on_time = [signal("a", 0), signal("b", 10, by="police"), signal("z", 300)]
    late = signal("c", 20, received=day(301), known_at=day(301))
    assert stands(THREE, on_time, day(301)) is None
    assert evidence(stands(THREE, [*on_time, late], day(301))) == ("a/0", "b/0", "c/0")


def test_the_latest_window_is_told_of_and_the_others_are_evidence_too() -> None:
    early = [signal("a", 0), signal("b", 1, by="police"), signal("c", 2)]
    late = [signal("d", 200), signal("e", 201, by="police"), signal("f", 202)]
    alone = signal("g", 100)  # in no window in which the rule stands
    found = stands(THREE, [*late, alone, *early], day(300))
    assert evidence(found) == ("a/0", "b/0", "c/0", "d/0", "e/0", "f/0")
    assert found is not None
    assert [one.first.id for one in found.incidents] == ["d/0", "e/0", "f/0"]
    reasons = explain(THREE, found, day(300), NAMES)
    assert reasons.why.startswith("3 incidents known first hand, from 2 organisations, between 24 July 2026")
    assert reasons.why.endswith(" It stands besides on 3 incidents outside these days.")
    assert reasons.smallest == ("d/0", "e/0", "f/0")
    assert reasons.would_rest.startswith("No single report carries it")


def test_a_grave_report_of_long_ago_is_evidence_beside_a_newer_one() -> None:
    newer = signal("a", 500, by="police", indicators=("strangulation_of_child",))
    older = signal("b", 100, by="health", indicators=("sexual_abuse_disclosed",), received=day(505), known_at=day(505))
    found = stands(GRAVE, [newer, older], day(506))
    assert evidence(found) == ("a/0", "b/0")
    assert found is not None
    assert explain(GRAVE, found, day(506), NAMES).why_now.endswith("It came 405 days after it happened.")


def test_what_is_said_otherwise_under_the_same_id_is_told_by_the_digest() -> None:
    said = [signal("a", 0), signal("b", 1, by="police"), signal("c", 2)]
    found = [
        stands(THREE, some, day(3))
        for some in (said, [*said[:2], replace(said[2], indicators=("poor_hygiene",))], said[::-1])
    ]
    assert len({one.evidence for one in found if one}) == 1
    digests = [one.digest for one in found if one]
    assert digests[0] == digests[2] != digests[1]


def test_signals_that_may_be_about_another_child_are_used_only_where_needed_and_said_so() -> None:
    sure = [signal("a", 0), signal("b", 1, by="police")]
    maybe = signal("c", 2, relation="possible")
    found = stands(THREE, [*sure, maybe], day(2))
    assert (evidence(found), found and found.possible) == (("a/0", "b/0", "c/0"), True)
    found = stands(THREE, [*sure, maybe, signal("d", 3)], day(3))
    assert (evidence(found), found and found.possible) == (("a/0", "b/0", "d/0"), False)


def test_parts_must_all_be_there() -> None:
    rule = ready(
        {
            "kind": "count", "within_days": 365, "at_least": {"incidents": 3},
            "of": {"groups": ["neglect:hunger", "cases:unexplained_injury"]},
            "each": [
                {"of": {"groups": ["neglect:hunger"]}, "incidents": 2},
                {"of": {"groups": ["cases:unexplained_injury"]}},
            ],
        }
    )  # fmt: skip
    hungry = [signal("a", 0), signal("b", 1, indicators=("food_seeking",)), signal("c", 2)]
    hurt = signal("d", 3, indicators=("injury_unexplained",))
    assert stands(rule, hungry, day(4)) is None
    assert stands(rule, [hungry[0], hurt, signal("e", 4, indicators=("injury_unexplained",))], day(4)) is None
    assert evidence(stands(rule, [*hungry[:2], hurt], day(4))) == ("a/0", "b/0", "d/0")


# -------------------------------------------------------------------------------------------- grave, sequence, absence

GRAVE = ready({"kind": "grave", "of": {"grave": True}, "second_hand": True}, level=4)


def test_one_grave_report_is_enough_and_an_ordinary_one_is_not() -> None:
    assert stands(GRAVE, [signal("a", 0)], day(1)) is None
    hurt = signal("b", 1, indicators=("strangulation_of_child",))
    assert evidence(stands(GRAVE, [signal("a", 0), hurt], day(1))) == ("b/0",)


def test_what_was_told_stands_until_somebody_reports_it_first_hand() -> None:
    grave = ("strangulation_of_child",)
    told = signal("a", 0, indicators=grave, how_known="told_by_organisation")
    again = signal("b", 5, indicators=grave, by="health", how_known="told_by_organisation")
    assert evidence(stands(GRAVE, [told, again], day(6))) == ("a/0",)
    assert evidence(stands(GRAVE, [told, again, signal("c", 0, by="police", indicators=grave)], day(6))) == ("c/0",)


def test_imported_history_does_not_silence_what_was_told_now() -> None:
    grave = ("strangulation_of_child",)
    told = signal("a", 0, indicators=grave, how_known="told_by_organisation")
    imported = signal("b", 0, by="police", indicators=grave, backfill=True)
    assert stands(GRAVE, [imported], day(1)) is None
    assert evidence(stands(GRAVE, [told, imported], day(1))) == ("a/0", "b/0")


THEN = ready(
    {
        "kind": "sequence", "within_days": 180,
        "first": {"indicators": ["new_adult_in_household"], "relations": ["own", "household"]},
        "then": {"indicators": ["injury_unexplained"]},
    }
)  # fmt: skip


def test_an_injury_before_the_adult_moved_in_is_no_sequence() -> None:
    moved_in = signal("a", 10, indicators=("new_adult_in_household",), relation="household")
    assert stands(THEN, [moved_in, signal("b", 9, indicators=("injury_unexplained",))], day(200)) is None
    assert stands(THEN, [moved_in, signal("b", 190, indicators=("injury_unexplained",))], day(200)) is None
    found = stands(THEN, [signal("b", 189, indicators=("injury_unexplained",)), moved_in], day(200))
    assert evidence(found) == ("a/0", "b/0")


def test_two_things_in_one_report_are_no_sequence() -> None:
    both = signal("a", 0, indicators=("new_adult_in_household", "injury_unexplained"))
    assert stands(THEN, [both], day(1)) is None


UNSEEN = ready(
    {
        "kind": "absence", "unseen_days": 90, "given": {"relations": ["own", "household"]}, "given_within_days": 365,
        "under_months": 60,
    }
)  # fmt: skip
AT_HOME = signal("h", 10, relation="household")
SEEN = signal("s", 0, kind="sighting", seen="seen", age_months=20, by="health")


def test_a_child_seen_by_nobody_for_ninety_days_is_noticed_on_the_day_though_no_event_arrives() -> None:
    assert next_due(UNSEEN, [SEEN, AT_HOME], day(20)) == day(89, hour=23)  # midnight in London: summer time has begun
    assert stands(UNSEEN, [SEEN, AT_HOME], day(89, hour=22)) is None
    found = stands(UNSEEN, [SEEN, AT_HOME], day(89, hour=23))
    assert evidence(found) == ("h/0",)
    assert next_due(UNSEEN, [SEEN, AT_HOME], day(89, hour=23)) is None


def test_a_child_never_seen_counts_from_the_day_an_organisation_first_recorded_anything() -> None:
    first = signal("c", 3, age_months=20)
    assert next_due(UNSEEN, [first, AT_HOME], day(20)) == day(92, hour=23)


@pytest.mark.parametrize(
    "not_a_sighting",
    [
        {"seen": "seen_obscured"},
        {"seen": "seen", "how_known": "told_by_organisation"},
        {"seen": "seen", "how_known": "told_by_family"},
        {"seen": "seen", "relation": "sibling"},
        {"seen": "not_seen", "kind": "strength"},
    ],
)
def test_only_somebody_who_saw_this_child_lets_the_alarm_rest(not_a_sighting: dict[str, str]) -> None:
    other = signal("o", 80, age_months=22, **{"kind": "sighting", **not_a_sighting})
    assert stands(UNSEEN, [SEEN, AT_HOME, other], day(100)) is not None
    seen = signal("p", 80, kind="sighting", seen="seen_alone", age_months=22)
    assert stands(UNSEEN, [SEEN, AT_HOME, other, seen], day(100)) is None


def test_an_older_child_and_an_unborn_one_are_not_expected_to_be_seen_by_this_rule() -> None:
    older = signal("s", 0, kind="sighting", seen="seen", age_months=58)
    assert stands(UNSEEN, [older, AT_HOME], day(100)) is None
    unborn = signal("u", 0, kind="help", unborn=True)
    assert stands(UNSEEN, [unborn, AT_HOME], day(200)) is None


def test_a_newborn_is_not_unseen_since_before_it_was_born() -> None:
    adult = signal("a", 0, by="police", relation="adult", indicators=("domestic_abuse_incident",))
    rule = ready(
        {
            "kind": "absence", "unseen_days": 90, "given": {"relations": ["own", "sibling", "household", "adult"]},
            "given_within_days": 1200, "under_months": 60,
        }
    )  # fmt: skip
    measured = signal("b", 1000, by="health", kind="measure", indicators=(), age_months=0)
    assert stands(rule, [adult, measured], day(1005)) is None
    found = stands(rule, [adult, measured], day(1090))
    assert found is not None
    assert (found.since, found.seen_before) == (day(1000).date(), False)
    only_others = replace(adult, age_months=2, occurred_end=day(400), occurred_start=day(400))
    found = stands(rule, [only_others], day(900))  # nothing was ever said of the child itself
    assert found is not None
    assert found.since == date(2026, 12, 9)  # two months before day 400


def test_a_child_once_reported_unborn_is_waited_for_after_its_birth() -> None:
    unborn = signal("a", 0, unborn=True, indicators=("pregnancy_concealed_or_late",))
    born = signal("b", 100, by="police", indicators=("domestic_abuse_incident",))
    rule = ready({"kind": "absence", "unseen_days": 90, "given": {}, "given_within_days": 365, "under_months": 60})
    assert stands(rule, [unborn], day(400)) is None
    found = stands(rule, [unborn, born], day(400))
    assert found is not None
    assert found.since == day(100).date()


@pytest.mark.parametrize(
    "more",
    [
        {"how_known": "told_by_organisation", "by": "police"},  # the report of before the birth, passed on
        {"by": "gp"},  # a report of before the birth, recorded late
        {"by": "gp", "occurred_end": day(300), "precision": "year"},  # of a time that may be before the birth
    ],
)
def test_what_is_told_late_of_before_the_birth_lets_no_alarm_rest(more: dict[str, Any]) -> None:
    unborn = signal("a", 0, by="health", unborn=True, indicators=("pregnancy_concealed_or_late",))
    born = signal("b", 60, indicators=("domestic_abuse_incident",))
    rule = ready({"kind": "absence", "unseen_days": 90, "given": {}, "given_within_days": 365, "under_months": 60})
    late: dict[str, Any] = {"recorded_at": day(70), "received": day(70), "known_at": day(70)}
    again = signal("c", 0, unborn=True, indicators=("pregnancy_concealed_or_late",), **late, **more)
    before, after = stands(rule, [unborn, born], day(400)), stands(rule, [unborn, born, again], day(400))
    assert before is not None
    assert after is not None
    assert before.since == after.since


# --------------------------------------------------------------------------------------------------- what it says


def test_the_smallest_set_and_the_sentences_come_from_the_evidence() -> None:
    said = [
        signal("a", 0), signal("b", 30, by="police", indicators=("domestic_abuse_incident",)),
        signal("c", 60), signal("d", 61, received=day(80), known_at=day(80)),
    ]  # fmt: skip
    found = stands(THREE, said, day(81))
    assert found is not None
    assert smallest(THREE, found, day(81)) == ("b/0", "c/0", "d/0")
    reasons = explain(THREE, found, day(81), NAMES)
    hungry, abuse = (label("hunger"), label("domestic_abuse_incident"))
    assert reasons.why == (
        "4 incidents known first hand, from 2 organisations, between 5 January 2026 and 7 March 2026: "
        f"Oak Lane School on 7 March 2026 ({hungry}); Oak Lane School on 6 March 2026 ({hungry}); "
        f"Northshire Police on 4 February 2026 ({abuse}); Oak Lane School on 5 January 2026 ({hungry})."
    )
    assert reasons.why_now == (
        f"The newest report reached the hub on 26 March 2026: Oak Lane School on 7 March 2026 ({hungry}). "
        "It came 19 days after it happened."
    )
    assert reasons.would_rest == (
        "It would not stand if any of this is corrected, withdrawn or about another child: "
        f"Northshire Police on 4 February 2026 ({abuse})."
    )
    assert reasons.journey == "d"


def test_where_no_report_carries_it_alone_the_fewest_that_would_let_it_rest_are_named() -> None:
    said = [signal("a", 0), signal("b", 1, by="police"), signal("c", 2), signal("d", 3, by="police")]
    rests = "corrected, withdrawn or about another child"
    hungry = label("hunger")

    def told(some: Sequence[Signal]) -> str:
        found = stands(THREE, some, day(9))
        assert found is not None
        return explain(THREE, found, day(9), NAMES).would_rest

    assert told(said) == (  # two are left
        f"No single report carries it. It would not stand if both of these are {rests}: "
        f"Northshire Police on 8 January 2026 ({hungry}); Oak Lane School on 7 January 2026 ({hungry})."
    )
    assert told([*said, signal("e", 4)]).endswith(  # three are left, of one organisation
        f"if both of these are {rests}: "
        f"Northshire Police on 8 January 2026 ({hungry}); Northshire Police on 6 January 2026 ({hungry})."
    )
    three = told([*said, signal("e", 4, by="health")])
    assert f"if all three of these are {rests}: Northshire Health on 9 January 2026 " in three
    ten = [signal(f"s{n}", n, by="police" if n % 2 else "school") for n in range(10)]
    assert told(ten) == f"No single report carries it: four or more would have to be {rests}."


def test_one_piece_of_evidence_changed_changes_the_words() -> None:
    said = [signal("a", 0), signal("b", 1, by="police"), signal("c", 2)]
    other = [*said[:2], signal("c", 2, by="health", indicators=("injury_unexplained",))]
    one, two = stands(THREE, said, day(3)), stands(THREE, other, day(3))
    assert one is not None
    assert two is not None
    assert explain(THREE, one, day(3), NAMES).why != explain(THREE, two, day(3), NAMES).why
    assert (
        f"Northshire Health on 7 January 2026 ({label('injury_unexplained')})" in explain(THREE, two, day(3), NAMES).why
    )


def test_an_absence_says_since_when_and_what_was_known() -> None:
    found = stands(UNSEEN, [SEEN, AT_HOME], day(90))
    assert found is not None
    reasons = explain(UNSEEN, found, day(90), NAMES)
    assert reasons.why.startswith(
        "No organisation has reported seeing the child since 5 January 2026, and this was known:"
    )
    assert reasons.why_now == "On 5 April 2026 the child had been unseen for 90 days or longer."
    assert reasons.would_rest == "A report by any organisation that it has seen the child lets it rest."
    assert reasons.smallest == ("h/0",)


def test_a_large_evidence_still_gives_a_sufficient_small_set() -> None:
    said = [signal(f"m{n}", n // 4, by="police" if n == 7 else "school") for n in range(200)]
    found = stands(THREE, said, day(60))
    assert found is not None
    few = smallest(THREE, found, day(60))
    assert len(few) == 3
    assert stands(THREE, [one for one in said if one.id in few], day(60)) is not None
