"""The rulings adapter: what is odd denies and rings; nothing that is taken away opens anything."""

from datetime import date
from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.adapters.cedar import CedarRulings, InvalidPolicies, slice_of
from hub.domain.consent import ConsentRecorded, Giver, Said, Stated
from hub.domain.sharing import Ask, Asker, EnquiryRoom, Resource, Ruled, Subject, facts_of, service
from hub.ports import Ruling
from policies.sharing import cases, sharing_set
from policies.sharing.scenarios import AT, Scenario, _organisation, scenario

SET = sharing_set(date(2026, 11, 22), commenced=date(2026, 9, 1))
TABLE = [scenario(row) for row in cases()]
PERMITTED = [case for case in TABLE if case.allowed]


class Bell:
    def __init__(self) -> None:
        self.rung: list[str] = []

    def __call__(self, said: str) -> None:
        self.rung.append(said)


BELL = Bell()
RULINGS = CedarRulings(SET.policies, SET.schema, alarm=BELL)
STRICTER = [
    CedarRulings(
        f'{SET.policies}\n@id("Z01") @title("t") @law("l") @owner("o")\n'
        f"forbid (principal, action, resource) when {{ {when} }};",
        SET.schema, alarm=Bell(),
    )
    for when in ("resource.tier >= 3", "resource.subject.must_act", 'resource.owner.sector == "health"', "true")
]  # fmt: skip


def load(policies: str) -> CedarRulings:
    return CedarRulings(policies, SET.schema, alarm=BELL)


@pytest.mark.parametrize(
    ("old", "new", "policy"),
    [
        ("resource.subject.must_act", "resource.subject.must_axe", "X02"),
        ('Purpose::"pool"', 'Purpose::"puddle"', "C01"),
        ('Role::"navigator", action', 'Role::"nagivator", action', "R05"),
        ("unless { principal.ig_trained }", "unless { principal.ig_trained ", "N02"),
        ('@law("DSPT") ', "", "N02"),
        ('@id("N03")', '@id("N02")', "N02"),
        ('@withheld("count")', '@withheld("sometimes")', "K02"),
        ("resource.tier >= 2 }", "resource.tier + 1 >= 3 }", "N03"),
    ],
)
def test_a_set_with_a_mistake_is_not_loaded_and_the_policy_is_named(old: str, new: str, policy: str) -> None:
    assert old in SET.policies
    with pytest.raises(InvalidPolicies) as refused:
        load(SET.policies.replace(old, new, 1))
    assert refused.value.policy == policy


def test_an_empty_set_is_not_loaded() -> None:
    with pytest.raises(InvalidPolicies):
        load("")


def test_words_about_nobody_stay_closed_as_a_fault() -> None:
    bell = Bell()
    case = next(each for each in PERMITTED if each.id == "words-in-an-enquiry")
    nobody = msgspec.structs.replace(case.resource, subjects=())

    ruled = CedarRulings(SET.policies, SET.schema, alarm=bell).decide(case.ask, [nobody])

    assert ruled == [Ruling(False, (), fault=True, shown_as="nothing")]
    assert bell.rung == ["words about nobody were asked for: kept closed"]


def test_a_purpose_that_is_not_in_the_schema_denies_and_rings_without_naming_anybody() -> None:
    bell = Bell()
    case = next(each for each in PERMITTED if each.id == "words-in-an-enquiry")
    odd = msgspec.structs.replace(case.ask, purpose="curiosity")

    ruled = CedarRulings(SET.policies, SET.schema, alarm=bell).decide(odd, [case.resource])

    assert (ruled[0].allowed, ruled[0].fault) == (False, True)
    assert len(bell.rung) == 1
    assert "child-1" not in bell.rung[0]


def test_a_service_reads_nothing() -> None:
    case = next(each for each in PERMITTED if each.id == "own-words")
    ask = msgspec.structs.replace(case.ask, who=service("intake"))

    ruled = CedarRulings(SET.policies, SET.schema, alarm=Bell()).decide(ask, [case.resource])

    assert (ruled[0].allowed, ruled[0].fault) == (False, True)


def test_a_fault_is_not_remembered() -> None:
    case = next(each for each in TABLE if each.id == "counts")
    rulings = CedarRulings(SET.policies, SET.schema, alarm=Bell())
    odd = msgspec.structs.replace(case.resource, kind="poem")

    assert rulings.decide(case.ask, [odd])[0].fault
    assert (rulings._memo, rulings._questions) == ({}, {})


def test_an_answer_at_intake_is_remembered_only_where_no_fact_has_a_date() -> None:
    rulings = CedarRulings(SET.policies, SET.schema, alarm=Bell())
    plain = next(each for each in TABLE if each.id == "counts")
    dated = next(each for each in TABLE if each.id == "young-person-refused-pool")
    before = msgspec.structs.replace(
        dated.ask, at=dated.resource.subjects[0].statements[0].fact.valid_from.replace(year=2025)
    )

    assert [rulings.decide(plain.ask, [plain.resource])[0].allowed for _ in range(2)] == [True, True]
    assert len(rulings._questions) == 1
    assert [rulings.decide(ask, [dated.resource])[0].allowed for ask in (dated.ask, before, dated.ask)] == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize("case", PERMITTED, ids=lambda case: case.id)
def test_no_entity_can_be_taken_from_the_slice_without_it_denying(case: Scenario) -> None:
    duty = True in case.duty
    rulings = CedarRulings(*_texts(duty=duty), alarm=Bell())
    entities, questions = slice_of(case.ask.who, facts_of(case.ask, case.resource, duty_in_force=duty))
    assert all(ruling.allowed for ruling in rulings.judge(case.ask.who, entities, questions))

    for number in range(len(entities)):
        rest = [*entities[:number], *entities[number + 1 :]]
        ruled = rulings.judge(case.ask.who, rest, questions)
        assert [(ruling.allowed, ruling.fault) for ruling in ruled] == [(False, True)] * len(questions)


