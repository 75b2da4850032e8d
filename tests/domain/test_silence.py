"""A silence is noticed once, ends once, and is answered by a person once."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from hub.domain.errors import Refused
from hub.domain.silence import (
    Silence,
    SilenceAnswered,
    SilenceEnded,
    SilenceNoticed,
    State,
    answer,
    decide,
    fold,
    ident,
    stream_of,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MISSED = Silence(
    kind="no_answer",
    subject="request:1",
    child="c1",
    organisation="police",
    since=NOON,
    due=NOON,
    holds=True,
    position=7,
)
CAME = replace(MISSED, holds=False)
NOTICED = SilenceNoticed(kind="no_answer", subject="request:1", child="c1", organisation="police", since=NOON, due=NOON)
ANSWERED = SilenceAnswered(answer="taken_up", answered_by="staff-1")


def test_what_came_and_was_never_missed_says_nothing() -> None:
    assert decide(State(), CAME) == []


def test_it_is_noticed_once_and_ends_once() -> None:
    assert decide(State(), MISSED) == [NOTICED]
    assert decide(fold([NOTICED]), MISSED) == []
    assert decide(fold([NOTICED]), CAME) == [SilenceEnded()]
    assert decide(fold([NOTICED, SilenceEnded()]), CAME) == []
    assert decide(fold([NOTICED, SilenceEnded()]), MISSED) == []


def test_after_a_persons_answer_nothing_more_is_written() -> None:
    assert answer(fold([NOTICED]), "taken_up", "staff-1") == [ANSWERED]
    assert decide(fold([NOTICED, ANSWERED]), CAME) == []
    assert fold([NOTICED, ANSWERED, SilenceEnded()]).state == "answered"


@pytest.mark.parametrize(
    ("state", "code", "field"),
    [
        (State(), "taken_up", "silence"),
        (fold([NOTICED, SilenceEnded()]), "taken_up", "silence"),
        (fold([NOTICED, ANSWERED]), "taken_up", "silence"),
        (fold([NOTICED]), "", "answer"),
        (fold([NOTICED]), "all is well", "answer"),
    ],
)
def test_an_answer_that_is_none_is_refused_with_its_field(state: State, code: str, field: str) -> None:
    with pytest.raises(Refused) as why:
        answer(state, code, "staff-1")
    assert why.value.field == field


def test_the_id_follows_from_what_was_expected_and_by_when_and_from_nothing_else() -> None:
    assert ident("no_answer", "request:1", NOON) == ident("no_answer", "request:1", NOON)
    others = {
        ident("hand_over", "request:1", NOON), ident("no_answer", "request:2", NOON),
        ident("no_answer", "request:1", NOON + timedelta(seconds=1)),
    }  # fmt: skip
    assert len(others | {ident("no_answer", "request:1", NOON)}) == 4


def test_a_silence_about_a_child_lies_with_that_childs_record_and_another_with_the_partnership() -> None:
    from hub.domain.fact import owner_of

    assert owner_of(stream_of(MISSED)) == "person:c1"
    assert owner_of(stream_of(replace(MISSED, child=""))) == "partnership"
