"""The draft of the next edition, judged before anybody signs it: does it validate, does its scenario table hold, what does
it change. It reads files and editions, and decides nothing.

It promises that a draft with a fault says which policy, which file and line, or which row, and what to mend.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from hub.domain.edition import BadEdition, EditionPublished
from hub.domain.errors import HubError, NotFound
from hub.domain.protocol import Agreed, of_parts
from hub.domain.questions import Question
from hub.domain.signing import Annotated
from hub.ports import Record
from hub.views.models.policies import Change, Compared, PolicyRow
from policies.sharing import BadSet, SharingSet, cases, sharing_set, text_of, where
from policies.sharing.compare import Side, compare, generated
from policies.sharing.table import Judged, RowOutcome, run

NEVER, ALWAYS = date.max, date.min  # commencement days: the duty to share out of the set, and in it
SPACE = 2_000  # generated questions that two sets are compared over


class Ready(Judged, Protocol):
    """One set, read and ready to answer, with its register."""

    register: tuple[Annotated, ...]


Engine = Callable[
    [str, str], Ready
]  # policies' text, schema's text -> a set that answers; raises for one that may not be loaded


Drafts = Callable[[date, Path | None], dict[str, Any]]  # a London day, a folder of policies -> the draft's parts


class Checked(NamedTuple):
    """A set that validates, from files: its text, its register as rows, and the set itself, without and with the duty."""

    drafted: SharingSet
    rows: tuple[PolicyRow, ...]
    sets: dict[bool, Ready]


def check(engine: Engine, on: date, folder: Path | None = None) -> Checked:
    """Read and validate the set of a folder (None: the one that comes with the hub), without the duty to share and with it.

    Raises BadSet for a file that does not read, and for a policy that may not be loaded with file, line and @id.
    """
    drafted = sharing_set(on, folder=folder)
    whole = sharing_set(on, commenced=ALWAYS, folder=folder)
    sets = {
        duty: _loaded(engine, sharing_set(on, commenced=ALWAYS if duty else NEVER, folder=folder))
        for duty in (False, True)
    }
    rows = tuple(
        PolicyRow(
            id=one.id, title=one.title, law=one.law, owner=one.owner, effect=one.effect, part=one.part,
            shown_as=one.withheld if one.effect == "forbid" else "", place=str(where(whole, one.id)), digest=one.digest,
            text=text_of(whole, one.id),
        )
        for one in sets[True].register
    )  # fmt: skip
    return Checked(drafted, rows, sets)


def _loaded(engine: Engine, drafted: SharingSet) -> Ready:
    try:
        return engine(drafted.policies, drafted.schema)
    except HubError as wrong:
        policy, why = str(getattr(wrong, "policy", "")), str(getattr(wrong, "why", wrong))
        if policy:
            raise BadSet(f"{where(drafted, policy)}, policy {policy}: {why}") from None
        raise BadSet(f"{_file_at_fault(engine, drafted)}{why}") from None


def _file_at_fault(engine: Engine, drafted: SharingSet) -> str:
    """The first file that does not parse on its own, where no policy could be named."""
    for name, text in drafted.files.items():
        try:
            engine(text, drafted.schema)
        except HubError as wrong:
            if "does not parse" in str(wrong):
                return f"{name}: "
    return ""


def table(checked: Checked, folder: Path | None = None) -> list[RowOutcome]:
    """The scenario table, every row without the duty to share and with it. Raises BadSet naming file, case and word."""
    return run(cases(folder), checked.sets)


def problem_of(
    engine: Engine, on: date, folder: Path | None = None
) -> tuple[str, list[RowOutcome], tuple[PolicyRow, ...]]:
    """Why a set cannot be published ("" where it can), the rows that were asked, and its register as far as it reads."""
    try:
        checked = check(engine, on, folder)
    except HubError as wrong:
        return str(wrong), [], ()
    try:
        outcomes = table(checked, folder)
    except HubError as wrong:
        return str(wrong), [], checked.rows
    failing = [one for one in outcomes if not one.holds]
    if failing:
        first = failing[0]
        said = f"{len(failing)} rows of the scenario table do not hold, {first.file}, case {first.id} first"
        return f"{said}: expected {first.expected}, found {first.found}", outcomes, checked.rows
    return "", outcomes, checked.rows


class Named(NamedTuple):
    """A set that somebody named to compare with another: an edition's number, "draft", or a folder; with its protocol.

    `on`: the London day on which its protocol is asked. Without one, each question keeps what it says of the protocol.
    """

    name: str
    ready: Ready
    agreed: Agreed | None = None
    on: date | None = None


def named(
    engine: Engine, name: str, on: date, record: Record | None, draft_folder: Path | None,
    drafts: Drafts | None = None,
) -> Named:  # fmt: skip
    """The set of this name. Raises NotFound for an edition that there is not, BadSet for a folder that does not read.

    `drafts` makes the whole draft beside a set of files, for its protocol: a folder of policies has none of its own.
    """
    if name == "draft":
        return _from_files(engine, "the draft", draft_folder, on, drafts)
    if name.isdigit():
        if record is None:
            raise NotFound("an edition is on a hub's record: name its folder with --data")
        parts = edition_parts(record, int(name))
        return Named(f"edition {int(name)}", engine(parts["policies"], parts["cedar_schema"]), agreed_in(parts), on)
    return _from_files(engine, f"the folder {Path(name).name}", Path(name), on, drafts)


def _from_files(engine: Engine, name: str, folder: Path | None, on: date, drafts: Drafts | None) -> Named:
    ready = _loaded(engine, sharing_set(on, folder=folder))
    return Named(name, ready, agreed_in(drafts(on, folder)), on) if drafts else Named(name, ready)


def agreed_in(parts: dict[str, Any]) -> Agreed | None:
    """The protocol of an edition's parts, None where it holds none. Raises BadEdition for one that does not read."""
    try:
        return of_parts(parts)
    except msgspec.ValidationError as error:
        raise BadEdition(f"its protocol does not read: {error}") from error


