"""People tick policies, sign a draft and publish it as the next edition. Nothing here reads a policy: what it comes to is
handed in.

It promises that an edition is published whole or not at all, under the next number, with the signatures that stand on
record for exactly this content, each still good at that moment.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

from hub.domain import edition as editions
from hub.domain import signing
from hub.domain.edition import EditionPublished, Signature
from hub.domain.errors import AlreadyOnRecord, Refused, VersionConflict
from hub.domain.fact import Envelope, Fact, NewFact, Recorded
from hub.domain.signing import DraftSigned, Ticks
from hub.domain.used import edited, rules_of, used_in
from hub.ports import Clock, Record

TRIES = 10
AHEAD = 20  # streams of editions that one look asks for


class Signed(NamedTuple):
    """A signature and the public half of the key it was made with."""

    keyid: str
    public: bytes
    value: bytes


class Signers(Protocol):
    """Who signs for people (hub/adapters/signatures.py)."""

    def sign(self, staff: str, statement: bytes) -> Signed:
        """This person's signature."""
        ...

    def verify(self, staff: str, statement: bytes, public: bytes, value: bytes) -> bool:
        """Whether this person's own key signed this."""
        ...


class Draft(NamedTuple):
    """A whole draft: its parts, and the hash that people sign."""

    parts: Mapping[str, Any]
    content_hash: str


def draft_of(parts: Mapping[str, Any]) -> Draft:
    """The draft as it will read from the record, with its hash. Raises BadEdition for what is not plain JSON."""
    content = editions.canonical(parts)
    return Draft(json.loads(content), sha256(content).hexdigest())


