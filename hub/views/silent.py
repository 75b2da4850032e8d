"""What is silent, on behalf of a person: what was expected and did not come, and when each feed was heard.

A silence about a child is ruled like any code about that child, and by the report that caused it, where one did
(silent_causes.py). A feed is about no child: no list of children leads from it.
Whoever works for one organisation sees what is waited for of that organisation, and of no other.
"""

from collections.abc import Callable, Collection, Sequence

from msgspec import Struct
from sqlalchemy import select

from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.feed import FeedDeclared, Open, counts_named, rhythm, silent_from
from hub.domain.silence import ANSWERS, KINDS, SilenceAnswered, fold
from hub.domain.staff import Permission, Staff, groups, may
from hub.domain.waiting import listening_of
from hub.flow.act import by_person
from hub.flow.disclose import ItemRef
from hub.flow.silence import Silences as Act
from hub.views.asking import look, stamp
from hub.views.desk import HUB, Desk, caught_up, name_of
from hub.views.feeds import feeds
from hub.views.matters import matter
from hub.views.members import staff_of
from hub.views.models import Asker, Choice, SilentLine
from hub.views.models.silence import FeedForm, FeedRow, Feeds, SilenceRow, Silences, SilenceView
from hub.views.silent_causes import Causes, causes
from hub.views.store import Row
from hub.views.telling import who
from hub.views.who_is_who import family, survivor, survivors

OWN_LONGEST = 31  # open days that an organisation says of itself: a longer silence is declared by who hears of all
LESS = (
    "only who hears of every organisation says that a feed is listened for no longer, or is heard less often than every "
    f"{OWN_LONGEST} open days: ask the front door"
)
NOT_THERE = "no such silence, or none that you may know of"
PAGE = 50
OF_ALL: tuple[Permission, ...] = ("screen", "supervise", "quarantine")  # who hears of every organisation
OF_OWN: tuple[Permission, ...] = ("own_organisation", "answer")
COUNTS = {"always": "day", "working": "working day", "school": "school day"}


