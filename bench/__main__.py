"""`make bench`: what the hub manages on this machine, beside its goals and beside the bare parts, in one run.

Medians of interleaved repetitions with their spread; progress goes to stderr, the results (or one JSON object) to stdout.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench import alerts, bare, latency, steps
from bench.match import speed
from bench.sharing import speed as sharing
from hub.runners import settle
from tests.support.needs import Missing

GOAL_RATE = 5_000  # concerns a second, whole path, one process, embedded
GOAL_SHARE = 0.1  # of the bare library's rate, in facts
GOAL_P99 = {"embedded": 0.25, "kafka": 0.5}  # seconds, at latency.RATE a second
PARTS = ("steps", "embedded", "kafka", "match", "sharing", "alerts")

Results = dict[str, Any]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a fifth of the size, no million children: to see that it runs"
    )
    parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on stdout")
    parser.add_argument(
        "--only",
        choices=PARTS,
        help="steps (and the whole path), the latency in one mode, matching, sharing, or alerts",
    )
    parser.add_argument("--repetitions", type=int, default=3, help="of steps and whole path, at least 3")
    given = parser.parse_args()
    size = 5 if given.quick else 1
    results: Results = {"machine": {"cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 1)}}
    for part in (given.only,) if given.only else PARTS:
        if part == "match":
            results[part] = speed.measure(quick=given.quick, say=say)
        elif part == "sharing":
            results[part] = sharing.measure(quick=given.quick, say=say)
        elif part == "alerts":
            results[part] = alerts.measure(quick=given.quick, say=say)
        elif part == "steps":
            results["steps"] = throughput(10_000 // size, 2_500 // size, max(3, given.repetitions))
        else:
            results[part] = waiting(part, 1_500 // size)
    results["machine"]["load_after"] = round(os.getloadavg()[0], 1)
    print(json.dumps(results) if given.as_json else told(results))


def throughput(concerns: int, children: int, repetitions: int) -> Results:
    """Rates of the whole path, of each step and of the bare parts, interleaved."""
    rates: dict[str, list[float]] = defaultdict(list)
    facts = bytes_ = 0
    with tempfile.TemporaryDirectory(prefix="mash-bench-") as name:
        folder = Path(name)
        say(f"signing and sealing {concerns} concerns about {children} children")
        prepared = steps.prepare(folder, concerns, children)
        settle()
        for turn in range(repetitions):
            say(f"repetition {turn + 1} of {repetitions}: the whole path")
            rate, busy, rows = steps.whole_path(prepared, folder / "run")
            rates["whole path"].append(rate)
            rates["processor"].append(busy)
            facts = sum(map(len, rows))
            bytes_ = sum(len(row.state) for batch in rows for row in batch)
            rates["whole path, facts"].append(rate * facts / concerns)
            say("    the bare library, bare SQLite, the steps")
            rates["bare library, facts"].append(bare.library(rows, folder / f"library-{turn}"))
            rates["bare SQLite, facts"].append(bare.sqlite(rows, folder / f"sqlite-{turn}"))
            for step, each in steps.each_step(prepared, folder / "run").items():
                rates[step].append(each)
    return {
        "concerns": concerns, "children": children, "facts": facts, "bytes_a_fact": round(bytes_ / facts),
        "repetitions": repetitions, "rates": {name: spread(each) for name, each in rates.items()},
        "of_the_bare_library": spread(
            [ours / bare_ for ours, bare_ in zip(rates["whole path, facts"], rates["bare library, facts"], strict=True)]
        ),
    }  # fmt: skip


def waiting(mode: str, concerns: int) -> Results:
    """Percentiles from publishing to visible, or why they could not be measured."""
    say(f"{mode}: {concerns} concerns at {latency.RATE} a second, each to its alert")
    try:
        took = latency.embedded(concerns) if mode == "embedded" else latency.production(concerns)
    except Missing as missing:
        return {"not_measured": str(missing)}
    cuts = statistics.quantiles(took, n=100, method="inclusive")
    return {"concerns": concerns, "p50": cuts[49], "p90": cuts[89], "p99": cuts[98], "longest": max(took)}


def spread(each: list[float]) -> dict[str, float]:
    """Median, least and most of some repetitions."""
    return {"median": statistics.median(each), "least": min(each), "most": max(each)}


def told(results: Results) -> str:
    """The results as lines, each goal beside what was measured."""
    machine = results["machine"]
    lines = [f"{machine['cores']} cores; load {machine['load_before']} before, {machine['load_after']} after"]
    if "steps" in results:
        found = results["steps"]
        rates = found["rates"]
        whole, ratio = rates["whole path"], found["of_the_bare_library"]
        lines += [
            "",
            (f"{found['concerns']} concerns about {found['children']} children, {found['facts']} facts of "
            f"{found['bytes_a_fact']} bytes, batches of {steps.BATCH}; median of {found['repetitions']} (least to most)"),
            *(
                f"  {name:44} {rates[name]['median']:9,.0f} {'facts' if name.endswith('facts') else 'concerns'}/s"
                f"  ({rates[name]['least']:,.0f} to {rates[name]['most']:,.0f})"
                for name in rates if name != "processor"
            ),
            f"  processor time in the whole path             {rates['processor']['median']:9.0%}  (else it waits)",
            goal("whole path", f"{whole['median']:,.0f} concerns/s", f">= {GOAL_RATE:,}", whole["median"] >= GOAL_RATE),
            goal("of the bare library's rate", f"{ratio['median']:.2f}", f">= {GOAL_SHARE}", ratio["median"] >= GOAL_SHARE),
        ]  # fmt: skip
    for mode, least in GOAL_P99.items():
        found = results.get(mode)
        if found and "not_measured" in found:
            lines += ["", f"{mode}: NOT MEASURED: {found['not_measured']}"]
        elif found:
            lines += [
                "",
                f"{mode}: published to alert visible, {found['concerns']} concerns at {latency.RATE}/s",
                (
                    f"  p50 {found['p50'] * 1e3:.0f} ms, p90 {found['p90'] * 1e3:.0f} ms, p99 {found['p99'] * 1e3:.0f} ms, "
                    f"longest {found['longest'] * 1e3:.0f} ms"
                ),
                goal("p99", f"{found['p99'] * 1e3:.0f} ms", f"<= {least * 1e3:.0f} ms", found["p99"] <= least),
            ]
    if "match" in results:
        lines += speed.told(results["match"])
    if "sharing" in results:
        lines += sharing.told(results["sharing"])
    if "alerts" in results:
        lines += alerts.told(results["alerts"])
    return "\n".join(lines)


def goal(what: str, measured: str, wanted: str, met: bool) -> str:
    """One goal beside what was measured."""
    return f"  GOAL {what}: {measured}, wanted {wanted}: {'met' if met else 'NOT met'}"


def say(what: str) -> None:
    """Progress, on stderr."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
