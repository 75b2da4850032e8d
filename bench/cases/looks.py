"""What somebody reads or tries on a day of a replayed case, through the hub's own doors; nothing is looked up behind them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from bench.cases.format import Case
from bench.cases.result import Look, Looked
from bench.cases.services import DECIDER, Services, asker
from bench.cases.telling import Event
from hub.bootstrap import Hub
from hub.domain.errors import NotFound, Refused
from hub.domain.request import AskParties, Party
from hub.domain.staff import RegisterStaff
from hub.views.chronology import LABELS
from hub.views.models import Asker

LEAST = 12  # characters of a row's words that, found on a page, are these words


def look(hub: Hub, case: Case, services: Services, known: Iterable[Event], wanted: Look) -> Looked:
    """What came of this look; `known` are the events that the hub has heard."""
    persons = services.concerned(case.header.child)
    if not persons:
        return Looked(refused="nothing on record about this child", because=("child",))
    person = persons[-1]
    try:
        match wanted.what:
            case "closing":
                waits = services.close_alone(person)
                return Looked(because=waits, refused="a named manager must agree" if waits else "")
            case "holders":
                return _holders(hub, case, known, person)
            case "request":
                return _request(hub, case, services, known, person, wanted.party)
    except Refused as refused:
        return Looked(refused=str(refused), because=(refused.field,))
    except NotFound as missing:
        return Looked(refused=str(missing), because=("child",))


def _holders(hub: Hub, case: Case, known: Iterable[Event], person: str) -> Looked:
    """Who holds something that bears on the child, as the front door reads it before any MASH enquiry."""
    picture = hub.picture(asker(DECIDER), person, "")
    names = {one.name: code for code, one in case.header.organisations.items()}
    lines = tuple(
        (names.get(one.organisation, ""), f"{one.state}: {one.holds}") for one in picture.coverage if one.holds
    )
    return Looked(lines=lines, open=_open_in(picture, known, DECIDER.organisation))


def _request(hub: Hub, case: Case, services: Services, known: Iterable[Event], person: str, to: str) -> Looked:
    """A MASH enquiry asks `to` and sends what is on record along in codes; what its own staff then read."""
    organisation, _, setting = to.partition("/")
    enquiry = services.open(person)
    front = asker(DECIDER)
    wish = AskParties(
        enquiry=enquiry, parties=(Party(organisation, setting),), children=(person,), purpose="child_protection",
        questions=("seen",), told=("names", "birth_date", "on_record"), out_of_term="The head of the setting.",
        by=DECIDER.staff,
    )  # fmt: skip
    (request,) = hub.requesting.ask(front, wish)
    staff = RegisterStaff(
        staff=f"staff-{organisation}-asked", organisation=organisation, setting=setting,
        roles=("setting_safeguarding_lead" if setting else "navigator",),
        ig_trained_until=datetime.max.replace(tzinfo=UTC),
    )  # fmt: skip
    hub.register_staff([staff])
    read = hub.replying.request(Asker(staff.staff, organisation, setting, staff.roles), request)
    names = {one.name: code for code, one in case.header.organisations.items()}
    told = [one.text for child in read.children for one in child if one.label == LABELS["on_record"]]
    lines = tuple((_whose(names, one), one) for one in told)
    return Looked(lines=lines, open=_open_in(read, known, organisation))


def _whose(names: Mapping[str, str], line: str) -> str:
    """Which organisation a line on record is of: it begins with its name."""
    return next((code for name, code in names.items() if line.startswith(f"{name}, ")), "")


def _open_in(page: Any, known: Iterable[Event], reader: str) -> tuple[str, ...]:
    """The rows of which any words stand on this page, but for those of the reader's own organisation."""
    text = msgspec.json.encode(page).decode()
    others = [event for event in known if event.row.organisation != reader]
    return tuple(dict.fromkeys(event.row.id for event in others if any(one in text for one in _words(event))))


def _words(event: Event) -> list[str]:
    said = event.row.said
    told = [
        said.words,
        *(one.observation or "" for one in said.subjects),
        *(one.observation or "" for one in said.adults),
    ]
    told += [one.voice or "" for one in said.subjects]
    return [msgspec.json.encode(one).decode()[1:-1] for one in told if len(one) >= LEAST]
