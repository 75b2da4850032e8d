"""The 100,000-signal job: the real rules consumer beside a brute-force oracle, for what it misses, what it makes up, how fast.

100,000 signals of 10,000 children over 400 days, one in ten up to 60 days late; a rule of five incidents from two
organisations within 90 days. The oracle knows nothing of the hub: it looks at every window of every child, day by day.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import schemas
from consumers.runtime import Runner
from consumers.thresholds import FINDINGS, NAME, SIGNALS, Thresholds
from hub.bootstrap import Hub, open_hub
from hub.config import Settings
from hub.domain.edition import Edition, publish, read
from hub.domain.moments import london_day
from hub.domain.rule import GRAMMAR
from hub.domain.signal import Change, Signal
from hub.ports import Outgoing
from policies.partnerships import load_partnership

Results = dict[str, Any]
SIGNALS_SENT, CHILDREN, DAYS, LATE, LATEST, SEED = 100_000, 10_000, 400, 0.1, 60, 11
WITHIN, INCIDENTS, ORGANISATIONS = 90, 5, 2
START = datetime(2025, 1, 6, 12, tzinfo=UTC)
OWNERS = ("police", "health", "school", "housing", "council")
CODES = ("hunger", "poor_hygiene", "domestic_abuse_incident", "attendance_low", "mental_health_parent", "overcrowded")


def measure(*, quick: bool = False, say: Callable[[str], None] = lambda _: None) -> Results:
    """Signals a second through the consumer, and what it missed or made up beside the oracle."""
    size = 5 if quick else 1
    signals = list(drawn(SIGNALS_SENT // size, CHILDREN // size))
    with tempfile.TemporaryDirectory(prefix="mash-bench-") as name, closing(open_hub(Settings(data=Path(name)))) as hub:
        say(f"{len(signals)} signals of {CHILDREN // size} children into the log")
        _publish(hub, signals)
        say("the rules consumer, from the first to the last")
        began, busy = time.perf_counter(), time.process_time()
        _consume(hub)
        took, busy = time.perf_counter() - began, time.process_time() - busy
        say("the oracle")
        found, raised = _found(hub)
    wanted = oracle(signals)
    late = sum(london_day(one.known_at) != london_day(one.occurred_end) for one in signals)
    return {
        "signals": len(signals), "children": CHILDREN // size, "late": late, "seconds": took,
        "rate": len(signals) / took, "processor": busy / took, "alerted": len(wanted), "findings": raised,
        "missed": len(wanted.keys() - found.keys()), "false": len(found.keys() - wanted.keys()),
        "other_evidence": sum(wanted[one] != found[one] for one in wanted.keys() & found.keys()),
    }  # fmt: skip


def drawn(number: int, children: int) -> Iterator[Signal]:
    """Signals in the order in which they become known: most on the day, some weeks later."""
    random = Random(SEED)
    said = []
    for n in range(number):
        at = START + timedelta(days=random.randrange(DAYS), minutes=random.randrange(600))
        delay = timedelta(days=random.randint(1, LATEST)) if random.random() < LATE else timedelta(0)
        owner, code = random.choice(OWNERS), random.choice(CODES)
        child = f"child-{random.randrange(children)}"
        said.append(
            Signal(
                id=f"m{n}/0", child=child, relation="own", kind="concern", indicators=(code,), domains=(),
                organisation=owner, sector=owner, setting=None, referrer=None, referrer_kind="2A", seen="not_seen",
                how_known="first_hand", incident=None, occurred_start=at, occurred_end=at, precision="minute",
                recorded_at=at, received=at + delay, known_at=at + delay,
            )
        )  # fmt: skip
    yield from sorted(said, key=lambda one: (one.known_at, one.id))


def oracle(signals: list[Signal]) -> dict[str, frozenset[str]]:
    """Child -> the ids in all windows that fulfil the rule, by looking at the window that ends on each day.

    What one organisation tells of the same minute is one incident.
    """
    by_child: dict[str, dict[date, list[tuple[str, str, datetime]]]] = {}
    for one in signals:
        day = one.occurred_end.astimezone(UTC).date()  # noon to ten at night: London's day and this one are the same
        by_child.setdefault(one.child, {}).setdefault(day, []).append((one.id, one.organisation, one.occurred_end))
    found: dict[str, frozenset[str]] = {}
    for child, days in by_child.items():
        carried: set[str] = set()
        for end in days:
            inside = [each for day, held in days.items() if end - timedelta(days=WITHIN) < day <= end for each in held]
            happened = {(owner, moment) for _, owner, moment in inside}
            if len(happened) >= INCIDENTS and len({owner for owner, _ in happened}) >= ORGANISATIONS:
                carried |= {ident for ident, _, _ in inside}
        if carried:
            found[child] = frozenset(carried)
    return found


def _edition() -> Edition:
    rule = {
        "id": "five-from-two", "words": "Five incidents from two organisations within 90 days", "source": "a measurement",
        "level": 3,
        "when": {
            "kind": "count", "within_days": WITHIN,
            "at_least": {"incidents": INCIDENTS, "organisations": ORGANISATIONS},
        },
    }  # fmt: skip
    rest = {"policies": {}, "cedar_schema": "", "protocol": {}, "match_model": {}, "grammar": GRAMMAR}
    parts = {**load_partnership("demo"), "thresholds": [rule], "vocabulary": schemas.load_vocabulary(), **rest}
    return read(publish(1, START, parts))


def _publish(hub: Hub, signals: list[Signal]) -> None:
    packed = []
    for number, one in enumerate(signals, 1):
        body, dataschema = hub.codec.encode_change(Change(position=number, child=one.child, counted=one))
        headers = (("ce_sequence", str(number).encode()), ("ce_dataschema", dataschema.encode()))
        packed.append(Outgoing(SIGNALS, one.child.encode(), headers, body))
    for start in range(0, len(packed), 1000):
        hub.log.append(packed[start : start + 1000])


def _consume(hub: Hub) -> None:
    edition = _edition()
    with closing(hub.consumer_state(NAME)) as state:
        step = Thresholds(
            edition=lambda: edition, state=state, clock=hub.clock, decode=hub.codec.decode_change,
            encode=hub.codec.encode_finding,
        )  # fmt: skip
        runner = Runner(step, topic=SIGNALS, log=hub.log, state=state, clock=hub.clock)
        with closing(runner.open()) as reader:
            while runner.read(reader, 0):
                pass
            runner.elapse(Event())


def _found(hub: Hub) -> tuple[dict[str, frozenset[str]], int]:
    """What the findings come to in the end: child -> evidence where the rule holds; and how many findings there were."""
    found: dict[str, frozenset[str]] = {}
    number = 0
    topics = hub.log.topics(FINDINGS)
    with closing(hub.log.reader({(topic, n): 0 for topic, many in topics.items() for n in range(many)})) as reader:
        while batch := reader.poll(5000, 0):
            for message in batch:
                schema = next(value.decode() for key, value in message.headers if key == "ce_dataschema")
                finding = hub.codec.decode_finding(schema, message.body)
                number += 1
                if finding.holds:
                    found[finding.child] = frozenset(finding.evidence)
                else:
                    found.pop(finding.child, None)
    return found, number


def told(results: Results) -> list[str]:
    """The results as lines, the goal beside what was measured."""
    right = not (results["missed"] or results["false"] or results["other_evidence"])
    return [
        "",
        f"alerts: {results['signals']:,} signals of {results['children']:,} children, {results['late']:,} of them late",
        (
            f"  the rules consumer {results['rate']:,.0f} signals/s ({results['processor']:.0%} of one processor), "
            f"{results['findings']:,} findings"
        ),
        (
            f"  GOAL against the oracle's {results['alerted']:,} children: {results['missed']} missed, "
            f"{results['false']} false, {results['other_evidence']} on other evidence, wanted 0, 0, 0: "
            f"{'met' if right else 'NOT met'}"
        ),
    ]


if __name__ == "__main__":
    print("\n".join(told(measure(quick="--quick" in sys.argv, say=lambda text: print(text, file=sys.stderr)))))
