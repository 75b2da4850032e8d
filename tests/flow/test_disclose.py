"""The only door to words: nothing opens before the ledger says so, and nothing that no rule allows is mentioned."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import msgspec
import pytest

from hub.adapters.cedar import CedarRulings
from hub.domain.errors import AlreadyOnRecord, NotPermitted, Refused, TryLater
from hub.domain.fact import NewFact, Recorded
from hub.domain.item import Category, Grant, Sealed, Words
from hub.domain.ledger import Asked, ClassRuled, StandingAsk, StandingCounted
from hub.domain.sharing import Ask, Asker, EnquiryRoom, Organisation, Subject
from hub.flow.disclose import (
    Disclosed,
    ItemRef,
    Redacted,
    Shown,
    Withheld,
    disclose,
    plain,
    redact,
    ref,
    stand,
)
from hub.ports import Ruling, Rulings
from policies.sharing import sharing_set

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
COUNCIL = Organisation("social_care", "social_care", party=True)
HEALTH = Organisation("health", "health", party=True)
POLICE = Organisation("police", "police", party=True)
CANARY = "the-canary-sang"


class Clock:
    def now(self) -> datetime:
        return NOON


class Ledger:
    """A ledger in memory, of which only appending is used; `away` is a store that cannot be reached."""

    def __init__(self) -> None:
        self.entries: list[Recorded] = []
        self.away = False

    def append(self, facts: Sequence[NewFact], **_more: object) -> list[Recorded]:
        if self.away:
            raise TryLater("the ledger cannot be written")
        versions = {entry.stream: entry.version for entry in self.entries}
        recorded = []
        for new in facts:
            if versions.get(new.stream, 0) != new.after:
                raise AlreadyOnRecord(new.stream)
            entry = Recorded(new.stream, new.after + 1, len(self.entries) + 1, new.envelope, new.fact)
            self.entries.append(entry)
            recorded.append(entry)
        return recorded


T = TypeVar("T")


class Shelf:
    """A vault that keeps the words beside it, checks the grant, and notes what the ledger held when it opened."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.words: dict[str, Words | None] = {}
        self.opened: list[tuple[str, int, int]] = []

    def seal(self, category: Category, about: Sequence[str], words: Words, organisation: str) -> Sealed:
        sealed = Sealed(f"item-{len(self.words)}", category, tuple(about), (b"w",), b"box", organisation)
        self.words[sealed.item] = words
        return sealed

    def grant(self, position: int, items: Sequence[Sealed]) -> Grant:
        assert position == self.ledger.entries[-1].position, "a grant is of the entry just committed"
        return Grant(position, frozenset(item.item for item in items))

    def open(self, sealed: Sealed, grant: Grant) -> Words | None:
        if sealed.item not in grant.items:
            raise NotPermitted(sealed.item)
        self.opened.append((sealed.item, grant.ledger_position, len(self.ledger.entries)))
        return self.words[sealed.item]

    def open_all(self, items: Sequence[Sealed], grant: Grant, kind: type[T]) -> list[T | None]:
        return [None if (words := self.open(one, grant)) is None else msgspec.convert(words, kind) for one in items]


DRAFT = sharing_set(date(2026, 11, 22))


