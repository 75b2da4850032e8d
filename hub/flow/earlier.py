"""What a correction or a withdrawal refers to, and what counts no longer once that is taken back."""

from collections.abc import Iterable

from hub.domain import child as children
from hub.domain import message
from hub.domain.child import DiscountSignal
from hub.domain.concern import ConcernRecorded, CorrectionRecorded, StrengthRecorded, message_id
from hub.domain.errors import BadMessage
from hub.domain.fact import Recorded
from hub.domain.signal import DiscountReason
from hub.flow import append
from hub.flow.append import Draft
from hub.flow.people import People
from hub.flow.standing import Standing
from hub.flow.verify import Verified
from hub.ports import Record


class Earlier:
    """Statements on record, asked for by those that come after them."""

    def __init__(self, record: Record, standing: Standing, people: People) -> None:
        self._record, self._standing, self._people = record, standing, people

    def of(self, verified: Verified) -> str:
        """The hub's id of what a correction or withdrawal refers to; "" for any other message.

        Raises BadMessage where that is not on record, or a correction corrects what stands no more. It is asked before
        anybody is placed: whoever a refused message speaks of must not be met again by the message after it.
        """
        match verified.message:
            case message.ConcernCorrected(corrects=ce_id):
                field = "corrects"
            case message.ConcernWithdrawn(withdraws=ce_id):
                field = "withdraws"
            case _:
                return ""
        try:
            earlier = message_id(verified.header.source, ce_id)
        except ValueError:
            raise BadMessage("malformed_id", "give the id under which it was sent, a UUID", field) from None
        if not self._record.versions([f"message:{earlier}"]):
            detail = "what it refers to is not on record: it waits here, and can be re-admitted once that is"
            raise BadMessage("refers_to_unknown", detail, field)
        if isinstance(verified.message, message.ConcernCorrected):
            if self._standing.withdrawn(earlier):
                raise BadMessage("already_withdrawn", "it was withdrawn: send a new concern", field)
            if len(self._standing.chain(earlier)) > 1:
                detail = "a correction stands in its place already: correct that one, by the id under which it was sent"
                raise BadMessage("already_corrected", detail, field)
        return earlier

    def chain(self, earlier: str) -> list[str]:
        """The statement and the corrections that took its place, the one that stands last."""
        return self._standing.chain(earlier)

    def about(self, chain: Iterable[str]) -> list[str]:
        """The source records that these statements are about, each once, without those that were erased since."""
        return list(dict.fromkeys(record for one in chain for record in self._about(one)))

    def taken_back(self, verified: Verified, earlier: str, reason: DiscountReason) -> list[Draft]:
        """The signals of an earlier statement count no longer: for the child, and for whoever it might have been.

        What was taken back before is not taken back again. (The record is whole here: see `parts` in receive.py.)
        """
        fact = self._statement(earlier).fact
        if not isinstance(fact, ConcernRecorded | StrengthRecorded | CorrectionRecorded):
            return []
        rows = self._record.by_source_record([s.source_record for s in fact.statement.subjects])
        drafts = []
        for number, subject in enumerate(fact.statement.subjects):
            person = rows[subject.source_record].person
            for child in (person, *self._people.candidates(person)):
                held = children.fold(one.fact for one in self._record.load(children.stream(child)))
                because = f"{append.stream_of(verified)}@1"
                drafts += [
                    Draft(children.stream(child), gone, new=False, because=because)
                    for gone in children.decide(held, DiscountSignal(f"{earlier}/{number}", reason))
                ]
        return drafts

    def _statement(self, earlier: str) -> Recorded:
        return self._record.load(f"message:{earlier}", upto=1)[0]

    def _about(self, earlier: str) -> list[str]:
        fact = self._statement(earlier).fact
        if not isinstance(fact, ConcernRecorded | StrengthRecorded | CorrectionRecorded):
            return []
        about = [s.source_record for s in fact.statement.subjects] + [a.source_record for a in fact.statement.adults]
        return [one for one in about if self._people.alive(f"source-record:{one}")]
