"""A nudge for an open worklist: how many alerts are new since it was shown. A number; no row moves."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from hub.views.models import Filters, WorklistRow
from hub.web.front import Front
from hub.web.guards import Person, doorkeeper_of

router = APIRouter()

EVERY = 1.0  # seconds between glances at how far the hub knows
LOOK = 15.0  # seconds between looks at the worklist: each is ruled and goes on the ledger like any other
LASTS = 55.0  # seconds; the browser then asks again, so a hub that stops never waits for long


def newer(rows: Sequence[WorklistRow], shown: float) -> int:
    """How many alerts were raised or strengthened after the moment `shown` (seconds since 1970, UTC)."""
    return sum(1 for row in rows if (row.strengthened_at or row.raised_at).timestamp() > shown)


@router.get("/live", response_class=EventSourceResponse)
async def live(
    request: Request,
    who: Person,
    shown: Annotated[float, Query(ge=0, allow_inf_nan=False)],
    position: Annotated[int, Query(ge=0)],
) -> AsyncIterator[ServerSentEvent]:
    """The number of alerts newer than `shown`, when the hub knows more than at `position` and it changed."""
    front: Front = request.app.state.front
    stopping: asyncio.Event = request.app.state.stopping
    number, looked = 0, -LOOK
    began = time.monotonic()
    while (passed := time.monotonic() - began) < LASTS:
        # looking on is no use of the session: an unattended page still ends
        if stopping.is_set() or doorkeeper_of(request).find(request, touch=False) is None:
            return
        known = (await run_in_threadpool(front.stamp, who.asker)).position
        if known > position and passed - looked >= LOOK:
            position, looked = known, passed
            found = newer(await run_in_threadpool(front.worklist, who.asker, Filters()), shown)
            if found != number:
                number = found
                yield ServerSentEvent(raw_data=str(number), event="newer", retry=5000)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), EVERY)
