"""Requests, their answers, whom nobody asks, and what owners released: the rows that pages about them read. Codes only."""

from datetime import UTC, date, datetime, time

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table

from hub.domain.concern import InformationRecorded
from hub.domain.fact import Recorded
from hub.domain.release import ItemReleased, ReleaseAsked, ReleaseFact, ReleaseNotGiven, ReleaseWithdrawn
from hub.domain.request import (
    EnquiryNotAsked,
    RequestAnswered,
    RequestFact,
    RequestMade,
    RequestWithdrawn,
    not_asked_stream,
)
from hub.views.columns import Moment, meta
from hub.views.matters import Folds, Rows, matter, matter_child, moved, opened

answer = Table(  # answers that came as messages: the request that each names, if there is such a one
    "request_answer", meta, Column("stream", String, primary_key=True), Column("request", String, index=True),
    Column("organisation", String), Column("setting", String), Column("result", String), Column("known_at", Moment()),
    Column("again", Moment()),  # when a judgement of harm is looked at again
    Column("position", BigInteger),
)  # fmt: skip
not_asked = Table(
    "not_asked", meta, Column("enquiry", String, primary_key=True), Column("organisation", String, primary_key=True),
    Column("setting", String, primary_key=True), Column("reason", String), Column("grade", String), Column("by", String),
    Column("known_at", Moment()), Column("position", BigInteger),
)  # fmt: skip
released = Table(  # to whom an item of words is released now
    "released", meta, Column("item", String, primary_key=True), Column("organisation", String, primary_key=True),
    Column("owner", String), Column("child", String), Column("said", String), Column("open", Boolean),
    Column("enquiry", String),  # the one MASH enquiry that it is for, where its owner said so; it stays when it is closed again
    Column("known_at", Moment()), Column("position", BigInteger), Index("released_owner", "owner"),
)  # fmt: skip


def _request(recorded: Recorded, fact: RequestFact) -> Rows:
    match fact:
        case RequestMade():
            yield (
                matter,
                opened(
                    recorded, "asked", child=fact.children[0], enquiry=fact.enquiry, organisation=fact.organisation,
                    setting=fact.setting, what=fact.purpose, by=fact.asked_by, holder=fact.organisation, due=fact.due,
                ),
            )  # fmt: skip
            for child in fact.children:
                yield matter_child, {"stream": recorded.stream, "child": child}
        case RequestWithdrawn():
            yield matter, moved(recorded, "withdrawn", holder="", due=None)
        case RequestAnswered():
            yield matter, moved(recorded, fact.result, holder="", due=_noon(fact.review_on))
        case _:
            return  # reminders and links change nothing of whose turn it is


def _not_asked(recorded: Recorded, fact: EnquiryNotAsked) -> Rows:
    yield (
        not_asked,
        {
            "enquiry": recorded.stream.removeprefix(not_asked_stream("")), "organisation": fact.organisation,
            "setting": fact.setting, "reason": fact.reason, "grade": fact.grade, "by": fact.decided_by,
            "known_at": recorded.envelope.known_at, "position": recorded.position,
        },
    )  # fmt: skip


def _release(recorded: Recorded, fact: ReleaseFact) -> Rows:
    item = recorded.stream.partition(":")[2]
    place = {"item": item, "known_at": recorded.envelope.known_at, "position": recorded.position}
    match fact:
        case ReleaseAsked():
            yield (
                matter,
                opened(
                    recorded, "asked", child=fact.child, enquiry=fact.enquiry, organisation=fact.owner,
                    setting=fact.setting, what=fact.said, by=fact.asked_by, holder=fact.owner,
                ),
            )  # fmt: skip
        case ItemReleased():
            yield (
                matter,
                opened(
                    recorded, "released", child=fact.child, enquiry=fact.enquiry, organisation=fact.owner,
                    setting=fact.setting, what=fact.said, by=fact.released_by,
                ),
            )  # fmt: skip
            for one in fact.organisations:
                whose = {"owner": fact.owner, "child": fact.child, "said": fact.said}
                yield released, {**place, "organisation": one, **whose, "open": True, "enquiry": fact.alone_in}
        case ReleaseNotGiven():
            yield matter, moved(recorded, "not_given", holder="")
        case ReleaseWithdrawn():
            yield matter, moved(recorded, "closed", holder="")
            for one in fact.organisations:
                yield released, {**place, "organisation": one, "open": False}


def answered(recorded: Recorded, fact: InformationRecorded) -> Rows:
    """The row of an answer that came as a message: it names its request itself, and may name one that there is not."""
    yield (
        answer,
        {
            "stream": recorded.stream, "request": fact.request, "organisation": fact.organisation,
            "setting": fact.setting or "", "result": fact.result, "known_at": recorded.envelope.known_at,
            "again": _noon(fact.review_on), "position": recorded.position,
        },
    )  # fmt: skip


def _noon(day: date | None) -> datetime | None:
    return datetime.combine(day, time(12), UTC) if day else None


FOLDS: Folds = {
    RequestMade: _request, RequestWithdrawn: _request, RequestAnswered: _request, EnquiryNotAsked: _not_asked,
    ReleaseAsked: _release, ItemReleased: _release, ReleaseNotGiven: _release, ReleaseWithdrawn: _release,
}  # fmt: skip