class Desk:
    """Everything that a disclosure needs, and a way to ask."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.vault = Shelf(self.ledger)
        self.alarms: list[str] = []
        self.rulings: Rulings = CedarRulings(DRAFT.policies, DRAFT.schema, alarm=self.alarms.append)
        self.subjects = {"child-1": Subject(person="child-1")}

    def item(
        self, category: Category = "narrative", owner: Organisation = HEALTH, words: Words | None = None,
        persons: tuple[str, ...] = ("child-1",), **flags: Any,
    ) -> ItemRef:  # fmt: skip
        sealed = self.vault.seal(category, ["record-1"], {"text": CANARY} if words is None else words, owner.id)
        return msgspec.structs.replace(ref(sealed, persons, owner, 7), **flags)

    def ask(self, items: Sequence[ItemRef], **said: Any) -> Disclosed:
        who = Asker(
            id="staff-1", organisation=said.pop("organisation", COUNCIL), setting="mash", active=True, ig_trained=True,
            mfa=True, roles=said.pop("roles", ("decision_maker",)),
        )  # fmt: skip
        room = EnquiryRoom(
            id="e1", children=frozenset({"child-1"}), team=frozenset({"staff-1"}), ground="perceived_harm", open=True
        )
        ask = Ask(**{"id": "a1", "who": who, "action": "read", "purpose": "triage", "reason": "alert", "at": NOON,
                     "enquiry": "e1", **said})  # fmt: skip
        return disclose(
            ask, items, subjects=self.subjects, enquiry=room, edition="edition-1", rulings=self.rulings,
            ledger=self.ledger,  # type: ignore[arg-type] # appending is all that a disclosure does with it
            vault=self.vault, clock=Clock(),
        )  # fmt: skip

    @property
    def entry(self) -> Asked:
        (recorded,) = self.ledger.entries
        assert isinstance(recorded.fact, Asked)
        return recorded.fact


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_when_the_ledger_cannot_be_written_nothing_is_shown(desk: Desk) -> None:
    item = desk.item()
    desk.ledger.away = True

    with pytest.raises(TryLater):
        desk.ask([item])
    assert desk.vault.opened == []


def test_an_ask_is_answered_once(desk: Desk) -> None:
    item = desk.item()
    desk.ask([item])

    with pytest.raises(AlreadyOnRecord):
        desk.ask([item])
    assert len(desk.vault.opened) == 1


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"purpose": "curiosity"}, "purpose"),
        ({"reason": "Because Ada said so"}, "reason"),
        ({"reason": ""}, "reason"),
        ({"action": "count"}, "action"),
    ],
)
def test_an_ask_in_words_or_of_another_kind_is_refused_before_the_ledger(
    desk: Desk, said: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        desk.ask([desk.item()], **said)
    assert (refused.value.field, desk.ledger.entries, desk.vault.opened) == (field, [], [])


def test_outside_an_enquiry_words_stay_closed_and_the_ledger_says_so(desk: Desk) -> None:
    found = desk.ask([desk.item(), desk.item(), desk.item(owner=COUNCIL)], enquiry="")

    assert found == Disclosed(
        ledger_position=1,
        shown=(Shown("item-2", "narrative", "social_care", ("child-1",), {"text": CANARY}),),
        withheld=(Withheld(2, "reason", "narrative", "health", ()),),
        edition="edition-1", faults=0,
    )  # fmt: skip
    assert desk.entry.rulings == (
        ClassRuled("narrative", "health", 2, False, (), 2),
        ClassRuled("narrative", "social_care", 2, True, ("R01",), 1),
    )
    assert (desk.entry.opened, desk.entry.withheld) == (("item-2",), 2)


def test_one_entry_is_committed_before_any_word_opens(desk: Desk) -> None:
    desk.ask([desk.item(), desk.item("voice"), desk.item("identity", POLICE)])

    assert desk.vault.opened == [("item-0", 1, 1), ("item-1", 1, 1), ("item-2", 1, 1)]
    assert len(desk.ledger.entries) == 1


def test_the_ledger_holds_who_why_and_what_and_not_one_word(desk: Desk) -> None:
    desk.ask([desk.item()])

    entry = desk.ledger.entries[0]
    assert CANARY.encode() not in msgspec.json.encode(entry.fact)
    assert (entry.stream, entry.envelope.by, entry.envelope.edition) == ("ask:a1", "person:staff-1", "edition-1")
    assert msgspec.structs.replace(desk.entry, facts=b"", questions=b"", rendered="") == Asked(
        ask="a1", who="staff-1", roles=("decision_maker",), organisation="social_care", setting="mash", action="read",
        purpose="triage", reason="alert", subjects=("child-1",), enquiry="e1", edition="edition-1", facts=b"",
        rulings=(ClassRuled("narrative", "health", 2, True, ("R04",), 1),), opened=("item-0",), withheld=0,
        places=(7,),
    )  # fmt: skip


def test_the_hash_of_the_facts_tells_the_same_ground_from_another(desk: Desk) -> None:
    hashes = []
    for number, subject in enumerate(
        [Subject(person="child-1"), Subject(person="child-1"), Subject(person="child-1", must_act=True)]
    ):
        again = Desk()
        again.subjects = {"child-1": subject}
        again.ask([again.item()], id="a1")
        hashes.append((number, again.entry.facts))

    assert hashes[0][1] == hashes[1][1] != hashes[2][1]


def test_to_the_team_around_the_family_a_third_party_leaves_no_trace(desk: Desk) -> None:
    family_hub = Organisation("family_hub", "early_help", party=True)
    desk.subjects = {"child-1": Subject(person="child-1", team=frozenset({"staff-1"}))}
    item = desk.item(third_party=True, released_to=frozenset({"family_hub"}))

    found = desk.ask([item], roles=("lead_professional",), organisation=family_hub, purpose="early_help", enquiry="")

    assert (found.shown, found.withheld) == ((), ())
    assert desk.entry.withheld == 1


def test_a_navigator_learns_a_number_and_neither_whose_nor_what(desk: Desk) -> None:
    found = desk.ask(
        [desk.item(owner=POLICE), desk.item("voice")],
        roles=("navigator",),
        organisation=Organisation("school", "education", party=True),
    )

    assert found.withheld == (Withheld(2, "count"),)


def test_of_an_item_that_is_no_thing_on_the_page_nothing_says_that_it_is_closed(desk: Desk) -> None:
    found = desk.ask([desk.item(), desk.item(mentioned=False)], enquiry="")
    assert (sum(one.items for one in found.withheld), desk.entry.withheld) == (1, 2)


def test_an_item_about_a_person_nobody_knows_stays_closed_as_a_fault(desk: Desk) -> None:
    found = desk.ask([desk.item(persons=("child-1", "stranger")), desk.item(persons=())])

    assert (found.shown, found.withheld, found.faults) == ((), (), 1)
    assert desk.vault.opened == []
    assert len(desk.alarms) == 1


class Broken:
    def decide(self, ask: object, resources: Sequence[object]) -> list[Ruling]:  # noqa: ARG002 - the port names it
        return [Ruling(True, ("R04",), fault=True) for _ in resources]


def test_an_answer_with_a_fault_opens_nothing_whatever_it_says(desk: Desk) -> None:
    desk.rulings = Broken()

    found = desk.ask([desk.item()])

    assert (found.shown, found.faults, desk.vault.opened) == ((), 1, [])


def test_what_nobody_ruled_on_is_removed(desk: Desk) -> None:
    item = desk.item()

    assert redact([item], {}) == Redacted((), (), 1)


def test_one_item_handed_in_under_two_classes_opens_only_where_both_do(desk: Desk) -> None:
    item = desk.item(tier=4)
    lower = msgspec.structs.replace(item, tier=1)

    assert desk.ask([item, lower]).shown == ()
    assert Desk().ask([lower, item]).shown == ()


@pytest.mark.parametrize(
    "change",
    [
        {"category": "codes"},
        {"organisation": COUNCIL},
        {"item": "item-9"},
        {"sealed": None},
        {"codes": (("text", "x"),)},
    ],
)
def test_a_sealed_item_under_another_name_is_a_mistake_that_is_heard(desk: Desk, change: dict[str, Any]) -> None:
    odd = msgspec.structs.replace(desk.item(), **change)

    with pytest.raises(ValueError, match="item"):
        desk.ask([odd], enquiry="")
    assert (desk.ledger.entries, desk.vault.opened) == ([], [])


def test_codes_are_shown_by_the_same_door(desk: Desk) -> None:
    codes = ItemRef(
        item="signal-1", category="codes", organisation=HEALTH, persons=("child-1",), position=3,
        codes=(("organisation", "health"), ("indicator", "was_not_brought")),
    )  # fmt: skip

    found = desk.ask([codes], roles=("contact_officer",), enquiry="")

    words: dict[str, str | int | float] = {"organisation": "health", "indicator": "was_not_brought"}
    assert found.shown == (Shown("signal-1", "codes", "health", ("child-1",), words),)
    assert desk.entry.opened == ("signal-1",)


def test_words_whose_keys_were_destroyed_read_as_erased(desk: Desk) -> None:
    item = desk.item()
    desk.vault.words[item.item] = None

    assert desk.ask([item]).shown == (Shown("item-0", "narrative", "health", ("child-1",), {}, erased=True),)


def test_opened_words_are_plain_text_and_numbers_and_nothing_else() -> None:
    words = {
        "names": [
            {"forenames": "Ada", "surname": "Example", "kind": "current"},
            {"forenames": "Ada", "surname": "Sample", "kind": "former"},
        ],
        "addresses": [{"lines": ["1 Test Road", "Exampleton"], "postcode": "ZZ1 1ZZ", "since": None, "kind": "home"}],
        "birth_date": date(2015, 3, 1), "count": 3, "seen": True, "nothing": None, "empty": "",
        "ethnicity": {"status": "not_asked", "value": None}, "language": {"status": "known", "value": "Welsh"},
        "inner": Sealed("i", "narrative", ("r",), (b"",), b"", "health"), "bytes": b"x", "mixed": ["a", object()],
    }  # fmt: skip

    assert plain(words) == {
        "names": "Ada Example; Ada Sample (former)", "addresses": "1 Test Road; Exampleton, ZZ1 1ZZ, home",
        "birth_date": "2015-03-01", "count": 3, "seen": "yes", "ethnicity": "not asked", "language": "Welsh",
        "mixed": "a",
    }  # fmt: skip


def test_matching_opens_identifiers_under_a_counted_standing_entry_and_nothing_else(desk: Desk) -> None:
    ledger: Any = desk.ledger
    identity, story = (desk.vault.seal(category, ["r"], {"a": "b"}, "health") for category in ("identity", "narrative"))

    leave = stand("service:intake", ledger=ledger, vault=desk.vault, clock=Clock(), edition="edition-1")
    assert desk.vault.open(identity, leave.grant([identity])) == {"a": "b"}
    with pytest.raises(Refused):
        leave.grant([identity, story])
    counted = [leave.count(ledger=ledger, clock=Clock(), edition="edition-1") for _ in range(2)]

    assert counted == [1, 0]
    standing, count = (entry.fact for entry in desk.ledger.entries)
    assert isinstance(standing, StandingAsk)
    assert count == StandingCounted(ask=standing.ask, opened=1)


def test_when_the_ledger_is_away_matching_gets_no_leave(desk: Desk) -> None:
    ledger: Any = desk.ledger
    desk.ledger.away = True

    with pytest.raises(TryLater):
        stand("service:intake", ledger=ledger, vault=desk.vault, clock=Clock(), edition="edition-1")
