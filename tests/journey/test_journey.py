"""The main job, through the front door with real parts: a concern is published, recorded, linked, ruled, counted,
relayed, found on, and becomes one explained alert in front of a person.

Both modes run all of it. Each test speaks of children of its own, and compares everything that its messages led to.
"""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
from sqlalchemy import select

from hub.domain.alert import AlertRaised, AlertStrengthened, AlertWeakened
from hub.domain.child import SignalCounted, SignalDiscounted
from hub.domain.concern import ConcernRuled, CorrectionRecorded, WithdrawalRecorded, message_id
from hub.domain.edition import EditionPublished
from hub.domain.household import HouseholdObserved
from hub.domain.matching import RULES
from hub.domain.message import HowKnown, Member, Name
from hub.domain.person import PersonOpened, SourceRecordLinked
from hub.views import store
from hub.views.columns import meta
from tests.support.messages import (
    Child,
    a_child,
    an_adult,
    answer,
    concern,
    consent,
    correction,
    household,
    involvement,
    legal_status,
    moment,
    seen_by,
    strength,
    withdrawal,
)
from tests.support.partnership import MovedClock, RunningHub, wait_until

NEGLECT = "neglect-composite"
BY_RULE = ("nhs_number", "forename", "surname", "birth_date")


def told(hub: RunningHub, organisation: str, child: Child, *indicators: str, **more: object) -> str:
    """A concern of this organisation about this child, settled; the sender's id."""
    ident = hub.say(concern(organisation, seen_by(child, organisation, *indicators), **more))  # type: ignore[arg-type]
    hub.settled()
    return ident


def causes(hub: RunningHub, organisation: str, ident: str) -> list[tuple[str, str, str]]:
    """(fact, on which kind of stream, because of which fact) of everything that a message led to, in order."""
    facts = hub.journey(organisation, ident)
    names = {one.ref: one.fact.NAME for one in hub.facts()}
    return [
        (
            one.fact.NAME,
            one.stream.partition(":")[0],
            names.get(one.envelope.because, one.envelope.because.split("/")[0]),
        )
        for one in facts
    ]


def counted_for(hub: RunningHub, child: str) -> dict[str, str]:
    """What counts for a child now: signal id -> relation."""
    counted: dict[str, str] = {}
    for one in hub.stream(f"child:{child}"):
        if isinstance(one.fact, SignalCounted):
            counted[one.fact.signal.id] = one.fact.signal.relation
        elif isinstance(one.fact, SignalDiscounted):
            counted.pop(one.fact.signal_id, None)
    return counted


# ------------------------------------------------------------------------------------------------------ the whole way


def test_two_organisations_each_hold_one_piece_and_a_person_gets_one_explained_alert(running_hub: RunningHub) -> None:
    child = a_child()
    from_school = told(running_hub, "school", child, "hunger", at=moment(3))
    from_health = told(running_hub, "health", child, "was_not_brought", at=moment(1))
    assert causes(running_hub, "school", from_school) == [
        ("concern.recorded", "message", "log:concern.school.v1"),
        ("source-record.opened", "source-record", "concern.recorded"),
        ("person.opened", "person", "concern.recorded"),
        ("source-record.linked", "person", "concern.recorded"),
        ("concern.ruled", "message", "concern.recorded"),
        ("signal.counted", "child", "concern.ruled"),
    ]
    assert causes(running_hub, "health", from_health) == [
        ("concern.recorded", "message", "log:concern.health.v1"),
        ("source-record.opened", "source-record", "concern.recorded"),
        ("source-record.linked", "person", "concern.recorded"),
        ("concern.ruled", "message", "concern.recorded"),
        ("signal.counted", "child", "concern.ruled"),
        ("alert.raised", "alert", "signal.counted"),
    ]
    person = running_hub.child_of("school", from_school)
    assert running_hub.child_of("health", from_health) == person
    alerts = {one.fact.rule: one for one in running_hub.alerts(person) if isinstance(one.fact, AlertRaised)}
    assert sorted(alerts) == [NEGLECT]
    raised = alerts[NEGLECT].fact
    assert isinstance(raised, AlertRaised)
    evidence = tuple(sorted((f"{message_id('school', from_school)}/0", f"{message_id('health', from_health)}/0")))
    assert alerts[NEGLECT].stream == f"alert:{person}:{NEGLECT}:1"
    assert (raised.level, raised.edition, raised.evidence, raised.smallest, raised.possible) == (
        3, "1", evidence, evidence, False,
    )  # fmt: skip
    for said in ("2 incidents known first hand, from 2 organisations", "hungry", "was not brought"):
        assert said in raised.why, raised.why
    assert child.forename not in raised.why
    assert child.surname not in raised.why
    assert "was not brought" in raised.why_now
    assert "hungry" in raised.would_rest
    assert "level 4" in raised.would_raise


