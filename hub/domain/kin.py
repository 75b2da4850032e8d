"""Who lives or lived with whom, and what of that counts for a child. Pure: the same statements in any order, one answer.

A household is never a thing that is stored: it is what organisations said, read anew. A child has none, one or several
(parents apart, two homes, kinship), and nobody is in one because another organisation's list forgot to leave them out.

How statements are read
- **A shared list** says that its members live together; a concern that says an adult is in the household says so of
  that adult and each child that it names. The children of one concern are not said to live together.
- **No household** is a list of more than MANY people, nor a refuge or an institution: of such a list nobody is said to
  live together, but a refuge's only parent with the children listed.
- **One hop**: who lives with an adult who lives with the child lives with the child, for the time that both did. Never
  through a child (a parent of their own children apart), nor through who was ever named as a professional, nor through
  a crowd: an adult whom very many statements name.
- **A start** is what somebody gave (`since`). Where nobody gave any, they are taken to have lived together before too:
  "they live together" does not say "since today". A start that is given holds for those who gave none. Of a foster
  carer, or of somebody of whom it is not said what they are to the child, no past is assumed.
- **An end** is always said: `until`, moved out, a death, in custody, not in the household. Not being on a later list
  ends nothing. It ends what was said before it; what is said after it starts anew.
- **Two organisations disagree** where one said that it had ended, another says later that it goes on, and the first has
  not said so since. It is shown, and it counts.

What counts for a child (the reasons: docs/decisions/0019-households-are-read-not-stored.md)
- *sibling*: what counts for another child as its own, where it happened while the two lived together: not before this
  child was born, unless it was spoken of as expected by then;
- *adult*: a concern about adults alone, where one of them lives with the child, or a person said that it is about this
  child. What is known of an adult comes along when the adult moves in; what happens after they parted does not;
- *household*: a concern about a child of elsewhere in which an adult of this household has a part, and what changed in
  the household, unless a person of whom nobody may learn is named in that change.
Nothing is passed on twice: a copy is never copied, what is only possible is not copied at all, and who is named in a
message, or may be, gets no copy of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import combinations
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.moments import london_day, months_between
from hub.domain.signal import Relation, Signal

LEFT = frozenset({"moved_out", "death", "in_custody"})
YOUNG = frozenset({"child", "sibling"})  # roles that lead to no further household
OUTSIDE = frozenset({"professional", "neighbour"})  # a part that somebody has in a concern as no member of a family
PARENTS = frozenset({"mother", "father", "parent"})
AS_PARENTS = PARENTS | {"step_parent", "parents_partner"}
RELATIVES = frozenset({"grandparent", "other_relative", "sibling"})  # an adult of these is no parent and of the family
# of whom "lives there" says nothing of before: children come to a foster carer, and the others may be anybody
NO_PAST = frozenset({"foster_carer", "private_foster_carer", "other", "household_member", "not_known"})
MANY = 25  # people of one statement: above it is no household
NEW_ADULT = "new_adult_in_household"


Together = Literal["all", "parents", "none"]  # of whom a statement says that they live together: see `together`


class Member(Struct, frozen=True, kw_only=True):
    """One person of a statement: whom its source record is held to be about now, in what role, from, to, how sure.

    `home` says whether they are in the household that the statement speaks of; None where it does not say.
    """

    person: str
    role: str
    child: bool = False  # named as a child, born or unborn
    since: date | None = None
    until: date | None = None
    sure: bool = True
    home: bool | None = True
    age_months: int | None = None  # at the start of what the statement speaks of


class Told(Struct, frozen=True, kw_only=True):
    """One statement that stands (not corrected, not withdrawn), in codes; `start` and `end` are London days."""

    message: str
    organisation: str
    kind: Literal["household", "concern"]
    start: date
    end: date
    change: str = "none"
    members: tuple[Member, ...]  # of a concern: its children, then its adults
    named: tuple[str, ...] = ()  # of a concern that names no child: those who a person said it is about
    together: Together = "all"

    @property
    def apart(self) -> bool:
        """Whether nobody is said to live with anybody by it: a list of a refuge, an institution, or very many people."""
        return self.together == "none" or len(self.members) > MANY

    @property
    def adults_only(self) -> bool:
        """A concern that names no child."""
        return self.kind == "concern" and not any(member.child for member in self.members)


class Spell(Struct, frozen=True):
    """A time of living together, London days, both included; None: not known since when, or not ended."""

    start: date | None
    end: date | None
    messages: tuple[str, ...]  # statements that it rests on
    organisations: tuple[str, ...]
    sure: bool
    via: str = ""  # the adult through whom, where no statement names both

    def meets(self, first: date, last: date) -> bool:
        """Whether any day from first to last lies in it."""
        return (self.start is None or self.start <= last) and (self.end is None or self.end >= first)


class Kin(Struct, frozen=True):
    """Somebody who lives or lived with a child: in what role, when, as whom said, and whether organisations disagree."""

    person: str
    role: str
    child: bool
    spells: tuple[Spell, ...]
    conflicting: bool = False

    def with_at(self, first: date, last: date) -> Spell | None:
        """A spell that meets these days; None where they did not live together then."""
        return next((spell for spell in self.spells if spell.meets(first, last)), None)

    def not_after(self, day: date) -> Spell | None:
        """A spell that had not ended before this day, begun or not; None where they had parted."""
        return next((spell for spell in self.spells if spell.end is None or spell.end >= day), None)

    def now(self, today: date) -> bool:
        """Whether they live together on this day."""
        return self.with_at(today, today) is not None

    @property
    def sure(self) -> bool:
        """Whether any organisation is sure of it."""
        return any(spell.sure for spell in self.spells)

    @property
    def organisations(self) -> tuple[str, ...]:
        """Who said so."""
        return tuple(sorted({one for spell in self.spells for one in spell.organisations}))


def kinship(those: Iterable[Kin]) -> bool:
    """Whether of the adults with whom a child lives a relative is said to be one, and nobody a parent or a parent's partner.

    Kinship care: relatives or friends of the family bring a child up (Kinship care, statutory guidance, DfE 2024). Friends
    and carers of no relation cannot be told from who merely lives there, so they alone make none.
    """
    roles = {one.role for one in those if not one.child}
    return not roles.isdisjoint(RELATIVES) and roles.isdisjoint(AS_PARENTS)


class Counted(Struct, frozen=True):
    """A signal that is to count for a child, and the statement because of which it does ("message:…@1")."""

    signal: Signal
    because: str


class _Claim(Struct, frozen=True):
    told: Told
    since: date | None  # given
    floor: date | None  # not given, and not before this day
    until: date | None
    sure: bool


class _End(Struct, frozen=True):
    person: str
    others: frozenset[str]  # who else the statement lists; nobody: wherever this person lived
    day: date
    told: Told


class Home:
    """What some statements say together. `hidden` are persons of whom nobody may learn through another's page.

    `crowd` are adults whom so many statements name that nobody is looked for through them: of those only what names a
    person counts for that person, so that it does not matter what else was looked up. `whole` says that nothing was
    left out: nobody named lives with somebody of whom no statement is here.
    """

    def __init__(
        self, told: Iterable[Told], hidden: Iterable[str] = (), crowd: Iterable[str] = (), *, whole: bool = False
    ) -> None:
        self.told = sorted(told, key=lambda one: (one.start, one.message))
        self.hidden, self.crowd, self.whole = frozenset(hidden), frozenset(crowd), whole
        self._pairs: dict[frozenset[str], tuple[tuple[Spell, ...], bool]] = {}

    @cached_property
    def persons(self) -> frozenset[str]:
        """Everybody named."""
        return frozenset(member.person for told in self.told for member in told.members)

    @cached_property
    def naming(self) -> dict[str, list[Told]]:
        """The statements that name each person, also as whom a person said a concern is about."""
        found: dict[str, list[Told]] = {}
        for told in self.told:
            for person in dict.fromkeys((*(member.person for member in told.members), *told.named)):
                found.setdefault(person, []).append(told)
        return found

    @cached_property
    def children(self) -> frozenset[str]:
        """Whoever was named as a child, and whom a person named as one."""
        listed = {member.person for told in self.told for member in told.members if member.child}
        return frozenset(listed | {child for told in self.told for child in told.named})

    @cached_property
    def roles(self) -> dict[str, str]:
        """The role in which each was named last, "child" before any other."""
        known = {member.person: member.role for told in self.told for member in told.members}
        return known | dict.fromkeys(self.children, "child")

    @cached_property
    def _grown(self) -> frozenset[str]:
        """Whoever was named in a role that children do not have: through them a household is shared.

        Nobody who was named as a child too, as at a school that did not know who a pupil was, unless as a parent; nor
        who was ever named as a professional.
        """
        roles: dict[str, set[str]] = {}
        for told in self.told:
            for member in told.members:
                if not member.child:
                    roles.setdefault(member.person, set()).add(member.role)
        return frozenset(
            person
            for person, known in roles.items()
            if known & PARENTS or (known - YOUNG and "professional" not in known and person not in self.children)
        )

    def kin(self, person: str) -> dict[str, Kin]:
        """Everybody who lives or lived with this person, directly or through one adult."""
        found: dict[str, tuple[list[Spell], bool]] = {}
        for adult in self._beside.get(person, ()):
            spells, conflicting = self._pair(person, adult)
            held = found.setdefault(adult, ([], False))
            found[adult] = ([*held[0], *spells], held[1] or conflicting)
            if adult in self.hidden or adult in self.crowd or adult not in self._grown:
                continue
            for other in self._beside.get(adult, ()):
                if other == person:
                    continue
                shared, theirs = self._pair(adult, other)
                both = [met for mine in spells for yours in shared if (met := _met(mine, yours, adult))]
                if both:
                    held = found.setdefault(other, ([], False))
                    found[other] = ([*held[0], *both], held[1] or conflicting or theirs)
        return {
            one: Kin(one, self.roles[one], one in self.children, _longest(spells), conflicting)
            for one, (spells, conflicting) in sorted(found.items())
            if spells and one not in self.hidden
        }

    # --------------------------------------------------------------------------------------------------- two persons

    @cached_property
    def _claims(self) -> dict[frozenset[str], list[_Claim]]:
        found: dict[frozenset[str], list[_Claim]] = {}
        for told in self.told:
            for one, other in _together(told):
                if one.person == other.person:
                    continue
                given = [day for day in (one.since, other.since) if day]
                ended = [day for day in (one.until, other.until) if day]
                came = told.change == "moved_in" or one.role in NO_PAST or other.role in NO_PAST
                floor = told.start if came and not given else None
                found.setdefault(frozenset({one.person, other.person}), []).append(
                    _Claim(told, max(given, default=None), floor, min(ended, default=None), one.sure and other.sure)
                )
        return found

    @cached_property
    def _beside(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        for pair in self._claims:
            one, other = pair
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
        return {person: tuple(sorted(those)) for person, those in found.items()}

    @cached_property
    def _ends(self) -> dict[str, list[_End]]:
        found: dict[str, list[_End]] = {}
        for told in self.told:
            for end in _ended(told):
                found.setdefault(end.person, []).append(end)
        return found

    def _pair(self, one: str, other: str) -> tuple[tuple[Spell, ...], bool]:
        """When two persons who are named together lived together, and whether organisations disagree about it."""
        pair = frozenset({one, other})
        if pair not in self._pairs:
            claims = self._claims[pair]
            about = [
                end
                for person, beside in ((one, other), (other, one))
                for end in self._ends.get(person, ())
                if person not in self.crowd or beside in end.others
            ]
            ends = sorted(about, key=lambda end: end.day)
            self._pairs[pair] = _spells(claims, ends), _disagree(claims, ends)
        return self._pairs[pair]


def counts(
    child: str, home: Home, own: Mapping[str, Sequence[Signal]], held: Mapping[str, Signal],
    made: Mapping[str, Sequence[Signal]],
) -> dict[str, Counted]:  # fmt: skip
    """What siblings, adults and the household make count for this child, by signal id.

    `own` are the signals that count for other children as their own; `held` is what counts for this child now; `made`
    are signals made of statements: of a concern about adults alone one for each adult (in their order), of a change in
    a household one.
    """
    kin, found = home.kin(child), dict[str, Counted]()
    named_in = home.naming.get(child, [])
    mine = {message_of(s.id) for s in held.values() if s.relation in {"own", "possible"}}
    mine |= {
        t.message for t in named_in if t.kind == "concern" and any(m.child and m.person == child for m in t.members)
    }
    near = {t.message: t for one in (child, *kin) if one not in home.crowd for t in home.naming.get(one, ())}
    age, expected = _age(child, home, held), _expected(held)

    def count(signal: Signal, relation: Relation, because: str) -> None:
        on = london_day(signal.occurred_start)
        months = None if age is None else age[1] + months_between(age[0], on)
        # an age in whole months leaves the birth open by one: of a newborn nothing is lost
        unborn = months is not None and months < -1 and (expected is None or on < expected)
        if message_of(signal.id) not in mine and not (unborn and relation == "sibling"):
            passed_on = replace(
                signal, child=child, relation=relation, measures=(), seen="not_seen", unborn=False,
                age_months=months if months is not None and months >= 0 else None,
            )  # fmt: skip
            found.setdefault(signal.id, Counted(passed_on, f"message:{because}@1"))

    for other in kin.values():
        for signal in own.get(other.person, ()):
            spell = other.with_at(london_day(signal.occurred_start), london_day(signal.occurred_end))
            if spell and signal.kind == "concern" and signal.relation == "own":
                count(signal, "sibling", spell.messages[0])
    for told in sorted(near.values(), key=lambda one: (one.start, one.message)):
        if told.adults_only:
            for member, signal in zip(told.members, made.get(told.message, ()), strict=False):
                if child in told.named:
                    count(signal, "adult", told.message)
                elif told.message not in mine and (spell := _of_household(kin, member, told)):
                    count(signal, "adult", spell.messages[0])
        elif told.kind == "concern":
            spell = next((s for m in told.members if not m.child and (s := _of_household(kin, m, told))), None)
            for member in told.members if spell else ():
                for signal in own.get(member.person, ()) if member.child and member.person not in home.hidden else ():
                    if spell and message_of(signal.id) == told.message and signal.relation == "own":
                        count(signal, "household", spell.messages[0])
        elif _tells_a_change(told, home, child) and any(_lives_there(kin, child, m, told) for m in told.members):
            for signal in made.get(told.message, ()):
                count(signal, "household", told.message)
    return found


def message_of(signal: str) -> str:
    """The message that a signal is of."""
    return signal.rpartition("/")[0]


def brings_an_adult(told: Told) -> bool:
    """Whether a change in a household is that an adult moved in who is not known to be the child's parent, or came now."""
    if told.change != "moved_in":
        return False
    grown = [member for member in told.members if not member.child and member.role not in YOUNG]
    given = [member for member in grown if member.since is not None]
    if given or any(member.since is not None for member in told.members):
        return any(told.start <= member.since <= told.end for member in given if member.since)
    return any(member.role not in PARENTS for member in grown)


