"""A nudge for an open worklist: how many alerts are new since it was shown. A number; no row moves."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from hub.views.models import Filters, WorklistRow
from hub.web.front import Front
from hub.web.guards import Person, doorkeeper_of

router = APIRouter()

EVERY = 2.0  # seconds between looks
LASTS = 55.0  # seconds; the browser then asks again, so a hub that stops never waits for long


def newer(rows: Sequence[WorklistRow], shown: float) -> int:
    """How many alerts were raised or strengthened after the moment `shown` (seconds since 1970, UTC)."""
    return sum(1 for row in rows if (row.strengthened_at or row.raised_at).timestamp() > shown)


@router.get("/live", response_class=EventSourceResponse)
async def live(
    request: Request, who: Person, shown: Annotated[float, Query(ge=0, allow_inf_nan=False)]
) -> AsyncIterator[ServerSentEvent]:
    """The number of alerts newer than `shown`, whenever it changes, while the session lives."""
    front: Front = request.app.state.front
    stopping: asyncio.Event = request.app.state.stopping
    last = -1
    for _ in range(int(LASTS / EVERY)):
        # looking on is no use of the session: an unattended page still ends
        if stopping.is_set() or doorkeeper_of(request).find(request, touch=False) is None:
            return
        number = newer(await run_in_threadpool(front.worklist, who.asker, Filters()), shown)
        if number != last:
            last = number
            yield ServerSentEvent(raw_data=str(number), event="newer", retry=5000)
        try:
            await asyncio.wait_for(stopping.wait(), EVERY)
        except TimeoutError:
            continue
