"""The family's account for who prepares and reviews it: what a letter says, made from the ledger without opening a word.

It promises that a child who may not be known of has no letter, and that an organisation's "do not discuss yet" holds.
"""

from datetime import date, datetime

from msgspec import Struct
from sqlalchemy import select

from hub.domain import letter as letters
from hub.domain.errors import NotFound, Refused
from hub.domain.letter import KINDS, PURPOSES, How, Letter, LetterLine, LetterPrepared, Recipient
from hub.domain.moments import london_day
from hub.domain.reasons import day_words
from hub.domain.staff import Permission, may
from hub.flow.disclose import ItemRef
from hub.flow.letter import NOT_THERE, Letters, looks
from hub.views import chronology, said_of, store
from hub.views.accounts import somebody_else
from hub.views.asking import look, stamp
from hub.views.desk import PARTNERSHIP, Desk, caught_up, name_of
from hub.views.matters import matter
from hub.views.members import permitted, staff_of
from hub.views.models import Asker
from hub.views.models.letter import LetterList, LetterRow, LetterView
from hub.views.subjects import subjects
from hub.views.telling import NO_CHILD, who
from hub.views.who_is_who import family, survivor

MOST = 200
MAY_VOUCH: tuple[Permission, ...] = ("letters", "consent")  # who prepares letters, or records what families say
HOW = {
    "document_seen": "a document was seen", "met_in_person": "met in person",
    "parental_responsibility_seen": "parental responsibility was seen",
}  # fmt: skip
RECIPIENTS = {"adult": "An adult with parental responsibility", "young_person": "The young person"}
STATES = {"prepared": "Waits for a review", "reviewed": "Reviewed", "refused": "Does not go out", "printed": "Printed"}
REFUSALS = {
    "would_endanger": "It would endanger somebody", "not_verified": "The reader is not verified",
    "names_somebody": "It shows who somebody is", "prejudices_an_enquiry": "It would harm an enquiry that is open",
    "other": "Another reason, which the reviewer tells the preparer",
}  # fmt: skip
CHECKS = {
    "identity_and_standing": "The reader is who they say, and may be told about this child",
    "endangers_nobody": "It endangers nobody: the child, a parent, who told, who works with them",
    "nothing_of_others": "It shows nothing of anybody else, and nothing that the child said",
    "address_is_safe": "It is handed over, or sent where only the reader opens it",
}


class PrepareLetter(Struct, frozen=True, kw_only=True):
    """Ask for a letter about `child` to the person `to`. `verified_by` is a staff id, "" for the asker."""

    child: str
    to: str
    recipient: Recipient
    how: How
    verified_on: date
    verified_by: str = ""