def together(kind: Literal["household", "concern"], roles: Sequence[str], *, stay: bool = False) -> Together:
    """Of whom a statement that names people in these roles says that they live together.

    Of nobody where it names more than MANY. In a refuge or an institution (`stay`) families that are strangers stand on
    one list: there of each child and the only adult, where that one is a parent; else of nobody.
    """
    if len(roles) > MANY:
        return "none"
    if kind == "concern" or not stay:
        return "all"
    grown = [role for role in roles if role not in YOUNG | OUTSIDE]
    return "parents" if len(grown) == 1 and grown[0] in PARENTS else "none"


def _tells_a_change(told: Told, home: Home, child: str) -> bool:
    """Whether a statement says what changed in a household, and of nobody else of whom this child's page may not tell."""
    return (
        told.change != "none"
        and not told.apart
        and not any(member.person in home.hidden and member.person != child for member in told.members)
    )


def _of_household(kin: Mapping[str, Kin], member: Member, told: Told) -> Spell | None:
    """The spell for which this adult's part in a concern counts for the child; None where it does not."""
    other = kin.get(member.person)
    return other.not_after(told.start) if other and member.role not in OUTSIDE else None


def _lives_there(kin: Mapping[str, Kin], child: str, member: Member, told: Told) -> bool:
    """Whether what changed for this member of a household changed in the child's."""
    if member.person == child:
        return True
    other = kin.get(member.person)
    return other is not None and other.with_at(told.start, told.end) is not None


