"""What-if: what a draft of the threshold rules would have come to on history, beside the edition in force. Counts, no child.

It promises that both are judged by the one evaluator over the same history, so that a draft which says the same comes to the
same; and that a number of fewer than FEWEST, or of fewer than FEWEST children however often each of them counts, never
leaves here, nor what would give one away by taking two numbers apart.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from statistics import median
from typing import Any, ClassVar

from msgspec import Struct

from hub.domain.fact import Fact
from hub.domain.moments import london_day, months_between
from hub.domain.over_time import Event, Raised
from hub.domain.signal import Signal

FEWEST = 5  # fewer than this are not shown. Chosen, as published tables about children in need do
LISTED = 500  # children whose answer changes that are kept to be listed
APART = 1.25  # a group whose rate is this much above, or below, that of all children is flagged
UNKNOWN = "not_known"
# Outcomes of a decision that are read as: there was a case. Advice and no further action are none, and another
# organisation's is not known here.
CASES = frozenset({"early_help", "step_down", "child_in_need", "assessment", "strategy_discussion", "section_47"})
BANDS = ((5, "0-4"), (10, "5-9"), (16, "10-15"), (18, "16-17"))  # years: under, and the name


# ---------------------------------------------------------------------------------------------------------- assumptions


class Assumption(Struct, frozen=True, forbid_unknown_fields=True):
    """One number, its unit, where it comes from, and how it was chosen where no source says it."""

    value: int
    unit: str
    source: str
    chosen: str = ""


class Minutes(Struct, frozen=True, forbid_unknown_fields=True):
    """How many minutes of somebody's time an alert of this level takes, by who gets it."""

    level: int
    front_door: int
    allocated_worker: int
    source: str
    chosen: str = ""


