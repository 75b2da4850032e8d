"""How times, periods and codes read on a page: London time, "4 June 2026 at 9:32am", and never a time nobody gave."""

from datetime import date, datetime

from hub.domain.moments import LONDON
from hub.views.models import When

COVERAGE = {
    "contributed": "Contributed",
    "none_held": "Searched, none held",
    "no_answer": "Asked, no answer yet",
    "not_asked": "Not asked",
    "refused": "Refused",
    "withheld": "Withheld by rule",
}
COVERAGE_COLOURS = {
    "contributed": "green", "none_held": "blue", "no_answer": "yellow", "not_asked": "grey", "refused": "orange",
    "withheld": "purple",
}  # fmt: skip
STATES = {
    "open": "Waiting", "forwarded": "With the worker who is at it", "in_enquiry": "In a MASH enquiry", "decided": "Decided",
}  # fmt: skip


def day(moment: date | datetime) -> str:
    """The London day: "4 June 2026"."""
    local = moment.astimezone(LONDON) if isinstance(moment, datetime) else moment
    return f"{local.day} {local:%B %Y}"


def clock(moment: datetime) -> str:
    """The London time of day: "9:32am", "midday" and "midnight" for 12:00pm and 12:00am."""
    local = moment.astimezone(LONDON)
    if local.minute == 0 and local.hour in {0, 12}:
        return "midnight" if local.hour == 0 else "midday"
    return f"{local.hour % 12 or 12}:{local:%M}{'am' if local.hour < 12 else 'pm'}"


def moment(when: datetime) -> str:
    """A moment: "4 June 2026 at 9:32am"."""
    return f"{day(when)} at {clock(when)}"


def _month(of: datetime) -> str:
    return f"{of.astimezone(LONDON):%B %Y}"


def _season(of: datetime) -> str:
    local = of.astimezone(LONDON)
    names = ("winter", "spring", "summer", "autumn")
    return f"{names[local.month % 12 // 3]} {local.year}"


def period(when: When) -> str:
    """A period as it was claimed: no finer than its precision, so that an unknown time is never shown as midnight."""
    start, end = when.start, when.end
    match when.precision:
        case "unknown":
            return "Not known when"
        case "minute" | "hour":
            about = "about " if when.precision == "hour" else ""
            same_day = day(start) == day(end)
            if start == end or (when.precision == "hour" and same_day and (end - start).total_seconds() <= 3600):
                return f"{day(start)} at {about}{clock(start)}"
            until = clock(end) if same_day else moment(end)
            return f"{day(start)} at {about}{clock(start)} to {until}"
        case "day":
            first, last = day(start), day(end)
        case "week":
            first, last = f"week of {day(start)}", f"week of {day(start)}"
        case "month":
            first, last = _month(start), _month(end)
        case "season":
            first, last = _season(start), _season(end)
        case "year":
            first, last = f"{start.astimezone(LONDON):%Y}", f"{end.astimezone(LONDON):%Y}"
    return first if first == last else f"{first} to {last}"


def short(identity: str) -> str:
    """A random id as people read it aloud: its first eight characters."""
    return identity.rpartition(":")[2].replace("-", "")[:8].upper()


def count(number: int, one: str, many: str) -> str:
    """`1 item`, `2 items`."""
    return f"{number:,} {one if number == 1 else many}"
