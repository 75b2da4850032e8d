"""The sentences of an alert, made by the rule from codes: why, why now, what would raise it, what would let it rest.

They name organisations, indicators and dates, never a person; change one piece of evidence and they change.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct

from hub.domain.counting import DAY_OR_FINER, Incident
from hub.domain.moments import london_day
from hub.domain.rule import Absence, Count, Grave, InSequence, Steps
from hub.domain.signal import Signal
from hub.domain.smallest import critical, lets_rest, smallest
from hub.domain.thresholds import Ready, Stand

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
SHOWN = 6  # incidents that are spelt out; the rest are counted
DONE = {  # what became of help (hub/flow/count_decided.py); every other outcome is of a decision
    "stepped_up": "stepped up", "stepped_down": "stepped down", "offered": "help offered",
    "accepted": "help accepted", "declined": "help declined", "disengaged": "the family stopped working with it",
    "help_ended": "help ended", "plan_better": "plan of help: better for the child",
    "plan_same": "plan of help: much the same", "plan_worse": "plan of help: worse for the child",
    "plan_not_known": "plan of help: it cannot be said",
}  # fmt: skip
FRONT_DOOR_WORDS = {"front_door": "The front door"}  # in place of an organisation, where people of the hub decided
FEW = {2: "two", 3: "three", 4: "four"}
LATE_DAYS = 7  # from here on a report says how late it came


class Reasons(Struct, frozen=True):
    """What a person reads on an alert, and the signals behind it."""

    evidence: tuple[str, ...]
    smallest: tuple[str, ...]
    why: str
    why_now: str
    would_raise: str
    would_rest: str
    journey: str  # message id of the signal that became known last


def explain(ready: Ready, found: Stand, as_of: datetime, organisations: Mapping[str, str]) -> Reasons:
    """Say why the rule stands. `organisations` gives names by id; an id without a name is shown as it is."""
    newest = max(found.reports, key=lambda report: (report.known_at, report.id))
    return Reasons(
        evidence=found.evidence,
        smallest=smallest(ready, found, as_of),
        why=_why(ready, found, organisations),
        why_now=_why_now(ready, found, newest, organisations),
        would_raise=ready.would_raise,
        would_rest=_would_rest(ready, found, as_of, organisations),
        journey=newest.id.rpartition("/")[0],
    )


def day_words(day: date) -> str:
    """A day as people write it: 4 June 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _why(ready: Ready, found: Stand, organisations: Mapping[str, str]) -> str:
    when = ready.rule.when
    told = _list(ready, found.incidents, organisations)
    match when:
        case Count():
            owners = {report.organisation for incident in found.incidents for report in incident.reports}
            counted = f"{_number(len(found.incidents), 'incident')} known first hand"
            text = f"{counted}, from {_number(len(owners), 'organisation')}, {_span(found)}: {told}."
        case Grave():
            echo = all(incident.first.how_known == "told_by_organisation" for incident in found.incidents)
            text = f"{told}." + (" Nobody has reported it first hand yet." if echo else "")
        case InSequence() | Steps():
            text = f"One after the other within {_number(when.within_days, 'day')}, {_span(found)}: {told}."
        case Absence():
            since = found.since or found.start
            if found.seen_before:
                seen = f"No organisation has reported seeing the child since {day_words(since)}"
            else:
                seen = (
                    f"No organisation has ever reported seeing the child, first heard of or born on {day_words(since)}"
                )
            text = f"{seen}, and this was known: {told}."
    if found.also:
        text += f" It stands besides on {_number(len(found.also), 'incident')} outside these days."
    if found.possible:
        text += " It stands only together with a report that may be about another child: identity is in review."
    return text


