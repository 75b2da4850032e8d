"""Consent and agreement on behalf of a person: look, record, withdraw after a look at what rests on it, acknowledge.

It promises that nobody records about somebody of whom they may not know, and that no withdrawal goes on record without
the notices to everybody who was shown something under it.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from hub.domain.agreement import AgreementInvalidated
from hub.domain.consent_record import ConsentInvalidated, Scope
from hub.domain.effective import NO
from hub.domain.errors import NotFound, Refused
from hub.domain.family_said import Ended, TookBack
from hub.domain.family_wish import Named, Wish
from hub.domain.notice import NoticeSent
from hub.domain.person import fold as fold_person
from hub.flow.consent import AS_BEFORE, NO_NOTICE, NO_STATEMENT, Consents, Speaker
from hub.flow.disclose import Disclosed, ItemRef
from hub.views import consent_words as words
from hub.views import stopping, store
from hub.views.accounts import somebody_else
from hub.views.anyway import anyway
from hub.views.asking import look, stamp
from hub.views.chronology import words_for
from hub.views.consent_notices import own, rows_of, told
from hub.views.consents import Held, agreement_rows, code_of, held, in_effect, refs, statement_rows
from hub.views.desk import HUB, Desk, caught_up, name_of
from hub.views.members import permitted
from hub.views.models import Asker
from hub.views.models import consent as models
from hub.views.relied import Share, rests_on
from hub.views.said_of import spoken
from hub.views.who_is_who import family, survivor

NOBODY = "no such person, or none that you may know of"
LOOK_FIRST = "What rests on it was not looked at, or has changed since: look at the preview, then withdraw"


class Consenting(Struct, frozen=True):
    """What pages, commands and the interface ask about consent and agreement. `settle` waits until the views have it."""

    desk: Desk
    consents: Callable[[], Consents]
    settle: Callable[[], None]

    def view(self, asker: Asker, person: str, *, with_words: bool = True) -> models.ConsentView:
        """What is on record of this person about sharing and, apart from it, about services. One look, in the ledger.

        Without words nothing is opened: for the command line.

        Raises NotPermitted, and NotFound for somebody who is not there or of whom this asker may not know.
        """
        permitted(self.desk, asker, "consent")
        known, shown = self._look(asker, person, "consent_page", with_words=with_words)
        opened = {item.item: item.words for item in shown.shown}
        ended = _ended(known)
        everything = all(code_of(one.ref) in opened for one in known.history)
        whole = f"picture:{known.person}" in opened
        effect = in_effect(self.desk, known, "" if everything else asker.organisation)
        return models.ConsentView(
            person=known.person, kind=self._kind(known.person),
            stamp=replace(stamp(self.desk, asker), ledger=shown.ledger_position),
            anyway=self._anyway(known.person, whole=whole),
            statements=statement_rows(self.desk, known, opened, ended), in_effect=effect,
            agreements=agreement_rows(self.desk, known, opened),
            notices=told(self.desk, rows_of(self.desk, children=family(self.desk, known.person))) if whole else (),
        )  # fmt: skip

    def preview(self, asker: Asker, wish: Wish) -> models.Preview:
        """What rests on a consent that is about to be withdrawn, whole or as far as `wish.scope` says. Writes nothing.

        Raises NotPermitted, NotFound, and Refused where there is nothing to withdraw.
        """
        permitted(self.desk, asker, "consent")
        known, looked = self._seen(asker, wish)
        whole = any(one.item == f"picture:{known.person}" for one in looked.shown)
        return self._previewed(asker, wish, known, whole=whole)[0]

    def _previewed(
        self, asker: Asker, wish: Wish, known: Held, *, whole: bool
    ) -> tuple[models.Preview, Named, tuple[Share, ...]]:
        """What rests on it, worked out once: as it is shown to this asker, and as it is."""
        named = self._named(known, wish.statement)
        if named.about != "consent_to_share":
            raise Refused(
                "Only what is shared rests on consent to share: an agreement is withdrawn without this", "about"
            )
        if named.state != "given" or not named.stands:
            raise Refused("There is nothing to withdraw: this is no yes that stands", "statement")
        scope, part = _part(named, wish.scope)
        caught_up(self.desk, "ledger")
        shares = rests_on(self.desk, known.person, named, scope)
        # what others read on another basis tells of a MASH enquiry: to who may not know of one it is not there
        told = shares if whole else [_unlooked(one) for one in shares if _for_all(one, asker.organisation)]
        shown = models.Preview(
            person=known.person, statement=named.ref, stamp=stamp(self.desk, asker), giver=words.GIVERS[named.giver],
            rows=tuple(self._resting(one) for one in told),
            recipients=tuple(name_of(self.desk, one) for one in stopping.recipients(told)), due=stopping.due(self.desk),
            digest=_digest(named, scope, shares), part=part, whole=whole,
        )  # fmt: skip
        return shown, named, shares

    def say(self, asker: Asker, wish: Wish) -> models.Recorded:
        """Record what a family said, in one's own name. A withdrawal tells everybody who was shown something under it.

        Raises NotPermitted, NotFound, and Refused naming the answer that is missing; nothing is written then.
        """
        member = permitted(self.desk, asker, "consent")
        known, looked = self._seen(asker, wish)
        whole = any(one.item == f"picture:{known.person}" for one in looked.shown)
        wish = replace(wish, person=known.person, seen=self.desk.record.position())
        if wish.who not in {"", "new", AS_BEFORE} and wish.who not in {one.fact.who for one in known.stated}:
            raise Refused("Choose somebody who has spoken about this person, or “new”", "who")
        sent: list[NoticeSent] = []

        def notices() -> Sequence[NoticeSent]:
            """Worked out at the last moment: what rests on it may have changed since it was looked at."""
            stops = self._stop if wish.about == "consent_to_share" else self._no_service
            sent[:] = stops(asker, wish, known) if wish.what == "withdrawn" else ()
            return sent

        self._another(asker, wish, known)
        notices()  # what was not looked at is refused before anything else is asked
        reasons = anyway(self.desk, known.person) if wish.what == "sought" else ()
        by = Speaker(staff=member.id, organisation=member.organisation, setting=member.setting)
        try:
            made = self.consents().say(
                wish, by, register=self.desk.register(), about=known.streams, anyway=reasons, notices=notices
            )
        except NotFound as missing:
            raise NotFound(str(missing) if str(missing) == NO_STATEMENT else NOBODY) from None
        self.settle()
        # "stops" or "released" stand in a notice's codes by name: of the others, only who may know of the child learns
        return models.Recorded(made, tuple(one.organisation for one in sent if whole or _told_of(one, asker)))

    def _another(self, asker: Asker, wish: Wish, known: Held) -> None:
        """Raises Refused where somebody else must strike a no, or set a young person's aside, and this is another account of
        who wrote it down; of the very same account the rule says so itself.
        """
        if wish.what not in {"invalid", "conflict"}:
            return
        said = [self.consents().named(one, known.streams) for one in (wish.statement, wish.other) if one]
        struck = wish.what == "invalid" and any(one.state in NO for one in said[:1])
        aside = wish.what == "conflict" and any(one.giver == "young_person" for one in said[1:])
        if struck or aside:
            somebody_else(self.desk, asker.staff, {staff for one in said for staff in one.written_by})

    def notices(self, asker: Asker) -> models.NoticesView:
        """Notices about consent to the asker's own organisation. One look; raises NotPermitted."""
        member = permitted(self.desk, asker, "answer")
        caught_up(self.desk)
        return models.NoticesView(
            stamp=stamp(self.desk, asker), organisation=name_of(self.desk, member.organisation),
            rows=told(self.desk, own(self.desk, asker)),
        )  # fmt: skip

    def notices_of(self, organisation: str) -> tuple[models.Notice, ...]:
        """The same for a program of the organisation."""
        caught_up(self.desk)
        return told(self.desk, rows_of(self.desk, organisation=organisation))

    def acknowledge(self, asker: Asker, notice: str) -> None:
        """Say, for one's own organisation, that it has stopped. Raises NotPermitted, NotFound, Refused."""
        member = permitted(self.desk, asker, "answer")
        caught_up(self.desk)
        if f"notice:{notice}" not in {row["stream"] for row in own(self.desk, asker)}:
            raise NotFound(NO_NOTICE)
        self.consents().acknowledge(notice, member.organisation, f"person:{member.id}")
        self.settle()

    def acknowledge_for(self, organisation: str, notice: str) -> None:
        """The same, by a program of the organisation. Raises NotFound, Refused."""
        self.consents().acknowledge(notice, organisation, f"organisation:{organisation}")
        self.settle()

    # ------------------------------------------------------------------------------------------------------ looking

    def _look(self, asker: Asker, person: str, reason: str, *, with_words: bool = False) -> tuple[Held, Disclosed]:
        """One look at everything on record of a person about consent; raises NotFound unless they may be known of."""
        desk = self.desk
        caught_up(desk)
        person = survivor(desk, person)
        if not desk.store.rows(select(store.person.c.person).where(store.person.c.person == person)):
            look(desk, asker, [], reason)  # in the ledger like a look that is refused
            raise NotFound(NOBODY)
        known = held(desk, person)
        their_own = [one.codes for one in spoken(desk, person) if one.codes.organisation.id == asker.organisation]
        picture = ItemRef(item=f"picture:{person}", category="codes", organisation=HUB, persons=(person,), position=0)
        shown = look(desk, asker, [picture, *their_own, *refs(desk, known, with_words=with_words)], reason)
        if not shown.shown:
            raise NotFound(NOBODY)
        return known, shown

    def _seen(self, asker: Asker, wish: Wish) -> tuple[Held, Disclosed]:
        """The same for who is about to write: what they name of it, they may know of."""
        known, shown = self._look(asker, wish.person, "consent_recording")
        opened = {item.item for item in shown.shown}
        if any(one and code_of(one) not in opened for one in (wish.statement, wish.other)):
            raise NotFound(NO_STATEMENT)
        streams = {one.stream for one in known.history if code_of(one.ref) in opened}
        if wish.record and not any(stream.endswith(f"-record:{wish.record}") for stream in streams):
            raise NotFound("no such record about this person: mash consent show lists them")
        return known, shown

    def _anyway(self, person: str, *, whole: bool) -> tuple[str, ...]:
        """Why nobody is asked, in words; for who may not know of grounds and enquiries, only whom to ring first."""
        found = anyway(self.desk, person)
        if not whole:
            return (words.ANYWAY["ring_first"],) if found else ()
        return tuple(words.ANYWAY[code] for code in found)

    def _kind(self, person: str) -> str:
        return fold_person(person, (one.fact for one in self.desk.record.load(f"person:{person}"))).kind

    def _named(self, known: Held, statement: str) -> Named:
        if not statement:
            raise Refused("Name the statement that is withdrawn: mash consent show lists them", "statement")
        return self.consents().named(statement, known.streams)

    # -------------------------------------------------------------------------------------------------- withdrawing

    def _stop(self, asker: Asker, wish: Wish, known: Held) -> tuple[NoticeSent, ...]:
        """The notices of a withdrawal. Raises Refused unless what rests on it was looked at, and is still so."""
        seen, named, shares = self._previewed(asker, wish, known, whole=True)
        if wish.preview != seen.digest:
            raise Refused(LOOK_FIRST, "preview")
        _, part = _part(named, wish.scope)
        effect = wish.effect or "stop_future"  # refused below where nobody chose one
        return stopping.stop_sharing(self.desk, known.person, shares, effect=effect, part=part, by=asker.staff)

    def _no_service(self, asker: Asker, wish: Wish, known: Held) -> tuple[NoticeSent, ...]:
        """The notice to whoever gives a service that was agreed to, and stands."""
        agreed = next((one for one in known.agreements if one.ref == wish.statement), None)
        if agreed is None or agreed.state not in {"agreed", "asserted"}:
            return ()  # refused below: there is nothing to withdraw
        return (stopping.stop_service(self.desk, known.person, agreed, by=asker.staff),)

    def _resting(self, one: Share) -> models.Resting:
        return models.Resting(
            organisation=name_of(self.desk, one.organisation), category=words_for(one.category), outcome=one.outcome,
            outcome_words=words.RESTING[one.outcome], items=one.items, looks=one.looks, last_at=one.last_at,
            policies=one.policies,
        )  # fmt: skip


