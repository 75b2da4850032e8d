"""What pages and commands about policies ask on behalf of a person: read, tick, sign, publish, compare, then and now.

It promises that each step checks the register of staff first, that reading is itself a look in the ledger, and that what
cannot be judged by is never published.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from hub.domain.edition import EditionPublished, canonical, read
from hub.domain.errors import HubError, NotFound, NotPermitted, Refused
from hub.domain.ledger import Asked, ClassRuled
from hub.domain.moments import london_day
from hub.domain.protocol import Agreed, missing_papers
from hub.domain.questions import Classed, Question, decode, in_words, under
from hub.domain.sharing import Asker as DomainAsker
from hub.domain.sharing import Facts, Purpose, Ruled
from hub.domain.signing import words
from hub.domain.staff import ROLES
from hub.flow.disclose import ItemRef
from hub.flow.govern import Draft, Govern, draft_of
from hub.ports import Ruling
from hub.views.accounts import somebody_else
from hub.views.asking import look, stamp
from hub.views.desk import PARTNERSHIP, Desk
from hub.views.drafting import (
    Engine,
    Named,
    Ready,
    compared,
    digest_of_table,
    edition_parts,
    failing_words,
    named,
    over_the_space,
    problem_of,
    texts_changed,
)
from hub.views.members import permitted, staff_of
from hub.views.models import Asker, Stamp
from hub.views.models.policies import (
    Comparison,
    DraftState,
    EditionRow,
    Policies,
    PolicyPage,
    PolicyRow,
    RulingLine,
    SignedBy,
    ThenAndNow,
)
from hub.views.what_if import of_draft

PAGE = "policies"  # the reason under which this page is read
ASKS = 500  # ledger entries that are read at once
KNOWN_DRAFTS = 8  # whose table was run, kept by hash


class Checks(NamedTuple):
    """What running a draft's check and table came to."""

    problem: str
    rows: int
    failing: tuple[str, ...]
    register: tuple[PolicyRow, ...]


