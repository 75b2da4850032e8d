"""Who has been heard about a child: each party in one of six states, from what was said, asked, answered and not asked.

What a reader may not know of a party makes no state here: it is as if it had not been said, unless a rule lets them know
that it is withheld.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, get_args

from msgspec import Struct
from sqlalchemy import or_, select

from hub.domain import coverage as rules
from hub.domain import enquiry as enquiries
from hub.domain import own_record
from hub.domain.concern import InformationRecorded
from hub.domain.coverage import Asked, Covered, PartyKey, Progress
from hub.domain.request import REFUSALS, Questions, RequestAnswered, Result, lists_of
from hub.flow.disclose import Disclosed
from hub.views.desk import Desk
from hub.views.matters import matter, matter_child
from hub.views.matters_requests import answer, not_asked
from hub.views.models import Coverage
from hub.views.said_of import Spoken
from hub.views.who_is_who import family, survivors

ANSWERS = frozenset(get_args(Result))
REASONS = {
    "no_request_made": "Nobody has asked yet",
    "answer_not_on_record": "An answer was sent, and is not on record",
}


class Covering(Struct, frozen=True):
    """Where every party stands, as codes and as rows of a page; and how far asking has come."""

    covered: tuple[Covered, ...]
    rows: tuple[Coverage, ...]
    progress: Progress
    grade: str

    @property
    def words(self) -> str:
        """How far asking has come, in words that never claim that all is known."""
        said = []
        if self.progress.awaited:
            said.append(_number(self.progress.awaited, "answer is", "answers are") + " awaited")
        if self.progress.overdue:
            said.append(_number(self.progress.overdue, "is", "are") + " overdue")
        if self.progress.unexplained:
            said.append(
                _number(len(self.progress.unexplained), "was", "were") + " not asked, without a reason that stands"
            )
        return "; ".join(said).capitalize() if said else "All asked have answered"


def covering(
    desk: Desk, child: str, spoken: Sequence[Spoken], shown: Disclosed | None = None, enquiry: str = "",
    *, reasons: bool = True,
) -> Covering:  # fmt: skip
    """Where every party to the protocol stands about this child; with `enquiry`, as that MASH enquiry asked.

    `shown` is what this reader's look allowed: nothing is told of what it did not (a party that may not be known to have
    spoken looks like one that has not). Why somebody refused or is not asked can tell of an investigation or a danger:
    it is said with `reasons` alone, which are the front door's.
    """
    names = {
        o.organisation: o for o in desk.register().organisations.values() if o.party and not o.may_enter_for_others
    }
    allowed = None if shown is None else {item.item for item in shown.shown}
    mine = [one for one in spoken if (allowed is None or one.codes.item in allowed) and not _for_another(one, enquiry)]
    asked = _asked(desk, requests_of(desk, enquiry=enquiry, children=family(desk, child)))
    heard = _heard(mine, asked, _opened_at(desk, enquiry))
    why = _not_asked(desk, enquiry) if enquiry else {}
    parties = rules.parties_of([*names], {*asked, *why}, heard)
    heard = _whole(heard, {*parties})
    closed = {
        (one.organisation, ""): ", ".join(one.policies)
        for one in (shown.withheld if shown else ())
        if one.shown_as == "reason" and one.category == "codes" and not any(o == one.organisation for o, _ in heard)
    }
    covered = rules.coverage(
        [one for one in parties if one[0] in names], heard=heard, asked=asked, not_asked=why, withheld=closed
    )
    lists, grade = lists_of(desk.edition.parts), grade_of(desk, enquiry)
    now = desk.clock.now()
    progress = rules.progress(covered, now, lambda reason: lists.allowed(reason, grade))
    rows = tuple(
        Coverage(
            organisation=names[one.organisation].name, sector=names[one.organisation].sector.replace("_", " "),
            setting=one.setting, state=one.state, reason=_reason(one, lists, told=reasons),
            last_heard=one.last_heard, due=one.due, overdue=one.due is not None and one.due < now,
        )
        for one in covered
    )  # fmt: skip
    return Covering(covered, rows, progress, grade)


def _for_another(one: Spoken, enquiry: str) -> bool:
    """Whether its owner released all that was said for other MASH enquiries alone: then here nobody has been heard by it."""
    return bool(one.items) and all(
        item.only_in and not item.released_to and enquiry not in {each for _, each in item.only_in}
        for item in one.items
    )


def grade_of(desk: Desk, enquiry: str) -> str:
    """The grade that a MASH enquiry has now; "" for none."""
    if not enquiry:
        return ""
    history = desk.record.load(f"mash-enquiry:{enquiry}")
    return enquiries.fold(enquiry, (one.fact for one in history)).grade


def requests_of(desk: Desk, *, enquiry: str = "", children: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The rows of requests of a MASH enquiry, or about these children; an answer that came as a message has settled its
    row, where the organisation that was asked sent it.
    """
    query = select(matter).where(matter.c.kind == "request").order_by(matter.c.opened_at, matter.c.stream)
    if enquiry:
        query = query.where(matter.c.enquiry == enquiry)
    else:
        wanted = sorted(children)
        named = select(matter_child.c.stream).where(matter_child.c.child.in_(wanted))
        query = query.where(or_(matter.c.child.in_(wanted), matter.c.stream.in_(named)))
        # about an organisation's own record: that tells nothing of who was heard about the child
        query = query.where(matter.c.what != own_record.PURPOSE)
    return settled(desk, desk.store.rows(query))


