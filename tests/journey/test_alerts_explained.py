"""An alert explained on its page, by command and as JSON, to whoever may know of it; and why a decided one is quiet or back."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from playwright.sync_api import expect

from hub.domain.errors import NotFound
from hub.domain.staff import RegisterStaff
from hub.views.models import Asker, Filters
from hub.views.models.alerts import AlertExplained
from hub.views.rests_on import NOT_OPEN
from tests.journey.test_browser import no_faults
from tests.journey.test_enquiries import DECIDER, NAVIGATOR, SCREENER, Room
from tests.support.browser import chromium, sign_in
from tests.support.house import lives, mum
from tests.support.messages import Child, a_child, concern, household, moment, seen_by, strength
from tests.support.site import Site
from tests.support.typed import typing_on

RULE = "neglect-composite"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "data")
    yield made
    made.running.close()


def explained(room: Room, child: str, number: int = 1, staff: str = SCREENER) -> AlertExplained:
    return room.hub.explaining.alert(room.who(staff), f"{child}:{RULE}:{number}")


def test_an_alert_says_its_rule_its_evidence_what_each_changed_and_what_would_raise_it(room: Room) -> None:
    (child,) = room.hungry(a_child())

    view = explained(room, child)

    day = f"{moment(3):%-d %B %Y}"
    assert (view.rule, view.level, view.holds, view.state) == (RULE, 3, True, "open")
    assert view.rule_source == "not stated in the source"
    assert view.rule_chosen.startswith("any two lines of the neglect list")
    assert [one.smallest for one in view.evidence] == [True, True]
    assert view.evidence[1].words == f"School, {day}: Hungry: asks for food, or eats as if not fed"
    assert view.without == (
        "Without Health: this rule would not have stood by now. The rules would propose level 2 instead of level 3.",
        "Without School: this rule would not have stood by now. The rules would propose level 2 instead of level 3.",
    )
    assert any("(level 4)" in one and one.startswith("One more report first hand of ") for one in view.would_raise)
    assert [one.words for one in view.happened] == ["Raised"]
    assert (view.returned, view.quiet) == ("", "")


def test_another_report_changes_the_words(room: Room) -> None:
    girl = a_child()
    (child,) = room.hungry(girl)
    before = explained(room, child)
    room.say(concern("school", seen_by(girl, "school", "dental_decay_untreated"), at=moment(2)))
    after = explained(room, child)
    assert (before.why, before.without, len(before.evidence)) != (after.why, after.without, len(after.evidence))
    assert after.without[0] == (
        "Without Health: this rule would have stood on the same day. The rules would propose level 3 all the same."
    )
    assert [one.words for one in after.happened] == ["Raised", "Strengthened: more or other evidence"]


def test_after_a_decision_the_quiet_is_shown_and_then_the_return(room: Room) -> None:
    girl = a_child()
    (child,) = room.hungry(girl)
    room.decide(room.open(child), child)
    room.say(concern("school", seen_by(girl, "school", "hunger"), at=moment(1)))

    (line,) = (one for one in room.hub.explaining.alerts_of(room.who(DECIDER), child).rows if one.rule == RULE)
    assert line.state == "decided"
    assert "1 report of the same kind came in since: it stays quiet until something new in kind comes in" in line.quiet
    assert explained(room, child).quiet == line.quiet

    room.say(concern("police", seen_by(girl, "police", "left_unsupervised"), at=moment(0.5)))
    newest = explained(room, child, 2)
    assert newest.returned == (
        "Something new in kind came in after it was decided: left unsupervised; Police had not been heard."
    )
    assert [one.new for one in newest.evidence] == [True, True, False, False]
    assert explained(room, child).quiet == ""  # it is not quiet any more: the next one is there


def related_to(room: Room, child: str, staff: str = SCREENER) -> Asker:
    """The screener, or whoever else of the front door, registered as a relative of this child."""
    kin = RegisterStaff(
        staff=staff, organisation="children_social_care", setting="mash", roles=room.who(staff).roles,
        ig_trained_until=room.clock.now() + timedelta(days=9), related=(child,),
    )  # fmt: skip
    room.hub.register_staff([kin])
    return room.who(staff)


def at_home(room: Room, *forenames: str) -> tuple[list[Child], list[str]]:
    """Children of one household, whom a housing office reports."""
    people = [a_child(name, surname) for name, surname in zip(forenames, ("Northway", "Southgate"), strict=True)]
    ids = room.say(
        household("housing", *(lives(one, "housing") for one in people), mum("housing")),
        strength("housing", *(seen_by(one, "housing") for one in people)),
    )
    return people, [room.running.child_of("housing", ids[1], number) for number in range(len(people))]


def test_of_a_report_about_a_brother_whom_one_may_not_know_of_no_page_says_a_word(room: Room) -> None:
    (_, boy), (sister, brother) = at_home(room, "Annabel", "Benedict")
    room.say(concern("school", seen_by(boy, "school", "hunger"), at=moment(3)))
    room.say(concern("health", seen_by(boy, "health", "poor_hygiene"), at=moment(2)))
    plain = room.hub.explaining.alert(room.who(SCREENER), f"{sister}:{RULE}:1")
    assert "School" in plain.why, "the rule counts what is said of a brother"
    room.decide(room.open(sister), sister)
    room.say(concern("police", seen_by(boy, "police", "left_unsupervised"), at=moment(0.5)))
    asker = related_to(room, brother)

    first, second = (room.hub.explaining.alert(asker, f"{sister}:{RULE}:{number}") for number in (1, 2))
    (row,) = (one for one in room.hub.worklist(asker, Filters()).rows if one.child == sister)
    picture = room.hub.picture(asker, sister, "")
    lines = room.hub.explaining.alerts_of(asker, sister).rows
    opening = room.hub.enquiring.opening(asker, sister)

    said = (
        replace(first, would_raise=()),
        replace(second, would_raise=()),
    )  # what any further report would have to say
    told = repr((said, row, picture.suggestions, lines, opening.alerts))
    for word in (
        "School",
        "Health",
        "Police",
        "asks for food",
        "hygiene",
        "unsupervised",
        "another child",
        "household",
    ):
        assert word not in told, told[max(0, told.find(word) - 300) : told.find(word) + 100]
    assert (row.why, row.organisations, row.indicators, row.evidence_count) == (NOT_OPEN, (), (), 0)
    assert second.returned == "Something new in kind came in after it was decided."
    assert [one.child for one in room.hub.worklist(asker, Filters()).rows] == [sister]


def test_whoever_may_not_know_of_it_finds_none_and_so_does_who_asks_for_one_that_there_is_not(room: Room) -> None:
    (child,) = room.hungry(a_child())
    for staff, number in ((SCREENER, 7), (NAVIGATOR, 1)):
        with pytest.raises(NotFound, match="no such alert"):
            explained(room, child, number, staff)
    related_to(room, child)
    with pytest.raises(NotFound, match="no such alert"):
        explained(room, child)
    with pytest.raises(NotFound, match="no such child"):
        room.hub.explaining.alerts_of(room.who(SCREENER), child)


def test_page_command_and_interface_say_the_same(room: Room) -> None:
    (child,) = room.hungry(a_child())
    view = explained(room, child)
    place = f"{child}/{RULE}/1"
    with Site(room.hub) as site, site.visit(SCREENER) as visit:
        page = visit.get(f"/alert/{place}")
        answered = visit.call(f"/api/v1/alerts/{place}").json()
        listed = visit.call(f"/api/v1/alerts/{child}").json()
        every = visit.get(f"/alert/{child}").text
        worklist = visit.call("/api/v1/alerts").json()
    assert page.status_code == 200
    for sentence in (view.why, *view.without, view.would_rest):
        assert sentence in page.text.replace("&#39;", "'")
    same = msgspec.to_builtins(view)
    assert {name: answered[name] for name in ("why", "without", "would_raise", "evidence")} == {
        name: json.loads(json.dumps(same[name])) for name in ("why", "without", "would_raise", "evidence")
    }
    assert [one["alert"] for one in listed["rows"]] == [f"{child}:{RULE}:1"]
    assert f'href="/alert/{place}"' in every
    assert [one["alert"] for one in worklist["rows"]] == [f"{child}:{RULE}:1"]
    with typing_on(room.hub) as hub:
        for words in (["show", f"{child}:{RULE}:1"], ["child", child], ["list"]):
            code, printed = hub.typed(["alert", *words, "--as", SCREENER])
            assert (code, RULE in printed or view.rule_words[:20] in printed) == (0, True), printed
        code, printed = hub.typed(["alert", "show", f"{child}:{RULE}:1", "--as", SCREENER, "--json"])
        assert (code, json.loads(printed)["without"]) == (0, list(view.without))
        assert hub.typed(["alert", "show", f"{child}:{RULE}:9", "--as", SCREENER])[0] != 0


@pytest.mark.browser
def test_both_pages_are_clean_for_axe_and_fit_a_telephone(room: Room, chromium_path: Path) -> None:
    girl = a_child()
    (child,) = room.hungry(girl)
    room.decide(room.open(child), child)
    room.say(concern("police", seen_by(girl, "police", "left_unsupervised"), at=moment(0.5)))
    with Site(room.hub) as site, chromium(chromium_path, site.url) as browser:
        page = browser.page()
        sign_in(page, site.url, "Screening social worker")
        page.goto(f"{site.url}/child/{child}")
        page.get_by_role("link", name="Alerts, also those that are quiet").click()
        no_faults(browser, page)
        page.get_by_role("link", name="(number 2)").click()
        expect(page.get_by_text("Back after a decision.")).to_be_visible()
        no_faults(browser, page)
