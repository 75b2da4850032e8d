"""A partnership as it is shown: every value of its edition, or of its draft, with its source; two beside each other.

It promises to show each value with where it comes from, and to pair levels by what they mean and measures by how they are
worked out, never by their numbers.
"""

from collections.abc import Mapping
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

import msgspec

from hub.domain.errors import NotFound
from hub.domain.rule import NOT_STATED
from hub.views.answers import Answers
from hub.views.desk import Desk
from hub.views.models import Asker
from hub.views.models.partnership import Beside, Compared, Pair, Paper, PartnershipView, Section
from hub.views.partnership_sections import SHOWN, read
from policies.partnerships import (
    ROOT,
    load_partnership,
    partnership_calendar,
    partnership_protocol,
    partnership_together,
    partnerships,
)


def folder_parts(name: str, root: Traversable = ROOT) -> dict[str, Any]:
    """What a folder holds of one partnership, as an edition would. Raises NotFound, BadPartnership."""
    if name not in partnerships(root):
        raise NotFound(f"there is no partnership {name!r}; there are: {', '.join(partnerships(root)) or 'none'}")
    return {
        **load_partnership(name, root=root),
        "calendar": partnership_calendar(name, root=root),
        "together": partnership_together(name, root=root),
        "protocol": {"agreed": partnership_protocol(name, root=root)},
    }


def partnership_view(parts: Mapping[str, Any], section: str = "", edition: str = "") -> PartnershipView:
    """A partnership whole, or one section of it.

    Raises NotFound for a section that there is none of, Refused for an edition from before there was such data.
    """
    held = read(parts)
    made = tuple(
        Section(id=ident, title=title, values=tuple(values(held)), silent=held.partnership.silent.get(ident, ""))
        for ident, (title, values) in SHOWN.items()
        if section in {"", ident}
    )
    if not made:
        raise NotFound(f"there is no section {section!r}; there are: {', '.join(SHOWN)}")
    about = held.partnership
    source = f"{about.source} ({about.chosen})" if about.chosen else about.source
    return PartnershipView(
        name=about.name, title=about.title, source=source, edition=edition, sections=made,
        papers=tuple(Paper(title=one.title, date=one.date, text=one.text) for one in about.document),
        not_stated=sum(value.source == NOT_STATED for one in made for value in one.values),
    )  # fmt: skip


def compared(
    here: Mapping[str, Any], there: Mapping[str, Any], section: str = "", *, everything: bool = False
) -> Compared:
    """Two partnerships, section by section, what differs alone unless `everything`. Raises as partnership_view does."""
    one, other = partnership_view(here, section), partnership_view(there, section)
    paired = [
        Beside(id=left.id, title=left.title, pairs=_pairs(left, right))
        for left, right in zip(one.sections, other.sections, strict=True)
    ]
    same = sum(pair.same for each in paired for pair in each.pairs)
    shown = [
        Beside(id=each.id, title=each.title, pairs=tuple(pair for pair in each.pairs if everything or not pair.same))
        for each in paired
    ]
    return Compared(
        here=one.title, there=other.title, sections=tuple(each for each in shown if each.pairs), same=same,
        different=sum(len(each.pairs) for each in paired) - same,
    )  # fmt: skip


def _pairs(left: Section, right: Section) -> tuple[Pair, ...]:
    held: dict[str, tuple[list[str], list[str]]] = {}
    for side, section in enumerate((left, right)):
        for value in section.values:
            for key in value.keys or (value.subject,):
                held.setdefault(key, ([], []))[side].append(value.says)
    return tuple(Pair(subject=key, here="; ".join(a), there="; ".join(b)) for key, (a, b) in held.items())


class Partnerships(NamedTuple):
    """What pages and programs of staff ask of partnerships. Nothing of it is about any person."""

    desk: Desk
    answers: Answers
    root: Traversable = ROOT

    def view(self, asker: Asker, section: str = "") -> PartnershipView:
        """The partnership of the edition in force."""
        found = partnership_view(self.desk.edition.parts, section, self.desk.edition.id)
        return msgspec.structs.replace(found, stamp=self.answers.stamp(asker))

    def others(self) -> tuple[str, ...]:
        """The partnerships that this one can be put beside, by the names of their folders."""
        own = self.desk.edition.parts["partnership"]["name"]
        return tuple(name for name in partnerships(self.root) if name != own)

    def beside(self, asker: Asker, other: str, section: str = "") -> Compared:
        """The one in force beside the draft of another. Raises NotFound."""
        if other not in self.others():
            raise NotFound(f"there is no other partnership of that name; there are: {', '.join(self.others())}")
        found = compared(self.desk.edition.parts, folder_parts(other, self.root), section)
        return msgspec.structs.replace(found, stamp=self.answers.stamp(asker))