class Governing(NamedTuple):
    """Everything a person may ask or do about what the hub judges by.

    `drafts` makes the draft's parts as of a London day; `loads` raises HubError for an edition that the hub could not take
    up; `memory` keeps what a draft's table came to, by the hash of both.
    """

    desk: Desk
    govern: Callable[[], Govern]
    engine: Engine
    drafts: Callable[..., dict[str, Any]]
    loads: Callable[[EditionPublished], object]
    folder: Path | None
    demo: bool
    taken_up: Callable[[], None]
    memory: dict[str, Checks]

    # ---------------------------------------------------------------------------------------------------- reading

    def policies(self, asker: Asker) -> Policies:
        """The register, the draft and who signed it, the editions. Raises NotPermitted."""
        member = permitted(self.desk, asker, "policies")
        shown = self._read(asker, "policies", "policy")
        draft, checks = self._draft(None)
        govern = self.govern()
        rows = self._ticked(govern, checks.register, asker.staff)
        return Policies(
            stamp=shown, register=rows, draft=self._state(govern, draft, checks, rows), editions=self.editions(),
            may_sign=any("sign_policies" in ROLES[role].may for role in member.roles), demo=self.demo,
            trouble=self.desk.trouble,
        )  # fmt: skip

    def policy(self, asker: Asker, policy: str) -> PolicyPage:
        """One policy of the draft as it is written. Raises NotPermitted, NotFound."""
        page = self.policies(asker)
        row = next((one for one in page.register if one.id == policy), None)
        if row is None:
            raise NotFound("there is no such policy in the draft")
        open_ = [one.id for one in page.register if not one.checked_by and one.id != policy]
        return PolicyPage(stamp=page.stamp, row=row, may_sign=page.may_sign, following=open_[0] if open_ else "")

    def register(self) -> tuple[PolicyRow, ...]:
        """The draft's register with who ticked which text; for the command line, which reads files and no person's data."""
        _, checks = self._draft(None)
        return self._ticked(self.govern(), checks.register, "")

    def draft(self) -> DraftState:
        """The draft as it stands; likewise."""
        draft, checks = self._draft(None)
        govern = self.govern()
        return self._state(govern, draft, checks, self._ticked(govern, checks.register, ""))

    def editions(self) -> tuple[EditionRow, ...]:
        """Every edition as it was published, the newest first."""
        rows = []
        for one in reversed(self.govern().published()):
            if isinstance(one.fact, EditionPublished):
                signed = tuple(SignedBy(each.by, words(each.role), each.keyid) for each in one.fact.signatures)
                rows.append(
                    EditionRow(
                        number=one.fact.number, effective_from=one.fact.effective_from, published_at=one.envelope.known_at,
                        published_by=one.envelope.by.partition(":")[2], content_hash=one.fact.content_hash,
                        signatures=signed, in_force=one.fact.number == self.desk.edition.number,
                    )
                )  # fmt: skip
        return tuple(rows)

    def _read(self, asker: Asker, what: Ruled, purpose: Purpose, persons: Sequence[str] = ()) -> Stamp:
        """A look at what is about nobody, or at ledger lines of these persons. Raises NotFound where a rule closes any."""
        items = [
            ItemRef(
                item=f"{PAGE}:{what}:{one}", category=what, organisation=PARTNERSHIP, persons=(one,) if one else (),
                position=0,
            )
            for one in (persons or ("",))
        ]  # fmt: skip
        found = look(self.desk, asker, items, PAGE, purpose=purpose)
        if len(found.shown) < len(items):
            if what == "policies":
                raise NotPermitted("policies are closed to this account: see that its training has not lapsed")
            raise NotFound("there is no such look, or none that you may know of")
        return stamp(self.desk, asker, found.ledger_position)

    def _draft(self, moment: datetime | None) -> tuple[Draft, Checks]:
        """The draft as of a moment (None: now), and what its check and table come to. Raises BadSet, BadPartnership."""
        day = london_day(moment or self.desk.clock.now())
        try:
            draft = draft_of(self.drafts(day, self.folder))
        except HubError as wrong:
            return Draft({}, ""), Checks(str(wrong), 0, (), ())
        key = f"{draft.content_hash} {digest_of_table(self.folder)}"
        known = self.memory.get(key)
        if known is None:
            problem, outcomes, register = problem_of(self.engine, day, self.folder)
            known = Checks(problem, len(outcomes), failing_words(outcomes), register)
            again = draft_of(self.drafts(day, self.folder)).content_hash
            if key != f"{again} {digest_of_table(self.folder)}":  # what was checked must be what is signed
                return draft, known._replace(problem="its files changed while they were read: read them again")
            while len(self.memory) >= KNOWN_DRAFTS:
                self.memory.pop(next(iter(self.memory)))
            self.memory[key] = known
        return draft, known

    def _ticked(self, govern: Govern, rows: Sequence[PolicyRow], staff: str) -> tuple[PolicyRow, ...]:
        ticks = govern.ticks(row.id for row in rows)
        found = []
        for row in rows:
            by = tuple(one for one in ticks[row.id].of(row.digest) if self._roles(one))
            told = {name: getattr(row, name) for name in row.__struct_fields__}
            found.append(PolicyRow(**{**told, "checked_by": by, "mine": staff in by}))
        return tuple(found)

    def _state(self, govern: Govern, draft: Draft, checks: Checks, rows: Sequence[PolicyRow]) -> DraftState:
        last = govern.last()
        lacking = govern.lacking(draft) if draft.parts else ()
        signed = govern.signatures(draft.content_hash) if draft.parts else []
        in_draft = self._in_draft(draft, rows)
        agreed = self.desk.edition.agreed
        return DraftState(
            content_hash=draft.content_hash, on=london_day(self.desk.clock.now()),
            same_as=last.number if last is not None and last.content_hash == draft.content_hash else 0,
            problem=checks.problem, rows=checks.rows, failing=checks.failing,
            signatures=tuple(SignedBy(one.by, words(one.role), one.keyid, at) for one, at in signed),
            lacking=tuple(words(role) for role in lacking), unchecked=sum(not row.checked_by for row in in_draft),
            papers=missing_papers(agreed, london_day(self.desk.clock.now())) if not self.demo else (),
            what_ifs=of_draft(self.desk, draft.parts),
        )  # fmt: skip

    def _in_draft(self, draft: Draft, rows: Sequence[PolicyRow]) -> list[PolicyRow]:
        """The rows that the draft carries: a part that has not commenced need not be ticked yet."""
        parts: Mapping[str, Any] = draft.parts.get("protocol", {})
        duty = "duty_to_share" in parts.get("parts", ())
        return [row for row in rows if duty or row.part != "s16LA"]

    # --------------------------------------------------------------------------------------------- tick and sign

    def tick(self, asker: Asker, policy: str, digest: str = "", *, take_back: bool = False) -> None:
        """Tick one policy's exact text, or take one's own tick back. `digest` is of the text that was read ("": as it stands).

        Raises NotPermitted, NotFound for a policy that the draft does not have, Refused for a text that has changed.
        """
        permitted(self.desk, asker, "sign_policies")
        _, checks = self._draft(None)
        row = next((one for one in checks.register if one.id == policy), None)
        if row is None:
            raise NotFound(f"the draft has no policy {policy!r}: mash policy register lists them")
        if digest and digest != row.digest:
            raise Refused(f"{policy} has changed since you read it: read it again, then tick it", "policy")
        if take_back:
            self.govern().untick(policy, row.digest, asker.staff)
        else:
            self.govern().tick(policy, row.digest, asker.staff)

    def sign(self, asker: Asker, expected: str = "", effective_from: datetime | None = None) -> dict[str, str]:
        """Sign the draft as it would be effective from a moment (None: now); the role and the hash.

        Raises NotPermitted, Refused for a wrong role, a second signature, a draft with a fault or one that has changed.
        """
        permitted(self.desk, asker, "sign_policies")
        draft, checks = self._draft(effective_from)
        self._must_stand(draft, checks, expected)
        govern = self.govern()
        somebody_else(self.desk, asker.staff, [one.by for one, _ in govern.signatures(draft.content_hash)])
        role = govern.sign(draft, asker.staff)
        return {"role": words(role), "content_hash": draft.content_hash}

    def _must_stand(self, draft: Draft, checks: Checks, expected: str) -> None:
        if checks.problem or not draft.parts:
            raise Refused(f"the draft has a fault, mend it first: {checks.problem}", "draft")
        if expected and not draft.content_hash.startswith(expected):
            raise Refused(
                f"the draft has changed: you read {expected[:12]}, it is now {draft.content_hash[:12]}: read it again",
                "draft",
            )

    # ------------------------------------------------------------------------------------------------- publishing

    def publish(self, asker: Asker, expected: str = "", effective_from: datetime | None = None) -> EditionRow:
        """Publish the draft as the next edition. Raises NotPermitted, Refused naming what is missing, BadEdition."""
        permitted(self.desk, asker, "sign_policies")
        draft, checks = self._draft(effective_from)
        self._must_stand(draft, checks, expected)
        if draft.parts["partnership"]["name"] != self.desk.edition.parts["partnership"]["name"]:
            raise Refused("this draft is another partnership's: one hub is one partnership", "draft")
        govern = self.govern()
        now = self.desk.clock.now()
        last = govern.last()
        trial = EditionPublished(number=last.number + 1 if last else 1, effective_from=now, **_content(draft))
        self.loads(trial)  # the very way in which a running hub takes an edition up
        rows = self._in_draft(draft, self._ticked(govern, checks.register, asker.staff))
        fact = govern.publish(
            draft, effective_from=effective_from, by=asker.staff, demo=self.demo,
            unticked=[row.id for row in rows if not row.checked_by],
            papers=missing_papers(_agreed(trial), london_day(now)),
        )  # fmt: skip
        self.taken_up()
        return EditionRow(
            number=fact.number, effective_from=fact.effective_from, published_at=now, published_by=asker.staff,
            content_hash=fact.content_hash, in_force=fact.effective_from <= self.desk.clock.now(),
            signatures=tuple(SignedBy(one.by, words(one.role), one.keyid) for one in fact.signatures),
        )  # fmt: skip

    # -------------------------------------------------------------------------------------- comparing, then and now

    def compare(self, before: str, after: str, asker: Asker | None) -> Comparison:
        """Two sets beside each other; over what the ledger recorded too where somebody asks who may read policies."""
        day = london_day(self.desk.clock.now())
        named_ = partial(
            named, self.engine, on=day, record=self.desk.record, draft_folder=self.folder, drafts=self.drafts
        )  # fmt: skip
        try:
            old, new = named_(before), named_(after)
        except NotFound:
            raise
        except HubError as wrong:
            raise Refused(f"this cannot be compared: {wrong}", "after") from wrong
        found: list[Any] = [over_the_space(old, new)]
        shown: Stamp | None = None
        if asker is not None:
            permitted(self.desk, asker, "policies")
            shown = self._read(asker, "policies", "policy")
            asked, left_out = self._recorded()
            found.insert(0, compared(old, new, "recorded", asked, left_out))
        return comparison(old, new, tuple(found), shown)

    def _recorded(self) -> tuple[list[Question], int]:
        """Every question that the ledger holds, and how many entries are from before questions were kept."""
        counted: dict[DomainAsker, dict[tuple[Facts, ...], int]] = {}
        left_out = 0
        for asked in self._asks():
            question = decode(asked.questions)
            if question is None:
                left_out += 1
                continue
            who = question.who
            alike = replace(who, id="somebody", setting="") if who.kind == "person" else who  # no policy reads either
            for one in question.classes:
                classes = counted.setdefault(alike, {})
                classes[one.facts] = classes.get(one.facts, 0) + one.items
        return [Question(who, tuple(Classed(*one) for one in held.items())) for who, held in counted.items()], left_out

    def _asks(self) -> Iterator[Asked]:
        after = 0
        while page := self.desk.ledger.read(after, ASKS, [Asked.NAME]):
            for one in page:
                if isinstance(one.fact, Asked):
                    yield one.fact
            after = page[-1].position

    def then_and_now(self, asker: Asker, position: int) -> ThenAndNow:
        """The look at a ledger position, put again to the edition of its time and to the one in force.

        Raises NotPermitted, NotFound where there is no look or none that this asker may know of.
        """
        permitted(self.desk, asker, "policies")
        held = self.desk.ledger.read(position - 1, 1, [Asked.NAME], upto=position) if position > 0 else []
        if not held or not isinstance(held[0].fact, Asked):
            raise NotFound("there is no such look, or none that you may know of")
        asked = held[0].fact
        shown = self._read(asker, "ledger", "access_audit", asked.subjects)
        question = decode(asked.questions)
        lines: tuple[RulingLine, ...] = ()
        agrees = False
        if question is not None:
            parts = edition_parts(self.desk.record, int(asked.edition))
            then = _ruled(self.engine(parts["policies"], parts["cedar_schema"]), question)
            now = _ruled(self._ready_now(), question, self.desk.edition.agreed, london_day(self.desk.clock.now()))
            agrees = _as_recorded(question, then) == _told(asked.rulings, question)
            lines = tuple(
                RulingLine(
                    in_words(question.who, one.facts[0]) if one.facts else "words about nobody", one.items, _say(a), _say(b)
                )
                for one, a, b in zip(question.classes, then, now, strict=True)
            )  # fmt: skip
        return ThenAndNow(
            stamp=shown, position=position, at=held[0].envelope.known_at, who=asked.who, roles=asked.roles,
            purpose=asked.purpose, edition_then=asked.edition, edition_now=self.desk.edition.id,
            kept=question is not None, agrees=agrees, lines=lines,
        )  # fmt: skip

    def _ready_now(self) -> Ready:
        parts = self.desk.edition.parts
        return self.engine(parts["policies"], parts["cedar_schema"])

    def _roles(self, staff: str) -> tuple[str, ...]:
        member = staff_of(self.desk, staff)
        return member.roles if member.active else ()


