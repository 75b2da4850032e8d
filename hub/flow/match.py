"""Step 2: whose it is, and how sure we are.

The same organisation's own id leads to the same source record; else its very same description; else the rules of
hub/domain/matching.py over whoever shares a match key; else a new person. Inside a batch the overlay is asked first,
because the child that the record does not hold yet may be the child of the message before. Work is bounded for each
person: what was left uncompared makes a review. Identifiers are opened under the standing ledger entry, and counted.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Literal
from uuid import uuid4

import msgspec
from msgspec import Struct

from hub.domain import message
from hub.domain.item import Words
from hub.domain.known import Kind, Known, Weight
from hub.domain.matching import (
    FIRM,
    RULES,
    clashes,
    compare,
    keys_of,
    known_as,
    merged,
    singles_out,
)
from hub.ports import Blind, IndexRow, Leave, Record, Vault

MOST_CANDIDATES = 4  # more than a person can hold side by side; the nearest by number of agreeing comparisons stay
MOST_COMPARED = 50  # source records compared with one described person
TOO_COMMON = 401  # source records under one key: a name that so many share says nothing


class Described(Struct, frozen=True):
    """A person as a message describes them."""

    organisation: str
    kind: Kind
    person: message.Person


class Held(Struct, frozen=True):
    """A source record that the hub holds: what matching may compare of it, and the words it was described by so far."""

    source_record: str
    person: str
    known: Known
    digest: bytes
    words: Words
    erased: bool = False


class Placement(Struct, frozen=True, kw_only=True):
    """Where a described person belongs, and why."""

    described: Described
    source_record: str
    person: str
    new_record: bool
    redescribed: bool  # a known source record, of which something new was said
    new_person: bool
    how: Literal["own_id", "same_words", "opened", "rule"]
    in_review: bool = False  # of a new person: somebody known is near, or not everybody could be compared
    candidates: tuple[str, ...] = ()  # of a new person in review: who it may turn out to be
    weights: tuple[Weight, ...] = ()
    runner_up: str | None = None
    under_own_id: bool = False  # the source record is the one that its organisation's own id leads to
    known: Known  # of the source record from now on: what is said now, and what was said before
    words: Words  # likewise
    own: bytes | None
    keys: tuple[bytes, ...]
    digest: bytes

    @property
    def rules(self) -> str:
        """The version of the rules that placed it."""
        return RULES


class Draft(Struct, frozen=True):
    """A described person on the way to a placement."""

    described: Described
    known: Known
    words: Words
    digest: bytes  # of the whole description
    own: bytes | None  # of the organisation's own id
    same_words: bytes | None  # of the organisation and its description, where that singles somebody out


class Company(Struct, frozen=True):
    """Who else one message named, of the children or of the adults: two of them are two people."""

    source_records: set[str]
    persons: set[str]


class Matcher:
    """Places the persons of a batch. One for each batch: it holds the overlay."""

    def __init__(self, *, record: Record, vault: Vault, blind: Blind, standing: Leave) -> None:
        self._record = record
        self._vault = vault
        self._blind = blind
        self._standing = standing
        self._held: dict[str, Held] = {}
        self._keys: dict[Known, tuple[bytes, ...]] = {}
        self._firm: set[bytes] = set()
        self._own: dict[bytes, Held] = {}
        self.freed: list[IndexRow] = []  # of erased source records, without the own id they held: to be written first
        self._near: dict[bytes, dict[str, str]] = {}  # key -> source record -> person: of the record and the overlay
        self._sought: set[bytes] = set()  # keys that the record was asked for

    def place(self, batch: Sequence[Sequence[Described]]) -> list[list[Placement]]:
        """A placement for each person of each message, in order."""
        drafts = [[self._draft(described) for described in one] for one in batch]
        self._look_up([draft for one in drafts for draft in one])
        return [self._place_all(one) for one in drafts]

    def _place_all(self, drafts: Sequence[Draft]) -> list[Placement]:
        """The persons of one message. A child may also stand among its adults (who harmed a brother), so these apart."""
        company = {adults: Company(set(), set()) for adults in (False, True)}
        found = []
        for draft in drafts:
            beside = company[draft.described.kind == "adult"]
            placed = self._place(draft, beside)
            self._remember(placed)
            beside.source_records.add(placed.source_record)
            beside.persons.add(placed.person)
            found.append(placed)
        return found

    # ---------------------------------------------------------------------------------------------- looking up

    def _draft(self, described: Described) -> Draft:
        person, organisation = described.person, described.organisation
        known = known_as(person, unborn=described.kind == "unborn")
        digest = self._blind.digest("identity", msgspec.msgpack.encode(person))
        own = self._blind.digest("own", f"{organisation}\n{person.own_id}") if person.own_id else None
        same_words = None
        if singles_out(known) or (own is not None and known.forenames):
            value = f"{organisation}\n{described.kind}\n{digest.hex()}"
            same_words = self._blind.digest("same-words", value)  # kept apart from own ids by its kind
        return Draft(described, known, identity_words(person), digest, own, same_words)

    def _match_keys(self, known: Known) -> tuple[bytes, ...]:
        keys = self._keys.get(known)
        if keys is None:
            named = [(kind, self._blind.digest(kind, value)) for kind, value in keys_of(known)]
            self._firm.update(key for kind, key in named if kind in FIRM)
            keys = self._keys[known] = tuple(key for _, key in named)
        return keys

    def _look_up(self, drafts: Sequence[Draft]) -> None:
        """All that the batch needs, in three questions to the record."""
        digests = {digest for draft in drafts for digest in (draft.own, draft.same_words) if digest is not None}
        for own, row in self._record.by_own_id(sorted(digests)).items():
            held = self._open(row)
            if held.erased:
                # nothing more is written about an erased person: whom the organisation means is opened anew
                self.freed.append(msgspec.structs.replace(row, own=None, keys=()))
            else:
                self._own[own] = held
        self._seek([draft.known for draft in drafts if self._known_already(draft) is None])

    def _known_already(self, draft: Draft) -> Held | None:
        held = self._own.get(draft.own) if draft.own is not None else None
        return None if held is None or clashes(held.known, draft.known) else held

    def _seek(self, described: Sequence[Known]) -> None:
        """Have at hand who shares a key with any of these, and the rows of the nearest."""
        keys = {key for known in described for key in self._match_keys(known)} - self._sought
        self._sought |= keys
        for key, sharing in self._record.candidates(sorted(keys), TOO_COMMON).items():
            self._near[key] = {**sharing, **self._near.get(key, {})}
        self._have({source_record for known in described for source_record in self._nearest(known)[0]})

    def _have(self, source_records: set[str]) -> None:
        """Read and open those that are not at hand yet."""
        if missing := source_records - self._held.keys():
            for row in self._record.by_source_record(sorted(missing)).values():
                self._open(row)

    def _nearest(self, known: Known) -> tuple[list[str], bool]:
        """The source records to compare, and whether any had to be left out.

        An identifier goes before any number of other keys; then each person once, before anybody a second time, so that
        no crowd of descriptions of one hides another.
        """
        shared: dict[str, int] = {}
        person_of: dict[str, str] = {}
        firm: set[str] = set()
        left_out = False
        for key in self._match_keys(known):
            found = self._near.get(key)
            if not found:
                continue
            if len(found) >= TOO_COMMON:
                left_out = True
                if key not in self._firm:
                    continue
            if key in self._firm:
                firm.update(found)
            for source_record in found:
                shared[source_record] = shared.get(source_record, 0) + 1
            person_of.update(found)
        if not shared:
            return [], left_out
        turns: Counter[str] = Counter()
        order: list[tuple[bool, int, int, str]] = []
        for source_record in sorted(shared, key=lambda one: (one not in firm, -shared[one], one)):
            person = person_of[source_record]
            order.append((source_record not in firm, turns[person], -shared[source_record], source_record))
            turns[person] += 1
        order.sort()
        return [source_record for *_, source_record in order[:MOST_COMPARED]], left_out or len(order) > MOST_COMPARED

    def _open(self, row: IndexRow) -> Held:
        held = self._held.get(row.source_record)
        if held is None:
            held = self._held[row.source_record] = self._read(row)
        return held

    def _read(self, row: IndexRow) -> Held:
        words = self._vault.open(row.identity, self._standing.grant([row.identity]))
        if words is None:  # erased: there is nothing left to compare
            return Held(row.source_record, row.person, Known(), b"", {}, erased=True)
        known = msgspec.convert(words["known"], Known)
        digest = bytes.fromhex(str(words["digest"]))
        return Held(row.source_record, row.person, known, digest, words.get("words", {}))

    # ------------------------------------------------------------------------------------------------- placing

    def _place(self, draft: Draft, beside: Company) -> Placement:
        named = self._own.get(draft.own) if draft.own is not None else None
        if named is not None and named.source_record not in beside.source_records and self._known_already(draft):
            return self._again(draft, named)
        repeated = self._own.get(draft.same_words) if draft.same_words is not None else None
        if repeated is not None and repeated.source_record not in beside.source_records:
            return Placement(
                described=draft.described, source_record=repeated.source_record, person=repeated.person,
                new_record=False, redescribed=False, new_person=False, how="same_words", known=repeated.known,
                words=repeated.words, own=draft.same_words, keys=(), digest=draft.digest,
            )  # fmt: skip
        return self._by_rule(draft, beside, named)

    def _again(self, draft: Draft, held: Held) -> Placement:
        """A known source record: what is said now is added to what was said, and takes nothing of it away."""
        known, words = merged(held.known, draft.known), {**held.words, **draft.words}
        person = draft.described.person
        more = words != held.words or person.addresses or person.characteristics != message.Characteristics()
        redescribed = held.digest != draft.digest and bool(more)
        return Placement(
            described=draft.described, source_record=held.source_record, person=held.person, new_record=False,
            redescribed=redescribed, new_person=False, how="own_id", under_own_id=True,
            known=known if redescribed else held.known, words=words, own=draft.own,
            keys=self._match_keys(known) if redescribed else (),  # said as before, it is found as before
            digest=draft.digest if redescribed else held.digest,
        )  # fmt: skip

    def _by_rule(self, draft: Draft, beside: Company, clashing: Held | None) -> Placement:
        if not self._sought.issuperset(self._match_keys(draft.known)):
            self._seek([draft.known])
        nearest, left_out = self._nearest(draft.known)
        self._have(set(nearest))
        same: dict[str, tuple[Weight, ...]] = {}
        near: dict[str, int] = {clashing.person: 0} if clashing else {}
        for held in (held for source_record in nearest if not (held := self._held[source_record]).erased):
            verdict, weights = compare(draft.known, held.known)
            if verdict == "same" and held.person not in beside.persons:
                same[held.person] = weights
            elif verdict != "apart":
                agreeing = sum(weight.outcome == "agrees" for weight in weights)
                near[held.person] = max(agreeing, near.get(held.person, 0))
        ranked = sorted(near.items(), key=lambda one: (-one[1], one[0]))
        others = [person for person, _ in ranked if person not in same]
        linked = next(iter(same)) if len(same) == 1 and clashing is None else None
        candidates = () if linked else tuple([*sorted(same), *others][:MOST_CANDIDATES])
        # an own id that now names somebody else stays with whom it named first, until a person decides
        by_own_id = draft.own is not None and clashing is None
        own = draft.own if by_own_id else draft.same_words
        if own in self._own:  # said twice in one message: the words lead to whom they named first
            own = None
        return Placement(
            described=draft.described, source_record=str(uuid4()), person=linked or str(uuid4()), new_record=True,
            redescribed=False, new_person=linked is None, how="rule" if linked else "opened",
            in_review=linked is None and (left_out or bool(candidates)), candidates=candidates,
            weights=same[linked] if linked else (), runner_up=others[0] if linked and others else None,
            under_own_id=by_own_id, known=draft.known, words=draft.words, own=own,
            keys=self._match_keys(draft.known), digest=draft.digest,
        )  # fmt: skip

    def _remember(self, placed: Placement) -> None:
        if not (placed.new_record or placed.redescribed):
            return
        held = Held(placed.source_record, placed.person, placed.known, placed.digest, placed.words)
        self._held[held.source_record] = held
        if placed.own is not None:
            self._own[placed.own] = held
        for key in placed.keys:
            sharing = self._near.setdefault(key, {})
            if len(sharing) < TOO_COMMON:
                sharing[held.source_record] = held.person


def identity_words(person: message.Person) -> Words:
    """What names and numbers a person, by field, in the words of an item; only what was given."""
    names = [msgspec.to_builtins(name) for name in person.names]
    words: Words = {
        "names": names, "own_id": person.own_id, "nhs_number": person.nhs_number, "upn": person.upn,
        "former_upns": list(person.former_upns), "birth_date": _day(person.birth_date),
        "expected_date": _day(person.expected_date), "sex": None if person.sex == "not_known" else person.sex,
        "school": person.school, "gp": person.gp, "mother_nhs_number": person.mother_nhs_number,
    }  # fmt: skip
    return {name: value for name, value in words.items() if value not in (None, "", [])}


def _day(day: object) -> str | None:
    return None if day is None else str(day)