def _why_now(ready: Ready, found: Stand, newest: Signal, organisations: Mapping[str, str]) -> str:
    when = ready.rule.when
    if isinstance(when, Absence):
        return f"On {day_words(found.end)} the child had been unseen for {_number(when.unseen_days, 'day')} or longer."
    happened, came = london_day(newest.occurred_end), london_day(newest.received)
    incident = next(one for one in (*found.incidents, *found.also) if newest in one.reports)
    text = f"The newest report reached the hub on {day_words(came)}: {_one(ready, incident, newest, organisations)}."
    late = (came - happened).days
    return text + (f" It came {late} days after it happened." if late > LATE_DAYS else "")


def _would_rest(ready: Ready, found: Stand, as_of: datetime, organisations: Mapping[str, str]) -> str:
    if isinstance(ready.rule.when, Absence):
        return "A report by any organisation that it has seen the child lets it rest."
    needed = critical(ready, found, as_of)
    if needed:
        one = _list(ready, needed, organisations)
        return f"It would not stand if any of this is corrected, withdrawn or about another child: {one}."
    some, fewest = lets_rest(ready, found, as_of)
    rests = "corrected, withdrawn or about another child"
    if not some:
        return f"No single report carries it: {FEW[fewest]} or more would have to be {rests}."
    these = "both" if len(some) == 2 else f"all {FEW[len(some)]}"
    told = _list(ready, some, organisations)
    return f"No single report carries it. It would not stand if {these} of these are {rests}: {told}."


def _list(ready: Ready, incidents: Sequence[Incident], organisations: Mapping[str, str]) -> str:
    newest = incidents[::-1]
    told = [
        _one(ready, incident, incident.first, organisations) + _others(incident, organisations)
        for incident in newest[:SHOWN]
    ]
    if len(newest) > SHOWN:
        told.append(f"and {len(newest) - SHOWN} more")
    return "; ".join(told)


def _others(incident: Incident, organisations: Mapping[str, str]) -> str:
    """Which other organisations recorded the same incident themselves: it counts for each of them."""
    others = sorted({one.organisation for one in incident.reports} - {incident.first.organisation})
    return f", recorded by {' and '.join(_owner(one, organisations) for one in others)} too" if others else ""


def _owner(organisation: str, organisations: Mapping[str, str]) -> str:
    return organisations.get(organisation, FRONT_DOOR_WORDS.get(organisation, organisation))


def _one(ready: Ready, incident: Incident, report: Signal, organisations: Mapping[str, str]) -> str:
    said = incident.indicators.intersection(report.indicators) or incident.indicators
    owner = _owner(report.organisation, organisations)
    day = day_words(london_day(report.occurred_end))
    when = f"on {day}" if report.precision in DAY_OR_FINER else f"in a period up to {day}"
    return f"{owner} {when}{of_whom(report)} ({_labels(ready, said) or not_said(report)})"


def not_said(report: Signal) -> str:
    """What a signal without indicators is: what people did for the child, with the level that they set, else its kind."""
    if not report.outcome:
        return report.kind.replace("_", " ")
    what = DONE.get(report.outcome, f"decided: {report.outcome.replace('_', ' ')}")
    return what + (f", level {report.level}" if report.level else "")


def of_whom(signal: Signal) -> str:
    """Of whom a signal is, where it is not of the child itself: part of a sentence, beginning with a comma."""
    return {
        "sibling": ", about another child of the household",
        "adult": ", about an adult of the household",
        "household": ", in the household" if signal.kind == "household_change"
        else ", about another child and an adult of the household",
    }.get(signal.relation, "")  # fmt: skip


def _labels(ready: Ready, codes: Iterable[str]) -> str:
    known = ready.vocabulary.indicators
    return "; and ".join(
        _lower(known[code].label) if code in known else code.replace("_", " ") for code in sorted(codes)
    )


def _lower(label: str) -> str:
    """A label inside a sentence: its first letter small, unless it is an abbreviation."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _span(found: Stand) -> str:
    first, last = found.incidents[0].day, found.incidents[-1].day
    return f"on {day_words(last)}" if first == last else f"between {day_words(first)} and {day_words(last)}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
