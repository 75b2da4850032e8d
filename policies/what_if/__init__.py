"""What a what-if assumes, as data with its source: minutes for an alert by level, how soon a person decides, what is a lead.

A value without its source, or a level given twice, is refused with the entry and the mend.
"""

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from hub.domain.errors import HubError
from hub.domain.what_if import Assumed

ROOT: Traversable = files(__name__)


class BadAssumption(HubError):
    """Assumptions that cannot be used; the text names the file, the entry and the mend."""


def assumed(root: Traversable = ROOT) -> Assumed:
    """The assumptions. Raises BadAssumption."""
    try:
        made = msgspec.convert(tomllib.loads(root.joinpath("what_if.toml").read_text(encoding="utf-8")), Assumed)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadAssumption(f"what_if.toml: it does not read: {error}") from error
    levels = [one.level for one in made.minutes]
    if len(levels) != len(set(levels)):
        raise BadAssumption("what_if.toml: minutes: a level stands there twice: keep one entry for each")
    if any(one.front_door < 1 or one.allocated_worker < 1 for one in made.minutes):
        raise BadAssumption("what_if.toml: minutes: an alert takes 1 minute or more")
    told = [(f"minutes of level {one.level}", one.source, one.chosen) for one in made.minutes]
    told += [(name, each.source, each.chosen) for name, each in
             (("decides_after", made.decides_after), ("lead_within", made.lead_within))]  # fmt: skip
    for entry, source, chosen in told:
        if not source.strip() or (source.startswith("not stated") and not chosen.strip()):
            raise BadAssumption(
                f"what_if.toml: {entry}: source: name it, or write 'not stated in the source' and how it was chosen"
            )
    if made.decides_after.value < 0 or made.lead_within.value < 1:
        raise BadAssumption("what_if.toml: decides_after is 0 days or more, lead_within 1 or more")
    return made
