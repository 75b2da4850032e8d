"""What the record keeps of whose it is: how, by what weights and versions, what kept it from a link, and as what somebody was
spoken of. From the log to the facts, by the draft edition.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from hub.domain.concern import ConcernRecorded
from hub.domain.matching import RULES
from hub.domain.message import Adult, Message
from hub.domain.person import KindNoted, PersonOpened, SourceRecordLinked
from hub.flow.receive import Intake
from tests.support.desk import shipped
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