def test_the_link_says_by_which_comparisons_and_rules_it_was_made(running_hub: RunningHub) -> None:
    child = a_child()
    told(running_hub, "school", child)
    ident = told(running_hub, "health", child)
    (link,) = [one.fact for one in running_hub.journey("health", ident) if isinstance(one.fact, SourceRecordLinked)]
    agreeing = tuple(weight.field for weight in link.weights if weight.outcome == "agrees")
    assert (link.how, link.rules, agreeing, link.runner_up) == ("rule", RULES, BY_RULE, None)


def test_at_intake_it_counts_in_codes_and_its_words_stay_in_the_sealed_room(running_hub: RunningHub) -> None:
    ident = told(running_hub, "school", a_child())
    (ruled,) = [one.fact for one in running_hub.journey("school", ident) if isinstance(one.fact, ConcernRuled)]
    assert ruled == ConcernRuled(
        counted=True, told=(), room="sealed", policies=("C01",), basis="public_task; CA 2004 s11; cannot_be_given"
    )


def test_the_edition_that_all_is_judged_by_is_itself_a_fact_with_its_policies_in_it(running_hub: RunningHub) -> None:
    published = [one for one in running_hub.facts() if isinstance(one.fact, EditionPublished)]
    assert [(one.stream, one.version) for one in published] == [("edition:1", 1)]
    fact = published[0].fact
    assert isinstance(fact, EditionPublished)
    parts = json.loads(fact.content)
    assert parts["partnership"]["name"] == "demo"
    assert '@id("C01")' in parts["policies"]
    assert NEGLECT in {rule["id"] for rule in parts["thresholds"]}
    assert "hunger" in parts["vocabulary"]["indicators"]
    assert running_hub.hub.edition.content_hash == fact.content_hash


# ------------------------------------------------------------------------------------------------------ once, and one


def test_the_same_message_three_times_is_recorded_once(running_hub: RunningHub) -> None:
    school = running_hub.organisations["school"]
    package = school.package(concern("school", seen_by(a_child(), "school")), ident := str(a_uuid()))
    places = running_hub.send(package)
    running_hub.settled()
    before = running_hub.names("school", ident)
    places += running_hub.send(package, package)
    running_hub.settled()
    assert running_hub.names("school", ident) == before
    assert [running_hub.quarantined(place) for place in places] == [None, None, None]


def test_a_sender_who_tries_again_through_the_front_desk_is_recorded_once_and_leaves_no_gap(
    running_hub: RunningHub,
) -> None:
    # the front desk gives the second try a number of its own: what is said is the same, the bytes are not
    said, ident = concern("housing", seen_by(a_child(), "housing", "unsafe_home_conditions")), str(a_uuid())
    hub = running_hub.hub
    receipts = [hub.publish([(ident, said)])[0] for _ in range(3)]
    after = hub.publish([(str(a_uuid()), concern("housing", seen_by(a_child(), "housing")))])[0]
    running_hub.settled()
    assert running_hub.names("housing", ident).count("concern.recorded") == 1
    topics = {receipt.position for receipt in (*receipts, after)}
    quarantined = {row["place"] for row in hub.quarantine_rows()}
    assert not topics & quarantined
    assert gaps(running_hub, "housing") == []


