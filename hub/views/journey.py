"""One message's journey through the hub: every fact that it led to, with times and causes. Codes only."""

from uuid import UUID

from sqlalchemy import select

from hub.domain.concern import ConcernRecorded, CorrectionRecorded, StrengthRecorded, message_id
from hub.domain.errors import NotFound
from hub.domain.fact import Fact, Recorded
from hub.views import sameness, store
from hub.views.desk import Desk
from hub.views.who_is_who import candidates, persons_of


def journey(desk: Desk, message: str) -> list[dict[str, object]]:
    """The facts that began with this message, in order. `message` is the hub's id or the sender's own.

    Raises NotFound when nothing on record began with it (it may still be in quarantine, or not have come).
    """
    ident = _known(desk, message)
    first = desk.record.load(f"message:{ident}")
    streams = {f"message:{ident}"}
    for recorded in first:
        streams |= _led_to(desk, recorded.fact)
    facts: dict[int, Recorded] = {}
    for stream in streams:
        for recorded in desk.record.load(stream):
            if recorded.envelope.journey == ident or stream == f"message:{ident}":
                facts[recorded.position] = recorded
    start = first[0].envelope.received
    return [
        {
            "position": one.position, "known_at": one.envelope.known_at.isoformat(), "name": one.fact.NAME,
            "after_ms": round((one.envelope.known_at - start).total_seconds() * 1000), "stream": one.stream,
            "because": one.envelope.because, "edition": one.envelope.edition, "by": one.envelope.by,
            "what": _what(one.fact),
        }
        for one in sorted(facts.values(), key=lambda one: one.position)
    ]  # fmt: skip


def _known(desk: Desk, message: str) -> str:
    try:
        UUID(message)
    except ValueError:
        raise NotFound("give a message id (a UUID): mash publish prints it") from None
    tried = [message, *(message_id(source, message) for source in desk.register().organisations)]
    held = desk.record.versions([f"message:{one}" for one in tried])
    found = [one for one in tried if f"message:{one}" in held]
    if not found:
        raise NotFound(
            "nothing on record began with this message: is it in quarantine (mash quarantine list), or not taken yet, because "
            "no hub runs (mash up)?"
        )
    return found[0]


def _led_to(desk: Desk, fact: Fact) -> set[str]:
    """The streams that a statement about these source records can have led to."""
    if not isinstance(fact, ConcernRecorded | StrengthRecorded | CorrectionRecorded):
        source_record = getattr(fact, "source_record", None)
        return {f"source-record:{source_record}", f"consent:{source_record}"} if source_record else set()
    said = fact.statement
    records = [s.source_record for s in said.subjects] + [a.source_record for a in said.adults]
    streams = {f"source-record:{record}" for record in records}
    for person in persons_of(desk, records).values():
        for one in (person, *candidates(desk, person), *sameness.others_of(desk.store, person)):
            streams |= {f"person:{one}", f"child:{one}"}
            rows = desk.store.rows(select(store.alert.c.alert).where(store.alert.c.child == one))
            streams |= {f"alert:{row['alert']}" for row in rows}
    return streams


def _what(fact: Fact) -> str:
    """What a fact says, in a few codes."""
    match fact.NAME:
        case "concern.ruled":
            return (
                f"counted: {getattr(fact, 'counted', '')}; room: {getattr(fact, 'room', '')}; "
                + ", ".join(getattr(fact, "policies", ()))
                + ("; a policy erred" if getattr(fact, "faults", False) else "")
            )
        case "concern.recorded" | "strength.recorded" | "correction.recorded":
            said = getattr(fact, "statement", None)
            entered = said.entered_by if said else ""
            return f"entered by: {entered} {said.entered_by_staff}".strip() if said and entered else ""
        case "signal.counted":
            signal = getattr(fact, "signal", None)
            return f"{signal.relation}: {', '.join(signal.indicators)}" if signal else ""
        case "source-record.linked":
            return str(getattr(fact, "how", ""))
        case "source-record.opened" | "source-record.described":
            doubts = getattr(fact, "doubts", ())
            return f"doubts: {', '.join(doubts)}" if doubts else ""
        case "person.opened":
            return str(getattr(fact, "standing", "")).replace("_", " ")
        case "alert.raised" | "alert.strengthened":
            return f"{getattr(fact, 'rule', '')} level {getattr(fact, 'level', '')}: {getattr(fact, 'why', '')}"
        case _:
            return ""