class Listening(Struct, frozen=True):
    """What pages, commands and programs ask. `act` puts it on record; `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], Act]
    settle: Callable[[], None]

    def page(self, asker: Asker, kind: str = "", number: int = 1, child: str = "") -> Silences:
        """The silences that stand, one page of them; with `kind`, of one kind; with `child`, about that child.

        One look. Of a child whom the asker may not know of there is none, as of one that is not there. Raises NotPermitted.
        """
        desk = self.desk
        member = self._member(asker)
        caught_up(desk)
        names = family(desk, survivor(desk, child)) if child else ()
        rows = [row for row in standing(desk, member, kind) if not child or row["child"] in names]
        rows = open_to(desk, asker, rows, "tasks")
        pages = max(1, -(-len(rows) // PAGE))
        number = min(max(number, 1), pages)
        return Silences(
            stamp=stamp(desk, asker), rows=tuple(told(desk, row) for row in rows[(number - 1) * PAGE : number * PAGE]),
            total=len(rows), number=number, pages=pages,
            kinds=tuple(Choice(code, one.words) for code, one in KINDS.items() if _sees(member, code)),
        )  # fmt: skip

    def view(self, asker: Asker, silence: str) -> SilenceView:
        """One silence, also one that ended or was answered. Raises NotPermitted, NotFound."""
        desk = self.desk
        row = self._one(asker, silence)
        state = fold(one.fact for one in desk.record.load(row["stream"]))
        given = [one.fact for one in desk.record.load(row["stream"]) if isinstance(one.fact, SilenceAnswered)]
        says = state.state == "stands" and _says(staff_of(desk, asker.staff), row)
        return SilenceView(
            stamp=stamp(desk, asker), row=told(desk, row),
            answers=tuple(Choice(code, words) for code, words in ANSWERS.items()) if says else (),
            answered=ANSWERS[given[-1].answer] if given else "",
            answered_by=who(desk, given[-1].answered_by.removeprefix("person:")) if given else "",
        )  # fmt: skip

    def answer(self, asker: Asker, silence: str, code: str) -> None:
        """Say what it was: it leaves the lists and stays on record. Raises Refused naming the field, NotPermitted, NotFound."""
        row, member = self._one(asker, silence), staff_of(self.desk, asker.staff)
        if not _says(member, row):
            raise NotPermitted(
                "whose silence it is does not take it off the list: tell the front door, who says what it was"
            )
        self.act().answer(row["stream"], code, asker.staff)
        self.settle()

    def feeds(self, asker: Asker) -> Feeds:
        """When each feed was heard, the silent ones first; of one's own organisation, or of all. Raises NotPermitted."""
        desk = self.desk
        member = self._member(asker)
        days, learned = Open(desk.edition.parts, desk.edition.calendar), listening_of(desk.edition.parts)
        now, rows = desk.clock.now(), []
        for one in feeds(desk):
            if not (_of_all(member) or one.organisation == member.organisation):
                continue
            expected, silent = rhythm(one, days, learned), silent_from(one, days, learned)
            rows.append(
                FeedRow(
                    organisation=name_of(desk, one.organisation), setting=one.setting.replace("_", " "), last=one.last,
                    every=expected.days if expected else 0, counts=COUNTS[expected.counts] if expected else "",
                    declared=expected.declared if expected else False, never=not one.heard, silent_from=silent,
                    silent=silent is not None and silent <= now,
                )
            )  # fmt: skip
        rows.sort(key=lambda row: (not row.silent, row.organisation, row.setting))
        return Feeds(stamp=stamp(desk, asker), rows=tuple(rows), form=self._form(member))

    def declare(self, asker: Asker, organisation: str, setting: str, days: int, counts: str) -> bool:
        """Say how often an organisation, or a setting of it, is heard; False where it was said just so.

        Of one's own, or of any for who hears of all; only these say that it is listened for no longer. Raises Refused
        naming the field, NotPermitted.
        """
        member = self._member(asker)
        form = self._form(member)
        if organisation not in {one.code for one in form.organisations}:
            raise Refused("Select an organisation that you may speak for", "organisation")
        if form.setting and setting != form.setting:
            raise Refused(f"You speak for the setting {form.setting}, and for no other", "setting")
        if not 0 < days <= OWN_LONGEST and not form.any_number:
            raise Refused(f"{LESS[0].upper()}{LESS[1:]}", "days")
        return self._declare(organisation, setting, days, counts, by_person(asker.staff))

    def client_declare(self, organisation: str, setting: str, days: int, counts: str) -> bool:
        """The same by an organisation's own program, of itself alone. Raises Refused naming the field."""
        if not 0 < days <= OWN_LONGEST:
            raise Refused(LESS, "days")
        return self._declare(organisation, setting, days, counts, f"client:{organisation}")

    def _declare(self, organisation: str, setting: str, days: int, counts: str, by: str) -> bool:
        named = counts_named(counts)
        wish = FeedDeclared(organisation=organisation, setting=setting, days=days, counts=named, declared_by=by)
        changed = self.act().declare(wish)
        self.settle()
        return changed

    def _form(self, member: Staff) -> FeedForm:
        """For whom this person may say how often they are heard; for none: no organisations."""
        if not _of_all(member) and not may(member.roles, "own_organisation"):
            return FeedForm()
        known = self.desk.register().organisations.values()
        theirs = [one for one in known if not one.may_enter_for_others]
        if not _of_all(member):
            theirs = [one for one in theirs if one.organisation == member.organisation]
        held = not _of_all(member) and "own_setting" in groups(member.roles)
        return FeedForm(
            organisations=tuple(Choice(one.organisation, one.name) for one in sorted(theirs, key=lambda one: one.name)),
            setting=member.setting if held else "", any_number=_of_all(member),
            counts=tuple(Choice(code, f"Every {word}" if code != "always" else "Every day") for code, word in COUNTS.items()),
        )  # fmt: skip

    def _member(self, asker: Asker) -> Staff:
        member = staff_of(self.desk, asker.staff)
        if not member.active or not any(may(member.roles, one) for one in (*OF_ALL, *OF_OWN)):
            raise NotPermitted("the register of staff does not let this account hear of silences")
        return member

    def _one(self, asker: Asker, silence: str) -> Row:
        member = self._member(asker)
        caught_up(self.desk)
        query = select(matter).where(
            matter.c.kind == "silence", matter.c.stream.endswith(f":{silence}", autoescape=True)
        )
        rows = [row for row in self.desk.store.rows(query) if _may_hear(member, row)]
        if not open_to(self.desk, asker, rows, "tasks"):
            raise NotFound(NOT_THERE)
        return rows[0]


