"""A person decides: on what they have read, once, and everything that follows in one go."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from hub.domain.alert import AlertDecided
from hub.domain.enquiry import EnquiryDecided, EnquiryOpened
from hub.domain.errors import NotFound, Refused, VersionConflict
from hub.domain.item import Sealed
from hub.domain.late import Proposal
from hub.flow.act import TRIES, Act, Stale
from hub.flow.enquire import Enquire
from tests.support.enquiries import WHY, decision, known, opening
from tests.support.messages import Child, a_child, concern, moment, seen_by
from tests.support.partnership import RunningHub, settings_for


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningHub]:
    """A hub whose roles ran until one alert was raised."""
    running = RunningHub(settings_for(tmp_path / "data"))
    yield running
    running.close()


@pytest.fixture
def child_in_need() -> Child:
    return a_child()


@pytest.fixture
def alerted(hub: RunningHub, child_in_need: Child) -> tuple[str, str]:
    """(child, alert) of two worries of two organisations."""
    child = child_in_need
    hub.start()
    ident = hub.say(concern("school", seen_by(child, "school", "hunger"), at=moment(3)))
    hub.settled()
    hub.say(concern("health", seen_by(child, "health", "was_not_brought")))
    hub.settled()
    hub.stop()
    person = hub.child_of("school", ident)
    return person, hub.alerts(person)[0].stream.partition(":")[2]


RULES = (Proposal(3, "neglect-composite", "v1"),)


def act(hub: RunningHub) -> Enquire:
    return hub.hub.act()


def head(hub: RunningHub) -> int:
    return hub.hub.record.position()


def test_a_child_or_an_alert_that_is_not_there_opens_no_room(hub: RunningHub, alerted: tuple[str, str]) -> None:
    child, alert = alerted
    before = head(hub)
    for command in (
        opening(str(uuid4())),
        opening(child, f"{child}:no-such-rule:1"),
        opening(child, alert.replace(child, str(uuid4()))),  # another child's alert
    ):
        with pytest.raises(NotFound):
            act(hub).open_enquiry(command)
    with pytest.raises(Refused):
        act(hub).open_enquiry(opening(child, alert, ground=""))
    with pytest.raises(NotFound):
        act(hub).decide(str(uuid4()), decision(before), known, RULES)
    assert head(hub) == before


def test_a_room_is_opened_on_its_ground_with_the_reason_sealed(hub: RunningHub, alerted: tuple[str, str]) -> None:
    child, alert = alerted
    enquiry = act(hub).open_enquiry(opening(child, alert))
    (opened,) = hub.stream(f"mash-enquiry:{enquiry}")
    fact = opened.fact
    assert isinstance(fact, EnquiryOpened)
    assert (fact.child, fact.alerts, fact.ground, fact.opened_by) == (
        child,
        (alert,),
        "significant_harm",
        "person:staff-1",
    )
    assert (opened.envelope.by, opened.envelope.because) == ("person:staff-1", f"alert:{alert}@1")
    (reason,) = fact.items
    assert isinstance(reason, Sealed)
    # the hub's own words lie under the source record that the hub holds of this child, so erasing the child ends them
    assert (reason.category, reason.about, reason.organisation) == ("rationale", (f"hub-{child}",), "hub")
    assert WHY.encode() not in reason.box
    assert "Robin" not in repr(opened)


def test_what_came_in_after_the_page_was_read_is_read_first(hub: RunningHub, alerted: tuple[str, str]) -> None:
    child, alert = alerted
    enquiry = act(hub).open_enquiry(opening(child, alert))
    news = hub.stream(f"child:{child}")[-1].position
    with pytest.raises(Stale) as stale:
        act(hub).decide(enquiry, decision(news - 1), known, RULES)
    assert stale.value.news == (news,)
    assert [one.fact.NAME for one in hub.stream(f"mash-enquiry:{enquiry}")] == ["enquiry.opened"]
    assert [one.fact.NAME for one in hub.stream(f"alert:{alert}")] == ["alert.raised"]


def test_a_decision_settles_its_alerts_with_the_evidence_that_was_read(
    hub: RunningHub, alerted: tuple[str, str]
) -> None:
    child, alert = alerted
    enquiry = act(hub).open_enquiry(opening(child, alert))
    seen = head(hub)
    act(hub).decide(
        enquiry, decision(seen, family_told=False, why_not_told="It would put Robin at risk."), known, RULES
    )
    decided = hub.stream(f"mash-enquiry:{enquiry}")[-1].fact
    assert isinstance(decided, EnquiryDecided)
    evidence = tuple(sorted(one.fact.signal.id for one in hub.stream(f"child:{child}")))  # type: ignore[attr-defined]
    assert (decided.level, decided.suggested, decided.family_told, decided.seen_position, decided.evidence) == (
        3, 3, False, seen, evidence,
    )  # fmt: skip
    settled = hub.stream(f"alert:{alert}")[-1]
    assert settled.fact == AlertDecided(enquiry=enquiry, decision=f"mash-enquiry:{enquiry}@2", seen=evidence)
    assert settled.envelope.by == "person:staff-1"
    assert "Robin" not in repr(hub.facts())
    with pytest.raises(Refused, match="decided already"):
        act(hub).decide(enquiry, decision(head(hub)), known, RULES)


def test_new_evidence_after_a_decision_brings_the_alert_back_as_the_next_one(
    hub: RunningHub, alerted: tuple[str, str], child_in_need: Child
) -> None:
    child, alert = alerted
    enquiry = act(hub).open_enquiry(opening(child, alert))
    act(hub).decide(enquiry, decision(head(hub)), known, RULES)
    hub.start()
    hub.say(concern("school", seen_by(child_in_need, "school", "poor_hygiene")))
    hub.settled()
    hub.stop()
    names = [(one.stream.rpartition(":")[2], one.fact.NAME) for one in hub.alerts(child) if "neglect" in one.stream]
    assert names == [("1", "alert.raised"), ("1", "alert.decided"), ("2", "alert.raised")]


def test_a_race_is_decided_anew_and_not_for_ever(hub: RunningHub) -> None:
    stream, calls = f"sample:{uuid4()}", [0]

    def decide(history: Any) -> list[Any]:
        calls[0] += 1
        raise VersionConflict("another was faster")

    with pytest.raises(VersionConflict):
        act(hub).append(stream, decide, "person:staff-1")
    assert calls[0] == 1  # what the decision itself raises is not tried again

    class Always:
        def load(self, _stream: str) -> list[Any]:
            calls[0] += 1
            return []

        def append(self, _facts: Any) -> Any:
            raise VersionConflict("another was faster")

    busy = Act(
        record=Always(), vault=hub.hub.vault, keys=hub.hub.keys, clock=hub.hub.clock, edition="1", hub="hub"  # type: ignore[arg-type]
    )  # fmt: skip
    calls[0] = 0
    with pytest.raises(VersionConflict, match="keeps being written to"):
        busy.append(stream, lambda _: [object()], "person:staff-1")  # type: ignore[list-item]
    assert calls[0] == TRIES