class Assumed(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that a what-if assumes. `decides_after` and `lead_within` are days."""

    decides_after: Assumption
    lead_within: Assumption
    minutes: tuple[Minutes, ...]

    def minutes_for(self, level: int, to: str) -> int:
        """Minutes for an alert of this level to "front_door" or "allocated_worker"; of a level that is not named, those of
        the next below that is.
        """
        known = sorted(self.minutes, key=lambda each: each.level)
        fits = [each for each in known if each.level <= level] or known[:1]
        return 0 if not fits else fits[-1].front_door if to == "front_door" else fits[-1].allocated_worker


# --------------------------------------------------------------------------------------------------------------- report


class Line(Struct, frozen=True):
    """Alerts of one kind: under the edition in force, and under the draft. None: too few to be shown."""

    code: str
    before: int | None
    after: int | None


class Cut(Struct, frozen=True):
    """All alerts, cut one way: rule, level, to, organisation (whose report an alert rests on), area, day."""

    by: str
    lines: tuple[Line, ...]


class Hours(Struct, frozen=True):
    """Staff time for the alerts of one level, in whole hours over the whole period."""

    level: int
    before: int | None
    after: int | None


class Lead(Struct, frozen=True):
    """Cases that people decided: of how many an alert came before the decision, and how many days before (median)."""

    cases: int | None
    before: int | None
    after: int | None
    days_before: float | None = None
    days_after: float | None = None


class Group(Struct, frozen=True):
    """Children of one group of whom something counted, how many of them had an alert, and how far that is from all.

    `by`: "age", "disability" (whether anybody told the hub of one), or "all", the children that the rates are beside.
    """

    code: str
    children: int | None
    before: int | None
    after: int | None
    ratio_before: float | None = None
    ratio_after: float | None = None
    by: str = "age"

    @property
    def rates(self) -> tuple[float | None, float | None]:
        """Of 100 such children, how many had an alert: under the edition in force, and under the draft."""
        before, after = (None if n is None or not self.children else round(100 * n / self.children, 1)
                         for n in (self.before, self.after))  # fmt: skip
        return before, after

    @property
    def flagged(self) -> bool:
        """Whether the draft's rate for this group is APART or more from that of all children: somebody explains why."""
        return self.ratio_after is not None and not 1 / APART <= self.ratio_after <= APART


class Report(Struct, frozen=True, kw_only=True):
    """What a draft would have come to, in numbers that may be shown to whoever reads policies. Days are London's."""

    first: date
    last: date
    total: Line
    newly: int | None  # children who would have had an alert under the draft alone
    missed: int | None  # and who had one under the edition in force alone
    cuts: tuple[Cut, ...] = ()
    hours: tuple[Hours, ...] = ()
    lead: Lead = Lead(0, 0, 0)
    groups: tuple[Group, ...] = ()

    @property
    def days(self) -> int:
        """Days of the period."""
        return (self.last - self.first).days + 1

    @property
    def same(self) -> bool:
        """Whether nothing that may be shown differs."""
        lines = (self.total, *(line for cut in self.cuts for line in cut.lines))
        return all(line.before == line.after for line in lines) and not (self.newly or self.missed)


class WhatIfRun(Fact, frozen=True, kw_only=True):
    """Stream what-if:<uuid4>. A draft's rules were tried on what was known up to `position`, beside an edition."""

    NAME: ClassVar[str] = "what-if.run"
    rules: str  # the draft's rules and vocabulary, by their hash (of_rules)
    edition: str  # beside which they were tried
    position: int
    report: Report
    added: tuple[str, ...] = ()  # ids of rules in force
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    assumed: str = ""  # the assumptions, by their hash
    run_by: str = ""


FACTS: tuple[type[WhatIfRun], ...] = (WhatIfRun,)


def stream(report: str) -> str:
    """Where a report stands on record."""
    return f"what-if:{report}"


def of_rules(canonical: bytes) -> str:
    """The hash by which a draft's rules are known: SHA-256 (hex) of the canonical form of its rules and vocabulary."""
    return sha256(canonical).hexdigest()


# -------------------------------------------------------------------------------------------------------------- counting


class Behind(Struct, frozen=True):
    """Of whom numbers are, by code: under the edition in force, under the draft, and whose number differs. Of each code no more
    than FEWEST children are kept: that they are not few is all that is asked of them.
    """

    sides: tuple[dict[str, set[str]], ...]

    def note(self, child: str, counted: Sequence[Counter[str]]) -> None:
        """Take in how often one child counts, on both sides, under each code."""
        for code in {*counted[0], *counted[1]}:
            before, after = counted[0][code], counted[1][code]
            for held, so in zip(self.sides, (before, after, before != after), strict=True):
                if so and len(held[code]) < FEWEST:
                    held[code].add(child)

    def few(self, codes: Collection[str], change: int) -> bool:
        """Whether fewer than FEWEST children are behind these codes taken together, on a side or behind their change."""
        many = [len(set().union(*(held[code] for code in codes))) for held in self.sides]
        return any(0 < one < FEWEST for one in (many if change else many[:-1]))


def _behind() -> Behind:
    return Behind((defaultdict(set), defaultdict(set), defaultdict(set)))


class Tally:
    """Counts child by child; it keeps numbers, and of children the first LISTED whose answer changes and FEWEST of a number."""

    def __init__(self, first: date, last: date, assumed: Assumed, disability: Collection[str] = ()) -> None:
        """`disability`: the indicators by which organisations tell of a child's own; without any, nothing is cut by it."""
        self.disability = frozenset(disability)
        self.first, self.last, self.assumed = first, last, assumed
        self.counts: dict[str, tuple[Counter[str], Counter[str]]] = {
            by: (Counter(), Counter()) for by in ("rule", "level", "to", "organisation", "area", "day")
        }
        self.behind = {by: _behind() for by in (*self.counts, "all")}
        self.leading: tuple[set[str], ...] = (
            set(),
            set(),
            set(),
            set(),
        )  # of cases, led before and after, and otherwise
        self.levels: dict[str, set[str]] = {}  # rule -> levels
        self.minutes: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self.groups: dict[str, tuple[Counter[str], Counter[str], Counter[str]]] = {
            by: (Counter(), Counter(), Counter()) for by in ("age", *(["disability"] if self.disability else []))
        }
        self.newly = self.missed = self.cases = self.changed_leads = 0
        self.leads: tuple[list[float], list[float]] = ([], [])
        self.appear: list[str] = []
        self.vanish: list[str] = []

    def child(
        self, child: str, history: Sequence[Event], before: Iterable[Raised], after: Iterable[Raised],
        decided: Iterable[datetime] = (),
    ) -> None:  # fmt: skip
        """One child: what was known of it, the alerts under both, and when people decided that it was a case."""
        signals = {event.id: event.counted for event in history if event.counted is not None}
        whole = (list(before), list(after))
        within = [[one for one in side if self.first <= london_day(one.at) <= self.last] for side in whole]
        own = {by: (Counter[str](), Counter[str]()) for by in self.counts}
        for side, raised in enumerate(within):
            for one in raised:
                self._count(side, one, signals, own)
        for by, counted in own.items():
            self.behind[by].note(child, counted)
            for side, counter in enumerate(counted):
                self.counts[by][side].update(counter)
        self.behind["all"].note(child, [Counter({"all": len(raised)}) for raised in within])
        had, would = (bool(raised) for raised in within)
        if would and not had:
            self.newly += 1
            self.appear += [child] if len(self.appear) < LISTED else []
        elif had and not would:
            self.missed += 1
            self.vanish += [child] if len(self.vanish) < LISTED else []
        found = {"age": _band(signals.values(), self.last), "disability": self._told(signals.values())}
        for by, counts in self.groups.items():
            for counter, so in zip(counts, (bool(signals), had, would), strict=True):
                counter[found[by]] += so
        for moment in decided:
            if self.first <= london_day(moment) <= self.last:
                self._lead(child, moment, whole)

    def _told(self, signals: Iterable[Signal]) -> str:
        told = any(one.relation == "own" and self.disability & {*one.indicators} for one in signals)
        return "told" if told else "not_told"

    def _count(
        self, side: int, one: Raised, signals: Mapping[str, Signal], own: Mapping[str, tuple[Counter[str], Counter[str]]]
    ) -> None:  # fmt: skip
        held = [signals[each] for each in one.evidence if each in signals]
        newest = max(held, key=lambda each: (each.occurred_end, each.id), default=None)
        level = str(one.level)
        own["rule"][side][one.rule] += 1
        own["level"][side][level] += 1
        own["to"][side][one.to] += 1
        own["area"][side][(newest.lsoa if newest else None) or UNKNOWN] += 1
        own["day"][side][london_day(one.at).isoformat()] += 1
        for organisation in {each.organisation for each in held}:
            own["organisation"][side][organisation] += 1
        self.levels.setdefault(one.rule, set()).add(level)
        self.minutes[side][level] += self.assumed.minutes_for(one.level, one.to)

    def _lead(self, child: str, moment: datetime, whole: Sequence[Sequence[Raised]]) -> None:
        self.cases += 1
        since = moment - timedelta(days=self.assumed.lead_within.value)
        firsts = [min((one.at for one in side if since <= one.at <= moment), default=None) for side in whole]
        self.changed_leads += firsts[0] != firsts[1]
        for held, so in zip(
            self.leading, (True, *(one is not None for one in firsts), firsts[0] != firsts[1]), strict=True
        ):
            if so and len(held) < FEWEST:
                held.add(child)
        for side, first in enumerate(firsts):
            if first is not None:
                self.leads[side].append((moment - first) / timedelta(days=1))

    # --------------------------------------------------------------------------------------------------- what is shown

    def report(self) -> Report:
        """The numbers that may be shown."""
        rows = {by: _rows(*sides) for by, sides in self.counts.items()}
        total = tuple(sum(side.values()) for side in self.counts["rule"])
        shown = not (_small(total) or self.behind["all"].few(("all",), total[1] - total[0]))
        seeds = self._seeds(rows)
        hidden: dict[str, set[str]] = {}
        for _ in range(2):  # where one cut cannot hide a number but by hiding the total, no cut may lean on the total
            could = shown
            for by in ("rule", "to", "area", "day", "organisation"):
                first = seeds if by == "rule" else set()
                hidden[by], stays = hide(rows[by], first, total_shown=shown, few=self._judge(by, rows[by]))
                could = could and (stays or by == "organisation")
            if could == shown:
                break
            shown = could
        hidden["level"] = {level for rule in hidden["rule"] for level in self.levels.get(rule, ())}
        few = 0 < self.newly < FEWEST or 0 < self.missed < FEWEST
        return Report(
            first=self.first, last=self.last, total=_line("all", total, hidden=not shown),
            newly=None if few else self.newly, missed=None if few else self.missed,
            cuts=tuple(
                Cut(by, tuple(_line(code, rows[by][code], hidden=code in hidden[by]) for code in sorted(rows[by])))
                for by in rows
            ),
            hours=tuple(
                Hours(int(level), *((None, None) if level in hidden["level"] else self._hours(level)))
                for level in sorted(rows["level"])
            ),
            lead=self._leads(), groups=self._groups(few=few),
        )  # fmt: skip

    def _seeds(self, rows: Mapping[str, Mapping[str, tuple[int, ...]]]) -> set[str]:
        """Rules that are hidden because their level is too few: a level is the sum of its rules."""
        found = set()
        of_level, of_rule = (self._judge(by, rows[by]) for by in ("level", "rule"))
        for level in rows["level"]:
            of_it = [rule for rule in rows["rule"] if level in self.levels[rule]]
            if of_level((level,)) and not any(of_rule((rule,)) for rule in of_it):
                found.add(min(of_it, key=lambda rule: (rows["rule"][rule], rule)))
        return found

    def _judge(self, by: str, rows: Mapping[str, tuple[int, ...]]) -> Callable[[Collection[str]], bool]:
        """How one cut tells whether some of its rows, taken together, are of few."""
        behind = self.behind[by]

        def few(codes: Collection[str]) -> bool:
            before, after = (sum(rows[code][side] for code in codes) for side in (0, 1))
            return _small((before, after)) or behind.few(codes, after - before)

        return few

    def _hours(self, level: str) -> tuple[int, int]:
        return round(self.minutes[0][level] / 60), round(self.minutes[1][level] / 60)

    def _leads(self) -> Lead:
        sides = (self.cases, len(self.leads[0]), len(self.leads[1]))
        few = any(0 < len(held) < FEWEST for held in self.leading)
        if few or _small(sides) or _small((self.changed_leads,)):
            return Lead(None, None, None)
        days = [round(median(side), 1) if side else None for side in self.leads]
        return Lead(*sides, *days)

    def _groups(self, *, few: bool) -> tuple[Group, ...]:
        whole = tuple(sum(counter.values()) for counter in self.groups["age"])
        found = []
        if whole[0] and not few and not _small(whole):
            found.append(Group("all", whole[0], whole[1], whole[2], by="all"))
        for by, counts in self.groups.items():
            rows = {code: tuple(side[code] for side in counts) for code in sorted(counts[0]) if counts[0][code]}
            hidden, _ = hide(rows, set(rows) if few else set(), total_shown=True)
            for code, (children, before, after) in rows.items():
                if code in hidden:
                    found.append(Group(code, None, None, None, by=by))
                    continue
                was, now = (
                    _ratio(_rate(n, children), _rate(of_all, whole[0]))
                    for n, of_all in zip((before, after), whole[1:], strict=True)
                )
                found.append(Group(code, children, before, after, was, now, by))
        return tuple(found)


def hide(
    rows: Mapping[str, tuple[int, ...]], first: set[str], *, total_shown: bool,
    few: Callable[[Collection[str]], bool] | None = None,
) -> tuple[set[str], bool]:  # fmt: skip
    """Which rows are not shown, and whether the total of all may be.

    `few` says whether rows taken together are of few; by itself it is a number of 1 to 4, or one that changes by 1 to 4. Such a
    row is hidden; and while what is hidden can be told from the total, because it is one row or is of few itself, the next
    smallest is hidden too.
    """

    def small(codes: Collection[str]) -> bool:
        return _small(tuple(sum(each) for each in zip(*(rows[code] for code in codes), strict=True)))

    few = few or small
    hidden = {code for code in rows if few((code,))} | first
    order = [code for code, sides in sorted(rows.items(), key=lambda row: (sum(row[1]), row[0])) if any(sides)]
    left = [code for code in order if code not in hidden]
    if not total_shown:  # the rows must not add up to it
        if not hidden and order:
            hidden.add(next((code for code in order if rows[code][-1] != rows[code][-2]), order[0]))
        return hidden, False
    while hidden and (len(hidden) == 1 or few(hidden)):
        if not left:
            return hidden, False
        hidden.add(left.pop(0))
    return hidden, True


def _small(sides: Sequence[int]) -> bool:
    change = sides[-1] - sides[-2] if len(sides) > 1 else 0
    return any(0 < abs(one) < FEWEST for one in (*sides, change))


def _rows(before: Counter[str], after: Counter[str]) -> dict[str, tuple[int, ...]]:
    return {code: (before[code], after[code]) for code in sorted({*before, *after})}


def _line(code: str, sides: Sequence[int], *, hidden: bool) -> Line:
    return Line(code, None, None) if hidden else Line(code, sides[0], sides[1])


def _rate(some: int, of: int) -> float:
    return some / of if of else 0.0


def _ratio(rate: float, of_all: float) -> float | None:
    return round(rate / of_all, 2) if of_all else None


def _band(signals: Iterable[Signal], on: date) -> str:
    """The age of a child on a day, in bands, by the newest that was said of it."""
    told = [one for one in signals if one.unborn or one.age_months is not None]
    newest = max(told, key=lambda one: (one.occurred_end, one.id), default=None)
    if newest is None:
        return UNKNOWN
    if newest.unborn or newest.age_months is None:
        return "unborn"
    years = (newest.age_months + max(0, months_between(london_day(newest.occurred_end), on))) // 12
    return next((name for under, name in BANDS if years < under), "18+")


# ------------------------------------------------------------------------------------------------- what of the rules moved


def rules_moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Ids of rules that were added, removed, and that judge otherwise; each given as id -> what it judges by."""
    return (
        tuple(sorted(after.keys() - before.keys())),
        tuple(sorted(before.keys() - after.keys())),
        tuple(sorted(one for one in before.keys() & after.keys() if before[one] != after[one])),
    )
