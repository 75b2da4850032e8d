"""Step 7: the only door to words. Ask, ruling, ledger entry; then, and only then, the words.

One entry for each response, committed before the vault is given a grant. If it cannot be written nothing is shown. What
no ruling allows is removed, and shows that it is withheld only where a rule says that it may.
"""

import hashlib
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.domain import questions, rendering
from hub.domain.errors import Refused
from hub.domain.fact import Envelope, NewFact
from hub.domain.item import Grant, Sealed, Words
from hub.domain.ledger import Asked, ClassRuled, StandingAsk, StandingCounted, stream_of
from hub.domain.protocol import Agreed, outside
from hub.domain.sharing import (
    NO_WORDS,
    PURPOSES,
    Ask,
    EnquiryRoom,
    Invokes,
    Kind,
    Organisation,
    Resource,
    Ruled,
    Subject,
    as_category,
    facts_of,
    tier_of,
)
from hub.ports import Clock, Record, Ruling, Rulings, Vault

Plain = str | int | float  # what a page may be handed
_REASON = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")
_ENCODER = msgspec.json.Encoder(order="deterministic")


class ItemRef(Struct, frozen=True, kw_only=True):
    """Something that might be shown: sealed words, or codes already in the clear (`sealed` None, `codes` given).

    `persons` are the person ids that it is about, as linked now. `position` is where the record holds it.
    """

    item: str
    category: Ruled
    organisation: Organisation
    persons: tuple[str, ...]
    position: int
    sealed: Sealed | None = None
    codes: tuple[tuple[str, Plain], ...] = ()
    setting: str = ""
    kind: Kind = "concern"
    tier: int = 0
    third_party: bool = False
    source_protected: bool = False
    sexual_health: bool = False
    room: str = "sealed"
    released_to: frozenset[str] = frozenset()
    only_in: frozenset[tuple[str, str]] = frozenset()  # released for one MASH enquiry alone: to whom, in which
    mentioned: bool = True  # False: where it is closed nothing says so, because the answer lists no such thing


class Shown(Struct, frozen=True):
    """An item that may be read, as plain text and numbers; no words where its keys were destroyed (`erased`)."""

    item: str
    category: str
    organisation: str
    about: tuple[str, ...]
    words: dict[str, Plain]
    erased: bool = False


class Withheld(Struct, frozen=True):
    """Items that are not shown and may be known of. As "count" it says how many and nothing else."""

    items: int
    shown_as: str  # reason | count
    category: str = ""
    organisation: str = ""
    policies: tuple[str, ...] = ()
    clause: str = ""  # of the protocol, where the share stands outside it


class Disclosed(Struct, frozen=True):
    """One response: what may be shown, what is withheld, under which edition, and the ledger entry that let it out."""

    ledger_position: int
    shown: tuple[Shown, ...]
    withheld: tuple[Withheld, ...]
    edition: str
    faults: int
    under: tuple[str, ...] = ()  # of the items shown, those of a child for whom the asker leans on an exception
    outside: tuple[tuple[str, str], ...] = ()  # items withheld with their reason, and by which clause of the protocol


class Redacted(Struct, frozen=True):
    """What `redact` leaves of the items that were asked for."""

    kept: tuple[ItemRef, ...]
    withheld: tuple[Withheld, ...]
    removed: int
    outside: tuple[tuple[str, str], ...] = ()  # as in Disclosed


def ref(
    sealed: Sealed, persons: Sequence[str], organisation: Organisation, position: int, *, setting: str = ""
) -> ItemRef:
    """An item of words as it lies in a fact: about these persons, of this organisation, at this position."""
    return ItemRef(
        item=sealed.item, category=as_category(sealed.category), organisation=organisation, persons=tuple(persons),
        position=position, sealed=sealed, setting=setting,
    )  # fmt: skip


def new_ask() -> str:
    """A random id for an ask."""
    return uuid.uuid4().hex


