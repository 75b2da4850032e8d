"""What pages, programs and commands show of a partnership: section by section, each value with where it comes from."""

from msgspec import Struct

from hub.views.models import Stamp


class Value(Struct, frozen=True, kw_only=True):
    """One value: of what, what it says, its source, and how it was chosen. `keys` pair it with another partnership's."""

    subject: str
    says: str
    source: str = ""
    chosen: str = ""
    keys: tuple[str, ...] = ()


class Section(Struct, frozen=True, kw_only=True):
    """A part of a partnership's data. `silent`: how the hub does without, where the source names nothing."""

    id: str
    title: str
    values: tuple[Value, ...] = ()
    silent: str = ""


class Paper(Struct, frozen=True, kw_only=True):
    """A paper that sources name; lines are those of `text`."""

    title: str
    date: str
    text: str = ""


class PartnershipView(Struct, frozen=True, kw_only=True):
    """One partnership. `edition`: the edition that says so; "" for a folder of the draft."""

    name: str
    title: str
    source: str
    edition: str = ""
    papers: tuple[Paper, ...] = ()
    sections: tuple[Section, ...] = ()
    not_stated: int = 0
    stamp: Stamp | None = None


class Pair(Struct, frozen=True, kw_only=True):
    """The same thing in two partnerships; "" where one has none."""

    subject: str
    here: str
    there: str

    @property
    def same(self) -> bool:
        """Whether both say the same."""
        return self.here == self.there


class Beside(Struct, frozen=True, kw_only=True):
    """One section of two partnerships."""

    id: str
    title: str
    pairs: tuple[Pair, ...] = ()


class Compared(Struct, frozen=True, kw_only=True):
    """Two partnerships beside each other; what is the same is left out unless it was asked for."""

    here: str
    there: str
    sections: tuple[Beside, ...] = ()
    same: int = 0
    different: int = 0
    stamp: Stamp | None = None