def test_one_alert_is_live_for_a_child_and_rule_however_much_comes_in(running_hub: RunningHub) -> None:
    child = a_child()
    first = told(running_hub, "school", child, "hunger", at=moment(9))
    told(running_hub, "health", child, "was_not_brought", at=moment(6))
    told(running_hub, "police", child, "left_unsupervised", at=moment(3))
    person = running_hub.child_of("school", first)
    about = [one for one in running_hub.alerts(person) if f":{NEGLECT}:" in one.stream]
    assert [(one.stream.rpartition(":")[2], one.version, one.fact.NAME) for one in about] == [
        ("1", 1, "alert.raised"), ("1", 2, "alert.strengthened"),
    ]  # fmt: skip
    assert isinstance(about[1].fact, AlertStrengthened)
    assert len(about[1].fact.evidence) == 3
    rows = running_hub.hub.views.rows(select(store.alert).where(store.alert.c.child == person))
    live = [row["rule"] for row in rows if row["state"] == "open"]
    assert sorted(live) == sorted(set(live))


def test_an_echo_of_what_another_organisation_said_adds_nothing(running_hub: RunningHub) -> None:
    child = a_child()
    first = told(running_hub, "school", child, "hunger", at=moment(4))
    told(
        running_hub, "health", child, "was_not_brought", at=moment(3),
        how_known=HowKnown("told_by_organisation", "school"),
    )  # fmt: skip
    person = running_hub.child_of("school", first)
    assert sorted(counted_for(running_hub, person).values()) == ["own", "own"]  # heard, and counted for nothing
    assert running_hub.alerts(person) == []


def test_two_reports_of_one_incident_are_one_incident(running_hub: RunningHub) -> None:
    child = a_child()
    first = told(running_hub, "school", child, "hunger", at=moment(4), incident="incident-1")
    told(running_hub, "health", child, "poor_hygiene", at=moment(4), incident="incident-1")
    about = running_hub.alerts(running_hub.child_of("school", first))
    assert [one for one in about if f":{NEGLECT}:" in one.stream] == []


# -------------------------------------------------------------------------------------------------- taken back


def test_a_correction_takes_the_first_statement_out_of_the_count_and_puts_the_new_one_in(
    running_hub: RunningHub,
) -> None:
    child = a_child()
    ident = told(running_hub, "school", child, "hunger", at=moment(5))
    told(running_hub, "health", child, "was_not_brought", at=moment(4))
    person = running_hub.child_of("school", ident)
    statement = concern("school", seen_by(child, "school", "attendance_low"), at=moment(5))
    corrected = running_hub.say(correction(ident, statement))
    running_hub.settled()
    facts = running_hub.journey("school", corrected)
    assert causes(running_hub, "school", corrected)[:4] == [
        ("correction.recorded", "message", "log:concern.school.v1"),
        ("concern.ruled", "message", "correction.recorded"),
        ("signal.discounted", "child", "correction.recorded"),
        ("signal.counted", "child", "concern.ruled"),
    ]
    first = facts[0].fact
    assert isinstance(first, CorrectionRecorded)
    assert first.corrects == message_id("school", ident)
    old, new = f"{message_id('school', ident)}/0", f"{message_id('school', corrected)}/0"
    assert [one.fact for one in facts if isinstance(one.fact, SignalDiscounted)] == [
        SignalDiscounted(signal_id=old, reason="corrected")
    ]
    assert old not in counted_for(running_hub, person)
    assert counted_for(running_hub, person)[new] == "own"
    # the alert does not vanish: it says that it stands no more, and waits for a person
    newest = [one.fact for one in running_hub.alerts(person) if f":{NEGLECT}:" in one.stream][-1]
    assert isinstance(newest, AlertWeakened)
    assert (newest.holds, newest.evidence) == (False, ())


