"""Reviews and decisions as pages see them, on a real hub whose intake a test drives by hand."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from hub.domain.errors import HubError, NotFound, NotPermitted
from hub.domain.ledger import Asked
from hub.domain.message import Address, Handling, Name, Person
from hub.domain.signal import Finding
from hub.domain.staff import RegisterStaff
from hub.flow.receive import Intake
from hub.ports import Outgoing
from hub.views import deciding, reviewing, store
from hub.views.deciding import Deciding
from hub.views.desk import Desk
from hub.views.in_review import ONE_WORKING_DAY
from hub.views.models import Asker, Review, Value
from hub.views.reviewing import Reviewing
from hub.views.side_by_side import values_of
from tests.support.house import lives
from tests.support.identities import DECIDER, MANAGER, SCREENER, WHY, ByHand, somebody, wish
from tests.support.messages import Child, a_child, an_adult, concern, household, seen_by
from tests.support.partnership import MovedClock, RunningHub, settings_for
from tests.support.protected import COVERT, protect_source

SCREENING = Asker(SCREENER, "council", "mash", ("screening_social_worker",))
DECIDING = Asker(DECIDER, "council", "mash", ("decision_maker",))
MANAGING = Asker(MANAGER, "council", "mash", ("mash_manager",))
NAVIGATOR = Asker("staff-n", "police", "", ("navigator",))
NEVER = datetime.max.replace(tzinfo=UTC)
CANARY = "The step-father hits him with a belt."


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ByHand]:
    running = RunningHub(settings_for(tmp_path / "data"), MovedClock())
    try:
        yield ByHand(running)
    finally:
        running.close()


def clock(hub: ByHand) -> MovedClock:
    found = hub.hub.clock
    assert isinstance(found, MovedClock)
    return found


def register(hub: ByHand, staff: str, *roles: str, related: tuple[str, ...] = ()) -> Asker:
    wished = RegisterStaff(
        staff=staff, organisation="council", setting="mash", roles=roles, ig_trained_until=NEVER, related=related
    )
    hub.hub.register_staff([wished])
    return Asker(staff, "council", "mash", roles)


def find(hub: ByHand, child: str, level: int, *evidence: str) -> None:
    """A finding of the threshold rules for this child."""
    finding = Finding(
        child=child, rule="r1", rule_version="1", edition="1", position=1, holds=True, level=level, evidence=evidence,
        possible=True, why="w", why_now="w", would_raise="w", would_rest="w",
    )  # fmt: skip
    body, dataschema = hub.hub.codec.encode_finding(finding)
    headers = (("ce_dataschema", dataschema.encode()),)
    (place,) = hub.running.send(Outgoing("finding.v1", child.encode(), headers, body))
    (read,) = [one for one in hub.running.read_log("finding.v1") if one.offset == place.offset]
    hub.intake.take([read], place.offset - 1)


def looks(hub: ByHand) -> list[Asked]:
    return [one.fact for one in hub.hub.ledger.read(0, 10_000, [Asked.NAME]) if isinstance(one.fact, Asked)]


def refused(ask: Any) -> tuple[type[HubError], str]:
    with pytest.raises(HubError) as raised:
        ask()
    return raised.type, str(raised.value)


def texts(view: Review) -> dict[str, list[list[str]]]:
    """What each row says, side by side."""
    return {
        row.label: [["".join(piece.text for piece in value.pieces) for value in cell] for cell in row.cells]
        for row in view.fields
    }


def twins(hub: ByHand, forename: str = "Rebecca", other: str = "Rebekah", **said: Any) -> tuple[Child, str, str]:
    """A child of the school, and one of the police under the same NHS number with another spelling and birth date."""
    child = a_child(forename, "Okonkwo", date(2017, 5, 4))
    known = hub.seen(child, "school")
    names = (Name(other, "Okonkwo"),)
    person = child.known_to("police", names=names, birth_date=date(2016, 11, 14), **said)
    return child, known, hub.seen(child, "police", person=person)


# --------------------------------------------------------------------------------------------------------- who may look


def test_who_may_not_decide_who_is_who_sees_no_reviews(hub: ByHand) -> None:
    person = hub.in_doubt(somebody_known(hub))
    hub.hub.register_staff(
        [
            RegisterStaff(
                staff="staff-n", organisation="police", setting="", roles=("navigator",), ig_trained_until=NEVER
            )
        ]
    )
    front = hub.hub
    for ask in (
        lambda: front.reviews(NAVIGATOR), lambda: front.review(NAVIGATOR, person),
        lambda: front.identity_decisions(NAVIGATOR), lambda: front.identity_decision(NAVIGATOR, "x"),
        lambda: front.who_this_is(NAVIGATOR, person),
    ):  # fmt: skip
        assert refused(ask)[0] is NotPermitted


def somebody_known(hub: ByHand) -> Child:
    child = somebody()
    hub.seen(child, "school")
    return child


def test_a_review_of_ones_own_family_differs_in_nothing_from_one_that_is_not_there(hub: ByHand) -> None:
    child = somebody()
    known = hub.seen(child, "school")
    person = hub.in_doubt(child)
    mother = register(hub, "staff-mother", "decision_maker", related=(known,))
    absent = refused(lambda: hub.hub.review(mother, "no-such-person"))
    assert refused(lambda: hub.hub.review(mother, person)) == absent
    found = hub.hub.reviews(mother)
    assert (found.rows, found.total, found.closed) == ((), 0, 0)
    assert [one.person for one in hub.hub.reviews(SCREENING).rows] == [person]


def test_a_restricted_candidate_is_for_its_readers_and_managers_and_counted_for_nobody_else(hub: ByHand) -> None:
    child = somebody()
    known = hub.seen(child, "school")
    hub.settled("restrict", known, reason="adoption", readers=("staff-reader",))
    person = hub.in_doubt(child)
    reader = register(hub, "staff-reader", "screening_social_worker")
    assert [row.restricted for row in hub.hub.reviews(MANAGING).rows] == [True]
    assert [row.person for row in hub.hub.reviews(reader).rows] == [person]
    assert (hub.hub.reviews(SCREENING).rows, hub.hub.reviews(SCREENING).total) == ((), 0)
    assert refused(lambda: hub.hub.review(SCREENING, person)) == refused(lambda: hub.hub.review(SCREENING, "nobody"))
    assert hub.hub.review(MANAGING, person).restricted


def test_where_a_protected_person_lives_is_not_shown_to_a_manager_who_is_no_reader(hub: ByHand) -> None:
    child = somebody()
    home = Address(lines=("77 Hidden Lane",), postcode="AN1 1AA")
    known = hub.seen(child, "school", person=child.known_to("school", addresses=(home,)))
    hub.settled("restrict", known, reason="protected_person", readers=("staff-reader",))
    other = somebody()
    person = hub.seen(other, "police", person=other.known_to("police", nhs_number=child.nhs, addresses=(home,)))
    reader = register(hub, "staff-reader", "screening_social_worker")
    shown, read = hub.hub.review(MANAGING, person).candidates[0], hub.hub.review(reader, person).candidates[0]
    address = next(row for row in hub.hub.review(MANAGING, person).fields if row.label == "Address")
    assert [len(cell) for cell in address.cells] == [1, 0]
    assert "address" in read.said
    assert "address" not in shown.said
    assert {"Postcode", "Street"} <= {bar.label for bar in read.bars}
    assert not {"Postcode", "Street"} & {bar.label for bar in shown.bars}  # "the same" would tell where they live


# ------------------------------------------------------------------------------------------------------------ the list


def test_what_a_live_alert_rests_on_comes_first_and_has_its_clock(hub: ByHand) -> None:
    first_child, second_child = somebody(), somebody()
    hub.seen(first_child, "school")
    candidate = hub.seen(second_child, "school")
    longest, urgent = hub.in_doubt(first_child), hub.in_doubt(second_child)
    possible = next(one for one, relation in hub.counts(candidate).items() if relation == "possible")
    find(hub, candidate, 4, possible)
    rows = hub.hub.reviews(SCREENING).rows
    assert [(row.person, row.level) for row in rows] == [(urgent, 4), (longest, 0)]
    raised = hub.running.alerts(candidate)[0].envelope.known_at
    assert rows[0].due == raised + timedelta(hours=4)
    assert rows[1].due == hub.hub.edition.due(ONE_WORKING_DAY, rows[1].since)
    clock(hub).moved = timedelta(hours=5)
    assert [row.overdue for row in hub.hub.reviews(SCREENING).rows] == [True, False]


def test_an_alert_of_a_candidate_that_rests_on_its_own_signals_makes_no_review_urgent(hub: ByHand) -> None:
    child = somebody()
    candidate = hub.seen(child, "school")
    own = next(iter(hub.counts(candidate)))
    hub.in_doubt(child)
    find(hub, candidate, 4, own)
    assert [row.level for row in hub.hub.reviews(SCREENING).rows] == [0]


def test_a_row_says_why_in_words_who_told_and_how_many_candidates(hub: ByHand) -> None:
    _, _, person = twins(hub)
    (row,) = hub.hub.reviews(SCREENING).rows
    assert (row.person, row.kind, row.organisations, row.candidates) == (person, "child", ("Police",), 1)
    assert row.why
    assert not any("_" in sentence for sentence in row.why)


def test_the_list_opens_no_words_and_leaves_one_look(hub: ByHand) -> None:
    _, _, person = twins(hub)
    before = len(looks(hub))
    found = hub.hub.reviews(SCREENING)
    (look,) = looks(hub)[before:]
    assert (look.purpose, look.opened, look.reason) == ("identity_review", (f"review:{person}",), "identity_list")
    assert found.stamp.ledger
    assert "Okonkwo" not in str(found)


def test_a_long_list_is_paged_and_no_page_is_lost(hub: ByHand) -> None:
    persons = {hub.in_doubt(somebody_known(hub)) for _ in range(27)}
    first, second = hub.hub.reviews(SCREENING, 1), hub.hub.reviews(SCREENING, 2)
    assert (len(first.rows), len(second.rows), first.total, first.pages) == (25, 2, 27, 2)
    assert {row.person for row in (*first.rows, *second.rows)} == persons


# ---------------------------------------------------------------------------------------------------------- one review


def test_a_review_shows_values_side_by_side_with_who_says_so_how_old_and_what_differs(hub: ByHand) -> None:
    child, known, person = twins(hub)
    clock(hub).moved = timedelta(days=22)
    view = hub.hub.review(SCREENING, person)
    assert [one.person for one in view.candidates] == [known]
    name = next(row for row in view.fields if row.label == "Name")
    assert [(v.sources, v.outcome) for cell in name.cells for v in cell] == [
        (("Police, 3 weeks ago",), "not_compared"), (("School, 3 weeks ago",), "alike"),
    ]  # fmt: skip
    (value,) = name.cells[1]
    assert (value.words, [(p.text, p.differs) for p in value.pieces]) == (
        "Spelled differently", [("Rebe", False), ("cc", True), ("a Okonkwo", False)],
    )  # fmt: skip
    told = texts(view)
    assert told["NHS number"] == [[child.nhs], [child.nhs]]
    assert told["Address"] == [[], []]
    assert told["Date of birth"][1][0].startswith("4 May 2017 (")
    assert view.candidates[0].said.startswith("Name spelled differently; date of birth different")
    assert "NHS number the same" in view.candidates[0].said


def test_what_several_organisations_say_alike_stands_once_with_all_of_them(hub: ByHand) -> None:
    child = somebody()
    hub.seen(child, "school")
    hub.seen(child, "housing")
    view = hub.hub.review(SCREENING, hub.in_doubt(child))
    (value,) = next(row for row in view.fields if row.label == "NHS number").cells[1]
    assert set(value.sources) == {"School, today", "Housing, today"}


def test_a_review_opens_identifiers_and_never_what_was_said(hub: ByHand) -> None:
    child = somebody()
    hub.say(concern("school", seen_by(child, "school", observation=CANARY, voice=CANARY),
                    narrative=CANARY, adults=(an_adult("school", observation=CANARY),)))  # fmt: skip
    person = hub.in_doubt(child)
    view = hub.hub.review(SCREENING, person)
    assert CANARY not in str(view)
    assert child.surname in str(view)
    look = looks(hub)[-1]
    assert {ruled.category for ruled in look.rulings} <= {"codes", "identity", "identity.address"}
    assert set(look.subjects) == {person, view.candidates[0].person}


def test_the_evidence_is_in_words_and_never_a_percentage(hub: ByHand) -> None:
    _, _, person = twins(hub)
    (candidate,) = hub.hub.review(SCREENING, person).candidates
    said = {bar.label: (bar.outcome, bar.strength) for bar in candidate.bars}
    assert said["NHS number"][0] == "the same"
    assert said["NHS number"][1] > 0
    assert said["Date of birth"][1] < 0
    assert "%" not in str(candidate)


def test_what_is_weighed_again_for_a_page_is_opened_under_a_counted_standing_entry(hub: ByHand) -> None:
    _, _, person = twins(hub)
    before = hub.hub.ledger.position()
    hub.hub.review(SCREENING, person)
    written = [one.fact.NAME for one in hub.hub.ledger.read(before, 100)]
    assert written == ["ledger.asked", "ledger.standing", "ledger.standing-counted"]


def test_a_household_says_that_somebody_exists_and_never_who(hub: ByHand) -> None:
    child, brother = somebody(), somebody()
    mother = an_adult("school", relationship="mother", in_household=True)
    hub.say(concern("school", seen_by(child, "school"), adults=(mother,)))
    hub.say(concern("school", seen_by(brother, "school"), adults=(mother,)))
    hub.intake.count()
    person = hub.in_doubt(child)
    view = hub.hub.review(SCREENING, person)
    assert view.candidates[0].household == ("Brother, sister or other child", "Mother")
    assert brother.surname not in str(view)


def test_a_review_that_was_settled_opens_nothing_and_says_who_it_is(hub: ByHand) -> None:
    child = somebody()
    known = hub.seen(child, "school")
    person = hub.in_doubt(child)
    hub.settled("same", person, other=known)
    view = hub.hub.review(SCREENING, person)
    assert (view.settled, view.survivor, view.fields, view.candidates) == (True, known, (), ())
    assert looks(hub)[-1].opened == (f"review:{person}",)
    assert hub.hub.reviews(SCREENING).rows == ()


def test_cannot_tell_stays_and_says_whom_to_ask(hub: ByHand) -> None:
    person = hub.in_doubt(somebody_known(hub))
    hub.settled("cannot_tell", person, ask="school")
    view = hub.hub.review(SCREENING, person)
    assert (len(view.candidates), len(view.asked)) == (1, 1)
    assert "School is to be asked" in view.asked[0]


# ----------------------------------------------------------------------------------------------------------- decisions


def test_what_waits_for_a_second_person_may_be_answered_by_anybody_but_who_decided(hub: ByHand) -> None:
    one, other = hub.seen(somebody(), "school"), hub.seen(somebody(), "police")
    ident = hub.decided("merge", one, other=other)
    mine, theirs = hub.hub.identity_decisions(SCREENING).waiting, hub.hub.identity_decisions(DECIDING).waiting
    assert [(row.identity, row.may_agree, row.may_take_back) for row in mine] == [(ident, False, True)]
    assert [(row.identity, row.may_agree, row.may_take_back) for row in theirs] == [(ident, True, False)]
    assert hub.hub.reviews(DECIDING).waiting == 1


ODD = "Odd in how they are described"
TWO_SCRIPTS = "A word of a name mixes letters of two scripts, which may look like another name"


MIXED = (Name("Thaddeus", "Ok\N{CYRILLIC SMALL LETTER O}nkwo"),)


def in_two_scripts(hub: ByHand) -> tuple[str, str]:
    """A child of the school, and the one of the police whose surname has a Cyrillic letter; both persons."""
    child = a_child("Thaddeus", "Okonkwo", date(2017, 5, 4))
    return hub.seen(child, "school"), hub.seen(child, "police", person=child.known_to("police", names=MIXED))


def test_what_is_odd_in_a_description_is_told_to_who_reviews_who_that_is(hub: ByHand) -> None:
    known, person = in_two_scripts(hub)
    assert known != person  # nobody is linked by it
    view = hub.hub.review(SCREENING, person)
    assert view.why == (
        "A word of a name mixes letters of two scripts: it may be another name that looks like this one",
    )
    assert texts(view)[ODD] == [[TWO_SCRIPTS], []]
    (row,) = (one for one in view.fields if one.label == ODD)
    ((value,), _) = row.cells
    assert (value.sources, value.outcome, row.none) == (("Police, today",), "not_compared", "Nothing")
    assert "odd" not in view.candidates[0].said.lower()
    (link,) = hub.hub.who_this_is(SCREENING, person).links
    assert link.doubts == (TWO_SCRIPTS,)
    assert [one.doubts for one in hub.hub.who_this_is(SCREENING, known).links] == [()]


def test_what_is_odd_in_what_a_protected_source_said_is_told_to_nobody(hub: ByHand) -> None:
    protocol = {**hub.hub.edition.parts["protocol"], "source_protected_codes": ["P9"]}
    hub.hub.edition = replace(hub.hub.edition, parts={**hub.hub.edition.parts, "protocol": protocol})
    child, _, person = twins(hub)
    again = child.known_to("police", names=MIXED, birth_date=date(2016, 11, 14))
    hub.say(concern("police", seen_by(child, "police", person=again), handling=Handling(police_code="P9")))
    assert ODD not in texts(hub.hub.review(SCREENING, person))
    assert [one.doubts for one in hub.hub.who_this_is(SCREENING, person).links] == [()]


def test_where_names_do_not_open_nothing_odd_in_them_is_told(hub: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    _, person = in_two_scripts(hub)
    described, shown = [], []

    def listen(desk: Desk, each: Any, opened: Any) -> Any:
        described.append(each)
        shown.append(replace(opened, shown=()))
        return values_of(desk, each, shown[-1])

    monkeypatch.setattr(reviewing, "values_of", listen)
    assert texts(hub.hub.review(SCREENING, person)).get(ODD) is None
    assert [one.doubts for one in described[0] if one.person == person and one.doubts] == [("mixed_scripts",)]


def test_the_second_person_sees_the_two_side_by_side_and_only_until_it_is_settled(hub: ByHand) -> None:
    first, second = somebody(), somebody()
    one, other = hub.seen(first, "school"), hub.seen(second, "police")
    ident = hub.decided("merge", one, other=other)
    view = hub.hub.identity_decision(DECIDING, ident)
    numbers = next(row for row in view.fields if row.label == "NHS number")
    assert [["".join(p.text for p in value.pieces) for value in cell] for cell in numbers.cells] == [
        [first.nhs], [second.nhs],
    ]  # fmt: skip
    assert view.said.startswith("Name different")
    hub.hub.identity_not_agree(DECIDING, ident, "They are two.")
    after = hub.hub.identity_decision(DECIDING, ident)
    assert (after.fields, after.not_agreed) == ((), f"Decision maker ({DECIDER}). They are two.")
    assert not any(one.category.startswith("identity") for one in looks(hub)[-1].rulings)


def test_a_decision_shows_its_reason_to_who_reviews_and_how_to_take_it_back(hub: ByHand) -> None:
    one, other = hub.seen(somebody(), "school"), hub.seen(somebody(), "police")
    ident = hub.settled("merge", one, other=other)
    view = hub.hub.identity_decision(DECIDING, ident)
    assert (view.row.state, view.why, view.why_closed, view.reason) == (
        "settled", WHY, False, "An organisation confirmed it",
    )  # fmt: skip
    assert view.agreed_by == f"MASH manager ({MANAGER})"
    assert view.undo is not None
    assert (view.undo.what, view.undo.person, view.undo.other) == ("split", one, other)
    back = hub.settled("split", one, reverses=ident)
    assert (hub.hub.identity_decision(DECIDING, ident).undone_by, hub.hub.identity_decision(DECIDING, ident).undo) == (
        back, None,
    )  # fmt: skip


def test_a_decision_about_ones_own_family_is_not_there(hub: ByHand) -> None:
    one, other = hub.seen(somebody(), "school"), hub.seen(somebody(), "police")
    ident = hub.decided("merge", one, other=other)
    aunt = register(hub, "staff-aunt", "mash_manager", related=(other,))
    assert hub.hub.identity_decisions(aunt).waiting == ()
    assert refused(lambda: hub.hub.identity_decision(aunt, ident)) == refused(
        lambda: hub.hub.identity_decision(aunt, "no-such")
    )
    assert hub.hub.reviews(aunt).waiting == 0


def test_one_that_could_not_be_carried_out_says_why_and_what_to_do(hub: ByHand) -> None:
    child = somebody()
    known = hub.seen(child, "school")
    person = hub.in_doubt(child)
    late = hub.identify.decide(wish(hub.hub, "different", person))
    hub.settled("same", person, other=known)
    assert hub.intake.settle(late) == "refused"
    row = next(one for one in hub.hub.identity_decisions(SCREENING).recent if one.identity == late)
    assert row.state == "refused"
    assert row.refused
    assert row.to_do


def test_who_this_is_says_how_each_record_was_linked_in_codes(hub: ByHand) -> None:
    child = somebody()
    known = hub.seen(child, "school")
    hub.seen(child, "police")
    person = hub.in_doubt(child, "housing")
    hub.settled("different", person)
    view = hub.hub.who_this_is(SCREENING, known)
    assert [(row.organisation, row.how) for row in view.links] == [
        ("Police", "Linked by rule: an identifier and the person agree"), ("School", "Opened with this record"),
    ]  # fmt: skip
    assert "NHS number: the same" in view.links[0].evidence
    assert (view.standing, view.apart) == ("established", (person,))
    assert child.surname not in str(view)


def test_who_this_is_names_the_reviews_in_which_it_may_turn_out_to_be_this_one(hub: ByHand) -> None:
    child = somebody()
    known = hub.seen(child, "school")
    person = hub.in_doubt(child)
    assert hub.hub.who_this_is(SCREENING, known).doubted == (person,)
    uncle = register(hub, "staff-uncle", "decision_maker", related=(person,))
    assert hub.hub.who_this_is(uncle, known).doubted == ()


def test_that_somebody_is_held_apart_from_a_restricted_identity_is_told_to_nobody_else(hub: ByHand) -> None:
    child = somebody()
    before = hub.seen(child, "school")
    adopted = hub.in_doubt(child)
    apart = hub.settled("different", adopted)
    hub.settled("restrict", before, reason="adoption", readers=("staff-reader",))
    assert hub.hub.who_this_is(SCREENING, adopted).apart == ()
    assert hub.hub.who_this_is(MANAGING, adopted).apart == (before,)
    assert apart not in {row.identity for row in hub.hub.identity_decisions(SCREENING).recent}
    assert refused(lambda: hub.hub.identity_decision(SCREENING, apart))[0] is NotFound
    assert before not in str(hub.hub.identity_decisions(SCREENING))


def test_a_merged_person_says_where_it_went_and_the_other_what_can_be_taken_back(hub: ByHand) -> None:
    one, other = hub.seen(somebody(), "school"), hub.seen(somebody(), "police")
    ident = hub.settled("merge", one, other=other)
    assert hub.hub.who_this_is(SCREENING, one).survivor == other
    assert hub.hub.who_this_is(SCREENING, other).merges == ((ident, one),)


def test_the_views_table_alone_decides_nothing_about_who_may_know(hub: ByHand) -> None:
    """A mark in the view is no restriction: the record says who is restricted."""
    known = hub.seen(somebody(), "school")
    hub.hub.views.catch_up("record", hub.hub.record)
    with hub.hub.views._tables.writing() as connection:
        connection.execute(update(store.person).where(store.person.c.person == known).values(restricted=True))
    assert hub.hub.who_this_is(SCREENING, known).person == known
    with pytest.raises(NotFound):
        hub.hub.who_this_is(SCREENING, "nobody")


class Erring:
    """Rulings that err over some classes of items, as a policy with a fault in it does: then nothing of them opens."""

    def __init__(self, inner: Any, over: Any) -> None:
        self._inner, self._over = inner, over

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def decide(self, ask: Any, resources: Any) -> list[Any]:
        return [
            replace(ruling, allowed=False, fault=True) if self._over(resource) else ruling
            for ruling, resource in zip(self._inner.decide(ask, resources), resources, strict=True)
        ]


def with_rulings(hub: ByHand, over: Any) -> Desk:
    desk = hub.hub._desk()
    return replace(desk, rulings=Erring(desk.rulings, over))


def test_reviews_that_the_policies_do_not_open_are_told_to_every_reviewer(hub: ByHand) -> None:
    like = somebody()
    known = hub.seen(like, "school")
    hub.in_doubt(like)
    hub.settled("merge", hub.seen(somebody(), "health"), other=known)
    erring = with_rulings(hub, lambda _: True)
    for asker in (SCREENING, MANAGING):
        found = Reviewing(erring).reviews(asker)
        assert (found.rows, found.total, found.closed) == ((), 1, 1)
        assert Deciding(erring).decisions(asker).closed == 1
    assert hub.hub.reviews(SCREENING).closed == 0


def test_what_did_not_open_does_not_read_as_not_held_and_nobody_is_asked_to_answer_on_it(hub: ByHand) -> None:
    like = somebody()
    hub.seen(like, "school")
    doubt = hub.in_doubt(like)
    view = Reviewing(with_rulings(hub, lambda resource: resource.category == "identity")).review(SCREENING, doubt)
    assert {row.label: row.closed for row in view.fields}["Name"] == (True, True)
    assert (view.unread, view.candidates[0].unread, view.candidates[0].said) == (True, True, "")
    whole = hub.hub.review(SCREENING, doubt)
    assert {row.label: row.closed for row in whole.fields}["Name"] == (False, False)
    assert (whole.unread, whole.candidates[0].unread) == (False, False)


def test_the_address_of_a_protected_candidate_is_said_to_be_held_and_not_shown(hub: ByHand) -> None:
    like = somebody()
    home = Address(lines=("1 High Street",), postcode="HX1 1AA")
    known = hub.seen(like, "school", person=like.known_to("school", addresses=(home,)))
    doubt = hub.in_doubt(like)
    hub.settled("restrict", known, reason="protected_person", readers=(DECIDER,))
    row = {one.label: one for one in hub.hub.review(MANAGING, doubt).fields}["Address"]
    assert (row.cells[1], row.closed) == ((), (False, True))


def test_a_household_panel_leaves_out_whoever_may_not_be_known_of(hub: ByHand) -> None:
    child, brother = somebody(), somebody()
    hub.seen(child, "school")
    his = hub.seen(brother, "school")
    hub.say(household("school", lives(child, "school"), lives(brother, "school")))
    hub.intake.count()
    doubt = hub.in_doubt(child)
    assert len(hub.hub.review(SCREENING, doubt).candidates[0].household) == 1
    kin = register(hub, "staff-kin", "decision_maker", related=(his,))
    assert hub.hub.review(kin, doubt).candidates[0].household == ()
    hub.settled("restrict", his, reason="adoption", readers=(DECIDER,))
    assert hub.hub.review(SCREENING, doubt).candidates[0].household == ()
    assert len(hub.hub.review(DECIDING, doubt).candidates[0].household) == 1


def test_nobody_else_learns_that_somebody_may_be_a_restricted_identity(hub: ByHand) -> None:
    like = somebody()
    known = hub.seen(like, "school")
    hub.settled("restrict", known, reason="adoption", readers=(DECIDER,))
    doubt = hub.in_doubt(like)
    who = hub.hub.who_this_is(SCREENING, doubt)
    assert (who.standing, who.candidates) == ("established", 0)
    assert hub.hub.picture(SCREENING, doubt, "").standing == "established"
    reader = hub.hub.who_this_is(DECIDING, doubt)
    assert (reader.standing, reader.candidates) == ("in review", 1)
    assert hub.hub.picture(DECIDING, doubt, "").standing == "in review"


def test_a_page_of_decisions_is_filled_with_those_that_may_be_known_of(
    hub: ByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "RECENT", 2)
    monkeypatch.setattr(deciding, "AT_ONCE", 2)
    persons = [hub.seen(somebody(), "school") for _ in range(4)]
    hidden = hub.seen(somebody(), "police")
    mine = [hub.settled("restrict", one, reason="sensitive", readers=(SCREENER,)) for one in persons[:3]]
    for reader in (DECIDER, MANAGER, DECIDER):
        hub.settled("restrict", hidden, reason="adoption", readers=(reader,))
    first = hub.hub.identity_decisions(SCREENING)
    assert [row.identity for row in first.recent] == [mine[2], mine[1]]
    second = hub.hub.identity_decisions(SCREENING, first.older)
    assert ([row.identity for row in second.recent], second.older) == ([mine[0]], 0)


def test_a_decision_follows_whoever_was_merged_into_the_askers_own_family(hub: ByHand) -> None:
    one, other = hub.seen(somebody(), "school"), hub.seen(somebody(), "police")
    ident = hub.settled("restrict", one, reason="sensitive", readers=(SCREENER,))
    hub.settled("unrestrict", one, by=SCREENER)
    hub.settled("merge", one, other=other)
    kin = register(hub, "staff-kin", "mash_manager", related=(other,))
    assert hub.hub.identity_decisions(kin).recent == ()
    assert refused(lambda: hub.hub.identity_decision(kin, ident))[0] is NotFound


def test_who_must_agree_to_a_restriction_or_to_records_that_go_sees_whom_it_is_about(hub: ByHand) -> None:
    child = somebody()
    person = hub.seen(child, "school")
    waits = hub.decided("restrict", person, reason="sensitive", readers=(DECIDER,))
    view = hub.hub.identity_decision(MANAGING, waits)
    assert view.columns == (f"Person {person[:8]}",)
    assert "Name" in {row.label for row in view.fields}
    hub.identify.not_agree(waits, MANAGER, "No.")
    hub.seen(child, "police", person=child.known_to("police", own_id="p-1"))
    hub.settled("restrict", person, reason="sensitive", readers=(DECIDER, SCREENER))
    going = next(
        one for one in hub.person(person).source_records
        if hub.running.stream(f"source-record:{one}")[0].fact.organisation == "police"  # type: ignore[attr-defined]
    )  # fmt: skip
    waits = hub.decided("unlink", person, source_records=(going,))
    view = hub.hub.identity_decision(DECIDING, waits)
    assert view.columns == ("What is about somebody else", f"What stays with {person[:8]}")
    ids = {row.label: row.cells for row in view.fields}["Their own id"]
    assert [[_said(value) for value in cell] for cell in ids] == [["p-1"], [child.known_to("school").own_id]]


def _said(value: Value) -> str:
    return "".join(piece.text for piece in value.pieces)


def test_who_must_agree_to_a_merge_is_told_that_a_person_held_them_apart(hub: ByHand) -> None:
    one, other = hub.seen(somebody(), "school"), hub.seen(somebody(), "police")
    merged = hub.settled("merge", one, other=other)
    hub.settled("split", one, reverses=merged)
    waits = hub.decided("merge", one, other=other)
    view = hub.hub.identity_decision(MANAGING, waits)
    assert view.cautions == ("A person decided that these are two. Agreeing overrules that decision: ask them first.",)
    assert (view.row.due is not None, view.row.overdue) == (True, False)


def test_who_may_not_see_the_names_is_told_not_to_agree_to_them(hub: ByHand) -> None:
    person = hub.seen(somebody(), "school")
    waits = hub.decided("restrict", person, reason="sensitive", readers=(DECIDER,))
    erring = Deciding(with_rulings(hub, lambda resource: resource.category == "identity"))
    assert erring.decision(MANAGING, waits).cautions == (deciding.UNSEEN,)
    assert erring.decision(SCREENING, waits).cautions == ()  # it is their own decision
    assert hub.hub.identity_decision(MANAGING, waits).cautions == ()


def test_with_whom_a_protected_person_lives_is_not_shown_to_who_must_agree_and_is_no_reader(hub: ByHand) -> None:
    child, brother = somebody(), somebody()
    person = hub.seen(child, "school")
    hub.say(household("school", lives(child, "school"), lives(brother, "school")))
    hub.intake.count()
    hub.settled("restrict", person, reason="protected_person", readers=(DECIDER, SCREENER))
    waits = hub.decided("unrestrict", person)
    assert hub.hub.identity_decision(MANAGING, waits).households == (("Not shown",),)
    assert hub.hub.identity_decision(DECIDING, waits).households == (("Brother, sister or other child",),)


def test_the_information_governance_lead_reads_a_report_in_codes(hub: ByHand) -> None:
    one, other = hub.seen(somebody(), "school"), hub.seen(somebody(), "police", "hunger")
    merged = hub.settled("merge", other, other=one)
    hub.hub.picture(SCREENING, one, "")
    split = hub.settled("split", "", reverses=merged)
    lead = register(hub, "staff-ig", "ig_lead")
    assert [task.identity for task in hub.hub.identity_reports(lead).tasks] == [split]
    _, report = hub.hub.identity_report(lead, split)
    assert [(look.staff, look.page) for look in report.looks] == [(SCREENER, "Child's page")]
    assert [(moved.before, moved.after) for moved in report.moved] == [(one, other)]
    hub.settled("restrict", other, reason="adoption", readers=(DECIDER,))
    _, report = hub.hub.identity_report(lead, split)
    assert [(moved.before, moved.after) for moved in report.moved] == [(one, "")]
    assert other not in str(report)
    assert refused(lambda: hub.hub.identity_report(lead, merged))[0] is NotFound
    assert refused(lambda: hub.hub.identity_report(SCREENING, split))[0] is NotPermitted
    assert refused(lambda: hub.hub.identity_decision(lead, split))[0] is NotPermitted
    kin = register(hub, "staff-ig-2", "ig_lead", related=(one,))
    assert hub.hub.identity_reports(kin).tasks == ()
    assert refused(lambda: hub.hub.identity_report(kin, split))[0] is NotFound


# ------------------------------------------------------------------------------------------- two who turn out to be one


def proposed(hub: ByHand) -> tuple[str, str]:
    """A child of the school and one of health, of whom it turns out that they have one number: (later, first)."""
    child = a_child("Rebecca", "Okonkwo", date(2017, 5, 4))
    first = hub.seen(child, "school", person=child.known_to("school", nhs_number=None))
    known = Person(own_id="health-1", nhs_number=child.nhs, birth_date=child.born)
    later = hub.seen(child, "health", person=known)
    hub.seen(child, "school")
    assert hub.person(first).perhaps == {later}
    return later, first


def test_a_proposal_about_ones_own_family_or_a_restricted_identity_is_not_there(hub: ByHand) -> None:
    later, first = proposed(hub)
    family = register(hub, "staff-f", "screening_social_worker", related=(first,))
    assert hub.hub.reviews(family).proposals == ()
    nobody = refused(lambda: hub.hub.review(family, later, other=str(uuid4())))
    assert refused(lambda: hub.hub.review(family, later, other=first)) == nobody
    hub.settled("restrict", later, reason="adoption", readers=(DECIDER,))
    assert (hub.hub.reviews(SCREENING).proposals, hub.hub.reviews(SCREENING).closed) == ((), 0)
    assert refused(lambda: hub.hub.review(SCREENING, later, other=first)) == nobody
    (row,) = hub.hub.reviews(MANAGING).proposals
    assert (row.person, row.other, row.restricted) == (later, first, True)


def test_two_who_were_never_proposed_open_for_nobody(hub: ByHand) -> None:
    one, other = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    assert refused(lambda: hub.hub.review(SCREENING, one, other=other))[0] is NotFound


def test_the_list_shows_pairs_with_their_clock_and_why(hub: ByHand) -> None:
    later, first = proposed(hub)
    found = hub.hub.reviews(SCREENING)
    (row,) = found.proposals
    assert (row.person, row.other, row.level, row.resting, found.proposed) == (later, first, 0, False, 1)
    assert row.why == (
        "Had all of it been said at first, the two would have been linked by rule: an identifier and the person agree",
    )
    assert row.organisations == ("Health", "School")
    assert found.rows == ()


def test_a_live_alert_of_one_that_rests_on_the_other_makes_a_proposal_urgent(hub: ByHand) -> None:
    later, first = proposed(hub)
    (own,) = [ident for ident, relation in hub.counts(later).items() if relation == "own"]
    find(hub, first, 4, own)
    (row,) = hub.hub.reviews(SCREENING).proposals
    assert row.level == 4


def test_the_two_stand_side_by_side_whichever_is_named_first(hub: ByHand) -> None:
    later, first = proposed(hub)
    views = [hub.hub.review(SCREENING, *pair) for pair in ((later, 0, first), (first, 0, later))]
    assert [(view.person, view.other, view.settled) for view in views] == [(later, first, False)] * 2
    (beside,) = views[0].candidates
    assert (beside.person, beside.unread, beside.closed) == (first, False, False)
    assert texts(views[0])["Name"] == [[], ["Rebecca Okonkwo"]]
    assert beside.bars


def test_an_answered_proposal_opens_no_names_and_says_what_became_of_it(hub: ByHand) -> None:
    later, first = proposed(hub)
    hub.settled("cannot_tell", later, other=first)
    rests = hub.hub.review(SCREENING, later, other=first)
    assert (rests.resting, rests.settled, len(rests.asked)) == (True, False, 1)
    (row,) = hub.hub.reviews(SCREENING).proposals
    assert row.resting
    apart = hub.settled("different", later, other=first)
    done = hub.hub.review(SCREENING, later, other=first)
    assert (done.settled, done.fields, done.candidates) == (True, (), ())
    assert hub.hub.reviews(SCREENING).proposals == ()
    undo = hub.hub.identity_decision(SCREENING, apart).undo
    assert undo is not None
    assert (undo.what, undo.person, undo.other) == ("split", later, first)
    back = hub.settled("split", "", reverses=apart)
    undo = hub.hub.identity_decision(SCREENING, back).undo
    assert undo is not None
    assert (undo.what, undo.person, undo.other) == ("proposal", later, first)
    hub.settled("merge", later, other=first)
    assert hub.hub.review(SCREENING, later, other=first).survivor == first


def test_that_somebody_may_be_a_restricted_identity_stands_in_nobodys_trail(hub: ByHand) -> None:
    later, first = proposed(hub)
    hub.settled("restrict", later, reason="adoption", readers=(DECIDER,))
    facts = [row["fact"] for row in hub.hub.identity_trail(SCREENING, first)]
    assert "person.sameness-proposed" not in facts
    assert "person.sameness-proposed" in [row["fact"] for row in hub.hub.identity_trail(DECIDING, first)]
    assert hub.hub.who_this_is(SCREENING, first).proposed == ()
    assert hub.hub.who_this_is(DECIDING, first).proposed == (later,)


# ------------------------------------------------------------------------------------- what protects its source


def confided(hub: ByHand, like: Child) -> str:
    """Somebody under the NHS number of `like`, of whom a protected source alone tells: in review."""
    protect_source(hub.hub)
    hub.intake = Intake(hub.hub.intake_tools())
    other = somebody()
    said = seen_by(other, "police", person=other.known_to("police", nhs_number=like.nhs))
    (ident,) = hub.say(concern("police", said, handling=COVERT))
    return hub.running.child_of("police", ident)


def test_whom_a_protected_source_alone_tells_of_is_in_no_review_and_can_be_answered_by_nobody_else(hub: ByHand) -> None:
    like = somebody()
    known = hub.seen(like, "school")
    before = hub.hub.who_this_is(SCREENING, known)
    doubt = confided(hub, like)
    absent = refused(lambda: hub.hub.review(SCREENING, "no-such-person"))
    found = hub.hub.reviews(SCREENING)
    assert (found.rows, found.total, found.closed, found.proposals) == ((), 0, 0, ())
    assert refused(lambda: hub.hub.review(SCREENING, doubt)) == absent
    assert refused(lambda: hub.hub.who_this_is(SCREENING, doubt))[0] is NotFound
    assert replace(hub.hub.who_this_is(SCREENING, known), stamp=before.stamp) == before
    nobody = refused(lambda: hub.hub.identity_decide(SCREENING, wish(hub.hub, "same", "no-such-person", other=known)))
    for what in ("same", "different", "cannot_tell"):
        wished = wish(hub.hub, what, doubt, **({"other": known} if what == "same" else {}))
        assert refused(lambda wished=wished: hub.hub.identity_decide(SCREENING, wished)) == nobody
    assert refused(lambda: hub.hub.identity_trail(SCREENING, doubt)) == refused(
        lambda: hub.hub.identity_trail(SCREENING, "no-such-person")
    )
    assert refused(lambda: hub.hub.owners.page(SCREENING, doubt)) == refused(
        lambda: hub.hub.owners.page(SCREENING, "no-such-person")
    )


def test_who_keeps_the_restricted_queue_knows_that_there_is_one_and_cannot_answer_it_blind(hub: ByHand) -> None:
    like = somebody()
    known = hub.seen(like, "school")
    doubt = confided(hub, like)
    (row,) = hub.hub.reviews(MANAGING).rows
    assert (row.person, row.organisations) == (doubt, ())
    view = hub.hub.review(MANAGING, doubt)
    assert ([one.person for one in view.candidates], view.unread) == ([known], True)
    assert {one.label: one.closed for one in view.fields}["Name"] == (True, False)
    assert view.candidates[0].bars == ()
    assert hub.hub.who_this_is(MANAGING, known).doubted == (doubt,)


def test_what_was_decided_about_somebody_whom_a_protected_source_alone_tells_of_is_told_to_nobody_else(
    hub: ByHand,
) -> None:
    like = somebody()
    known = hub.seen(like, "school")
    before = hub.hub.who_this_is(SCREENING, known)
    doubt = confided(hub, like)
    ident = hub.settled("same", doubt, other=known, by=MANAGER)
    assert hub.person(doubt).merged_into == known
    assert replace(hub.hub.who_this_is(SCREENING, known), stamp=before.stamp) == before
    assert hub.hub.identity_decisions(SCREENING).recent == ()
    assert refused(lambda: hub.hub.identity_decision(SCREENING, ident))[0] is NotFound
    assert [one.identity for one in hub.hub.identity_decisions(MANAGING).recent] == [ident]


def test_a_household_panel_leaves_out_what_a_protected_source_said(hub: ByHand) -> None:
    child = somebody()
    hub.seen(child, "school")
    protect_source(hub.hub)
    hub.say(
        concern(
            "police", seen_by(child, "police"), handling=COVERT,
            adults=(an_adult("police", in_household=True, relationship="parents_partner"),),
        )
    )  # fmt: skip
    hub.intake.count()
    doubt = hub.in_doubt(child, "health")
    assert hub.hub.review(SCREENING, doubt).candidates[0].household == ()
