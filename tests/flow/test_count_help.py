"""What people did for a child counts: a step accepted sets a level that a rule sees, an offer sets none, and a no is never a
reason by itself.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.domain import help as helping
from hub.domain import offer as offers
from hub.domain.child import SignalDiscounted
from hub.domain.help import StepAccepted, StepProposed
from hub.domain.help_plan import OutcomeRecorded, PlanMade, Seat
from hub.domain.offer import MakeOffer, OfferEnded
from hub.domain.signal import Signal
from hub.domain.staff import Staff
from hub.flow.count_decided import CountingDecided
from tests.support.alerting import Alerting
from tests.support.house import ann
from tests.support.messages import concern, moment, seen_by
from tests.support.partnership import MovedClock, RunningHub, settings_for

RULE = "refused-with-need-2"
MEMBER = Staff("staff-4fa690", 1, "early_help", "family_hub_east", ("lead_professional",), active=True)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def hub(tmp_path: Path, clock: MovedClock) -> Iterator[Alerting]:
    running = RunningHub(settings_for(tmp_path / "data"), clock)
    running.hub.add_organisation("early_help", "Early Help", "early_help")
    alerting = Alerting(running)
    yield alerting
    alerting.close()
    running.close()


@pytest.fixture
def child(hub: Alerting) -> str:
    (first,) = hub.hear(concern("school", seen_by(ann(), "school", "hunger"), at=moment(20)))
    return hub.person("school", first)


def step(hub: Alerting, child: str, level: int, *, accepted: bool = True) -> str:
    """Somebody of early help is asked to take the child on at a level, and says yes."""
    act, stream = hub.hub.act(), helping.stream(child)
    ident, after = f"{len(hub.hub.record.load(stream))}", len(hub.hub.record.load(stream))
    asked = StepProposed(
        child=child, step=ident, before=1, level=level, direction="up", called="Step up", clause="", evidence=(),
        to=MEMBER.id, organisation="early_help", setting="", due=hub.hub.clock.now() + timedelta(days=5), proposed_by="s",
    )  # fmt: skip
    act.write([(stream, after, asked)], "person:s")
    if accepted:
        yes = StepAccepted(child=child, step=ident, level=level, accepted_by=MEMBER.id)
        act.write([(stream, after + 1, yes)], "person:s")
    hub.rest()
    return f"step-{ident}/{child}"


def offer(hub: Alerting, child: str, *, declined: bool = True) -> str:
    made = hub.hub.offers().make(
        [child], MakeOffer(child=child, service="", organisation="early_help", to=("parent",)), "", 3, MEMBER
    )
    if declined:
        hub.hub.offers().decline([child], made, "parent", "not_wanted", "", MEMBER)
    hub.rest()
    return made


def short(signal: Signal) -> tuple[str, str, int, str, str, tuple[str, ...]]:
    return (signal.kind, signal.outcome, signal.level, signal.organisation, signal.sector, signal.indicators)


def test_an_accepted_step_counts_with_its_level_and_one_that_waits_does_not(hub: Alerting, child: str) -> None:
    waits = step(hub, child, 3, accepted=False)
    assert waits not in hub.counted(child)
    hub.hub.act().write([(helping.stream(child), 1, helping.StepTakenBack(child=child, step="0", by="s"))], "person:s")
    counted = step(hub, child, 3)
    assert short(hub.counted(child)[counted]) == ("help", "stepped_up", 3, "early_help", "early_help", ())
    again = CountingDecided(record=hub.hub.record, clock=hub.hub.clock, edition="1")
    assert again.run() == 0


def test_an_offer_and_what_became_of_it_count_without_a_level(hub: Alerting, child: str) -> None:
    made = offer(hub, child)
    held = hub.counted(child)
    assert short(held[f"offer-{made}-offered/{child}"]) == ("help", "offered", 0, "early_help", "early_help", ())
    assert short(held[f"offer-{made}-declined/{child}"]) == (
        "help", "declined", 0, "early_help", "early_help", ("help_refused",),
    )  # fmt: skip


def test_two_refusals_alone_are_no_reason_and_with_a_level_3_judged_before_and_after_them_a_rule_sees_all_four(
    hub: Alerting, child: str
) -> None:
    offer(hub, child)
    offer(hub, child)
    assert hub.alerts(child, RULE) == []  # refusal is never a reason by itself
    step(hub, child, 3)
    assert hub.alerts(child, RULE) == []  # the two came before anybody had judged the need
    offer(hub, child)
    offer(hub, child)
    assert hub.alerts(child, RULE) == []  # nor while nobody has judged it again
    step(hub, child, 4)

    fact = hub.raised(child, RULE, 1)
    assert sorted(one.partition("-")[0] for one in fact.evidence) == ["offer", "offer", "step", "step"]
    assert "stepped up, level 4" in fact.why
    assert "Help offered was refused" in fact.why or "help offered was refused" in fact.why


def test_an_offer_that_was_entered_in_error_counts_no_more(hub: Alerting, child: str) -> None:
    made = offer(hub, child)
    hub.hub.offers().end([child], made, "entered_in_error", "", MEMBER)
    hub.rest()
    assert [one for one in hub.counted(child) if one.startswith("offer-")] == []
    gone = [one.fact for one in hub.hub.record.load(f"child:{child}") if isinstance(one.fact, SignalDiscounted)]
    assert {one.reason for one in gone} == {"withdrawn"}
    (last,) = [one.fact for one in hub.hub.record.load(offers.stream(child)) if isinstance(one.fact, OfferEnded)]
    assert last.how == "entered_in_error"


def test_how_a_plan_turned_out_counts_and_sets_no_level(hub: Alerting, child: str) -> None:
    stream = f"help-plan:{child}:p1"
    day = hub.hub.clock.now().date() + timedelta(days=30)
    made = PlanMade(
        child=child, plan="p1", team="TAF", seats=(Seat("early_help", "x"),), family=("parent",), goal=3, review_on=day,
        organisation="early_help", setting="x", made_by="s",
    )  # fmt: skip
    how = OutcomeRecorded(
        child=child, stage="start", outcome="worse", goal=None, organisation="early_help", setting="x", shared_with=(),
        recorded_by="s",
    )  # fmt: skip
    hub.hub.act().write([(stream, 0, made), (stream, 1, how)], "person:s")
    hub.rest()
    (counted,) = [one for ident, one in hub.counted(child).items() if ident.startswith("plan-")]
    assert short(counted) == ("help", "plan_worse", 0, "early_help", "early_help", ())
