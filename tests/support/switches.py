"""One switch for each row of docs/seeds.md that is done: what is turned off, and the test of the row that then fails.

As a plugin of pytest (`-p tests.support.switches`, the switch's number in MASH_TEST_SWITCH) it turns that one off before any
test is imported; tests/architecture/test_switches.py turns off one after the other.
"""

import importlib
import os
from collections.abc import Callable
from functools import reduce
from typing import Any, NamedTuple
from uuid import uuid4

from msgspec.structs import replace


class Off(NamedTuple):
    """`what` ("module:name" or "module:Class.name") becomes what `by` makes of it; `test` of each of `rows` then fails."""

    what: str
    by: Callable[[Any], Any]
    test: str  # "folder/test_file::name", below tests/
    rows: str

    @property
    def path(self) -> str:
        """The test as docs/seeds.md names it."""
        file, _, name = self.test.partition("::")
        return f"tests/{file}.py::test_{name}"


def gives(value: object) -> Callable[[Any], Any]:
    """It answers always the same."""
    return does(lambda *_args, **_more: value)


def does(new: Callable[..., Any]) -> Callable[[Any], Any]:
    """It does this instead."""
    return lambda _old: new


def refused(*_args: object, **_more: object) -> None:
    """What is not there to be used."""
    raise AssertionError("switched off")


def no_own_ids(old: Any) -> Any:
    """No organisation's own id is ever met again."""
    return lambda keys, kind, value: old(keys, kind, str(uuid4()) if kind == "own" else value)


def no_rules(old: Any) -> Any:
    """A partnership without a rule."""
    return lambda *args, **more: {**old(*args, **more), "thresholds": []}


def no_measures(old: Any) -> Any:
    """A partnership that measures nothing."""

    def read(*args: Any, **more: Any) -> dict[str, Any]:
        whole: dict[str, Any] = old(*args, **more)
        return {**whole, "partnership": {**whole["partnership"], "measures": []}}

    return read


NOTHING, REFUSES = gives(None), does(refused)
LOAD, FORMULAS = "policies.partnerships:load_partnership", "hub.domain.formulas:"
STRATEGIES, LANGUAGE = "domain/test_rules_of_the_strategies::", "domain/test_rule_language::"
MEASURING, PLANS, ASSESSED = "domain/test_measuring::", "domain/test_help_plan::", "domain/test_assessment::"
PYRAMID = "levels_by_decision_and_by_step_make_the_pyramid_and_its_movements"
STATUS = "a_legal_status_counts_from_its_day_to_its_end_for_whoever_the_record_is_about"
EARLIER = "a_figure_at_an_earlier_position_is_the_earlier_figure"

