"""Releasing, as pages and programs ask for it: only the owner's own staff release, item by item, having read each item.

Who works for one setting releases what that setting said. What names somebody else or protects a source warns first.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.fact import Recorded
from hub.domain.item import Sealed
from hub.domain.protocol import outside
from hub.domain.release import (
    ALONE,
    CONDITIONS,
    NOT_RELEASED,
    WITHDRAWN,
    ItemReleased,
    Release,
    ReleaseAsked,
    ReleaseItem,
    check_release,
)
from hub.domain.request import RequestAnswered
from hub.domain.sharing import THIRD_PARTY, TIERS, Organisation
from hub.domain.staff import Staff, groups, may
from hub.flow.disclose import Disclosed, ItemRef, ref
from hub.flow.release import Releases
from hub.views import chronology, freed, said_of, store
from hub.views.asking import look, stamp
from hub.views.covering import of_others
from hub.views.desk import HUB, Desk, caught_up, name_of, organisation_of
from hub.views.matters import matter
from hub.views.members import permitted
from hub.views.models import Asker, Choice, Line, choices_of
from hub.views.models.requests import ReleaseLine, ReleaseRow, ReleasesView, SaidView
from hub.views.rooms import room
from hub.views.stopping import due_to_close
from hub.views.telling import word
from hub.views.who_is_who import persons_of

MOST = 200
LATELY = 30  # of what was said lately, to release from
NOTHING = "no such thing that your organisation said"
STATES = {
    "asked": "Waits for your decision",
    "released": "Released",
    "not_given": "Not released",
    "closed": "Closed again",
}
PURPOSES = ("triage", "child_protection", "early_help")
SENSITIVE = 3  # from this tier on a page says so before anything is released


class _Said(Struct, frozen=True):
    """One thing said, with its items of words."""

    recorded: Recorded
    ref: str
    title: str
    organisation: str
    setting: str
    items: tuple[ItemRef, ...]
    enquiry: str = ""  # of an answer to a request: the MASH enquiry that asked
    taken_back: Literal["", "corrected", "withdrawn"] = ""  # by its owner since
    newest: str = ""  # of what was corrected: the statement that stands now, "stream@version"


class Releasing(Struct, frozen=True):
    """What an owner's staff, and the MASH, ask about releases."""

    desk: Desk
    releases: Callable[[], Releases]
    settle: Callable[[], None] = lambda: None  # waits until the next page shows what was just written

    def page(self, asker: Asker) -> ReleasesView:
        """What the asker's own organisation (or setting) is asked to release, has released, and said lately."""
        desk = self.desk
        caught_up(desk)
        member = self._owner(asker)
        query = select(matter).where(matter.c.kind == "release", matter.c.organisation == member.organisation)
        rows = [
            one
            for one in of_others(
                desk, desk.store.rows(query.order_by(matter.c.changed_at.desc()).limit(MOST)), member.related
            )
            if theirs(one, member)
        ]
        now = freed.released_to(desk, [row["stream"].partition(":")[2] for row in rows])
        made = [self._row(row, now) for row in rows]
        return ReleasesView(
            stamp=stamp(desk, asker), organisation=name_of(desk, member.organisation),
            waiting=tuple(one for one in made if one.state == "asked"),
            released=tuple(one for one in made if one.organisations and one.state != "asked"),
            said=tuple(self._lately(asker, member)),
        )  # fmt: skip

    def said(self, asker: Asker, said: str) -> SaidView:
        """One thing that the asker's organisation said, item by item. Raises NotFound, NotPermitted."""
        member = self._owner(asker)
        one = self._load(said)
        if not theirs({"organisation": one.organisation, "setting": one.setting}, member):
            raise NotFound(NOTHING)
        return self._view(asker, one, "", own=True)

    def to_ask_for(self, asker: Asker, enquiry: str, said: str) -> SaidView:
        """The same for the MASH in an enquiry, to ask its owner for a release. Raises NotFound, NotPermitted."""
        permitted(self.desk, asker, "screen")
        return self._view(asker, self._load(said), enquiry, own=False)

    def ask(
        self, asker: Asker, enquiry: str, said: str, items: Sequence[str], organisations: Sequence[str], why: str
    ) -> None:
        """Ask the owner to release these items to these organisations. Raises Refused, NotPermitted, NotFound."""
        permitted(self.desk, asker, "screen")
        one = self._load(said)
        where = room(self.desk, enquiry)  # a code that stands on record: what is typed in its place does not
        if where is None or not any(where.children.intersection(item.persons) for item in one.items):
            raise NotFound(NOTHING)
        _stands(one)
        shown = self._look(asker, one, "release_asking", enquiry)
        opened = {each.item for each in shown.shown}
        wanted = [item for item in one.items if item.item in set(items) and item.item in opened]
        if not wanted or len(wanted) != len(set(items)):
            raise Refused("Select at least one item that you can read", "items")
        self._known(organisations, one.organisation)
        if not why.strip():
            raise Refused("Enter why they need to read it", "why")
        asked = [
            (
                item.item,
                ReleaseAsked(
                    said=one.ref, owner=one.organisation, setting=one.setting, child=item.persons[0], enquiry=enquiry,
                    organisations=tuple(organisations), asked_by=asker.staff,
                ),
            )
            for item in wanted
        ]  # fmt: skip
        self.releases().ask(asked, why, asker.staff)
        self.settle()

    def release(self, asker: Asker, said: str, wish: ReleaseItem) -> None:
        """Release an item of one's own organisation. Raises Refused naming the field, NotPermitted, NotFound."""
        member = self._owner(asker)
        if wish.by != asker.staff:
            raise NotPermitted("a person releases in their own name")
        one = self._load(said)
        if not theirs({"organisation": one.organisation, "setting": one.setting}, member):
            raise NotFound(NOTHING)
        shown = {each.item for each in self._look(asker, one, "release_deciding", "").shown}
        item = next((each for each in one.items if each.item == wish.item and each.item in shown), None)
        if item is None:
            raise NotFound(NOTHING)
        _stands(one)
        self._known(wish.organisations, one.organisation)
        wish = replace(wish, enquiry=self._asked_in(wish, one))
        check_release(wish, self.desk.register().organisations, one.organisation, _warnings(item))
        self._not_tied(wish)
        for each in wish.organisations:
            self._within_protocol(item, organisation_of(self.desk, each))
        fact = ItemReleased(
            said=one.ref, owner=one.organisation, setting=one.setting, category=item.category, child=item.persons[0],
            enquiry=wish.enquiry, organisations=wish.organisations,
            conditions=wish.conditions, released_by=asker.staff,
        )  # fmt: skip
        self.releases().release(item.item, fact, asker.staff)
        self.settle()

    def not_give(self, asker: Asker, item: str, reason: str) -> None:
        """Do not release what was asked for. Raises Refused, NotPermitted, NotFound."""
        self._mine(asker, item)
        self.releases().not_give(item, reason, asker.staff)
        self.settle()

    def withdraw(self, asker: Asker, item: str, organisations: Sequence[str], reason: str) -> tuple[str, ...]:
        """Close an item again to these organisations (all, where none is named); who is told to stop."""
        self._mine(asker, item)
        due = due_to_close(self.desk)
        gone = self.releases().withdraw(item, tuple(organisations), reason, asker.staff, due)
        self.settle()
        return gone

    # ------------------------------------------------------------------------------------------------ the pieces

    def _not_tied(self, wish: ReleaseItem) -> None:
        """Refused where one of them reads it for another MASH enquiry alone: a second tie would take the first away unseen."""
        if ALONE not in wish.conditions:
            return
        tied = {enquiry for one, enquiry in self.releases().state(wish.item).alone if one in wish.organisations}
        rooms = [room(self.desk, enquiry) for enquiry in sorted(tied - {wish.enquiry})]
        if any(one is not None and one.open for one in rooms):
            raise Refused(
                "It is released to them for another MASH enquiry alone, which is open still: close that first, or release "
                "it without this condition",
                "conditions",
            )

    def _owner(self, asker: Asker) -> Staff:
        member = permitted(self.desk, asker, "answer")
        if not may(asker.roles, "answer"):
            raise NotPermitted("a person acts in a role that they hold")
        return member

    def _mine(self, asker: Asker, item: str) -> Release:
        """An item's releases, if this person's organisation or setting owns it; raises NotFound, NotPermitted."""
        member, state = self._owner(asker), self.releases().state(item)
        if not state.version or not theirs({"organisation": state.owner, "setting": state.setting}, member):
            raise NotFound("nothing was asked or released of such an item of your organisation")
        shown = self._look(asker, self._load(state.said), "release_deciding", "")
        if item not in {each.item for each in shown.shown}:
            raise NotFound("nothing was asked or released of such an item of your organisation")
        return state

    def _asked_in(self, wish: ReleaseItem, one: _Said) -> str:
        """The MASH enquiry that a release is for: that asked for the item, or for the answer it is in; "" for none.

        An owner knows of those alone. Raises Refused for another that is named.
        """
        state = self.releases().state(wish.item)
        mine = [
            *([state.asked.enquiry] if state.asked else []),
            *([one.enquiry] if one.enquiry else []),
            *state.asked_in,
        ]
        if wish.enquiry and wish.enquiry not in mine:
            raise Refused("Name a MASH enquiry that asked you for this, or none", "enquiry")
        return wish.enquiry or next(iter(mine), "")

    def _known(self, organisations: Sequence[str], owner: str) -> None:
        parties = {one.organisation for one in self.desk.register().organisations.values() if one.party}
        if not organisations:
            raise Refused("Select to whom it is released", "organisations")
        if strange := [one for one in organisations if one not in parties or one == owner]:
            raise Refused(
                f"It cannot be released to {strange[0]}: select another party to the protocol", "organisations"
            )

    def _within_protocol(self, item: ItemRef, receiver: Organisation) -> None:
        """Raises Refused, with the clause, for an item that the protocol lets the receiver read for no purpose of its work."""
        agreed, now = self.desk.edition.agreed, self.desk.clock.now()
        clauses = [outside(agreed, item.organisation, receiver, purpose, item.category, now) for purpose in PURPOSES]
        if all(clauses):
            named = name_of(self.desk, receiver.id)
            raise Refused(
                f"It cannot be released to {named}: outside the information-sharing protocol, {clauses[0]}",
                "organisations",
            )

    def _load(self, said: str) -> _Said:
        """What was said, by "stream@version": only what a chronology shows. Raises NotFound."""
        desk = self.desk
        caught_up(desk)
        stream, _, number = said.rpartition("@")
        version = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
        table = store.said
        rows = desk.store.rows(select(table).where(table.c.stream == stream, table.c.version == version))
        if not rows:
            raise NotFound(NOTHING)
        recorded = desk.record.load(stream, upto=version)[-1]
        body = getattr(recorded.fact, "statement", recorded.fact)
        sealed: tuple[Sealed, ...] = getattr(body, "items", ())
        organisation, setting = str(getattr(body, "organisation", "")), str(getattr(body, "setting", None) or "")
        whose = persons_of(desk, {record for one in sealed for record in one.about})
        owner = organisation_of(desk, organisation)
        closing = said_of.handling(recorded.fact, desk.edition)
        items = tuple(
            closing.on(ref(one, persons, owner, recorded.position, setting=setting))
            for one in sealed
            if (persons := tuple(dict.fromkeys(whose[record] for record in one.about if record in whose)))
        )
        taken_back, newest = self._since(stream)
        titles = {"worry": "Worry", "strength": "Strength", "answer": "Answer to a request"}
        kind = str(rows[0]["kind"])
        return _Said(
            recorded, said, titles.get(kind, kind.replace("_", " ").capitalize()), organisation, setting, items,
            enquiry=recorded.fact.enquiry if isinstance(recorded.fact, RequestAnswered) else "",
            taken_back=taken_back, newest=newest,
        )  # fmt: skip

    def _since(self, stream: str) -> tuple[Literal["", "corrected", "withdrawn"], str]:
        """Whether its owner corrected or withdrew a statement since, and what stands in its place (nothing: "")."""
        kind, _, message = stream.partition(":")
        found = said_of.newer(self.desk, [message]).get(message) if kind == "message" else None
        if found is None:
            return "", ""
        return found.how, f"message:{found.newest}@1" if found.how == "corrected" else ""

    def _look(self, asker: Asker, one: _Said, reason: str, enquiry: str, more: Sequence[ItemRef] = ()) -> Disclosed:
        held = freed.released_to(self.desk, [item.item for item in one.items])
        items = [freed.as_released(item, held) for item in one.items]
        return look(self.desk, asker, [*items, *more], reason, enquiry)

    def _view(self, asker: Asker, one: _Said, enquiry: str, *, own: bool) -> SaidView:
        desk = self.desk
        states = {item.item: self.releases().state(item.item) for item in one.items}
        asked = [state.asked for state in states.values() if state.asked is not None]
        why = [
            ref(sealed, tuple(persons_of(desk, sealed.about).values()), HUB, one.recorded.position)
            for fact in asked
            for sealed in fact.items
        ]
        # why the MASH asks is said to the owner who decides: released to them with the asking
        why = [_to(each, one.organisation, one.setting) for each in why]
        bare = [] if one.items else [self._codes(one)]  # an involvement or a status that was said without a word
        shown = self._look(asker, one, "release_page", enquiry, [*why, *bare])
        opened = {each.item: each for each in shown.shown}
        words = {each.item: each.words for each in shown.shown}
        if not any(item.item in opened for item in (*one.items, *bare)):
            raise NotFound(NOTHING)
        lines = [
            ReleaseLine(
                item=item.item, category=item.category, what=chronology.words_for(item.category),
                words=tuple(
                    Line(chronology.LABELS.get(name, name.replace("_", " ").capitalize()), str(value))
                    for name, value in opened[item.item].words.items()
                ),
                released_to=tuple(name_of(desk, each) for each in sorted(state.released_to)),
                released_codes=tuple(sorted(state.released_to)),
                asked_for=tuple(name_of(desk, each) for each in (state.asked.organisations if state.asked else ())),
                asked_codes=state.asked.organisations if state.asked else (),
                why=word(state.asked, words, "reason") if state.asked else "", warnings=_warnings(item),
                alone=tuple(name_of(desk, each) for each, _ in sorted(state.alone)),
            )
            for item in one.items
            if item.item in opened
            for state in (states[item.item],)
        ]  # fmt: skip
        others = [
            Choice(o.organisation, o.name)
            for o in desk.register().organisations.values()
            if o.party and not o.may_enter_for_others and o.organisation != one.organisation
        ]
        return SaidView(
            stamp=stamp(desk, asker, shown.ledger_position), said=one.ref, title=one.title,
            organisation=name_of(desk, one.organisation), setting=one.setting,
            recorded_at=one.recorded.envelope.known_at, lines=tuple(lines), organisations=tuple(others),
            conditions=choices_of(CONDITIONS), not_released=choices_of(NOT_RELEASED), withdrawals=choices_of(WITHDRAWN),
            own=own, enquiry=enquiry, taken_back=one.taken_back, newest=one.newest,
        )  # fmt: skip

    def _codes(self, one: _Said) -> ItemRef:
        """That it was said, as a code about everybody of whom it speaks."""
        desk, about = self.desk, store.said_about
        here = (about.c.stream == one.recorded.stream) & (about.c.version == one.recorded.version)
        records = [row["source_record"] for row in desk.store.rows(select(about).where(here))]
        return ItemRef(
            item=f"codes:{one.ref}", category="codes", organisation=organisation_of(desk, one.organisation),
            persons=tuple(dict.fromkeys(persons_of(desk, records).values())), position=one.recorded.position,
            setting=one.setting,
        )  # fmt: skip

    def _row(self, row: Mapping[str, Any], now: Mapping[str, freed.Freed]) -> ReleaseRow:
        item = str(row["stream"]).partition(":")[2]
        state = self.releases().state(item)
        wanted = state.asked.organisations if state.asked else sorted(now.get(item, freed.Freed()).everybody)
        return ReleaseRow(
            item=item, said=state.said, state=str(row["state"]), state_words=STATES.get(str(row["state"]), ""),
            organisations=tuple(name_of(self.desk, one) for one in wanted),
            asked_by=state.asked.asked_by if state.asked else "", changed_at=row["changed_at"],
        )  # fmt: skip

    def _lately(self, asker: Asker, member: Staff) -> list[ReleaseRow]:
        """What the asker's own said lately; each is ruled as codes about everybody that it speaks of, in one look."""
        table = store.said
        query = select(table).where(table.c.organisation == member.organisation, table.c.standing == "current")
        found: list[tuple[ReleaseRow, ItemRef]] = []
        for row in self.desk.store.rows(query.order_by(table.c.position.desc()).limit(MOST)):
            one = self._load(f"{row['stream']}@{row['version']}")
            if one.items and theirs({"organisation": one.organisation, "setting": one.setting}, member):
                made = ReleaseRow(
                    item="",
                    said=one.ref,
                    state="said",
                    state_words=one.title,
                    organisations=(),
                    changed_at=row["known_at"],
                )
                persons = tuple(dict.fromkeys(person for item in one.items for person in item.persons))
                owner = organisation_of(self.desk, one.organisation)
                codes = ItemRef(
                    item=f"codes:{one.ref}", category="codes", organisation=owner, persons=persons,
                    position=one.recorded.position, setting=one.setting,
                )  # fmt: skip
                found.append((made, codes))
            if len(found) == 2 * LATELY:
                break
        allowed = {each.item for each in look(self.desk, asker, [item for _, item in found], "sent").shown}
        return [made for made, item in found if item.item in allowed][:LATELY]