class Lettering(Struct, frozen=True):
    """What pages, programs and commands ask about letters."""

    desk: Desk
    letters: Letters

    def prepare(self, asker: Asker, wish: PrepareLetter) -> str:
        """Prepare a letter from the ledger as it stands; its id.

        Raises NotPermitted; NotFound for a child that this asker may not know the looks of, a restricted one among them;
        Refused, naming the field, for a reader who may not be told, and while an organisation asks that the family be not
        told yet.
        """
        desk = self.desk
        permitted(desk, asker, "letters")
        caught_up(desk, "ledger")
        caught_up(desk)
        child, to = survivor(desk, wish.child), survivor(desk, wish.to)
        self._may_know(asker, child, "letter_prepare")
        verifier = wish.verified_by or asker.staff
        self._may_vouch(verifier, {*family(desk, child), to})
        if to != child:
            rows = desk.store.rows(select(store.person.c.kind).where(store.person.c.person == to))
            if not rows or rows[0]["kind"] != "adult":
                raise Refused("Name an adult who is on record: a letter goes to somebody who was verified", "to")
        if yet := chronology.not_to_be_discussed(desk, said_of.spoken(desk, child)):
            until = day_words(london_day(yet[0][0]))
            raise Refused(f"An organisation asked that nothing be discussed with the family until {until}", "child")
        table = store.look
        query = select(table.c.position).where(table.c.child.in_(family(desk, child))).distinct()
        positions = sorted(row["position"] for row in desk.store.rows(query))
        fact = LetterPrepared(
            child=child, to=to, recipient=wish.recipient, verified_by=verifier, how=wish.how, verified_on=wish.verified_on,
            upto=positions[-1] if positions else 0, told=letters.lines(looks(desk.ledger, positions)), by=asker.staff,
        )  # fmt: skip
        return self.letters.prepare(fact)

    def review(self, asker: Asker, ident: str, checks: tuple[str, ...]) -> None:
        """Let it go out. Raises NotPermitted, NotFound, Refused for who prepared it or vouched, and for a check not made."""
        self._another(asker, self._for(asker, ident, "letter_review")[0])
        self.letters.review(ident, checks, asker.staff)

    def refuse(self, asker: Asker, ident: str, reason: str) -> None:
        """Keep it back. Raises NotPermitted, NotFound, Refused."""
        self._another(asker, self._for(asker, ident, "letter_review")[0])
        self.letters.refuse(ident, reason, asker.staff)

    def _another(self, asker: Asker, one: Letter) -> None:
        """Raises Refused for another account of who prepared it, or who vouched for its reader."""
        somebody_else(self.desk, asker.staff, [one.fact.by, one.fact.verified_by] if one.fact else [])

    def put_to_paper(self, asker: Asker, ident: str) -> None:
        """Print it. Raises NotPermitted, NotFound, Refused before a review."""
        self._for(asker, ident, "letter_print")
        self.letters.put_to_paper(ident, asker.staff)

    def show(self, asker: Asker, ident: str) -> LetterView:
        """One letter as it reads. Raises NotPermitted, NotFound."""
        one, at = self._for(asker, ident, "letter_read")
        fact, desk = one.fact, self.desk
        assert fact is not None  # noqa: S101 - for the type checker: `_for` found it
        decided = one.reviewed or one.refused
        return LetterView(
            id=one.id, stamp=stamp(desk, asker), child=fact.child, to=fact.to, recipient=RECIPIENTS[fact.recipient],
            state=STATES[one.state], prepared_at=at, prepared_by=who(desk, fact.by),
            verified=f"{HOW[fact.how]} on {day_words(fact.verified_on)} by {who(desk, fact.verified_by)}",
            decided_by=who(desk, decided.by) if decided else "",
            why_refused=REFUSALS[one.refused.reason] if one.refused else "", date=london_day(at),
            partnership=str(desk.edition.parts["partnership"].get("title", desk.edition.parts["partnership"]["name"])),
            sentences=tuple(sentence(desk, line) for line in fact.told),
            may_review=one.state == "prepared" and asker.staff not in {fact.by, fact.verified_by},
            may_print=one.state in {"reviewed", "printed"},
        )  # fmt: skip

    def register(self, asker: Asker) -> LetterList:
        """The letters about children whose looks this asker may know of, newest first; one look."""
        desk = self.desk
        permitted(desk, asker, "letters")
        caught_up(desk)
        query = select(matter).where(matter.c.kind == "letter").order_by(matter.c.position.desc()).limit(MOST)
        rows = desk.store.rows(query)
        items = [item_of(survivor(desk, row["child"])) for row in rows]
        allowed = {one.item for one in look(desk, asker, items, "letter_list", purpose="access_audit").shown}
        return LetterList(
            stamp=stamp(desk, asker),
            rows=tuple(
                LetterRow(
                    id=row["stream"].partition(":")[2], child=row["child"], recipient=RECIPIENTS[row["what"]],
                    state=STATES[row["state"]], prepared_at=row["opened_at"], prepared_by=who(desk, row["by"]),
                    may_review=row["state"] == "prepared" and asker.staff not in {row["by"], row["holder"]},
                )
                for row, item in zip(rows, items, strict=True)
                if item.item in allowed
            ),
        )  # fmt: skip

    def _may_vouch(self, staff: str, about: set[str]) -> None:
        """Raises Refused unless this is somebody in the register who meets families or prepares letters, and no family of
        theirs. That they do not review is checked at the review.
        """
        member = staff_of(self.desk, staff)
        if not member.active:
            raise Refused("Name somebody who is in the register of staff", "verified_by")
        if not any(may(member.roles, one) for one in MAY_VOUCH) or not about.isdisjoint(member.related):
            raise Refused(
                "Name somebody who may vouch for the reader: who meets the family in their work", "verified_by"
            )

    def _for(self, asker: Asker, ident: str, reason: str) -> tuple[Letter, datetime]:
        permitted(self.desk, asker, "letters")
        try:
            one, held = self.letters.load(ident)
        except NotFound:
            look(self.desk, asker, [], reason, purpose="access_audit")
            raise
        assert one.fact is not None  # noqa: S101 - for the type checker: `load` found it
        try:
            self._may_know(asker, survivor(self.desk, one.fact.child), reason)
        except NotFound:
            raise NotFound(NOT_THERE) from None
        return one, held[0].envelope.known_at

    def _may_know(self, asker: Asker, child: str, reason: str) -> None:
        """Raises NotFound: for a restricted child too, about whom nobody is told by letter."""
        desk = self.desk
        caught_up(desk)  # a record restricted a moment ago is restricted already
        known = subjects(desk, [child])
        shown = look(desk, asker, [item_of(child)] if child in known else [], reason, purpose="access_audit")
        if not shown.shown or known[child].restricted:
            raise NotFound(NO_CHILD)


def sentence(desk: Desk, line: LetterLine) -> str:
    """A line as a family reads it."""
    kinds = [KINDS[kind] for kind in line.kinds]
    told = kinds[0] if len(kinds) == 1 else f"{', '.join(kinds[:-1])} and {kinds[-1]}"
    when = (
        f"on {day_words(line.first)}"
        if line.first == line.last
        else f"between {day_words(line.first)} and {day_words(line.last)}"
    )
    return f"{name_of(desk, line.organisation)} was shown {told}, {when}, {PURPOSES[line.purpose]}."


def item_of(child: str) -> ItemRef:
    """That there are letters about a child, to be ruled on."""
    return ItemRef(item=f"letter:{child}", category="ledger", organisation=PARTNERSHIP, persons=(child,), position=0)
