"""Bank holidays, and the offices' hours of each partnership: the calendar of the next edition."""

import tomllib
from datetime import date, time
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from hub.domain.calendar import WEEKDAYS
from hub.domain.errors import HubError

ROOT: Traversable = files(__name__)
HOURS = {"days", "opens", "closes", "source", "chosen"}


class BadCalendar(HubError):
    """A calendar that no clock can run by; the text names the file and the mend."""


def calendar(hours: dict[str, Any], where: str) -> dict[str, Any]:
    """The calendar of an edition: a partnership's hours (`where` is their file) and England's bank holidays.

    Raises BadCalendar: an unknown key or day, hours that end before they begin, no source, a holiday listed twice.
    """
    unknown = sorted(set(hours) - HOURS)
    if unknown:
        raise BadCalendar(f"{where}: unknown key {unknown[0]}; it holds {', '.join(sorted(HOURS))}")
    given = hours.get("days", ())
    days = tuple(given) if isinstance(given, list) else ()
    wrong = [day for day in days if day not in WEEKDAYS]
    if wrong or not days or len(set(days)) != len(days):
        raise BadCalendar(f"{where}: days: name the working days, each once, among {', '.join(WEEKDAYS)}")
    try:
        opens, closes = time.fromisoformat(hours["opens"]), time.fromisoformat(hours["closes"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadCalendar(f'{where}: opens and closes: write London time as "09:00"') from error
    if closes <= opens:
        raise BadCalendar(f"{where}: closes: the office closes after it opens")
    if not str(hours.get("source", "")).strip():
        raise BadCalendar(f"{where}: source: name it, or write 'not stated in the source' and say how it was chosen")
    listed = bank_holidays()
    return {
        "days": list(days), "opens": opens.isoformat("minutes"), "closes": closes.isoformat("minutes"),
        "holidays": [day.isoformat() for day in listed], "listed_until": listed[-1].year,
        "source": str(hours["source"]), "chosen": str(hours.get("chosen", "")),
    }  # fmt: skip


def bank_holidays(root: Traversable = ROOT) -> list[date]:
    """England's bank holidays, oldest first. Raises BadCalendar for a day that is listed twice or under a wrong year."""
    years = tomllib.loads(root.joinpath("england.toml").read_text(encoding="utf-8"))["year"]
    found: list[date] = []
    for year, days in years.items():
        for day in days:
            if not isinstance(day, date) or str(day.year) != year or day in found:
                raise BadCalendar(f"england.toml: year {year}: {day}: list each day once, under its own year")
            found.append(day)
    return sorted(found)
