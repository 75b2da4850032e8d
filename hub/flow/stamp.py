"""Drafts become facts: each follows the version that was read of its stream, and says when, by whom and because of what."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from hub.domain.fact import Envelope, Fact, NewFact
from hub.flow.append import Draft
from hub.flow.verify import Verified
from hub.ports import Clock, LogMessage, Record

BY = "service:intake"


class Stamp:
    """The intake's. The record refuses what follows a version that somebody else has moved on from."""

    def __init__(self, record: Record, clock: Clock, edition: str) -> None:
        self._record, self._clock, self._edition = record, clock, edition

    def said(self, drafts: Sequence[tuple[Draft, Verified]], now: datetime) -> list[NewFact]:
        """What follows from verified messages: by whoever signed each, on the journey that its message began."""
        opened = {d.stream for d, _ in drafts if d.new}  # the record refuses the batch where one is there already
        versions = dict(self._record.versions(sorted({d.stream for d, _ in drafts} - opened)))
        facts = []
        for draft, verified in drafts:
            by = f"organisation:{verified.signer}"
            envelope = Envelope(now, verified.received, by, draft.because, verified.id, self._edition)
            facts.append(NewFact(draft.stream, _next(versions, draft.stream), draft.fact, envelope))
        return facts

    def noted(self, drafts: Sequence[tuple[Draft, LogMessage]]) -> list[NewFact]:
        """What the intake notes about messages: quarantined, re-admitted, a number that never came."""
        versions = dict(self._record.versions(sorted({d.stream for d, _ in drafts})))
        now = self._clock.now()
        return [
            NewFact(
                draft.stream, _next(versions, draft.stream), draft.fact,
                self.envelope(now, one.received, "", draft.because),
            )
            for draft, one in drafts
        ]  # fmt: skip

    def following(self, name: str, facts: Sequence[tuple[str, Fact]], versions: Mapping[str, int]) -> list[NewFact]:
        """Facts that follow from the decision on the stream `name`, each on its stream from the version that was read."""
        now, because, heads = self._clock.now(), f"{name}@{versions[name]}", dict(versions)
        return [
            NewFact(stream, _next(heads, stream), fact, self.envelope(now, now, "", because)) for stream, fact in facts
        ]

    def envelope(self, now: datetime, received: datetime, journey: str, because: str) -> Envelope:
        """The intake's own, of now (aware UTC); `received` is when the log had what it is about."""
        return Envelope(now, received.astimezone(UTC), BY, because, journey, self._edition)


def _next(versions: dict[str, int], stream: str) -> int:
    """The version that the next fact of this stream follows."""
    after = versions.get(stream, 0)
    versions[stream] = after + 1
    return after
