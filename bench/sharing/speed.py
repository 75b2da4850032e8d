"""Decisions a second with kept handles beside parsing at each call, and a cold picture of 60 items with its ledger entry.

Everything is real: the shipped set, the real ledger on SQLite and PostgreSQL, the intake as a process of its own that takes
concerns meanwhile. Ways of asking take turns within one run, so that their ratio holds on a noisy machine. The cold picture
begins at the door, with persons and items read already; beside it a whole one is timed, from the asker to the page's answer.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any, cast

import cedarpy
from pydantic import SecretStr

from bench.latency import RATE, _packages
from hub.adapters.cedar import CedarRulings, slice_of
from hub.adapters.cedar_set import PolicySets
from hub.bootstrap import Hub, open_hub
from hub.config import Settings
from hub.domain.enquiry import OpenEnquiry
from hub.domain.fact import NewFact, Recorded
from hub.domain.item import Category
from hub.domain.sharing import Ask, Asker, EnquiryRoom, Facts, Organisation, Subject, facts_of
from hub.flow.disclose import ItemRef, _classed, disclose, new_ask, ref
from hub.ports import Outgoing, Record
from hub.runners import settle
from policies.sharing import SharingSet, sharing_set
from policies.sharing.space import AT
from policies.sharing.space import questions as space
from tests.support.messages import a_child, concern, moment, seen_by
from tests.support.needs import Missing
from tests.support.partnership import RunningHub
from tests.support.postgres import PostgresServer

Results = dict[str, Any]
GOAL_RATIO, GOAL_RATE = 500, 10_000  # against parsing everything at each call; decisions a second
GOAL_DECIDED, GOAL_ENTERED = 0.010, 0.015  # seconds, median: the rulings of a picture, and with its ledger entry
ITEMS = 60
PARTNERSHIP = 1_600  # entities that a caller who keeps nothing hands over each time, as in research/policy.md 1.2
BUSY = 6_000  # concerns in the log for an intake that works flat out meanwhile
BUSY_HOW = ("no", f"{RATE} concerns a second", "flat out")  # the intake is a process of its own, as compose runs it
OWNERS = tuple(
    Organisation(name, sector, party=True, listed_body=True)
    for name, sector in (("health", "health"), ("police", "police"), ("school", "education"), ("housing", "housing"))
)
WORKER = Asker(
    id="staff-1", organisation=Organisation("social_care", "social_care", party=True, listed_body=True),
    roles=("decision_maker",), active=True, ig_trained=True, mfa=True,
)  # fmt: skip
CONCERNS, DECIDER = 24, "staff-91d3b7"  # of the whole picture: about one child; who asks, of the demonstration's staff
CATEGORIES: tuple[Category, ...] = ("narrative", "identity", "identity.address", "voice", "evidence", "third_party")


def measure(*, quick: bool, say: Callable[[str], None]) -> Results:
    """Ways of asking, interleaved; then the picture on each store, with the intake still and busy."""
    drafted = sharing_set(date(2026, 11, 22))
    say("sharing: kept handles beside parsing at each call")
    results: Results = {"policies": len(_rulings(drafted).register), "ways": ways(drafted, 2 if quick else 5)}
    say("sharing: a whole picture, from the asker to the page's answer")
    results["whole"] = whole(10 if quick else 50)
    results["pictures"] = []
    for store in ("sqlite", "postgres"):
        for busy in BUSY_HOW:
            say(f"sharing: a picture of {ITEMS} items, {store}, intake busy: {busy}")
            try:
                results["pictures"].append(picture(store, busy, 40 if quick else 150))
            except Missing as missing:
                results["pictures"].append({"store": store, "busy": busy, "not_measured": str(missing)})
    return results


def _rulings(drafted: SharingSet) -> CedarRulings:
    return CedarRulings(drafted.policies, drafted.schema, alarm=_alarm)


def _alarm(said: str) -> None:
    raise RuntimeError(f"what was measured is not sharing as it runs: {said}")


# ------------------------------------------------------------------------------------------------------ ways of asking


def ways(drafted: SharingSet, rounds: int) -> Results:
    """Decisions a second of each way, medians over rounds that take turns; p50 and p99 of one call with kept handles."""
    asked = _one_asker(ITEMS)
    entities, put = slice_of(WORKER, asked)
    policies, schema = PolicySets(drafted.policies).of("read"), cedarpy.Schema.from_str(drafted.schema)
    kept = cedarpy.Entities.from_json_str(json.dumps(entities), schema)
    everything = json.dumps(_partnership(entities))
    context = json.dumps({"ask": {"__entity": {"type": "Mash::Ask", "id": "ask"}}})
    requests = [
        {
            "principal": {"type": "Mash::User", "id": WORKER.id}, "action": {"type": "Mash::Action", "id": "read"},
            "resource": {"type": "Mash::Item", "id": one.resource}, "context": context,
        }
        for one in put
    ]  # fmt: skip
    few = json.dumps(entities)
    calls: list[float] = []

    def by_text(each: str, number: int) -> float:
        began = time.perf_counter()
        for request in requests[:number]:
            cedarpy.is_authorized(request, drafted.policies, each, drafted.schema)
        return number / (time.perf_counter() - began)

    def with_handles() -> float:
        started = time.perf_counter()
        for _ in range(10):
            for request in requests:
                began = time.perf_counter()
                cedarpy.is_authorized(request, policies, kept, schema)
                calls.append(time.perf_counter() - began)
        return 10 * len(requests) / (time.perf_counter() - started)

    def in_a_batch() -> float:
        began = time.perf_counter()
        for _ in range(10):
            cedarpy.is_authorized_batch(requests, policies, kept, schema)
        return 10 * len(requests) / (time.perf_counter() - began)

    rates: dict[str, list[float]] = {"everything as text": [], "a slice as text": [], "kept": [], "batch": []}
    for _ in range(rounds):
        rates["everything as text"].append(by_text(everything, 3))
        rates["a slice as text"].append(by_text(few, 20))
        rates["kept"].append(with_handles())
        rates["batch"].append(in_a_batch())
    cuts = statistics.quantiles(calls, n=100)
    return {
        "rates": {name: statistics.median(each) for name, each in rates.items()},
        "ratio": statistics.median(
            a / b for a, b in zip(rates["kept"], rates["everything as text"], strict=True)
        ),
        "ratio_slice": statistics.median(a / b for a, b in zip(rates["kept"], rates["a slice as text"], strict=True)),
        "p50": cuts[49], "p99": cuts[98], "calls": len(calls), "entities": len(json.loads(everything)),
    }  # fmt: skip


def _one_asker(number: int) -> list[Facts]:
    """Facts of as many looks as wanted, all of one asker for one purpose, as one picture's are."""
    found: dict[Facts, None] = {}
    ask = Ask(id="ask", who=WORKER, action="read", purpose="triage", reason="bench", at=AT, enquiry="enquiry-1")
    for _, resource in space(7, 50 * number):
        for facts in facts_of(ask, resource, duty_in_force=False):
            found[facts] = None
        if len(found) >= number:
            break
    return list(found)[:number]


