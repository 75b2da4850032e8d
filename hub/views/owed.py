"""What organisations must be told because of what came by itself: a consent withdrawn by message, and a statement that its
owner corrected or withdrew after it had released it.

It promises that each is told once, whichever way the message came and however often: what was told stands on record in the
transaction of the notices.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct
from sqlalchemy import literal, select

from hub.domain.consent import ConsentRecorded, Stated
from hub.domain.consent_record import ConsentWithdrawn, Effect, Scope
from hub.domain.effective import covers, giver_of
from hub.domain.fact import Recorded
from hub.domain.family_said import TookBack
from hub.domain.family_wish import Named
from hub.domain.notice import NoticeSent
from hub.domain.release import HUB_ITSELF
from hub.flow.consent import Consents
from hub.flow.release import Releases
from hub.views import said_of, stopping, store
from hub.views.consents import Held, held
from hub.views.desk import Desk, caught_up
from hub.views.matters import matter
from hub.views.matters_requests import released
from hub.views.relied import Share, rests_on
from hub.views.who_is_who import persons_of, survivor

STOP: Effect = "stop_future"  # a message says that a consent is withdrawn, and not what to do about what went out


class Owed(Struct, frozen=True):
    """What is told without anybody asking for it: looked at turn by turn by one process (hub/views/watch.py)."""

    desk: Desk
    consents: Callable[[], Consents]
    releases: Callable[[], Releases]

    def tell(self) -> int:
        """Tell what is owed now; how many notices that were. Raises TryLater."""
        caught_up(self.desk)
        return self._withdrawals() + self._corrections()

    # -------------------------------------------------------------------------------------------------- withdrawals

    def _withdrawals(self) -> int:
        query = select(matter).where(matter.c.kind == "consent-withdrawal", matter.c.state == "waits")
        rows = self.desk.store.rows(query.order_by(matter.c.position))
        if rows:
            caught_up(self.desk, "ledger")
        return sum(self._carry_out(str(row["what"])) for row in rows)

    def _carry_out(self, withdrawal: str) -> int:
        stream, _, version = withdrawal.rpartition("@")
        recorded = self.desk.record.load(stream, upto=int(version))[-1]
        notices = tuple(self._stop(recorded))
        return self.consents().carried_out(withdrawal, notices, HUB_ITSELF)

    def _stop(self, recorded: Recorded) -> Iterator[NoticeSent]:
        """Whom a withdrawal is still to be told: of a record made here, who looked between the preview and the stop."""
        desk, fact = self.desk, recorded.fact
        if isinstance(fact, ConsentWithdrawn):
            known = held(desk, survivor(desk, fact.person))
            told = {self._organisation(one) for one in fact.told}
            named = self.consents().named(fact.statement, known.streams)
            shares = rests_on(desk, known.person, named, fact.scope, recorded)
            made = stopping.stop_sharing(desk, known.person, shares, effect=fact.effect, part=fact.part, by=HUB_ITSELF)
            yield from (one for one in made if one.organisation not in told)
        elif isinstance(fact, ConsentRecorded):
            person = persons_of(desk, [fact.source_record]).get(fact.source_record)
            if person is None:
                return
            known = held(desk, survivor(desk, person))
            if fact.about == "agreement_to_service":
                yield from self._services(known, fact)
                return
            part = bool(fact.organisations or fact.categories or fact.purposes)
            shares = tuple(self._by_message(known, recorded, fact))
            yield from stopping.stop_sharing(desk, known.person, shares, effect=STOP, part=part, by=HUB_ITSELF)

    def _by_message(self, known: Held, recorded: Recorded, fact: ConsentRecorded) -> Iterator[Share]:
        """What rested on each yes that a message's withdrawal closes, as far as it names it.

        A no is heard from anybody: of a yes that somebody else gave, what stops with it is told too.
        """
        taken_back = {
            one.fact.statement
            for one in known.history
            if isinstance(one.fact, TookBack) and not one.fact.part and one.position < recorded.position
        }
        for stated in self._yeses(known, recorded):
            if stated.ref in taken_back:
                continue
            named = self.consents().named(stated.ref, known.streams)
            scope = _as_far_as(fact, named)
            if scope is None:
                continue
            theirs = giver_of(stated.fact) == giver_of(fact)
            for share in rests_on(self.desk, known.person, named, scope, recorded):
                if theirs or share.outcome in {"stops", "released"}:
                    yield share

    def _yeses(self, known: Held, recorded: Recorded) -> Iterator[Stated]:
        positions = {one.ref: one.position for one in known.history}
        for one in known.stated:
            before = positions.get(one.ref, 0) < recorded.position
            if before and one.fact.about == "consent_to_share" and one.fact.state == "given":
                yield one

    def _services(self, known: Held, fact: ConsentRecorded) -> Iterator[NoticeSent]:
        """A message names no service: whoever gives one that this person agreed to is told, or those that it names."""
        for agreed in known.agreements:
            same = fact.giver in {agreed.giver, "not_recorded"}
            named = not fact.organisations or agreed.provider in fact.organisations
            if agreed.state in {"agreed", "asserted"} and same and named:
                yield stopping.stop_service(self.desk, known.person, agreed, by=HUB_ITSELF)

    def _organisation(self, notice: str) -> str:
        sent = self.desk.record.load(f"notice:{notice}", upto=1)
        return str(getattr(sent[0].fact, "organisation", "")) if sent else ""

    # -------------------------------------------------------------------------------------------------- corrections

    def _corrections(self) -> int:
        """Of what is released: a statement that was withdrawn is closed again, and a correction is told."""
        desk, told = self.desk, 0
        of, after = released, store.superseded
        query = (
            select(of.c.item, of.c.organisation, after.c.message)
            .join(after, of.c.said == literal("message:").concat(after.c.message).concat("@1"))
            .where(of.c.open.is_(True))
        )
        found: dict[tuple[str, str], list[str]] = {}
        for row in desk.store.rows(query):
            found.setdefault((row["item"], row["message"]), []).append(row["organisation"])
        since = said_of.newer(desk, {message for _, message in found})
        for (item, message), organisations in found.items():
            if since[message].how == "withdrawn":
                told += len(self.releases().taken_back(item, stopping.due_to_close(desk)))
            else:
                newest, due = since[message].newest, stopping.due_to_close(desk)
                told += self.releases().corrected(item, sorted(organisations), newest, due)
        return told


def _as_far_as(fact: ConsentRecorded, named: Named) -> Scope | None:
    """What of a yes a withdrawal names; a withdrawal that names nothing means everything. None where they do not meet."""
    whole = named.scope
    categories = [
        one
        for one in (*whole.categories, *fact.categories)
        if (not fact.categories or covers(fact.categories, one)) and covers(whole.categories, one)
    ]
    scope = Scope(
        organisations=tuple(one for one in whole.organisations if not fact.organisations or one in fact.organisations),
        categories=tuple(dict.fromkeys(categories)),
        purposes=tuple(one for one in whole.purposes if not fact.purposes or one in fact.purposes),
    )
    return scope if scope.organisations and scope.categories and scope.purposes else None
