"""A merged person is the one that stayed, wherever somebody looks: family, consent, restriction, samples, alerts, audit."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.staff import ROLES, RegisterStaff, may
from hub.views.asking import look
from hub.views.desk import Desk
from hub.views.members import staff_of
from hub.views.rooms import room
from hub.views.said_of import identity_items
from hub.views.subjects import subjects
from hub.views.who_is_who import candidates, families, family, in_doubt, persons_of, survivors
from policies.sharing import sharing_set
from tests.support.identities import DECIDER, MANAGER, OFFICER, SCREENER, ByHand, asker, somebody, wish
from tests.support.messages import consent
from tests.support.partnership import MovedClock, RunningHub, settings_for


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ByHand]:
    running = RunningHub(settings_for(tmp_path / "data"))
    yield ByHand(running)
    running.close()


def desk(hub: ByHand) -> Desk:
    hub.hub.views.catch_up("record", hub.hub.record)
    return hub.hub._desk()


def related_to(hub: ByHand, *persons: str) -> str:
    wishes = RegisterStaff(
        staff="staff-aunt", organisation="council", setting="mash", roles=("decision_maker",),
        ig_trained_until=datetime.max.replace(tzinfo=UTC), related=persons,
    )  # fmt: skip
    hub.hub.register_staff([wishes])
    return "staff-aunt"


def test_the_roles_that_may_decide_who_is_who_are_those_whom_the_policies_let_compare() -> None:
    named = (
        sharing_set(datetime(2026, 11, 22, tzinfo=UTC).date()).policies.partition('@id("I02")')[2].partition("@id")[0]
    )
    allowed = {role for role in ROLES if f'Mash::Role::"{role}"' in named}
    assert allowed == {role for role in ROLES if may((role,), "identity")}
    assert {role for role in ROLES if may((role,), "identity_restricted")} == {"mash_manager"}


def test_nobody_sees_their_own_family_under_another_name_either(hub: ByHand) -> None:
    gone, stays = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    for kin in (gone, stays):
        aunt = hub.hub.asker(related_to(hub, kin))
        assert staff_of(desk(hub), "staff-aunt").related == (kin,)
        merge = hub.settled("merge", gone, other=stays)
        assert set(staff_of(desk(hub), "staff-aunt").related) == {gone, stays}
        for name in (gone, stays):
            with pytest.raises(NotFound):
                hub.hub.picture(aunt, name, "")
        hub.settled("split", "", reverses=merge)
        assert staff_of(desk(hub), "staff-aunt").related == (kin,)


def test_a_chain_of_merges_leads_to_the_one_that_stayed_and_back(hub: ByHand) -> None:
    a, b, c = (hub.seen(somebody(), name) for name in ("school", "health", "police"))
    hub.settled("merge", a, other=b)
    hub.settled("merge", b, other=c)
    assert survivors(desk(hub), [a, b, c, "nobody"]) == {a: c, b: c, c: c, "nobody": "nobody"}
    assert family(desk(hub), a) == [c, b, a]
    assert families(desk(hub), [a, c]) == {a: [c, b, a], c: [c, b, a]}
    assert persons_of(desk(hub), [f"hub-{a}"]) == {f"hub-{a}": c}


def test_consent_restriction_and_what_must_be_acted_on_go_with_the_person(hub: ByHand) -> None:
    child = somebody()
    gone, stays = hub.seen(child, "school"), hub.seen(somebody(), "health")
    hub.say(consent("school", child.known_to("school"), "refused"))
    hub.settled("restrict", gone, reason="adoption", readers=(DECIDER, SCREENER))
    before = subjects(desk(hub), [stays])[stays]
    assert (before.statements, before.restricted, before.named_readers) == ((), False, frozenset())
    merge = hub.settled("merge", gone, other=stays)
    after = subjects(desk(hub), [gone, stays])
    assert after[gone] == after[stays]
    assert (after[stays].person, len(after[stays].statements)) == (stays, 1)
    assert (after[stays].restricted, after[stays].named_readers) == (True, frozenset({DECIDER, SCREENER}))
    hub.settled("split", "", reverses=merge)
    assert subjects(desk(hub), [stays])[stays] == before


def test_where_both_were_restricted_only_who_is_named_for_both_may_read(hub: ByHand) -> None:
    gone, stays = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    hub.settled("restrict", gone, reason="adoption", readers=(DECIDER, SCREENER))
    hub.settled("restrict", stays, reason="adoption", readers=(DECIDER,))
    hub.settled("merge", gone, other=stays)
    assert subjects(desk(hub), [stays])[stays].named_readers == {DECIDER}


def test_who_is_in_doubt_is_a_recorded_fact(hub: ByHand) -> None:
    like = somebody()
    known, bystander, third = hub.seen(like, "school"), hub.seen(somebody(), "health"), hub.seen(somebody(), "police")
    doubt = hub.in_doubt(like)
    assert in_doubt(desk(hub)) == {known, doubt}
    assert candidates(desk(hub), doubt) == (known,)
    marked = subjects(desk(hub), [known, bystander], purpose="identity_review")
    assert (marked[known].in_doubt, marked[bystander].in_doubt) == (True, False)
    assert not subjects(desk(hub), [known], purpose="triage")[known].in_doubt
    waits = hub.decided("merge", bystander, other=third)
    assert in_doubt(desk(hub), DECIDER) == {known, doubt, bystander, third}
    hub.identify.not_agree(waits, MANAGER, "Cousins.")
    hub.settled("same", doubt, other=known)
    assert (in_doubt(desk(hub)), candidates(desk(hub), doubt)) == (frozenset(), ())


def test_a_sample_and_an_enquiry_about_a_merged_child_are_about_the_one_that_stayed(hub: ByHand) -> None:
    from hub.domain.enquiry import OpenEnquiry

    gone, stays = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    hub.hub.list_sample([gone], [DECIDER], 3, "quality")
    opening = OpenEnquiry(child=gone, alerts=(), ground="perceived_harm", reason="R.", by=DECIDER)
    enquiry = hub.hub.act().open_enquiry(opening)
    hub.settled("merge", gone, other=stays)
    known = subjects(desk(hub), [stays])[stays]
    assert ([sample.auditors for sample in known.samples], known.must_act) == ([frozenset({DECIDER})], True)
    assert room(desk(hub), enquiry).children == {gone, stays}  # type: ignore[union-attr]


def test_an_auditor_finds_the_decisions_and_everything_of_both(hub: ByHand) -> None:
    gone, stays = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    hub.settled("merge", gone, other=stays)
    auditor = RegisterStaff(
        staff="staff-a", organisation="partnership", setting="audit", roles=("access_auditor",),
        ig_trained_until=datetime.max.replace(tzinfo=UTC),
    )  # fmt: skip
    hub.hub.register_staff([auditor])
    views = [hub.hub.audit(hub.hub.asker("staff-a"), child, None) for child in (gone, stays)]
    assert views[0].child == views[1].child == stays
    words = {fact.words for fact in views[0].facts}
    assert {
        "Somebody decided who this is", "A second person agreed", "A decision about identity was carried out",
        "This person was found to be another",
    } <= words  # fmt: skip
    assert not any(fact.words == fact.name for fact in views[0].facts)


def test_a_restricted_identity_needs_a_reader_whom_its_alerts_reach(hub: ByHand) -> None:
    person = hub.seen(somebody(), "school")
    for readers in ((), (DECIDER, "staff-who-left")):
        asked = wish(hub.hub, "restrict", person, reason="adoption", readers=readers)
        with pytest.raises(Refused) as refused:
            hub.hub.identity_decide(asker(SCREENER), asked)
        assert refused.value.field == "readers"


def test_a_contact_officer_and_who_acts_for_another_decide_nothing(hub: ByHand) -> None:
    like = somebody()
    hub.seen(like, "school")
    doubt = hub.in_doubt(like)
    with pytest.raises(NotPermitted):
        hub.hub.identity_decide(asker(OFFICER), wish(hub.hub, "different", doubt))
    done = hub.hub.identity_decide(asker(DECIDER), wish(hub.hub, "different", doubt, by=SCREENER))
    assert hub.identify.decision(done["identity"]).fact.by == DECIDER  # type: ignore[union-attr] # in one's own name
    for other in ("identity_agree", "identity_state"):
        with pytest.raises(NotFound):
            getattr(hub.hub, other)(asker(DECIDER), "no-such-decision")
    with pytest.raises(Refused):
        hub.hub.identity_agree(asker(MANAGER), done["identity"])


def named(hub: ByHand, staff: str, person: str) -> set[str]:
    """The values of an item of identity that opens for this person in a review of identity; none where it does not."""
    items = list(identity_items(desk(hub), person))
    return {
        item.item for item in look(desk(hub), asker(staff), items, "identity_decision", purpose="identity_review").shown
    }


def test_who_asks_for_a_merge_opens_nothing_by_it_and_who_may_agree_not_for_ever(tmp_path: Path) -> None:
    clock = MovedClock()
    running = RunningHub(settings_for(tmp_path / "data"), clock)
    try:
        hub = ByHand(running)
        one, other = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
        ident = hub.hub.identity_decide(asker(SCREENER), wish(hub.hub, "merge", one, other=other))["identity"]
        assert [bool(named(hub, staff, one)) for staff in (SCREENER, DECIDER)] == [False, True]
        clock.moved = timedelta(days=8)
        assert [bool(named(hub, staff, one)) for staff in (SCREENER, DECIDER)] == [False, False]
        assert (
            hub.hub.identity_state(asker(DECIDER), ident)["state"] == "waits_for_second"
        )  # it waits on; nothing opens
    finally:
        running.close()


def test_a_wish_about_a_restricted_identity_opens_it_to_nobody_who_is_not_named(hub: ByHand) -> None:
    hidden, other = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    hub.settled("restrict", hidden, reason="protected_person", readers=(DECIDER,))
    hub.hub.identity_decide(asker(MANAGER), wish(hub.hub, "merge", hidden, other=other))
    assert [bool(named(hub, staff, hidden)) for staff in (MANAGER, SCREENER, DECIDER)] == [False, False, True]


def test_a_manager_reads_the_names_of_a_restricted_candidate_of_a_review(hub: ByHand) -> None:
    like = somebody()
    hidden = hub.seen(like, "school")
    hub.in_doubt(like)
    hub.settled("restrict", hidden, reason="protected_person", readers=(DECIDER,))
    assert [bool(named(hub, staff, hidden)) for staff in (MANAGER, SCREENER, DECIDER)] == [True, False, True]


def test_the_same_is_not_asked_twice_while_it_waits(hub: ByHand) -> None:
    one, other = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    first = hub.hub.identity_decide(asker(SCREENER), wish(hub.hub, "merge", one, other=other))["identity"]
    for again in (wish(hub.hub, "merge", one, other=other), wish(hub.hub, "merge", other, other=one)):
        with pytest.raises(Refused, match="asked already"):
            hub.hub.identity_decide(asker(DECIDER), again)
    hub.hub.identity_not_agree(asker(SCREENER), first, "A slip.")
    assert hub.hub.identity_decide(asker(DECIDER), wish(hub.hub, "merge", one, other=other))["identity"] != first


def test_who_may_not_know_of_a_restricted_identity_finds_it_in_no_trail_and_no_decision(hub: ByHand) -> None:
    child = somebody()
    birth = hub.seen(child, "school")
    assert hub.seen(child, "police") == birth
    unlink = hub.settled("unlink", birth, source_records=hub.person(birth).source_records[1:])
    adopted = hub.identify.decision(unlink).settled.opened  # type: ignore[union-attr]
    shown = hub.hub.identity_trail(asker(SCREENER), birth)
    assert [row["fact"] for row in shown if row["who"] == adopted] == ["source-record.unlinked", "person.held-apart"]
    hub.settled("restrict", adopted, reason="adoption", readers=(DECIDER,))
    hidden = hub.hub.identity_trail(asker(SCREENER), birth)
    assert [row["fact"] for row in hidden] == [
        "person.opened", "source-record.linked", "source-record.linked", "source-record.unlinked",
    ]  # fmt: skip
    assert not {adopted, unlink} & {value for row in hidden for value in row.values()}
    for answer in ("identity_state", "identity_agree"):
        with pytest.raises(NotFound):
            getattr(hub.hub, answer)(asker(SCREENER), unlink)
    with pytest.raises(NotFound):
        hub.hub.identity_assess(asker(SCREENER), unlink, "no_breach", "I looked.")
    assert hub.hub.identity_state(asker(DECIDER), unlink)["opened"] == adopted
    assert [row["who"] for row in hub.hub.identity_trail(asker(DECIDER), birth)][-1] == adopted


def test_a_restriction_that_two_people_ended_is_ended_though_whom_it_began_with_was_merged(hub: ByHand) -> None:
    hidden, known = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    hub.settled("restrict", hidden, reason="adoption", readers=(DECIDER,))
    merge = hub.settled("merge", hidden, other=known)
    with pytest.raises(NotFound):
        hub.hub.picture(asker(SCREENER), known, "")
    hub.settled("unrestrict", known, reason="other")
    assert hub.hub.picture(asker(SCREENER), hidden, "").child == known
    hub.settled("split", "", reverses=merge)
    with pytest.raises(NotFound):
        hub.hub.picture(asker(SCREENER), hidden, "")


def test_ones_own_family_stays_ones_own_where_its_records_went_on_from_a_merge(hub: ByHand) -> None:
    gone, stays = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    aunt = hub.hub.asker(related_to(hub, gone))
    brought = hub.person(gone).source_records
    hub.settled("merge", gone, other=stays)
    away = hub.settled("unlink", stays, source_records=brought)
    opened = hub.identify.decision(away).settled.opened  # type: ignore[union-attr]
    assert set(staff_of(desk(hub), "staff-aunt").related) == {gone, stays, opened}
    with pytest.raises(NotFound):
        hub.hub.picture(aunt, opened, "")


def test_a_reader_is_somebody_who_may_open_it(hub: ByHand) -> None:
    person = hub.seen(somebody(), "school")
    aunt = related_to(hub, person)
    for reader in (OFFICER, aunt):
        asked = wish(hub.hub, "restrict", person, reason="adoption", readers=(DECIDER, reader))
        with pytest.raises(Refused) as refused:
            hub.hub.identity_decide(asker(SCREENER), asked)
        assert refused.value.field == "readers"
