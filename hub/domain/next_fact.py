"""The next fact that would raise the level: what one more report would have to say, of whom it would have to come, by when.

It promises nothing about a child: it tries reports that nobody made against the rules, and says which of them would do.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.counting import Filter, day_of, lines
from hub.domain.rule import Absence, Count, Grave, InSequence, Rule, Steps, Those
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready, stands

ANOTHER = "another"  # stands for an organisation that has not been heard yet
LONGEST = 400  # days ahead that are looked at for the last day on which it would still do
SHOWN = 4  # kinds of report that are spelt out


class NextFact(Struct, frozen=True, kw_only=True):
    """One more first-hand report that would make a rule of a higher level stand.

    `said`: indicator codes, any of which would do; () any worry at all. `another`: it must come of an organisation that
    has not been heard. `by`: the last London day on which it would do, None where that is further off than a year.
    """

    rule: str
    words: str
    level: int
    said: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()  # of published lists, any of which would do
    another: bool = False
    by: date | None = None


def next_facts(rules: Iterable[Ready], signals: Iterable[Signal], level: int, as_of: datetime) -> tuple[NextFact, ...]:
    """For each rule above `level` that does not stand yet and that one report would make stand: what that report is.

    The least that is asked for is told: that it must come of another organisation only where it must. Sorted by level and
    rule. A rule of what was not seen is left out: no report makes it stand.
    """
    known = list(signals)
    found = []
    for ready in sorted(rules, key=lambda one: (one.rule.level, one.rule.id)):
        if ready.rule.level <= level or ready.waits or ready.rule.tells == "nobody" or stands(ready, known, as_of):
            continue
        fact = _one_more(ready, known, as_of)
        if fact is not None:
            found.append(fact)
    return tuple(found)


def _one_more(ready: Ready, known: Sequence[Signal], as_of: datetime) -> NextFact | None:
    asked = tuple(_asked(ready.rule))
    whole = [code for those in asked for code in _codes(ready, those)]
    heard = sorted({one.organisation for one in known}) or [ANOTHER]
    for another in (False, True):
        organisations = (ANOTHER,) if another else tuple(heard)
        does = {
            code: made
            for code in dict.fromkeys(whole)
            for made in (_made(ready, asked, code, organisations, known, as_of),)
            if made is not None
        }
        if does:
            codes, named = _told(ready, asked, tuple(does))
            return NextFact(
                rule=ready.rule.id, words=ready.rule.words, level=ready.rule.level, said=codes, lines=named,
                another=another and bool(known), by=_last_day(ready, known, next(iter(does.values())), as_of),
            )  # fmt: skip
    return None


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


def _codes(ready: Ready, those: Those) -> list[str]:
    """The indicators that a report might name; one of each need domain where the rule takes any worry."""
    if "concern" not in those.kinds or "own" not in those.relations:
        return []
    named = Filter(those, ready.vocabulary).indicators
    known = ready.vocabulary.indicators
    if named is not None:
        return sorted(named)
    plain = [code for code, one in sorted(known.items()) if not (one.strength or one.grave)]
    return list({known[code].domain: code for code in plain}.values())


def _made(
    ready: Ready, asked: Sequence[Those], code: str, organisations: Sequence[str], known: Sequence[Signal],
    as_of: datetime,
) -> Signal | None:  # fmt: skip
    """A report of this that would make the rule stand; None where none would."""
    for organisation in organisations:
        one = _report(asked, code, organisation, known, as_of)
        if stands(ready, [*known, one], as_of) is not None:
            return one
    return None


def _report(asked: Sequence[Those], code: str, organisation: str, known: Sequence[Signal], as_of: datetime) -> Signal:
    """One report first hand, today, of one indicator: what nobody has said yet."""
    like = next((one for one in known if one.organisation == organisation), None)
    sector = like.sector if like else next((s for those in asked for s in those.sectors), ANOTHER)
    return Signal(
        id=f"{ANOTHER}/0", child=known[0].child if known else ANOTHER, relation="own", kind="concern",
        indicators=(code,), domains=(), organisation=organisation, sector=sector, setting=ANOTHER, referrer=ANOTHER,
        referrer_kind="", seen="not_seen", how_known="first_hand", incident=None, occurred_start=as_of,
        occurred_end=as_of, precision="day", recorded_at=as_of, received=as_of, known_at=as_of,
    )  # fmt: skip


def _told(ready: Ready, asked: Sequence[Those], does: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What would do, as codes; as lines of the lists that the rule names, where it names some; () where anything would."""
    named = [line for those in asked for line in lines(those, ready.vocabulary)]
    fitting = tuple(dict.fromkeys(one for one in named if set(does) & {*ready.vocabulary.in_group(one)}))
    if fitting:
        return (), fitting
    anything = [one for those in asked if Filter(those, ready.vocabulary).indicators is None for one in [those]]
    return (() if anything and len(does) > SHOWN else tuple(does)), ()


def _last_day(ready: Ready, known: Sequence[Signal], report: Signal, as_of: datetime) -> date | None:
    """The last London day on which the same report would still do; None where that is further off than is looked."""

    def does(days: int) -> bool:
        at = as_of + timedelta(days=days)
        moved = replace(report, occurred_start=at, occurred_end=at, recorded_at=at, received=at, known_at=at)
        return stands(ready, [*known, moved], at) is not None

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
