"""How fast it is known whose a message is: from a description to the decision, against an index of very many children.

Everything that an event pays for is real: keys, the one query, opening of sealed identities, scoring by the model, guards.
Nothing is written, and every event is a first description by its organisation, the dearest kind. Beside it Splink's own
comparison of one record with its candidates. Wall time is what people wait, processor time is what it costs: on a machine
with other work the two part at the 99th percentile.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bench.match.crowd import Someone, as_told, crowd
from hub.adapters.blind import MatchKeys
from hub.adapters.keys_file import FileKeys
from hub.adapters.likeness import likeness
from hub.adapters.record import StoredRecord
from hub.adapters.record_postgres import postgres_record
from hub.adapters.record_sqlite import sqlite_record
from hub.domain.comparing import known_as
from hub.domain.known import Known
from hub.domain.match_keys import FIRM, WIDE, keys_of
from hub.domain.matching import RULES, Judge, judge_of
from hub.domain.message import Person
from hub.domain.stored import FACTS
from hub.flow.match import WIDELY_HELD, Described, Matcher, identity_words
from hub.flow.reindex import Reindexer
from hub.ports import IndexRow, Look
from hub.runners import settle
from policies.matching import match_model
from tests.support.grants import Granting, Standing
from tests.support.needs import Missing
from tests.support.postgres import PostgresServer

SIZES = {"sqlite": (10_000, 100_000, 1_000_000), "postgres": (100_000,)}
GOALS = {("sqlite", 100_000): 1.0, ("sqlite", 1_000_000): 5.0}  # p99 in milliseconds
REBUILT = 100_000  # children at which the rebuild is timed too
PASSES, EVENTS, WARM = 3, 2_000, 500  # each pass about other children
ON_AND_ON = 20_000  # events after which the memory is looked at again, at the largest size
BY_SPLINK = 60
STRANGERS = 0.15  # of events: about a child whom the hub does not know
SEED = 11
TELLER = "charity"  # an organisation that holds no source record of anybody: each event is its first description
PAGE = 5_000


Results = dict[str, Any]


class Timed(Struct):
    """What each event of a pass took, in milliseconds, and what was decided how often."""

    wall: list[float]
    processor: list[float]
    decided: dict[str, int]
    opened: int


class Crowded:
    """A record whose match index holds a crowd, and the hub's parts that match against it."""

    def __init__(self, record: StoredRecord, keys: FileKeys, children: int) -> None:
        self.record, self.children = record, children
        granting = Granting(keys)
        self.vault, self.ledger, self.blind, self.likeness = (
            granting.vault,
            granting.ledger,
            MatchKeys(bytes(32)),
            likeness(),
        )
        self.judge: Judge | None = judge_of(match_model(RULES), self.likeness)
        self._keys = keys

    def _leave(self) -> Standing:
        return Standing(self.ledger, self.vault)

    def fill(self) -> float:
        """Put every source record of the crowd in the index; seconds. Identities are sealed under keys of their own."""
        began = time.perf_counter()
        self.record.renew_index(self._pages(), replace(self.record.index_state(), rules=RULES))
        return time.perf_counter() - began

    def _pages(self) -> Iterator[list[tuple[int, IndexRow]]]:
        rng, number, page = Random(SEED), 0, list[tuple[str, str, Person]]()
        for someone in crowd(self.children, SEED):
            person = _ident(rng)
            page += [(organisation, person, as_told(someone, organisation, rng)) for organisation in someone.holders]
            if len(page) >= PAGE or someone.n == self.children - 1:
                ids = [_ident(rng) for _ in page]
                self._keys.make(f"source-record:{one}" for one in ids)
                yield [
                    (number + n, self._row(one, *told)) for n, (one, told) in enumerate(zip(ids, page, strict=True), 1)
                ]
                number += len(page)
                page = []

    def _row(self, source_record: str, organisation: str, person: str, said: Person) -> IndexRow:
        known = known_as(said, unborn=False)
        digest = self.blind.digest("identity", msgspec.msgpack.encode(said))
        compared = {"known": msgspec.to_builtins(known), "digest": digest.hex(), "words": identity_words(said)}
        return IndexRow(
            source_record, person, organisation, self.blind.digest("own", f"{organisation}\n{said.own_id}"),
            tuple(key for _, key in self._keys_of(known)), self.vault.seal("identity", [source_record], compared, organisation),
        )  # fmt: skip

    def _keys_of(self, known: Known) -> list[tuple[str, bytes]]:
        return [(kind, self.blind.digest(kind, value)) for kind, value in keys_of(known, self.likeness.sounds)]

    def time(self, events: Sequence[Described]) -> Timed:
        """Each event by itself, from the description to the decision."""
        leave, timed = self._leave(), Timed([], [], {"linked": 0, "in review": 0, "opened": 0}, 0)
        population = self.record.indexed()  # the intake asks once a minute
        for event in events:
            began, busy = time.perf_counter(), time.thread_time()
            matcher = Matcher(
                record=self.record, vault=self.vault, blind=self.blind, standing=leave, sounds=self.likeness.sounds,
                judge=self.judge, population=population,
            )  # fmt: skip
            ((placed,),) = matcher.place([[event]])
            timed.processor.append((time.thread_time() - busy) * 1e3)
            timed.wall.append((time.perf_counter() - began) * 1e3)
            timed.decided["in review" if placed.in_review else "opened" if placed.new_person else "linked"] += 1
        timed.opened = leave.opened
        return timed

    def candidates(self, event: Described) -> list[Known]:
        """Those whom an event is compared with, opened."""
        said = self._keys_of(known_as(event.person, unborn=False))
        firm = frozenset(key for kind, key in said if kind in FIRM)
        leave, found = self._leave(), []
        wide = frozenset(key for kind, key in said if kind in WIDE)
        look = Look((), tuple(key for _, key in said), firm, wide)
        for row in self.record.near([look], few=WIDELY_HELD).rows.values():
            words = self.vault.open(row.identity, leave.grant([row.identity]))
            if words is not None:
                found.append(msgspec.convert(words["known"], Known))
        return found

    def rebuild(self) -> float:
        """Seconds that making the whole index anew takes, under another key."""
        again = MatchKeys(bytes(31) + b"2", 2, bytes(32))
        began = time.perf_counter()
        Reindexer(
            record=self.record, vault=self.vault, standing=self._leave(), before=self.blind, blind=again,
            sounds=self.likeness.sounds,
        ).rebuild(2, RULES, lambda _: None)  # fmt: skip
        self.blind = again
        return time.perf_counter() - began


