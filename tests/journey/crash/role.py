"""`mash run <role>`, told to die by SIGKILL exactly beside its bookkeeping: what no killer from outside can time.

`python -m tests.journey.crash.role <role> [before|after N]`: the N-th time that the role has done its work and is about
to note it (or has just noted it; a consumer: has kept what it will publish), this process kills itself. The product
knows nothing of it.
"""

import faulthandler
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from hub.adapters.log_embedded import EmbeddedLog
from hub.adapters.log_kafka import KafkaLog
from hub.adapters.record import StoredRecord
from hub.adapters.tables import ConsumerTables, FollowerPositions
from hub.cli import app
from hub.ports import StateChange

# where each role notes what it has done; the intake publishes nothing, so its work is the batch itself
BOOKKEEPING: dict[str, tuple[type, str]] = {
    "intake": (StoredRecord, "append"),
    "relay": (FollowerPositions, "move"),
    "thresholds": (ConsumerTables, "published"),
}
# the consumer keeps what it will publish before it publishes: a second place to fall into
KEEPING: tuple[type, str] = (ConsumerTables, "save")


class Trap:
    """Counts the bookkeeping that follows work, and ends the process at the N-th."""

    def __init__(self, when: str, nth: int) -> None:
        self.when = when
        self.left = nth
        self.worked = False

    def noted(self, published: Callable[..., Any]) -> Callable[..., Any]:
        """`published`, and note that there is work whose bookkeeping is due."""

        def publishing(*given: Any, **named: Any) -> Any:
            places = published(*given, **named)
            self.worked = True
            return places

        return publishing

    def set(self, bookkeeping: Callable[..., Any], due_by: Callable[..., bool] | None) -> Callable[..., Any]:
        """`bookkeeping`, with death before or after its N-th call that follows work (or that `due_by` says is due)."""

        def keeping(*given: Any, **named: Any) -> Any:
            due = due_by(*given, **named) if due_by else self.worked
            self.worked = False
            self.left -= due
            dies = due and self.left == 0
            if dies and self.when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            done = bookkeeping(*given, **named)
            if dies:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        return keeping


def moves_on(*_: Any, tracked: Any = (), **__: Any) -> bool:
    """Whether this append to the record is a batch of the intake."""
    return bool(tracked)


def has_outgoing(_: Any, change: StateChange) -> bool:
    """Whether the consumer is about to publish."""
    return bool(change.outgoing)


def main() -> None:
    """Run the role, with or without a trap."""
    role, *armed = sys.argv[1:]
    if armed:
        trap = Trap(armed[0], int(armed[1]))
        for log in (EmbeddedLog, KafkaLog):
            setattr(log, "append", trap.noted(log.append))  # noqa: B010 - a method is replaced, which types forbid
        kind, name = BOOKKEEPING[role]
        due: Callable[..., bool] | None = None
        if role == "intake":
            due = moves_on
        elif role == "thresholds" and trap.when == "after":
            (kind, name), due = KEEPING, has_outgoing
        setattr(kind, name, trap.set(getattr(kind, name), due))
    sys.argv = ["mash", "run", role]
    app()


if __name__ == "__main__":
    faulthandler.enable()  # a role that crashes in a library says where
    main()