SWITCHES = (
    # ------------------------------------------------------------------------------------ assessment, plan, level
    Off("hub.domain.assessment:check_begin", does(lambda known, _held: known),
        ASSESSED + "one_is_begun_of_a_type_of_the_partnership_and_not_while_another_is_open", "CAL-01"),
    Off("hub.domain.assessment:sections_of", gives(()), ASSESSED + "its_sections_follow_its_type", "WAK-06 STA-04"),
    Off("hub.domain.assessment:check_judge", NOTHING, ASSESSED + "need_and_risk_are_judged_apart_each_with_its_reason",
        "BWD-06 HID-06"),
    Off("hub.domain.assessment:check_attach", NOTHING, ASSESSED + "a_tool_is_a_reference_and_a_code_and_never_a_sentence",
        "BWD-16 HID-07"),
    Off("hub.domain.assessment:check_hear", NOTHING, ASSESSED + "the_child_is_heard_or_it_says_why_not", "WAK-11"),
    Off("hub.views.assessing:Assessing._before", gives({}),
        "journey/test_assessments::what_was_told_once_is_there_for_the_next_one_with_whose_it_was_and_is_counted",
        "BWD-02 WAK-10"),
    Off("hub.views.assessing:Assessing.view", REFUSES,
        "journey/test_assessments::the_pages_and_the_interface_carry_it_from_the_first_section_to_the_end", "BWD-04 HID-18"),
    Off("hub.views.assessing:Assessing.attach", NOTHING,
        "journey/test_assessments::a_tool_is_evidence_and_both_judgements_stand_beside_each_other", "WAK-07"),
    Off("hub.views.helping:evidence", gives(()),
        "journey/test_assessments::help_may_begin_before_an_assessment_is_complete_and_one_that_does_not_fit_the_level_is_shown",
        "DUR-01"),
    Off("hub.flow.expect_levels:planned", gives(()),
        "journey/test_levels::where_several_services_are_to_help_an_assessment_that_fits_and_a_team_are_waited_for",
        "STA-03 WAK-01 BWD-03"),
    Off("hub.flow.expect_levels:grown_up", gives(()),
        "journey/test_levels::who_turns_eighteen_while_they_are_helped_on_no_ground_is_said", "CAL-11"),
    Off("hub.domain.help:check_age", NOTHING,
        "journey/test_help::somebody_of_eighteen_is_helped_on_a_recorded_ground_alone", "BWD-01"),
    Off("hub.domain.help:check_propose", gives(("up", "Step up", "")),
        "journey/test_help::a_step_rests_on_what_is_on_record_and_a_newer_decision_holds_over_an_older_step", "STA-09 ACC-03"),
    Off("hub.domain.help_plan:check_team", NOTHING,
        PLANS + "a_team_has_so_many_organisations_that_work_with_the_child_and_a_seat_for_the_family", "CAL-08 STA-05"),
    Off("hub.domain.help_plan:check_make", does(lambda wish, *_args: wish.review_on),
        PLANS + "a_plan_has_the_familys_own_goal_where_it_says_it_is_and_a_day_of_review", "BWD-15"),
    Off("hub.domain.help_plan:VIEWS", lambda old: {**old, "": ""},
        PLANS + "a_meeting_says_who_of_the_team_was_there_and_when_it_meets_again", "BWD-13"),
    Off("hub.domain.between_meetings:between_meetings", gives([]),
        PLANS + "each_meeting_is_told_what_changed_since_the_one_before_and_what_was_not_done", "STA-07"),
    Off("hub.domain.help_plan:check_outcome", NOTHING,
        PLANS + "what_became_of_it_is_recorded_when_its_day_has_come_and_not_before", "DUR-06 HID-09"),
    Off("hub.adapters.blind:MatchKeys.digest", no_own_ids,
        "journey/test_born::a_child_who_is_born_goes_on_under_the_record_of_the_unborn_with_the_level_that_was_set",
        "CAL-09 ACC-07"),
    Off("hub.domain.offer:check_accept", NOTHING,
        "domain/test_offer::an_offer_is_answered_once_and_broken_off_only_after_a_yes", "STA-12"),
    Off("hub.views.directory:entries", gives({}),
        "journey/test_services::what_is_full_is_listed_and_what_nobody_declared_for_long_says_so", "DUR-08 HID-01"),
    # -------------------------------------------------------------------------------------------- meetings, leads
    Off("hub.domain.meeting:lacking", gives(()),
        "journey/test_meetings::without_a_quorum_nothing_is_decided_and_who_stands_there_is_carried_over", "CAL-04 HID-02"),
    Off("hub.domain.meeting:check_talk", NOTHING,
        "domain/test_meeting::a_conversation_is_of_two_organisations_or_of_one_with_the_family", "WAK-05 HID-19"),
    Off("hub.domain.lead:check_answer", does(lambda state, _by: state.asked),
        "properties/test_one_lead::at_every_moment_nobody_leads_or_exactly_one", "CAL-03 ACC-02"),
    Off("hub.domain.challenge:check_escalate", REFUSES,
        "journey/test_challenges::nobody_answers_in_time_and_it_may_go_further",
        "DUR-05"),
    Off("hub.domain.challenge:check_raise", NOTHING,
        "journey/test_challenges::one_challenges_what_became_of_ones_own_and_says_why", "HID-23"),
    # ------------------------------------------------------------------------------------------- rules and counting
    Off(LOAD, no_rules, STRATEGIES + "in_staffordshire_one_need_is_suggested_and_several_are_level_three", "STA-01"),
    Off(LOAD, no_rules, STRATEGIES + "each_of_blackburns_thirteen_groups_is_found_by_what_an_organisation_sends", "BWD-11"),
    Off(LOAD, no_rules, STRATEGIES + "each_line_of_working_togethers_list_suggests_early_help_in_wakefield", "WAK-08"),
    Off(LOAD, no_rules,
        STRATEGIES + "in_wakefield_two_of_the_six_criteria_count_whoever_of_the_household_they_are_about", "WAK-09"),
    Off(LOAD, no_rules, STRATEGIES + "in_durham_two_signs_of_neglect_add_up_and_one_sign_twice_does_not", "DUR-09"),
    Off("hub.views.alert_rows:told_nobody", gives(()),
        "journey/test_suggested::what_a_strategy_suggests_without_an_alert_is_on_the_page_of_the_child",
        "STA-01 BWD-11 WAK-08 DUR-09"),
    Off("hub.domain.counting:_only_refused", gives(False),
        LANGUAGE + "refusing_an_offer_is_never_a_reason_by_itself_however_it_is_recorded", "STA-02"),
    Off("hub.domain.thresholds:_steps", NOTHING,
        LANGUAGE + "refusal_asks_for_an_unmet_need_two_offers_and_a_second_judgement", "DUR-04"),
    Off("hub.domain.thresholds:_counts", gives(False),
        LANGUAGE + "a_decision_is_no_worry_and_counts_only_where_a_rule_asks_for_it", "HID-05"),
    Off("hub.domain.counting:is_echo", gives(False),
        "journey/test_journey::an_echo_of_what_another_organisation_said_adds_nothing", "STA-11"),
    Off("hub.domain.thresholds:judge", REFUSES,
        "journey/test_journey::two_organisations_each_hold_one_piece_and_a_person_gets_one_explained_alert", "CAL-05"),
    Off("hub.domain.thresholds:_absence", NOTHING,
        "consumers/test_thresholds::nobody_having_seen_a_child_is_found_when_no_event_arrives",
        "WAK-12"),
    # ------------------------------------------------------------------------------- front door, decisions, silence
    Off("hub.domain.coverage:progress", REFUSES,
        "domain/test_coverage::asking_is_complete_when_all_have_answered_and_who_was_not_asked_has_a_reason_that_stands",
        "CAL-02 ACC-01"),
    Off("hub.domain.clocks:due", does(lambda _clock, start, _calendar=None: start),
        "domain/test_clocks::a_clock_runs_out",
        "CAL-07"),
    Off("hub.flow.count:Counting._made", gives({}),
        "flow/test_count::an_answer_lets_a_concern_about_adults_count_for_the_children_named_and_the_next_answer_replaces_it",
        "CAL-10 HID-13"),
    Off("hub.domain.decision:_check_child", NOTHING,
        "domain/test_decision::a_decision_with_an_answer_missing_is_refused_by_that_answer", "CAL-12"),
    Off("hub.domain.enquiry:ACTIONS", lambda old: {**old, "none": "Nothing"},
        "domain/test_enquiry::doing_nothing_is_not_among_the_actions", "STA-10 DUR-02"),
    Off("hub.flow.expect_relay:expected", NOTHING,
        "journey/test_silence::a_step_down_that_nobody_accepts_is_missed_until_somebody_leads",
        "BWD-07 ACC-04"),
    Off("hub.flow.expect_relay:expected", NOTHING,
        "journey/test_silence::help_that_was_refused_is_not_forgotten_and_a_decision_comes_back_to_it", "ACC-06"),
    Off("hub.domain.feed:silent_from", NOTHING,
        "consumers/test_silence::a_school_that_speaks_daily_is_silent_the_day_after_one_without_a_word", "HID-20"),
    Off("hub.domain.became:told", REFUSES,
        "journey/test_senders_are_told::a_decision_tells_a_class_and_a_reason_once_and_nothing_else",
        "WAK-03"),
    Off("hub.views.requesting:Requesting.state", REFUSES,
        "journey/test_requests::an_answer_is_overdue_and_then_a_task_and_late_when_it_comes",
        "STA-13"),
    Off("hub.web.api.concerns:read", REFUSES,
        "journey/test_ways_in::every_way_in_gives_the_same_receipt_and_leads_to_the_same_record",
        "BWD-05"),
    Off("hub.web.api.concerns:read", REFUSES,
        "journey/test_ways_in::a_family_that_makes_contact_itself_comes_in_by_a_partners_own_page_and_is_counted_as_one_caller",
        "HID-11"),
    Off("hub.views.replying:Replying.open_link", REFUSES,
        "journey/test_requests::who_answers_without_an_account_answers_in_two_clicks_and_begins_no_session", "BWD-17"),
    Off("hub.domain.referral:within", gives(False),
        "domain/test_referral::a_referral_is_a_re_referral_within_twelve_months_of_one_before", "ACC-08"),
    Off("hub.views.at_it:at_it", gives(()),
        "journey/test_enquiries::a_contact_about_a_child_with_a_worker_goes_to_them_and_is_not_screened_again",
        "WAK-15"),
    # -------------------------------------------------------------------------------------------- sharing, chronology
    Off("hub.domain.protocol:outside", gives(""),
        "journey/test_protocol::what_the_protocol_does_not_cover_is_withheld_with_its_clause_and_stands_so_in_the_ledger",
        "STA-08"),
    Off("hub.views.lettering:sentence", gives(""),
        "journey/test_letters::a_letter_says_which_organisation_looked_and_for_what_and_quotes_nobody", "WAK-13"),
    Off("hub.views.anyway:anyway", gives(()),
        "views/test_consenting::nobody_is_asked_where_there_is_a_ground_to_share_anyway",
        "ACC-05"),
    Off("hub.views.consenting:Consenting.preview", REFUSES,
        "views/test_consenting::before_a_withdrawal_one_sees_what_rests_on_it_and_then_everybody_is_told_to_stop", "BWD-10"),
    Off("hub.domain.staff:ROLES", lambda old: {**old, "locality_worker": replace(old["navigator"], id="locality_worker")},
        "journey/test_locality_worker::the_role_opens_less_than_any_of_the_front_door", "WAK-18 HID-15"),
    Off("hub.views.involved:again", does(lambda shown: tuple(entry for _, entry in shown)),
        "journey/test_chronology::what_several_organisations_said_stands_in_one_order_with_what_is_grave_and_what_came_again",
        "BWD-14 HID-04"),
    Off("hub.views.chronology_table:as_csv", gives(""),
        "journey/test_chronology::page_interface_and_command_save_the_same_lines_in_codes_and_no_words", "BWD-08"),
    # ------------------------------------------------------------------------------ audits, what-if, measures
    Off("hub.domain.auditing:earliest", gives(()),
        "domain/test_auditing::the_earliest_rule_stands_on_what_was_known_by_then",
        "CAL-13 ACC-10"),
    Off("hub.domain.auditing:draw", gives(()),
        "domain/test_auditing::a_seed_draws_the_same_in_any_order_and_another_seed_another", "DUR-07"),
    Off("hub.domain.auditing:check_judgement", REFUSES,
        "journey/test_practice_audits::an_auditor_decides_before_the_first_decision_is_shown_and_then_finds", "HID-10"),
    Off("hub.flow.what_if:history_of", gives([]),
        "journey/test_what_if::one_planted_rule_is_counted_every_way", "BWD-18"),
    Off("hub.views.measuring:Measuring.account", REFUSES,
        "journey/test_measures::an_account_to_a_board_is_every_measure_at_one_position_and_the_same_when_it_is_asked_again",
        "CAL-14"),
    Off("hub.flow.series:Series.load", REFUSES,
        "journey/test_measures::a_series_is_loaded_once_and_taken_back_and_the_earlier_position_still_has_it",
        "HID-12 M-imported"),
    Off("hub.domain.measuring:hide", gives(set()),
        MEASURING + "one_part_that_is_hidden_hides_another_because_the_whole_would_give_it_away", "BWD-12 ACC-09"),
    Off(LOAD, no_measures, "architecture/test_partnerships::the_measures_of_each_strategy_are_there", "STA-K"),
    Off(FORMULAS + "audited", gives(()), MEASURING + "what_auditors_found_is_counted", "M-audited"),
    Off(FORMULAS + "below_threshold", gives(()), MEASURING + "what_did_not_meet_the_threshold_goes_back_to_who_sent_it",
        "M-below-threshold"),
    Off(FORMULAS + "children_in_care", gives(()), MEASURING + STATUS, "M-children-in-care"),
    Off(FORMULAS + "children_in_need", gives(()), MEASURING + STATUS, "M-children-in-need"),
    Off(FORMULAS + "child_protection_plans", gives(()), MEASURING + STATUS, "M-child-protection-plans"),
    Off(FORMULAS + "consent_to_share", gives(()), MEASURING + "consent_and_conversion", "M-consent-to-share"),
    Off(FORMULAS + "conversion", gives(()), MEASURING + "consent_and_conversion", "M-conversion"),
    Off(FORMULAS + "first_help", gives(()),
        MEASURING + "help_begins_with_a_yes_and_days_run_from_the_first_worry", "M-first-help"),
    Off(FORMULAS + "high_at_start", gives(()), MEASURING + PYRAMID, "M-high-at-start"),
    Off(FORMULAS + "level_pyramid", gives(()), MEASURING + PYRAMID, "M-level-pyramid HID-17 DUR-11"),
    Off(FORMULAS + "step_down_share", gives(()), MEASURING + PYRAMID, "M-step-down-share"),
    Off(FORMULAS + "needs_named", gives(()),
        MEASURING + "the_childs_view_the_need_and_the_rule_beside_the_person", "M-needs-named"),
    Off(FORMULAS + "referrals", gives(()), MEASURING + EARLIER, "M-referrals"),
    Off(FORMULAS + "re_referrals", gives(()), MEASURING + EARLIER, "M-re-referrals"),
    Off(FORMULAS + "told_after", gives(()),
        MEASURING + "how_late_organisations_tell_leaves_loads_of_history_out", "BWD-09"),
    Off(FORMULAS + "journey", gives(()),
        MEASURING + "contact_to_grade_to_decision_to_help_by_hour_and_weekday", "HID-21"),
    Off("hub.domain.formulas_help:teams", gives(()),
        MEASURING + "a_team_sits_around_a_child_with_two_organisations_and_until_the_plan_is_closed", "M-teams WAK-14"),
)  # fmt: skip


def turned(what: str) -> tuple[Any, str, Any]:
    """Where it lies, by which name, and what it is. Raises ImportError or AttributeError where there is no such thing."""
    module, _, name = what.partition(":")
    *way, last = name.split(".")
    place = reduce(getattr, way, importlib.import_module(module))
    return place, last, getattr(place, last)


if "MASH_TEST_SWITCH" in os.environ:
    one = SWITCHES[int(os.environ["MASH_TEST_SWITCH"])]
    place, name, old = turned(one.what)
    setattr(place, name, one.by(old))