def test_a_withdrawal_takes_its_statement_out_of_the_count_and_leaves_it_readable_as_withdrawn(
    running_hub: RunningHub,
) -> None:
    child = a_child()
    ident = told(running_hub, "school", child, "hunger")
    person = running_hub.child_of("school", ident)
    back = running_hub.say(withdrawal("school", ident, reason_code="wrong_child"))
    running_hub.settled()
    assert causes(running_hub, "school", back) == [
        ("withdrawal.recorded", "message", "log:concern.school.v1"),
        ("signal.discounted", "child", "withdrawal.recorded"),
    ]
    fact = running_hub.journey("school", back)[0].fact
    assert isinstance(fact, WithdrawalRecorded)
    assert (fact.withdraws, fact.reason_code) == (message_id("school", ident), "wrong_child")
    assert counted_for(running_hub, person) == {}
    stream = f"message:{message_id('school', ident)}"
    rows = running_hub.hub.views.rows(select(store.said.c.standing).where(store.said.c.stream == stream))
    assert rows == [{"standing": "withdrawn"}]


def test_a_concern_and_its_correction_in_one_breath_are_both_recorded(running_hub: RunningHub) -> None:
    child = a_child()
    school = running_hub.organisations["school"]
    said = concern("school", seen_by(child, "school", "hunger"), at=moment(2))
    better = concern("school", seen_by(child, "school", "poor_hygiene"), at=moment(2))
    first, second, third = (str(a_uuid()) for _ in range(3))
    places = running_hub.send(
        school.package(said, first), school.package(correction(first, better), second),
        school.package(withdrawal("school", second), third),
    )  # fmt: skip
    running_hub.settled()
    assert [running_hub.quarantined(place) for place in places] == [None, None, None]
    assert counted_for(running_hub, running_hub.child_of("school", first)) == {}


def test_each_statement_is_taken_back_once_and_a_correction_falls_with_what_it_corrected(
    running_hub: RunningHub,
) -> None:
    child = a_child()
    ident = told(running_hub, "school", child, "hunger")
    better = running_hub.say(correction(ident, concern("school", seen_by(child, "school", "poor_hygiene"))))
    running_hub.say(withdrawal("school", ident))
    running_hub.settled()
    person = running_hub.child_of("school", ident)
    gone = [one.fact for one in running_hub.stream(f"child:{person}") if isinstance(one.fact, SignalDiscounted)]
    assert gone == [
        SignalDiscounted(signal_id=f"{message_id('school', ident)}/0", reason="corrected"),
        SignalDiscounted(signal_id=f"{message_id('school', better)}/0", reason="withdrawn"),
    ]
    assert counted_for(running_hub, person) == {}


# ---------------------------------------------------------------------------------------- whose is it, when unsure


def test_a_child_without_a_number_who_is_near_a_known_one_stands_in_review_and_still_collects(
    running_hub: RunningHub,
) -> None:
    child = a_child()
    known = told(running_hub, "school", child, "hunger", at=moment(4))
    person = running_hub.child_of("school", known)
    # no NHS number, and a birthday that is a slip of the pen away
    unsure = child.known_to("police", nhs_number=None, birth_date=child.born.replace(day=child.born.day + 1))
    ident = running_hub.say(concern("police", seen_by(child, "police", "left_unsupervised", person=unsure)))
    running_hub.settled()
    other = running_hub.child_of("police", ident)
    assert other != person
    opened = next(one.fact for one in running_hub.stream(f"person:{other}") if isinstance(one.fact, PersonOpened))
    assert (opened.standing, opened.candidates) == ("in_review", (person,))
    signal = f"{message_id('police', ident)}/0"
    assert counted_for(running_hub, other) == {signal: "own"}
    assert counted_for(running_hub, person)[signal] == "possible"
    raised = [one.fact for one in running_hub.alerts(person) if isinstance(one.fact, AlertRaised)]
    assert [(one.rule, one.possible) for one in raised if one.rule == NEGLECT] == [(NEGLECT, True)]
    assert "identity is in review" in next(one.why for one in raised if one.rule == NEGLECT)
    assert running_hub.alerts(other) == []


