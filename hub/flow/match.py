"""Step 2: whose it is, and how sure we are.

The same organisation's own id leads to the same source record; else the rules of hub/domain/matching.py over whoever
shares a match key; else a new person. Inside a batch the overlay is asked first, because the child that the record does
not hold yet may be the child of the message before. Identifiers are opened under the standing ledger entry, and counted.
"""

from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import uuid4

import msgspec
from msgspec import Struct

from hub.domain import message
from hub.domain.matching import RULES, Kind, Known, Weight, clashes, compare, keys_of, known_as
from hub.ports import Blind, IndexRow, Leave, Record, Vault

MOST_CANDIDATES = 4  # more than a person can hold side by side; the nearest by number of agreeing comparisons stay


class Described(Struct, frozen=True):
    """A person as a message describes them."""

    organisation: str
    kind: Kind
    person: message.Person


class Held(Struct, frozen=True):
    """A source record that the hub holds, with what matching may compare of it."""

    source_record: str
    person: str
    known: Known
    digest: bytes


class Placement(Struct, frozen=True, kw_only=True):
    """Where a described person belongs, and why."""

    described: Described
    source_record: str
    person: str
    new_record: bool
    redescribed: bool  # a known source record, described otherwise than before
    new_person: bool
    how: Literal["own_id", "opened", "rule"]
    candidates: tuple[str, ...] = ()  # of a new person: who it may turn out to be; then it stands in review
    weights: tuple[Weight, ...] = ()
    runner_up: str | None = None
    known: Known
    own: bytes | None
    keys: tuple[bytes, ...]
    digest: bytes

    @property
    def rules(self) -> str:
        """The version of the rules that placed it."""
        return RULES


class Matcher:
    """Places the persons of a batch. One for each batch: it holds the overlay."""

    def __init__(self, *, record: Record, vault: Vault, blind: Blind, standing: Leave) -> None:
        self._record = record
        self._vault = vault
        self._blind = blind
        self._standing = standing
        self._opened: dict[str, Held] = {}
        self._keys: dict[Known, tuple[bytes, ...]] = {}
        self._own: dict[bytes, Held] = {}
        self._near: dict[bytes, list[Held]] = {}

    def place(self, batch: Sequence[Sequence[Described]]) -> list[list[Placement]]:
        """A placement for each person of each message, in order."""
        drafts = [[self._draft(described) for described in one] for one in batch]
        self._look_up([draft for one in drafts for draft in one])
        return [[self._place(*draft) for draft in one] for one in drafts]

    def _draft(self, described: Described) -> tuple[Described, Known, bytes | None, bytes]:
        known = known_as(described.person, unborn=described.kind == "unborn")
        own_id = described.person.own_id
        own = self._blind.digest("own", f"{described.organisation}\n{own_id}") if own_id else None
        return described, known, own, self._blind.digest("identity", msgspec.msgpack.encode(described.person))

    def _match_keys(self, known: Known) -> tuple[bytes, ...]:
        keys = self._keys.get(known)
        if keys is None:
            keys = self._keys[known] = tuple(self._blind.digest(kind, value) for kind, value in keys_of(known))
        return keys

    def _look_up(self, drafts: Iterable[tuple[Described, Known, bytes | None, bytes]]) -> None:
        drafts = list(drafts)
        owned = self._record.by_own_id([own for _, _, own, _ in drafts if own is not None])
        for own, row in owned.items():
            self._own[own] = self._open(row)
        unknown = [known for _, known, own, _ in drafts if own is None or own not in owned]
        sought = {key for known in unknown for key in self._match_keys(known)}
        for key, rows in self._record.candidates(sorted(sought)).items():
            self._near[key] = [self._open(row) for row in rows]

    def _open(self, row: IndexRow) -> Held:
        held = self._opened.get(row.source_record)
        if held is None:  # one row comes under each key that it shares
            held = self._opened[row.source_record] = self._read(row)
        return held

    def _read(self, row: IndexRow) -> Held:
        words = self._vault.open(row.identity, self._standing.grant([row.identity]))
        if words is None:  # erased: there is nothing left to compare
            return Held(row.source_record, row.person, Known(), b"")
        known = msgspec.convert(words["known"], Known)
        return Held(row.source_record, row.person, known, bytes.fromhex(str(words["digest"])))

    def _place(self, described: Described, known: Known, own: bytes | None, digest: bytes) -> Placement:
        held = self._own.get(own) if own is not None else None
        if held is not None and not clashes(held.known, known):
            # an own id by itself describes nobody, and takes nothing back of what was said before
            described_at_all = described.person != message.Person(own_id=described.person.own_id)
            redescribed = described_at_all and held.digest != digest
            known, digest = merged(held.known, known), digest if redescribed else held.digest
            placed = Placement(
                described=described, source_record=held.source_record, person=held.person, new_record=False,
                redescribed=redescribed, new_person=False, how="own_id", known=known, own=own,
                keys=self._match_keys(known) if redescribed else (),  # said as before, it is found as before
                digest=digest,
            )  # fmt: skip
        else:
            clashing = held
            # an own id that now names somebody else stays with whom it named first, until a person decides
            placed = self._by_rule(described, known, None if clashing else own, digest, clashing)
        self._remember(placed)
        return placed

    def _by_rule(
        self, described: Described, known: Known, own: bytes | None, digest: bytes, clashing: Held | None
    ) -> Placement:
        keys = self._match_keys(known)
        same: dict[str, tuple[Weight, ...]] = {}
        near: dict[str, int] = {clashing.person: 0} if clashing else {}
        for held in {h.source_record: h for key in keys for h in self._near.get(key, ())}.values():
            verdict, weights = compare(known, held.known)
            if verdict == "same":
                same[held.person] = weights
            elif verdict == "near":
                agreeing = sum(weight.outcome == "agrees" for weight in weights)
                near[held.person] = max(agreeing, near.get(held.person, 0))
        ranked = sorted(near.items(), key=lambda one: (-one[1], one[0]))
        others = [person for person, _ in ranked if person not in same]
        linked = next(iter(same)) if len(same) == 1 and clashing is None else None
        candidates = () if linked else tuple([*sorted(same), *others][:MOST_CANDIDATES])
        return Placement(
            described=described, source_record=str(uuid4()), person=linked or str(uuid4()), new_record=True,
            redescribed=False, new_person=linked is None, how="rule" if linked else "opened", candidates=candidates,
            weights=same[linked] if linked else (), runner_up=others[0] if linked and others else None, known=known,
            own=own, keys=keys, digest=digest,
        )  # fmt: skip

    def _remember(self, placed: Placement) -> None:
        held = Held(placed.source_record, placed.person, placed.known, placed.digest)
        if placed.own is not None:
            self._own[placed.own] = held
        for key in placed.keys:
            others = [h for h in self._near.get(key, ()) if h.source_record != held.source_record]
            self._near[key] = [*others, held]
