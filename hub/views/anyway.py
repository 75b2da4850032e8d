"""Whether it would be shared without asking: then nobody is asked, because a question whose answer changes nothing misleads.

It reads recorded facts: grounds of MASH enquiries, legal statuses, a strategy discussion, the duty to share, and what was
said of the child since a person last decided.
"""

from collections.abc import Iterator

from sqlalchemy import select

from hub.domain import child as children
from hub.domain.enquiry import EnquiryDecided, EnquiryOpened
from hub.domain.grounds import ground_of_enquiry, ground_of_status, grounds_said
from hub.domain.moments import london_day
from hub.domain.sharing import Subject
from hub.domain.source_record import statuses
from hub.flow.standing import GOES_ON
from hub.views import store
from hub.views.chronology import not_to_be_discussed
from hub.views.desk import Desk
from hub.views.said_of import spoken
from hub.views.subjects import subjects
from hub.views.who_is_who import family, records_of, survivor

HARM = ("immediate_danger", "significant_harm", "perceived_harm")
ORDER = (*HARM, "strategy_discussion", "duty_applies", "not_to_be_discussed")


def anyway(desk: Desk, person: str) -> tuple[str, ...]:
    """Why this person's information would be shared whatever a family answers: codes, () where they are asked.

    A concern counts here until a person decided a MASH enquiry about the child after it came: that they saw it, and what
    they decided, says more. Source: research/domain.md 2.12 S1-S3, S12.
    """
    person = survivor(desk, person)
    known = subjects(desk, [person]).get(person, Subject(person=person))
    found: set[str] = {*known.grounds, *_of_enquiries(desk, person), *_of_statuses(desk, person), *_said(desk, person)}
    if known.strategy_discussion or known.stage == "section_47":
        found.add("strategy_discussion")
    if known.duty is not None and known.duty.relevant and known.duty.may_facilitate and not known.duty.more_detrimental:
        found.add("duty_applies")
    if not_to_be_discussed(desk, spoken(desk, person)):
        found.add("not_to_be_discussed")
    return tuple(code for code in ORDER if code in found)


def _of_enquiries(desk: Desk, person: str) -> Iterator[str]:
    """Grounds of MASH enquiries that are open, or that ended in something that goes on."""
    names = family(desk, person)
    for stream in _enquiries(desk, person):
        opened, going = None, True
        for recorded in desk.record.load(stream):
            match recorded.fact:
                case EnquiryOpened() as fact:
                    opened = fact
                case EnquiryDecided(child=child, outcome=outcome) if child in names:
                    going = outcome in GOES_ON
                case _:
                    pass
        if opened is not None and going:
            yield from ground_of_enquiry(opened)


def _enquiries(desk: Desk, person: str) -> list[str]:
    table = store.enquiry
    rows = desk.store.rows(select(table.c.enquiry).where(table.c.child.in_(family(desk, person))))
    return sorted({f"mash-enquiry:{row['enquiry']}" for row in rows})


def _of_statuses(desk: Desk, person: str) -> Iterator[str]:
    today = london_day(desk.clock.now())
    for record in records_of(desk, [person])[person]:
        held = statuses(recorded.fact for recorded in desk.record.load(f"source-record:{record}"))
        for status in held.values():
            yield from ground_of_status(status, today)


def _said(desk: Desk, person: str) -> Iterator[str]:
    """Significant harm, where something that counts for the child is grave by itself and nobody has decided since it came.

    Anything less is no ground before a person has judged it: below that a family is asked.
    """
    names = family(desk, person)
    decided = [
        recorded.envelope.known_at
        for stream in _enquiries(desk, person)
        for recorded in desk.record.load(stream)
        if isinstance(recorded.fact, EnquiryDecided) and recorded.fact.child in names
    ]
    since = max(decided, default=None)
    for one in names:
        held = children.fold(recorded.fact for recorded in desk.record.load(children.stream(one)))
        for signal in held.signals.values():
            if signal.relation == "own" and (since is None or signal.known_at > since):
                yield from grounds_said(signal.indicators, desk.edition.vocabulary) & {"significant_harm"}
