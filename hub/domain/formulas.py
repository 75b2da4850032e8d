"""How measures are worked out: one pure function for each formula, from a history and a period to cells.

It promises that every formula counts what stands on the record and nothing else; its words stand in FORMULAS
(hub/domain/partnership.py) and OWN here, and a page shows them beside the figure.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hub.domain.enquiry import OUTCOMES, VIEWS
from hub.domain.formulas_help import held as sustained
from hub.domain.formulas_help import teams
from hub.domain.measuring import Cell, Happened, History, Kind, Span, day_of
from hub.domain.moments import LONDON
from hub.domain.referral import ACCEPTED, Referral, earlier, within

Formula = Callable[[History, Span, str], tuple[Cell, ...]]
OWN: dict[str, str] = {  # what every hub accounts for, whatever its partnership measures itself by
    "waiting": "children for whom something waits at the end of the period: an alert that nobody opened, or a MASH enquiry "
    "that is not decided",
    "journey": "hours from contact to grade, decision and first help (an accepted step or an allocated worker), of the "
    "contacts of the period whose MASH enquiry was opened, by hour and weekday on which they came (London)",
    "answer_times": "hours from a request to the answer, for each organisation asked in the period",
    "told_after": "hours from an organisation's own record to the hub, of what it said in the period",
    "rule_and_person": "decisions of the period for which a rule had suggested a level, by whether the person set another; and "
    "by each rule that had suggested the highest",
    "below_threshold": "contacts that did not meet the threshold, by who sent them, why, who was told, and who came back",
    "level_pyramid": "children at each level at the end of the period",
}
POPULATION = "children_living_here"  # loaded as a series; what is for each 10,000 children is beside it
PER_10_000 = frozenset({"child_protection_plans", "children_in_care", "children_in_need"})
OWN_SERIES = {POPULATION: "children who live here, by the figures that were loaded"}
HOUR = timedelta(hours=1)
MEANING = {"child_protection_plans": "child_protection_plan", "children_in_care": "looked_after"}


def _referrals_of(h: History) -> list[tuple[date, Happened]]:
    """What social care accepted, with the London day on which the MASH enquiry was opened.

    What came about a child with an allocated worker then belongs to that open case, and is no referral.
    """
    found, workers = [], _with_worker(h)
    for one in h.decisions:
        if one.what in ACCEPTED and one.enquiry in h.opened:
            came = h.opened[one.enquiry].at
            if not any(began <= came < ended for began, ended in workers.get(h.now(one.child), ())):
                found.append((day_of(came), one))
    return found


def _with_worker(h: History) -> dict[str, list[tuple[datetime, datetime]]]:
    """From when until when each child had an allocated worker."""
    found: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    since: dict[str, datetime] = {}
    for one in h.of("at_it", "at_it_ended"):
        child = h.now(one.child)
        if one.what != "worker":
            continue
        if one.kind == "at_it":
            since.setdefault(child, one.at)
        elif child in since:
            found[child].append((since.pop(child), one.at))
    for child, began in since.items():
        found[child].append((began, datetime.max.replace(tzinfo=UTC)))
    return found


def referrals(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """What was accepted of what was opened in the period."""
    del of
    counted = tuple(h.now(one.child) for day, one in _referrals_of(h) if span.first <= day <= span.last)
    return (Cell(name="Referrals", children=counted),)


def re_referrals(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Of these, how many came within 12 months of one before it."""
    del of
    held: dict[str, list[Referral]] = defaultdict(list)
    for day, one in _referrals_of(h):
        held[h.now(one.child)].append(Referral(day, one.enquiry))
    counted = [(child, one) for child, rows in held.items() for one in rows if span.first <= one.day <= span.last]
    again = tuple(child for child, one in counted if earlier(held[child], one.day, one.enquiry))
    return (Cell(name="Re-referrals", children=again, of=tuple(child for child, _ in counted)),)