def disclose(
    ask: Ask, items: Sequence[ItemRef], *, subjects: Mapping[str, Subject], enquiry: EnquiryRoom | None = None,
    edition: str, rulings: Rulings, ledger: Record, vault: Vault, clock: Clock, journey: str = "",
    agreed: Agreed | None = None,
) -> Disclosed:  # fmt: skip
    """What this ask may be shown of these items, now. `subjects` holds what is on record of each person they are about.

    Items are ruled by class, each against the protocol in force (`agreed`); a person missing from `subjects` keeps the item
    closed as a fault. The entry is committed before any word opens. Raises Refused for a purpose or reason that is no code,
    TryLater where the ledger cannot be written (then nothing is shown), KeyMissing where a key is lost (an incident).

    Source: DESIGN section 5; research/architecture.md 2.15.
    """
    if ask.action not in {"read", "export"}:
        raise Refused("disclose answers read and export: intake has its own three questions", "action")
    if ask.purpose not in PURPOSES:
        raise Refused("choose the purpose from the list", "purpose")
    if not _REASON.fullmatch(ask.reason):
        raise Refused("give the reason as a code: a name or sentence may not stand in the ledger", "reason")
    classes, classed = _classed(ask, items, subjects, enquiry, agreed)
    ruled = _ruled(ask, classes, rulings)
    by_item: dict[str, Ruling] = {}
    for item, resource in classed:
        # an item handed in twice opens only where both of its classes do
        held = by_item.get(item.item)
        if held is None or held.allowed:
            by_item[item.item] = ruled[resource]
    redacted = redact(items, by_item, {item.item: resource.outside_protocol for item, resource in classed})
    entry = Asked(
        ask=ask.id, who=ask.who.id, roles=ask.who.roles, organisation=ask.who.organisation.id, setting=ask.who.setting,
        action=ask.action, purpose=ask.purpose, reason=ask.reason,
        subjects=tuple(sorted({person for item in items for person in item.persons})), enquiry=ask.enquiry,
        invokes=ask.invokes, rulings=_classes_ruled(classed, ruled), edition=edition, facts=_hash(ask, classes),
        opened=tuple(item.item for item in redacted.kept), withheld=redacted.removed, questions=_questions(ask, classed),
        rendered=_rendered(edition, redacted.kept, classed, ruled),
        places=tuple(item.position if item.sealed is not None else 0 for item in redacted.kept),
        own_family=not redacted.kept and any(not ask.who.related.isdisjoint(item.persons) for item in items),
    )  # fmt: skip
    # the entry is committed before the grant exists: whoever was shown a word is in the ledger, whatever happens next
    position = _commit(ledger, stream_of(ask.id), 0, entry, by=f"{ask.who.kind}:{ask.who.id}", clock=clock,
                       edition=edition, journey=journey)  # fmt: skip
    return Disclosed(
        ledger_position=position, shown=_opened(redacted.kept, vault, position),
        withheld=redacted.withheld, edition=edition, faults=sum(ruling.fault for ruling in ruled.values()),
        under=_under(ask, redacted.kept, classed), outside=redacted.outside,
    )  # fmt: skip


def suppose(
    ask: Ask, items: Sequence[ItemRef], *, subjects: Mapping[str, Subject], enquiry: EnquiryRoom | None = None,
    rulings: Rulings, agreed: Agreed | None = None,
) -> dict[str, Ruling]:  # fmt: skip
    """How each of these items would be ruled now, were this asked: for a preview. Nothing opens, and nobody has looked."""
    classes, classed = _classed(ask, items, subjects, enquiry, agreed)
    ruled = _ruled(ask, classes, rulings)
    return {item.item: ruled[resource] for item, resource in classed}


def _leans(ask: Ask, resource: Resource) -> Invokes:
    """On which exception an ask leans for one class of items: none, where none was recorded for anybody whom it is about."""
    if ask.invokes == "none":
        return "none"
    if any(subject.break_glass is not None for subject in resource.subjects):
        return "break_glass"
    return "override" if any(subject.override is not None for subject in resource.subjects) else "none"


def _ruled(ask: Ask, classes: Sequence[Resource], rulings: Rulings) -> dict[Resource, Ruling]:
    """Each class ruled: as leaning on an exception where that was recorded, and as ever where it was not."""
    leaning: dict[Invokes, list[Resource]] = {}
    for resource in classes:
        leaning.setdefault(_leans(ask, resource), []).append(resource)
    return {
        resource: ruling
        for invokes, some in leaning.items()
        for resource, ruling in zip(some, rulings.decide(replace(ask, invokes=invokes), some), strict=True)
    }


def _under(ask: Ask, kept: Sequence[ItemRef], classed: Sequence[tuple[ItemRef, Resource]]) -> tuple[str, ...]:
    leaning = {item.item for item, resource in classed if _leans(ask, resource) != "none"}
    return tuple(item.item for item in kept if item.item in leaning)


