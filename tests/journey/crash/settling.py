"""`mash run intake`, told to die by SIGKILL just before, or just after, a decision about identity is carried out.

`python -m tests.journey.crash.settling before|after`. The product knows nothing of it.
"""

import os
import signal
import sys
from typing import Any

from hub.adapters.record import StoredRecord
from hub.cli import app
from hub.domain.identity import IdentitySettled


def main() -> None:
    """Run the intake with a trap where it writes that a decision was carried out."""
    when, append = sys.argv[1], StoredRecord.append

    def trapped(record: StoredRecord, facts: Any, **more: Any) -> Any:
        settles = any(isinstance(new.fact, IdentitySettled) for new in facts)
        if settles and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        done = append(record, facts, **more)
        if settles:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(StoredRecord, "append", trapped)  # noqa: B010 - a method is replaced, which types forbid
    sys.argv = ["mash", "run", "intake"]
    app()


if __name__ == "__main__":
    main()