def test_in_one_batch_or_in_two_an_unsure_child_counts_for_its_candidate_alike(running_hub: RunningHub) -> None:
    child = a_child()
    known = told(running_hub, "school", child, "hunger", at=moment(4))
    person = running_hub.child_of("school", known)
    unsure = child.known_to("police", nhs_number=None, birth_date=child.born.replace(day=child.born.day + 1))
    said = [concern("police", seen_by(child, "police", code, person=unsure)) for code in ("poor_hygiene", "hunger")]
    idents = running_hub.say_all(said)
    running_hub.settled()
    possible = {signal for signal, relation in counted_for(running_hub, person).items() if relation == "possible"}
    assert possible == {f"{message_id('police', ident)}/0" for ident in idents}


def test_taking_back_what_an_unsure_child_was_said_of_takes_it_from_the_candidate_too(running_hub: RunningHub) -> None:
    child = a_child()
    person = running_hub.child_of("school", told(running_hub, "school", child, "hunger"))
    unsure = child.known_to("police", nhs_number=None, birth_date=None)
    ident = running_hub.say(concern("police", seen_by(child, "police", "left_unsupervised", person=unsure)))
    running_hub.say(withdrawal("police", ident))
    running_hub.settled()
    assert f"{message_id('police', ident)}/0" not in counted_for(running_hub, person)
    assert counted_for(running_hub, running_hub.child_of("police", ident)) == {}


def test_a_brother_of_the_same_surname_and_address_is_another_person(running_hub: RunningHub) -> None:
    child, brother = a_child("Robin", "Sameson"), a_child("Kit", "Sameson")
    one = running_hub.child_of("school", told(running_hub, "school", child))
    other = running_hub.child_of("health", told(running_hub, "health", brother))
    assert one != other
    opened = next(one.fact for one in running_hub.stream(f"person:{other}") if isinstance(one.fact, PersonOpened))
    assert (opened.standing, opened.candidates) == ("established", ())


def test_an_unborn_child_is_linked_by_its_organisations_own_id_alone(running_hub: RunningHub) -> None:
    mother = a_child("Mum")
    unborn = a_child().known_to(
        "health", nhs_number=None, birth_date=None, names=(Name("Baby", mother.surname),), mother_nhs_number=mother.nhs
    )
    idents = [
        running_hub.say(concern("health", seen_by(mother, "health", "poor_hygiene", person=unborn, unborn=True)))
        for _ in range(2)
    ]
    about_mother = told(running_hub, "police", mother)
    running_hub.settled()
    assert running_hub.child_of("health", idents[0]) == running_hub.child_of("health", idents[1])
    assert running_hub.child_of("police", about_mother) != running_hub.child_of("health", idents[0])


# ------------------------------------------------------------------------------------------------ what else is said


def test_a_concern_that_names_no_child_is_recorded_and_listed_until_somebody_finds_the_children(
    running_hub: RunningHub,
) -> None:
    ident = running_hub.say(concern("police", adults=(an_adult("police"),)))
    running_hub.settled()
    assert running_hub.names("police", ident) == [
        "concern.recorded", "source-record.opened", "person.opened", "source-record.linked", "concern.ruled",
    ]  # fmt: skip
    message = message_id("police", ident)
    rows = running_hub.hub.views.rows(select(store.unplaced).where(store.unplaced.c.message == message))
    assert [(row["message"], row["organisation"]) for row in rows] == [(message, "police")]


def test_a_strength_is_recorded_beside_the_worries_and_lowers_nothing(running_hub: RunningHub) -> None:
    child = a_child()
    first = told(running_hub, "school", child, "hunger", at=moment(9))
    told(running_hub, "health", child, "was_not_brought", at=moment(6))
    person = running_hub.child_of("school", first)
    before = running_hub.alerts(person)
    ident = running_hub.say(strength("school", seen_by(child, "school", "help_accepted")))
    running_hub.settled()
    assert running_hub.names("school", ident) == ["strength.recorded", "concern.ruled", "signal.counted"]
    assert running_hub.alerts(person) == before