def _age(child: str, home: Home, held: Mapping[str, Signal]) -> tuple[date, int] | None:
    """A day and the child's age in months on it, as first told; None where nobody said."""
    told = [
        (t.start, m.age_months)
        for t in home.naming.get(child, ())
        for m in t.members
        if m.person == child and m.age_months is not None
    ]
    told += [
        (london_day(s.occurred_start), s.age_months)
        for s in held.values()
        if s.relation == "own" and s.age_months is not None
    ]
    return min(told, default=None)


def _expected(held: Mapping[str, Signal]) -> date | None:
    """The first day on which something was told of the child as unborn; None where it never was."""
    days = [london_day(s.occurred_start) for s in held.values() if s.relation == "own" and s.unborn]
    return min(days, default=None)


def _together(told: Told) -> Iterable[tuple[Member, Member]]:
    """Who a statement says live together, two by two: no professional and no neighbour, whatever else is said of them."""
    if told.apart:
        return ()
    family = [member for member in told.members if member.role not in OUTSIDE]
    if told.kind == "household" and told.together == "parents":
        return ((child, one) for child in family if child.child for one in family if one.role in PARENTS)
    if told.kind == "household":
        return combinations(family, 2)
    children = [member for member in family if member.child]
    return ((child, adult) for child in children for adult in family if not adult.child and adult.home)


