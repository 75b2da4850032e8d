"""Exceptions, made by people: an override is asked for, agreed to or not; the glass is broken; each is ended and gone through.

It promises that nothing is half-written, that the same person is never both who asks and who agrees, by whatever way round
(hub/domain/exceptional.py), and that the organisations whose words were opened are told, once for each exception.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from uuid import UUID, uuid5

from hub.domain import exceptional
from hub.domain.errors import AlreadyOnRecord, NotFound, Refused, VersionConflict
from hub.domain.exceptional import AskOverride, BreakTheGlass, name_next
from hub.domain.exceptions import (
    Exceptional,
    ExceptionFact,
    FamilyLooksReviewed,
    GlassBroken,
    NightLooksReviewed,
    Outcome,
    OverrideAsked,
    fold,
)
from hub.domain.fact import Envelope, NewFact, Recorded
from hub.domain.item import Sealed
from hub.domain.notice import NoticeSent
from hub.domain.notice import stream as notice_stream
from hub.flow.act import Act
from hub.ports import Clock, Record

_NOTICES = UUID("0d1d7a35-52d8-4f1e-8f1f-1f3e3c1b9a64")


class Overriding:
    """What people may do about exceptions. The permission to do it is checked by the caller and named in `by`."""

    def __init__(self, act: Act, record: Record, clock: Clock) -> None:
        self._act, self._record, self._clock = act, record, clock

    def ask(
        self, wish: AskOverride, earlier: Sequence[Exceptional], organisations: Iterable[str], *, closed: bool
    ) -> str:
        """Put a wish for an override on record; its id. `earlier` are this person's; `closed`: the offices are.

        Raises Refused naming the field, NotFound for a child that there is not.
        """
        exceptional.check_override(wish, organisations)
        child = self._act.person(wish.child).id
        exceptional.against(wish, earlier, self._clock.now(), closed=closed)
        ident = name_next("override", wish.by, child, earlier)
        fact = OverrideAsked(
            child=child, organisations=wish.organisations, categories=wish.categories, hours=wish.hours,
            reason=wish.reason, told=wish.told, at_night=closed, by=wish.by, items=(self._words(child, wish.why),),
        )  # fmt: skip
        return self._begin(f"override:{ident}", fact, wish.by)

    def break_glass(self, wish: BreakTheGlass, earlier: Sequence[Exceptional], *, closed: bool) -> str:
        """Open a child's record in an emergency; its id. Raises as `ask`."""
        now = self._clock.now()
        confirmed = exceptional.check_glass(wish, now)
        child = self._act.person(wish.child).id
        exceptional.against(wish, earlier, now, closed=closed)
        ident = name_next("break_glass", wish.by, child, earlier)
        fact = GlassBroken(
            child=child, reason=wish.reason, by=wish.by, roles=wish.roles, confirmed_at=confirmed,
            items=(self._words(child, wish.why),),
        )  # fmt: skip
        return self._begin(f"break-glass:{ident}", fact, wish.by)

    def approve(self, stream: str, by: str, roles: tuple[str, ...], theirs: Sequence[Exceptional]) -> None:
        """A second person agrees. Raises Refused, NotFound."""
        self._on(stream, by, lambda one: exceptional.approve(one, by, roles, theirs, self._clock.now()))

    def decline(self, stream: str, by: str, why: str) -> None:
        """A second person does not agree, or who asked takes it back. Raises Refused, NotFound."""
        words = self._why(stream, why)
        self._on(stream, by, lambda one: exceptional.decline(one, by, self._clock.now(), words))

    def end(self, stream: str, by: str) -> None:
        """End it before its time. Raises Refused, NotFound."""
        self._on(stream, by, lambda one: exceptional.end(one, by, self._clock.now()))

    def review(
        self, stream: str, outcome: str, by: str, why: str, theirs: Sequence[Exceptional],
        ring: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        """Somebody else says what came of going through it; nobody of the `ring` does. Raises Refused, NotFound."""
        words = self._why(stream, why)
        self._on(stream, by, lambda one: exceptional.review(one, outcome, by, theirs, self._clock.now(), words, ring))

    def review_family(self, staff: str, until: int, outcome: Outcome, by: str) -> None:
        """Somebody went through one person's looks at their own family. Raises Refused for one's own."""
        if staff == by:
            raise Refused("Somebody else goes through it: these looks are your own", "by")
        fact = FamilyLooksReviewed(staff=staff, until=until, outcome=outcome, by=by)
        self._act.append(f"own-family:{staff}", lambda _: [fact], f"person:{by}")

    def review_nights(self, staff: str, until: int, outcome: Outcome, by: str) -> None:
        """Somebody went through what one person read out of hours for contacts. Raises Refused for one's own."""
        if staff == by:
            raise Refused("Somebody else goes through it: these looks are your own", "by")
        fact = NightLooksReviewed(staff=staff, until=until, outcome=outcome, by=by)
        self._act.append(f"night-looks:{staff}", lambda _: [fact], f"person:{by}")

    def load(self, stream: str) -> Exceptional:
        """One exception; raises NotFound."""
        one = fold(stream, self._record.load(stream))
        if not one.version:
            raise NotFound("no such exception, or none that you may know of")
        return one

    def _begin(self, stream: str, fact: OverrideAsked | GlassBroken, by: str) -> str:
        try:
            self._act.write([(stream, 0, fact)], f"person:{by}")
        except (AlreadyOnRecord, VersionConflict):
            raise Refused("You have asked this already: look at your exceptions", "child") from None
        return stream.partition(":")[2]

    def _on(self, stream: str, by: str, decide: Callable[[Exceptional], list[ExceptionFact]]) -> None:
        self.load(stream)

        def decided(history: list[Recorded]) -> list[ExceptionFact]:
            return decide(fold(stream, history))

        self._act.append(stream, decided, f"person:{by}")

    def _why(self, stream: str, why: str) -> tuple[Sealed, ...]:
        if not why.strip():
            raise Refused("Enter in your own words what you found, or why", "why")
        return (self._words(self.load(stream).child, why),)

    def _words(self, child: str, why: str) -> Sealed:
        return self._act.own_words(child, {"reason": why})


def notice_of(exception: str, owner: str) -> str:
    """The stream of the one notice by which an organisation is told of an exception."""
    return notice_stream(str(uuid5(_NOTICES, f"{exception}/{owner}")))


def tell_owners(
    opened: Iterable[tuple[str, Sequence[str]]], works: Sequence[Exceptional], *, record: Record, clock: Clock,
    edition: str,
) -> None:  # fmt: skip
    """Tell each organisation, once for each exception, that words of theirs were opened under it.

    `opened` holds the owner of each opened item, and the persons whom it is about. The notice is codes: which kind of
    exception, and when; the owner is asked nothing, and can ask back.
    """
    due: dict[str, NoticeSent] = {}
    for owner, about in opened:
        one = next((each for each in works if each.child in about), works[0])
        name = notice_of(one.id, owner)
        due[name] = NoticeSent(
            organisation=owner, kind="opened_by_exception", about=one.id, child=one.child,
            codes=(("exception", one.kind), ("reason", one.reason)), sent_by=one.by,
        )  # fmt: skip
    if not due:
        return
    there, now = record.versions(list(due)), clock.now()
    for name, notice in due.items():
        if name not in there:
            because = f"{next(one.stream for one in works if one.id == notice.about)}@1"
            envelope = Envelope(now, now, "service:exceptions", because, "", edition)
            with suppress(AlreadyOnRecord, VersionConflict):  # another look of the same moment was first
                record.append([NewFact(name, 0, notice, envelope)])
