"""Who was there when organisations met, and who not, with why: the same of a strategy discussion and of any other meeting."""

from collections.abc import Collection, Sequence

from msgspec import Struct

from hub.domain.errors import Refused

ABSENT = {
    "not_reached": "Not reached",
    "not_available": "Nobody was available",
    "declined": "Declined to take part",
    "nothing_held": "Said that they hold nothing",
}


class Present(Struct, frozen=True):
    """Whether one organisation took part; `staff` where it was somebody in the register; `why` (a code) where it did not."""

    organisation: str
    present: bool
    staff: str = ""
    why: str = ""


def check_attendance(asked: Collection[str], present: Sequence[Present], known: Collection[str]) -> None:
    """Refused unless it is said once of everybody who was asked whether they were there, and of who was not, why.

    Who was not asked may have come. `known`: the registered organisations.
    """
    said = [one.organisation for one in present]
    if len(set(said)) != len(said) or not set(said) <= set(known):
        raise Refused("Name each registered organisation once", "present")
    if not set(asked) <= set(said):
        raise Refused("Say of everybody who was asked whether they took part", "present")
    for one in present:
        if not one.present and one.why not in ABSENT:
            raise Refused("Select why they did not take part", "present")