def events_of(children: int, count: int, seed: int) -> list[Described]:
    """First descriptions by an organisation new to each child; some of children whom nobody described before."""
    rng = Random(f"events {seed}")
    wanted = sorted(rng.sample(range(children), min(count, children)))
    known: list[Someone] = []
    for someone in crowd(children, SEED):
        if len(known) < len(wanted) and someone.n == wanted[len(known)]:
            known.append(someone)
    strangers = list(crowd(max(1, count), SEED + 1 + seed))
    meant = [
        replace(rng.choice(strangers), n=-n) if rng.random() < STRANGERS else rng.choice(known)
        for n in range(1, count + 1)
    ]
    return [Described(TELLER, "child", as_told(someone, TELLER, rng)) for someone in meant]


def measure(*, quick: bool, say: Callable[[str], None]) -> Results:
    """Every size on every store: percentiles, rates, memory, the rebuild, and Splink beside it."""
    results: Results = {"sizes": [], "events": EVENTS, "passes": PASSES}
    for store, sizes in SIZES.items():
        for children in sizes:
            if quick and children > 100_000:
                continue
            try:
                results["sizes"].append(_one_size(store, children, results, say))
            except Missing as missing:
                results["sizes"].append({"store": store, "children": children, "not_measured": str(missing)})
    return results


def _one_size(store: str, children: int, results: Results, say: Callable[[str], None]) -> Results:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mash-bench-")))
        keys = stack.enter_context(closing(FileKeys(folder / "keys")))
        if store == "sqlite":
            record = sqlite_record(folder / "record.db", keys, FACTS, name="record")
        else:
            server = stack.enter_context(PostgresServer())
            record = postgres_record(server.new_database(), keys, FACTS, name="record")
        stack.enter_context(closing(record))
        crowded = Crowded(record, keys, children)
        say(f"match, {store}: an index of {children:,} children")
        seconds = crowded.fill()
        found: Results = {
            "store": store,
            "children": children,
            "source_records": record.indexed(),
            "filled_in": seconds,
        }
        if children == REBUILT:
            say("    the index made anew")
            found["rebuilt_in"] = crowded.rebuild()
        say(f"    {PASSES} times {EVENTS:,} events")
        settle()  # as every process of the hub does once it has started
        crowded.time(events_of(children, WARM, 99))
        found |= summed([crowded.time(events_of(children, EVENTS, turn)) for turn in range(PASSES)])
        if children == max(SIZES["sqlite"]):
            events = events_of(children, ON_AND_ON, 77)
            say(f"    memory over {len(events):,} events")
            before = resident()
            crowded.time(events)
            found["memory"] = {"before": before, "after": resident(), "events": len(events)}
        if store == "sqlite" and children == REBUILT:
            say("    the same by Splink's comparison")
            results["splink"] = by_splink(crowded, events_of(children, BY_SPLINK, 5))
        return found


