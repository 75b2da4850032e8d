"""What a consumer publishes and what its state believes are one: whatever a crash falls between.

Found by the crash test: a finding published before a crash was forgotten, and when the messages were handled again in
larger batches the consumer came to nothing new and never took it back.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from consumers import runtime
from hub.domain.errors import TryLater
from tests.consumers.parts import Desk, edition, rule
from tests.support.signals import signal

TWO = rule("two", {"kind": "count", "within_days": 90, "at_least": {"incidents": 2}})


class Crash(Exception):
    pass


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, lambda: edition(1, [TWO]))
    yield made
    made.close()


@pytest.mark.parametrize("at", ["save", "append", "published"])
def test_what_was_found_before_a_crash_and_holds_no_more_after_it_is_taken_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    desk.count(signal("a", 0), signal("b", 1))
    desk.discount("a/0")

    def dies(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(runtime, "LIMIT", 2)  # the batches before the crash are small, and those after it large
        patch.setattr(desk.log if at == "append" else desk.state, at, dies)
        with pytest.raises(Crash):
            desk.run()
    desk.run()
    told = [finding.holds for finding in desk.findings()]
    assert told[-1:] in ([], [False]), "the last word is that it does not hold, or nothing was ever said"
    assert not desk.state.unpublished()


def test_a_finding_goes_out_when_the_log_is_there_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.count(signal("a", 0), signal("b", 1))

    def away(*_: object) -> None:
        raise TryLater("the log is away")

    with monkeypatch.context() as patch:
        patch.setattr(desk.log, "append", away)
        with pytest.raises(TryLater):
            desk.run()
    desk.run()
    assert desk.told() == [("two", True, ("a/0", "b/0"))]
