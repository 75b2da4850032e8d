"""A nudge for an open worklist: how many alerts are new since it was shown. A number; no row moves."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from hub.web.front import Front
from hub.web.guards import Watcher, doorkeeper_of

router = APIRouter()

EVERY = 1.0  # seconds between glances at how far the hub knows
LOOK = 15.0  # seconds between looks at what is new: each is ruled and goes on the ledger like any other
FOREVER = 253_402_300_799.0  # the last second of the year 9999: later than any moment there is
LASTS = 55.0  # seconds; the browser then asks again, so a hub that stops never waits for long


@router.get("/live", response_class=EventSourceResponse)
async def live(
    request: Request,
    who: Watcher,
    shown: Annotated[float, Query(ge=0, le=FOREVER, allow_inf_nan=False)],
    position: Annotated[int, Query(ge=0)],  # noqa: ARG001 - pages that were opened before still send it
) -> AsyncIterator[ServerSentEvent]:
    """The number of alerts newer than `shown`, when one came or changed. While none does, nobody looks.

    Each event carries up to when it looked, so that a browser that comes back goes on from there.
    """
    front: Front = request.app.state.front
    stopping: asyncio.Event = request.app.state.stopping
    seen = max(shown, _seen(request.headers.get("last-event-id", "")))
    looked, began = -LOOK, time.monotonic()
    while (passed := time.monotonic() - began) < LASTS:
        # looking on is no use of the session: an unattended page still ends
        if stopping.is_set() or doorkeeper_of(request).find(request, touch=False) is None:
            return
        newest = await run_in_threadpool(front.newest_alert)
        if newest > seen and passed - looked >= LOOK:
            looked, seen = passed, newest
            number = await run_in_threadpool(front.newer, who.asker, shown)
            yield ServerSentEvent(raw_data=str(number), event="newer", id=repr(seen), retry=5000)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), EVERY)


def _seen(last: str) -> float:
    """Up to when a browser that comes back has been told; 0 for what is no moment."""
    try:
        moment = float(last[:40])
    except ValueError:
        return 0.0
    return moment if 0 <= moment <= FOREVER else 0.0