def test_consent_involvement_and_legal_status_stand_with_the_child_they_are_about(running_hub: RunningHub) -> None:
    child = a_child()
    at_school, at_council = child.known_to("school"), child.known_to("council")
    idents = [
        ("school", running_hub.say(consent("school", at_school, "refused"))),
        ("council", running_hub.say(involvement("council", at_council, "family support"))),
        ("council", running_hub.say(legal_status("council", at_council, "child_protection_plan"))),
    ]
    running_hub.settled()
    last = [(running_hub.journey(*each)[-1].stream.split(":")[0], running_hub.names(*each)[-1]) for each in idents]
    assert last == [
        ("consent", "consent.recorded"),
        ("source-record", "involvement.changed"),
        ("source-record", "legal-status.changed"),
    ]
    assert [running_hub.names(*each)[0] for each in idents] == ["message.taken"] * 3


def test_an_answer_and_a_household_are_recorded_with_everybody_they_name(running_hub: RunningHub) -> None:
    child, adult = a_child(), an_adult("housing")
    members = (Member(person=child.known_to("housing"), role="child"), Member(person=adult.person, role="mother"))
    home = running_hub.say(household("housing", *members))
    said = running_hub.say(answer("health", child.known_to("health"), "request-1"))
    running_hub.settled()
    opening = ["source-record.opened", "person.opened", "source-record.linked"]
    assert running_hub.names("housing", home) == ["household.observed", *opening, *opening]
    fact = running_hub.journey("housing", home)[0].fact
    assert isinstance(fact, HouseholdObserved)
    assert [member.role for member in fact.members] == ["child", "mother"]
    assert running_hub.names("health", said) == ["information.recorded", "source-record.opened", "source-record.linked"]


def test_a_competent_young_persons_refusal_keeps_what_is_said_next_out_of_the_count(running_hub: RunningHub) -> None:
    child = a_child(born=datetime(2011, 2, 3, tzinfo=UTC).date())
    refused = consent("school", child.known_to("school"), "refused", giver="young_person", competent=True)
    running_hub.say(refused)
    running_hub.settled()
    ident = told(running_hub, "school", child, "attendance_low")
    assert running_hub.names("school", ident) == ["concern.recorded", "concern.ruled"]
    (ruled,) = [one.fact for one in running_hub.journey("school", ident) if isinstance(one.fact, ConcernRuled)]
    assert (ruled.counted, ruled.policies) == (False, ("C14",))


# --------------------------------------------------------------------------------------- looking back, and rebuilding


def test_a_trace_tells_the_whole_journey_with_times_and_causes(running_hub: RunningHub) -> None:
    child = a_child()
    told(running_hub, "school", child, "hunger", at=moment(3))
    ident = told(running_hub, "health", child, "was_not_brought")
    for asked in (ident, message_id("health", ident)):
        steps = running_hub.hub.trace(asked)
        assert [step["name"] for step in steps] == running_hub.names("health", ident)
        assert [step["position"] for step in steps] == [one.position for one in running_hub.journey("health", ident)]
    text = json.dumps(steps, default=str)
    assert child.surname not in text
    assert child.nhs not in text


def test_views_that_are_thrown_away_and_rebuilt_are_the_same(running_hub: RunningHub) -> None:
    child = a_child()
    ident = told(running_hub, "school", child, "hunger")
    told(running_hub, "health", child, "was_not_brought")
    running_hub.say(withdrawal("school", ident))
    running_hub.settled()
    hub = running_hub.hub
    running_hub.stop()
    hub.views.catch_up("record", hub.record)
    hub.views.catch_up("ledger", hub.ledger)
    before = everything(running_hub)
    hub.views.empty()
    assert not any(rows for name, rows in everything(running_hub).items())
    hub.views.catch_up("record", hub.record)
    hub.views.catch_up("ledger", hub.ledger)
    assert everything(running_hub) == before
    running_hub.start()


