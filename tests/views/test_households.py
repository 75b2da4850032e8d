"""The household of a child on a real hub: who is not told, what is never opened, what is shown, and asking for the children."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import to_builtins
from msgspec.structs import replace

from hub.domain.concern import message_id
from hub.domain.enquiry import OpenEnquiry
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.fact import Envelope, NewFact
from hub.domain.household import NameChildren
from hub.domain.message import Address, Member
from hub.domain.moments import london_day
from hub.domain.person import RestrictionSet
from hub.domain.staff import RegisterStaff
from hub.flow.receive import Intake
from hub.views.models import Asker
from hub.views.protected_sources import home_told_to
from tests.support.house import LEE, MUM, House, adult, ann, ben, family, lives, mum, zoe
from tests.support.messages import concern, correction, household, moment, seen_by, strength, withdrawal
from tests.support.partnership import RunningHub, settings_for
from tests.support.protected import COVERT, protect_source

DECIDER = Asker("staff-91d3b7", "children_social_care", "mash", ("decision_maker",))
NAVIGATOR = Asker("staff-7c41e0", "police", "safeguarding_unit", ("navigator",))
ACCESS_AUDITOR = Asker("staff-a37d05", "partnership", "audit", ("access_auditor",))
CANARY = "canary-7f3e: what was said of the adult"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    running = RunningHub(settings_for(tmp_path / "data"))
    running.hub.add_organisation("children_social_care", "Children's social care", "social_care")
    yield House(running)
    running.close()


def labels(house: House, asker: Asker, child: str, enquiry: str = "") -> list[tuple[str, str]]:
    return [(row.label, row.role) for row in house.running.hub.household(asker, child, enquiry).rows]


def someone(house: House, role: str, *related: str) -> Asker:
    wish = RegisterStaff(
        staff="staff-of-test", organisation="children_social_care", setting="mash", roles=(role,),
        ig_trained_until=datetime.max.replace(tzinfo=UTC), related=related,
    )  # fmt: skip
    house.running.hub.register_staff([wish])
    return Asker("staff-of-test", "children_social_care", "mash", (role,))


def restrict(house: House, person: str) -> None:
    hub = house.running.hub
    now, stream = hub.clock.now(), f"person:{person}"
    fact = RestrictionSet(restricted=True, ground="adoption", readers=("staff-9",), decision="identity:1")
    hub.record.append(
        [NewFact(stream, len(hub.record.load(stream)), fact, Envelope(now, now, "service:intake", "", "", "1"))]
    )


# ------------------------------------------------------------------------------------------------------ who is not told


@pytest.mark.parametrize("asker", [NAVIGATOR, ACCESS_AUDITOR])
def test_who_may_not_know_of_the_child_is_told_of_no_household(house: House, asker: Asker) -> None:
    _, _, her, _ = family(house)
    with pytest.raises(NotFound):
        house.running.hub.household(asker, her, "")
    with pytest.raises(NotFound):
        house.running.hub.household(DECIDER, "nobody", "")


def test_a_relative_of_the_asker_is_in_no_drawing_no_list_and_no_number(house: House) -> None:
    _, _, her, him = family(house)
    asker = someone(house, "decision_maker", him)
    assert labels(house, asker, her) == [("Adult 1", "Mother")]
    assert labels(house, DECIDER, her) == [("Adult 1", "Mother"), ("Child 1", "Child of the household")]


def test_a_restricted_sibling_counts_for_nobody_and_is_on_no_page(house: House) -> None:
    _, boy, her, him = family(house)
    house.say(concern("school", seen_by(boy, "school")))
    assert ("school", "sibling") in house.relations(her)
    restrict(house, him)
    house.intake.count()
    assert house.relations(her) == [("housing", "own")]
    assert house.reasons(her) == ["not_pooled"]
    assert labels(house, DECIDER, her) == [("Adult 1", "Mother")]


def test_the_words_about_an_adult_never_stand_on_the_childs_page_or_in_the_household(house: House) -> None:
    _, _, her, _ = family(house)
    told = adult(MUM, "police", relationship="mother", indicators=("domestic_abuse_incident",), observation=CANARY)
    (ident,) = house.say(concern("police", adults=(told,), narrative=CANARY, at=moment(1)))
    hub = house.running.hub
    picture, view = hub.picture(DECIDER, her, ""), hub.household(DECIDER, her, "")
    task = hub.ask_for_children(DECIDER, message_id("police", ident))
    opening = OpenEnquiry(child=her, alerts=(), ground="significant_harm", reason="To protect.", by=DECIDER.staff)
    enquiry = hub.act().open_enquiry(opening)
    inside = hub.picture(DECIDER, her, enquiry), hub.household(DECIDER, her, enquiry)
    for shown in (picture, view, task, *inside):
        assert CANARY not in repr(to_builtins(shown))
    wanted = "Concern about an adult of the household: Domestic abuse between adults was reported"
    assert [one.title.partition(":")[0] for one in view.counted] == [wanted.partition(":")[0]]
    assert view.counted == tuple(one for one in picture.chronology if one.kind == "household" and one.indicators)
    assert (view.counted[0].organisation, view.counted[0].words) == ("Police", ())


# ---------------------------------------------------------------------------------------------------------- the page


def test_names_of_the_household_open_in_a_mash_enquiry_about_the_child_alone(house: House) -> None:
    _, boy, her, _ = family(house)
    hub = house.running.hub
    assert all(row.name == () for row in hub.household(DECIDER, her, "").rows)
    opening = OpenEnquiry(child=her, alerts=(), ground="significant_harm", reason="To protect.", by=DECIDER.staff)
    rows = hub.household(DECIDER, her, hub.act().open_enquiry(opening)).rows
    assert [row.name for row in rows] == [("Alexa Grownover",), (f"{boy.forename} {boy.surname}",)]


def test_an_unknown_man_stands_in_the_household_with_since_when_as_whom_said_and_how_sure(house: House) -> None:
    _, _, her, _ = family(house)
    lee = Member(person=replace(LEE, own_id="police-lee"), role="not_known", since=london_day(moment()), sure=False)
    house.say(household("police", mum("police"), lee, change="moved_in"))
    view = house.running.hub.household(DECIDER, her, "")
    (row,) = (row for row in view.rows if row.role == "Role not known")
    assert (row.organisations, row.sure, row.via, row.person) == (("Housing", "Police"), False, "Adult 1", "")
    assert [(box.label, box.note) for box in view.drawing.boxes if box.doubtful] == [("Adult 2", "Not sure")]
    assert len(view.drawing.boxes) == 4


def test_who_left_stands_apart_from_who_lives_there(house: House) -> None:
    _, _, her, _ = family(house)
    house.say(household("police", mum("police", until=london_day(moment(0))), change="moved_out"))
    view = house.running.hub.household(DECIDER, her, "")
    tomorrow_too = [row.label for row in view.rows]
    assert "Child 1" in tomorrow_too
    assert [row.role for row in (*view.rows, *view.past) if "until" in row.spells[0]] == ["Mother"]


def test_of_a_grandmother_alone_it_is_said_that_it_may_be_kinship_care_until_the_mother_is_known_to_live_there(
    house: House,
) -> None:
    girl = ann()
    gran = Member(person=replace(LEE, own_id="housing-gran"), role="grandparent")
    _, ident = house.say(
        household("housing", lives(girl, "housing"), gran), strength("housing", seen_by(girl, "housing"))
    )
    her, hub = house.person("housing", ident), house.running.hub
    assert hub.household(DECIDER, her, "").kinship
    gone = london_day(moment(9))
    house.say(household("school", lives(girl, "school"), mum("school", since=london_day(moment(99)), until=gone)))
    assert hub.household(DECIDER, her, "").kinship  # she lived there once
    house.say(household("police", lives(girl, "police"), mum("police", since=london_day(moment(3)))))
    assert not hub.household(DECIDER, her, "").kinship


def test_the_page_says_of_a_refuges_list_that_nobody_is_taken_to_live_together(house: House) -> None:
    girl, boy, her, _ = family(house)
    assert not house.running.hub.household(DECIDER, her, "").apart
    refuge = Address(("1 Nowhere Street",), None, kind="refuge")
    house.say(household("school", lives(girl, "school"), lives(zoe(), "school"), address=refuge))
    view = house.running.hub.household(DECIDER, her, "")
    assert (view.apart, [(row.label, row.role) for row in view.rows]) == (
        True, [("Adult 1", "Mother"), ("Child 1", "Child of the household")],
    )  # fmt: skip
    del boy


# ------------------------------------------------------------------------------------------------ asking for the children


def adult_only(house: House) -> str:
    (ident,) = house.say(concern("police", adults=(adult(LEE, "police"),)))
    return message_id("police", ident)


def test_an_answer_is_refused_to_who_may_not_record_contacts_in_anothers_name_and_about_nobody(house: House) -> None:
    _, _, her, _ = family(house)
    message, hub = adult_only(house), house.running.hub
    wish = NameChildren(children=(her,), asked="police", by=DECIDER.staff)
    with pytest.raises(NotPermitted):
        hub.name_children(NAVIGATOR, message, replace(wish, by=NAVIGATOR.staff))
    with pytest.raises(NotPermitted):
        hub.name_children(DECIDER, message, replace(wish, by="staff-9"))
    with pytest.raises(NotFound):
        hub.name_children(DECIDER, message, replace(wish, children=("nobody",)))
    with pytest.raises(NotFound):
        hub.name_children(DECIDER, "nothing", wish)
    with pytest.raises(Refused):
        hub.name_children(DECIDER, message, replace(wish, children=()))
    assert len(hub.record.load(f"message:{message}")) == 2


def test_a_concern_that_was_withdrawn_asks_nothing_any_more(house: House) -> None:
    _, _, her, _ = family(house)
    (ident,) = house.say(concern("police", adults=(adult(LEE, "police"),)))
    hub = house.running.hub
    assert [row.message for row in hub.unplaced(DECIDER)] == [message_id("police", ident)]
    house.say(withdrawal("police", ident))
    assert hub.unplaced(DECIDER) == []
    with pytest.raises(Refused):
        hub.name_children(DECIDER, message_id("police", ident), NameChildren(children=(her,), by=DECIDER.staff))


def test_who_asks_sees_which_children_live_with_which_adult_and_the_answer_counts_at_once(house: House) -> None:
    _, _, her, _ = family(house)
    (ident,) = house.say(concern("police", adults=(adult(MUM, "police"), adult(LEE, "police"))))
    message, hub = message_id("police", ident), house.running.hub
    other_child = zoe()
    (told,) = house.say(strength("school", seen_by(other_child, "school")))
    other = house.person("school", told)
    task = hub.ask_for_children(DECIDER, message)
    assert [len(one.children) for one in task.adults] == [2, 0]
    assert her in {choice.code for choice in task.children}
    assert house.relations(other) == [("school", "own")]
    hub.name_children(DECIDER, message, NameChildren(children=(other,), asked="police", by=DECIDER.staff))
    assert house.relations(other) == [("police", "adult"), ("police", "adult"), ("school", "own")]
    task = hub.ask_for_children(DECIDER, message)
    assert (task.answered, task.answer) == (True, (other[:8],))
    assert hub.unplaced(DECIDER) == []


def test_an_answer_given_before_a_correction_still_stands_on_the_page(house: House) -> None:
    _, _, her, _ = family(house)
    said = concern("police", adults=(adult(LEE, "police"),))
    (ident,) = house.say(said)
    hub = house.running.hub
    hub.name_children(DECIDER, message_id("police", ident), NameChildren(children=(her,), by=DECIDER.staff))
    house.intake = Intake(hub.intake_tools())  # the answer was counted by the hub's own
    for told in ("Again.", "And again."):
        (ident,) = house.say(correction(ident, replace(said, narrative=told)))
    task = hub.ask_for_children(DECIDER, message_id("police", ident))
    assert (task.answered, task.answer, hub.unplaced(DECIDER)) == (True, (her[:8],), [])


def test_a_shared_list_of_one_household_is_read_the_same_by_both_children(house: House) -> None:
    girl, boy = ann(), ben()
    house.say(household("housing", lives(girl, "housing"), lives(boy, "housing")))
    (told,) = house.say(strength("housing", seen_by(girl, "housing"), seen_by(boy, "housing")))
    for n in (0, 1):
        assert labels(house, DECIDER, house.person("housing", told, n)) == [("Child 1", "Child of the household")]


# ------------------------------------------------------------------------------------- what protects its source


def told_of(house: House, child: str) -> list[object]:
    """All that a decision maker is told of the household of a child, and of concerns that name none; in builtins."""
    hub = house.running.hub
    view = to_builtins(hub.household(DECIDER, child, ""))
    return [
        {name: value for name, value in view.items() if name != "stamp"},  # which says how far the record goes
        to_builtins(hub.unplaced(DECIDER)), to_builtins(hub.picture(DECIDER, child, "").chronology),
        to_builtins(hub.tasks(DECIDER).rows), hub.tasks(DECIDER).total,
    ]  # fmt: skip


def test_what_a_protected_source_said_of_a_household_is_on_nobodys_page(house: House) -> None:
    girl, _, her, him = family(house)
    protect_source(house.running.hub)
    house.intake = Intake(house.running.hub.intake_tools())
    before = [told_of(house, one) for one in (her, him)]
    partner = adult(LEE, "police", in_household=True, relationship="parents_partner")
    gone = adult(MUM, "police", in_household=False, relationship="mother")
    house.say(
        concern("police", seen_by(girl, "police"), adults=(partner,), handling=COVERT),
        concern("police", seen_by(girl, "police"), adults=(gone,), handling=COVERT),  # would end it, or be in conflict
        concern("police", adults=(replace(gone, in_household=None), partner), handling=COVERT),  # names no child
    )
    assert [told_of(house, one) for one in (her, him)] == before
    home = home_told_to(house.running.hub._desk(), house.running.hub.homes, "police", [her])
    assert {one.role for one in home.kin(her).values()} == {"child", "parents_partner", "mother"}  # the police's own


def test_of_a_spell_that_others_tell_of_too_the_protected_start_and_name_are_left_out(house: House) -> None:
    girl, _, her, _ = family(house)
    protect_source(house.running.hub)
    house.say(household("school", lives(girl, "school"), mum("school")))
    before = house.running.hub.household(DECIDER, her, "").rows
    said = adult(MUM, "police", in_household=True, relationship="mother")
    house.say(concern("police", seen_by(girl, "police"), adults=(said,), handling=COVERT))
    assert house.running.hub.household(DECIDER, her, "").rows == before
    assert [row.organisations for row in before if row.role == "Mother"] == [("Housing", "School")]
