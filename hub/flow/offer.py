"""Step 8, offers of help: made, accepted, declined, broken off, ended, and what happens after a no.

It promises that what became of an offer is written where the offer is, whatever the child is called since; words are the
organisation's whose member wrote them (docs/decisions/0043-who-writes-about-help-keeps-their-words.md).
"""

from collections.abc import Callable, Sequence
from uuid import uuid4

from hub.domain import offer as offers
from hub.domain.errors import NotFound, VersionConflict
from hub.domain.fact import Fact
from hub.domain.item import Sealed
from hub.domain.offer import (
    MakeOffer,
    Offer,
    OfferAccepted,
    OfferDeclined,
    OfferDisengaged,
    OfferEnded,
    OfferFollowed,
    OfferMade,
    Offers,
)
from hub.domain.staff import Staff
from hub.flow.act import TRIES, Act, by_person

NOT_THERE = "no such offer, or none that you may know of"


class Offering(Act):
    """What is done about offers. `names` are everybody held to be this child, the one that stayed first.

    Permission, and that they may know of the child, is checked by the caller.
    """

    def state(self, person: str) -> Offers:
        """One record, as it stands."""
        return offers.fold(person, (one.fact for one in self._record.load(offers.stream(person))))

    def make(self, names: Sequence[str], wish: MakeOffer, setting: str, level: int, member: Staff) -> str:
        """Offer help; the offer's id."""
        ident, child = str(uuid4()), names[0]
        fact = OfferMade(
            child=child, offer=ident, service=wish.service, organisation=wish.organisation, setting=setting, to=wish.to,
            level=level, made_by=member.id, author=member.organisation, place=member.setting,
            items=self._said(child, "what", wish.words, member),
        )  # fmt: skip
        for _ in range(TRIES):
            try:
                self.write([(offers.stream(child), self.state(child).version, fact)], by_person(member.id))
            except VersionConflict:
                continue
            return ident
        raise VersionConflict("this child's offers keep being written: try again")

    def accept(self, names: Sequence[str], offer: str, who: str, member: Staff, check: Callable[[Offer], str]) -> None:
        """The family says yes; `check` gives the record of agreement. Raises Refused, NotFound."""

        def fact(child: str, one: Offer) -> Fact:
            return OfferAccepted(child=child, offer=offer, who=who, agreement=check(one), recorded_by=member.id)

        self._on(names, offer, member, fact)

    def decline(self, names: Sequence[str], offer: str, who: str, reason: str, words: str, member: Staff) -> None:
        """The family says no. Raises Refused, NotFound."""

        def fact(child: str, one: Offer) -> Fact:
            offers.check_decline(one, who, reason)
            return OfferDeclined(
                child=child, offer=offer, who=who, reason=reason, recorded_by=member.id, author=member.organisation,
                place=member.setting, items=self._said(child, "reason", words, member),
            )  # fmt: skip

        self._on(names, offer, member, fact)

    def disengage(self, names: Sequence[str], offer: str, words: str, member: Staff) -> None:
        """The family works with it no more. Raises Refused, NotFound."""

        def fact(child: str, one: Offer) -> Fact:
            offers.check_disengage(one)
            return OfferDisengaged(
                child=child, offer=offer, recorded_by=member.id, author=member.organisation, place=member.setting,
                items=self._said(child, "reason", words, member),
            )  # fmt: skip

        self._on(names, offer, member, fact)

    def end(self, names: Sequence[str], offer: str, how: str, words: str, member: Staff) -> None:
        """It is over. Raises Refused, NotFound."""

        def fact(child: str, one: Offer) -> Fact:
            offers.check_end(one, how)
            return OfferEnded(
                child=child, offer=offer, how=how, ended_by=member.id, author=member.organisation, place=member.setting,
                items=self._said(child, "reason", words, member),
            )  # fmt: skip

        self._on(names, offer, member, fact)

    def follow(self, names: Sequence[str], offer: str, code: str, words: str, member: Staff) -> None:
        """Say what happens next. Raises Refused, NotFound."""

        def fact(child: str, one: Offer) -> Fact:
            offers.check_follow(one, code)
            return OfferFollowed(
                child=child, offer=offer, next=code, followed_by=member.id, author=member.organisation,
                place=member.setting, items=self._said(child, "reason", words, member),
            )  # fmt: skip

        self._on(names, offer, member, fact)

    def _said(self, child: str, field: str, words: str, member: Staff) -> tuple[Sealed, ...]:
        return (self.words_of(member.organisation, child, {field: words}),) if words.strip() else ()

    def _on(self, names: Sequence[str], offer: str, member: Staff, fact: Callable[[str, Offer], Fact]) -> None:
        for _ in range(TRIES):
            state = next((one for one in map(self.state, names) if one.one(offer) is not None), None)
            held = state.one(offer) if state else None
            if state is None or held is None:
                raise NotFound(NOT_THERE)
            try:
                self.write([(offers.stream(state.person), state.version, fact(names[0], held))], by_person(member.id))
            except VersionConflict:
                continue
            return
        raise VersionConflict("this child's offers keep being written: try again")
