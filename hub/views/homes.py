"""The household of a child as a page shows it, and the task of asking whose children a concern about adults is about.

Who lives with whom is codes about both; names open only in a MASH enquiry, through the door. A person of whom this asker
may not know is not in the drawing, not in the list and not in any number.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Protocol

from msgspec import Struct, convert
from msgspec.structs import replace
from sqlalchemy import select

from hub.domain.concern import ConcernRecorded, CorrectionRecorded, Statement, StrengthRecorded
from hub.domain.errors import NotFound, NotPermitted
from hub.domain.fact import Recorded
from hub.domain.household import ChildrenNamed, NameChildren, name_children
from hub.domain.kin import PARENTS, Kin, Spell, Told, kinship, message_of
from hub.domain.moments import Precision, london_day
from hub.domain.reasons import day_words
from hub.domain.signal import Signal
from hub.domain.staff import may
from hub.flow.act import Act
from hub.flow.disclose import Disclosed, ItemRef
from hub.ports import Homes as HomesAround
from hub.views import alerts, chronology, said_of, store
from hub.views.asking import look, stamp
from hub.views.desk import HUB, Desk, caught_up, name_of, organisation_of
from hub.views.members import permitted
from hub.views.models import (
    AdultNamed,
    Asker,
    AskForChildren,
    Box,
    Choice,
    Drawing,
    Entry,
    HouseholdView,
    KinRow,
    When,
    Withheld,
)
from hub.views.protected_sources import home_told_to
from hub.views.telling import why_withheld
from hub.views.who_is_who import persons_of, survivor

COPIES = frozenset({"sibling", "household", "adult"})
NO_CHILD = "no such child, or none that you may know of"
NO_CONCERN = "no such concern that names no child, or none that you may know of"
WIDE, HIGH, GAP = 168, 74, 34  # a box and the space between two, in the drawing's units
OLDEST = frozenset({"grandparent"})


class Homes(HomesAround, Protocol):
    """What these pages ask of the household tables (hub/views/households.py)."""

    def told(self, messages: Iterable[str]) -> list[Told]:
        """These statements, as far as they stand."""
        ...

    def still_asked(self, messages: Iterable[str]) -> set[str]:
        """Those of these concerns that name no child, stand, and have no answer yet."""
        ...


class Passed(Struct, frozen=True):
    """A signal that counts for a child because of whom it lives with: as an item to rule on, and as an entry."""

    item: ItemRef
    entry: Entry
    held: str = ""  # what its organisation holds, without an indicator; "" for a change in the household


def passed_on(desk: Desk, child: str) -> list[Passed]:
    """What counts for this child because of siblings, adults and the household, newest first. Codes alone.

    Each is ruled as a code about the child and about whom it is of: where one of the two may not be known, it is not there.
    """
    copies = [one for one in alerts.signals_of(desk, child).values() if one.relation in COPIES]
    found = [made for signal in copies if (made := _passed(desk, child, signal)) is not None]
    return sorted(found, key=lambda one: (one.entry.occurred.end, one.entry.item), reverse=True)


def household(desk: Desk, homes: Homes, asker: Asker, child: str, enquiry: str) -> HouseholdView:
    """Who lives with this child and who did, as this asker may know it now; one look.

    Of one who was merged with another since, the household of the one that stayed. Raises NotFound, TryLater.
    """
    caught_up(desk)
    child = survivor(desk, child)
    known = stamp(desk, asker)
    rows = desk.store.rows(select(store.person).where(store.person.c.person == child, store.person.c.kind != "adult"))
    if not rows:
        look(desk, asker, [], "household_page")  # in the ledger like a look that is refused
        raise NotFound(NO_CHILD)
    home = home_told_to(desk, homes, asker.organisation, [child])
    kin = list(home.kin(child).values())
    apart = any(told.kind == "household" and told.apart for told in home.naming.get(child, ()))
    passed = passed_on(desk, child)
    items = [_code(f"picture:{child}", (child,))]
    for one in kin:
        items += [_code(f"kin:{one.person}", (child, one.person))]
        items += [_code(f"picture:{one.person}", (one.person,))] if one.child else []
        items += [
            replace(item, persons=(child, one.person), third_party=True)
            for item in said_of.identity_items(desk, one.person)
            if enquiry and item.category == "identity"
        ]
    shown = look(desk, asker, [*items, *(one.item for one in passed)], "household_page", enquiry)
    allowed = frozenset(item.item for item in shown.shown)
    if f"picture:{child}" not in allowed:
        raise NotFound(NO_CHILD)
    today = london_day(desk.clock.now())
    made = _rows(desk, kin, shown, today)
    known_of = [one for one in kin if f"kin:{one.person}" in allowed and one.now(today)]
    now = tuple(row for row in made if row.now)
    return HouseholdView(
        child=child, stamp=replace(known, ledger=shown.ledger_position), enquiry=enquiry, rows=now,
        past=tuple(row for row in made if not row.now), drawing=drawing(child, now), apart=apart,
        kinship=kinship(known_of),
        counted=tuple(one.entry for one in passed if one.item.item in allowed), withheld=_withheld(desk, shown),
    )  # fmt: skip


def ask_for_children(desk: Desk, homes: Homes, asker: Asker, message: str) -> AskForChildren:
    """A concern that names no child, with what is known of its adults' households. Raises NotFound, NotPermitted."""
    permitted(desk, asker, "worklist")
    caught_up(desk)
    known = stamp(desk, asker)
    history = desk.record.load(f"message:{message}")
    said = _adults_only(history)
    if said is None:
        look(desk, asker, [], "unplaced_concern")
        raise NotFound(NO_CONCERN)
    whose = persons_of(desk, [adult.source_record for adult in said.adults])
    adults = [whose.get(adult.source_record, "") for adult in said.adults]
    home = home_told_to(desk, homes, asker.organisation, [one for one in adults if one])
    lives = {one: [k for k in home.kin(one).values() if k.child] for one in dict.fromkeys(adults) if one}
    answer = _answer(history)
    # an answer given before a correction stands in the tables alone
    kept = [child for told in homes.told([message]) for child in told.named]
    named = dict.fromkeys(survivor(desk, child) for child in (answer.children if answer else kept))
    owner = organisation_of(desk, said.organisation)
    itself = ItemRef(
        item=f"unplaced:{message}", category="codes", organisation=owner, persons=tuple(one for one in adults if one),
        position=history[0].position, setting=said.setting or "",
    )  # fmt: skip
    items = [said_of.handling(history[0].fact, desk.edition).on(itself)]
    items += [_code(f"kin:{adult}:{k.person}", (adult, k.person)) for adult, kin in lives.items() for k in kin]
    items += [_code(f"picture:{child}", (child,)) for child in named]
    shown = look(desk, asker, items, "unplaced_concern")
    allowed = frozenset(item.item for item in shown.shown)
    if itself.item not in allowed:
        raise NotFound(NO_CONCERN)
    today = london_day(desk.clock.now())
    seen = {adult: [k for k in kin if f"kin:{adult}:{k.person}" in allowed] for adult, kin in lives.items()}
    choices = {k.person: _ref(k.person) for kin in seen.values() for k in kin}
    occurred = said.occurred
    return AskForChildren(
        message=message, stamp=replace(known, ledger=shown.ledger_position), organisation=name_of(desk, said.organisation),
        occurred=When(occurred.start, occurred.end, occurred.precision), known_at=history[0].envelope.known_at,
        adults=tuple(
            AdultNamed(
                label=f"Adult {n}", role=role_words(adult.relationship),
                indicators=tuple(chronology.label(code, desk.edition.vocabulary) for code in adult.indicators),
                children=tuple(_lives_in_words(desk, k, today) for k in seen.get(whose.get(adult.source_record, ""), ())),
            )
            for n, adult in enumerate(said.adults, 1)
        ),
        children=tuple(Choice(child, f"Child {label}") for child, label in choices.items()),
        organisations=tuple(
            Choice(one.organisation, one.name)
            for one in desk.register().organisations.values()
            if not one.may_enter_for_others
        ),
        answered=message not in homes.still_asked([message]),
        answer=tuple(_ref(child) for child in named if f"picture:{child}" in allowed),
        may_answer=may(asker.roles, "enter_contact"),
    )  # fmt: skip


