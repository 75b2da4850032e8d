"""Step 8, what became of what was sent: a notice to whoever sent it, in the transaction of the decision or forwarding.

It names the sender's own message and a class, so that it holds whoever the child turns out to be. The receipt itself is
no fact: what was received is on record, and its sender's page says so.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from hub.domain import became, notice
from hub.domain.child import SignalCounted, SignalDiscounted
from hub.domain.concern import Statement
from hub.domain.fact import Fact, Recorded
from hub.domain.notice import NoticeKind, NoticeSent

NOTICES = UUID(
    "0f4f4b0e-6f0a-4a9c-9a43-52b7c8d0a6d1"
)  # namespace: one notice for a message, child, and what became of it
MOST = 50  # notices of one decision: the newest messages
Load = Callable[[str], list[Recorded]]


def messages_of(
    counted: Sequence[Recorded], upto: int, evidence: Iterable[str] = (), uncounted: Iterable[tuple[int, str]] = ()
) -> tuple[list[str], list[str]]:
    """Of what counts for a child (in order) up to a position: all messages that worried about the child itself, the
    newest first, among them those that never counted (position, message); and the ones that carried this evidence.
    """
    live: dict[str, str] = {}
    came: dict[str, int] = {}
    for one in counted:
        if isinstance(one.fact, SignalDiscounted):
            live.pop(one.fact.signal_id, None)
        elif isinstance(one.fact, SignalCounted) and one.position <= upto:
            signal = one.fact.signal
            if signal.kind == "concern" and signal.relation == "own" and not signal.backfill:
                live[signal.id] = signal.id.partition("/")[0]
                came.setdefault(signal.id, one.position)
    carried = {live[one] for one in evidence if one in live}
    placed = [(came[ident], message) for ident, message in live.items()]
    placed += [(position, message) for position, message in uncounted if position <= upto]
    newest = list(dict.fromkeys(message for _, message in sorted(placed, reverse=True)))
    return newest, [one for one in newest if one in carried]


def about(
    load: Load, worries: Iterable[tuple[int, str]], records: Collection[str], *, backfill: bool = False
) -> list[tuple[int, str]]:
    """Of these concerns (position, message) those about whom these source records are, as a child; backfill where asked."""
    found = []
    for position, message in worries:
        said = statement_of(load, message)
        if said is None or (said.backfill and not backfill):
            continue
        if any(one.source_record in records for one in said.subjects):
            found.append((position, message))
    return found


def never_counted(counted: Sequence[Recorded], worries: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """Of these concerns (position, message) about a child those that never counted for it: whoever sent one is told too."""
    ever = {one.fact.signal.id.partition("/")[0] for one in counted if isinstance(one.fact, SignalCounted)
            and one.fact.signal.relation == "own"}  # fmt: skip
    return [(position, message) for position, message in worries if message not in ever]


def report_decision(
    load: Load, counted: Sequence[Recorded], *, child: str, enquiry: str, outcome: str, evidence: Iterable[str],
    upto: int, restricted: bool, by: str, now: datetime, worries: Iterable[tuple[int, str]] = (),
) -> list[tuple[str, int, Fact]]:  # fmt: skip
    """What the senders are told of a decision: of each message once, and again where a later decision rests on it.

    `worries` are the concerns about this child that stand (position, message), counted or not.
    """
    heard, carried = messages_of(counted, upto, evidence, never_counted(counted, worries))
    said = {one: statement for one in heard if (statement := statement_of(load, one)) is not None}
    codes = became.told(outcome, guarded=became.endangers(said.values(), now, restricted=restricted))
    new: list[tuple[str, int, Fact]] = []
    for message, statement in list(said.items())[:MOST]:
        first = _named(f"{message}/{child}")
        if load(first):
            if message not in carried:
                continue
            first = _named(f"{message}/{child}/{enquiry}")
        if not load(first):
            new.append((first, 0, _notice("outcome", statement, message, child, enquiry, codes, by)))
    return new


def report_forwarding(
    load: Load, messages: Iterable[str], *, child: str, forwarding: str, restricted: bool, by: str, now: datetime
) -> list[tuple[str, int, Fact]]:
    """What the senders of these messages are told where they went to the worker who is at it."""
    said = {one: found for one in dict.fromkeys(messages) if (found := statement_of(load, one)) is not None}
    codes = became.forwarded(guarded=became.endangers(said.values(), now, restricted=restricted))
    return [
        (_named(f"{message}/{child}/{forwarding}"), 0, _notice("forwarded", statement, message, child, "", codes, by))
        for message, statement in list(said.items())[:MOST]
    ]


def statement_of(load: Load, message: str) -> Statement | None:
    """What a message said, None for one that is no statement."""
    history = load(f"message:{message}")
    said = getattr(history[0].fact, "statement", None) if history else None
    return said if isinstance(said, Statement) else None


def _named(what: str) -> str:
    return notice.stream(str(uuid5(NOTICES, what)))


def _notice(
    kind: NoticeKind,
    said: Statement,
    message: str,
    child: str,
    enquiry: str,
    codes: tuple[tuple[str, str], ...],
    by: str,
) -> NoticeSent:
    return NoticeSent(
        organisation=said.organisation, setting=said.setting or "", kind=kind, about=message, child=child, enquiry=enquiry,
        codes=codes, sent_by=by,
    )  # fmt: skip
