"""Two tables in the shape of the Standard Safeguarding Dataset: contacts, early-help episodes. Codes, random ids, no names.

Each child is a look of its own, and each contact is ruled: what the person who exports may not know is not in the file, and
nothing says that it is missing. Columns: Data to Insight's ssd-data-model, tables ssd_contacts and ssd_early_help_episodes.
"""

import csv
import json
from datetime import datetime
from io import StringIO

from hub.domain.decision import CLOSES
from hub.domain.errors import NotFound, Refused
from hub.domain.help import ENDED
from hub.domain.measuring import Happened, History, Span
from hub.domain.moments import LONDON
from hub.domain.referral import ACCEPTED
from hub.views import alerts
from hub.views.asking import look
from hub.views.desk import caught_up, name_of
from hub.views.measuring import Asked, Measuring
from hub.views.members import permitted
from hub.views.models import Asker
from hub.views.rests_on import items_of
from hub.views.telling import codes_of
from hub.views.who_is_who import survivor

CONTACTS = (
    "cont_contact_id", "cont_person_id", "cont_contact_date", "cont_contact_source_code", "cont_contact_source_desc",
    "cont_contact_outcome_json",
)  # fmt: skip
EPISODES = (
    "earl_episode_id", "earl_person_id", "earl_episode_start_date", "earl_episode_end_date", "earl_episode_reason",
    "earl_episode_end_reason", "earl_episode_organisation", "earl_episode_worker_id",
)  # fmt: skip
TABLES = {"contacts": CONTACTS, "early_help": EPISODES}
MOST = 500  # children of one file
REASON = "measure_export"
Rows = list[tuple[str, ...]]


def table(measuring: Measuring, asker: Asker, name: str, asked: Asked) -> tuple[tuple[str, ...], Rows]:
    """Header and rows of one table for a period at a position. One look for each child in it.

    Raises NotFound for a table that is none, Refused where more than MOST children are in it, NotPermitted.
    """
    desk = measuring.desk
    permitted(desk, asker, "supervise")
    if name not in TABLES:
        raise NotFound(f"there is no table {name!r}; there are: {', '.join(TABLES)}")
    caught_up(desk)
    span, position = measuring.when(asked)
    history = measuring.history(("contact", "decided", "level"), position, measuring.hidden(asker))
    contacts = {
        child: [one for one in said if span.holds(one.since or one.at)] for child, said in history.contacts_of.items()
    }
    helped = episodes(history, span) if name == "early_help" else {}
    children = sorted(child for child, said in contacts.items() if said) if name == "contacts" else sorted(helped)
    if len(children) > MOST:
        raise Refused(f"more than {MOST} children are in these days: ask for fewer days", "first")
    rows: Rows = []
    for child in children:
        now = survivor(desk, child)
        items = items_of(desk, now) if name == "contacts" else {}
        known = alerts.signals_of_all(desk, now) if name == "contacts" else {}
        allowed = {
            one.item for one in look(desk, asker, [codes_of(f"picture:{now}", now, 0), *items.values()], REASON).shown
        }
        if f"picture:{now}" not in allowed:
            continue
        if name == "early_help":
            rows += helped[child]
            continue
        for one in contacts[child]:
            if one.ref in items and items[one.ref].item in allowed:
                outcome = _outcome(history, child, one)
                told = json.dumps({"outcome": outcome}) if outcome else ""
                code = known[one.ref].referrer_kind if one.ref in known else ""
                named = desk.edition.vocabulary.referrers.get(code)
                source = (code if named else "", named.label if named else name_of(desk, one.organisation))
                rows.append((one.ref, now, _local(one.since or one.at), *source, told))
    return TABLES[name], rows


def as_csv(header: tuple[str, ...], rows: Rows) -> str:
    """A table as a CSV file's text."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def _outcome(history: History, child: str, contact: Happened) -> str:
    """The first decision about the child after the contact, as a code; "" for none yet."""
    return next(
        (one.what for one in history.of("decided") if one.at >= contact.at and history.now(one.child) == child), ""
    )


def episodes(history: History, span: Span) -> dict[str, Rows]:
    """Times at a level of early help that touch the period, by decisions and by steps that were accepted. Whose worker it is,
    and why it began, stand as words elsewhere.
    """
    began: dict[str, Happened] = {}
    found: dict[str, Rows] = {}

    def close(child: str, until: Happened | None, why: str) -> None:
        start = began.pop(child)
        if start.at < span.end and (until is None or until.at >= span.start):
            ends = "" if until is None else _local(until.at)
            row = (f"help-{start.position}", child, _local(start.at), ends, "", why, "", "")
            found.setdefault(child, []).append(row)

    ladder = history.ladder
    for one in history.of("decided", "level"):
        child = history.now(one.child)
        level = ladder.lowest if one.what in CLOSES or not one.level else one.level
        if level in ladder.early and child not in began:
            if one.what not in ACCEPTED:  # what social care took on is no early help, at whichever level
                began[child] = one
        elif level not in ladder.early and child in began:
            step = "Step-up" if level > max(ladder.early) else "Step-down"
            close(child, one, ENDED.get(one.what, "") if one.kind == "level" and not one.level else step)
    for child in list(began):
        close(child, None, "")
    return found


def _local(moment: datetime) -> str:
    """A moment as London clocks show it, to the second."""
    return moment.astimezone(LONDON).replace(tzinfo=None).isoformat(timespec="seconds")
