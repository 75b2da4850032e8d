"""What the records made in the hub say of sharing: each fact beside the others, nothing edited."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hub.domain.consent import ConsentRecorded, effective
from hub.domain.consent_record import (
    ConsentCapacityAssessed,
    ConsentConflictRecorded,
    ConsentEvidenceHeld,
    ConsentExpired,
    ConsentGiven,
    ConsentInvalidated,
    ConsentObjected,
    ConsentRefused,
    ConsentWithdrawn,
    Scope,
    stated,
)
from hub.domain.fact import Envelope, Fact, Recorded

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
SCOPE = Scope(organisations=("school", "health"), categories=("narrative",), purposes=("early_help",))
COMMON: dict[str, Any] = {"person": "p1", "organisation": "council", "by": "staff-1"}
MUM: dict[str, Any] = {**COMMON, "giver": "parental_responsibility", "who": "mum"}
YOUNG: dict[str, Any] = {**COMMON, "giver": "young_person"}


def given(**otherwise: Any) -> ConsentGiven:
    said: dict[str, Any] = {
        **MUM, "how": "in_writing", "valid_from": NOON, "scope": SCOPE, "evidence_held": True, "shown": "birth_mother",
        "safe_to_refuse": True,
    }  # fmt: skip
    return ConsentGiven(**{**said, **otherwise})


def refused(**otherwise: Any) -> ConsentRefused:
    said: dict[str, Any] = {**YOUNG, "how": "face_to_face", "valid_from": NOON, "scope": Scope()}
    return ConsentRefused(**{**said, **otherwise})


def history(*facts: Fact | tuple[str, Fact]) -> list[Recorded]:
    """These facts on record "a" unless they name another, one a minute."""
    versions: dict[str, int] = {}
    found = []
    for position, one in enumerate(facts, start=1):
        name, fact = one if isinstance(one, tuple) else ("consent-record:a", one)
        versions[name] = versions.get(name, 0) + 1
        at = NOON + timedelta(minutes=position)
        found.append(Recorded(name, versions[name], position, Envelope(at, at, "person:s", "", "", "1"), fact))
    return found


def state(*facts: Fact | tuple[str, Fact], organisation: str = "school", days: int = 1) -> str:
    said = stated(history(*facts))
    return effective(said, organisation, "narrative", "early_help", NOON + timedelta(days=days)).state


def test_a_yes_without_the_form_or_without_shown_responsibility_is_an_assertion_until_it_is_there() -> None:
    no_form, no_standing = given(evidence_held=False), given(shown=None)
    assert (state(no_form), state(no_standing)) == ("none", "none")
    form = ConsentEvidenceHeld(**MUM, statement="consent-record:a@1", form=True)
    shown = ConsentEvidenceHeld(**MUM, statement="consent-record:a@1", form=False, shown="birth_certificate")
    assert (state(no_form, form), state(no_standing, shown)) == ("given", "given")
    assert (state(no_form, shown), state(no_standing, form)) == ("none", "none")


def test_the_form_of_what_an_organisations_message_asserted_may_be_held_later() -> None:
    asserted = ConsentRecorded(
        source_record="r1", organisation="school", recorded_at=NOON, about="consent_to_share", state="given",
        giver="parental_responsibility", organisations=("school",), categories=("narrative",), purposes=("early_help",),
        valid_from=NOON,
    )  # fmt: skip
    held = ConsentEvidenceHeld(**MUM, statement="consent:r1@1", form=True)
    assert state(("consent:r1", asserted)) == "none"
    assert state(("consent:r1", asserted), held) == "given"


def test_a_yes_counts_for_nothing_where_no_could_not_safely_have_been_said() -> None:
    assert state(given(safe_to_refuse=False)) == "none"


def test_what_shows_parental_responsibility_ends_and_with_it_the_yes() -> None:
    until = given(shown="court_order", shown_until=NOON + timedelta(days=30))
    assert (state(until, days=29), state(until, days=30)) == ("given", "expired")
    sooner = given(expires=NOON + timedelta(days=7), shown="court_order", shown_until=NOON + timedelta(days=30))
    assert state(sooner, days=8) == "expired"


def test_a_withdrawal_of_a_part_leaves_the_rest_and_the_position_before_it_is_as_it_was() -> None:
    part = ConsentWithdrawn(
        **MUM, statement="consent-record:a@1", valid_from=NOON, part=True, effect="stop_future",
        scope=Scope(organisations=("school",), categories=("narrative",), purposes=("early_help",)),
    )  # fmt: skip
    assert (state(given(), part), state(given(), part, organisation="health")) == ("withdrawn", "given")
    then = stated(one for one in history(given(), part) if one.position <= 1)
    assert effective(then, "school", "narrative", "early_help", NOON + timedelta(days=1)).state == "given"


def test_what_is_over_is_expired_and_what_never_counted_is_gone_from_there_on() -> None:
    over = ConsentExpired(**MUM, statement="consent-record:a@1", at=NOON + timedelta(hours=1))
    assert state(given(), over) == "expired"
    never = ConsentInvalidated(**MUM, statement="consent-record:a@1", reason="under_pressure")
    assert state(given(), never) == "none"
    assert len(stated(one for one in history(given(), never) if one.position <= 1)) == 1


def test_an_objection_closes_like_a_refusal() -> None:
    objection = ConsentObjected(**MUM, how="telephone", valid_from=NOON + timedelta(hours=1), scope=Scope())
    assert state(given(), objection) == "objection"


def test_capacity_judged_afterwards_raises_a_no_and_never_takes_competence_away() -> None:
    no, yes = ("consent-record:b", refused()), given()
    judged = ConsentCapacityAssessed(**YOUNG, test="gillick", outcome="competent")
    doubted = ConsentCapacityAssessed(**YOUNG, test="gillick", outcome="not_competent")
    raised = stated(history(yes, no, ("consent-record:b", judged), ("consent-record:b", doubted)))
    found = effective(raised, "school", "narrative", "early_help", NOON + timedelta(days=1))
    assert (found.state, found.competent, found.used) == ("refused", True, ("consent-record:b@1",))


def test_a_conflict_settled_for_the_parent_opens_what_their_yes_names_and_no_later_yes() -> None:
    no = ("consent-record:b", refused(competent=False))
    governs = ConsentConflictRecorded(**MUM, governs="consent-record:a@1", stands_back="consent-record:b@1")
    assert (state(given(), no), state(given(), no, governs)) == ("refused", "given")
    wider = given(scope=Scope(organisations=("police",), categories=("narrative",), purposes=("early_help",)))
    assert state(given(), no, governs, wider, organisation="police") == "refused"


def test_a_conflict_does_not_help_where_the_young_person_turns_out_to_be_competent() -> None:
    no = ("consent-record:b", refused(competent=False))
    governs = ConsentConflictRecorded(**MUM, governs="consent-record:a@1", stands_back="consent-record:b@1")
    judged = ("consent-record:b", ConsentCapacityAssessed(**YOUNG, test="gillick", outcome="competent"))
    assert state(given(), no, governs, judged) == "none"
