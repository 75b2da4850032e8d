"""Step 8: a person decides. May they, load, decide, append; a race with somebody else is an ordinary conflict."""

from collections.abc import Callable, Mapping, Sequence

from hub.domain.errors import NotFound, Refused, VersionConflict
from hub.domain.fact import Envelope, Fact, NewFact, Recorded
from hub.domain.item import Category, Sealed, Words
from hub.domain.person import Person, fold, survivor
from hub.ports import Clock, Keys, Record, Vault

TRIES = 10


class Stale(Refused):
    """Something came in after the page was read: the person reads it and decides again. `news` are positions."""

    def __init__(self, news: Sequence[int]) -> None:
        what = "1 new fact" if len(news) == 1 else f"{len(news)} new facts"
        super().__init__(f"{what} came in since you opened this page: read it, then decide", "stale")
        self.news = tuple(news)


class Act:
    """What a person may do on the record. The permission to do it is checked by the caller's guard and named in `by`."""

    def __init__(self, *, record: Record, vault: Vault, keys: Keys, clock: Clock, edition: str, hub: str) -> None:
        self._record, self._vault, self._keys, self._clock = record, vault, keys, clock
        self._edition, self._hub = edition, hub

    def person(self, child: str) -> Person:
        """Who this is held to be now: of one who was merged, the one that stayed. Raises NotFound."""
        state = self._load_person(survivor(child, self._load_person))
        if not state.version:
            raise NotFound("no such child")
        return state

    def _load_person(self, person: str) -> Person:
        return fold(person, (recorded.fact for recorded in self._record.load(f"person:{person}")))

    def append(self, stream: str, decide: Callable[[list[Recorded]], Sequence[Fact]], by: str) -> list[Recorded]:
        """Load a stream, decide, append; again when somebody else was faster. For registers and re-admission."""
        for _ in range(TRIES):
            history = self._record.load(stream)
            facts = decide(history)
            if not facts:
                return []
            try:
                return self.write([(stream, len(history), fact) for fact in facts], by, "")
            except VersionConflict:
                continue
        raise VersionConflict(f"{stream} keeps being written to: try again")

    def own_words(self, about: str | Sequence[str], words: Words, category: Category = "rationale") -> Sealed:
        """The hub's own words, sealed under the source record that the hub itself holds of each of these persons.

        It keeps the name that the MASH enquiry was opened under: where a merge is taken back, the words go back with it.
        """
        return self.words_of(self._hub, about, words, category)

    def words_of(
        self, organisation: str, about: str | Sequence[str], words: Words, category: Category = "rationale"
    ) -> Sealed:
        """An organisation's own words, under the hub's source record of each of these persons."""
        own = [f"hub-{person}" for person in ([about] if isinstance(about, str) else about)]
        self._keys.make([f"source-record:{one}" for one in own])
        return self._vault.seal(category, own, words, organisation)

    def write(
        self, new: Sequence[tuple[str, int, Fact]], by: str, because: str = "", unmoved: Mapping[str, int] | None = None
    ) -> list[Recorded]:
        """Append these facts, each to its stream after its version (0: the stream is new), in one transaction.

        `unmoved`: the streams that they rest on and do not write to, each with the version at which it was read.
        Raises VersionConflict where somebody else was faster, AlreadyOnRecord where a new stream exists.
        """
        now = self._clock.now()
        seen: dict[str, int] = {}
        facts = []
        for stream, after, fact in new:
            start = seen.get(stream, after)
            seen[stream] = start + 1
            envelope = Envelope(now, now, by, because, "", self._edition)
            facts.append(NewFact(stream, start, fact, envelope))
        return self._record.append(facts, unmoved=unmoved) if unmoved else self._record.append(facts)


def by_person(staff: str) -> str:
    """A member of staff as an envelope names who wrote a fact."""
    return staff if staff.startswith("person:") else f"person:{staff}"
