"""What rules that tell nobody suggest: shown beside the alerts wherever a level is proposed, and to nobody who may not know."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from hub.domain.enquiry import EnquiryDecided, Step
from hub.domain.moments import london_day
from hub.views.models import Filters, Suggestion
from hub.views.reliance import Wish
from tests.domain.test_rules_of_the_strategies import EARLY_HELP, GROUPS, code_in
from tests.journey.test_alerts_explained import at_home, related_to
from tests.journey.test_enquiries import DECIDER, MANAGER, SCREENER, Room
from tests.journey.test_reliance import AUDITOR
from tests.support.messages import a_child, concern, moment, seen_by, withdrawal
from tests.support.site import Site
from tests.support.typed import typing_on

ONE = "staffordshire-one-need"
MOVED_IN = "new-adult-after-a-decision"
NONE = "No rule proposes a level that you may see."


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "data")
    yield made
    made.running.close()


class Case(Struct):
    """A child of whom one organisation told one need, once: no rule alerts anybody."""

    child: str
    message: str


def one_need(room: Room) -> Case:
    girl = a_child()
    (message,) = room.say(concern("school", seen_by(girl, "school", "hunger"), at=moment(1)))
    return Case(room.running.child_of("school", message), message)


def of(found: tuple[Suggestion, ...]) -> list[tuple[str, int, str]]:
    return [(one.rule, one.level, one.alert) for one in found]


def test_one_need_alone_alerts_nobody_and_its_level_stands_wherever_a_level_is_proposed(room: Room) -> None:
    child = one_need(room).child
    assert room.hub.worklist(room.who(SCREENER), Filters()).rows == ()
    enquiry = room.open(child)
    for staff in (SCREENER, DECIDER, MANAGER):
        picture = room.hub.picture(room.who(staff), child, "")
        view = room.hub.enquiry(room.who(staff), enquiry, 0)
        listed = room.hub.explaining.alerts_of(room.who(staff), child)
        for found in (picture.suggestions, view.suggestions, view.children[0].suggestions, listed.suggestions):
            assert of(found) == [(ONE, 2, "")]
        assert listed.rows == ()
    (said,) = picture.suggestions
    day = f"{moment(1):%-d %B %Y}"
    assert said.why == (
        f"1 incident known first hand, from 1 organisation, on {day}: School on {day} "
        "(hungry: asks for food, or eats as if not fed)."
    )
    assert (said.evidence_count, said.level_words, said.edition) == (1, view.suggestions[0].level_words, "1")
    assert said.smallest == (f"School, {day}: Hungry: asks for food, or eats as if not fed",)

    with Site(room.hub) as site, site.visit(DECIDER) as visit:
        decision = f"/enquiry/{enquiry}/decision?child={child}"
        for page in (f"/child/{child}", f"/enquiry/{enquiry}", decision, f"/alert/{child}"):
            text = visit.get(page).text
            assert (said.rule_words in text, "It tells nobody" in text) == (True, True), page
            assert ("No rule proposes a level" in text, 'href="/alert/"' in text) == (False, False), page
        for path in (f"/api/v1/alerts/{child}", f"/api/v1/enquiries/{enquiry}"):
            assert [one["rule"] for one in visit.call(path).json()["suggestions"]] == [ONE], path
    with typing_on(room.hub) as mash:
        for words in (["alert", "child", child, "--as", SCREENER], ["enquiry", "show", enquiry, "--by", SCREENER]):
            assert ONE in mash.typed(words)[1], words
        told = json.loads(mash.typed(["enquiry", "show", enquiry, "--by", SCREENER, "--json"])[1])
        assert told["children"][0]["suggested"] == [{"rule": ONE, "level": 2}]


@pytest.mark.parametrize(
    ("partnership", "codes", "rule", "level"),
    [
        ("staffordshire", ("hunger",), "one-need", 2),
        ("blackburn-with-darwen", (code_in(GROUPS[0]),), "group-likely-to-need-help", 2),
        ("wakefield", (code_in(EARLY_HELP[0]),), "early-help-list", 2),
        ("durham", ("hunger", "poor_hygiene"), "neglect-two-signs", 3),
    ],
)
def test_what_a_strategy_suggests_without_an_alert_is_on_the_page_of_the_child(
    tmp_path: Path, partnership: str, codes: tuple[str, ...], rule: str, level: int
) -> None:
    here, girl = Room(tmp_path / "data", partnership=partnership), a_child()
    said = [concern("school", seen_by(girl, "school", code), at=moment(9 - n)) for n, code in enumerate(codes)]
    child = here.running.child_of("school", here.say(*said)[0])
    found = here.hub.picture(here.who(SCREENER), child, "").suggestions
    alerted = here.listed(SCREENER)
    here.running.close()
    assert (rule, level, "") in of(found)
    assert alerted == []


def test_the_decision_keeps_the_level_that_was_suggested_and_by_which_rules(room: Room) -> None:
    child = one_need(room).child
    enquiry = room.open(child)
    room.decide(enquiry, child, level=2)
    (hungry,) = room.hungry(a_child("Bea"))
    second = room.open(hungry)
    room.decide(second, hungry, level=2)
    assert [decided(room, one) for one in (enquiry, second)] == [
        (2, (ONE,)), (3, ("neglect-composite", ONE)),
    ]  # fmt: skip


def test_what_was_taken_back_is_suggested_no_more_and_the_page_says_what_was_checked(room: Room) -> None:
    case = one_need(room)
    room.say(withdrawal("school", case.message))
    assert room.hub.picture(room.who(SCREENER), case.child, "").suggestions == ()
    with Site(room.hub) as site, site.visit(SCREENER) as visit:
        text = visit.get(f"/child/{case.child}").text
    assert NONE in text
    assert "Checked every rule of edition 1" in text
    assert "What a person has decided on is proposed again only when it is back" in text


def test_of_a_report_that_one_may_not_know_of_nothing_is_suggested_nor_kept_with_a_decision(room: Room) -> None:
    """An adult moved in with a brother: whoever is related to the brother may not know of that on the sister's page."""
    (_, boy), (sister, brother) = at_home(room, "Annabel", "Benedict")
    room.decide(room.open(sister), sister, level=2)
    before = room.hub.picture(related_to(room, brother, MANAGER), sister, "")
    room.clock.moved += timedelta(days=2)
    room.say(concern("school", seen_by(boy, "school", "new_adult_in_household"), at=moment(0.5, room.clock.now())))
    today = london_day(room.clock.now())
    later: dict[str, Any] = {"level": 2, "plan": (Step("family_contacted", "front_door", today),), "seen_on": today}
    first, second = room.open(sister), room.open(sister, anyway="To see what is kept.")
    for staff in (SCREENER, DECIDER):
        assert of(room.hub.picture(room.who(staff), sister, "").suggestions) == [(MOVED_IN, 2, "")]
    weighable = room.hub.enquiry(room.who(DECIDER), second, 0).weighable
    seen = {one.label for one in weighable if "about another child of the household" in one.label}
    assert len(seen) == 1
    codes = [one.code for one in weighable if one.label in seen]
    room.decide(first, sister, weighed=tuple(codes), **later)

    kin = related_to(room, brother, DECIDER)
    picture, view = room.hub.picture(kin, sister, ""), room.hub.enquiry(kin, second, 0)
    assert (picture.suggestions, view.suggestions, view.proposed_grade) == ((), (), "")
    assert seen.isdisjoint(one.label for one in view.weighable), "nor is it named among what may be weighed"
    weighed, news = room.hub.enquiry(kin, first, 0).children[0].decision, room.hub.enquiry(kin, second, 1).news
    assert weighed is not None
    assert (weighed.weighed, "School: A new adult in the household" in news) == ((), False), (
        "nor where it was weighed, or is new"
    )
    assert room.hub.explaining.alerts_of(kin, sister).suggestions == ()
    room.decide(second, sister, **later)
    kept = [decided(room, one) for one in (first, second)]
    assert kept == [(2, (MOVED_IN,)), (None, ())]
    after = room.hub.picture(room.who(MANAGER), sister, "")
    assert (after.suggestions, after.withheld) == ((), before.withheld), "no number tells of it either"


def decided(room: Room, enquiry: str) -> tuple[int | None, tuple[str, ...]]:
    (fact,) = (
        one.fact for one in room.running.stream(f"mash-enquiry:{enquiry}") if isinstance(one.fact, EnquiryDecided)
    )
    return fact.suggested, tuple(one.rule for one in fact.suggested_by)


def test_a_rule_that_tells_nobody_is_traced_by_the_decisions_it_was_before(room: Room) -> None:
    child = one_need(room).child
    enquiry = room.open(child)
    room.decide(enquiry, child, level=2)
    found = room.hub.relying.rested(room.who(AUDITOR), Wish(what="rule", id=ONE))
    assert [(row.kind, row.children) for row in found.rows] == [("decision", (child,))]
    assert "who was shown it is not on record" in found.note
    other = room.hub.relying.rested(room.who(AUDITOR), Wish(what="rule", id="neglect-composite"))
    assert (other.rows, other.note) == ((), "")
