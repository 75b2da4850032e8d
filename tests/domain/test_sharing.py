"""What the policies may know: computed from recorded facts, never taken from the asker."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from hub.domain.consent import Effective
from hub.domain.sharing import (
    TIERS,
    Ask,
    Basis,
    BreakGlass,
    Duty,
    EnquiryRoom,
    Facts,
    Organisation,
    Override,
    Resource,
    Sample,
    Subject,
    as_category,
    asker_of,
    basis_of,
    facts_of,
    tier_of,
)
from hub.domain.staff import Staff

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TWO = NOON + timedelta(hours=2)
COUNCIL = Organisation("social_care", "social_care", party=True, listed_body=True)
HEALTH = Organisation("health", "health", party=True, listed_body=True)
STAFF = Staff(
    "staff-1", organisation="social_care", setting="mash", roles=("decision_maker",), active=True,
    ig_trained_until=NOON + timedelta(days=1), related=("kin-1",),
)  # fmt: skip
WHO = asker_of(STAFF, COUNCIL, NOON, mfa=True)
ASK = Ask(id="a", who=WHO, action="read", purpose="child_protection", reason="alert", at=NOON, enquiry="e1")
CHILD = Subject(person="child-1")
ROOM = EnquiryRoom(
    id="e1", children=frozenset({"child-1"}), team=frozenset({"staff-1"}), ground="perceived_harm", open=True
)
ITEM = Resource(category="narrative", owner=HEALTH, subjects=(CHILD,), enquiry=ROOM)


def facts(ask: Ask = ASK, item: Resource = ITEM, *, duty: bool = False) -> Facts:
    return facts_of(ask, item, duty_in_force=duty)[0]


def about(*subjects: Subject) -> Resource:
    return msgspec.structs.replace(ITEM, subjects=subjects)


def test_the_asker_cannot_name_a_basis_consent_or_harm() -> None:
    assert not {"basis", "gateway", "consent", "harm", "grounds"} & set(Ask.__struct_fields__)


def test_training_that_ends_at_noon_has_ended_at_noon() -> None:
    assert WHO.ig_trained
    assert not asker_of(STAFF, COUNCIL, NOON + timedelta(days=1), mfa=True).ig_trained
    assert not asker_of(Staff("s"), COUNCIL, NOON, mfa=True).ig_trained


def test_an_enquiry_opens_only_what_is_about_its_children_to_an_ask_that_names_it() -> None:
    other = msgspec.structs.replace(ITEM, subjects=(Subject(person="child-2"),))
    unnamed = msgspec.structs.replace(ASK, enquiry="")

    assert facts().item.asker_on_enquiry
    assert facts().subject.harm_suspected
    for closed in (facts(item=other), facts(ask=unnamed)):
        assert (closed.item.in_enquiry, closed.item.asker_on_enquiry, closed.item.ground) == (False, False, "none")
        assert not closed.subject.harm_suspected


def test_harm_to_the_child_counts_for_an_adult_on_the_same_item_and_not_for_a_sibling() -> None:
    mother, sibling = Subject(person="adult-1", child=False), Subject(person="child-2")
    item = msgspec.structs.replace(ITEM, subjects=(CHILD, mother, sibling))

    found = facts_of(ASK, item, duty_in_force=False)

    assert [each.subject.harm_suspected for each in found] == [True, True, False]


def test_words_about_nobody_have_no_facts_to_rule_on() -> None:
    assert facts_of(ASK, msgspec.structs.replace(ITEM, subjects=()), duty_in_force=False) == ()


@pytest.mark.parametrize(
    ("override", "sound"),
    [
        (Override("staff-1", "staff-2", ("mash_manager",), True, NOON, TWO), (True, True, True, True, False, True, True)),
        (Override("staff-1", "staff-1", ("mash_manager",), True, NOON, TWO), (True, True, False, True, False, True, True)),
        (Override("staff-1", "staff-2", ("navigator",), True, NOON, NOON), (False, True, True, False, False, True, True)),
        (
            Override("staff-1", "staff-2", ("mash_manager",), True, NOON - timedelta(hours=24), TWO),
            (False, True, True, True, False, True, True),
        ),
        (Override("staff-3", "staff-2", ("mash_manager",), True, NOON, TWO), (False,) * 7),
        (  # nobody has agreed yet, by day
            Override("staff-1", "", (), True, NOON, TWO, second_by=TWO), (False, True, False, False, False, True, True),
        ),
        (  # for another organisation's items
            Override("staff-1", "staff-2", ("mash_manager",), True, NOON, TWO, frozenset({"police"})),
            (True, True, True, True, False, False, True),
        ),
    ],
)  # fmt: skip
def test_an_override_is_for_its_asker_takes_two_people_and_ends_after_a_day(override: Override, sound: object) -> None:
    assert (
        msgspec.structs.astuple(facts(item=about(Subject(person="child-1", override=override))).subject.override)
        == sound
    )


def test_an_override_at_night_works_until_the_second_person_should_have_come_and_only_while_the_offices_are_closed() -> (
    None
):
    waiting = Override("staff-1", "", (), True, NOON - timedelta(hours=1), TWO, second_by=NOON + timedelta(hours=1))

    def live(hours: float, *, night: bool) -> bool:
        ask = msgspec.structs.replace(ASK, at=NOON + timedelta(hours=hours), out_of_hours=night)
        (found,) = facts_of(ask, about(Subject(person="child-1", override=waiting)), duty_in_force=False)
        return found.subject.override.live and found.subject.override.provisional

    assert [live(0, night=True), live(1, night=True), live(0, night=False)] == [True, False, False]


def test_what_is_said_of_a_child_and_others_leans_on_the_childs_exception_and_says_that_it_is_not_theirs() -> None:
    opened = BreakGlass("staff-1", acknowledged=True, reason_recorded=True, recorded=NOON, expires=TWO)
    child = Subject(person="child-1", break_glass=opened)
    others = (Subject(person="child-2"), Subject(person="mother", child=False))
    found = facts_of(ASK, about(child, *others), duty_in_force=False)
    assert [(one.subject.break_glass.live, one.subject.break_glass.own) for one in found] == [
        (True, True), (True, False), (True, False),
    ]  # fmt: skip


@pytest.mark.parametrize("in_force", [False, True])
def test_what_an_organisation_holds_back_for_the_childs_sake_is_not_owed_unless_it_released_it(
    in_force: bool,
) -> None:
    trust = Organisation("health", "health", party=True, listed_body=True)
    police, school = (Organisation(one, one, party=True, listed_body=True) for one in ("police", "education"))
    who = msgspec.structs.replace(ASK.who, organisation=trust)
    child = Subject(person="child-1", duty=Duty(True, True, False, frozenset({"police"})))

    def owed(owner: Organisation, *released: str) -> tuple[bool, str]:
        item = msgspec.structs.replace(about(child), owner=owner, released_to=frozenset(released))
        (found,) = facts_of(msgspec.structs.replace(ASK, who=who), item, duty_in_force=in_force)
        return found.subject.duty_relevant, found.subject.basis

    basis = "legal_obligation" if in_force else "public_task"
    assert [owed(police), owed(police, "school"), owed(police, "health"), owed(school)] == [
        (False, "public_task"), (False, "public_task"), (True, basis), (True, basis),
    ]  # fmt: skip


def test_who_acts_for_a_child_or_audits_its_record_does_so_for_the_adults_on_its_items_and_not_for_a_brother() -> None:
    listed = Sample(frozenset({"staff-1"}), NOON - timedelta(days=1), NOON + timedelta(days=1))
    child = Subject(person="child-1", allocated=frozenset({"staff-1"}), must_act=True, samples=(listed,))
    others = (Subject(person="child-2"), Subject(person="mother", child=False))
    found = [one.subject for one in facts_of(ASK, about(child, *others), duty_in_force=False)]
    assert [(one.allocated, one.must_act, one.in_sample) for one in found] == [(True,) * 3, (False,) * 3, (True,) * 3]


@pytest.mark.parametrize(
    ("category", "restricted", "tier"),
    [
        ("identity.address", True, 4),
        ("identity.contact", True, 4),
        ("identity.address", False, 2),
        ("narrative", True, 2),
    ],
)
def test_where_a_restricted_person_lives_is_of_the_highest_tier(category: Any, restricted: bool, tier: int) -> None:
    item = msgspec.structs.replace(about(Subject(person="child-1", restricted=restricted)), category=category)
    assert tier_of(item) == tier


def test_break_glass_is_for_one_person_and_half_an_hour() -> None:
    def live(by: str, minutes: int) -> bool:
        began = NOON - timedelta(minutes=minutes)
        opened = BreakGlass(
            by, acknowledged=True, reason_recorded=True, recorded=began, expires=NOON + timedelta(days=1)
        )
        return facts(item=about(Subject(person="child-1", break_glass=opened))).subject.break_glass.live

    assert [live("staff-1", 29), live("staff-1", 30), live("staff-2", 1)] == [True, False, False]


def test_a_sample_is_for_its_auditors_and_dates() -> None:
    def sampled(auditor: str, end: datetime) -> bool:
        sample = Sample(frozenset({auditor}), NOON - timedelta(days=1), end)
        return facts(item=about(Subject(person="child-1", samples=(sample,)))).subject.in_sample

    later = NOON + timedelta(hours=1)
    assert [sampled("staff-1", later), sampled("staff-1", NOON), sampled("staff-2", later)] == [True, False, False]


def test_the_basis_is_computed_from_what_is_on_record() -> None:
    none, hers = Effective(), Effective("given", competent=True)

    assert [
        basis_of(COUNCIL, "child_protection", none),
        basis_of(COUNCIL, "child_protection", none, section_47=True),
        basis_of(COUNCIL, "early_help", hers),
        basis_of(COUNCIL, "child_protection", none, immediate_danger=True, why_not_told="increases_risk"),
        basis_of(COUNCIL, "child_protection", none, obliged=True),
        basis_of(Organisation("c", "charity", party=True), "pool", none),
        basis_of(Organisation("f", "sport", party=True), "pool", none),
        basis_of(COUNCIL, "crime_investigation", none),
        basis_of(COUNCIL, "access_audit", none),
    ] == [
        Basis("public_task", "CA 2004 s11", "cannot_be_given"),
        Basis("public_task", "CA 1989 s47", "cannot_be_given"),
        Basis("public_task", "CA 2004 s10", "consent_given"),
        Basis("vital_interests", "CA 1989 s46-47", "would_prejudice_protection"),
        Basis("legal_obligation", "CA 2004 s16LA", "cannot_be_given"),
        Basis("recognised_interest", "CA 2004 s11", "cannot_be_given"),
        Basis(),
        Basis(),
        Basis("public_task", "UK GDPR Art 5(2)"),
    ]


def test_the_duty_to_share_binds_only_when_in_force_and_both_are_listed_and_somebody_judged() -> None:
    judged = about(Subject(person="child-1", duty=Duty(True, True, False)))
    unlisted = msgspec.structs.replace(judged, owner=Organisation("health", "health", party=True))
    detrimental = about(Subject(person="child-1", duty=Duty(True, True, True)))

    assert facts(item=judged, duty=True).subject.basis == "legal_obligation"
    assert facts(item=judged).subject.basis == "public_task"
    assert facts(item=unlisted, duty=True).subject.basis == "public_task"
    assert facts(item=detrimental, duty=True).subject.basis == "public_task"


def test_equal_facts_of_two_children_are_one_question() -> None:
    plain = msgspec.structs.replace(ASK, enquiry="")

    assert facts(plain, about(CHILD)) == facts(plain, about(Subject(person="child-2")))


def test_a_category_without_a_tier_is_not_ruled() -> None:
    with pytest.raises(KeyError):
        as_category("gossip")
    assert as_category("voice") == "voice"
    assert TIERS["codes"] == 1


def test_a_tier_can_be_raised_and_not_lowered() -> None:
    assert [facts(item=msgspec.structs.replace(ITEM, tier=tier)).item.tier for tier in (0, 1, 4)] == [2, 2, 4]
