"""Step 2: whose it is, and how sure we are.

The same organisation's own id leads to the same source record; else its very same description; else hub/domain/matching.py
decides among whoever shares a match key; else a new person. Inside a batch the overlay is asked first, because the child
that the record does not hold yet may be the child of the message before. Work is bounded for each person: what was left
uncompared makes a review. Identifiers are opened under the standing ledger entry, and counted.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal
from uuid import uuid4

import msgspec
from msgspec import Struct

from hub.domain import message
from hub.domain.alike import Alike, Weighing, alike, still_alike, with_another_number
from hub.domain.comparing import clashes, known_as, singles_out
from hub.domain.guards import fits_under_one_id
from hub.domain.item import Sealed, Words
from hub.domain.known import Kind, Known, Weight, merged
from hub.domain.match_keys import FIRM, WIDE, keys_of
from hub.domain.matching import (
    ALONE,
    MOST_CANDIDATES,
    RULES,
    Beside,
    Company,
    Decision,
    Judge,
    decide,
    in_doubt_after_all,
    two_numbers,
)
from hub.domain.matching import Held as HeldByPersons
from hub.domain.person import HeldApart, HoldingApartEnded, PersonMerged, PersonReinstated, RestrictionSet
from hub.ports import Blind, IndexRow, Leave, Look, Record, Vault

__all__ = ["MOST_CANDIDATES", "Described", "Matcher", "Placement"]

MOST_COMPARED = 50  # source records compared with one described person
FEW = 8  # persons of a batch that are looked for in one question
TOO_COMMON = 401  # source records under one key: what so many share says nothing
COMMON_NAME = 10  # persons under a name alone, where birth date or home were said too; of more, each weighs too little
WIDELY_HELD = 100  # source records under it: more are of more persons than that, and are not read
PAGE = 500


class Described(Struct, frozen=True):
    """A person as a message describes them."""

    organisation: str
    kind: Kind
    person: message.Person


class Identity(Struct, frozen=True):
    """What is sealed of a source record in the match index."""

    known: Known
    digest: str  # in hexadecimal digits
    words: Words = {}


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
    news: bool = False  # of these: others are found by what is new, so whose it may be too is weighed again
    new_person: bool
    how: Literal["own_id", "same_words", "opened", "rule", "model"]
    in_review: bool = False  # of a new person: somebody known is near, or not everybody could be compared
    candidates: tuple[str, ...] = ()  # of a new person in review: who it may turn out to be
    why: tuple[str, ...] = ()  # of a new person in review: what kept it from being linked
    restricted: bool = False  # of a new person in review: one of the candidates is a restricted identity
    weights: tuple[Weight, ...] = ()
    bits: float | None = None
    lead: float | None = None
    runner_up: str | None = None
    under_own_id: bool = False  # the source record is the one that its organisation's own id leads to
    known: Known  # of the source record from now on: what is said now, and what was said before
    words: Words  # likewise
    own: bytes | None
    keys: tuple[bytes, ...]
    digest: bytes
    model: str = ""  # hashes of the model and of its thresholds and guards, where they had a part
    policy: str = ""

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


class Named(Struct, frozen=True):
    """Who else one message named, of the children or of the adults: two of them are two people."""

    source_records: set[str]
    persons: set[str]
    described: list[Known]


class Decided:
    """What persons have decided about identities, as far as it was read from the record: held apart, restricted, merged."""

    NAMES = (HeldApart.NAME, HoldingApartEnded.NAME, RestrictionSet.NAME, PersonMerged.NAME, PersonReinstated.NAME)

    def __init__(self, record: Record) -> None:
        self._record = record
        self._position = 0
        self._apart: dict[str, set[str]] = {}
        self._into: dict[str, str] = {}
        self._restricted: set[str] = set()
        self.held = HeldByPersons()

    def refresh(self) -> HeldByPersons:
        """Read what was added since. Who was merged is held apart from whoever the other was, under the name that stayed."""
        before = self._position
        while page := self._record.read(self._position, PAGE, self.NAMES):
            for recorded in page:
                self._fold(recorded.stream.partition(":")[2], recorded.fact)
            self._position = page[-1].position
        if self._position != before:
            apart: dict[str, set[str]] = {}
            for person, others in self._apart.items():
                apart.setdefault(self._stays(person), set()).update(self._stays(other) for other in others)
            self.held = HeldByPersons(apart, frozenset(self._stays(person) for person in self._restricted))
        return self.held

    def _stays(self, person: str) -> str:
        met = {person}
        while (into := self._into.get(person)) is not None and into not in met:
            met.add(into)
            person = into
        return person

    def _fold(self, person: str, fact: object) -> None:
        match fact:
            case HeldApart(other=other):
                self._apart.setdefault(person, set()).add(other)
            case HoldingApartEnded(other=other):
                self._apart.get(person, set()).discard(other)
            case RestrictionSet(restricted=restricted):
                (self._restricted.add if restricted else self._restricted.discard)(person)
            case PersonMerged(into=into):
                self._into[person] = into
            case PersonReinstated():
                self._into.pop(person, None)
            case _:
                pass  # erased: nobody comes near them any more


class Matcher:
    """Places the persons of a batch. One for each batch: it holds the overlay.

    `sounds` is the phonetic code of the match keys; `judge` an edition's model (None: by rules alone), `population` how
    many source records the index holds, `held` what persons have decided, `sector` an organisation's.
    """

    def __init__(
        self, *, record: Record, vault: Vault, blind: Blind, standing: Leave, sounds: Callable[[str], str],
        judge: Judge | None = None, population: int = 0, held: HeldByPersons | None = None,
        sector: Callable[[str], str] | None = None,
    ) -> None:  # fmt: skip
        self._record = record
        self._vault = vault
        self._blind = blind
        self._standing = standing
        self._sounds = sounds
        self._judge = judge
        self._population = population
        self._by_persons = held or HeldByPersons()
        self._sector = sector or (lambda _: "")
        self._held: dict[str, Held] = {}
        self._rows: dict[str, IndexRow] = {}  # read and not opened
        self._keys: dict[Known, tuple[bytes, ...]] = {}
        self._wide: set[bytes] = set()
        self._firm: set[bytes] = set()
        self._own: dict[bytes, Held] = {}
        self.freed: list[IndexRow] = []  # of erased source records, without the own id they held: to be written first
        self._near: dict[bytes, dict[str, str]] = {}  # key -> source record -> person: of the record and the overlay
        self._crowded: set[bytes] = set()  # keys that too many share
        self._common: set[bytes] = set()  # names that too many bear to say anything beside birth date or home
        self._sought: set[bytes] = set()  # keys that the record was asked for
        self._of: dict[str, list[IndexRow]] = {}  # person -> all its rows, of those that may be linked to
        self.again: list[tuple[int, Placement, list[Alike]]] = []  # by number of the message: who else it may be, now

    def place(self, batch: Sequence[Sequence[Described]]) -> list[list[Placement]]:
        """A placement for each person of each message, in order."""
        drafts = [[self._draft(described) for described in one] for one in batch]
        self._look_up([draft for one in drafts for draft in one])
        placed = [self._place_all(one) for one in drafts]
        self._weigh_again(placed)
        return placed

    def _place_all(self, drafts: Sequence[Draft]) -> list[Placement]:
        """The persons of one message. A child may also stand among its adults (who harmed a brother), so these apart."""
        company = {adults: Named(set(), set(), []) for adults in (False, True)}
        for draft in drafts:
            company[draft.described.kind == "adult"].described.append(draft.known)
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
        expected = described.kind != "adult" and person.birth_date is None and person.expected_date is not None
        known = known_as(person, unborn=described.kind == "unborn" or expected, grown=described.kind == "adult")
        digest = self._blind.digest("identity", msgspec.msgpack.encode(person))
        own = self._blind.digest("own", f"{organisation}\n{person.own_id}") if person.own_id else None
        same_words = None
        if (own is not None and known.forenames) or singles_out(known):
            value = f"{organisation}\n{described.kind}\n{digest.hex()}"
            same_words = self._blind.digest("same-words", value)  # kept apart from own ids by its kind
        return Draft(described, known, identity_words(person), digest, own, same_words)

    def _match_keys(self, known: Known) -> tuple[bytes, ...]:
        keys = self._keys.get(known)
        if keys is None:
            named = [(kind, self._blind.digest(kind, value)) for kind, value in keys_of(known, self._sounds)]
            self._firm.update(key for kind, key in named if kind in FIRM)
            self._wide.update(key for kind, key in named if kind in WIDE)
            keys = self._keys[known] = tuple(key for _, key in named)
        return keys

    def _look_up(self, drafts: Sequence[Draft]) -> None:
        """All that the batch needs: of few persons in one question to the record, of many in two, the own ids first (most
        are known by theirs, and no keys are made for those). One more where an own id names somebody else.
        """
        led = [tuple(one for one in (draft.own, draft.same_words) if one is not None) for draft in drafts]
        if len(drafts) > FEW:
            self._ask([Look(own, ()) for own in led])
            self._seek([d.known for d, own in zip(drafts, led, strict=True) if self._own.keys().isdisjoint(own)])
        else:
            self._ask([self._look(draft.known, own) for draft, own in zip(drafts, led, strict=True)])
        self._seek([d.known for d, own in zip(drafts, led, strict=True) if own and self._known_already(d) is None])

    def _look(self, known: Known, own: tuple[bytes, ...] = ()) -> Look:
        """Of whom a description that gives a number may be linked to, all is wanted: see `_decide`."""
        keys = self._match_keys(known)
        wide = frozenset() if self._by_name_alone(known) else frozenset(self._wide.intersection(keys))
        numbered = bool(known.nhs or known.upns)
        return Look(own, keys, frozenset(self._firm.intersection(keys)), wide, numbered)

    def _ask(self, looks: Sequence[Look]) -> None:
        near = self._record.near(looks, TOO_COMMON, MOST_COMPARED, WIDELY_HELD)
        for own, row in near.own.items():
            held = self._open(row)
            if held.erased:
                # nothing more is written about an erased person: whom the organisation means is opened anew
                self.freed.append(row.emptied())
            else:
                self._own[own] = held
        for key, sharing in near.sharing.items():
            self._near[key] = {**sharing, **self._near.get(key, {})}
        self._crowded |= near.crowded
        self._common |= near.common
        for look in looks:
            if near.own.keys().isdisjoint(look.own):
                self._sought.update(look.keys if near.common.isdisjoint(look.wide) else set(look.keys) - near.common)
        self._rows.update(near.rows)
        self._of |= {person: [] for person in near.whole}
        for row in near.rows.values():
            if row.person in near.whole:
                self._of[row.person].append(row)

    def _known_already(self, draft: Draft) -> Held | None:
        held = self._own.get(draft.own) if draft.own is not None else None
        if held is None:
            return None
        fit = fits_under_one_id(held.known, draft.known, self._judge) if self._judge is not None else None
        return None if clashes(held.known, draft.known, fit) else held

    def _seek(self, described: Sequence[Known]) -> None:
        """Have at hand who shares a key with any of these, and the rows of the nearest on record."""
        unsought = [known for known in described if not self._sought.issuperset(self._narrow_keys(known))]
        if unsought:
            self._ask([self._look(known) for known in unsought])

    def _narrow_keys(self, known: Known) -> Iterable[bytes]:
        """Its keys but for a name that is too common to be looked at beside birth date or home."""
        keys = self._match_keys(known)
        if self._common.isdisjoint(keys) or self._by_name_alone(known):
            return keys
        return set(keys) - self._common

    def _by_name_alone(self, known: Known) -> bool:
        return self._judge is None or not (known.born or known.postcodes)

    def _have(self, source_records: set[str]) -> None:
        """Have the rows of these at hand. They are opened when they are compared, and not before."""
        if missing := source_records - self._held.keys() - self._rows.keys():
            self._rows.update(self._record.by_source_record(sorted(missing)))

    def _nearest(self, known: Known) -> tuple[list[str], bool]:
        """The source records to compare, and whether any had to be left out.

        An identifier goes before any number of other keys; then each person once, before anybody a second time, so that
        no crowd of descriptions of one hides another. By the model, a crowd under one key is passed over where a narrower
        key was looked at: who shares no more than what hundreds share weighs far too little; and so is a name alone that
        some bear, where birth date or home were said.
        """
        passed = self._wide if not self._by_name_alone(known) else set[bytes]()
        shared: dict[str, int] = {}
        person_of: dict[str, str] = {}
        firm: set[str] = set()
        crowded = narrow = False
        for key in self._match_keys(known):
            found = self._near.get(key)
            if key in passed and (key in self._crowded or key in self._common or _borne_by(found) > COMMON_NAME):
                continue
            if key in self._crowded or (found is not None and len(found) >= TOO_COMMON):
                crowded = True
                if key not in self._firm:
                    continue
            elif key not in self._firm and key not in self._wide:
                narrow = True
            if not found:
                continue
            if key in self._firm:
                firm.update(found)
            for source_record in found:
                shared[source_record] = shared.get(source_record, 0) + 1
            person_of.update(found)
        left_out = crowded and not (narrow and self._judge is not None)
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

    def _at_hand(self, source_records: Sequence[str]) -> list[Held]:
        """These, opened together where they were not yet; who is erased is left out: there is nothing left to compare."""
        self._have(set(source_records))
        self._open_all([self._rows[one] for one in source_records if one not in self._held])
        return [held for one in source_records if not (held := self._held[one]).erased]

    def _open(self, row: IndexRow) -> Held:
        self._open_all([row])
        return self._held[row.source_record]

    def _open_all(self, rows: Iterable[IndexRow]) -> None:
        closed = [row for row in rows if row.source_record not in self._held]
        if not closed:
            return
        identities = [row.identity for row in closed]
        opened = self._vault.open_all(identities, self._standing.grant(identities), Identity)
        for row, said in zip(closed, opened, strict=True):
            self._held[row.source_record] = (
                Held(row.source_record, row.person, Known(), b"", {}, erased=True)
                if said is None
                else Held(row.source_record, row.person, said.known, bytes.fromhex(said.digest), said.words)
            )

    # ------------------------------------------------------------------------------------------------- placing

    def _place(self, draft: Draft, beside: Named) -> Placement:
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
        return self._decided(draft, beside, named)

    def _again(self, draft: Draft, held: Held) -> Placement:
        """A known source record: what is said now is added to what was said, and takes nothing of it away."""
        known, words = merged(held.known, draft.known), {**held.words, **draft.words}
        person = draft.described.person
        more = words != held.words or person.addresses or person.characteristics != message.Characteristics()
        redescribed = held.digest != draft.digest and bool(more)
        news = redescribed and not set(self._match_keys(held.known)).issuperset(self._match_keys(known))
        return Placement(
            described=draft.described, source_record=held.source_record, person=held.person, new_record=False,
            redescribed=redescribed, news=news, new_person=False, how="own_id", under_own_id=True,
            known=known if redescribed else held.known, words=words, own=draft.own,
            keys=self._match_keys(known) if redescribed else (),  # said as before, it is found as before
            digest=draft.digest if redescribed else held.digest,
        )  # fmt: skip

    def _decided(self, draft: Draft, beside: Named, clashing: Held | None) -> Placement:
        decision = self._decide(draft, beside, clashing)
        linked = decision.person if decision.verdict == "link" else None
        # an own id that now names somebody else stays with whom it named first, until a person decides
        by_own_id = draft.own is not None and clashing is None
        own = draft.own if by_own_id else draft.same_words
        if own in self._own:  # said twice in one message: the words lead to whom they named first
            own = None
        judge = self._judge if decision.how == "model" or decision.bits is not None else None
        return Placement(
            described=draft.described, source_record=str(uuid4()), person=linked or str(uuid4()), new_record=True,
            redescribed=False, new_person=linked is None, how=decision.how if linked and decision.how else "opened",
            in_review=decision.verdict == "review", candidates=decision.candidates, why=decision.why,
            restricted=decision.restricted, weights=decision.weights if linked else (),
            bits=decision.bits if linked else None, lead=decision.lead, runner_up=decision.runner_up,
            under_own_id=by_own_id, known=draft.known, words=draft.words, own=own,
            keys=self._match_keys(draft.known), digest=draft.digest,
            model=judge.model.id if judge else "", policy=judge.policy.id if judge else "",
        )  # fmt: skip

    def _decide(self, draft: Draft, beside: Named, clashing: Held | None) -> Decision:
        self._seek([draft.known])
        nearest, left_out = self._nearest(draft.known)
        held = self._at_hand(nearest)
        decision = decide(
            draft.known, [Beside(one.source_record, one.person, one.known) for one in held], self._judge,
            population=self._population, sector=self._sector(draft.described.organisation),
            company=Company(beside.persons, tuple(one for one in beside.described if one is not draft.known)),
            own_id_of=clashing.person if clashing else "", left_out=left_out, held=self._by_persons,
        )  # fmt: skip
        if decision.person is None or not (draft.known.nhs or draft.known.upns):
            return decision
        # a record that shares no key with the description may hold the number that speaks against it
        against = two_numbers(draft.known, self._all_known_of(decision.person))
        return in_doubt_after_all(decision) if against else decision

    # ------------------------------------------------------------------------------------------ weighed once more

    def _weigh_again(self, placed: Sequence[Sequence[Placement]]) -> None:
        """Who else the known ones of this batch may be, by all that the batch said: nothing is asked where nothing is new."""
        news = [(number, placement) for number, one in enumerate(placed) for placement in one if placement.news]
        self._seek([self._held[placement.source_record].known for _, placement in news])
        for number, placement in news:
            grown = placement.described.kind == "adult"
            beside = [
                one for one in placed[number]
                if one.source_record != placement.source_record and (one.described.kind == "adult") == grown
            ]  # fmt: skip
            company = Company(frozenset(one.person for one in beside), tuple(one.known for one in beside))
            found = self.alike(self._held[placement.source_record], placement.described.organisation, company)
            self.again.append((number, placement, found))

    def weighing(self, organisation: str = "", company: Company = ALONE) -> Weighing:
        """By what a source record of this organisation is weighed."""
        return Weighing(
            judge=self._judge, population=self._population, company=company, held=self._by_persons,
            sector=self._sector(organisation) if organisation else "",
        )  # fmt: skip

    def keys_of(self, known: Known) -> tuple[bytes, ...]:
        """The match keys of a description, under the index's secret."""
        return self._match_keys(known)

    def beside(self, known: Known) -> list[Beside]:
        """The nearest source records that share a key with a description; nobody is placed by it."""
        self._seek([known])
        nearest, _ = self._nearest(known)
        return [Beside(one.source_record, one.person, one.known) for one in self._at_hand(nearest)]

    def alike(self, held: Held, organisation: str, company: Company = ALONE) -> list[Alike]:
        """Who else a source record may be about: whom it would have been linked to, or put before a person beside."""
        self._seek([held.known])
        nearest, _ = self._nearest(held.known)
        mine = Beside(held.source_record, held.person, held.known)
        near = self._at_hand(nearest)
        beside = [Beside(one.source_record, one.person, one.known) for one in near]
        found = alike(mine, beside, self.weighing(organisation, company))
        linked = [one for one in found if one.verdict == "link"]
        if not linked:
            return found
        self._have_all_of([held.person, *(one.other for one in linked)])
        known = list(self._all_known_of(held.person))
        return [
            with_another_number(one, known, list(self._all_known_of(one.other))) if one in linked else one
            for one in found
        ]  # fmt: skip

    def on_record(self, source_records: Sequence[str]) -> list[Held]:
        """These as the record holds them, without those erased; who shares a key with any of them is asked for at once."""
        held = self._at_hand(source_records)
        self._seek([one.known for one in held])
        return held

    def still_alike(self, person: str, other: str) -> bool:
        """Whether anything known of one person comes near anything known of another, as the batch has it."""
        self._have_all_of([person, other])
        return still_alike(self._all_known_of(person), self._all_known_of(other), self.weighing())

    def _have_all_of(self, persons: Iterable[str]) -> None:
        """Have the rows of these persons at hand, all of them; they are opened when they are compared."""
        if missing := set(persons) - self._of.keys():
            self._of |= {person: [] for person in missing}
            for row in self._record.of_persons(sorted(missing)):
                self._of[row.person].append(row)

    def _all_known_of(self, person: str) -> Iterator[Known]:
        """What every source record of a person says, as the batch has it so far."""
        self._have_all_of([person])
        here = [one for one in self._held.values() if one.person == person]
        met = {one.source_record for one in here}
        rows = [row for row in self._of[person] if row.source_record not in met]
        self._open_all(rows)
        for one in (*here, *(self._held[row.source_record] for row in rows)):
            if not one.erased:
                yield one.known

    def _remember(self, placed: Placement) -> None:
        if placed.new_person:
            self._of[placed.person] = []  # nothing of it is on record yet
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


def _borne_by(sharing: Mapping[str, str] | None) -> int:
    """Persons, not source records: a child whom many organisations know has no common name by that."""
    return len(set(sharing.values())) if sharing else 0


def descriptions(source_records: Sequence[str], *, record: Record, vault: Vault, standing: Leave) -> list[Known]:
    """What may be compared of these source records, for who weighs a match anew; what was erased is left out."""
    rows = record.by_source_record(list(source_records)).values()
    identities = [row.identity for row in rows]
    opened = vault.open_all(identities, standing.grant(identities), Identity)
    return [said.known for said in opened if said is not None]


def description_in(sealed: Sealed, *, vault: Vault, standing: Leave) -> Known | None:
    """What may be compared of somebody whom the hub itself holds a description of; None where that was erased."""
    words = vault.open(sealed, standing.grant([sealed]))
    return None if words is None else msgspec.convert(words["known"], Known)


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
