"""What the record keeps of whose it is: how, by what weights and versions, what kept it from a link, and as what somebody was
spoken of. From the log to the facts, by the draft edition.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.domain import alike, matching, model
from hub.domain.concern import ConcernRecorded
from hub.domain.ledger import Asked
from hub.domain.matching import RULES
from hub.domain.message import Adult, Message
from hub.domain.person import KindNoted, PersonOpened, SourceRecordLinked
from hub.flow import match
from hub.flow.receive import Intake
from hub.views import store
from tests.support.desk import shipped
from tests.support.identities import DECIDER, ByHand, asker, somebody
from tests.support.messages import Child, a_child, concern, seen_by
from tests.support.partnership import RunningHub, settings_for


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningHub]:
    running = RunningHub(settings_for(tmp_path / "data"))
    yield running
    running.close()


def tell(hub: RunningHub, intake: Intake, *said: Message) -> None:
    """These messages of one organisation, in one batch."""
    places = hub.send(*(hub.organisations[one.organisation].package(one) for one in said))
    batch = [one for one in hub.read_log(places[0].topic) if one.offset >= places[0].offset]
    assert intake.take(batch, batch[0].offset - 1).recorded == len(said)


def without_number(child: Child, organisation: str) -> Message:
    return concern(organisation, seen_by(child, organisation, person=child.known_to(organisation, nhs_number=None)))


def links(hub: RunningHub) -> list[SourceRecordLinked]:
    return [one.fact for one in hub.facts() if isinstance(one.fact, SourceRecordLinked)]


def test_a_link_by_the_model_says_what_it_weighed_and_by_which_versions(hub: RunningHub) -> None:
    child, intake = a_child(), Intake(hub.hub.intake_tools())
    tell(hub, intake, concern("school", seen_by(child, "school")))
    tell(hub, intake, without_number(child, "health"))
    opened, link = links(hub)
    assert (opened.how, opened.bits, opened.model) == ("opened", None, "")
    assert (link.how, link.rules, link.model, link.policy) == ("model", RULES, shipped().model.id, shipped().policy.id)
    assert link.bits == pytest.approx(sum(weight.bits or 0 for weight in link.weights))
    assert [one.field for one in link.weights if one.outcome == "agrees"] == ["forename", "surname", "birth_date"]


def test_a_review_says_what_kept_it_from_being_a_link(hub: RunningHub) -> None:
    child, intake = a_child(), Intake(hub.hub.intake_tools())
    tell(hub, intake, concern("school", seen_by(child, "school")))
    other = child.known_to("health", nhs_number=a_child().nhs)
    tell(hub, intake, concern("health", seen_by(child, "health", person=other)))
    first, second = (one for one in hub.facts() if isinstance(one.fact, PersonOpened))
    assert isinstance(second.fact, PersonOpened)
    assert (second.fact.standing, second.fact.candidates, second.fact.why, second.fact.restricted) == (
        "in_review", (first.stream.partition(":")[2],), ("G2_two_numbers",), False,
    )  # fmt: skip


@pytest.mark.parametrize("batches", [1, 2])
def test_who_was_an_adult_and_is_named_as_a_child_is_noted_as_both_and_once(hub: RunningHub, batches: int) -> None:
    mother, baby = a_child(born=date(2009, 6, 5)), a_child()
    as_adult = Adult(person=mother.known_to("school"), relationship="mother")
    said = [
        concern("school", seen_by(baby, "school"), adults=(as_adult,)),
        concern("school", seen_by(mother, "school")),
        concern("school", seen_by(mother, "school")),
    ]
    intake = Intake(hub.hub.intake_tools())
    for batch in [said] if batches == 1 else [said[:1], said[1:]]:
        tell(hub, intake, *batch)
    recorded = next(one.fact for one in hub.facts() if isinstance(one.fact, ConcernRecorded))
    (grown,) = recorded.statement.adults
    (person,) = hub.hub.record.by_source_record([grown.source_record]).values()
    noted = [one for one in hub.facts() if isinstance(one.fact, KindNoted)]
    assert [(one.stream, one.fact) for one in noted] == [(f"person:{person.person}", KindNoted(kind="child"))]


def test_the_intake_weighs_by_the_size_of_the_index_and_by_the_sector_of_who_speaks(
    hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(hub, Intake(hub.hub.intake_tools()), *(concern("school", seen_by(a_child(), "school")) for _ in range(3)))
    asked, decide = [], matching.decide

    def listen(*said: Any, **by: Any) -> Any:
        asked.append((by["population"], by["sector"]))
        return decide(*said, **by)

    monkeypatch.setattr(match, "decide", listen)
    tell(hub, Intake(hub.hub.intake_tools()), without_number(a_child(), "police"))
    assert asked == [(3, "police")]


class Called(Exception):
    """Somebody was compared with somebody."""


def test_replay_reads_what_was_decided_and_never_calls_the_matcher(
    hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand, child, other = ByHand(hub), somebody(), somebody()
    known, another = by_hand.seen(child, "school"), by_hand.seen(other, "health")
    by_hand.seen(child, "police", person=child.known_to("police", nhs_number=None))
    doubt = by_hand.in_doubt(child, "council")
    by_hand.settled("split", "", reverses=by_hand.settled("merge", another, other=known))
    assert [one.how for one in links(hub)][:3] == ["opened", "opened", "model"]

    def folded() -> object:
        hub.hub.views.catch_up("record", hub.hub.record)
        rows = {
            table.name: hub.hub.views.rows(select(table)) for table in (store.person, store.source_record, store.said)
        }
        pictures = [hub.hub.answers.picture(asker(DECIDER), one, "").chronology for one in (known, another, doubt)]
        return {name: sorted(map(repr, found)) for name, found in rows.items()}, pictures

    def called(*_: object, **__: object) -> None:
        raise Called

    before = folded()
    for owner, names in (
        (match.Matcher, ("place", "alike", "beside", "still_alike")), (match, ("decide", "clashes", "alike")),
        (alike, ("decide", "compare")), (matching, ("compare",)), (model.Scorer, ("score",)),
    ):  # fmt: skip
        for name in names:
            monkeypatch.setattr(owner, name, called)
    hub.hub.views.empty()  # thrown away and folded anew from the record alone
    assert folded() == before
    looks = [one.position for one in hub.hub.ledger.read(0, 10_000) if isinstance(one.fact, Asked)]
    assert [hub.hub.replaying.again(one).equal for one in looks] == [True] * len(looks) != []
    by_hand.say(concern("health", seen_by(child, "health")))
    assert len(hub.hub.paged) == 1  # that one would have called it