def comparison(old: Named, new: Named, found: tuple[Any, ...], shown: Stamp | None = None) -> Comparison:
    """Two named sets as a page or command shows them."""
    added, removed, changed = texts_changed(old.ready, new.ready)
    return Comparison(
        before=old.name, after=new.name, added=added, removed=removed, changed=changed, compared=found, stamp=shown
    )


def _content(draft: Draft) -> dict[str, Any]:
    return {"content": canonical(draft.parts), "content_hash": draft.content_hash}


def _agreed(fact: EditionPublished) -> Agreed | None:
    return read(fact).agreed


def _ruled(
    ready: Ready, question: Question, agreed: Agreed | None = None, on: date | None = None
) -> list[Ruling]:  # fmt: skip
    """The answers of an edition; with its protocol and a London day as of that day, else as the question was recorded."""
    again = partial(under, question.who, duty_in_force=ready.duty_in_force, agreed=agreed, on=on)
    facts = [[again(each) for each in one.facts] for one in question.classes]
    return ready.again(question.who, facts)


def _say(ruling: Ruling) -> str:
    said = f"{'open' if ruling.allowed else 'closed'} ({', '.join(ruling.policies) or 'no rule opens it'})"
    return said + (", by an error" if ruling.fault else "")


Told = tuple[str, str, int, bool, tuple[str, ...], str, bool]


def _told(rulings: Sequence[ClassRuled], question: Question) -> dict[Told, int]:
    """What the ledger says, without what it says of words about nobody: those were never put to a policy."""
    nobody = any(not one.facts for one in question.classes)
    found: dict[Told, int] = {}
    for one in rulings:
        if not (nobody and one.fault and not one.policies):
            line = (one.category, one.organisation, one.tier, one.allowed, one.policies, one.shown_as, one.fault)
            found[line] = found.get(line, 0) + one.items
    return found


def _as_recorded(question: Question, ruled: Sequence[Ruling]) -> dict[Told, int]:
    """What the ledger would say of these rulings."""
    found: dict[Told, int] = {}
    for one, ruling in zip(question.classes, ruled, strict=True):
        if one.facts:
            item = one.facts[0].item
            shown = "reason" if ruling.allowed else ruling.shown_as
            line = (item.category, item.owner.id, item.tier, ruling.allowed, ruling.policies, shown, ruling.fault)
            found[line] = found.get(line, 0) + one.items
    return found