def _ended(told: Told) -> Iterable[_End]:
    """For whom a statement says that living together ended."""
    everybody = frozenset(member.person for member in told.members)
    if told.kind == "concern":
        children = frozenset(member.person for member in told.members if member.child)
        for member in told.members:
            if not member.child and member.home is False and children:
                yield _End(member.person, children - {member.person}, told.end, told)
        return
    for member in told.members:
        if member.until is not None and not told.apart:  # who leaves a refuge leaves no home by that
            yield _End(member.person, everybody - {member.person}, member.until, told)
        elif told.change in LEFT and len(told.members) == 1:
            yield _End(member.person, frozenset(), told.end, told)


def _speaks_of(end: _End, claim: _Claim) -> bool:
    """Whether what ended is the household that the claim speaks of: nobody else is named, or somebody of it."""
    return not end.others or any(member.person in end.others for member in claim.told.members)


def _later(end: _End, claim: _Claim) -> bool:
    """Whether the end holds for the claim: it was said later (on one day: by the same organisation), or lies ahead."""
    said, by_same = end.told.end, end.told.organisation == claim.told.organisation
    return said > claim.told.end or (said == claim.told.end and by_same) or end.day > claim.told.end


def _spells(claims: Sequence[_Claim], ends: Sequence[_End]) -> tuple[Spell, ...]:
    given = sorted(claim.since for claim in claims if claim.since)
    spells = []
    for claim in claims:
        about = [end for end in ends if end.told is not claim.told and _speaks_of(end, claim)]
        after = [end.day for end in about if _later(end, claim)]
        start = claim.since or claim.floor
        if start is None:
            parted_before = any(not _later(end, claim) for end in about)
            known = [day for day in given if day <= claim.told.start]
            start = claim.told.start if parted_before else known[0] if known else None
        end = min([*after, *([claim.until] if claim.until else [])], default=None)
        if start is None or end is None or start <= end:
            spells.append(Spell(start, end, (claim.told.message,), (claim.told.organisation,), claim.sure))
    return _merged(spells)