def _partnership(entities: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The slice among everything that a partnership knows: what a caller who keeps nothing hands over."""
    pairs = [one for one in entities if one["uid"]["type"] in {"Mash::Item", "Mash::Subject"}]
    more = list(entities)
    for number in range(-(-PARTNERSHIP // len(pairs))):
        more += [{**one, "uid": {**one["uid"], "id": f"{one['uid']['id']}-{number}"}} for one in pairs]
    return more[:PARTNERSHIP]


# ----------------------------------------------------------------------------------------------------------- a picture


def picture(store: str, busy: str, times: int) -> Results:
    """Median and p95 of a picture's rulings alone, with the ledger entry, and with the words opened; cold each time."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mash-bench-")))
        more: dict[str, Any] = {}
        if store == "postgres":
            server = stack.enter_context(PostgresServer())
            more = {"store": "postgres", "postgres_dsn": SecretStr(server.new_database())}
        settings = Settings(data=folder / "data", demo=True, **more)
        hub = stack.enter_context(closing(open_hub(settings)))
        items, subjects, room = _shown(hub)
        settle()
        if busy != "no":
            packages = [package for _, package in _packages(hub, BUSY if busy == "flat out" else BUSY // 4)]
            at_once = len(packages) if busy == "flat out" else RATE
            for start in range(0, at_once, 500):
                hub.log.append(packages[start : min(start + 500, at_once)])
            stack.enter_context(_intake(hub, settings, folder))
            if busy != "flat out":
                stack.enter_context(_fed(hub, packages[at_once:]))
        before = hub.record.position()
        took: dict[str, list[float]] = {"decided": [], "entered": [], "opened": []}
        classes = 0
        for _ in range(times):
            classes = _once(hub, items, subjects, room, took)
        moved = hub.record.position() - before
        if busy != "no" and not moved:
            raise RuntimeError("the intake took nothing meanwhile: what was measured is not a busy hub")
        return {
            "store": store, "busy": busy, "classes": classes, "times": times, "facts_meanwhile": moved,
            **_spread(took),
        }  # fmt: skip


def whole(times: int) -> Results:
    """Median and p95 of `hub.picture` of a child in a MASH enquiry, on SQLite with the intake idle: seconds, and of processor.

    Unlike `picture` this has in it what comes before the door: the child's rows, their statements, what was said of them.
    The same child each time: what the store keeps in memory is there already; rulings remember nothing.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mash-bench-")))
        running = stack.enter_context(closing(RunningHub(Settings(data=folder / "data", demo=True))))
        hub, child = running.hub, a_child()
        hub.add_organisation("children_social_care", "Children's social care", "social_care")
        running.start("intake", "relay", "views", "thresholds")
        senders = [("school", "health", "police", "housing")[number % 4] for number in range(CONCERNS)]
        said = running.say_all(
            [concern(one, seen_by(child, one, "hunger"), at=moment(day)) for day, one in enumerate(senders, start=1)]
        )
        running.settled()
        running.stop()
        who, about = hub.asker(DECIDER), running.child_of("school", said[0])
        alerts = tuple(row.alert for row in hub.waiting_for(who, about))
        opening = OpenEnquiry(child=about, alerts=alerts, ground="significant_harm", reason="bench", by=DECIDER)
        enquiry = hub.open_enquiry(who, opening)
        settle()
        took: dict[str, list[float]] = {"waited": [], "processor": []}
        for _ in range(times):
            began, busy = time.perf_counter(), time.process_time()
            hub.picture(who, about, enquiry)
            took["waited"].append(time.perf_counter() - began)
            took["processor"].append(time.process_time() - busy)
        (entry,) = hub.ledger.read(hub.ledger.position() - 1, 1)
        return {
            "times": times, "items": sum(one.items for one in cast("Any", entry.fact).rulings), **_spread(took),
        }  # fmt: skip


def _spread(took: dict[str, list[float]]) -> Results:
    return {
        name: {"median": statistics.median(each), "p95": statistics.quantiles(each, n=20)[18]}
        for name, each in took.items()
    }


class Noted:
    """The real ledger, and when its entry was committed: before any word opens."""

    def __init__(self, ledger: Record) -> None:
        self._ledger = ledger
        self.committed = 0.0

    def append(self, facts: Sequence[NewFact], **more: Any) -> list[Recorded]:
        """As the ledger does."""
        found = self._ledger.append(facts, **more)
        self.committed = time.perf_counter()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)


def _once(
    hub: Hub, items: Sequence[ItemRef], subjects: dict[str, Subject], room: EnquiryRoom, took: dict[str, list[float]]
) -> int:
    """One picture each way; the rulings remember nothing of a look, so each is cold."""
    now = hub.in_force()
    ask = _ask(hub, room)
    began = time.perf_counter()
    classes, _ = _classed(ask, items, subjects, room, now.edition.agreed)
    ruled = now.rulings.decide(ask, classes)
    took["decided"].append(time.perf_counter() - began)
    if not any(one.allowed for one in ruled) or all(one.allowed for one in ruled):
        raise RuntimeError("a picture in which everything opens, or nothing, is no picture")
    ask, ledger = _ask(hub, room), Noted(hub.ledger)
    began = time.perf_counter()
    found = disclose(
        ask, items, subjects=subjects, enquiry=room, edition=now.edition.id, rulings=now.rulings,
        ledger=cast("Record", ledger), vault=hub.vault, clock=hub.clock,
        agreed=now.edition.agreed,
    )  # fmt: skip
    took["opened"].append(time.perf_counter() - began)
    took["entered"].append(ledger.committed - began)
    if found.faults:
        raise RuntimeError("a ruling was at fault: what was measured is not sharing as it runs")
    return len(classes)


def _ask(hub: Hub, room: EnquiryRoom) -> Ask:
    return Ask(
        id=new_ask(), who=WORKER, action="read", purpose="triage", reason="bench", at=hub.clock.now(), enquiry=room.id
    )


def _shown(hub: Hub) -> tuple[list[ItemRef], dict[str, Subject], EnquiryRoom]:
    """60 sealed items of four organisations about a child, brothers and sisters, and adults of the home."""
    persons = ["child", "brother", "sister", "mother", "father"]
    subjects = {
        one: Subject(
            person=one, child=one not in {"mother", "father"}, must_act=one == "child", restricted=one == "father",
            grounds=frozenset({"perceived_harm"} if one == "child" else ()),
        )
        for one in persons
    }  # fmt: skip
    records = {one: f"bench-{one}" for one in persons}
    hub.keys.make([f"source-record:{one}" for one in records.values()])
    items = []
    for number in range(ITEMS):
        about = ("child", persons[number % 5]) if number % 3 == 0 and number % 5 else ("child",)
        owner = OWNERS[number % 4]
        sealed = hub.vault.seal(
            CATEGORIES[number % 6], [records[one] for one in about], {"text": "Made up for the bench. " * 8}, owner.id
        )
        items.append(ref(sealed, about, owner, number))
    room = EnquiryRoom(
        id="enquiry-1", children=frozenset({"child", "brother", "sister"}), team=frozenset({WORKER.id}),
        ground="perceived_harm", open=True,
    )  # fmt: skip
    return items, subjects, room


@contextmanager
def _fed(hub: Hub, packages: Sequence[Outgoing]) -> Iterator[None]:
    """Concerns that come in at an even rate until this ends."""
    stop = threading.Event()

    def feed() -> None:
        for package in packages:
            hub.log.append([package])
            if stop.wait(1 / RATE):
                return

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        yield
    finally:
        stop.set()
        feeder.join()


@contextmanager
def _intake(hub: Hub, settings: Settings, folder: Path) -> Iterator[None]:
    """The intake as a process of its own, from when it took its first batch."""
    began = hub.record.position()
    env = {name: value for name, value in os.environ.items() if not name.startswith("MASH_")} | {
        "MASH_DATA": str(settings.data), "MASH_STORE": settings.store, "MASH_DEMO": "true",
        "MASH_POSTGRES_DSN": settings.postgres_dsn.get_secret_value(),
    }  # fmt: skip
    with (folder / "intake.log").open("wb") as out:
        command = [sys.executable, "-c", "from hub.cli import main; main()", "run", "intake"]
        process = subprocess.Popen(command, env=env, stdout=out, stderr=subprocess.STDOUT)
    try:
        _until(lambda: hub.record.position() > began)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _until(condition: Callable[[], bool], seconds: float = 60) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            raise RuntimeError("the intake took nothing")
        time.sleep(0.01)


# --------------------------------------------------------------------------------------------------------------- told


def told(found: Results) -> list[str]:
    """The results as lines, each goal beside what was measured."""
    each = found["ways"]
    rates = each["rates"]
    lines = [
        "",
        f"sharing: {found['policies']} policies; ways of asking take turns, {each['calls']} calls with kept handles",
        f"  parsed at each call, {each['entities']} entities   {rates['everything as text']:10,.0f} decisions/s",
        f"  parsed at each call, only the slice    {rates['a slice as text']:10,.0f} decisions/s",
        (f"  kept handles                           {rates['kept']:10,.0f} decisions/s   "
        f"p50 {each['p50'] * 1e6:.0f} us, p99 {each['p99'] * 1e6:.0f} us"),
        f"  kept handles, a batch of {ITEMS}            {rates['batch']:10,.0f} decisions/s",
        f"  kept handles beside parsing only the slice: {each['ratio_slice']:,.0f} times",
        _goal(
            "kept handles beside parsing everything", f"{each['ratio']:,.0f} times", f">= {GOAL_RATIO}",
            each["ratio"] >= GOAL_RATIO,
        ),
        _goal("decisions a second", f"{rates['kept']:,.0f}", f"about {GOAL_RATE:,}", rates["kept"] >= 0.9 * GOAL_RATE),
    ]  # fmt: skip
    one = found["whole"]
    lines += [
        f"  a whole picture of {one['items']} items, sqlite, from the asker to the page's answer ({one['times']} times)"
    ]
    lines += [
        f"    {words:34} median {one[name]['median'] * 1e3:6.1f} ms, p95 {one[name]['p95'] * 1e3:6.1f} ms"
        for name, words in (("waited", "waited"), ("processor", "of processor time"))
    ]
    for one in found["pictures"]:
        where = f"a cold picture of {ITEMS} items, {one['store']}, intake busy: {one['busy']}"
        if "not_measured" in one:
            lines += [f"  {where}: NOT MEASURED: {one['not_measured']}"]
            continue
        lines += [
            f"  {where} ({one['classes']} classes, {one['times']} times, {one['facts_meanwhile']} facts taken meanwhile)"
        ]
        lines += [
            f"    {words:34} median {one[name]['median'] * 1e3:6.1f} ms, p95 {one[name]['p95'] * 1e3:6.1f} ms"
            for name, words in (
                ("decided", "rulings"),
                ("entered", "with the ledger entry"),
                ("opened", "and the words opened"),
            )
        ]
        for name, goal, words in (
            ("decided", GOAL_DECIDED, "rulings"),
            ("entered", GOAL_ENTERED, "with the ledger entry"),
        ):
            median = one[name]["median"]
            lines += [_goal(words, f"{median * 1e3:.1f} ms", f"<= {goal * 1e3:.0f} ms", median <= goal)]
    return lines


def _goal(what: str, measured: str, wanted: str, met: bool) -> str:
    return f"  GOAL {what}: {measured}, wanted {wanted}: {'met' if met else 'NOT met'}"
