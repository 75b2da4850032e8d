"""Step 8, who leads for a child: asked, answered, handed over, ended. Words are sealed under the hub's own source record.

It promises that at no moment two lead by its acts: whoever accepts ends every other lead of that child in one transaction.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import uuid4

import msgspec

from hub.domain import lead as leads
from hub.domain import notice
from hub.domain.errors import VersionConflict
from hub.domain.fact import Fact
from hub.domain.lead import Current, Lead, LeadAccepted, LeadDeclined, LeadEnded, LeadProposed, LeadTakenBack
from hub.domain.notice import NoticeSent
from hub.flow.act import TRIES, Act, by_person

New = list[tuple[str, int, Fact]]


class Leads(Act):
    """What is done about who leads. `names` are everybody held to be this child now, the one that stayed first.

    Permission, and that they may know of the child, is checked by the caller.
    """

    def state(self, person: str) -> Lead:
        """One record, as it stands; the position of an acceptance with it."""
        held = self._record.load(leads.stream(person))
        state = leads.fold(person, (one.fact for one in held))
        if state.current is None:
            return state
        at = held[state.current.accepted - 1].position
        return Lead(state.person, state.version, msgspec.structs.replace(state.current, at=at), state.asked)

    def current(self, names: Sequence[str]) -> tuple[Current, ...]:
        """Who leads by any of these records, whoever accepted first in front: one, but after a merge of two that had one."""
        held = [state.current for state in map(self.state, names) if state.current is not None]
        return tuple(sorted(held, key=lambda one: (one.at, one.person)))

    def asked(self, names: Sequence[str], to: str = "") -> Lead:
        """The record by which somebody is asked now (with `to`, sooner the one by which they are); else the first one's."""
        states = [self.state(name) for name in names]
        waiting = [one for one in states if one.asked is not None]
        mine = [one for one in waiting if one.asked is not None and one.asked.to == to]
        return next(iter((*mine, *waiting)), states[0])

    def propose(
        self, names: Sequence[str], to: str, organisation: str, setting: str, why: str, by: str, due: datetime,
        enquiry: str = "", beside: Callable[[str], New] = lambda _: [],
    ) -> str:  # fmt: skip
        """Ask somebody to lead, or to take over; the proposal's id. Raises Refused.

        `beside` gives what else is written in the same transaction, by the proposal's id.
        """
        ident = str(uuid4())

        def wish() -> New:
            state, now = self.asked(names), leads.in_force(self.current(names))
            leads.check_propose(state, now, to, why, by)
            own = self.state(names[0])
            fact = LeadProposed(
                child=names[0], proposal=ident, to=to, organisation=organisation, setting=setting, enquiry=enquiry,
                before=now.lead if now else "", due=due, proposed_by=by,
                items=(self.own_words(names[0], {"reason": why}),),
            )  # fmt: skip
            told = NoticeSent(
                organisation=organisation, setting=setting, kind="lead_proposed", about=ident, child=names[0],
                enquiry=enquiry, due=due, sent_by=by,
            )  # fmt: skip
            new: New = [(leads.stream(names[0]), own.version, fact), (notice.stream(str(uuid4())), 0, told)]
            return new + beside(ident)

        self._on(wish, by)
        return ident

    def accept(self, names: Sequence[str], by: str) -> None:
        """Lead from now on: every other lead of this child ends with it. Raises Refused."""

        def wish() -> New:
            state = self.asked(names, by)
            asked = leads.check_answer(state, by)
            before = leads.in_force(self.current(names))
            fact = LeadAccepted(
                child=names[0], lead=by, organisation=asked.organisation, setting=asked.setting,
                before=before.lead if before else "",
            )  # fmt: skip
            new: New = [(leads.stream(state.person), state.version, fact)]
            for other in self.current(names):
                if other.person != state.person:
                    ended = LeadEnded(child=other.person, lead=other.lead, reason="other_chosen", ended_by=by)
                    new.append((leads.stream(other.person), self.state(other.person).version, ended))
            return new

        self._on(wish, by)

    def decline(self, names: Sequence[str], reason: str, why: str, by: str) -> None:
        """Say no; whoever led before goes on. Raises Refused."""

        def wish() -> New:
            state = self.asked(names, by)
            leads.check_decline(state, by, reason)
            words = (self.own_words(names[0], {"reason": why}),) if why.strip() else ()
            fact = LeadDeclined(child=names[0], to=by, reason=reason, items=words)
            return [(leads.stream(state.person), state.version, fact)]

        self._on(wish, by)

    def take_back(self, names: Sequence[str], by: str, *, screens: bool) -> None:
        """Nobody waits for the answer any more. Raises Refused."""

        def wish() -> New:
            state = self.asked(names)
            asked = leads.check_take_back(state, by, screens=screens)
            return [(leads.stream(state.person), state.version, LeadTakenBack(child=names[0], to=asked.to, by=by))]

        self._on(wish, by)

    def end(self, names: Sequence[str], reason: str, why: str, by: str, *, supervises: bool) -> None:
        """Nobody leads any more. Raises Refused."""

        def wish() -> New:
            now = leads.check_end(leads.in_force(self.current(names)), by, reason, supervises=supervises)
            words = (self.own_words(names[0], {"reason": why}),) if why.strip() else ()
            return [
                (
                    leads.stream(one.person), self.state(one.person).version,
                    LeadEnded(child=one.person, lead=one.lead, reason=reason, ended_by=by, items=words),
                )
                for one in self.current(names) if one == now
            ]  # fmt: skip

        self._on(wish, by)

    def choose(self, names: Sequence[str], lead: str, by: str) -> None:
        """Of several who lead for one child since it was merged, this one goes on. Raises Refused."""

        def wish() -> New:
            held = self.current(names)
            leads.check_choose(held, lead)
            keep = next(one for one in held if one.lead == lead)
            return [
                (
                    leads.stream(one.person), self.state(one.person).version,
                    LeadEnded(child=one.person, lead=one.lead, reason="other_chosen", ended_by=by),
                )
                for one in held if one != keep
            ]  # fmt: skip

        self._on(wish, by)

    def _on(self, wish: Callable[[], New], by: str) -> None:
        for _ in range(TRIES):
            try:
                self.write(wish(), by_person(by))
            except VersionConflict:
                continue
            return
        raise VersionConflict("who leads for this child keeps being written: try again")
