"""Challenges, through the front door: of what became of one's own message, answered by somebody else, stage by stage."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.domain.challenge import Raise
from hub.domain.concern import message_id
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.notice import NoticeSent
from tests.support.asking import DECIDER, HEALTH, MANAGER, POLICE, SCREENER, Front
from tests.support.enquiries import decision
from tests.support.partnership import MovedClock, RunningHub, settings_for
from tests.support.site import Site

CANARY = "Canary-Wormwood says it is not enough"


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(scope="module")
def running(clock: MovedClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data")), clock)
    made.start("intake", "views", "relay")
    yield made
    made.close()


@pytest.fixture
def front(running: RunningHub, clock: MovedClock) -> Front:
    """A MASH enquiry about what the police sent, decided."""
    clock.moved = timedelta(0)
    made = Front(running)
    wish = decision(made.hub.record.position(), by=DECIDER, seen_by="police", level=2)
    made.hub.decide(made.who(DECIDER), made.enquiry, wish)
    return made


def wish(front: Front, **otherwise: Any) -> Raise:
    about = message_id("police", front.message)
    said = {"about": about, "type": "threshold", "risk": False, "why": CANARY, "by": POLICE}
    return Raise(**{**said, **otherwise})


def raised(front: Front, **otherwise: Any) -> str:
    return front.hub.challenging.begin(front.who(POLICE), wish(front, **otherwise))


def refused(act: Any) -> str:
    with pytest.raises(Refused) as why:
        act()
    return why.value.field


def test_one_challenges_what_became_of_ones_own_and_says_why(front: Front) -> None:
    challenging, police = front.hub.challenging, front.who(POLICE)
    wrongs: tuple[tuple[dict[str, Any], str], ...] = (
        ({"about": ""}, "about"), ({"type": "taste"}, "type"), ({"risk": None}, "risk"), ({"why": " "}, "why"),
    )  # fmt: skip
    for wrong, field in wrongs:
        assert refused(lambda w=wrong: challenging.begin(police, wish(front, **w))) == field
    with pytest.raises(NotFound):  # another organisation's message
        challenging.begin(front.who(HEALTH), wish(front, by=HEALTH))
    with pytest.raises(NotFound):  # the MASH enquiry is not theirs to know of
        challenging.begin(police, wish(front, about=front.enquiry))
    with pytest.raises(NotPermitted):
        challenging.begin(police, wish(front, by=HEALTH))
    undecided = Front(front.running)
    with pytest.raises(Refused, match="Nothing has become"):
        challenging.begin(police, wish(undecided))


def test_where_a_child_is_at_risk_it_is_answered_within_a_day(front: Front, clock: MovedClock) -> None:
    ident = raised(front, risk=True)
    view = front.hub.challenging.view(front.who(POLICE), ident)
    assert view.row.due is not None
    assert timedelta(hours=23) < view.row.due - datetime.now(UTC) <= timedelta(hours=24)
    (task,) = [one for one in front.hub.tasks(front.who(DECIDER), "challenge").rows if one.child == front.child]
    assert not task.overdue
    clock.moved = timedelta(hours=25)
    (task,) = [one for one in front.hub.tasks(front.who(DECIDER), "challenge").rows if one.child == front.child]
    assert (task.overdue, task.red) == (True, True)


def test_who_challenged_reads_the_answer_and_no_other_organisations_words(front: Front) -> None:
    hub, ident = front.hub, raised(front)
    challenging, decider = hub.challenging, front.who(DECIDER)
    assert refused(lambda: challenging.answer(decider, ident, "maybe", "x")) == "outcome"
    assert refused(lambda: challenging.answer(decider, ident, "stands", "")) == "why"
    with pytest.raises(NotPermitted):  # a screening worker does not answer: by role, not by page
        challenging.answer(front.who(POLICE), ident, "changed", "I agree with me")
    with pytest.raises(NotFound):
        challenging.view(front.who(HEALTH), ident)
    with pytest.raises(NotFound):
        challenging.answer(front.who(SCREENER), ident, "stands", "x")
    assert CANARY in str(challenging.view(decider, ident).steps)
    challenging.answer(decider, ident, "stands", "The plan began on Monday.")
    view = challenging.view(front.who(POLICE), ident)
    assert [one.words for one in view.steps] == [CANARY, "The plan began on Monday."]
    assert view.row.child == ""
    told = [one.fact for one in front.running.facts() if isinstance(one.fact, NoticeSent)][-1]
    assert (told.kind, told.about, told.organisation) == ("challenge_answered", ident, "police")
    assert refused(lambda: challenging.answer(decider, ident, "changed", "x")) == "challenge"
    challenging.accept(front.who(POLICE), ident)
    assert challenging.view(front.who(POLICE), ident).row.state == "settled"
    assert refused(lambda: challenging.withdraw(front.who(POLICE), ident)) == "challenge"


def test_from_the_second_stage_on_nobody_answers_who_decided_or_answered(front: Front) -> None:
    hub, ident = front.hub, raised(front)
    challenging, police = hub.challenging, front.who(POLICE)
    assert refused(lambda: challenging.escalate(police, ident, CANARY)) == "challenge"  # it is not overdue
    challenging.answer(front.who(MANAGER), ident, "stands", "It stands.")
    assert refused(lambda: challenging.escalate(police, ident, "")) == "why"
    challenging.escalate(police, ident, CANARY)
    view = challenging.view(police, ident)
    assert (view.row.stage, view.row.stage_words) == (2, "Between their managers")
    with pytest.raises(NotPermitted):
        challenging.answer(front.who(DECIDER), ident, "stands", "x")
    assert refused(lambda: challenging.answer(front.who(MANAGER), ident, "stands", "x")) == "by"
    with pytest.raises(NotFound):  # it is not theirs
        challenging.escalate(front.who(DECIDER), ident, "x")
    challenging.withdraw(police, ident)
    assert challenging.view(police, ident).row.state == "withdrawn"


def test_the_manager_who_agreed_to_a_closing_does_not_answer_the_challenge_of_it(
    running: RunningHub, clock: MovedClock
) -> None:
    clock.moved = timedelta(0)
    made = Front(running)
    hub, police = made.hub, made.who(POLICE)
    closing = decision(
        hub.record.position(), by=DECIDER, outcome="information_and_advice", actions=("advice_given",), seen="not_seen",
        seen_by="", seen_on=None, level=2,
    )  # fmt: skip
    assert hub.decide(made.who(DECIDER), made.enquiry, closing) == ("not_seen",)
    hub.enquiring.approve(made.who(MANAGER), made.enquiry, made.child)
    ident = raised(made)
    hub.challenging.answer(made.who(DECIDER), ident, "stands", "It stands.")  # the first stage is between practitioners
    hub.challenging.escalate(police, ident, CANARY)
    assert refused(lambda: hub.challenging.answer(made.who(MANAGER), ident, "stands", "I agreed to it.")) == "by"


def test_nobody_answers_in_time_and_it_may_go_further(front: Front, clock: MovedClock) -> None:
    ident = raised(front)
    clock.moved = timedelta(days=9)
    front.hub.challenging.escalate(front.who(POLICE), ident, CANARY)
    assert front.hub.challenging.view(front.who(POLICE), ident).row.stage == 2


def test_the_pages_and_the_interface_say_what_is_missing(front: Front) -> None:
    with (
        Site(front.hub) as site,
        site.visit(POLICE) as police,
        site.visit(DECIDER) as decider,
        site.visit(HEALTH) as health,
    ):
        about = message_id("police", front.message)
        assert f"/challenges?about={about}" in police.get("/sent").text
        bare = police.send(f"/challenges?about={about}", {"about": about}, "/challenges")
        assert (bare.status_code, "Select what the challenge is about" in bare.text) == (422, True)
        form = {"about": about, "type": "threshold", "risk": "yes", "why": CANARY}
        made = police.send("/challenges", form).url.path
        assert made.startswith("/challenge/")
        assert health.get(made).status_code == 404
        closed = decider.send(made, {"step": "answer"})
        assert (closed.status_code, "Select what comes of it" in closed.text) == (422, True)
        ident = made.rpartition("/")[2]
        done = decider.call(f"/api/v1/challenges/{ident}/answer", {"outcome": "changed", "why": "We look again."})
        assert done.json()["row"]["state"] == "answered"
        assert "We look again." in police.get(made).text
        wrong = police.send("/challenges", {**form, "about": "nothing"})
        assert (wrong.status_code, "none that you may know of" in wrong.text) == (422, True)