def redact(
    items: Sequence[ItemRef], rulings: Mapping[str, Ruling], clauses: Mapping[str, str] | None = None
) -> Redacted:
    """The items that an allowing, faultless ruling names; everything else is removed, also what nobody ruled on.

    A removed item is mentioned only as its ruling's `shown_as` says: with class and policies, as a number, or not; and not
    where the item itself says so. By item, `clauses` holds the clause by which a share stands outside the protocol.
    """
    kept: list[ItemRef] = []
    mentioned: dict[Withheld, int] = {}
    outside: list[tuple[str, str]] = []
    removed = 0
    for item in items:
        ruling = rulings.get(item.item)
        if ruling is not None and ruling.allowed and not ruling.fault:
            kept.append(item)
            continue
        removed += 1
        if ruling is None or ruling.shown_as == "nothing" or not item.mentioned:
            continue
        if ruling.shown_as == "count":
            mention = Withheld(0, "count")
        else:
            clause = (clauses or {}).get(item.item, "")
            mention = Withheld(0, "reason", item.category, item.organisation.id, ruling.policies, clause)
            outside += [(item.item, clause)] if clause else []
        mentioned[mention] = mentioned.get(mention, 0) + 1
    withheld = tuple(msgspec.structs.replace(mention, items=number) for mention, number in mentioned.items())
    return Redacted(tuple(kept), withheld, removed, tuple(outside))


def _classed(
    ask: Ask,
    items: Sequence[ItemRef],
    subjects: Mapping[str, Subject],
    enquiry: EnquiryRoom | None,
    agreed: Agreed | None,
) -> tuple[list[Resource], list[tuple[ItemRef, Resource]]]:
    """Each item with the class that one ruling settles, and the classes once."""
    classes: dict[Resource, Resource] = {}
    classed: list[tuple[ItemRef, Resource]] = []
    for item in items:
        _check(item)
        known = tuple(subjects[person] for person in item.persons if person in subjects)
        resource = Resource(
            # one person unknown: about nobody, which no ruling opens
            category=item.category, subjects=known if len(known) == len(item.persons) else (),
            owner=item.organisation, setting=item.setting, enquiry=enquiry, tier=item.tier, kind=item.kind,
            third_party=item.third_party, source_protected=item.source_protected, sexual_health=item.sexual_health,
            outside_protocol=outside(
                agreed, item.organisation, ask.who.organisation, ask.purpose, item.category, ask.at
            ),
            room="open" if item.room == "open" else "sealed", released_to=item.released_to,
            only_in=item.only_in,
        )  # fmt: skip
        classed.append((item, classes.setdefault(resource, resource)))
    return list(classes), classed


def _check(item: ItemRef) -> None:
    """What is sealed is ruled as what it is: a caller who calls a narrative "codes" has made a mistake and hears it."""
    sealed = item.sealed
    if sealed is None:
        if item.category not in NO_WORDS:
            raise ValueError(f"item {item.item}: {item.category} is words, and words are handed in sealed")
    elif (sealed.item, sealed.category) != (item.item, item.category) or item.codes:
        raise ValueError(f"item {item.item} is not what it is called: make it with disclose.ref")
    elif sealed.organisation not in {"", item.organisation.id}:
        raise ValueError(f"item {item.item} belongs to another organisation than it is handed in for")


def _classes_ruled(
    classed: Sequence[tuple[ItemRef, Resource]], ruled: Mapping[Resource, Ruling]
) -> tuple[ClassRuled, ...]:
    """Rulings by class for the ledger; classes that differ in nothing it tells are one line."""
    lines: dict[ClassRuled, int] = {}
    for item, resource in classed:
        ruling = ruled[resource]
        line = ClassRuled(
            item.category, item.organisation.id, tier_of(resource), ruling.allowed, ruling.policies, 0,
            "reason" if ruling.allowed else ruling.shown_as, ruling.fault, resource.outside_protocol,
        )  # fmt: skip
        lines[line] = lines.get(line, 0) + 1
    return tuple(msgspec.structs.replace(line, items=number) for line, number in lines.items())


def _questions(ask: Ask, classed: Sequence[tuple[ItemRef, Resource]]) -> bytes:
    """What was put to the policies, so that it can be put again to this edition and to others."""
    items: dict[Resource, int] = {}
    for _, resource in classed:
        items[resource] = items.get(resource, 0) + 1
    asked = [
        (facts_of(replace(ask, invokes=_leans(ask, resource)), resource, duty_in_force=False), number)
        for resource, number in items.items()
    ]
    return questions.encode(ask.who, questions.classes_of(asked))


def _hash(ask: Ask, classes: Sequence[Resource]) -> bytes:
    return hashlib.sha256(_ENCODER.encode((ask, classes))).digest()


def _commit(
    ledger: Record, stream: str, after: int, fact: Asked | StandingAsk | StandingCounted, *, by: str,
    clock: Clock, edition: str, journey: str = "",
) -> int:  # fmt: skip
    now = clock.now()
    envelope = Envelope(known_at=now, received=now, by=by, because="", journey=journey, edition=edition)
    (recorded,) = ledger.append([NewFact(stream, after, fact, envelope)])
    return recorded.position