def answer_children(
    desk: Desk, act: Callable[[], Act], homes: Homes, asker: Asker, message: str, command: NameChildren
) -> bool:
    """Record which children a concern about adults is about; whether that said anything new.

    Raises NotPermitted, NotFound for a child of whom this person may not know, Refused naming the answer that is missing.
    """
    permitted(desk, asker, "enter_contact")
    if command.by != asker.staff:
        raise NotPermitted("a person acts in their own name")
    caught_up(desk)
    children = tuple(survivor(desk, child) for child in command.children)
    rows = desk.store.rows(
        select(store.person.c.person, store.person.c.kind).where(store.person.c.person.in_(children))
    )
    known = {row["person"] for row in rows if row["kind"] != "adult"}
    items = [_code(f"picture:{child}", (child,)) for child in children if child in known]
    allowed = {item.item for item in look(desk, asker, items, "unplaced_answer").shown}
    if any(f"picture:{child}" not in allowed for child in children):
        raise NotFound(NO_CHILD)
    ask_for_children(desk, homes, asker, message)  # whoever may not know of the concern cannot answer for it

    def decide(history: Sequence[Recorded]) -> Sequence[ChildrenNamed]:
        stands = desk.store.rows(select(store.said.c.standing).where(store.said.c.stream == f"message:{message}"))
        current = bool(stands) and all(row["standing"] == "current" for row in stands)
        facts = name_children(
            _adults_only(history) is not None and current, _answer(history), replace(command, children=children)
        )
        return [fact for fact in facts if isinstance(fact, ChildrenNamed)]

    return bool(act().append(f"message:{message}", decide, f"person:{asker.staff}"))