def of_others(desk: Desk, rows: Sequence[dict[str, Any]], related: Iterable[str]) -> list[dict[str, Any]]:
    """Those of these matters that are about nobody of one's own family: of the rest there is no trace."""
    kin, table = {*related}, matter_child
    if not kin:
        return [*rows]
    named: dict[str, set[str]] = {row["stream"]: {row["child"]} for row in rows}
    for one in desk.store.rows(select(table).where(table.c.stream.in_(sorted(named)))):
        named[one["stream"]].add(one["child"])
    now = survivors(desk, {child for children in named.values() for child in children if child})
    close = {
        stream
        for stream, children in named.items()
        if not kin.isdisjoint({*children, *(now.get(c, c) for c in children)})
    }
    return [row for row in rows if row["stream"] not in close]


def settled(desk: Desk, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows of requests, those that a message has answered with that answer as their state."""
    if not rows:
        return []
    by_id = {row["stream"].partition(":")[2]: row for row in rows}
    told: dict[str, dict[str, Any]] = {}
    query = select(answer).where(answer.c.request.in_(sorted(by_id))).order_by(answer.c.position)
    for one in desk.store.rows(query):
        row = by_id[one["request"]]
        if row["organisation"] == one["organisation"]:  # nobody answers for another
            told[one["request"]] = one
    return [
        {
            **row, "state": told[ident]["result"], "due": told[ident]["again"], "holder": "",
            "message": told[ident]["stream"],
        }
        if row["state"] in {"asked", "withdrawn"} and ident in told
        else {**row, "message": told.get(ident, {}).get("stream", "")}
        for ident, row in by_id.items()
    ]  # fmt: skip


def _asked(desk: Desk, rows: Sequence[dict[str, Any]]) -> dict[PartyKey, Asked]:
    """Whatever of each party still waits, else its newest answer: an open question is never hidden by an old answer."""
    found: dict[PartyKey, Asked] = {}
    for row in rows:
        party = row["organisation"], row["setting"]
        if row["state"] == "withdrawn":
            continue
        held = found.get(party)
        result = row["state"] if row["state"] in ANSWERS else None
        if held is None or held.answer is not None or result is None:
            reason = _refusal(desk, row) if result == "refused" else ""
            found[party] = Asked(row["opened_at"], result, reason, row["due"] if result is None else None)
    return found


def _refusal(desk: Desk, row: dict[str, Any]) -> str:
    facts = [one.fact for one in desk.record.load(row["stream"])]
    given = [fact.reason for fact in facts if isinstance(fact, RequestAnswered) and fact.reason]
    said = by_message(desk, row)
    return given[-1] if given else (said.refusal_code if said else "") or "in_words"


def by_message(desk: Desk, row: Mapping[str, Any]) -> InformationRecorded | None:
    """The answer to a request that came as a message, if one did and its organisation was asked."""
    if not row.get("message"):
        return None
    fact = desk.record.load(str(row["message"]), upto=1)[0].fact
    return fact if isinstance(fact, InformationRecorded) else None


def _heard(spoken: Sequence[Spoken], asked: dict[PartyKey, Asked], since: datetime | None) -> dict[PartyKey, datetime]:
    """When each party last contributed, by setting; and, into `asked`, answers by message that name no request we know.

    In a MASH enquiry an answer from before it was opened (`since`) says nothing: what was searched then was another question.
    """
    heard: dict[PartyKey, datetime] = {}
    for one in spoken:
        party, at = (one.codes.organisation.id, one.codes.setting), one.recorded.envelope.known_at
        fact = one.recorded.fact
        result = fact.result if isinstance(fact, InformationRecorded | RequestAnswered) else None
        if result in {None, "provided"}:
            heard[party] = max(at, heard.get(party, at))
        elif since is None or at >= since:
            known = isinstance(fact, RequestAnswered) or any(
                key[0] == party[0] and key[1] in {"", party[1]} for key in asked
            )
            if not known:
                code = fact.refusal_code if isinstance(fact, InformationRecorded) else ""
                asked[party] = Asked(at, result, code or "in_words" if result == "refused" else "")
    return heard


def _whole(heard: dict[PartyKey, datetime], parties: set[PartyKey]) -> dict[PartyKey, datetime]:
    """The same, with what a setting without a row of its own said told of the whole organisation."""
    found: dict[PartyKey, datetime] = {}
    for party, at in heard.items():
        key = party if party in parties else (party[0], "")
        found[key] = max(at, found.get(key, at))
    return found


def _not_asked(desk: Desk, enquiry: str) -> dict[PartyKey, str]:
    rows = desk.store.rows(select(not_asked).where(not_asked.c.enquiry == enquiry))
    return {(row["organisation"], row["setting"]): row["reason"] for row in rows}


def _opened_at(desk: Desk, enquiry: str) -> datetime | None:
    history = desk.record.load(f"mash-enquiry:{enquiry}", upto=1) if enquiry else []
    return history[0].envelope.known_at if history else None


def _reason(one: Covered, lists: Questions, *, told: bool) -> str:
    if not told and one.reason not in REASONS:
        return "The front door knows why" if one.state in {"refused", "not_asked"} else ""
    if one.state == "refused":
        return REFUSALS.get(one.reason, "For a reason in words")
    if one.state == "withheld":
        return f"Policies {one.reason}"
    if one.state == "not_asked" and one.reason in lists.not_asked:
        return lists.not_asked[one.reason][0]
    return REASONS.get(one.reason, one.reason.replace("_", " "))


def _number(many: int, one: str, more: str) -> str:
    return f"{many} {one if many == 1 else more}"
