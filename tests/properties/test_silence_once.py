"""Whatever restarts, repeats and moved clocks there are, a silence is on record once, and only where nothing came in time."""

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.domain.silence import Awaited, Expected, ident
from tests.consumers.listening import Ear, awaited

HOUR = timedelta(hours=1)
SUBJECTS = ("request:1", "request:2", "lead:3")
# expect: (subject, hours until due) · came: subject · again: how far back the relay sends anew · clock: hours, also back
ACTS = st.one_of(
    st.tuples(st.just("expect"), st.sampled_from(SUBJECTS), st.integers(1, 30)),
    st.tuples(st.just("came"), st.sampled_from(SUBJECTS), st.just(0)),
    st.tuples(st.just("again"), st.just(""), st.integers(1, 5)),
    st.tuples(st.just("clock"), st.just(""), st.integers(-40, 60)),
    st.tuples(st.just("restart"), st.just(""), st.just(0)),
    st.tuples(st.just("run"), st.just(""), st.just(0)),
    st.tuples(st.just("look"), st.just(""), st.just(0)),
)


class Told:
    """What ought to be on record, by a plain reading of what was said and of the latest moment that any look saw."""

    def __init__(self) -> None:
        self.waits: dict[str, datetime] = {}  # subject -> due, as far as the consumer has read
        self.missed: dict[str, str] = {}  # id -> "stands" or "ended"

    def read(self, said: list[Awaited]) -> None:
        for one in said:
            before = self.waits.get(one.subject)
            if one.due == before:
                continue
            if before is not None:
                known = ident(one.kind, one.subject, before)
                if (
                    before <= one.since
                ):  # its moment had passed when this came: on record, though nobody looked in between
                    self.missed.setdefault(known, "stands")
                if known in self.missed:
                    self.missed[known] = "ended"
            if one.due is None:
                self.waits.pop(one.subject, None)
            else:
                self.waits[one.subject] = one.due

    def look(self, now: datetime) -> None:
        for subject, due in self.waits.items():
            if due <= now:
                self.missed.setdefault(ident("no_answer", subject, due), "stands")


@settings(max_examples=60, deadline=None)
@example([("clock", "", -1), ("expect", "request:1", 1), ("expect", "request:1", 2)])
@example([("expect", "request:1", 1), ("clock", "", 5), ("expect", "request:1", 2)])
@given(st.lists(ACTS, min_size=3, max_size=30))
def test_any_interleaving_of_restarts_and_repeats_finds_each_silence_exactly_once(
    acts: list[tuple[str, str, int]],
) -> None:
    with TemporaryDirectory() as folder:
        ear, oracle = Ear(Path(folder)), Told()
        sent: list[Expected] = []
        unread: list[Awaited] = []
        try:
            for act, subject, number in [*acts, ("clock", "", 100), ("run", "", 0), ("restart", "", 0), ("run", "", 0)]:
                if act in {"expect", "came"}:
                    due = ear.clock.now() + number * HOUR if act == "expect" else None
                    said = awaited(due, subject=subject, since=ear.clock.now())
                    unread.append(said)
                    sent.append(Expected(position=ear.expect(said), awaited=(said,)))
                elif act == "again":
                    for one in sent[-number:]:
                        ear.publish(one)
                elif act == "clock":
                    ear.clock.moment += number * HOUR
                elif act == "restart":
                    ear.restart()
                elif act == "run":
                    ear.run()
                    oracle.read(unread)
                    unread.clear()
                    oracle.look(ear.clock.now())
                else:
                    ear.look()  # it may say something only where nothing is left unread
                    if not unread and not _repeats(ear):
                        oracle.look(ear.clock.now())
            found = {stream.rpartition(":")[2]: facts for stream, facts in ear.on_record().items()}
        finally:
            ear.close()
        assert {
            one: "ended" if facts[-1] == "silence.ended" else "stands" for one, facts in found.items()
        } == oracle.missed
        assert all(facts in (["silence.noticed"], ["silence.noticed", "silence.ended"]) for facts in found.values())


def _repeats(ear: Ear) -> bool:
    """Whether messages that are there again have not been read yet."""
    return ear.state.reached([0])[0].offset < ear.log.end("expected.v1", 0)