def test_what_the_consumers_hold_can_be_thrown_away_and_raises_nothing_twice(running_hub: RunningHub) -> None:
    child = a_child()
    first = told(running_hub, "school", child, "hunger", at=moment(3))
    told(running_hub, "health", child, "was_not_brought")
    before = running_hub.alerts(running_hub.child_of("school", first))
    running_hub.stop()
    forget_consumer(running_hub)
    running_hub.start()
    running_hub.settled()
    assert running_hub.alerts(running_hub.child_of("school", first)) == before


def test_in_production_everything_lies_in_postgresql_and_only_keys_lie_in_files(running_hub: RunningHub) -> None:
    settings = running_hub.hub.settings
    files = sorted(path.name for path in settings.data.rglob("*") if path.is_file())
    if settings.store == "sqlite":
        assert {"record.db", "ledger.db", "views.db", "relay.db", "thresholds.db", "log.db"} <= set(files)
        return
    assert not [name for name in files if name.endswith(".db") and "key" not in name], files
    with psycopg.connect(settings.postgres_dsn.get_secret_value()) as connection:
        found = connection.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
    tables = {schema: {table for s, table in found if s == schema} for schema, _ in found}
    assert "alert" in tables["mash_views"]
    assert "signal" in " ".join(tables["mash_consumers_thresholds"])
    everything_else = " ".join(table for schema, table in found if schema != "mash_views")
    for part in ("record", "ledger", "match"):
        assert part in everything_else, found


# ------------------------------------------------------------------------------------------------------ time alone


def test_a_small_child_whom_nobody_sees_for_ninety_days_raises_an_alert_although_nothing_comes_in(
    own_hub: Callable[..., RunningHub],
) -> None:
    clock = MovedClock()
    running = own_hub(clock)
    running.start()
    born = (datetime.now(UTC) - timedelta(days=600)).date()
    known = {}
    for days, name in ((8, "Ash"), (2, "Rowan")):
        ident = told(running, "health", a_child(name, born=born), "was_not_brought", at=moment(days))
        known[days] = running.child_of("health", ident)
    assert known[8] != known[2]
    person = known[2]
    assert running.alerts(known[8]) == running.alerts(person) == []
    clock.moved = timedelta(days=85)  # unseen for 93 days the one, for 87 the other
    wait_until(lambda: running.alerts(known[8]) or running.died, what="the longer absence is noticed")
    running.settled()
    assert running.alerts(person) == []
    clock.moved = timedelta(days=95)
    wait_until(lambda: running.alerts(person) or running.died, what="the absence is noticed")
    (raised,) = (one.fact for one in running.alerts(person))
    assert isinstance(raised, AlertRaised)
    assert (raised.rule, raised.level) == ("unseen-under-five-2", 3)
    assert "ever reported seeing the child" in raised.why
    assert "90 days" in raised.why_now


# ---------------------------------------------------------------------------------------------------------- helpers


def a_uuid() -> object:
    from uuid import uuid4

    return uuid4()


def gaps(hub: RunningHub, organisation: str) -> list[object]:
    return [one.fact for one in hub.stream(f"source:{organisation}")]


def everything(running: RunningHub) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every view table."""
    found = {}
    for table in meta.sorted_tables:
        rows = running.hub.views.rows(select(table))
        found[table.name] = sorted((tuple(row.values()) for row in rows), key=repr)
    return found


def forget_consumer(running: RunningHub) -> None:
    """Throw away what the threshold consumer holds: its file, or its schema."""
    settings = running.hub.settings
    running._consumed.close()
    if settings.store == "sqlite":
        shutil.rmtree(settings.data / "consumers")
    else:
        with psycopg.connect(settings.postgres_dsn.get_secret_value(), autocommit=True) as connection:
            connection.execute("DROP SCHEMA mash_consumers_thresholds CASCADE")
    running._consumed = running.hub.consumer_state("thresholds")