class Govern:
    """What a person may do to what the hub judges by. The permission is checked by the caller and named in `by`."""

    def __init__(
        self, *, record: Record, clock: Clock, edition: str, signers: Signers, roles: Callable[[str], Sequence[str]]
    ) -> None:
        """`roles` are those that somebody holds in the register of staff now; () for who left."""
        self._record, self._clock, self._edition = record, clock, edition
        self._signers, self._roles = signers, roles

    # ------------------------------------------------------------------------------------------------------- ticks

    def ticks(self, policies: Iterable[str]) -> dict[str, Ticks]:
        """Who has ticked which texts of these policies."""
        streams = {signing.stream_of_policy(policy): policy for policy in policies}
        held = self._record.versions(list(streams))
        return {
            policy: signing.fold_ticks(
                policy, (one.fact for one in self._record.load(stream)) if stream in held else ()
            )
            for stream, policy in streams.items()
        }

    def tick(self, policy: str, digest: str, by: str) -> None:
        """A person has read this exact text and says that it stands."""
        self._on(policy, lambda state: signing.tick(state, digest, by), by)

    def untick(self, policy: str, digest: str, by: str) -> None:
        """A person takes their own tick back. Raises Refused where they have none."""
        self._on(policy, lambda state: signing.untick(state, digest, by), by)

    def _on(self, policy: str, decide: Callable[[Ticks], Sequence[Fact]], by: str) -> None:
        stream = signing.stream_of_policy(policy)
        for _ in range(TRIES):
            state = signing.fold_ticks(policy, (one.fact for one in self._record.load(stream)))
            try:
                self._append(stream, state.version, decide(state), by)
            except (VersionConflict, AlreadyOnRecord):
                continue  # somebody else was faster: look again
            return
        raise VersionConflict("this policy keeps being ticked: try again")

    # -------------------------------------------------------------------------------------------------- signatures

    def signatures(self, content_hash: str) -> list[tuple[DraftSigned, datetime]]:
        """Who has signed this content, and when, in order."""
        history = self._record.load(signing.stream_of_draft(content_hash))
        return [(one.fact, one.envelope.known_at) for one in history if isinstance(one.fact, DraftSigned)]

    def sign(self, draft: Draft, by: str) -> str:
        """A person signs this draft, in a role of theirs that it still wants; the role.

        Raises Refused for who has signed it, whose role it does not want, where nothing differs from the last edition, and
        where a rule that an edition on record judged by was edited.
        """
        before = self.last()
        if before is not None and before.content_hash == draft.content_hash:
            raise Refused(
                f"nothing in this draft differs from edition {before.number}: there is nothing to sign", "draft"
            )
        self._no_used_rule_edited(draft)
        wanted = signing.needed(draft.parts, _parts(before))
        stream = signing.stream_of_draft(draft.content_hash)
        for _ in range(TRIES):
            signed = [one for one, _ in self.signatures(draft.content_hash)]
            role = signing.role_to_sign(signed, wanted, self._roles(by), by)
            made = self._signers.sign(by, signing.statement(draft.content_hash, role, by))
            fact = DraftSigned(
                content_hash=draft.content_hash,
                role=role,
                by=by,
                keyid=made.keyid,
                public=made.public,
                value=made.value,
            )
            try:
                self._append(stream, len(signed), [fact], by)
            except (VersionConflict, AlreadyOnRecord):
                continue  # somebody else signed in between: what is still wanted has changed
            return role
        raise VersionConflict("this draft keeps being signed: try again")

    def lacking(self, draft: Draft) -> tuple[str, ...]:
        """The roles whose good signature this draft still lacks."""
        return signing.lacking(self._good(draft), signing.needed(draft.parts, _parts(self.last())))

    def _good(self, draft: Draft) -> list[DraftSigned]:
        """The signatures that hold now: made by that person's key, who still holds that role, and no person twice."""
        good: list[DraftSigned] = []
        for one, _ in self.signatures(draft.content_hash):
            statement = signing.statement(draft.content_hash, one.role, one.by)
            holds = one.role in self._roles(one.by) and one.by not in {other.by for other in good}
            if holds and self._signers.verify(one.by, statement, one.public, one.value):
                good.append(one)
        return good

    # -------------------------------------------------------------------------------------------------- publishing

    def publish(
        self, draft: Draft, *, effective_from: datetime | None, by: str, expected: str = "", demo: bool,
        unticked: Sequence[str], papers: Sequence[str] = (),
    ) -> EditionPublished:  # fmt: skip
        """Publish the draft as the next edition, effective from a moment (aware UTC; None: now).

        Outside a demonstration every policy is ticked, every signature there, by different people, and no paper of the
        protocol missing; in one it may be published without, and is shown as unsigned. A rule that an edition on record
        judged by is never edited. Raises Refused naming what is missing or was edited; BadEdition.
        """
        before, now = self.last(), self._clock.now()
        start = effective_from or now
        if start.tzinfo is None:
            raise Refused("give the moment with its time zone, such as 2027-01-04T09:00+00:00", "effective_from")
        if start < now:
            raise Refused(
                "an edition cannot be effective from a moment that has passed: what was judged stands", "effective_from"
            )
        if expected and expected != draft.content_hash:
            raise Refused(
                f"the draft has changed: you read {expected[:12]}, it is now {draft.content_hash[:12]}: read it again",
                "draft",
            )
        if before is not None and before.content_hash == draft.content_hash:
            raise Refused(
                f"nothing in this draft differs from edition {before.number}: there is nothing to publish", "draft"
            )
        self._no_used_rule_edited(draft)
        good = self._good(draft)
        if not good and (other := self._signed_since(before)):
            raise Refused(
                f"what was signed is {other[:12]}, and this draft is {draft.content_hash[:12]}: it was changed after it was "
                "signed. Put back what was signed, or let it be signed anew",
                "draft",
            )
        lacking = signing.lacking(good, signing.needed(draft.parts, _parts(before)))
        if not demo and unticked:
            raise Refused(
                f"{len(unticked)} policies are unchecked, {unticked[0]} first: have each one ticked", "policy"
            )
        if not demo and lacking:
            raise Refused(f"still to be signed by: {', '.join(signing.words(role) for role in lacking)}", "signatures")
        if not demo and papers:
            raise Refused(f"outside a demonstration the protocol needs its papers first: {'; '.join(papers)}", "draft")
        number = before.number + 1 if before else 1
        signatures = tuple(Signature(one.by, one.keyid, one.value, one.role, one.public) for one in good)
        fact = editions.publish(number, start, draft.parts, signatures)
        try:
            self._append(editions.stream(number), 0, [fact], by)
        except (AlreadyOnRecord, VersionConflict):
            raise Refused(
                f"somebody else has just published edition {number}: read what it changes first", "draft"
            ) from None
        return fact

    def last(self) -> EditionPublished | None:
        """The edition with the highest number, effective or not."""
        number = 0
        while True:
            there = self._record.versions([editions.stream(number + each) for each in range(1, AHEAD + 1)])
            while editions.stream(number + 1) in there:
                number += 1
            if len(there) < AHEAD:
                break
        fact = self._record.load(editions.stream(number))[0].fact if number else None
        return fact if isinstance(fact, EditionPublished) else None

    def published(self) -> list[Recorded]:
        """Every edition as it was published, in order."""
        return self._record.read(0, 1000, [EditionPublished.NAME])

    def used_rules(self) -> dict[str, dict[str, Any]]:
        """What each rule reads like that an edition on record judged by, by its id."""
        return used_in(_parts(one.fact) for one in self.published() if isinstance(one.fact, EditionPublished))

    def _no_used_rule_edited(self, draft: Draft) -> None:
        otherwise = edited(self.used_rules(), rules_of(draft.parts))
        if otherwise:
            raise Refused(
                f"an edition on record judged by the rule {otherwise[0]}, and it reads otherwise in this draft: give the "
                "changed rule an id of its own and leave the used one as it was (mash partnership check names the line)",
                "draft",
            )

    def _signed_since(self, before: EditionPublished | None) -> str:
        """The hash of what was signed since the last edition and is not it; "" where nothing was."""
        after = self._record.load(editions.stream(before.number))[0].position if before else 0
        facts = [one.fact for one in self._record.read(after, 1000, [DraftSigned.NAME])]
        return next((one.content_hash for one in reversed(facts) if isinstance(one, DraftSigned)), "")

    def _append(self, stream: str, after: int, facts: Sequence[Fact], by: str) -> None:
        if facts:
            now = self._clock.now()
            envelope = Envelope(now, now, by if ":" in by else f"person:{by}", "", "", self._edition)
            self._record.append([NewFact(stream, after + n, fact, envelope) for n, fact in enumerate(facts)])


def _parts(fact: EditionPublished | None) -> Mapping[str, Any]:
    """What an edition says, also one that this hub cannot judge by: its successor must still be signed and published."""
    return json.loads(fact.content) if fact is not None else {}
