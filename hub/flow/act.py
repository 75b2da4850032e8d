"""Step 8: a person decides. May they, load, decide, append; a race with somebody else is an ordinary conflict."""

from collections.abc import Callable, Sequence
from uuid import uuid4

from hub.domain import alert as alerts
from hub.domain import enquiry as enquiries
from hub.domain.alert import DecideAlert
from hub.domain.enquiry import Decide, Enquiry, EnquiryDecided, EnquiryOpened, OpenEnquiry
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

    def enquiry(self, enquiry: str) -> tuple[Enquiry, list[Recorded]]:
        """A MASH enquiry and its facts; raises NotFound."""
        state, history = Enquiry(enquiry), self._record.load(f"mash-enquiry:{enquiry}")
        for recorded in history:
            if isinstance(recorded.fact, EnquiryOpened | EnquiryDecided):
                state = enquiries.evolve(state, recorded.fact)
        if not state.version:
            raise NotFound("no such MASH enquiry")
        return state, history

    def open_enquiry(self, command: OpenEnquiry) -> str:
        """Open a MASH enquiry about a child on a recorded ground; its id. Raises Refused, NotFound."""
        enquiries.check_opening(command)
        subject = self.person(command.child)
        if subject.kind == "adult":
            raise Refused("A MASH enquiry is about a child: open it about the child whom you worry for", "child")
        for one in command.alerts:
            whose = survivor(one.partition(":")[0], self._load_person)  # an alert keeps the name it was raised under
            if whose != subject.id or not self._record.load(f"alert:{one}"):
                raise NotFound("no such alert about this child")
        identity = str(uuid4())
        words = self.own_words(subject.id, {"reason": command.reason})
        fact = EnquiryOpened(
            child=subject.id, alerts=command.alerts, ground=command.ground, opened_by=command.by,
            team=(command.by,), items=(words,),
        )  # fmt: skip
        because = f"alert:{command.alerts[0]}@1" if command.alerts else ""
        self.write([(f"mash-enquiry:{identity}", 0, fact)], _person(command.by), because)
        return identity

    def decide(self, enquiry: str, command: Decide, levels: tuple[int, ...], suggested: int | None) -> None:
        """Decide a MASH enquiry, and with it the alerts it was opened for.

        Raises Refused naming the answer that is missing, and Stale when facts about the child came in after
        `command.seen_position` (the record's position when the page was read; one that the record has not reached was
        never read).
        """
        if command.seen_position > self._record.position():
            raise Refused("Open the page of the MASH enquiry again: this one was not read from the record", "seen")
        for _ in range(TRIES):
            state, _history = self.enquiry(enquiry)
            enquiries.check_decision(state, command, levels)
            # a merge since may have moved what counts to another name, or from it
            names = dict.fromkeys((state.child, self.person(state.child).id))
            counted = [recorded for name in names for recorded in self._record.load(f"child:{name}")]
            news = sorted(one.position for one in counted if one.position > command.seen_position)
            if news:
                raise Stale(news)
            live = {one: self._alert(one) for one in state.alerts}
            seen = tuple(
                sorted({signal for held in live.values() for signal in alerts.fold(f.fact for f in held).evidence})
            )
            fact = EnquiryDecided(
                child=state.child, level=command.level or 0, suggested=suggested, agrees=bool(command.agrees),
                outcome=command.outcome, actions=command.actions, family_told=bool(command.family_told),
                seen_position=command.seen_position, evidence=seen, decided_by=command.by,
                items=(
                    self.own_words(state.child, {"reason": command.reason, "why_not_told": command.why_not_told or ""}),
                ),
            )  # fmt: skip
            new: list[tuple[str, int, Fact]] = [(f"mash-enquiry:{enquiry}", state.version, fact)]
            settles = DecideAlert(enquiry=enquiry, decision=f"mash-enquiry:{enquiry}@{state.version + 1}", seen=seen)
            for one, held in live.items():
                alert = alerts.fold(f.fact for f in held)
                if not alert.decided:
                    new += [(f"alert:{one}", len(held), f) for f in alerts.decide_by_person(alert, settles)]
            try:
                self.write(new, _person(command.by), f"mash-enquiry:{enquiry}@1")
            except VersionConflict:
                continue  # an alert was strengthened in between: look again
            return
        raise VersionConflict("this MASH enquiry keeps being written to: try again")

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

    def _alert(self, alert: str) -> list[Recorded]:
        return self._record.load(f"alert:{alert}")

    def own_words(self, about: str | Sequence[str], words: Words, category: Category = "rationale") -> Sealed:
        """The hub's own words, sealed under the source record that the hub itself holds of each of these persons.

        It keeps the name that the MASH enquiry was opened under: where a merge is taken back, the words go back with it.
        """
        own = [f"hub-{person}" for person in ([about] if isinstance(about, str) else about)]
        self._keys.make([f"source-record:{one}" for one in own])
        return self._vault.seal(category, own, words, self._hub)

    def write(self, new: Sequence[tuple[str, int, Fact]], by: str, because: str = "") -> list[Recorded]:
        """Append these facts, each to its stream after its version (0: the stream is new), in one transaction.

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
        return self._record.append(facts)


def _person(staff: str) -> str:
    """A member of staff as an envelope names who wrote a fact."""
    return staff if staff.startswith("person:") else f"person:{staff}"