def summed(passes: Sequence[Timed]) -> Results:
    """Median, least and most over the passes."""

    def over(each: Callable[[Timed], float]) -> dict[str, float]:
        all_ = [each(one) for one in passes]
        return {"median": statistics.median(all_), "least": min(all_), "most": max(all_)}

    decided = {name: sum(one.decided[name] for one in passes) for name in passes[0].decided}
    return {
        "p50": over(lambda one: cut(one.wall, 50)), "p99": over(lambda one: cut(one.wall, 99)),
        "processor_p50": over(lambda one: cut(one.processor, 50)), "processor_p99": over(lambda one: cut(one.processor, 99)),
        "a_second": over(lambda one: 1e3 * len(one.wall) / sum(one.wall)), "decided": decided,
        "opened_an_event": sum(one.opened for one in passes) / sum(len(one.wall) for one in passes),
    }  # fmt: skip


def by_splink(crowded: Crowded, events: Sequence[Described]) -> Results:
    """Splink's comparison of one record with its candidates, its SQL cached and the candidates handed in."""
    try:
        from bench.match import by_splink as realtime  # noqa: PLC0415 - Splink is a developer's, and takes seconds to load
    except ModuleNotFoundError as missing:
        return {"not_measured": f"{missing.name} is not installed: it comes with the development extra"}
    assert crowded.judge is not None  # noqa: S101 - the draft edition has a model
    pairs = [(known_as(event.person, unborn=False), crowded.candidates(event)) for event in events]
    return realtime.measure(crowded.judge.model, crowded.likeness, [pair for pair in pairs if pair[1]], cut)


def cut(each: Sequence[float], percent: int) -> float:
    """A percentile."""
    return statistics.quantiles(each, n=100, method="inclusive")[percent - 1]


def resident() -> int | None:
    """Memory of this process in bytes, as the system counts it, without pages of files (the database's are mapped in, and
    the system takes them back when it needs them); None where it does not say.
    """
    pages = Path("/proc/self/statm")
    if not pages.exists():
        return None
    _, all_of_it, of_files, *_ = pages.read_text().split()
    return (int(all_of_it) - int(of_files)) * os.sysconf("SC_PAGE_SIZE")


def _ident(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def told(results: Results) -> list[str]:
    """The results as lines, each goal beside what was measured."""
    lines = ["", f"whose is it: first descriptions, median of {results['passes']} times {results['events']:,} events"]
    for found in results["sizes"]:
        where = f"{found['store']}, {found['children']:,} children"
        if "not_measured" in found:
            lines.append(f"  {where}: NOT MEASURED: {found['not_measured']}")
            continue
        lines.append(
            f"  {where} ({found['source_records']:,} source records): p50 {found['p50']['median']:.2f} ms, "
            f"p99 {found['p99']['median']:.2f} ms ({found['p99']['least']:.2f} to {found['p99']['most']:.2f}); processor "
            f"{found['processor_p50']['median']:.2f} and {found['processor_p99']['median']:.2f} ms; "
            f"{found['a_second']['median']:,.0f} events/s; {found['opened_an_event']:.1f} opened an event"
        )
        most = GOALS.get((found["store"], found["children"]))
        if most:
            met = "met" if found["p99"]["median"] <= most else "NOT met"
            lines.append(f"  GOAL p99: {found['p99']['median']:.2f} ms, wanted <= {most:.0f} ms: {met}")
        if "rebuilt_in" in found:
            lines.append(f"    made anew in {found['rebuilt_in']:.1f} s")
        memory = found.get("memory")
        if memory and memory["before"]:
            lines.append(
                f"    memory {memory['before'] / 2**20:.0f} MiB before and {memory['after'] / 2**20:.0f} MiB after "
                f"{memory['events']:,} events"
            )
    splink = results.get("splink", {})
    if "not_measured" in splink:
        lines.append(f"  Splink: NOT MEASURED: {splink['not_measured']}")
    elif splink:
        lines.append(
            f"  Splink {splink['version']} (realtime, SQL cached, candidates handed in; {splink['events']} events): "
            f"p50 {splink['p50']:.1f} ms, p99 {splink['p99']:.1f} ms; first {splink['first']:.0f} ms"
        )
    return lines