def _ended(known: Held) -> frozenset[str]:
    """Statements that were withdrawn whole, ended or struck."""
    found = set()
    for one in known.history:
        fact = one.fact
        if (isinstance(fact, TookBack) and not fact.part) or isinstance(
            fact, Ended | ConsentInvalidated | AgreementInvalidated
        ):
            found.add(fact.statement)
    return frozenset(found)


def _part(named: Named, wished: Scope) -> tuple[Scope, bool]:
    """What is withdrawn of a statement, and whether that is only a part of it. An empty list means all of it."""
    whole = named.scope
    scope = Scope(
        organisations=wished.organisations or whole.organisations, categories=wished.categories or whole.categories,
        purposes=wished.purposes or whole.purposes,
    )  # fmt: skip
    fields = ("organisations", "categories", "purposes")
    return scope, any(set(getattr(scope, one)) != set(getattr(whole, one)) for one in fields)


def _for_all(one: Share, organisation: str) -> bool:
    """Whether whoever recorded a consent may know this of it: their own, and what stops with it."""
    return one.organisation == organisation or one.outcome in {"stops", "released"}


def _told_of(one: NoticeSent, asker: Asker) -> bool:
    return one.organisation == asker.organisation or not {"stops", "released"}.isdisjoint(dict(one.codes))


def _unlooked(one: Share) -> Share:
    """The same without how often and when somebody looked, and by which rule."""
    return msgspec.structs.replace(one, looks=0, last_at=None, policies=())


def _digest(named: Named, scope: Scope, shares: Sequence[Share]) -> str:
    """What was looked at, as a hash: when a new look at the child comes in between, the preview is made anew."""
    lines = [(one.organisation, one.category, one.outcome, one.items) for one in shares]
    return sha256(msgspec.json.encode((named.ref, scope, lines))).hexdigest()