def _texts(*, duty: bool) -> tuple[str, str]:
    drafted = sharing_set(date(2026, 11, 22), commenced=date(2026, 9, 1) if duty else date(2099, 1, 1))
    return drafted.policies, drafted.schema


STATES: st.SearchStrategy[Said] = st.sampled_from(["given", "refused", "withdrawn", "objection", "sought", "expired"])
GIVERS: st.SearchStrategy[Giver] = st.sampled_from(
    ["young_person", "parental_responsibility", "adult_self", "not_recorded"]
)
SCOPES = st.sampled_from([("social_care", "family_hub", "health"), ("family_hub",), ()])
CATEGORIES: st.SearchStrategy[Ruled] = st.sampled_from(["narrative", "codes", "identity.address", "third_party"])


@st.composite
def statements(draw: st.DrawFn) -> Stated:
    fact = ConsentRecorded(
        source_record="r", organisation="family_hub", recorded_at=AT, about="consent_to_share", state=draw(STATES),
        giver=draw(GIVERS), competent=draw(st.sampled_from([None, True, False])), organisations=draw(SCOPES),
        categories=draw(st.sampled_from([("narrative", "identity"), ()])),
        purposes=draw(st.sampled_from([("early_help", "child_protection"), ()])),
        valid_from=AT.replace(day=draw(st.integers(1, 20))), evidence_held=draw(st.booleans()),
    )  # fmt: skip
    return Stated(f"consent:r@{draw(st.integers(1, 99))}", fact)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Ask, Resource]:
    """Somebody of any role, in the ordinary ways: half of what is drawn would open."""
    flag = st.booleans()
    me = frozenset({"staff-1"})
    role = draw(
        st.sampled_from(
            ["decision_maker", "navigator", "allocated_social_worker", "lead_professional", "out_of_hours_worker"]
        )
    )
    who = Asker(
        id="staff-1", organisation=_organisation(draw(st.sampled_from(["social_care", "family_hub", "health"]))),
        roles=(role,), active=True, ig_trained=True, mfa=True,
        related=draw(st.sampled_from([frozenset(), frozenset(), frozenset({"child-1"})])),
    )  # fmt: skip
    subject = Subject(
        person="child-1", statements=tuple(draw(st.lists(statements(), max_size=3))),
        grounds=draw(st.sampled_from([frozenset(), frozenset({"perceived_harm"}), frozenset({"immediate_danger"})])),
        restricted=draw(st.sampled_from([False, False, True])), named_readers=draw(st.sampled_from([me, frozenset()])),
        allocated=draw(st.sampled_from([me, frozenset()])), team=draw(st.sampled_from([me, frozenset()])),
        must_act=draw(flag), strategy_discussion=draw(flag), stage=draw(st.sampled_from(["section_47", "early_help"])),
    )  # fmt: skip
    enquiry = EnquiryRoom(
        id="enquiry-1", children=frozenset({"child-1"}), team=draw(st.sampled_from([me, frozenset()])),
        ground=draw(st.sampled_from(["perceived_harm", "agreed_early_help"])), open=True,
    )  # fmt: skip
    resource = Resource(
        category=draw(CATEGORIES), owner=_organisation(draw(st.sampled_from(["health", "police"]))),
        subjects=(subject,), enquiry=enquiry, sexual_health=draw(flag),
        source_protected=draw(st.sampled_from([False, False, True])),
        released_to=frozenset({who.organisation.id} if draw(flag) else ()),
    )  # fmt: skip
    ask = Ask(
        id="ask", who=who, action="read", purpose=draw(st.sampled_from(["child_protection", "early_help"])), reason="x",
        at=AT, enquiry=draw(st.sampled_from(["enquiry-1", ""])), out_of_hours=draw(flag),
    )  # fmt: skip
    return ask, resource


NO: st.SearchStrategy[Said] = st.sampled_from(["refused", "withdrawn", "objection"])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    questions(),
    st.tuples(NO, GIVERS, st.sampled_from([None, True, False])),
    st.sampled_from(STRICTER),
    st.randoms(use_true_random=False),
)
def test_withdrawing_consent_adding_a_forbid_or_losing_an_entity_never_opens_anything(
    asked: tuple[Ask, Resource], said: tuple[Said, Giver, bool | None], stricter: CedarRulings, dice: Random
) -> None:
    (ask, resource), (no, giver, competent) = asked, said
    (subject,) = resource.subjects
    (before,) = RULINGS.decide(ask, [resource])
    assert not before.fault

    statement = ConsentRecorded(
        source_record="r", organisation="family_hub", recorded_at=AT, about="consent_to_share", state=no,
        giver=giver, competent=competent, valid_from=AT,
    )  # fmt: skip
    after = msgspec.structs.replace(subject, statements=(*subject.statements, Stated("consent:r@100", statement)))
    (withdrawn,) = RULINGS.decide(ask, [msgspec.structs.replace(resource, subjects=(after,))])
    (forbidden,) = stricter.decide(ask, [resource])
    entities, put = slice_of(ask.who, facts_of(ask, resource, duty_in_force=True))
    lost = dice.randrange(len(entities))
    (poorer,) = RULINGS.judge(ask.who, [*entities[:lost], *entities[lost + 1 :]], put)

    assert before.allowed or not (withdrawn.allowed or forbidden.allowed or poorer.allowed)
    assert not poorer.allowed
