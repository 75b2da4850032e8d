"""The register of organisations: who may sign for whom, from when, and until when."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.domain.agency import (
    GATEWAY,
    NAMES,
    AgencyFact,
    ClientAdded,
    ClientRevoked,
    KeyAdded,
    KeyRevoked,
    OrganisationRegistered,
    Register,
    SigningKey,
    decide,
    register_of,
    topic_of,
)
from hub.domain.errors import BadMessage, NotFound, Refused
from hub.domain.stored import FACTS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SCHOOL = OrganisationRegistered(organisation="school", name="Example Academy Trust", sector="education")
POLICE = OrganisationRegistered(organisation="police", name="Example Police", sector="police")
DESK = OrganisationRegistered(organisation=GATEWAY, name="Desk", sector="partnership", may_enter_for_others=True)
SCHOOLS = KeyAdded(organisation="school", key_id="k-school", public=b"s" * 32)
DESKS = KeyAdded(organisation=GATEWAY, key_id="k-desk", public=b"d" * 32)
REVOKED = KeyRevoked(organisation="school", key_id="k-school", reason="laptop_lost")
CLIENT = ClientAdded(organisation="school", client="client-1", salt=b"salt", hashed=b"hash")


def given(*facts: AgencyFact) -> Register:
    return register_of((number, NOON + timedelta(hours=number), fact) for number, fact in enumerate(facts, start=1))


# -------------------------------------------------------------------------------------------------- who may not sign


@pytest.mark.parametrize(
    ("register", "source", "key_id", "reason", "field"),
    [
        (given(), "school", "k-school", "unknown_organisation", "ce_source"),
        (given(SCHOOL), "school", "k-school", "unknown_key", "ce_keyid"),
        (given(SCHOOL, SCHOOLS, REVOKED), "school", "k-school", "revoked_key", "ce_keyid"),
        (given(SCHOOL, POLICE, SCHOOLS), "police", "k-school", "wrong_key", "ce_keyid"),
        # the desk signs for others, but nobody signs for the desk
        (given(SCHOOL, DESK, SCHOOLS, DESKS), GATEWAY, "k-school", "wrong_key", "ce_keyid"),
        # and not for somebody who never joined
        (given(DESK, DESKS), "school", "k-desk", "unknown_organisation", "ce_source"),
    ],
)
def test_this_key_does_not_sign_for_this_organisation(
    register: Register, source: str, key_id: str, reason: str, field: str
) -> None:
    with pytest.raises(BadMessage) as refused:
        register.signer(source, key_id)
    assert (refused.value.reason, refused.value.field) == (reason, field)


@pytest.mark.parametrize(
    "ident", ["", "School", "my school", "my-school", "école", "1st", "../up", "a" * 81, "hub", GATEWAY]
)
def test_an_id_that_cannot_be_a_topic_or_is_the_hubs_own_is_refused(ident: str) -> None:
    with pytest.raises(Refused) as refused:
        decide(Register(), OrganisationRegistered(organisation=ident, name="x", sector="education"))
    assert refused.value.field == "organisation"


@pytest.mark.parametrize(
    ("register", "command", "field"),
    [
        (given(), SCHOOLS, "organisation"),
        (given(), CLIENT, "organisation"),
        (given(SCHOOL), REVOKED, "key_id"),
        (given(SCHOOL, POLICE, SCHOOLS), KeyAdded(organisation="police", key_id="k-school", public=b"p"), "key_id"),
        (given(SCHOOL, SCHOOLS, REVOKED), SCHOOLS, "key_id"),  # once revoked, never again
        (given(SCHOOL, POLICE, SCHOOLS), KeyRevoked(organisation="police", key_id="k-school", reason="x"), "key_id"),
        (given(SCHOOL, POLICE, CLIENT), ClientRevoked(organisation="police", client="client-1", reason="x"), "client"),
    ],
)
def test_a_wish_that_the_register_refuses_names_the_answer(register: Register, command: AgencyFact, field: str) -> None:
    with pytest.raises(Refused) as refused:
        decide(register, command)
    assert refused.value.field == field


STOLEN = KeyRevoked(organisation="school", key_id="k-school", reason="compromised")
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("history", "received"),
    [
        ((SCHOOL, SCHOOLS, REVOKED), NOON + 3 * HOUR),  # the very moment of the revocation, and later
        ((SCHOOL, SCHOOLS, REVOKED), NOON + 4 * HOUR),
        ((SCHOOL, SCHOOLS, STOLEN), NOON + HOUR),  # a thief may have signed that too
        ((SCHOOL, SCHOOLS, REVOKED, STOLEN), NOON + HOUR),  # also where the theft comes to light later
        ((SCHOOL, SCHOOLS, STOLEN, REVOKED), NOON + HOUR),
    ],
)
def test_a_revoked_key_is_not_good_for_this(history: tuple[AgencyFact, ...], received: datetime) -> None:
    with pytest.raises(BadMessage, match="revoked_key"):
        given(*history).signer("school", "k-school", received)


def test_a_revoked_key_is_good_for_what_the_log_had_before() -> None:
    assert given(SCHOOL, SCHOOLS, REVOKED).signer("school", "k-school", NOON + 2 * HOUR).key_id == "k-school"


# ------------------------------------------------------------------------------------------------------ who may sign


def test_an_organisations_own_key_signs_for_it() -> None:
    register = given(SCHOOL, SCHOOLS)
    assert register.signer("school", "k-school") == SigningKey("school", "k-school", b"s" * 32)


def test_the_front_desk_signs_for_everybody_who_joined() -> None:
    assert given(SCHOOL, DESK, DESKS).signer("school", "k-desk").organisation == GATEWAY


def test_a_revoked_key_is_good_for_what_the_log_had_before_it_was_revoked() -> None:
    register = given(SCHOOL, SCHOOLS, REVOKED)
    revoked = NOON + timedelta(hours=3)
    assert register.signer("school", "k-school", revoked - timedelta(microseconds=1)).public == SCHOOLS.public
    finer = register_of([(1, NOON, SCHOOL), (2, NOON, SCHOOLS), (3, revoked + timedelta(microseconds=900), REVOKED)])
    with pytest.raises(BadMessage):
        finer.signer("school", "k-school", revoked)  # the same millisecond, and a log keeps no finer times
    for received in (revoked, revoked + timedelta(days=1), None):
        with pytest.raises(BadMessage) as refused:
            register.signer("school", "k-school", received)
        assert refused.value.reason == "revoked_key"


@pytest.mark.parametrize("before", [(), (REVOKED,)])  # at once, or when the theft came to light
def test_nothing_that_a_stolen_key_signed_is_taken_however_early_it_came(before: tuple[AgencyFact, ...]) -> None:
    history = (SCHOOL, SCHOOLS, *before)
    stolen = KeyRevoked(organisation="school", key_id="k-school", reason="compromised")
    assert decide(given(*history), stolen) == [stolen]
    register = given(*history, stolen)
    with pytest.raises(BadMessage) as refused:
        register.signer("school", "k-school", NOON)
    assert refused.value.reason == "revoked_key"
    assert register.keys["k-school"].revoked == NOON + timedelta(hours=3)  # the first time stands
    assert decide(register, stolen) == decide(register, REVOKED) == []


def test_a_second_key_signs_while_the_first_is_revoked() -> None:
    second = KeyAdded(organisation="school", key_id="k-2", public=b"t" * 32)
    register = given(SCHOOL, SCHOOLS, second, REVOKED)
    assert register.signer("school", "k-2").public == b"t" * 32
    assert register.keys["k-school"].revoked == NOON + timedelta(hours=4)  # when the hub knew, to the moment


@pytest.mark.parametrize(
    ("history", "command"),
    [
        ((SCHOOL,), SCHOOL),
        ((SCHOOL, SCHOOLS), SCHOOLS),
        ((SCHOOL, SCHOOLS, REVOKED), REVOKED),
        ((SCHOOL, SCHOOLS, STOLEN), REVOKED),
        ((SCHOOL, SCHOOLS, STOLEN), STOLEN),
        ((SCHOOL,), ClientRevoked(organisation="school", client="client-1", reason="x")),
    ],
)
def test_a_wish_that_says_nothing_new_changes_nothing(history: tuple[AgencyFact, ...], command: AgencyFact) -> None:
    assert decide(given(*history), command) == []


@pytest.mark.parametrize(
    ("history", "command"),
    [
        ((), SCHOOL),
        ((SCHOOL,), OrganisationRegistered(organisation="school", name="New name", sector="education")),
        ((SCHOOL,), SCHOOLS),
        ((SCHOOL, SCHOOLS), REVOKED),
        ((SCHOOL, SCHOOLS, REVOKED), STOLEN),
        ((SCHOOL,), CLIENT),
        ((SCHOOL, CLIENT), ClientRevoked(organisation="school", client="client-1", reason="x")),
        ((), DESK),
    ],
)
def test_a_wish_that_says_something_new_is_the_fact(history: tuple[AgencyFact, ...], command: AgencyFact) -> None:
    assert decide(given(*history), command) == [command]


def test_the_register_remembers_how_far_it_was_read_and_goes_on_from_there() -> None:
    facts: list[AgencyFact] = [SCHOOL, POLICE, SCHOOLS, CLIENT, REVOKED]
    rows = [(10 * number, NOON, fact) for number, fact in enumerate(facts, start=1)]
    whole = register_of(rows)
    assert register_of(rows[2:], register_of(rows[:2])) == whole
    assert (whole.position, whole.versions, sorted(whole.clients)) == (50, {"school": 4, "police": 1}, ["client-1"])


def test_a_sector_is_told_of_who_joined_and_of_nobody_else() -> None:
    assert given(SCHOOL).sector("school") == "education"
    with pytest.raises(NotFound) as nobody:
        given(SCHOOL).sector("Robin Example")
    assert "Robin" not in str(nobody.value)


def test_two_organisations_never_share_a_topic() -> None:
    assert topic_of("fire_service") == "concern.fire-service.v1"
    assert len({topic_of(ident) for ident in ("a_b", "ab", "a_b_", "a__b")}) == 4


def test_every_fact_of_the_register_is_read_by_it_and_stored_under_its_name() -> None:
    assert [FACTS[name].NAME for name in NAMES] == list(NAMES)
