"""Who holds something that bears on a child, though it is about an adult of the household: said, so that they are asked."""

from datetime import timedelta

from msgspec.structs import replace

from hub.domain.enquiry import OpenEnquiry
from hub.domain.message import Member
from hub.domain.staff import RegisterStaff
from hub.views.models import Asker
from tests.support.asking import SCREENER
from tests.support.house import LEE, adult, ann, lives
from tests.support.messages import concern, household, moment, seen_by
from tests.support.partnership import RunningHub

WORDS = "Canary-Order of ten years ago."
HOLDS = "Holds a concern about an adult of the household: ask them"


def a_home(running: RunningHub) -> str:
    """A girl of whom a school worries, with a man of whom the police hold something; her id."""
    hub, girl = running.hub, ann()
    hub.add_organisation("children_social_care", "Children's social care", "social_care")
    him = adult(LEE, "police", observation=WORDS, indicators=("domestic_abuse_incident",))
    running.say(concern("police", adults=(him,), at=moment(900), narrative=WORDS))
    said = running.say(concern("school", seen_by(girl, "school", "hunger"), at=moment(2)))
    running.settled()
    lee = Member(person=replace(LEE, own_id="housing-lee"), role="parents_partner")
    running.say(household("housing", lives(girl, "housing"), lee))
    running.settled()
    return running.child_of("school", said)


def held(running: RunningHub, who: Asker, child: str) -> dict[str, str]:
    return {one.organisation: one.holds for one in running.hub.picture(who, child, "").coverage if one.holds}


def test_the_front_door_reads_that_the_police_hold_something_about_an_adult_of_the_home_and_no_word_of_it(
    running_hub: RunningHub,
) -> None:
    child = a_home(running_hub)
    hub = running_hub.hub
    who = hub.asker(SCREENER)
    picture = hub.picture(who, child, "")
    assert {one.organisation: one.holds for one in picture.coverage if one.holds} == {"Police": HOLDS}
    assert "Canary" not in str(picture)
    wish = OpenEnquiry(child=child, alerts=(), ground="perceived_harm", reason="She comes hungry.", by=SCREENER)
    enquiry = hub.open_enquiry(who, wish)
    asked = hub.requesting.page(who, enquiry)
    assert {one.organisation: one.holds for one in asked.coverage if one.holds} == {"Police": HOLDS}
    room = hub.enquiry(who, enquiry, 0)
    assert {one.organisation: one.holds for one in room.coverage if one.holds} == {"Police": HOLDS}
    assert "Canary" not in str((asked, room))


def test_who_may_not_know_of_the_adult_reads_of_nothing_held(running_hub: RunningHub) -> None:
    child = a_home(running_hub)
    hub = running_hub.hub
    said = [getattr(one.fact, "statement", None) for one in running_hub.facts()]
    records = [one.source_record for statement in said if statement is not None for one in statement.adults]
    (man,) = {one.person for one in hub.record.by_source_record(records).values()}
    kin = RegisterStaff(
        staff="staff-kin", organisation="children_social_care", setting="mash", roles=("screening_social_worker",),
        ig_trained_until=hub.clock.now() + timedelta(days=9), related=(man,),
    )  # fmt: skip
    hub.register_staff([kin])
    running_hub.settled()
    assert held(running_hub, hub.asker(SCREENER), child)["Police"] == HOLDS
    assert "Police" not in held(running_hub, hub.asker("staff-kin"), child)
