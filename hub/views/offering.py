"""Offers of help to a child's family, on behalf of a person: may they, may they know of the child, then act; and how it stands.

The front door, who leads and who is allocated make and record them. Words are those of the organisation whose member wrote
them. Which services fit is by age and level alone: where a child lives is not told by a list of what fits.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain import agreement
from hub.domain import offer as offers
from hub.domain.errors import Refused
from hub.domain.fact import Recorded
from hub.domain.help_plan import FAMILY
from hub.domain.offer import ASKS_NEXT, DECLINED, ENDED, NEXT, MakeOffer, Offer, OfferDeclined, OfferEnded
from hub.flow.disclose import ItemRef, ref
from hub.flow.offer import Offering as Acts
from hub.views.asking import stamp
from hub.views.desk import Desk, caught_up, name_of, organisation_of
from hub.views.directory import entries, row_of
from hub.views.matters import matter
from hub.views.members import permitted, staff_of
from hub.views.models import Asker, Choice
from hub.views.models.offer import OfferRow, OffersView
from hub.views.telling import who, withheld
from hub.views.who_helps import Comes, age_of, comes, level_now
from hub.views.who_is_who import family, survivor

STATES = {
    "offered": "Offered: no answer yet", "accepted": "The family said yes", "declined": "The family said no",
    "disengaged": "The family works with it no more", "ended": "Over",
}  # fmt: skip


class Offering(Struct, frozen=True):
    """What pages, commands and programs ask. `act` puts it on record; `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], Acts]
    settle: Callable[[], None]

    # ------------------------------------------------------------------------------------------------------- acting

    def make(self, asker: Asker, wish: MakeOffer) -> str:
        """Offer help to the family; the offer's id. Raises Refused naming the field, NotPermitted, NotFound."""
        desk = self.desk
        here = self._at_it(asker, wish.child)
        place = ""
        if wish.service:
            listed = entries(desk).get(wish.service)
            if listed is None or not listed.open:
                raise Refused("Select a service of the directory, or leave it empty for your own help", "service")
            wish = msgspec.structs.replace(wish, organisation=listed.organisation)
        elif wish.organisation == staff_of(desk, asker.staff).organisation:
            place = staff_of(desk, asker.staff).setting
        known = {
            *desk.register().organisations,
            *([wish.organisation] if wish.service else []),
        }  # one that is listed need not have joined
        offers.check_make(wish, known, desk.edition.continuum.numbers)
        level = wish.level if wish.level is not None else level_now(desk, here.names).level
        made = self.act().make(here.names, wish, place, level, staff_of(desk, asker.staff))
        self.settle()
        return made

    def accept(self, asker: Asker, child: str, offer: str, by: str) -> None:
        """Somebody of the family said yes. Raises Refused naming the field, NotPermitted, NotFound."""
        here = self._at_it(asker, child)
        self.act().accept(
            here.names, offer, by, staff_of(self.desk, asker.staff),
            lambda one: offers.check_accept(one, by, self._agreed(here.names, one)),
        )  # fmt: skip
        self.settle()

    def decline(self, asker: Asker, child: str, offer: str, by: str, reason: str, words: str) -> None:
        """Somebody of the family said no. Raises Refused naming the field, NotPermitted, NotFound."""
        here = self._at_it(asker, child)
        self.act().decline(here.names, offer, by, reason, words, staff_of(self.desk, asker.staff))
        self.settle()

    def disengage(self, asker: Asker, child: str, offer: str, words: str) -> None:
        """The family works with it no more. Raises Refused, NotPermitted, NotFound."""
        here = self._at_it(asker, child)
        self.act().disengage(here.names, offer, words, staff_of(self.desk, asker.staff))
        self.settle()

    def end(self, asker: Asker, child: str, offer: str, how: str, words: str) -> None:
        """It is over. Raises Refused naming the field, NotPermitted, NotFound."""
        here = self._at_it(asker, child)
        self.act().end(here.names, offer, how, words, staff_of(self.desk, asker.staff))
        self.settle()

    def follow(self, asker: Asker, child: str, offer: str, code: str, words: str) -> None:
        """Say what happens after a no. Raises Refused naming the field, NotPermitted, NotFound."""
        here = self._at_it(asker, child)
        self.act().follow(here.names, offer, code, words, staff_of(self.desk, asker.staff))
        self.settle()

    def _at_it(self, asker: Asker, child: str, items: Sequence[ItemRef] = ()) -> Comes:
        permitted(self.desk, asker, "picture")
        return comes(self.desk, asker, child, "offers", items)

    def _agreed(self, names: Sequence[str], one: Offer) -> dict[str, str]:
        """Records of agreement to the service of an offer, the newest last, and how each stands."""
        if not one.made.service:
            return {}
        kind = agreement.stream("").rstrip(":")
        query = select(matter).where(
            matter.c.kind == kind, matter.c.child.in_(names), matter.c.what == one.made.service
        ).order_by(matter.c.changed_at.desc())  # fmt: skip
        return {row["stream"]: row["state"] for row in self.desk.store.rows(query)}

    # ------------------------------------------------------------------------------------------------------- looking

    def view(self, asker: Asker, child: str) -> OffersView:
        """The offers to a child's family, the newest first. One look. Raises NotPermitted, NotFound."""
        desk = self.desk
        permitted(desk, asker, "picture")
        caught_up(desk)
        names = family(desk, survivor(desk, child))
        held = history(desk, names)
        items = [item for one in held for item in _items(desk, names[0], one)]
        known = stamp(desk, asker)
        here = self._at_it(asker, child, items)
        opened = {one.item: one.words for one in here.shown.shown if not one.erased}
        level, age = level_now(desk, here.names).level, age_of(desk, here.names)
        listed = sorted((one for one in entries(desk).values() if one.open), key=lambda one: (one.name, one.service))
        told: dict[str, list[str]] = {}
        for one in held:
            fact: Any = one.fact
            told.setdefault(fact.offer, []).extend(
                str(word)
                for sealed in getattr(fact, "items", ())
                for word in opened.get(sealed.item, {}).values()
            )  # fmt: skip
        mine = staff_of(desk, asker.staff).organisation
        return OffersView(
            child=here.child, stamp=msgspec.structs.replace(known, ledger=here.shown.ledger_position),
            rows=tuple(self._row(one, held, tuple(told.get(one.made.offer, ()))) for one in standing(held)),
            fits=tuple(row_of(desk, one) for one in listed if one.fits(age, level)),
            withheld=withheld(desk, here.shown),
            services=tuple(Choice(one.service, f"{one.name}, {name_of(desk, one.organisation)}") for one in listed),
            organisations=(Choice(mine, name_of(desk, mine)),), to=_choices(FAMILY), declined=_choices(DECLINED),
            ended=_choices(ENDED), next=_choices(NEXT),
        )  # fmt: skip

    def _row(self, one: Offer, held: Sequence[Recorded], words: tuple[str, ...]) -> OfferRow:
        desk, made = self.desk, one.made
        mine = [each for each in held if getattr(each.fact, "offer", "") == made.offer]
        return OfferRow(
            offer=made.offer, what=what_of(desk, one), organisation=name_of(desk, made.organisation),
            to=tuple(FAMILY[code] for code in made.to), level=made.level, made_at=mine[0].envelope.known_at,
            made_by=who(desk, made.made_by), state=one.state, state_words=_state(one, mine),
            asks_next=one.state in ASKS_NEXT and not one.next, next=NEXT.get(one.next, ""), words=words,
        )  # fmt: skip


def history(desk: Desk, names: Sequence[str]) -> list[Recorded]:
    """What is on record of offers to these, in order."""
    found = (
        one for name in names for one in desk.record.load(offers.stream(name)) if isinstance(one.fact, offers.FACTS)
    )
    return sorted(found, key=lambda one: one.position)


def standing(held: Sequence[Recorded]) -> list[Offer]:
    """Every offer as it stands, the newest first."""
    state = offers.fold("", (one.fact for one in held))
    return list((state.held or {}).values())[::-1]


def lines(desk: Desk, names: Sequence[str]) -> tuple[str, ...]:
    """Each offer in one line of codes, the newest first: for the page of a child's help."""
    return tuple(
        f"{what_of(desk, one)}: {STATES[one.state].lower()}" for one in standing(history(desk, names))
    )  # fmt: skip


def what_of(desk: Desk, one: Offer) -> str:
    """What is offered, in words."""
    if not one.made.service:
        return f"Help by {name_of(desk, one.made.organisation)} itself"
    listed = entries(desk).get(one.made.service)
    return listed.name if listed else one.made.service


def _state(one: Offer, mine: Sequence[Recorded]) -> str:
    """How it stands, with the reason as a code's words."""
    said = STATES[one.state]
    for each in reversed(mine):
        match each.fact:
            case OfferEnded(how=how) if one.state == "ended":
                return f"{said}: {ENDED[how].lower()}"
            case OfferDeclined(reason=reason) if one.state == "declined":
                return f"{said}: {DECLINED[reason].lower()}"
            case _:
                pass
    return said


def _items(desk: Desk, child: str, one: Recorded) -> Iterator[ItemRef]:
    """An author's words: of their organisation and setting."""
    fact: Any = one.fact
    for sealed in getattr(fact, "items", ()):
        yield ref(sealed, (child,), organisation_of(desk, fact.author), one.position, setting=fact.place)


def _choices(of: dict[str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(code, words) for code, words in of.items())
