"""Consent on behalf of people: who may record what of whom, what rests on it, who is told, and what is asked of whom next."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hub.domain.concern import message_id
from hub.domain.consent import ConsentRecorded
from hub.domain.consent_record import Scope
from hub.domain.enquiry import OpenEnquiry
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.family_wish import Wish
from hub.domain.notice import NoticeSent
from hub.domain.staff import RegisterStaff
from hub.views.consenting import Consenting
from hub.views.models import Asker
from hub.views.models.consent import Preview
from hub.views.subjects import statements, subjects
from hub.views.tasks import tasks
from hub.views.who_is_who import records_of
from tests.support.families import EARLY_HELP, asked, no, yes
from tests.support.identities import DECIDER, MANAGER, SCREENER, ByHand, asker, somebody
from tests.support.messages import Child, an_adult, concern, consent, involvement, legal_status, seen_by
from tests.support.partnership import MovedClock, RunningHub, settings_for

COUNCIL = Scope(organisations=("council",), categories=("narrative", "identity"), purposes=("triage",))
TOLD = "Stop what rests on it."


class House:
    """A hub of one test, with its views following, and its people."""

    def __init__(self, folder: Path) -> None:
        self.clock = MovedClock()
        self.running = RunningHub(settings_for(folder / "data"), self.clock)
        self.running.hub.add_organisation("early_help", "Early help", "early_help")
        self.by_hand = ByHand(self.running)
        self.running.start("views")
        people = {
            "staff-nav": ("school", "primary", "navigator"),
            "staff-lead": ("early_help", "hub", "lead_professional"),
        }
        until = datetime.max.replace(tzinfo=UTC)
        self.hub.register_staff(
            [
                RegisterStaff(staff=staff, organisation=who, setting=at, roles=(role,), ig_trained_until=until)
                for staff, (who, at, role) in people.items()
            ]
        )

    @property
    def hub(self) -> Any:
        return self.running.hub

    @property
    def consents(self) -> Consenting:
        return self.running.hub.consents

    def seen(self, child: Child, organisation: str = "school", *indicators: str) -> str:
        return self.by_hand.seen(child, organisation, *(indicators or ("late_collection",)))

    def say(self, wish: Wish, staff: str = SCREENER) -> str:
        return self.consents.say(self.asker(staff), wish).ref

    def competent(self, person: str) -> str:
        """A young person is judged competent for this decision; the record in which they speak."""
        judged = Wish(
            what="capacity", person=person, giver="young_person", test="gillick", outcome="competent", reason="Clear."
        )
        return self.say(judged).partition(":")[2].partition("@")[0]

    def asker(self, staff: str) -> Asker:
        found: Asker = self.hub.asker(staff)
        return found

    def withdraw(self, person: str, statement: str, **otherwise: Any) -> tuple[Preview, Any]:
        wish = Wish(
            what="withdrawn", person=person, statement=statement, effect="stop_future", reason="Done.", **otherwise
        )
        seen = self.consents.preview(asker(SCREENER), wish)
        return seen, self.consents.say(asker(SCREENER), replace(wish, preview=seen.digest))

    def states(self, person: str) -> dict[str, str]:
        view = self.consents.view(asker(SCREENER), person)
        return {f"{one.organisation}: {one.category}": one.state for one in view.in_effect}

    def enquiry(self, child: str, ground: str, staff: str = SCREENER) -> str:
        opening = OpenEnquiry(child=child, alerts=(), ground=ground, reason="To see what helps.", by=staff)
        opened: str = self.hub.open_enquiry(asker(staff), opening)
        return opened

    def words(self, child: str, enquiry: str, staff: str = SCREENER) -> int:
        """How many lines of words the picture shows in this MASH enquiry."""
        return sum(len(entry.words) for entry in self.hub.picture(asker(staff), child, enquiry).chronology)

    def kinds(self, staff: str = MANAGER) -> list[str]:
        return [one.kind for one in tasks(self.hub._desk(), self.asker(staff)).rows if one.kind.startswith("consent")]

    def notices(self) -> list[NoticeSent]:
        return [one.fact for one in self.running.facts() if isinstance(one.fact, NoticeSent)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.running.close()


# ------------------------------------------------------------------------------------------------------ who may not


def test_only_who_may_and_who_knows_of_the_person_records_and_nothing_is_written_otherwise(house: House) -> None:
    child = house.seen(somebody())
    house.hub.register_staff([RegisterStaff(
        staff="staff-aunt", organisation="council", setting="mash", roles=("screening_social_worker",),
        ig_trained_until=datetime.max.replace(tzinfo=UTC), related=(child,),
    )])  # fmt: skip
    head = house.hub.record.position()
    for nobody, why in (("staff-aunt", NotFound), ("staff-68e2c9", NotPermitted), ("staff-05b8f3", NotPermitted)):
        with pytest.raises(why):
            house.say(yes(child), nobody)
        with pytest.raises(why):
            house.consents.view(house.asker(nobody), child)
    with pytest.raises(NotFound):
        house.say(yes("nobody-of-this-id"))
    with pytest.raises(NotFound):
        house.say(yes(child), "staff-lead")  # early help has not heard of this child
    with pytest.raises(NotFound):
        house.say(Wish(what="expired", person=child, statement="consent-record:nowhere@1", reason="Over."))
    with pytest.raises(Refused, match="register knows"):
        house.say(yes(child, scope=replace(EARLY_HELP, organisations=("nowhere",))))
    with pytest.raises(Refused, match="“new”"):
        house.say(yes(child, who="somebody-who-never-spoke"))
    assert house.hub.record.position() == head


def test_a_statement_about_one_child_is_not_taken_back_on_the_page_of_another(house: House) -> None:
    one, other = house.seen(somebody()), house.seen(somebody(), "health")
    given = house.say(yes(one))
    with pytest.raises(NotFound):
        house.withdraw(other, given)


def test_a_navigator_sees_and_takes_back_what_their_own_organisation_wrote_down_alone(house: House) -> None:
    child = house.seen(somebody())
    house.say(yes(child))
    own = house.say(no(child), "staff-nav")
    shown = house.consents.view(house.asker("staff-nav"), child)
    assert [one.ref for one in shown.statements] == [own]
    assert [line.text for line in shown.statements[0].words] == ["We want to be left alone.", "None was needed"]
    assert {one.organisation for one in shown.in_effect} == {"School"}  # what closes to the school itself, and no more
    assert len(house.consents.view(asker(SCREENER), child).statements) == 2


def test_the_words_are_read_by_whoever_wrote_them_and_in_a_mash_enquiry(house: House) -> None:
    child = house.seen(somebody())
    house.say(yes(child), "staff-nav")
    shown = house.consents.view(asker(SCREENER), child).statements[0]
    assert shown.words == ()
    assert [line.label for line in shown.details] == [
        "How", "In the room", "Could safely have said no", "Parental responsibility",
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- asking


def test_nobody_is_asked_where_there_is_a_ground_to_share_anyway(house: House) -> None:
    plain, grave, looked_into = (house.seen(somebody(), "school", code) for code in (
        "late_collection", "physical_abuse_disclosed", "late_collection",
    ))  # fmt: skip
    house.say(asked(plain))
    house.enquiry(looked_into, "perceived_harm")
    for child, why in ((grave, "significant harm"), (looked_into, "concern of harm")):
        with pytest.raises(Refused, match="Do not ask"):
            house.say(asked(child))
        (told,) = house.consents.view(asker(SCREENER), child).anyway
        assert why in told
    assert house.consents.view(house.asker("staff-nav"), grave).anyway == (
        "Ring the front door before you ask this family anything.",
    )
    unasked = Wish(
        what="not_sought", person=grave, ground="unsafe", review_at=house.clock.now() + timedelta(days=7),
        family_told=False, reason="The father is suspected.",
    )  # fmt: skip
    house.say(unasked)
    assert house.kinds() == []
    house.clock.moved = timedelta(days=8)
    assert house.kinds() == ["consent_review"]


def test_a_child_protection_plan_is_ground_enough(house: House) -> None:
    child = somebody()
    person = house.seen(child)
    house.by_hand.say(legal_status("council", child.known_to("council"), "child_protection_plan"))
    with pytest.raises(Refused, match="Do not ask"):
        house.say(asked(person))


# ----------------------------------------------------------------------------------------------- what is in effect


def test_a_competent_young_persons_no_outranks_a_parents_yes_and_reaches_the_policies(house: House) -> None:
    child = house.seen(somebody())
    house.say(yes(child))
    assert set(house.states(child).values()) == {"Agreed"}
    record = house.say(Wish(
        what="capacity", person=child, giver="young_person", test="gillick", outcome="competent", reason="She sees it.",
    )).partition(":")[2].partition("@")[0]  # fmt: skip
    house.say(no(child, giver="", who="", record=record))
    assert set(house.states(child).values()) == {"Refused"}
    desk = house.hub._desk()
    assert len(subjects(desk, [child])[child].statements) == 2
    standing = house.by_hand.intake._ruling.standing
    standing.refresh()
    kept = standing.subject(child, (), "", house.hub.edition.vocabulary, house.clock.now().date()).statements
    assert kept == statements(desk, records_of(desk, [child]))[child]


def test_a_yes_that_is_only_said_counts_once_the_form_is_held(house: House) -> None:
    child = house.seen(somebody())
    given = house.say(yes(child, evidence_held=False, evidence=""))
    assert (house.states(child)["School: What was said"], house.kinds()) == ("No consent", ["consent_form"])
    house.say(Wish(what="evidence", person=child, statement=given, evidence_held=True, evidence="Blue folder."))
    assert house.states(child)["School: What was said"] == "Agreed"


def test_agreement_to_a_service_stands_apart_and_changes_nothing_about_sharing(house: House) -> None:
    child = house.seen(somebody())
    house.say(yes(child))
    before = house.states(child)
    declined = no(child, about="agreement_to_service", service="family_support", provider="early_help")
    house.say(declined)
    view = house.consents.view(asker(SCREENER), child)
    assert [(one.service, one.state) for one in view.agreements] == [("family support", "Declined")]
    assert (len(view.statements), house.states(child)) == (1, before)


def test_records_follow_a_merge_and_go_back_with_a_split(house: House) -> None:
    gone, stays = house.seen(somebody()), house.seen(somebody(), "health")
    house.say(no(gone))
    merge = house.by_hand.settled("merge", gone, other=stays)
    desk = house.hub._desk()
    house.hub.views.catch_up("record", house.hub.record)
    assert [one.fact.state for one in subjects(desk, [stays])[stays].statements] == ["refused"]
    assert house.consents.view(asker(SCREENER), gone).person == stays
    house.by_hand.settled("split", "", reverses=merge)
    house.hub.views.catch_up("record", house.hub.record)
    assert subjects(desk, [stays])[stays].statements == ()
    assert [one.fact.state for one in subjects(desk, [gone])[gone].statements] == ["refused"]


def test_the_audit_shows_what_stood_at_the_position_and_the_two_kinds_apart(house: House) -> None:
    child = house.seen(somebody())
    given = house.say(yes(child))
    house.say(no(child, about="agreement_to_service", service="family_support", provider="early_help"))
    before = house.hub.record.position()
    house.withdraw(child, given)
    house.hub.list_sample([child], ["staff-68e2c9"], 7, "case_audit")
    auditor = house.asker("staff-68e2c9")
    then, now = (house.hub.audit(auditor, child, at).consent for at in (before, None))
    assert [(line.label, line.text) for line in then] == [
        ("Consent to share", "agreed, as Council recorded"),
        ("Agreement to a service (family support)", "declined, as Council recorded"),
    ]
    assert ("Consent to share", "withdrawn, as Council recorded") in [(line.label, line.text) for line in now]
    assert "consent.withdrawn" in {one.name for one in house.hub.audit(auditor, child, None).facts}


# ------------------------------------------------------------------------------------------------------ withdrawing


def test_before_a_withdrawal_one_sees_what_rests_on_it_and_then_everybody_is_told_to_stop(house: House) -> None:
    child = house.seen(somebody())
    given = house.say(yes(child, scope=COUNCIL), MANAGER)
    agreed = house.enquiry(child, "agreed_early_help")
    assert house.words(child, agreed) > 0
    with pytest.raises(Refused, match="look at the preview"):
        house.say(Wish(what="withdrawn", person=child, statement=given, effect="stop_future"))
    seen, made = house.withdraw(child, given)
    assert [(one.organisation, one.category, one.outcome) for one in seen.rows] == [
        ("Council", "Name and identifiers", "stops"), ("Council", "What was said", "stops"),
    ]  # fmt: skip
    assert (seen.recipients, made.notices) == (("Council",), ("council",))
    assert house.words(child, agreed) == 0
    (notice,) = house.notices()
    assert (notice.organisation, notice.kind, notice.child, notice.due, notice.sent_by) == (
        "council", "consent_withdrawn", child, notice.due, SCREENER,
    )  # fmt: skip
    assert dict(notice.codes) == {"effect": "stop_future", "stops": "identity,narrative"}
    (fact,) = [one.fact for one in house.running.facts() if one.fact.NAME == "consent.withdrawn"]
    assert len(fact.told) == 1  # type: ignore[attr-defined] # of that name


def test_what_stands_on_another_basis_is_named_as_such_and_stays_open(house: House) -> None:
    child = house.seen(somebody())
    given = house.say(yes(child, scope=COUNCIL))
    harm = house.enquiry(child, "perceived_harm")
    assert house.words(child, harm) > 0
    seen, _ = house.withdraw(child, given)
    assert {one.outcome for one in seen.rows} == {"stands"}
    assert {policy for one in seen.rows for policy in one.policies} >= {"R04"}
    assert house.words(child, harm) > 0


def test_a_navigator_who_takes_a_yes_back_does_not_learn_that_others_read_on_another_basis(house: House) -> None:
    child = house.seen(somebody())
    given = house.say(yes(child, scope=COUNCIL), "staff-nav")
    assert house.words(child, house.enquiry(child, "perceived_harm")) > 0
    wish = Wish(what="withdrawn", person=child, statement=given, effect="stop_future", reason="Done.")
    front_door = house.consents.preview(asker(SCREENER), wish)
    assert ({one.outcome for one in front_door.rows}, front_door.whole) == ({"stands"}, True)
    navigator = house.asker("staff-nav")
    seen = house.consents.preview(navigator, wish)
    assert (seen.rows, seen.recipients, seen.whole) == ((), (), False)
    made = house.consents.say(navigator, replace(wish, preview=seen.digest))
    assert (made.notices, [one.organisation for one in house.notices()]) == ((), ["council"])


def test_a_look_before_the_yes_or_at_ones_own_words_does_not_rest_on_it(house: House) -> None:
    child = house.seen(somebody(), "council")
    house.enquiry(child, "perceived_harm")
    given = house.say(yes(child, scope=COUNCIL))
    seen, made = house.withdraw(child, given)
    assert (seen.rows, seen.recipients, made.notices, house.notices()) == ((), (), (), [])


def test_a_preview_that_is_out_of_date_withdraws_nothing(house: House) -> None:
    child = house.seen(somebody())
    given = house.say(yes(child, scope=COUNCIL))
    wish = Wish(what="withdrawn", person=child, statement=given, effect="stop_future")
    seen = house.consents.preview(asker(SCREENER), wish)
    house.words(child, house.enquiry(child, "agreed_early_help"))
    head = house.hub.record.position()
    with pytest.raises(Refused, match="has changed since"):
        house.say(replace(wish, preview=seen.digest))
    assert house.hub.record.position() == head


def test_a_part_is_withdrawn_and_the_rest_stays(house: House) -> None:
    child = house.seen(somebody())
    given = house.say(yes(child, scope=COUNCIL))
    agreed = house.enquiry(child, "agreed_early_help")
    house.words(child, agreed)
    seen, _ = house.withdraw(child, given, scope=Scope(categories=("narrative",)))
    assert (seen.part, [one.category for one in seen.rows]) == (True, ["What was said"])
    assert [one.kind for one in house.notices()] == ["consent_narrowed"]
    assert house.states(child) == {
        "Council: Name and identifiers": "Agreed", "Council: What was said": "Withdrawn",
    }  # fmt: skip


def test_what_an_organisations_message_said_is_withdrawn_here_too_once(house: House) -> None:
    child = somebody()
    person = house.seen(child)
    house.by_hand.say(consent("school", child.known_to("school"), "given", organisations=("council",),
                              categories=("narrative",), purposes=("triage",)))  # fmt: skip
    (said,) = house.consents.view(asker(SCREENER), person).statements
    assert said.counts
    house.withdraw(person, said.ref)
    assert set(house.states(person).values()) == {"Withdrawn"}
    with pytest.raises(Refused, match="nothing to withdraw"):
        house.withdraw(person, said.ref)


def test_an_organisation_acknowledges_once_and_one_that_does_not_is_a_task(house: House) -> None:
    child = house.seen(somebody())
    given = house.say(yes(child, scope=COUNCIL))
    house.words(child, house.enquiry(child, "agreed_early_help"))
    house.withdraw(child, given)
    assert house.kinds() == ["consent_acknowledge"]
    assert house.kinds("staff-nav") == []
    house.clock.moved = timedelta(days=5)
    assert sorted(house.kinds()) == ["consent_acknowledge", "consent_unacknowledged"]
    (waits,) = house.consents.notices(asker(SCREENER)).rows
    assert waits.overdue
    with pytest.raises(NotFound):
        house.consents.acknowledge(house.asker("staff-nav"), waits.id)
    with pytest.raises(NotFound):
        house.consents.acknowledge_for("school", waits.id)
    house.consents.acknowledge(asker(DECIDER), waits.id)
    assert house.kinds() == []
    with pytest.raises(Refused, match="acknowledged before"):
        house.consents.acknowledge_for("council", waits.id)


# ---------------------------------------------------------------------------------------------- what is asked again


def test_a_no_and_something_new_since_is_judged_again_and_the_no_alone_is_not(house: House) -> None:
    child = somebody()
    person = house.seen(child)
    house.say(no(person))
    assert house.kinds() == []
    house.clock.moved = timedelta(minutes=5)
    house.seen(child, "health")
    assert house.kinds() == ["consent_refused_new"]
    house.clock.moved = timedelta(minutes=10)
    house.say(Wish(what="judged_again", person=person, outcome="still_below_harm", reason="A missed bus."))
    assert house.kinds() == []


def test_a_withdrawal_by_message_without_an_hour_closes_what_was_agreed_that_day(house: House) -> None:
    child = somebody()
    person = house.seen(child)
    scope = {"organisations": ("council",), "categories": ("narrative", "identity"), "purposes": ("triage",)}
    now = house.clock.now()
    house.by_hand.say(
        consent("school", child.known_to("school"), "given", **scope, valid_from=now - timedelta(hours=2))
    )
    enquiry = house.enquiry(person, "agreed_early_help")
    assert house.words(person, enquiry) > 0
    house.clock.moved = timedelta(hours=1)
    early = now - timedelta(hours=5)
    house.by_hand.say(consent("school", child.known_to("school"), "withdrawn", valid_from=early))
    assert house.words(person, enquiry) == 0


def test_a_yes_that_a_message_only_says_is_a_task_until_the_form_is_held(house: House) -> None:
    child = somebody()
    house.seen(child)
    scope = {"organisations": ("council",), "categories": ("narrative",), "purposes": ("triage",)}
    house.by_hand.say(consent("school", child.known_to("school"), "given", **scope, evidence_held=False))
    assert house.kinds() == ["consent_form"]
    house.by_hand.say(consent("school", child.known_to("school"), "given", **scope, evidence_held=True))
    assert house.kinds() == []


def test_a_yes_for_a_day_to_come_is_taken_back_before_that_day(house: House) -> None:
    child = somebody()
    person = house.seen(child)
    scope = {"organisations": ("council",), "categories": ("narrative",), "purposes": ("triage",)}
    to_come = house.clock.now() + timedelta(days=3)
    house.by_hand.say(consent("school", child.known_to("school"), "given", **scope, valid_from=to_come))
    (given,) = (one.ref for one in house.running.facts() if isinstance(one.fact, ConsentRecorded))
    house.withdraw(person, given)
    house.clock.moved = timedelta(days=4)
    assert "Agreed" not in house.states(person).values()


def test_an_organisation_that_came_after_the_yes_is_asked_about_and_one_that_was_named_is_not(house: House) -> None:
    child = somebody()
    person = house.seen(child)
    house.say(yes(person))
    house.clock.moved = timedelta(minutes=5)
    house.by_hand.say(involvement("school", child.known_to("school"), "education"))
    assert house.kinds() == []
    house.by_hand.say(involvement("housing", child.known_to("housing"), "housing_support"))
    assert house.kinds() == ["consent_new_organisation"]
    named = replace(EARLY_HELP, organisations=("early_help", "school", "housing"))
    house.say(yes(person, scope=named))
    assert house.kinds() == []


def test_a_young_person_and_a_parent_who_disagree_are_a_task_until_somebody_else_settles_it(house: House) -> None:
    child = house.seen(somebody())
    parents = house.say(yes(child))
    judged = Wish(what="capacity", person=child, giver="young_person", test="gillick", outcome="not_competent",
                  reason="He is six.")  # fmt: skip
    record = house.say(judged).partition(":")[2].partition("@")[0]
    childs = house.say(no(child, giver="", record=record))
    assert house.kinds() == ["consent_conflict"]
    settled = Wish(what="conflict", person=child, statement=parents, other=childs, reason="He was told why.")
    with pytest.raises(Refused, match="somebody other"):
        house.say(settled)
    house.say(settled, DECIDER)
    assert (house.kinds(), set(house.states(child).values())) == ([], {"Agreed"})


def test_a_withdrawal_that_a_message_brought_is_a_task_until_who_relied_on_it_was_told(house: House) -> None:
    child = somebody()
    person = house.seen(child)
    scope: dict[str, Any] = {"organisations": ("council",), "categories": ("narrative",), "purposes": ("triage",)}
    house.by_hand.say(consent("school", child.known_to("school"), "given", **scope))
    house.words(person, house.enquiry(person, "agreed_early_help"))
    house.by_hand.say(consent("school", child.known_to("school"), "withdrawn", valid_from=house.clock.now()))
    assert house.kinds() == ["consent_withdrawn_elsewhere"]
    given = next(one for one in house.consents.view(asker(SCREENER), person).statements if one.code == "given")
    seen, made = house.withdraw(person, given.ref)
    assert ([one.outcome for one in seen.rows], made.notices) == (["closed"], ("council",))
    assert house.kinds() == ["consent_acknowledge"]


def relied(house: House, child: Child, **yes_to: Any) -> str:
    """The school's message says that a mother agreed, and the council read the child's words under that; the person."""
    person = house.seen(child)
    scope: dict[str, Any] = {
        "organisations": ("council",),
        "categories": ("narrative", "identity"),
        "purposes": ("triage",),
    }
    house.by_hand.say(consent("school", child.known_to("school"), "given", **{**scope, **yes_to}))
    assert house.words(person, house.enquiry(person, "agreed_early_help")) > 0
    return person


def test_a_withdrawal_by_message_stops_and_tells_and_sets_the_clock_like_one_on_the_page(house: House) -> None:
    child = somebody()
    person = relied(house, child)
    house.by_hand.say(consent("school", child.known_to("school"), "withdrawn", valid_from=house.clock.now()))
    assert house.hub.owed.tell() == 1
    (notice,) = house.notices()
    assert (notice.organisation, notice.kind, notice.child, dict(notice.codes), notice.sent_by) == (
        "council", "consent_withdrawn", person, {"effect": "stop_future", "stops": "identity,narrative"}, "service:watch",
    )  # fmt: skip
    assert notice.due is not None
    assert notice.due > house.clock.now()
    assert house.kinds() == ["consent_acknowledge"]  # and nobody is asked to tell them again
    assert [one.envelope.because.partition(":")[0] for one in house.running.facts() if one.fact == notice] == [
        "consent"
    ]
    house.clock.moved = timedelta(days=5)
    assert sorted(house.kinds()) == ["consent_acknowledge", "consent_unacknowledged"]
    (waits,) = house.consents.notices(asker(SCREENER)).rows
    house.consents.acknowledge(asker(SCREENER), waits.id)
    assert house.kinds() == []


def test_it_is_told_once_however_often_the_message_comes_and_whoever_looks(house: House) -> None:
    child = somebody()
    relied(house, child)
    said = consent("school", child.known_to("school"), "withdrawn", valid_from=house.clock.now())
    package = house.running.organisations["school"].package(said, "1b3f8e6e-7a0c-4c62-9d0b-0c6a6a1d2f01")
    for place in house.running.send(package, package):
        (read,) = [each for each in house.running.read_log(place.topic) if each.offset == place.offset]
        house.by_hand.intake.take([read], place.offset - 1)
    said_so = [one.ref for one in house.running.facts() if one.fact.NAME == "consent.recorded"]
    assert len(said_so) == 2  # the yes, and one withdrawal
    ref = said_so[1]
    assert (house.hub.owed.tell(), house.hub.owed.tell()) == (1, 0)
    assert house.hub.consent().carried_out(ref, (house.notices()[0],), "service:watch") == 0  # another was first
    assert len(house.notices()) == 1


def test_a_withdrawal_by_message_of_a_part_tells_of_that_part_and_one_of_nothing_given_tells_nobody(
    house: House,
) -> None:
    child = somebody()
    relied(house, child)
    house.by_hand.say(consent("school", child.known_to("school"), "withdrawn", valid_from=house.clock.now(),
                              organisations=("council",), categories=("narrative",), purposes=("triage",)))  # fmt: skip
    nobody = somebody()
    house.seen(nobody)
    house.by_hand.say(consent("school", nobody.known_to("school"), "withdrawn", valid_from=house.clock.now()))
    assert house.hub.owed.tell() == 1
    (notice,) = house.notices()
    assert (notice.kind, dict(notice.codes)) == (
        "consent_narrowed", {"effect": "stop_future", "stops": "narrative"},
    )  # fmt: skip
    assert house.hub.owed.tell() == 0


def test_what_was_withdrawn_on_the_page_first_is_not_told_again_when_a_message_says_so_too(house: House) -> None:
    child = somebody()
    person = relied(house, child)
    (given,) = house.consents.view(asker(SCREENER), person).statements
    house.withdraw(person, given.ref)
    house.by_hand.say(consent("school", child.known_to("school"), "withdrawn", valid_from=house.clock.now()))
    house.hub.owed.tell()
    assert len(house.notices()) == 1


def test_who_looked_between_the_preview_and_the_stop_is_told_afterwards(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = house.seen(somebody())
    given = house.say(yes(child, scope=COUNCIL))
    wish = Wish(what="withdrawn", person=child, statement=given, effect="stop_future", reason="Done.")
    seen = house.consents.preview(asker(SCREENER), wish)
    opened = house.enquiry(child, "agreed_early_help")
    act = house.hub.act().__class__
    write = act.write

    def looked_at_first(self: Any, new: Any, by: str, because: str = "", **more: Any) -> Any:
        """The last look under the consent is in the ledger when everything was worked out, and before the stop is written."""
        monkeypatch.setattr(act, "write", write)
        assert house.words(child, opened) > 0
        return write(self, new, by, because, **more)

    monkeypatch.setattr("hub.flow.act.Act.write", looked_at_first)
    made = house.consents.say(asker(SCREENER), replace(wish, preview=seen.digest))
    assert (made.notices, house.notices()) == ((), [])
    assert house.hub.owed.tell() == 1
    assert [(one.organisation, one.kind) for one in house.notices()] == [("council", "consent_withdrawn")]


def test_what_rests_on_it_is_worked_out_again_when_somebody_else_wrote_first(house: House) -> None:
    """A part was withdrawn between: the notices of the whole would tell what is not so."""
    child = house.seen(somebody())
    given = house.say(yes(child, scope=COUNCIL))
    house.words(child, house.enquiry(child, "agreed_early_help"))
    whole = Wish(what="withdrawn", person=child, statement=given, effect="stop_future", reason="Done.")
    seen = house.consents.preview(asker(SCREENER), whole)
    house.withdraw(child, given, scope=Scope(categories=("narrative",)))
    with pytest.raises(Refused, match="has changed since"):
        house.consents.say(asker(SCREENER), replace(whole, preview=seen.digest))
    again = house.consents.preview(asker(SCREENER), whole)
    assert again.digest != seen.digest
    house.consents.say(asker(SCREENER), replace(whole, preview=again.digest))
    assert [one.kind for one in house.notices()] == ["consent_narrowed", "consent_withdrawn"]


def test_a_service_that_is_not_wanted_any_more_is_told_to_who_gives_it_from_the_page_and_by_message(
    house: House,
) -> None:
    child = somebody()
    person = house.seen(child)
    service: dict[str, Any] = {"about": "agreement_to_service", "service": "family_support", "provider": "early_help"}
    agreed = house.say(yes(person, **service))
    gone = Wish(what="withdrawn", about="agreement_to_service", person=person, statement=agreed, reason="Done.")
    made = house.consents.say(asker(SCREENER), gone)
    assert made.notices == ("early_help",)
    (notice,) = house.notices()
    assert (notice.organisation, notice.kind, notice.codes) == (
        "early_help", "agreement_withdrawn", (("service", "family_support"),),
    )  # fmt: skip
    assert notice.due is not None
    with pytest.raises(Refused, match="nothing to withdraw"):
        house.consents.say(asker(SCREENER), gone)
    house.say(yes(person, **service))
    house.by_hand.say(consent("school", child.known_to("school"), "withdrawn", about="agreement_to_service"))
    assert (house.hub.owed.tell(), house.hub.owed.tell()) == (1, 0)
    assert [one.kind for one in house.notices()] == ["agreement_withdrawn", "agreement_withdrawn"]


def test_what_is_said_of_a_competent_young_person_who_refused_in_the_hub_is_not_counted_below_harm(
    house: House,
) -> None:
    child = somebody()
    person = house.seen(child)
    record = house.competent(person)
    house.say(no(person, giver="", record=record))
    house.seen(child, "health")
    assert len(house.by_hand.counts(person)) == 1  # what came before the refusal
    house.seen(child, "police", "physical_abuse_disclosed")
    assert len(house.by_hand.counts(person)) == 2


def test_of_an_adult_the_adult_speaks_and_nobody_in_their_place(house: House) -> None:
    (ident,) = house.by_hand.say(concern("school", seen_by(somebody(), "school"), adults=(an_adult("school"),)))
    statement = house.running.stream(f"message:{message_id('school', ident)}")[0].fact.statement  # type: ignore[attr-defined]
    record = statement.adults[0].source_record
    adult = house.hub.record.by_source_record([record])[record].person
    with pytest.raises(Refused, match="in place of an adult"):
        house.say(yes(adult))
    with pytest.raises(Refused, match="Mental Capacity Act"):
        house.say(
            Wish(what="capacity", person=adult, giver="adult_self", test="gillick", outcome="competent", reason="x")
        )
    house.say(yes(adult, giver="adult_self", who="", shown=""))
    assert set(house.states(adult).values()) == {"Agreed"}


def test_nobody_reads_or_acknowledges_a_notice_about_their_own_family(house: House) -> None:
    child = house.seen(somebody())
    given = house.say(yes(child, scope=COUNCIL))
    house.words(child, house.enquiry(child, "agreed_early_help"))
    house.withdraw(child, given)
    (waits,) = house.consents.notices(asker(DECIDER)).rows
    house.hub.register_staff([RegisterStaff(
        staff="staff-aunt", organisation="council", setting="mash", roles=("decision_maker",),
        ig_trained_until=datetime.max.replace(tzinfo=UTC), related=(child,),
    )])  # fmt: skip
    aunt = house.asker("staff-aunt")
    assert (house.consents.notices(aunt).rows, house.kinds("staff-aunt")) == ((), [])
    with pytest.raises(NotFound):
        house.consents.acknowledge(aunt, waits.id)
