"""The next fact that would raise the level: what one more report would have to say, of whom it would have to come, by when.

It promises nothing about a child: it tries reports that nobody made against the rules, and says which of them would do. That
none would is said only where even one that says everything a rule speaks of would not.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.absence import age_on, is_unborn
from hub.domain.counting import Filter, day_of, lines
from hub.domain.rule import Absence, Bound, Count, Grave, InSequence, Kind, Rule, Steps, Those
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready, does_stand

ANOTHER = "another"  # stands for an organisation that has not been heard yet
LONGEST = 400  # days ahead that are looked at for the last day on which it would still do
SHOWN = 4  # kinds of report that are spelt out


class NextFact(Struct, frozen=True, kw_only=True):
    """One more report that would make a rule of a higher level stand.

    `said`: indicator codes, any of which would do, or with `together` all of them in one report; () any worry at all.
    `another`: it must come of an organisation that has not been heard. `by`: the last London day on which it would do, None
    where that is further off than a year. What else it must be, "" and () where the rule does not ask: `how` it is known,
    of whom (`about`), by which source (`referrer_kind`), of a child not born yet, and which measures it must give.
    """

    rule: str
    words: str
    level: int
    said: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()  # of published lists, any of which would do
    another: bool = False
    by: date | None = None
    together: bool = False
    how: str = ""
    about: str = ""
    referrer_kind: str = ""
    unborn: bool = False
    measures: tuple[Bound, ...] = ()


def next_facts(rules: Iterable[Ready], signals: Iterable[Signal], level: int, as_of: datetime) -> tuple[NextFact, ...]:
    """For each rule above `level` that does not stand yet and that one report would make stand: what that report is.

    The least that is asked for is told: that it must come of another organisation only where it must. Sorted by level and
    rule. A rule of what was not seen is left out: no report makes it stand.
    """
    known = list(signals)
    found = []
    for ready in sorted(rules, key=lambda one: (one.rule.level, one.rule.id)):
        if ready.rule.level <= level or ready.waits or ready.rule.tells == "nobody" or does_stand(ready, known, as_of):
            continue
        fact = _one_more(ready, known, as_of)
        if fact is not None:
            found.append(fact)
    return tuple(found)


class _Try:
    """Reports that nobody made, of one rule, against what is known of one child."""

    def __init__(self, ready: Ready, known: Sequence[Signal], as_of: datetime) -> None:
        self.ready, self.known, self.as_of = ready, known, as_of
        self.asked = tuple(_asked(ready.rule))
        when = ready.rule.when
        self._whole = when.of if isinstance(when, Count) else Those()  # what is asked of every report beside the parts
        self.age, self.unborn = age_on(known, day_of(as_of)), is_unborn(known)

    def does(self, one: Signal) -> bool:
        """Whether the rule would stand with this report."""
        return does_stand(self.ready, [*self.known, one], self.as_of)

    def of(self, those: Those, codes: tuple[str, ...], organisation: str) -> Signal:
        """One report today that is all that the rule asks for: what nobody has said yet."""
        like = next((one for one in self.known if one.organisation == organisation), None)
        sectors = those.sectors or self._whole.sectors
        sector = like.sector if like else sectors[0] if sectors else ANOTHER
        at = self.as_of
        relations = those.relations
        return Signal(
            id=f"{ANOTHER}/0", child=self.known[0].child if self.known else ANOTHER,
            relation="own" if "own" in relations else relations[0], kind=_kind(those),
            indicators=codes, domains=(), organisation=organisation, sector=sector, setting=ANOTHER, referrer=ANOTHER,
            referrer_kind=next(iter(those.referrer_kinds or self._whole.referrer_kinds), ""), seen="not_seen",
            how_known=self._how(those), incident=None,
            measures=tuple((bound.code, _value(bound)) for bound in those.measures or self._whole.measures),
            age_months=None if self.unborn else self.age, unborn=self.unborn, occurred_start=at, occurred_end=at,
            precision="day", recorded_at=at, received=at, known_at=at,
        )  # fmt: skip

    def _how(self, those: Those) -> str:
        asked = those.how_known or self._whole.how_known
        return next((one for one in asked if one != "told_by_organisation"), "first_hand")


def _one_more(ready: Ready, known: Sequence[Signal], as_of: datetime) -> NextFact | None:
    tried = _Try(ready, known, as_of)
    parts = [those for those in tried.asked if _kind(those) != "help"]  # what is decided is no report
    heard = sorted({one.organisation for one in known}) or [ANOTHER]
    for another in (False, True):
        organisations = (ANOTHER,) if another else tuple(heard)
        single: dict[str, Signal] = {}
        whole: list[tuple[Those, Signal]] = []
        for those in parts:
            every = _every_code(ready, those)
            for organisation in organisations:
                most = tried.of(those, every, organisation)
                if not tried.does(most):
                    continue  # more said never takes anything away: no report of this kind does
                whole.append((those, most))
                for code in _codes(ready, those):
                    made = tried.of(those, (code,), organisation)
                    like = not single or _shape(made) == _shape(next(iter(single.values())))
                    if code not in single and like and tried.does(made):
                        single[code] = made
        if single:
            made = next(iter(single.values()))
            codes, named = _told(ready, tried.asked, tuple(single))
            return _fact(tried, parts, made, codes, named, another=another and bool(known))
        if whole:
            made = _least(tried, whole[0][1])
            fact = _fact(tried, parts, made, made.indicators, (), another=another and bool(known))
            return replace(fact, together=len(made.indicators) > 1)
    return None


def _least(tried: _Try, most: Signal) -> Signal:
    """The same report with no more indicators than it needs, the first of them kept."""
    for code in most.indicators[::-1]:
        less = replace(most, indicators=tuple(one for one in most.indicators if one != code))
        if tried.does(less):
            most = less
    return most


def _shape(made: Signal) -> tuple[object, ...]:
    return made.relation, made.kind, made.how_known, made.referrer_kind, made.unborn, made.measures


def _fact(
    tried: _Try, parts: Sequence[Those], made: Signal, codes: tuple[str, ...], named: tuple[str, ...], *, another: bool
) -> NextFact:
    rule = tried.ready.rule
    given = {code for code, _ in made.measures}
    bounds = {bound.code: bound for those in parts for bound in those.measures if bound.code in given}
    return NextFact(
        rule=rule.id, words=rule.words, level=rule.level, said=codes, lines=named, another=another,
        by=_last_day(tried.ready, tried.known, made, tried.as_of),
        how="" if made.how_known == "first_hand" else made.how_known,
        about="" if made.relation == "own" else made.relation, referrer_kind=made.referrer_kind,
        unborn=made.unborn and any(those.unborn for those in parts), measures=tuple(bounds.values()),
    )  # fmt: skip


def _asked(rule: Rule) -> Iterator[Those]:
    match rule.when:
        case Count(of=of, each=each):
            yield from (part.of for part in each)
            yield of
        case Grave(of=of):
            yield of
        case InSequence(first=first, then=then):
            yield from (then, first)
        case Steps(steps=steps):
            yield from reversed(steps)
        case Absence():
            return


def _kind(those: Those) -> Kind:
    return "concern" if "concern" in those.kinds else those.kinds[0]


def _value(bound: Bound) -> float:
    """A measure within the bound."""
    if bound.least is not None:
        return bound.least
    return (bound.below or 0.0) - 1


def _every_code(ready: Ready, those: Those) -> tuple[str, ...]:
    """All that one report might say of this."""
    named = Filter(those, ready.vocabulary).indicators
    if named is not None:
        return tuple(sorted(named))
    known = ready.vocabulary.indicators
    return tuple(
        code for code, one in sorted(known.items()) if not (one.strength or one.grave or code in those.but_not)
    )


def _codes(ready: Ready, those: Those) -> list[str]:
    """The indicators that a report might name; one of each need domain where the rule takes any worry."""
    every, known = _every_code(ready, those), ready.vocabulary.indicators
    if Filter(those, ready.vocabulary).indicators is not None:
        return list(every)
    return list({known[code].domain: code for code in every}.values())


def _told(ready: Ready, asked: Sequence[Those], does: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What would do, as codes; as lines of the lists that the rule names, where it names some; () where anything would."""
    named = [line for those in asked for line in lines(those, ready.vocabulary)]
    fitting = tuple(dict.fromkeys(one for one in named if set(does) & {*ready.vocabulary.in_group(one)}))
    if fitting:
        return (), fitting
    anything = any(Filter(those, ready.vocabulary).indicators is None for those in asked)
    return (() if anything and len(does) > SHOWN else tuple(does)), ()


def _last_day(ready: Ready, known: Sequence[Signal], report: Signal, as_of: datetime) -> date | None:
    """The last London day on which the same report would still do; None where that is further off than is looked."""

    def does(days: int) -> bool:
        at = as_of + timedelta(days=days)
        moved = replace(report, occurred_start=at, occurred_end=at, recorded_at=at, received=at, known_at=at)
        return does_stand(ready, [*known, moved], at)

    if does(LONGEST):
        return None
    least, most = 0, LONGEST
    while most - least > 1:
        middle = (least + most) // 2
        if does(middle):
            least = middle
        else:
            most = middle
    return day_of(as_of + timedelta(days=least))
