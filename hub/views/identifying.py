"""Deciding who is who, on behalf of a person: may they know of everybody concerned, then decide, then wait until it is done.

It promises that nobody decides about their own family, or about a restricted identity that they may not know of: to them
it is not there.
"""

from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from hub.domain.errors import NotFound, Refused
from hub.domain.fact import Fact
from hub.domain.identity import WHY_NOT, DecideIdentity, Decision, Outcome, taken_back_by
from hub.domain.person import HeldApart, HoldingApartEnded
from hub.domain.sameness import SamenessProposed, SamenessSettled
from hub.domain.staff import may
from hub.flow.disclose import ItemRef
from hub.flow.identify import Identify
from hub.views import said_of, store
from hub.views.accounts import somebody_else
from hub.views.asking import look
from hub.views.desk import HUB, Desk, caught_up
from hub.views.horizon import horizon, sees_decision
from hub.views.members import permitted, staff_of
from hub.views.models import Asker
from hub.views.who_is_who import candidates, survivors

NOBODY = "no such person or decision, or none that you may know of"


class Identifying(Struct, frozen=True):
    """What pages and commands ask to decide. `carry_out` waits until the intake has carried a decision out."""

    desk: Desk
    identify: Callable[[], Identify]
    carry_out: Callable[[str], None]

    def decide(self, asker: Asker, wish: DecideIdentity) -> dict[str, str]:
        """Decide in one's own name; what became of it (see `state`).

        Raises NotPermitted, NotFound, and Refused naming the answer that is missing or why it cannot be done.
        """
        permitted(self.desk, asker, "identity")
        wish = replace(wish, by=asker.staff)
        if wish.what == "split":
            reversed_ = self._decision(wish.reverses).fact
            wish = replace(wish, person=reversed_.person, other=reversed_.other) if reversed_ else wish
        caught_up(self.desk)
        self._may_know(asker, [wish.person, wish.other, *candidates(self.desk, wish.person)])
        self._may_read(wish)
        self._asked_once(wish)
        try:
            ident = self.identify().decide(wish)
        except NotFound:
            raise NotFound(NOBODY) from None
        return self._done(ident)

    def agree(self, asker: Asker, identity: str) -> dict[str, str]:
        """Agree to somebody else's decision. Raises NotPermitted, NotFound, Refused for who decided it."""
        self._concerned(asker, identity)
        decided = self._decision(identity).fact
        somebody_else(self.desk, asker.staff, [decided.by] if decided else [])
        self.identify().agree(identity, asker.staff)
        return self._done(identity)

    def not_agree(self, asker: Asker, identity: str, why: str) -> dict[str, str]:
        """Do not agree, or take one's own decision back before anybody agreed: nothing moves. Raises as `agree`."""
        self._concerned(asker, identity)
        self.identify().not_agree(identity, asker.staff, why)
        return self._done(identity)

    def assess(self, asker: Asker, identity: str, outcome: Outcome, why: str) -> dict[str, str]:
        """Record whether who was shown what is a breach to notify. Raises NotPermitted, NotFound, Refused.

        Source: UK GDPR Art 33.
        """
        self._concerned(asker, identity)
        self.identify().assess(identity, outcome, asker.staff, why)
        return self._done(identity)

    def state(self, asker: Asker, identity: str) -> dict[str, str]:
        """A decision as it stands: codes, and the command that takes it back. Raises NotPermitted, NotFound."""
        self._concerned(asker, identity)
        return self._said(self._decision(identity))

    def trail(self, asker: Asker, person: str) -> list[dict[str, str]]:
        """Who a person was held to be, fact by fact: position, when, what, by which decision, and the ids in it.

        Raises NotPermitted, NotFound.
        """
        permitted(self.desk, asker, "identity")
        caught_up(self.desk)
        self._may_know(asker, [person, *candidates(self.desk, person)])
        history = self.desk.record.load(f"person:{person}")
        if not history:
            raise NotFound(NOBODY)
        seen = horizon(self.desk, staff_of(self.desk, asker.staff))
        named = {str(getattr(one.fact, "source_record", "")) for one in history} - {""}
        closed = said_of.without_trace(self.desk, named)
        rows = []
        for one in history:
            if getattr(one.fact, "source_record", "") in closed:
                continue
            whom = next((str(getattr(one.fact, n)) for n in ("into", "to", "other") if hasattr(one.fact, n)), "")
            hidden = bool(whom) and not seen.sees([whom])
            if hidden and isinstance(one.fact, HeldApart | HoldingApartEnded | SamenessProposed | SamenessSettled):
                continue  # of an adopted child, that it is held apart from somebody, or near them, must not be told
            rows.append(
                {
                    "position": str(one.position), "known_at": one.envelope.known_at.isoformat(), "fact": one.fact.NAME,
                    "decision": "" if hidden else self._named(asker, one.fact), "who": "" if hidden else whom,
                    "source_record": str(getattr(one.fact, "source_record", "")),
                    "how": str(getattr(one.fact, "how", "") or getattr(one.fact, "standing", "")),
                }
            )  # fmt: skip
        return rows

    def _named(self, asker: Asker, fact: Fact) -> str:
        """The decision that a fact names; "" for one of which this person may not know."""
        ident = str(getattr(fact, "decision", "")).partition(":")[2]
        return ident if ident and self._sees(asker, ident) else ""

    def _sees(self, asker: Asker, identity: str) -> bool:
        """Whether a decision may be known of, as its page rules: everybody whom it is about, or who came of it."""
        rows = self.desk.store.rows(select(store.identity).where(store.identity.c.identity == identity))
        return bool(rows) and sees_decision(self.desk, horizon(self.desk, staff_of(self.desk, asker.staff)), rows[0])

    def _may_read(self, wish: DecideIdentity) -> None:
        """Raises Refused where a reader is named who could not open it: then its alerts would reach nobody."""
        for reader in wish.readers:
            member = staff_of(self.desk, reader)
            if not member.active or not (may(member.roles, "identity") or may(member.roles, "identity_restricted")):
                told = "Name readers who are in the register of staff and may review identity: an alert must reach somebody"
                raise Refused(told, "readers")
            if not {wish.person, *survivors(self.desk, [wish.person]).values()}.isdisjoint(member.related):
                raise Refused("Name readers who may open it: one of these may not", "readers")

    def _asked_once(self, wish: DecideIdentity) -> None:
        """Raises Refused where the same is asked of the same persons already, and waits for a second person.

        (What moves source records is compared by those, when it is carried out.)
        """
        if wish.what == "unlink":
            return
        table, pair = store.identity, {wish.person, wish.other}
        waits = select(table.c.person, table.c.other).where(
            table.c.state == "waits_for_second", table.c.what == wish.what, table.c.person.in_(sorted(pair))
        )
        if any({row["person"], row["other"] or ""} == pair for row in self.desk.store.rows(waits)):
            told = "The same was asked already, and waits for a second person: agree to it, or take it back first"
            raise Refused(told, "person")

    def _concerned(self, asker: Asker, identity: str) -> None:
        """Raises unless this person may decide about everybody whom a decision is about, or who came of it."""
        permitted(self.desk, asker, "identity")
        fact = self._decision(identity).fact
        caught_up(self.desk)
        self._may_know(asker, [fact.person, fact.other, *fact.candidates] if fact else [])
        if not self._sees(asker, identity):
            raise NotFound(NOBODY)

    def _decision(self, identity: str) -> Decision:
        try:
            return self.identify().decision(identity)
        except NotFound:
            raise NotFound(NOBODY) from None

    def _may_know(self, asker: Asker, persons: Iterable[str]) -> None:
        """One look, at that each of these is held; raises NotFound unless all of them may be known of."""
        concerned = dict.fromkeys(one for one in persons if one)
        items = [
            ItemRef(item=f"identity:{one}", category="codes", organisation=HUB, persons=(one,), position=0)
            for one in concerned
        ]
        shown = look(self.desk, asker, items, "identity_decision", purpose="identity_review")
        seen = horizon(self.desk, staff_of(self.desk, asker.staff))
        if len(shown.shown) != len(items) or not seen.tells_of(concerned):
            raise NotFound(NOBODY)

    def _done(self, identity: str) -> dict[str, str]:
        if self.identify().decision(identity).state == "waits_for_intake":
            self.carry_out(identity)
        return self._said(self.identify().decision(identity))

    def _said(self, decision: Decision) -> dict[str, str]:
        fact, settled = decision.fact, decision.settled
        merge = self._decision(fact.reverses).fact if fact and fact.what == "split" else None
        return {
            "identity": decision.id, "state": decision.state, "what": fact.what if fact else "",
            "person": fact.person if fact else "", "other": fact.other if fact else "",
            "opened": settled.opened if settled else "", "moved": str(len(settled.moved) if settled else 0),
            "why_not": WHY_NOT.get(decision.refused, decision.refused),
            "assessed": decision.assessed.outcome if decision.assessed else "",
            "take_back": taken_back_by(decision, merge.what if merge else "merge"),
        }  # fmt: skip
