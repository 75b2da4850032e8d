"""The notices by which organisations are told to stop: what rested on a consent, or a service that was agreed to.

One shape whichever way the withdrawal came: made on the page, or in a message of an organisation. Codes alone.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from hub.domain import clocks
from hub.domain.agreement import Agreed
from hub.domain.consent_record import Effect
from hub.domain.notice import NoticeSent
from hub.views import consent_words as words
from hub.views import store
from hub.views.desk import Desk
from hub.views.relied import Share
from hub.views.who_is_who import records_of

ONE_WORKING_DAY = {"length": 1, "unit": "days", "counts": "working"}


def due(desk: Desk) -> datetime:
    """By when a notice is acknowledged (aware UTC): the edition's clock `acknowledge`, one working day where it has none."""
    by_id = {clock["id"]: clock for clock in desk.edition.parts["clocks"]}
    return clocks.due(by_id.get("acknowledge", ONE_WORKING_DAY), desk.clock.now())


def due_to_close(desk: Desk) -> datetime:
    """By when somebody says that what was released to them is put away (aware UTC): the clock that answers have."""
    known = {each["id"] for each in desk.edition.parts["clocks"]}
    return desk.edition.due("answer" if "answer" in known else "red", desk.clock.now())


def recipients(shares: Sequence[Share]) -> list[str]:
    """Whom a withdrawal is told: everybody who was shown something under it, or to whom something was released."""
    return sorted({one.organisation for one in shares})


def stop_sharing(
    desk: Desk, person: str, shares: Sequence[Share], *, effect: Effect, part: bool, by: str
) -> tuple[NoticeSent, ...]:
    """One notice for each organisation of these shares: by class of information, what stops and what stands."""
    made = []
    for organisation in recipients(shares):
        theirs = [one for one in shares if one.organisation == organisation]
        codes = [
            (outcome, ",".join(sorted({one.category for one in theirs if one.outcome == outcome})))
            for outcome in words.RESTING
        ]
        made.append(
            NoticeSent(
                organisation=organisation, kind="consent_narrowed" if part else "consent_withdrawn",
                about=own_message(desk, person, organisation), child=person,
                codes=(("effect", effect), *(code for code in codes if code[1])), due=due(desk), sent_by=by,
            )
        )  # fmt: skip
    return tuple(made)


def stop_service(desk: Desk, person: str, agreed: Agreed, *, by: str) -> NoticeSent:
    """The notice to whoever gives a service that the family does not want it any more."""
    return NoticeSent(
        organisation=agreed.provider, kind="agreement_withdrawn", about=own_message(desk, person, agreed.provider),
        child=person, codes=(("service", agreed.service),), due=due(desk), sent_by=by,
    )  # fmt: skip


def own_message(desk: Desk, person: str, organisation: str) -> str:
    """By what an organisation knows who this is about: its own newest message of them; "" where it sent none."""
    about, said = store.said_about, store.said
    query = (
        select(said.c.stream)
        .join(about, (about.c.stream == said.c.stream) & (about.c.version == said.c.version))
        .where(
            about.c.source_record.in_(records_of(desk, [person])[person]),
            said.c.organisation == organisation, said.c.stream.startswith("message:"),
        )
        .order_by(said.c.position.desc())
        .limit(1)
    )  # fmt: skip
    rows = desk.store.rows(query)
    return str(rows[0]["stream"]).partition(":")[2] if rows else ""
