"""A silence comes back from its consumer: on record once, refused where it cannot be, dropped where the child was erased."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.domain.concern import MessageQuarantined
from hub.domain.silence import Silence, stream_of
from hub.flow.silence import fold_silences
from hub.ports import Outgoing
from tests.support.asking import Front
from tests.support.partnership import RunningHub, settings_for, wait_until
from tests.support.signals import NOON


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    running = RunningHub(settings_for(tmp_path_factory.mktemp("data")))
    running.start("intake", "views")
    yield Front(running)
    running.close()


def said(child: str, subject: str = "request:1") -> Silence:
    return Silence(
        kind="no_answer",
        subject=subject,
        child=child,
        organisation="police",
        since=NOON,
        due=NOON,
        holds=True,
        position=1,
    )


def send(front: Front, one: Silence, **headers: bytes) -> None:
    body, dataschema = front.hub.codec.encode_silence(one)
    found = {"ce_type": b"mash.silence.v1", "ce_dataschema": dataschema.encode(), **headers}
    front.running.send(Outgoing("finding.v1", None, tuple(found.items()), body))
    wait_until(lambda: front.running.died or front.running._taken("finding.v1"), what="the intake has taken it")


def refused(front: Front) -> list[tuple[str, str]]:
    facts = [one.fact for one in front.running.facts()]
    return [(one.reason, one.field) for one in facts if isinstance(one, MessageQuarantined)]


def names(front: Front, one: Silence) -> list[str]:
    return [recorded.fact.NAME for recorded in front.hub.record.load(stream_of(one))]


def test_what_no_hub_could_have_missed_is_quarantined_with_its_reason(front: Front) -> None:
    send(front, replace(said(front.child), kind="all_is_well"))
    send(front, said("nobody"))
    send(front, said(front.child), ce_dataschema=b"urn:avro:crc64:0000000000000000")
    assert refused(front) == [("invalid_value", "kind"), ("unknown_child", "child"), ("unknown_schema", "")]


def test_it_goes_on_record_once_however_often_it_comes(front: Front) -> None:
    one = said(front.child, "request:2")
    send(front, replace(one, holds=False))  # what was never missed did not end
    assert names(front, one) == []
    send(front, one)
    send(front, one)
    send(front, replace(one, holds=False))
    send(front, replace(one, holds=False))
    send(front, one)
    assert names(front, one) == ["silence.noticed", "silence.ended"]


def test_one_batch_sees_what_it_says_itself(front: Front) -> None:
    one = said(front.child, "request:3")
    drafts = fold_silences([one, one, replace(one, holds=False)], record=front.hub.record)
    assert [(draft.after, draft.fact.NAME) for draft in drafts] == [(0, "silence.noticed"), (1, "silence.ended")]


def test_of_a_child_whose_record_was_erased_nothing_is_written(tmp_path: Path) -> None:
    running = RunningHub(settings_for(tmp_path))
    running.start("intake", "views")
    try:
        front = Front(running)
        running.hub.keys.destroy(f"person:{front.child}", "erasure:e1@1")
        one = said(front.child)
        send(front, one)
        assert (names(front, one), refused(front)) == ([], [])
    finally:
        running.close()
