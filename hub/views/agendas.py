"""Who sits in a meeting, and of which children on its agenda they may know: each row is ruled, and of the rest there is no
trace.

To the front door a row is a code about a child. To who sits there it was put: where their own setting works with the child,
where they lead or are allocated, where live consent covers their organisation, or where it is theirs to hold the meeting.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain import agenda as agendas
from hub.domain.agenda import AgendaDecided, AgendaPut, Row
from hub.domain.effective import effective
from hub.domain.fact import Recorded
from hub.domain.meeting import Meeting, Member
from hub.domain.sharing import Subject
from hub.domain.staff import Staff, groups, may
from hub.flow.disclose import Disclosed, ItemRef, ref
from hub.views.asking import look
from hub.views.desk import Desk, organisation_of
from hub.views.leading import entrusted
from hub.views.matters import matter
from hub.views.models import Asker
from hub.views.subjects import subjects, with_team
from hub.views.telling import codes_of
from hub.views.who_is_who import survivors

Words = dict[str, dict[str, str | int | float]]
CONSENTED = "rationale"  # the category of what is said at a meeting, as consent names it


class Seen(Struct, frozen=True):
    """As whom somebody comes to a meeting."""

    member: Staff
    screens: bool = False  # of the front door
    sits: bool = False
    called: bool = False

    @property
    def there(self) -> bool:
        """Whether the meeting is theirs to know of at all."""
        return self.screens or self.sits or self.called

    @property
    def runs(self) -> bool:
        """Whether they may make its pack, and call it again."""
        return self.there and may(self.member.roles, "chair")

    @property
    def holds(self) -> bool:
        """Whether they may record who was there: who called it, a member who takes its notes, a manager."""
        return self.called or (self.sits and self.records) or (self.there and may(self.member.roles, "supervise"))

    @property
    def calls_off(self) -> bool:
        """Whether they may call it off: it is the meeting's own people's, and not the front door's."""
        return self.runs and (self.sits or self.called)

    @property
    def follows(self) -> frozenset[str]:
        """The outcomes that are theirs to say are done."""
        return agendas.FOLLOWED if self.screens else agendas.OWNED

    @property
    def records(self) -> bool:
        """Whether they may put children on it and record what it said."""
        return self.there and (self.runs or may(self.member.roles, "lead"))


class OnAgenda(Struct, frozen=True):
    """One child on one agenda: the row of the view, and the child as they are called now."""

    stream: str
    child: str
    person: str  # the name under which it lies
    meeting: str
    position: int
    state: str
    what: str
    organisation: str
    due: datetime | None
    since: datetime


class Known(Struct, frozen=True):
    """Those rows of which somebody may know, and what one look opened."""

    rows: tuple[OnAgenda, ...]
    words: Words
    shown: Disclosed


def seen_as(member: Staff, state: Meeting) -> Seen:
    """As whom this person comes to a meeting."""
    if not member.active or state.called is None:
        return Seen(member)
    return Seen(
        member, screens=may(member.roles, "screen"), called=state.called.called_by == member.id,
        sits=any(sits(member, one) for one in state.called.members),
    )  # fmt: skip


def sits(member: Staff, seat: Member) -> bool:
    """Whether this person takes a seat: whoever works for one setting sits only where that setting is named."""
    if seat.organisation != member.organisation or (seat.role and seat.role not in member.roles):
        return False
    return seat.setting == member.setting if seat.setting else "own_organisation" in groups(member.roles)


