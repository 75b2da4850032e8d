"""A person records what a family said: of consent to share, or of agreement to a service; and an organisation acknowledges.

It promises that nothing is half-written: a withdrawal and the notices that tell organisations to stop are one transaction.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any
from uuid import UUID, uuid4, uuid5

from msgspec import Struct
from msgspec.structs import replace

from hub.domain import agreement, consent_record, notice
from hub.domain.agency import Register
from hub.domain.agreement import AgreementWithdrawn
from hub.domain.consent import ConsentRecorded, WithdrawalCarried, withdrawal_stream
from hub.domain.consent_record import ConsentObjected, Scope
from hub.domain.effective import SEVERAL
from hub.domain.errors import AlreadyOnRecord, NotFound, Refused, VersionConflict
from hub.domain.fact import Fact, Recorded
from hub.domain.family_rules import check
from hub.domain.family_said import (
    Answered,
    Assessed,
    Ended,
    FamilySaid,
    Invalidated,
    NotSought,
    SaidYes,
    Sought,
    TookBack,
)
from hub.domain.family_wish import NOBODY_SPEAKS, About, Circumstances, Named, Wish, fact_of
from hub.domain.item import Category, Sealed
from hub.domain.notice import NoticeAcknowledged, NoticeSent
from hub.domain.person import Person
from hub.flow.act import Act
from hub.ports import Clock, Keys, Record, Vault

TRIES = 5
TOLD = UUID("0c1b8f5a-3c39-4c55-8a55-6f2a7b8d9e10")  # one notice of a withdrawal for each organisation
AS_BEFORE = "as_before"  # the same person as in messages, which do not tell several people of one standing apart
NO_STATEMENT = "no such statement about this person, or none that you may know of"
NO_NOTICE = "no such notice to your organisation"
CONSENT_NOTICES = frozenset({"consent_withdrawn", "consent_narrowed", "agreement_withdrawn"})


class Speaker(Struct, frozen=True, kw_only=True):
    """Who writes something down: staff id, and the organisation and setting that they work for."""

    staff: str
    organisation: str
    setting: str = ""


class Consents:
    """What a person may put on record of what a family said. Permission and knowledge are checked by the caller."""

    def __init__(self, *, record: Record, vault: Vault, keys: Keys, clock: Clock, act: Act) -> None:
        self._record, self._vault, self._keys, self._clock, self._act = record, vault, keys, clock, act

    def say(
        self, wish: Wish, by: Speaker, *, register: Register, about: Collection[str], anyway: Sequence[str] = (),
        notices: Callable[[], Sequence[NoticeSent]] = tuple,
    ) -> str:  # fmt: skip
        """Record it; the reference of the fact ("consent-record:…@1").

        `about` are the streams that speak of this person (messages, and records made here), `anyway` why it would be
        shared unasked, `notices` whom a withdrawal tells: worked out anew at each try, and refused there where what rests on
        it is not what was looked at. Raises NotFound for a person or statement that there is not,
        Refused naming the answer, VersionConflict where somebody else wrote to the same record first.
        """
        subject = self._act.person(wish.person)
        if wish.record:
            wish = _continuing(wish, self._history(wish.record, wish.about, about))
        for _ in range(TRIES):
            against = self.circumstances(wish, by, subject, register=register, about=about, anyway=anyway)
            check(wish, against)
            stream, after = self._place(wish, about)
            sent = [(notice.stream(str(uuid4())), 0, one) for one in notices()]
            told = tuple(name.partition(":")[2] for name, _, _ in sent)
            spoke = self._spoke(wish, by, subject, against)
            fact = fact_of(wish, against, spoke=spoke, items=self._words(wish, by, subject.id), told=told)
            named = wish.statement or (f"{stream}@{after}" if after else "")
            try:
                self._act.write([(stream, after, fact), *sent], f"person:{by.staff}", named)
            except (VersionConflict, AlreadyOnRecord):
                continue
            return f"{stream}@{after + 1}"
        raise VersionConflict("this record keeps being written to: try again")

    def circumstances(
        self, wish: Wish, by: Speaker, subject: Person, *, register: Register, about: Collection[str],
        anyway: Sequence[str] = (),
    ) -> Circumstances:  # fmt: skip
        """What a wish is checked against, read from the record. Raises NotFound for a statement of somebody else."""
        history = self._history(wish.record, wish.about, about) if wish.record else []
        return Circumstances(
            kind=subject.kind,
            organisations=frozenset(
                one.organisation for one in register.organisations.values() if not one.may_enter_for_others
            ),
            now=self._clock.now(), by=by.staff, competent=_judged(history), anyway=tuple(anyway),
            statement=self.named(wish.statement, about) if wish.statement else None,
            other=self.named(wish.other, about) if wish.other else None,
        )  # fmt: skip

    def named(self, statement: str, about: Collection[str]) -> Named:
        """A statement by its reference, and whether it stands. Raises NotFound for one about somebody else."""
        stream, _, version = statement.rpartition("@")
        if stream not in about or not (version.isascii() and version.isdigit() and len(version) < 10):
            raise NotFound(NO_STATEMENT)
        history = self._record.load(stream)
        if not 0 < int(version) <= len(history):
            raise NotFound(NO_STATEMENT)
        fact = history[int(version) - 1].fact
        known_at = history[int(version) - 1].envelope.known_at
        ended = self._ended(about)
        if isinstance(fact, ConsentRecorded):
            return Named(
                ref=statement, about=fact.about, state=fact.state, giver=fact.giver, who=fact.who, by="",
                competent=fact.competent, scope=_scope_of(fact), valid_from=fact.valid_from,
                stands=statement not in ended,
            )  # fmt: skip
        state = state_of(fact)
        if not isinstance(fact, FamilySaid) or not state:
            raise NotFound(NO_STATEMENT)
        competent = getattr(fact, "competent", None)
        if competent is None:
            competent = _judged(history)
        writers = {one.fact.by for one in history if isinstance(one.fact, Assessed | Answered | Sought | TookBack)}
        kind: About = "consent_to_share" if stream.startswith("consent-record:") else "agreement_to_service"
        return Named(
            ref=statement, about=kind, state=state, giver=fact.giver, who=fact.who, by=fact.by,
            competent=competent, scope=getattr(fact, "scope", Scope()),
            valid_from=getattr(fact, "valid_from", known_at), stands=statement not in ended,
            written_by=frozenset(writers),
        )  # fmt: skip

    def carried_out(self, withdrawal: str, notices: Sequence[NoticeSent], by: str) -> int:
        """Tell these organisations what a withdrawal on record means for them, and say that it was done: in one
        transaction, once. How many were told; 0 where another was first.
        """
        sent = [(notice.stream(str(uuid5(TOLD, f"{withdrawal} {one.organisation} {one.kind} {one.codes}"))), 0, one)
                for one in notices]  # fmt: skip
        done = WithdrawalCarried(withdrawal=withdrawal, told=tuple(name.partition(":")[2] for name, _, _ in sent))
        try:
            self._act.write([(withdrawal_stream(withdrawal), 0, done), *sent], by, withdrawal)
        except AlreadyOnRecord:
            return 0
        return len(sent)

    def acknowledge(self, ident: str, organisation: str, by: str) -> None:
        """Somebody of the receiving organisation says that they have it. `by` is "person:…" or "organisation:…".

        Raises NotFound for a notice that is not theirs or not about consent, Refused for one acknowledged before.
        """

        def decide(history: list[Recorded]) -> list[Fact]:
            sent = history[0].fact if history else None
            if (
                not isinstance(sent, NoticeSent)
                or sent.organisation != organisation
                or sent.kind not in CONSENT_NOTICES
            ):
                raise NotFound(NO_NOTICE)
            if any(isinstance(one.fact, NoticeAcknowledged) for one in history):
                raise Refused("This notice was acknowledged before: nothing is left to do", "notice")
            return [NoticeAcknowledged(acknowledged_by=by)]

        self._act.append(notice.stream(ident), decide, by)

    # -------------------------------------------------------------------------------------------------------------

    def _place(self, wish: Wish, about: Collection[str]) -> tuple[str, int]:
        """The stream that this goes on, and the version that was read: of the named record or statement, else a new one."""
        module = consent_record if wish.about == "consent_to_share" else agreement
        for name in (module.stream(wish.record) if wish.record else "", wish.statement.rpartition("@")[0]):
            if name.startswith(("consent-record:", "agreement-record:")):
                return name, len(self._history(name.partition(":")[2], wish.about, about))
        return module.stream(str(uuid4())), 0

    def _history(self, record: str, kind: About, about: Collection[str]) -> list[Recorded]:
        stream = consent_record.stream(record) if kind == "consent_to_share" else agreement.stream(record)
        history = self._record.load(stream) if stream in about else []
        if not history:
            raise NotFound("no such record about this person: mash consent show lists them")
        return history

    def _ended(self, about: Collection[str]) -> frozenset[str]:
        """Statements that were withdrawn whole, ended, or found never to have counted."""
        found = set()
        for stream in about:
            if stream.startswith(("consent-record:", "agreement-record:")):
                for one in self._record.load(stream):
                    match one.fact:
                        case TookBack(part=False) | AgreementWithdrawn() | Ended() | Invalidated():
                            found.add(one.fact.statement)
                        case _:
                            pass
        return frozenset(found)

    def _spoke(self, wish: Wish, by: Speaker, subject: Person, against: Circumstances) -> dict[str, Any]:
        """The fields that every such fact has; whose word it is follows from the statement or the record, where named."""
        giver, who = wish.giver or "not_recorded", wish.who or "new"
        named = against.statement
        if named is not None:
            giver, who = named.giver, named.who
        if wish.what in NOBODY_SPEAKS and not wish.giver:
            giver, who = "not_recorded", ""
        if giver not in SEVERAL:
            who = ""
        elif named is None and who == "new":
            who = str(uuid4())
        elif named is None and who == AS_BEFORE:
            who = ""
        return {
            "person": subject.id, "giver": giver, "who": who, "organisation": by.organisation, "setting": by.setting,
            "by": by.staff,
        }  # fmt: skip

    def _words(self, wish: Wish, by: Speaker, person: str) -> tuple[Sealed, ...]:
        """The words, sealed under the record that the hub itself holds of the person; they belong to whoever wrote them."""
        given: tuple[tuple[Category, dict[str, str]], ...] = (
            ("rationale", {"reason": wish.reason.strip()}),
            ("third_party", {"giver_name": wish.giver_name.strip()}),
            ("evidence", {"evidence": wish.evidence.strip()}),
            ("characteristics", {"language": wish.language.strip(), "interpreter": wish.interpreter}),
        )
        kept = [
            (category, told) for category, words in given if (told := {n: said for n, said in words.items() if said})
        ]
        if not kept:
            return ()
        own = f"hub-{person}"
        self._keys.make([f"source-record:{own}"])
        return tuple(self._vault.seal(category, [own], words, by.organisation) for category, words in kept)


def _judged(history: Sequence[Recorded]) -> bool | None:
    """The newest judgement of capacity in a record; None where nobody judged."""
    judged = [one.fact for one in history if isinstance(one.fact, Assessed) and one.fact.outcome != "not_assessed"]
    return judged[-1].outcome == "competent" if judged else None


def _scope_of(fact: ConsentRecorded) -> Scope:
    return Scope(
        organisations=fact.organisations, categories=fact.categories, purposes=fact.purposes,
        except_organisations=fact.except_organisations, except_categories=fact.except_categories,
    )  # fmt: skip


def state_of(fact: Fact) -> str:
    """What a fact made here says, as one code; "" for one that only says something of another."""
    match fact:
        case SaidYes():
            return "given"
        case ConsentObjected():
            return "objection"
        case Answered():
            return "refused"
        case TookBack():
            return "withdrawn"
        case Sought():
            return "sought"
        case NotSought():
            return "not_sought"
        case _:
            return ""


def _continuing(wish: Wish, history: Sequence[Recorded]) -> Wish:
    """The wish, with whose word it is and which service taken from the record that it goes on. Raises Refused."""
    first = history[0].fact if history else None
    if not isinstance(first, FamilySaid):
        return wish
    if wish.what not in NOBODY_SPEAKS and wish.giver not in {"", first.giver}:
        raise Refused("A record holds the words of one person: begin another for somebody else", "giver")
    return replace(
        wish, giver=first.giver, who=first.who or AS_BEFORE, service=wish.service or getattr(first, "service", ""),
        provider=wish.provider or getattr(first, "provider", ""),
    )  # fmt: skip
