"""What is on record that the intake rules by: consent, legal status, MASH enquiries, and which statements were replaced.

Folded from the record as it grows, a few codes for each; forgotten with the process and read again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from hub.domain import consent_record
from hub.domain.concern import CorrectionRecorded, WithdrawalRecorded
from hub.domain.consent import NO, ConsentRecorded, Stated
from hub.domain.consent_record import stated
from hub.domain.enquiry import EnquiryChildAdded, EnquiryDecided, EnquiryOpened
from hub.domain.fact import Recorded
from hub.domain.family_said import FamilySaid
from hub.domain.grounds import ground_of_enquiry, ground_of_status, grounds_said
from hub.domain.person import PersonMerged, PersonReinstated, RestrictionSet
from hub.domain.sharing import Ground, Subject
from hub.domain.source_record import LegalStatusChanged
from hub.domain.vocabulary import Vocabulary
from hub.ports import Record

NAMES = (
    ConsentRecorded.NAME, LegalStatusChanged.NAME, EnquiryOpened.NAME, EnquiryChildAdded.NAME,
    EnquiryDecided.NAME, CorrectionRecorded.NAME,
    WithdrawalRecorded.NAME, PersonMerged.NAME, PersonReinstated.NAME, RestrictionSet.NAME, *consent_record.NAMES,
)  # fmt: skip
# outcomes after which an enquiry's ground still stands
GOES_ON = frozenset({"assessment", "child_in_need", "strategy_discussion", "section_47"})
PAGE = 500
_WRITTEN = "written:"  # before a person's id: what was written down of them in the hub


class Standing:
    """As far as it was refreshed."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._position = 0
        self._said: dict[str, list[Recorded]] = {}  # source record -> what was said about consent in messages
        self._written: dict[str, list[Recorded]] = {}  # person -> what was written down about it in the hub
        self._statuses: dict[str, dict[str, LegalStatusChanged]] = {}  # source record -> status -> newest
        self._enquiries: dict[tuple[str, str], EnquiryOpened] = {}  # by enquiry and child: those whose ground stands
        self._rooms: dict[str, EnquiryOpened] = {}  # every enquiry there was
        self._replaced: dict[str, str] = {}  # message -> the correction in its place
        self._withdrawn: set[str] = set()
        self._merged: dict[str, str] = {}  # person -> who they were found to be
        self._restricted: set[str] = set()  # whom few may know of
        self._told: dict[str, list[Recorded]] = {}  # source record or enquiry -> all that was said of it, in order
        self._asked_about: dict[str, list[str]] = {}  # child -> every enquiry that was ever opened about them
        self._by_person: dict[str, tuple[Stated, ...]] = {}
        self._records_of: dict[str, list[str]] = {}
        self._enquired: dict[str, frozenset[Ground]] = {}  # person -> grounds of MASH enquiries

    def refresh(self) -> None:
        """Fold what was added since; and see about whom each source record is held to be today: a link may have moved."""
        while page := self._record.read(self._position, PAGE, NAMES):
            for recorded in page:
                self._fold(recorded)
                self._keep(recorded)
            self._position = page[-1].position
        known = sorted({*self._said, *self._statuses})
        self._by_person, self._records_of, self._enquired = {}, {}, {}
        for (_, about), opened in self._enquiries.items():
            child = self._survivor(about)
            self._enquired[child] = self._enquired.get(child, frozenset()) | ground_of_enquiry(opened)
        rows = self._record.by_source_record(known) if known else {}
        heard: dict[str, list[Recorded]] = {}
        for source_record in known:
            if source_record in rows:
                person = rows[source_record].person
                self._records_of.setdefault(person, []).append(source_record)
                heard.setdefault(person, []).extend(self._said.get(source_record, ()))
        for person, written in self._written.items():
            heard.setdefault(self._survivor(person), []).extend(written)
        self._by_person = {person: stated(history) for person, history in heard.items() if history}

    def _fold(self, recorded: Recorded) -> None:
        ident = recorded.stream.partition(":")[2]
        match recorded.fact:
            case ConsentRecorded() as fact:
                self._said.setdefault(fact.source_record, []).append(recorded)
            case FamilySaid() as fact:
                self._written.setdefault(fact.person, []).append(recorded)
            case LegalStatusChanged(status="none"):
                self._statuses.pop(ident, None)
            case LegalStatusChanged() as fact:
                self._statuses.setdefault(ident, {})[fact.status] = fact
            case EnquiryOpened() as fact:
                self._rooms[ident] = self._enquiries[ident, fact.child] = fact
            case EnquiryChildAdded(child=further):
                if ident in self._rooms:
                    self._enquiries[ident, further] = self._rooms[ident]
            case EnquiryDecided(outcome=outcome, child=about):
                if outcome not in GOES_ON:
                    self._enquiries.pop((ident, about), None)
            case CorrectionRecorded(corrects=earlier):
                self._replaced.setdefault(earlier, ident)
            case PersonMerged(into=into):
                self._merged[ident] = into
            case PersonReinstated():
                self._merged.pop(ident, None)
            case RestrictionSet(restricted=closed):
                (self._restricted.add if closed else self._restricted.discard)(ident)
            case WithdrawalRecorded() as fact:
                self._withdrawn.update((fact.withdraws, *fact.also))
            case _:
                pass  # erased: there is nothing left to rule by

    def _keep(self, recorded: Recorded) -> None:
        """What was said when, for who asks as of a position."""
        ident = recorded.stream.partition(":")[2]
        match recorded.fact:
            case ConsentRecorded() as fact:
                self._told.setdefault(fact.source_record, []).append(recorded)
            case FamilySaid() as fact:
                self._told.setdefault(_WRITTEN + fact.person, []).append(recorded)
            case LegalStatusChanged() | EnquiryDecided() | RestrictionSet():
                self._told.setdefault(ident, []).append(recorded)
            case EnquiryOpened() | EnquiryChildAdded() as fact:
                self._told.setdefault(ident, []).append(recorded)
                self._asked_about.setdefault(fact.child, []).append(ident)
            case _:
                pass

    def asked_about(self, person: str) -> list[str]:
        """Every MASH enquiry that was ever opened about this person, under whichever name they had then."""
        asked = self._asked_about.items()
        return [ident for child, idents in asked if self._survivor(child) == person for ident in idents]

    def supposing(self, person: str, records: Iterable[str], merged: Mapping[str, str], upto: int) -> "Standing":
        """What was on record at this position of a person who were, then too, whom these source records are about.

        `merged` says of whom it is supposed who they were found to be ("" for nobody); of others it is as it is.
        """
        past = Standing(self._record)
        links = {**self._merged, **merged}
        past._merged = {one: into for one, into in links.items() if into}
        asked = [
            ident for child, idents in self._asked_about.items() if past._survivor(child) == person for ident in idents
        ]
        written = [name for name in self._told if name.startswith(_WRITTEN)]
        about = [name for name in written if past._survivor(name.removeprefix(_WRITTEN)) == person]
        for ident in (*sorted(records), *asked, *about, person):
            for recorded in self._told.get(ident, ()):
                if recorded.position <= upto:
                    past._fold(recorded)
        past._by_person[person] = stated(
            one for said in (*past._said.values(), *past._written.values()) for one in said
        )
        past._records_of[person] = list(past._statuses)
        grounds = [
            ground_of_enquiry(opened)
            for (_, child), opened in past._enquiries.items()
            if past._survivor(child) == person
        ]
        past._enquired[person] = frozenset[Ground]().union(*grounds)
        return past

    def _survivor(self, person: str) -> str:
        while person in self._merged:
            person = self._merged[person]
        return person

    def subject(
        self, person: str, codes: Iterable[str], why_not_told: str, vocabulary: Vocabulary, today: date
    ) -> Subject:
        """A child that a message speaks of, with what is on record and the grounds that its own codes give."""
        grounds: set[Ground] = set(grounds_said(codes, vocabulary))
        for source_record in self._records_of.get(person, ()):
            for status in self._statuses.get(source_record, {}).values():
                grounds |= ground_of_status(status, today)
        grounds |= self._enquired.get(person, frozenset())
        statements = _heard(self._by_person.get(person, ()))
        return Subject(
            person=person, statements=statements, grounds=frozenset(grounds), why_not_told=why_not_told,
            restricted=person in self._restricted,
        )  # fmt: skip

    def chain(self, message: str) -> list[str]:
        """The message, and the corrections that took its place one after the other, the one that stands last."""
        found = [message]
        while (after := self._replaced.get(found[-1])) is not None and after not in found:
            found.append(after)
        return found

    def withdrawn(self, message: str) -> bool:
        """Whether it, or what had taken its place, was withdrawn."""
        return any(one in self._withdrawn for one in self.chain(message))


def _heard(said: Sequence[Stated]) -> tuple[Stated, ...]:
    """What is heard when nobody is looking: a no keeps something out of the count only where evidence of it is held.

    A no without evidence still ends that giver's yes before it: nothing rests on a consent that may be withdrawn.
    """
    heard: list[Stated] = []
    for spoken in said:
        if spoken.fact.state in NO and not spoken.fact.evidence_held:
            heard = [one for one in heard if one.fact.giver != spoken.fact.giver or one.fact.state in NO]
        else:
            heard.append(spoken)
    return tuple(heard)
