"""How fast one intake is: each step of a concern's journey by itself, and the whole way from the log to the record.

Everything is real: sealed and signed bodies in the embedded log, the record in SQLite with every commit on the disk,
batches as the intake takes them. What each measure starts from is a copy of the same prepared folder.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct

from bench import plain
from hub.adapters import sealing
from hub.adapters.record import Row, StoredRecord
from hub.bootstrap import Hub, open_hub
from hub.config import Settings
from hub.domain import agency
from hub.domain.agency import Register, register_from
from hub.domain.fact import Envelope, NewFact
from hub.domain.message import ConcernRaised
from hub.domain.sharing import Organisation, Subject
from hub.flow import append, publish, verify
from hub.flow.append import Draft, Pen
from hub.flow.match import Described, Matcher, Placement
from hub.flow.receive import Intake
from hub.flow.share import AtIntake, IntakeRuling, rule_at_intake
from hub.ports import LogMessage

BATCH = 200  # messages in one transaction of the intake, as MASH_BATCH
SEED = 7

Batches = list[tuple[tuple[str, int], list[LogMessage]]]


class Prepared(Struct):
    """Folders to copy: one with everything still in the log, one with the first half on record; and what is in them."""

    whole: Path
    half: Path
    concerns: int
    children: int


def prepare(folder: Path, concerns: int, children: int) -> Prepared:
    """A hub with organisations, keys, and the concerns signed, sealed and in the log."""
    whole, half = folder / "whole", folder / "half"
    with closing(open_hub(Settings(data=whole))) as hub:
        now = hub.clock.now()
        of = plain.children(children, SEED, now.date())
        signers = join(hub)
        packages = [
            publish.package(
                one.message, one.id, signers[one.message.organisation], codec=hub.codec, bodies=hub.bodies, now=now
            )
            for one in plain.concerns(concerns, of, SEED, now)
        ]
        for start in range(0, len(packages), 500):
            hub.log.append(packages[start : start + 500])
    shutil.copytree(whole, half)
    with closing(open_hub(Settings(data=half))) as hub:
        take(hub, batches(hub)[: len(batches(hub)) // 2])
    return Prepared(whole, half, concerns, children)


def join(hub: Hub) -> dict[str, publish.Signer]:
    """The organisations join the hub, each with a key of its own."""
    made = {}
    for organisation, sector in plain.ORGANISATIONS.items():
        hub.add_organisation(organisation, organisation.capitalize(), sector)
        pair = sealing.make_signing_pair()
        hub._change_register(agency.KeyAdded(organisation=organisation, key_id=pair.keyid, public=pair.public))  # noqa: SLF001 - as `add_key`, without a file
        made[organisation] = publish.Signer(organisation, pair.keyid, pair.private)
    return made


@contextmanager
def opened(template: Path, folder: Path) -> Iterator[Hub]:
    """A hub on a copy of a prepared folder, thrown away at the end."""
    shutil.copytree(template, folder)
    try:
        with closing(open_hub(Settings(data=folder))) as hub:
            yield hub
    finally:
        shutil.rmtree(folder)


def batches(hub: Hub) -> Batches:
    """Everything that organisations sent, in batches of one partition each, the organisations taking turns."""
    found: list[Batches] = []
    for organisation in plain.ORGANISATIONS:
        topic = f"concern.{organisation}.v1"
        with closing(hub.log.reader({(topic, 0): 0})) as reader:
            read: Batches = []
            while messages := reader.poll(BATCH, 0):
                read.append(((topic, 0), messages))
        found.append(read)
    return [batch for turn in range(max(map(len, found))) for batch in (one[turn] for one in found if turn < len(one))]


def take(hub: Hub, some: Batches) -> int:
    """The whole path: verify, match, share, append; how many were recorded."""
    intake = Intake(hub.intake_tools())
    recorded = 0
    for (topic, partition), batch in some:
        recorded += intake.take(batch, batch[0].offset - 1).recorded
        if hub.record.tracked(f"{topic}/{partition}") != batch[-1].offset:
            raise RuntimeError("a batch was not taken whole: what was measured is not the whole path")
    return recorded


def whole_path(prepared: Prepared, folder: Path) -> tuple[float, float, list[list[Row]]]:
    """Concerns a second over the whole path, the share of processor time in it, and the rows that each batch wrote."""
    with opened(prepared.whole, folder) as hub:
        work = batches(hub)
        before = hub.record.position()
        began, busy = time.perf_counter(), time.process_time()
        recorded = take(hub, work)
        took, busy = time.perf_counter() - began, time.process_time() - busy
        if recorded != prepared.concerns or not isinstance(hub.record, StoredRecord):
            raise RuntimeError("not every concern was recorded: what was measured is not the whole path")
        rows = hub.record.rows(before, 10_000_000)
    return prepared.concerns / took, busy / took, _in_batches(rows, len(work))


def _in_batches(rows: list[Row], count: int) -> list[list[Row]]:
    size = -(-len(rows) // count)
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def each_step(prepared: Prepared, folder: Path) -> dict[str, float]:
    """Concerns a second of each step by itself, on a record that holds the first half already."""
    with opened(prepared.half, folder) as hub:
        work = batches(hub)
        return _Steps(hub, work[len(work) // 2 :]).run()


class _Steps:
    def __init__(self, hub: Hub, work: Batches) -> None:
        self.hub = hub
        self.tools = hub.intake_tools()
        self.work = work
        self.count = sum(len(batch) for _, batch in work)
        self.register = _register(hub)
        self.verified: list[list[verify.Verified]] = []
        self.placed: list[list[list[Placement]]] = []
        self.ruled: list[list[IntakeRuling]] = []

    def run(self) -> dict[str, float]:
        steps: dict[str, Callable[[], None]] = {
            "1 verify (open, signature, decode, rules)": self.verify, "2 match": self.match, "3 share": self.share,
            "4 append (seal words, facts, commit)": self.append,
        }  # fmt: skip
        rates = {}
        for name, step in steps.items():
            began = time.perf_counter()
            step()
            rates[name] = self.count / (time.perf_counter() - began)
        return rates

    def verify(self) -> None:
        t, now = self.tools, self.hub.clock.now()
        inspector = verify.Inspector(self.register, t.vocabulary, t.bodies, t.codec, t.blind, t.plain)
        for _, batch in self.work:
            good = [verify.verify(one, inspector) for one in batch]
            for one in good:
                verify.keep_rules(one, inspector, now)
            self.verified.append(good)

    def match(self) -> None:
        t = self.tools
        for good in self.verified:
            matcher = Matcher(
                record=t.record, vault=t.vault, blind=t.blind, standing=t.standing, sounds=t.likeness.sounds,
                judge=t.judge, population=t.record.indexed(),
            )  # fmt: skip
            described = [
                [Described(one.message.organisation, "child", subject.person) for subject in _said(one).subjects]
                for one in good
            ]
            self.placed.append(matcher.place(described))
        # a step by itself writes nothing, so a child that two batches meet first is opened twice: the facts are the same

    def share(self) -> None:
        now = self.hub.clock.now()
        for good, placed in zip(self.verified, self.placed, strict=True):
            ruled = []
            for one, about in zip(good, placed, strict=True):
                owner = self.register.organisations[one.message.organisation]
                question = AtIntake(
                    owner=Organisation(owner.organisation, owner.sector, owner.party, owner.listed_body),
                    setting=one.message.setting or "",
                    subjects=tuple(Subject(person=placement.person) for placement in about),
                )
                ruled.append(rule_at_intake(question, rulings=self.tools.rulings, at=now))
            self.ruled.append(ruled)

    def append(self) -> None:
        t, now = self.tools, self.hub.clock.now()
        pen = Pen(t.vault, t.blind, t.vocabulary, self.register.sector, lambda _: (), now)
        known: set[str] = set()  # own ids that an earlier batch of this measure has opened already
        for good, placed, ruled in zip(self.verified, self.placed, self.ruled, strict=True):
            t.keys.make([f"source-record:{p.source_record}" for one in placed for p in one if p.new_record])
            t.keys.make([f"person:{p.person}" for one in placed for p in one if p.new_person])
            drafts: list[tuple[Draft, verify.Verified]] = []
            index = []
            for one, about, ruling in zip(good, placed, ruled, strict=True):
                met = append.people(about, pen, f"{append.stream_of(one)}@1")
                facts = append.concern_facts(one, _said(one), about, [], ruling, pen)
                drafts += [(draft, one) for draft in (facts[0], *met.drafts, *facts[1:])]
                for row in met.index:
                    own = str(row.own)
                    index += [row] if own not in known else []
                    known.add(own)
            versions = dict(t.record.versions(sorted({draft.stream for draft, _ in drafts if not draft.new})))
            numbered = []
            for draft, one in drafts:
                after = versions.get(draft.stream, 0)
                versions[draft.stream] = after + 1
                envelope = Envelope(now, one.received, f"organisation:{one.signer}", draft.because, one.id, t.edition)
                numbered.append(NewFact(draft.stream, after, draft.fact, envelope))
            t.record.append(numbered, index=index)


def _register(hub: Hub) -> Register:
    return register_from(hub.record.read(0, 10_000, agency.NAMES))


def _said(one: verify.Verified) -> ConcernRaised:
    if not isinstance(one.message, ConcernRaised):
        raise TypeError("plain concerns alone are in this log")
    return one.message
