"""What is told of a bug of ours: where it struck, and nothing of what it was about. And how often something is tried."""

from pathlib import Path

TRIES = 10  # of what is written to streams that somebody else keeps writing to


def where(unexplained: BaseException) -> str:
    """The kind of an error and the line of ours that raised it: enough to find it, and nothing of what it was about."""
    trace = unexplained.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    line = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{type(unexplained).__name__}{line}"