def on_agendas(
    desk: Desk, meetings: Iterable[str] = (), names: Iterable[str] = (), states: Iterable[str] = ()
) -> list[OnAgenda]:
    """Children on the agendas of these meetings, or these children on any; in the order in which they were put there."""
    query = select(matter).where(matter.c.kind == "agenda").order_by(matter.c.position)
    held, called, wanted = sorted({*meetings}), sorted({*names}), sorted({*states})
    if held:
        query = query.where(matter.c.enquiry.in_(held))
    if called:
        query = query.where(matter.c.child.in_(called))
    if wanted:
        query = query.where(matter.c.state.in_(wanted))
    if not (held or called or wanted):
        return []
    rows = desk.store.rows(query)
    now = survivors(desk, {row["child"] for row in rows})
    return [
        OnAgenda(
            stream=row["stream"], child=now[row["child"]], person=row["child"], meeting=row["enquiry"],
            position=row["position"], state=row["state"], what=row["what"], organisation=row["organisation"],
            due=row["due"], since=row["changed_at"],
        )
        for row in rows
    ]  # fmt: skip


def item_of(desk: Desk, asker: Asker, seen: Seen, row: OnAgenda) -> ItemRef:
    """That a child stands on an agenda, as the code that it is to whoever comes so."""
    if seen.screens:
        return codes_of(row.stream, row.child, row.position)
    return entrusted(desk, asker, row.stream, row.child, row.position)


def put_to(desk: Desk, asker: Asker, seen: Seen, rows: Sequence[OnAgenda]) -> frozenset[str]:
    """The streams of those that were put to this person: the policies rule on each of them yet."""
    if not (seen.sits or seen.called):
        return frozenset()
    known = subjects(desk, {one.child for one in rows}, asker=asker.staff)
    known = with_team(desk, known, seen.member)
    return frozenset(one.stream for one in rows if one.child in known and _released(desk, seen, known[one.child]))


def _released(desk: Desk, seen: Seen, subject: Subject) -> bool:
    who = seen.member
    if seen.called or who.id in subject.team or who.id in subject.allocated:
        return True
    said = effective(subject.statements, who.organisation, CONSENTED, "early_help", desk.clock.now())
    return bool(subject.statements) and said.state == "given"


def known_of(
    desk: Desk, asker: Asker, rows: Sequence[OnAgenda], as_whom: Callable[[str], Seen], reason: str, *, words: bool = False,
) -> Known:  # fmt: skip
    """One look at these rows (with `words`, at what was written of them too) by somebody who comes to their meetings."""
    ways = {one.meeting: as_whom(one.meeting) for one in rows}
    put: set[str] = set()
    for meeting, seen in ways.items():
        put |= put_to(desk, asker, seen, [each for each in rows if each.meeting == meeting])
    mine = [one for one in rows if ways[one.meeting].screens or one.stream in put]
    items = [item_of(desk, asker, ways[one.meeting], one) for one in mine]
    for one in mine if words else ():
        for each in desk.record.load(one.stream):
            items += written_in(desk, asker, ways[one.meeting], one.child, each, put=one.stream in put)
    shown = look(desk, asker, items, reason)
    opened: Words = {one.item: one.words for one in shown.shown if not one.erased}
    return Known(tuple(one for one in mine if one.stream in opened), opened, shown)


def written_in(desk: Desk, asker: Asker, seen: Seen, child: str, one: Recorded, *, put: bool) -> Iterator[ItemRef]:
    """The words of one fact of an agenda: why a child stands there, and what was noted. `put`: to this very person, with it."""
    fact = one.fact
    if not isinstance(fact, AgendaPut | AgendaDecided):
        return
    for sealed in fact.items:
        made = ref(sealed, (child,), organisation_of(desk, fact.organisation), one.position, setting=fact.setting)
        if put:
            made = msgspec.structs.replace(
                made, kind="entrusted", setting=seen.member.setting, released_to=frozenset({asker.organisation})
            )
        yield made


def state_of(desk: Desk, row: OnAgenda, upto: int = 0) -> Row:
    """A row of an agenda from its own facts, as it stands or stood at a position of the record."""
    history = desk.record.load(row.stream)
    return agendas.fold(
        row.person, row.meeting, (one.fact for one in history if not upto or one.position <= upto)
    )  # fmt: skip