def edition_parts(record: Record, number: int) -> dict[str, Any]:
    """What an edition says. Raises NotFound."""
    history = record.load(f"edition:{number}")
    if not history or not isinstance(history[0].fact, EditionPublished):
        raise NotFound(f"there is no edition {number}: mash policy editions lists them")
    fact = history[0].fact
    if sha256(fact.content).hexdigest() != fact.content_hash:
        raise BadEdition(f"edition {number}: its bytes do not match their hash; stop and verify the record")
    parts: dict[str, Any] = json.loads(fact.content)  # also of one that newer code cannot judge by
    return parts


def texts_changed(before: Ready, after: Ready) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Policies that were added, removed, and changed in their text, by id."""
    old, new = ({one.id: one.digest for one in ready.register} for ready in (before, after))
    return (
        tuple(sorted(new.keys() - old.keys())),
        tuple(sorted(old.keys() - new.keys())),
        tuple(sorted(one for one in old.keys() & new.keys() if old[one] != new[one])),
    )


def compared(before: Named, after: Named, over: str, asked: Iterable[Question], left_out: int = 0) -> Compared:
    """What the second set, in its protocol, opens and closes over these questions."""
    found = compare(_side(before), _side(after), asked)
    changes = tuple(Change(one.opens, one.why, one.policies, one.count, one.examples) for one in found.changes)
    return Compared(
        over=over, asked=found.asked, opened=found.opened, closed=found.closed, shown_otherwise=found.shown_otherwise,
        changes=changes, left_out=left_out,
    )  # fmt: skip


def _side(one: Named) -> Side:
    return Side(one.ready, one.agreed, one.on)


def over_the_space(before: Named, after: Named, number: int = SPACE) -> Compared:
    """The same over the generated space."""
    return compared(before, after, "generated", generated(number))


def digest_of_table(folder: Path | None) -> str:
    """The scenario table as it stands (SHA-256, hexadecimal); of one that does not read, why."""
    try:
        return sha256(repr(cases(folder)).encode()).hexdigest()
    except HubError as wrong:
        return str(wrong)


def failing_words(outcomes: Sequence[RowOutcome]) -> tuple[str, ...]:
    """The rows that do not hold, each as one sentence."""
    return tuple(
        f"{one.file}, case {one.id} (duty to share {one.duty}): expected {one.expected}, found {one.found}"
        for one in outcomes
        if not one.holds
    )
