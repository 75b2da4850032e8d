"""Matters: what people work on beside alerts and MASH enquiries, one row each: requests, notices, consents, exceptions,
discussions, leads, challenges, letters.

A row is codes: enough to find the stream, to say whose turn it is and by when. Whoever shows one loads its facts.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import BigInteger, Column, Index, String, Table

from hub.domain.fact import Fact, Recorded
from hub.domain.notice import NoticeAcknowledged, NoticeSent
from hub.views.columns import Moment, meta

matter = Table(
    "matter", meta, Column("stream", String, primary_key=True), Column("kind", String, index=True),  # the stream's prefix
    Column("child", String, index=True),  # the first or only child, "" for none; more of them in matter_child
    Column("enquiry", String, index=True), Column("organisation", String), Column("setting", String),
    Column("what", String),  # a code that the kind knows
    Column("state", String, index=True), Column("by", String),
    Column("holder", String),  # whose turn it is: a staff id, an organisation, or ""
    Column("due", Moment()), Column("opened_at", Moment()), Column("changed_at", Moment()),
    Column("position", BigInteger),
)  # fmt: skip
matter_child = Table(
    "matter_child", meta, Column("stream", String, primary_key=True), Column("child", String, primary_key=True),
    Index("matter_child_child", "child"),
)  # fmt: skip

Row = dict[str, Any]
Rows = Iterator[tuple[Table, Row]]
Folds = dict[
    type[Fact], Callable[[Recorded, Any], Rows]
]  # which facts make or change which rows; all of them: matter_rows.py

became = Table(  # what a sender was told of a message of theirs, the newest; classes and reasons of hub/domain/became.py
    "became", meta, Column("message", String, primary_key=True), Column("organisation", String, primary_key=True),
    Column("outcome", String), Column("reason", String), Column("at", Moment()),
)  # fmt: skip
clocked = Table(  # a red receipt: by when the front door decides, and where to ring
    "clocked", meta, Column("message", String, primary_key=True), Column("organisation", String, primary_key=True),
    Column("due", String), Column("telephone", String),
)  # fmt: skip


def opened(recorded: Recorded, state: str, **codes: Any) -> Row:
    """The whole row of a matter that begins with this fact; what is not given is empty."""
    kind = recorded.stream.partition(":")[0]
    empty = dict.fromkeys(("child", "enquiry", "organisation", "setting", "what", "by", "holder"), "")
    times = {"due": None, "opened_at": recorded.envelope.known_at, "changed_at": recorded.envelope.known_at}
    return {
        "stream": recorded.stream, "kind": kind, "state": state, "position": recorded.position, **empty, **times, **codes,
    }  # fmt: skip


def moved(recorded: Recorded, state: str, **codes: Any) -> Row:
    """What this fact changes of its matter's row."""
    return {"stream": recorded.stream, "state": state, "changed_at": recorded.envelope.known_at, **codes}


def _notice(recorded: Recorded, fact: Any) -> Rows:
    if isinstance(fact, NoticeSent):
        state = "waits" if fact.due else "sent"
        said = dict(fact.codes)
        whose = {"message": fact.about, "organisation": fact.organisation}
        if fact.kind in {"outcome", "forwarded"}:
            told = {"outcome": said.get("outcome", ""), "reason": said.get("reason", "")}
            yield became, {**whose, **told, "at": recorded.envelope.known_at}
        elif fact.kind == "receipt":
            yield clocked, {**whose, "due": said.get("due", ""), "telephone": said.get("telephone", "")}
        yield (
            matter,
            opened(
                recorded, state, child=fact.child, enquiry=fact.enquiry, organisation=fact.organisation,
                setting=fact.setting, what=fact.kind, by=fact.sent_by, holder=fact.organisation, due=fact.due,
            ),
        )  # fmt: skip
    else:
        yield matter, moved(recorded, "acknowledged", holder="")


FOLDS: Folds = {NoticeSent: _notice, NoticeAcknowledged: _notice}
