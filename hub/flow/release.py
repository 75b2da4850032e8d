"""Releasing: an owner lets an item out of the sealed room to named organisations, or closes it again and tells them.

It promises that an item is released by a fact of its owner's own staff and by nothing else. The caller checks who that is.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID, uuid4, uuid5

from hub.domain import notice as notices
from hub.domain import release as releases
from hub.domain.errors import AlreadyOnRecord, Refused, VersionConflict
from hub.domain.fact import Fact, Recorded
from hub.domain.notice import NoticeSent
from hub.domain.release import ItemReleased, Release, ReleaseAsked, fold, stream
from hub.flow.act import Act, by_person

TOLD = UUID("7e6f1d7a-52d3-4c0e-9b4b-7a0f3c2d5e66")  # one notice of a correction for each organisation


class Releases:
    """What may be done with an item of words, once the caller has seen to it that this person may."""

    def __init__(self, act: Act, *, load: Callable[[str], list[Recorded]]) -> None:
        self._act, self._load = act, load

    def state(self, item: str) -> Release:
        """Where an item stands: to whom it is released, and what is asked of its owner."""
        return fold(item, (one.fact for one in self._load(stream(item))))

    def ask(self, items: Sequence[tuple[str, ReleaseAsked]], why: str, by: str) -> None:
        """Ask its owner to release each of these items, for the reason in words; all of it or nothing."""
        new: list[tuple[str, int, Fact]] = []
        for item, fact in items:
            words = self._act.own_words(fact.child, {"reason": why})
            asked = ReleaseAsked(
                said=fact.said, owner=fact.owner, setting=fact.setting, child=fact.child, enquiry=fact.enquiry,
                organisations=fact.organisations, asked_by=fact.asked_by, items=(words,),
            )  # fmt: skip
            new.append((stream(item), self.state(item).version, asked))
        self._act.write(new, f"person:{by}")

    def release(self, item: str, fact: ItemReleased, by: str) -> None:
        """Release it to these organisations, beside those before; what says nothing new is not said twice."""

        def decide(history: list[Recorded]) -> list[Fact]:
            state = fold(item, (one.fact for one in history))
            return [fact] if releases.says_more(state, fact) else []

        self._act.append(stream(item), decide, f"person:{by}")

    def not_give(self, item: str, reason: str, by: str) -> None:
        """Do not release what was asked for. Raises Refused."""

        def decide(history: list[Recorded]) -> list[Fact]:
            return [*releases.not_give(fold(item, (one.fact for one in history)), reason, by)]

        self._act.append(stream(item), decide, f"person:{by}")

    def withdraw(
        self, item: str, organisations: tuple[str, ...], reason: str, by: str, due: datetime
    ) -> tuple[str, ...]:
        """Close it again to these (all, where none is named), and tell each of them to stop; who is told. Raises Refused."""
        state = self.state(item)
        facts = releases.withdraw(state, organisations, reason, by)
        gone = [one for fact in facts if isinstance(fact, releases.ReleaseWithdrawn) for one in fact.organisations]
        new: list[tuple[str, int, Fact]] = [(stream(item), state.version, fact) for fact in facts]
        for one in gone:
            told = NoticeSent(
                organisation=one, kind="release_withdrawn", about=item, child=state.child,
                codes=(("owner", state.owner), ("reason", reason)), due=due, sent_by=by,
            )  # fmt: skip
            new.append((notices.stream(str(uuid4())), 0, told))
        self._act.write(new, by if by == releases.HUB_ITSELF else by_person(by), f"{stream(item)}@1")
        return tuple(gone)

    def taken_back(self, item: str, due: datetime) -> tuple[str, ...]:
        """Close an item whose owner withdrew the statement that it is in; whom that tells. Once: () afterwards."""
        if not self.state(item).released_to:
            return ()
        try:
            return self.withdraw(item, (), releases.STATEMENT_WITHDRAWN, releases.HUB_ITSELF, due)
        except (Refused, VersionConflict):  # somebody closed it this moment, and told them
            return ()

    def corrected(self, item: str, organisations: Sequence[str], newest: str, due: datetime) -> int:
        """Tell those to whom an item is released that its owner corrected what it is in: `newest` stands now.

        Each is told once of each correction; how many were told.
        """
        state, told = self.state(item), 0
        for one in organisations:
            notice = NoticeSent(
                organisation=one, kind="release_corrected", about=item, child=state.child,
                codes=(("owner", state.owner),), due=due, sent_by=releases.HUB_ITSELF,
            )  # fmt: skip
            name = notices.stream(str(uuid5(TOLD, f"{item} {one} {newest}")))
            if self._load(name):
                continue
            with suppress(AlreadyOnRecord):
                self._act.write([(name, 0, notice)], releases.HUB_ITSELF, f"message:{newest}@1")
                told += 1
        return told