def below_threshold(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """What was decided in the period and not accepted: by who had sent it and why; who was told; who came back."""
    del of
    told = {(one.ref, one.organisation) for one in h.of("told")}
    by_source: dict[tuple[str, str], list[str]] = defaultdict(list)
    messages: dict[str, set[str]] = defaultdict(set)
    below, back = [], []
    for one in h.decisions:
        if one.what in ACCEPTED or not span.holds(one.at):
            continue
        child = h.now(one.child)
        below.append(child)
        said = [contact for contact in h.contacts_of.get(child, ()) if contact.at <= one.at]
        rests = set(one.more.split())
        said = [contact for contact in said if contact.ref in rests] or said
        for organisation in {contact.organisation for contact in said}:
            by_source[organisation, one.what].append(child)
        for contact in said:
            messages[contact.organisation].add(contact.ref.partition("/")[0])
        decided = day_of(one.at)
        if any(within(decided, day_of(contact.at)) for contact in h.contacts_of.get(child, ()) if contact.at > one.at):
            back.append(child)
    rows = [Cell(name="Came back within 12 months", children=tuple(back), of=tuple(below))]
    for (organisation, outcome), children in sorted(by_source.items()):
        rows.append(
            Cell(
                name=f"{organisation}: {OUTCOMES.get(outcome, outcome)}",
                children=tuple(children),
                part=True,
                found=True,
            )
        )
    for organisation, sent in sorted(messages.items()):
        heard = sum((message, organisation) in told for message in sent)
        name = f"{organisation}: messages of which it was told what became"
        rows.append(Cell(name=name, about_nobody=True, count=heard, out_of=len(sent), found=True))
    return tuple(rows)


def needs_named(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Referrals of the period by the need domain that most of what the decision rests on names."""
    del of
    domains = {one.ref: one.what.split() for one in h.contacts}
    found: dict[str, list[str]] = defaultdict(list)
    for day, one in _referrals_of(h):
        if span.first <= day <= span.last:
            named = Counter(domain for ref in one.more.split() for domain in dict.fromkeys(domains.get(ref, ())))
            first = min(named, key=lambda domain: (-named[domain], domain), default="none named")
            found[first].append(h.now(one.child))
    return tuple(
        Cell(name=name, children=tuple(children), part=True, found=True) for name, children in sorted(found.items())
    )


def voice(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Decisions of the period with the child's view, by how it was obtained."""
    del of
    held = [(h.now(one.child), one.organisation) for one in h.decisions if span.holds(one.at)]
    whole = tuple(child for child, _ in held)
    obtained = tuple(child for child, view in held if view not in {"", "not_obtained"})
    rows = [Cell(name="With the child's view", children=obtained, of=whole)]
    rows += [
        Cell(name=words, children=tuple(child for child, view in held if view == code), part=True)
        for code, words in VIEWS.items()
    ]
    return tuple(rows)


def level_pyramid(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Children at each level at the end of the period; of the lowest, those alone who were ever at another."""
    del of
    at = {child: h.level_at(child, span.end) for child, known in h.levels.items() if known[0][0] < span.end}
    return tuple(
        Cell(name=f"Level {number}", children=tuple(child for child, level in at.items() if level == number), part=True)
        for number in reversed(h.ladder.numbers)
    )


def high_at_start(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Cases begin where a child rises from the lowest level; how many began at one of the two highest."""
    del of
    began = [
        (child, level)
        for child, known in h.levels.items()
        for (_, before), (at, level) in pairwise(((span.start, h.ladder.lowest), *known))
        if before == h.ladder.lowest < level and span.holds(at)
    ]
    high = tuple(child for child, level in began if level in h.ladder.numbers[-2:])
    return (Cell(name="Began at one of the two highest levels", children=high, of=tuple(child for child, _ in began)),)


def step_downs(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Children at a lower level at the end than at the start, of those who were above the lowest at the start."""
    del of
    first = {child: h.level_at(child, span.start) for child in h.levels}
    helped = tuple(child for child, level in first.items() if level > h.ladder.lowest)
    fell = tuple(child for child in helped if h.level_at(child, span.end) < first[child])
    return (Cell(name="At a lower level", children=fell, of=helped),)


def step_down_share(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Children above the lowest level at any moment of the period; whose level fell in it, and after how many days."""
    del of
    helped, fell, days = [], [], []
    for child, known in h.levels.items():
        falls = [
            (later - at).days for (at, level), (later, then) in pairwise(known) if then < level and span.holds(later)
        ]
        above = any(level > h.ladder.lowest for at, level in known if span.holds(at))
        if above or falls or h.level_at(child, span.start) > h.ladder.lowest:
            helped.append(child)
        if falls:
            fell.append(child)
            days.append(float(falls[0]))
    return (
        Cell(name="Whose need fell", children=tuple(fell), of=tuple(helped), values=tuple(days), unit="days"),
    )  # fmt: skip


def _first_help(h: History) -> dict[str, list[datetime]]:
    """When each child was taken on above the lowest level, each time from that level up, and when a worker was allocated: an
    offer is no help yet, and neither is a decision.
    """
    found: dict[str, list[datetime]] = defaultdict(list)
    at = dict[str, int]()
    for one in h.of("level", "at_it"):
        child = h.now(one.child)
        if one.kind == "at_it":
            if one.what == "worker":
                found[child].append(one.at)
            continue
        if one.level > h.ladder.lowest >= at.get(child, h.ladder.lowest):
            found[child].append(one.at)
        at[child] = one.level
    return found


def helped_early(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Children who were taken on, in the period, at a level of early help, coming from another. Families are not told apart."""
    del of
    began, before = [], dict[str, int]()
    for one in h.of("level"):
        child = h.now(one.child)
        if one.level in h.ladder.early and before.get(child, 0) not in h.ladder.early and span.holds(one.at):
            began.append(child)
        before[child] = one.level
    return (Cell(name="Began early help", children=tuple(began)),)


def first_help(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Of children whose first help began in the period: days since the first worry that came to the hub."""
    del of
    days = {
        child: float((day_of(at) - day_of(h.contacts_of[child][0].since or h.contacts_of[child][0].at)).days)
        for child, (at, *_) in _first_help(h).items()
        if span.holds(at) and h.contacts_of.get(child)
    }
    return (Cell(name="First helped", children=tuple(days), values=tuple(days.values()), unit="days"),)


def _with_status(h: History, day: date, status: str) -> tuple[str, ...]:
    """Who has this legal status on a day: of each source record the newest word of it, and `none` ends all from its day on."""
    held: dict[str, tuple[date, date | None]] = {}
    for one in h.of("status"):
        if one.since is None:
            continue
        began = one.since.date()
        if one.what == status:
            held[one.ref] = (began, None if one.until is None else one.until.date())
        elif one.what == "none" and one.ref in held:
            start, until = held[one.ref]
            held[one.ref] = (start, min(until or began, began))
    return tuple(
        dict.fromkeys(
            h.whose(ref)
            for ref, (start, until) in held.items()
            if start <= day and (until is None or day < until) and h.whose(ref)
        )
    )


def child_protection_plans(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Children with a plan on the last day. How many children live here is not on record: no rate is given."""
    del of
    return (Cell(name="With a child protection plan", children=_with_status(h, span.last, "child_protection_plan")),)


def children_in_care(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Children looked after on the last day."""
    del of
    return (Cell(name="Looked after", children=_with_status(h, span.last, "looked_after")),)


def children_in_need(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Children in need on the last day, by the legal status that their organisation told."""
    del of
    return (Cell(name="In need", children=_with_status(h, span.last, "child_in_need")),)


def assessments(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Assessments that began in the period, of this type, or of any where none is named."""
    found = [h.now(one.child) for one in h.of("assessment") if span.holds(one.at) and of in {"", one.what}]
    return (Cell(name=of or "Assessments", children=tuple(found)),)


def assessments_per_plan(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Children with an assessment by the last day, beside children with a plan on it."""
    assessed = dict.fromkeys(
        h.now(one.child) for one in h.of("assessment") if one.at < span.end and of in {"", one.what}
    )
    return (
        Cell(name="With an assessment", children=tuple(assessed)),
        Cell(name="With a child protection plan", children=_with_status(h, span.last, "child_protection_plan")),
    )


def conversion(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Of assessments of this type that began in the period: how many of the children had one of another type after it."""
    first = [one for one in h.of("assessment") if span.holds(one.at) and one.what == of]
    others = [(h.now(one.child), one.at) for one in h.of("assessment") if one.what != of]
    followed = tuple(
        h.now(one.child) for one in first if any(child == h.now(one.child) and at > one.at for child, at in others)
    )
    return (Cell(name="Followed by a full one", children=followed, of=tuple(h.now(one.child) for one in first)),)


def consent_to_share(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Children of MASH enquiries opened in the period, by the newest word about sharing by its end."""
    del of
    said: dict[str, str] = {}
    for one in h.of("consent"):
        if one.at < span.end:
            said[h.now(one.child) or h.whose(one.ref)] = one.what
    named = {
        "given": "Agreed", "refused": "Refused", "objected": "Refused", "withdrawn": "Withdrawn",
        "sought": "Asked, no answer yet",
    }  # fmt: skip
    found: dict[str, list[str]] = {name: [] for name in dict.fromkeys(named.values())}
    found |= {"Not needed: significant harm": [], "Nothing on record": []}
    for one in h.of("opened"):
        if span.holds(one.at):
            child = h.now(one.child)
            by_law = "Not needed: significant harm" if one.what in {"significant_harm", "immediate_danger"} else ""
            found[named.get(said.get(child, "")) or by_law or "Nothing on record"].append(child)
    return tuple(Cell(name=name, children=tuple(children), part=True) for name, children in found.items())


def audited(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Decisions that auditors judged in the period, how many at the same level, and what they found."""
    del of
    judged = [one for one in h.of("judged") if span.holds(one.at)]
    same = tuple(h.now(one.child) for one in judged if one.what == "same_level")
    rows = [Cell(name="Judged at the same level", children=same, of=tuple(h.now(one.child) for one in judged))]
    found: dict[str, list[str]] = {}
    for one in h.of("finding"):
        if span.holds(one.at):
            found.setdefault(one.what, []).append(h.now(one.child))
    rows += [
        Cell(name=f"Found: {what}", children=tuple(children), part=True, found=True)
        for what, children in sorted(found.items())
    ]
    return tuple(rows)


# ------------------------------------------------------------------------------------------------------- the hub's own


def waits(h: History, end: datetime) -> dict[str, tuple[datetime, str]]:
    """For each child for whom something waits just before `end`: since when, and what ("alert" or "enquiry")."""
    open_alerts: dict[str, Happened] = {}
    for one in h.of("alert", "alert_decided"):
        if one.at < end:
            if one.kind == "alert":
                open_alerts[one.ref] = one
            else:
                open_alerts.pop(one.ref, None)
    enquiries: dict[tuple[str, str], Happened] = {}
    for one in h.of("opened", "decided"):
        if one.at < end:
            if one.kind == "opened":
                enquiries[one.enquiry, one.child] = one
                for alert in one.more.split():
                    open_alerts.pop(alert, None)
            else:
                enquiries.pop((one.enquiry, one.child), None)
    found: dict[str, tuple[datetime, str]] = {}
    for what, rows in (("enquiry", enquiries.values()), ("alert", open_alerts.values())):
        for one in rows:
            since = one.since or one.at
            child = h.now(one.child)
            found[child] = min(found.get(child, (since, what)), (since, what))
    return found


def at_it(h: History, end: datetime) -> dict[str, tuple[str, ...]]:
    """Who is at it for each child just before `end`: "worker", "lead", or both."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in h.of("at_it", "at_it_ended"):
        if one.at < end:
            (found[h.now(one.child)].add if one.kind == "at_it" else found[h.now(one.child)].discard)(one.what)
    return {child: tuple(sorted(what)) for child, what in found.items() if what}


def grades(h: History, end: datetime) -> dict[str, str]:
    """The newest grade of a MASH enquiry about each child, as a code, just before `end`."""
    newest = {one.enquiry: one.what for one in h.of("graded") if one.at < end}
    return {h.now(one.child): newest[one.enquiry] for one in h.of("opened") if one.at < end and one.enquiry in newest}


def waiting(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Children who wait at the end of the period, and for how many hours; how many were seen since they wait, and how many
    have a worker or a lead meanwhile.
    """
    del of
    held = waits(h, span.end)
    end = min(span.end, _newest(h, span))
    hours = tuple(max(0.0, (end - since) / HOUR) for since, _ in held.values())
    seen = tuple(
        child for child, (since, _) in held.items()
        if any(one.more in {"seen", "seen_alone"} and one.at >= since for one in h.contacts_of.get(child, ()))
    )  # fmt: skip
    cared = at_it(h, span.end)
    return (
        Cell(name="Waiting", children=tuple(held), values=hours, unit="hours"),
        Cell(name="Of these, seen by somebody since they wait", children=seen, of=tuple(held)),
        Cell(name="An alert that nobody opened", children=_those(held, "alert"), part=True),
        Cell(name="A MASH enquiry that is not decided", children=_those(held, "enquiry"), part=True),
        Cell(
            name="Of these, with a worker or a lead",
            children=tuple(one for one in held if one in cared),
            of=tuple(held),
        ),
    )


def _newest(h: History, span: Span) -> datetime:
    """The newest moment of the history: beyond it nothing is known, so nobody is said to have waited longer."""
    kinds: tuple[Kind, ...] = ("contact", "alert", "opened", "decided", "level")
    return max((one.at for one in h.of(*kinds) if one.at < span.end), default=span.end)


def _those(held: Mapping[str, tuple[datetime, str]], what: str) -> tuple[str, ...]:
    return tuple(child for child, (_, which) in held.items() if which == what)


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def journey(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """How long contact to grade, decision and first help took, all together and by when the contact came."""
    del of
    graded: dict[str, datetime] = {}
    for one in h.of("graded"):
        graded.setdefault(one.enquiry, one.at)
    decided: dict[tuple[str, str], datetime] = {}
    for one in h.of("decided"):
        decided.setdefault((one.enquiry, one.child), one.at)
    helped = _first_help(h)
    steps: dict[str, list[tuple[str, float, datetime]]] = {"grade": [], "decision": [], "first help": []}
    for one in h.of("opened"):
        came, child = one.since or one.at, h.now(one.child)
        if not span.holds(came):
            continue
        first = next((at for at in helped.get(child, ()) if at >= came), None)
        ends = (graded.get(one.enquiry), decided.get((one.enquiry, one.child)), first)
        for name, end in zip(steps, ends, strict=True):
            if end is not None and end >= came:
                steps[name].append((child, (end - came) / HOUR, came.astimezone(LONDON)))
    rows = [_timed(f"To {name}", found) for name, found in steps.items()]
    for name, found in steps.items():
        rows += [_timed(f"To {name}, came on {day}", [x for x in found if DAYS[x[2].weekday()] == day]) for day in DAYS]
        rows += [
            _timed(f"To {name}, came {hour:02}:00 to {hour:02}:59", [one for one in found if one[2].hour == hour])
            for hour in range(24)
        ]
    return tuple(row for row in rows if row.number or ", came" not in row.name)


def _timed(name: str, found: list[tuple[str, float, datetime]]) -> Cell:
    return Cell(
        name=name, children=tuple(child for child, _, _ in found), values=tuple(hours for _, hours, _ in found),
        unit="hours", part=", came" in name, found=", came" in name,
    )  # fmt: skip


def answer_times(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Requests of the period for each organisation: how many were answered, and in how many hours. It counts no children."""
    del of
    first: dict[str, Happened] = {}
    for one in h.of("answered"):
        first.setdefault(one.ref, one)
    ended = {one.ref for one in h.of("withdrawn")}
    asked: dict[str, list[Happened]] = defaultdict(list)
    for one in h.of("asked"):
        if span.holds(one.at) and not (one.ref in ended and one.ref not in first):
            asked[one.organisation].append(one)
    rows = []
    for organisation, requests in sorted(asked.items()):
        hours = tuple((first[one.ref].at - one.at) / HOUR for one in requests if one.ref in first)
        late = sum(one.ref in first and one.until is not None and first[one.ref].at > one.until for one in requests)
        rows.append(
            Cell(
                name=f"{organisation}: answered", about_nobody=True, count=len(hours), out_of=len(requests),
                values=hours, unit="hours", found=True,
            )
        )  # fmt: skip
        rows.append(
            Cell(name=f"{organisation}: answered late", about_nobody=True, count=late, out_of=len(requests), found=True)
        )
    return tuple(rows)


def told_after(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """How long organisations kept what they recorded before the hub had it; declared loads of history are left out."""
    del of
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for one in h.contacts:
        if span.holds(one.at) and one.until is not None:
            found[one.organisation][one.ref.partition("/")[0]] = max(0.0, (one.at - one.until) / HOUR)
    return tuple(
        Cell(
            name=organisation,
            about_nobody=True,
            count=len(hours),
            values=tuple(hours.values()),
            unit="hours",
            found=True,
        )
        for organisation, hours in sorted(found.items())
    )


def rule_and_person(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Where a rule had suggested a level: the person set that one, a higher or a lower; and another, by each rule that had
    suggested the level (the highest, where several did).
    """
    del of
    found: dict[str, list[str]] = {"The same level": [], "A higher level": [], "A lower level": []}
    by_rule: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for one in h.decisions:
        level, *rules = one.ref.split() or [""]
        if level.isdigit() and span.holds(one.at):
            by = one.level - int(level)
            name = "A higher level" if by > 0 else "A lower level" if by < 0 else "The same level"
            found[name].append(h.now(one.child))
            for rule in rules:
                by_rule[rule].append((h.now(one.child), by != 0))
    whole = tuple(child for children in found.values() for child in children)
    rows = [Cell(name=name, children=tuple(children), of=whole, part=True) for name, children in found.items()]
    for rule, decided in sorted(by_rule.items()):
        another = tuple(child for child, differs in decided if differs)
        of_rule = tuple(child for child, _ in decided)
        rows.append(Cell(name=f"{rule}: the person set another level", children=another, of=of_rule, found=True))
    return tuple(rows)


WORKED_OUT: dict[str, tuple[Formula, tuple[Kind, ...]]] = {  # each with the kinds of things that it reads
    "referrals": (referrals, ("opened", "decided", "at_it", "at_it_ended")),
    "re_referrals": (re_referrals, ("opened", "decided", "at_it", "at_it_ended")),
    "below_threshold": (below_threshold, ("decided", "contact", "told")),
    "needs_named": (needs_named, ("opened", "decided", "contact", "at_it", "at_it_ended")),
    "voice": (voice, ("decided",)),
    "level_pyramid": (level_pyramid, ("decided", "level")),
    "high_at_start": (high_at_start, ("decided", "level")),
    "step_downs": (step_downs, ("decided", "level")),
    "step_down_share": (step_down_share, ("decided", "level")),
    "helped_early": (helped_early, ("level",)),
    "first_help": (first_help, ("level", "contact", "at_it")),
    "children_in_need": (children_in_need, ("status", "linked")),
    "child_protection_plans": (child_protection_plans, ("status", "linked")),
    "children_in_care": (children_in_care, ("status", "linked")),
    "assessments": (assessments, ("assessment",)),
    "assessments_per_plan": (assessments_per_plan, ("assessment", "status", "linked")),
    "conversion": (conversion, ("assessment",)),
    "consent_to_share": (consent_to_share, ("opened", "consent", "linked")),
    "teams": (teams, ("plan", "plan_closed")),
    "sustained": (sustained, ("plan_closed", "outcome", "level", "opened")),
    "audited": (audited, ("judged", "finding")),
    "waiting": (
        waiting,
        ("alert", "alert_decided", "opened", "decided", "contact", "level", "graded", "at_it", "at_it_ended"),
    ),
    "journey": (journey, ("opened", "graded", "decided", "level", "at_it")),
    "answer_times": (answer_times, ("asked", "answered", "withdrawn")),
    "told_after": (told_after, ("contact",)),
    "rule_and_person": (rule_and_person, ("decided",)),
}
ALWAYS: tuple[Kind, ...] = ("merged", "reinstated", "taken_back")  # who is held to be whom, and what counts no more