def _stands(one: _Said) -> None:
    """Raises Refused for a statement that its owner took back, or that another stands in the place of."""
    if one.taken_back == "withdrawn":
        raise Refused("Its owner withdrew this statement: there is nothing to release", "said")
    if one.taken_back == "corrected":
        raise Refused(f"Its owner corrected this statement: release the one that stands now, {one.newest}", "said")


def _to(item: ItemRef, organisation: str, setting: str) -> ItemRef:
    return replace(item, released_to=frozenset({organisation}), setting=setting, kind="request")


def _warnings(item: ItemRef) -> tuple[str, ...]:
    """What to think of before an item leaves the room. Source: domain research 2.12, S13 and S14; sharing advice 2024."""
    found = []
    if item.category in THIRD_PARTY or item.third_party:
        found.append("It names somebody else, or who told: they may be at risk if it gets about")
    if item.source_protected:
        found.append("It would identify a protected source")
    if item.sexual_health:
        found.append("It is about a young person's sexual health")
    if len(item.persons) > 1:
        found.append(f"It is about {len(item.persons)} persons")
    if TIERS[item.category] >= SENSITIVE and item.category not in THIRD_PARTY:
        found.append("It is highly sensitive")
    return tuple(found)


def theirs(row: Mapping[str, object], member: Staff) -> bool:
    """Whether what was said is this person's to release: their organisation's, or their own setting's alone."""
    if row["organisation"] != member.organisation:
        return False
    return "own_organisation" in groups(member.roles) or (bool(row["setting"]) and row["setting"] == member.setting)