def standing(desk: Desk, member: Staff, kind: str = "") -> list[Row]:
    """The rows of what stands that this person's roles hear of, the oldest first; who is whose is ruled by the look."""
    query = select(matter).where(matter.c.kind == "silence", matter.c.state == "stands")
    query = query.where(matter.c.what == kind) if kind else query
    return [row for row in desk.store.rows(query.order_by(matter.c.due, matter.c.stream)) if _may_hear(member, row)]


class About(Struct, frozen=True):
    """What is silent of one child, by the asker's role: what to rule on, and what of it is told then."""

    desk: Desk
    rows: Sequence[Row] = ()
    causes: Causes = Causes()

    def told(self, allowed: Collection[str]) -> tuple[SilentLine, ...]:
        """The lines of those whose causes are open, of what was ruled on."""
        found = [told(self.desk, row) for row in self.causes.known(self.rows, allowed)]
        return tuple(SilentLine(silence=one.silence, what=one.what, of=one.of, due=one.due) for one in found)


def about_child(desk: Desk, asker: Asker, names: Sequence[str]) -> About:
    """What is silent of a child, whoever has one of these names; the look is the caller's."""
    member = staff_of(desk, asker.staff)
    rows = [row for row in standing(desk, member) if row["child"] in names] if member.active else []
    return About(desk, rows, causes(desk, rows))


def silences_of(desk: Desk, names: Sequence[str]) -> list[str]:
    """The streams of every silence about whoever has one of these names, also of those that ended."""
    query = select(matter.c.stream).where(matter.c.kind == "silence", matter.c.child.in_(names))
    return [row["stream"] for row in desk.store.rows(query.order_by(matter.c.position))]


def told(desk: Desk, row: Row) -> SilenceRow:
    """One silence as a page tells it: codes and their words."""
    kind = KINDS.get(row["what"])
    return SilenceRow(
        silence=row["stream"].rpartition(":")[2], kind=row["what"], what=kind.words if kind else row["what"],
        state=row["state"], child=row["child"], of=_party(desk, row), due=row["due"], noticed=row["opened_at"],
        task=kind.task if kind else "",
    )  # fmt: skip


def _party(desk: Desk, row: Row) -> str:
    if not row["organisation"]:
        return ""
    whole = name_of(desk, row["organisation"])
    return f"{whole}: {row['setting'].replace('_', ' ')}" if row["setting"] else whole


def _of_all(member: Staff) -> bool:
    return any(may(member.roles, one) for one in OF_ALL)


def _sees(member: Staff, kind: str) -> bool:
    return kind in KINDS and any(may(member.roles, one) for one in KINDS[kind].sees)


def _may_hear(member: Staff, row: Row) -> bool:
    """By role, and, for who works for one organisation, of that organisation alone."""
    if not _sees(member, row["what"]):
        return False
    whole = any(may(member.roles, one) for one in KINDS[row["what"]].sees if one in OF_ALL)
    mine = row["organisation"] == member.organisation
    own_setting = not row["setting"] or row["setting"] == member.setting or may(member.roles, "own_organisation")
    return whole or (mine and own_setting)


def _says(member: Staff, row: Row) -> bool:
    """Whether they say what it was: not as one of the organisation that it is the silence of, and nothing more."""
    own = row["what"] in KINDS and bool({*KINDS[row["what"]].sees} & {*OF_OWN})
    return not own or _of_all(member)


def open_to(desk: Desk, asker: Asker, rows: Sequence[Row], reason: str) -> list[Row]:
    """Those about nobody, and those whose child, and whose cause, this asker may know of, ruled in one look."""
    now, caused = survivors(desk, {row["child"] for row in rows if row["child"]}), causes(desk, rows)
    items = {
        child: ItemRef(item=f"picture:{child}", category="codes", organisation=HUB, persons=(child,), position=0)
        for child in now.values()
    }
    shown = (
        {one.item for one in look(desk, asker, [*items.values(), *caused.items], reason).shown} if items else set[str]()
    )
    there = [row for row in rows if not row["child"] or f"picture:{now[row['child']]}" in shown]
    return caused.known(there, shown)