# ------------------------------------------------------------------------------------------------------- the drawing


def drawing(child: str, rows: Sequence[KinRow]) -> Drawing:
    """The household as boxes: grandparents, other adults, children, a row each; the child's box stands first in its row.

    Lines lead from the child to everybody. The list beside it says the same.
    """
    layers: list[list[KinRow | None]] = [
        [row for row in rows if not row.child and row.role.lower() in OLDEST],
        [row for row in rows if not row.child and row.role.lower() not in OLDEST],
        [None, *(row for row in rows if row.child)],
    ]
    layers = [layer for layer in layers if layer]
    across = max(len(layer) for layer in layers)
    width = across * (WIDE + GAP) + GAP
    boxes: list[Box] = []
    for level, layer in enumerate(layers):
        left = (width - len(layer) * (WIDE + GAP) + GAP) // 2
        for n, row in enumerate(layer):
            x, y = left + n * (WIDE + GAP), GAP + level * (HIGH + 2 * GAP)
            if row is None:
                boxes.append(Box(x=x, y=y, label=f"Child {_ref(child)}", role="This child", subject=True))
            else:
                doubtful = row.conflicting or not row.sure
                note = "Organisations disagree" if row.conflicting else "" if row.sure else "Not sure"
                boxes.append(Box(x=x, y=y, label=row.label, role=row.role, note=note, doubtful=doubtful))
    centre = next(box for box in boxes if box.subject)
    lines = tuple(
        (centre.x + WIDE // 2, centre.y + (HIGH // 2 if box.y == centre.y else 0), box.x + WIDE // 2,
         box.y + (HIGH // 2 if box.y == centre.y else HIGH), box.doubtful)
        for box in boxes
        if not box.subject
    )  # fmt: skip
    return Drawing(width, 2 * GAP + len(layers) * HIGH + (len(layers) - 1) * 2 * GAP, tuple(boxes), lines)


def role_words(role: str) -> str:
    """A relationship in words."""
    return (
        "Role not known"
        if role == "not_known"
        else role.replace("_", " ").replace("parents ", "parent's ").capitalize()
    )


# ------------------------------------------------------------------------------------------------------------ inside


def _rows(desk: Desk, kin: Sequence[Kin], shown: Disclosed, today: date) -> list[KinRow]:
    """The rows of those whom this asker may know of, adults first, numbered; names where they were opened."""
    allowed = frozenset(item.item for item in shown.shown)
    told = {item.about[-1]: str(item.words["names"]) for item in shown.shown if "names" in item.words}
    seen = [one for one in kin if f"kin:{one.person}" in allowed]
    seen.sort(key=lambda one: (one.child, one.role not in PARENTS, one.person))
    labels: dict[str, str] = {}
    for kind, word in ((False, "Adult"), (True, "Child")):
        for number, one in enumerate((one for one in seen if one.child is kind), 1):
            labels[one.person] = f"{word} {number}"
    return [
        KinRow(
            label=labels[one.person], role="Child of the household" if one.child else role_words(one.role),
            person=one.person if one.child and f"picture:{one.person}" in allowed else "",
            name=(told[one.person],) if one.person in told else (), child=one.child, now=one.now(today),
            spells=tuple(_spell_words(spell) for spell in one.spells),
            organisations=tuple(name_of(desk, by) for by in one.organisations), sure=one.sure,
            conflicting=one.conflicting,
            via=next((labels.get(s.via, "another adult") for s in one.spells if s.via), ""),
        )
        for one in seen
    ]  # fmt: skip


def _spell_words(spell: Spell) -> str:
    since = f"Since {day_words(spell.start)}" if spell.start else "Since a day that nobody gave"
    return since + (f" until {day_words(spell.end)}" if spell.end else "")


def _lives_in_words(desk: Desk, kin: Kin, today: date) -> str:
    when = "lives" if kin.now(today) else "lived"
    by = ", ".join(name_of(desk, one) for one in kin.organisations)
    doubt = "; organisations disagree" if kin.conflicting else ""
    return f"Child {_ref(kin.person)} {when} with this adult, as {by} said{doubt}"


def _passed(desk: Desk, child: str, signal: Signal) -> Passed | None:
    message, _, number = signal.id.rpartition("/")
    history = desk.record.load(f"message:{message}", upto=1)
    if not history:
        return None
    recorded = history[0]
    labels = tuple(chronology.label(code, desk.edition.vocabulary) for code in dict.fromkeys(signal.indicators))
    item = ItemRef(
        item=f"passed:{signal.id}", category="codes", organisation=organisation_of(desk, signal.organisation),
        persons=(child, *_of_whom(desk, recorded, int(number), child)), position=recorded.position,
        setting=signal.setting or "",
    )  # fmt: skip
    entry = Entry(
        item=message_of(signal.id), kind="household", title=_title(signal) + (f": {'; '.join(labels)}" if labels else ""),
        organisation=name_of(desk, signal.organisation), setting=signal.setting or "",
        occurred=When(signal.occurred_start, signal.occurred_end, convert(signal.precision, Precision)),
        recorded_at=signal.recorded_at, known_at=signal.known_at, how_known=signal.how_known.replace("_", " "),
        indicators=labels,
    )  # fmt: skip
    held = "" if signal.kind == "household_change" else _title(signal)
    return Passed(said_of.handling(recorded.fact, desk.edition).on(item), entry, held)


def _of_whom(desk: Desk, recorded: Recorded, number: int, child: str) -> tuple[str, ...]:
    """The person that a passed-on signal is of: the other child, or the adult; nobody for a change in the household."""
    said = recorded.fact.statement if isinstance(recorded.fact, ConcernRecorded | CorrectionRecorded) else None
    if said is None:
        return ()
    people = said.subjects or said.adults
    record = people[number].source_record if number < len(people) else ""
    person = persons_of(desk, [record]).get(record, "") if record else ""
    return (person,) if person and person != child else ()


def _title(signal: Signal) -> str:
    if signal.kind == "household_change":
        return "Change in the household"
    return {
        "sibling": "Concern about another child of the household",
        "adult": "Concern about an adult of the household",
    }.get(signal.relation, "Concern about another child, in which an adult of the household has a part")


def _adults_only(history: Sequence[Recorded]) -> Statement | None:
    """The statement of a concern that names no child; None for anything else."""
    first = history[0].fact if history else None
    said = first.statement if isinstance(first, ConcernRecorded | StrengthRecorded | CorrectionRecorded) else None
    return said if said is not None and not said.subjects and said.adults else None


def _answer(history: Sequence[Recorded]) -> ChildrenNamed | None:
    return next((one.fact for one in reversed(history) if isinstance(one.fact, ChildrenNamed)), None)


def _code(item: str, persons: tuple[str, ...]) -> ItemRef:
    return ItemRef(item=item, category="codes", organisation=HUB, persons=persons, position=0)


def _ref(person: str) -> str:
    """A child's reference as pages show it."""
    return person[:8]


def _withheld(desk: Desk, shown: Disclosed) -> tuple[Withheld, ...]:
    """What is withheld and may be mentioned, as on the child's page."""
    return tuple(
        Withheld(chronology.words_for(one.category) + (f" ({one.items} items)" if one.items > 1 else ""),
                 name_of(desk, one.organisation), why_withheld(desk, one.clause), one.policies)
        for one in shown.withheld
        if one.shown_as == "reason"
    )  # fmt: skip