def _opened(kept: Sequence[ItemRef], vault: Vault, position: int) -> tuple[Shown, ...]:
    """What was let out under the entry at this position; an item that was handed in twice is opened once."""
    closed = {item.sealed.item: item.sealed for item in kept if item.sealed is not None}
    words: dict[str, Words | None] = {}
    if closed:
        grant = vault.grant(position, list(closed.values()))
        words = {ident: vault.open(sealed, grant) for ident, sealed in closed.items()}
    return tuple(_shown(item, words) for item in kept)


def _shown(item: ItemRef, opened: Mapping[str, Words | None]) -> Shown:
    about = item.persons
    if item.sealed is None:
        return Shown(item.item, item.category, item.organisation.id, about, dict(item.codes))
    words = opened[item.item]
    if words is None:
        return Shown(item.item, item.category, item.organisation.id, about, {}, erased=True)
    return Shown(item.item, item.category, item.organisation.id, about, plain(words))


def plain(words: Words) -> dict[str, Plain]:
    """Opened words as plain text and numbers, field by field; what is neither is left out, sealed items above all."""
    told = {name: _say(value) for name, value in words.items()}
    return {name: value for name, value in told.items() if value is not None and value != ""}


def _say(value: object) -> Plain | None:
    said: Plain | None = None
    match value:
        case bool():
            said = "yes" if value else "no"
        case str() | int() | float():
            said = value
        case date():  # a datetime too
            said = value.isoformat()
        case {"forenames": str(forenames), "surname": str(surname), "kind": str(kind)}:
            said = f"{forenames} {surname}".strip() + ("" if kind == "current" else f" ({kind})")
        case {"status": str(status), "value": answer}:  # "not asked" differs from "not known" and from "refused"
            said = str(answer) if status == "known" else status.replace("_", " ")
        case dict():
            said = _join(", ", value.values())
        case list() | tuple():
            said = _join("; ", value)
        case _:
            said = None
    return said


def _join(between: str, values: Iterable[object]) -> str:
    return between.join(str(said) for each in values if (said := _say(each)) not in (None, ""))


def _rendered(
    edition: str, kept: Sequence[ItemRef], classed: Sequence[tuple[ItemRef, Resource]], ruled: Mapping[Resource, Ruling]
) -> str:
    """The hash of what goes out, made before anything opens: it is over what is stored, not over the words."""
    lines: dict[rendering.Line, int] = {}
    for item, resource in classed:
        if resource.subjects:
            ruling = ruled[resource]
            line = rendering.line(
                item.category, item.organisation.id, tier_of(resource), ruling.allowed, ruling.policies, ruling.shown_as,
                ruling.fault,
            )  # fmt: skip
            lines[line] = lines.get(line, 0) + 1
    return rendering.rendered(
        edition, [(item.item, rendering.content(item.sealed, item.codes)) for item in kept], lines
    )


class StandingGrant:
    """A service's standing leave to open identifiers, counted. Nobody sees what it opens."""

    def __init__(self, *, ask: str, position: int, by: str, vault: Vault) -> None:
        self._ask = ask
        self._vault = vault
        self._position = position
        self._by = by
        self._after = 1
        self._opened = 0

    def grant(self, items: Sequence[Sealed]) -> Grant:
        """Leave to open these items once. Raises Refused for anything that is not an identity."""
        if any(item.category != "identity" for item in items):
            raise Refused("matching opens identifiers and nothing else", "category")
        grant = self._vault.grant(self._position, items)
        self._opened += len(items)
        return grant

    def count(self, *, ledger: Record, clock: Clock, edition: str) -> int:
        """Put on the ledger how many were opened since the count before; returns that number, 0 writes nothing."""
        opened = self._opened
        if opened:
            fact = StandingCounted(ask=self._ask, opened=opened)
            _commit(ledger, stream_of(self._ask), self._after, fact, by=self._by, clock=clock, edition=edition)
            self._after += 1
            self._opened -= opened
        return opened


def stand(who: str, *, ledger: Record, vault: Vault, clock: Clock, edition: str) -> StandingGrant:
    """Enter a standing ask for matching ("service:intake") and return the leave it gives.

    One entry at each start of the service. Raises TryLater where the ledger cannot be written.
    """
    ask = new_ask()
    fact = StandingAsk(
        ask=ask, who=who, purpose="matching", category="identity", edition=edition, since=clock.now()
    )  # fmt: skip
    position = _commit(ledger, stream_of(ask), 0, fact, by=who, clock=clock, edition=edition)
    return StandingGrant(ask=ask, position=position, by=who, vault=vault)
