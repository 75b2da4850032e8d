"""`mash run <role>`, told to die by SIGKILL exactly beside its bookkeeping: what no killer from outside can time.

`python -m tests.journey.crash.role <role> [before|after N]`: the N-th time that the role has done its work and is about
to note how far it came (or has just noted it), this process kills itself. The product knows nothing of it.
"""

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

# where each role notes how far it came; intake publishes nothing, so its work is the batch itself
BOOKKEEPING: dict[str, tuple[type, str]] = {
    "intake": (StoredRecord, "append"),
    "relay": (FollowerPositions, "move"),
    "thresholds": (ConsumerTables, "save"),
}


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

    def set(self, bookkeeping: Callable[..., Any], *, always: bool) -> Callable[..., Any]:
        """`bookkeeping`, with death before or after its N-th call that follows work."""

        def keeping(*given: Any, **named: Any) -> Any:
            due = bool(named.get("tracked")) if always else self.worked
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


def main() -> None:
    """Run the role, with or without a trap."""
    role, *armed = sys.argv[1:]
    if armed:
        trap = Trap(armed[0], int(armed[1]))
        for log in (EmbeddedLog, KafkaLog):
            log.append = trap.noted(log.append)  # type: ignore[attr-defined]
        kind, name = BOOKKEEPING[role]
        setattr(kind, name, trap.set(getattr(kind, name), always=role == "intake"))
    sys.argv = ["mash", "run", role]
    app()


if __name__ == "__main__":
    main()
