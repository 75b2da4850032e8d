"""Whoever sent a message is told what became of it: a class and a reason, never a level, never another organisation's facts."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hub.domain.allocation import Allocate
from hub.domain.concern import message_id
from hub.domain.message import FamilyTold
from hub.domain.moments import london_day
from hub.domain.notice import NoticeSent
from hub.views.models import SentRow
from tests.support.asking import DECIDER, HEALTH, MANAGER, POLICE, Front
from tests.support.enquiries import decision
from tests.support.messages import concern, moment, seen_by
from tests.support.partnership import MovedClock, RunningHub, settings_for
from tests.support.site import Site

WORKER = "staff-86d51c"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data")), MovedClock())
    made.start("intake", "views", "relay")
    yield made
    made.close()


@pytest.fixture
def front(running: RunningHub) -> Front:
    return Front(running)


def row(front: Front, staff: str = POLICE) -> SentRow:
    """The message of this test, on its sender's page."""
    ident = message_id("police", front.message)
    return next(one for one in front.hub.sent(front.who(staff)) if one.id == ident)


def told(front: Front, about: str = "") -> list[NoticeSent]:
    ident = about or message_id("police", front.message)
    facts = [one.fact for one in front.running.facts()]
    return [one for one in facts if isinstance(one, NoticeSent) and one.about == ident]


def decide(front: Front, outcome: str = "early_help", enquiry: str = "", **otherwise: object) -> None:
    wish = decision(front.hub.record.position(), by=DECIDER, seen_by="police", outcome=outcome, level=2, **otherwise)
    front.hub.decide(front.who(DECIDER), enquiry or front.enquiry, wish)


def test_a_receipt_has_a_clock_and_a_number_and_is_no_fact_of_its_own(front: Front) -> None:
    sent = row(front)
    assert (sent.became, sent.why, sent.telephone != "") == ("Recorded", "", True)
    assert sent.due is not None
    assert sent.due > sent.received
    assert told(front) == []


def test_a_decision_tells_a_class_and_a_reason_once_and_nothing_else(front: Front) -> None:
    decide(front)
    (one,) = told(front)
    assert (one.kind, one.organisation) == ("outcome", "police")
    assert one.codes == (("outcome", "early_help"), ("reason", "help_offered"))
    assert one.items == ()
    assert (row(front).became, row(front).due) == ("Early help offered", None)
    assert [r.became for r in front.hub.sent(front.who(HEALTH))] == []  # another organisation is told nothing


def test_nobody_is_told_that_section_47_or_a_strategy_discussion_came_of_it(front: Front) -> None:
    decide(front, "strategy_discussion")
    (one,) = told(front)
    assert one.codes == (("outcome", "assessment"), ("reason", "needs_assessment"))
    assert row(front).became == "Taken on for assessment"


def test_where_telling_might_endanger_the_class_is_recorded_for_everybody(front: Front, running: RunningHub) -> None:
    risky = concern(
        "health",
        seen_by(front.like, "health", "hunger"),
        at=moment(1),
        family_told=FamilyTold(False, "increases_risk"),
    )
    ident = running.say(risky)
    running.settled(alerts=False)
    decide(front)
    about = message_id("health", ident)
    assert running.child_of("health", ident) == front.child
    for one in (*told(front), *told(front, about)):
        assert one.codes == (("outcome", "recorded"), ("reason", "not_told"))
    assert (len(told(front)), len(told(front, about))) == (1, 1)
    assert (row(front).became, row(front).why) == ("Recorded", "Ring the front door to hear more")


def test_what_came_in_after_the_decider_read_is_not_said_to_be_decided(front: Front, running: RunningHub) -> None:
    read_to = front.hub.record.position()
    late = running.say(concern("health", seen_by(front.like, "health", "hunger"), at=moment(1)))
    running.settled(alerts=False)
    front.hub.enquiring.grade(front.who(DECIDER), front.enquiry, "red", "Danger")
    wish = decision(read_to, by=DECIDER, seen_by="police", level=2)
    front.hub.decide(front.who(DECIDER), front.enquiry, wish)
    assert [one.kind for one in told(front) if one.kind == "outcome"] == ["outcome"]
    assert [one for one in told(front, message_id("health", late)) if one.kind == "outcome"] == []


def test_a_contact_that_went_to_the_worker_says_so(front: Front, running: RunningHub) -> None:
    hub = front.hub
    today = london_day(hub.clock.now())
    hub.forwardings.allocate(
        front.who(MANAGER), Allocate(child=front.child, worker=WORKER, since=today, ground="child_in_need", by=MANAGER)
    )
    said = running.say(concern("police", seen_by(front.like, "police", "hunger"), at=moment(1)))
    running.settled(alerts=False)
    moved = hub.clock
    assert isinstance(moved, MovedClock)
    moved.moved = timedelta(minutes=3)
    hub.forwardings.send_on(0)
    moved.moved = timedelta(0)
    (one,) = told(front, message_id("police", said))
    assert (one.kind, one.codes) == ("forwarded", (("outcome", "with_worker"), ("reason", "already_open")))


def test_the_page_and_the_interface_say_the_same(front: Front) -> None:
    decide(front)
    with Site(front.hub) as site, site.visit(POLICE) as police:
        assert "Early help offered" in police.get("/sent").text
        rows = police.call("/api/v1/sent").json()
        ident = message_id("police", front.message)
        assert [one["became"] for one in rows if one["id"] == ident] == ["Early help offered"]