def _merged(spells: Iterable[Spell]) -> tuple[Spell, ...]:
    """Spells that overlap made one; the statement with the earliest start stands first."""
    merged: list[Spell] = []
    for spell in sorted(spells, key=lambda one: (one.start or date.min, one.messages)):
        last = merged[-1] if merged else None
        if last and (last.end is None or spell.start is None or spell.start <= last.end):
            end = None if last.end is None or spell.end is None else max(last.end, spell.end)
            merged[-1] = Spell(
                last.start, end, tuple(dict.fromkeys((*last.messages, *spell.messages))),
                tuple(sorted({*last.organisations, *spell.organisations})), last.sure or spell.sure,
            )  # fmt: skip
        else:
            merged.append(spell)
    return tuple(merged)


def _disagree(claims: Sequence[_Claim], ends: Sequence[_End]) -> bool:
    """Whether one organisation said that it had ended, another says later that it goes on, and nobody settled it since."""
    for end in ends:
        about = [claim for claim in claims if _speaks_of(end, claim)]
        on = [
            claim
            for claim in about
            if claim.told.organisation != end.told.organisation
            and not _later(end, claim)
            and claim.until is None
            and not any(_speaks_of(other, claim) and _later(other, claim) for other in ends)
            and (claim.since is None or claim.since <= end.day)
        ]
        same = [claim for claim in about if claim.told.organisation == end.told.organisation and not _later(end, claim)]
        if on and not same:
            return True
    return False


def _longest(spells: Iterable[Spell]) -> tuple[Spell, ...]:
    """Spells without those that lie within another; what a statement says of both stands before what goes through one."""
    kept: list[Spell] = []
    for spell in sorted(spells, key=lambda one: (one.via != "", one.start or date.min, one.end or date.max, one.via)):
        first, last = spell.start or date.min, spell.end or date.max
        if not any((held.start or date.min) <= first and last <= (held.end or date.max) for held in kept):
            kept.append(spell)
    return tuple(kept)


def _met(one: Spell, other: Spell, via: str) -> Spell | None:
    """The time that both spells share, through the adult whom they share."""
    starts = [day for day in (one.start, other.start) if day]
    ends = [day for day in (one.end, other.end) if day]
    start, end = max(starts, default=None), min(ends, default=None)
    if start and end and start > end:
        return None
    return Spell(
        start, end, tuple(dict.fromkeys((*one.messages, *other.messages))),
        tuple(sorted({*one.organisations, *other.organisations})), one.sure and other.sure, via,
    )  # fmt: skip
