"""The match index made anew: for new key rules, or under a new secret key.

Every source record's sealed identity is opened once, under a standing ledger entry and counted; what is known of it is
normalised as today's rules would, and its keys are made as today's. Nobody's link moves. The old rows are in force until
the new ones are all there, so a rebuild cut short leaves the index as it was.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar, get_args

import msgspec
from msgspec.structs import replace

from hub.domain import message
from hub.domain.comparing import known_as
from hub.domain.item import Words
from hub.domain.known import Kind, Known, merged
from hub.domain.match_keys import keys_of
from hub.domain.naming import forenames_of, plain
from hub.ports import Blind, IndexRow, IndexState, Leave, Record, Vault

T = TypeVar("T")
PAGE = 5_000  # source records read, opened and written at a time


class Reindexer:
    """Makes the match index anew. Nobody else may write to it meanwhile: the caller holds the intake's lease.

    `blind` digests under the key that the index is to have, `before` under the one it has now.
    """

    def __init__(
        self,
        *,
        record: Record,
        vault: Vault,
        standing: Leave,
        before: Blind,
        blind: Blind,
        sounds: Callable[[str], str],
    ) -> None:
        self._record, self._vault, self._standing = record, vault, standing
        self._before, self._blind, self._sounds = before, blind, sounds
        self._normalise = True  # whether what is known was normalised by other rules than today's

    def rebuild(self, version: int, rules: str, done: Callable[[int], None]) -> IndexState:
        """Put a new index in the old one's place, made under this version of the key and by these rules; how it is now.

        `done` is told, after each page, how many source records it held. Raises StaleWriter where somebody wrote to the
        index meanwhile, TryLater where the store is away, KeyMissing for a key that is lost: each leaves the old index.
        """
        state = self._record.index_state()
        self._normalise = state.rules != rules
        self._record.renew_index(self._pages(done), replace(state, version=version, rules=rules))
        return self._record.index_state()

    def _pages(self, done: Callable[[int], None]) -> Iterator[Sequence[tuple[int, IndexRow]]]:
        after = 0
        while page := self._record.index_rows(after, PAGE):
            yield [(number, self._renewed(row)) for number, row in page]
            after = page[-1][0]
            done(len(page))

    def _renewed(self, row: IndexRow) -> IndexRow:
        words = self._vault.open(row.identity, self._standing.grant([row.identity]))
        if words is None:  # erased: nothing leads there any more
            return row.emptied()
        held = msgspec.convert(words["known"], Known)
        known = known_again(held, words.get("words", {})) if self._normalise else held
        identity = row.identity
        if known != held:
            compared = {**words, "known": msgspec.to_builtins(known)}
            identity = self._vault.seal("identity", [row.source_record], compared, row.organisation)
        return replace(row, own=self._own(row, words), keys=self._keys(known), identity=identity)

    def _keys(self, known: Known) -> tuple[bytes, ...]:
        return tuple(self._blind.digest(kind, value) for kind, value in keys_of(known, self._sounds))

    def _own(self, row: IndexRow, words: Words) -> bytes | None:
        """The digest that led to it, under the new key: of its organisation's own id, or of its whole description."""
        if row.own is None or self._before is self._blind:
            return row.own
        digest, own_id = words.get("digest", ""), words.get("words", {}).get("own_id")
        told = [("own", f"{row.organisation}\n{own_id}")] if own_id else []
        told += [("same-words", f"{row.organisation}\n{kind}\n{digest}") for kind in get_args(Kind)]
        return next((self._blind.digest(*one) for one in told if self._before.digest(*one) == row.own), None)


def known_again(held: Known, words: Words) -> Known:
    """What is known of a source record, as today's rules normalise it: by the words that its organisation used last, and
    by what it had said before, of which only the normalised form was kept. Streets that no rule kept before are not there.
    """
    before = known_as(
        message.Person(
            names=tuple(message.Name(*name) for name in held.names), nhs_number=held.nhs, former_upns=held.upns,
            birth_date=held.born, expected_date=held.expected, mother_nhs_number=held.mother_nhs,
            sex=held.sex,
            addresses=(
                *(message.Address((), postcode) for postcode in held.postcodes),
                *(message.Address((street,)) for street in held.streets),
            ),
        ),
        unborn=held.unborn,
        grown=held.grown,
    )  # fmt: skip
    before = _newest_first(before, held)
    said = known_as(_person(words), unborn=held.unborn, grown=held.grown)
    shorter = {(forenames.partition(" ")[0], surname) for forenames, surname in said.names}
    names = tuple(name for name in before.names if name in said.names or name not in shorter)
    return merged(
        replace(before, names=names, former_nhs=held.former_nhs, unnamed=before.unnamed or held.unnamed), said
    )


def _newest_first(before: Known, held: Known) -> Known:
    """What was kept, in the order in which it was kept: the oldest is what gives way when there is too much."""
    names = [("" if held.unborn else forenames_of(forenames), plain(surname)) for forenames, surname in held.names]
    return replace(
        before,
        names=_as_in(names, before.names),
        upns=_as_in(held.upns, before.upns),
        postcodes=_as_in(held.postcodes, before.postcodes),
        streets=_as_in(held.streets, before.streets),
    )


def _as_in(order: Sequence[T], values: Sequence[T]) -> tuple[T, ...]:
    place = {value: number for number, value in reversed(list(enumerate(order)))}
    return tuple(sorted(values, key=lambda value: place.get(value, len(order))))


def _person(words: Words) -> message.Person:
    """The person whom sealed identity words name (see hub.flow.match.identity_words)."""
    named = {name: words[name] for name in message.Person.__struct_fields__ if name in words}
    return msgspec.convert(named, message.Person)
