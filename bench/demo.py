"""`mash demo`: a hub with a synthetic partnership that keeps publishing, or (`--once`) the main job once, step by step."""

import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import func, select

from bench.demo_day import begun, begun_once
from bench.demo_shown import shown
from bench.world.demo import demo_stream, once, partners
from bench.world.telling import Emitted
from hub.adapters import sealing
from hub.adapters.areas import columns_of, read_csv
from hub.adapters.signin import DEMO_ACCOUNTS
from hub.adapters.tables import FollowerPositions
from hub.bootstrap import Hub, open_hub
from hub.cli.output import say_json
from hub.cli.run import log_plainly
from hub.config import read_settings
from hub.domain.alert import AlertRaised
from hub.domain.concern import ConcernRecorded
from hub.domain.errors import BadMessage, HubError
from hub.flow.publish import Signer, package
from hub.ports import ConsumerState
from hub.runners import roles
from hub.running import Process
from hub.views import store
from policies.areas import NAME, SYNTHETIC

SEED = 7
TRIED_AFTER = 40  # messages of a running demo: then a draft is tried on what there is
CONSUMERS = {"thresholds": "signal.v1", "silence": "expected.v1"}  # each with the topic that it reads


def command(app: typer.Typer) -> None:
    """Add `mash demo`."""
    app.command("demo", epilog="Examples: mash demo · mash demo --once · mash demo --once --json")(demo)


def demo(
    once_only: Annotated[bool, typer.Option("--once", help="Do the main job once and say what happened.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --once: the last line is one JSON object.")] = False,
    data: Annotated[Path | None, typer.Option(help="Folder of the demo's hub (else a new one each time).")] = None,
    port: Annotated[int, typer.Option(help="Port of the pages; 0 takes a free one.")] = 8321,
    seed: Annotated[int, typer.Option(help="The same seed tells the same stories.")] = SEED,
) -> None:
    """Run the hub on this machine with invented children, and keep publishing so that the worklist moves."""
    with ExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mash-demo-")))
        if once_only:
            _once(open_hub(read_settings(data=folder, demo=True)), seed, as_json)
            return
        log_plainly()
        hub = open_hub(read_settings(data=folder, demo=True, port=port))
        join(hub)
        process = Process(hub, [*roles()], web=True)
        process.start()
        _welcome(process.url, folder)
        stop = threading.Event()
        publisher = threading.Thread(target=_keep_publishing, args=(hub, seed, stop), daemon=True)
        publisher.start()
        code = process.wait()
        stop.set()
        publisher.join(timeout=5)
        raise typer.Exit(code)


def join(hub: Hub) -> dict[str, Signer]:
    """Register the synthetic organisations with a key each, and load the directory of their postcodes; the signers."""
    if hub.areas.loaded() is None:
        with SYNTHETIC.open(encoding="utf-8") as file:
            header, rows = read_csv(file)
            postcode, area = columns_of(header)
            hub.areas.load(rows, name=NAME, postcode=postcode, area=area, at=hub.clock.now())
    signers = {}
    for partner in partners().values():
        hub.add_organisation(partner.id, hub.edition.organisations[partner.id], partner.sector)
        key = hub.settings.data / "demo-keys" / f"{partner.id}.key"
        key.parent.mkdir(exist_ok=True, mode=0o700)
        if not key.exists():
            hub.add_key(partner.id, key)
        opens = key.with_name(f"{partner.id}-sealing.key")  # what the hub asks and tells them: mash inbox read --key …
        if not opens.exists():
            hub.add_key(partner.id, opens, sealing_key=True)
        lines = dict(line.split(" ", 1) for line in key.read_text(encoding="ascii").splitlines())
        signers[partner.id] = Signer(partner.id, lines["keyid"], bytes.fromhex(lines["private"]))
    return signers


def send(hub: Hub, emitted: Emitted, signers: Mapping[str, Signer]) -> None:
    """Publish as the organisation itself would, with its own key and number; a bad one as it is, to be refused; a lost one
    not at all.
    """
    if emitted.bad == "lost":
        return
    signer = signers[emitted.organisation]
    if emitted.bad == "bad_signature":
        signer = Signer(signer.organisation, signer.key_id, sealing.make_signing_pair().private)
    outgoing = package(emitted.message, emitted.id, signer, codec=hub.codec, bodies=hub.bodies, now=hub.clock.now())
    hub.log.append([outgoing])


def _keep_publishing(hub: Hub, seed: int, stop: threading.Event) -> None:
    signers = join(hub)
    for number, emitted in enumerate(demo_stream(seed, datetime.now(UTC)), start=1):
        wait = (emitted.publish_at - datetime.now(UTC)).total_seconds()
        if stop.wait(max(0.0, wait)):
            return
        try:
            send(hub, emitted, signers)
            (begun_once if number == TRIED_AFTER else begun)(hub)
        except HubError as error:
            sys.stderr.write(f"demo: {error}\n")


def _welcome(url: str, folder: Path) -> None:
    print(f"\nThe hub is at {url}\n\nSign in as (no password; every child here is invented):", flush=True)
    for account in DEMO_ACCOUNTS:
        print(f"  {account.staff}  {account.title}")
    print(
        "\nOr type, in a second terminal, as one of them:\n"
        f"  MASH_DEMO=true .venv/bin/mash tasks --by {DEMO_ACCOUNTS[0].staff} --data {folder}\n"
        "\nConcerns arrive every few seconds. Ctrl-C ends the demo.",
        flush=True,
    )


def _once(hub: Hub, seed: int, as_json: bool) -> None:
    def say(text: str) -> None:
        print(text, file=sys.stdout, flush=True)

    started = time.monotonic()
    try:
        signers = join(hub)
        say(
            f"1 A hub with edition {hub.edition.id} of the {hub.settings.partnership} partnership, "
            f"{len(signers)} organisations"
        )
        with at_work(hub):
            story = tell_once(hub, seed, signers)
            kinds = Counter(emitted.type.split(".")[1].replace("-", " ") for emitted in story)
            told = ", ".join(f"{n} {k}" for k, n in kinds.most_common())
            say(f"2 Published {len(story)} signed, sealed messages: {told}")
            people = shown(hub)
            summary = _summary(hub, len(story), started)
    finally:
        hub.close()
    reasons = ", ".join(f"{reason.replace('_', ' ')} ({number})" for reason, number in summary["quarantined"].items())
    say(f"3 Verified {summary['verified']}; quarantined {sum(summary['quarantined'].values())}: {reasons}")
    say(f"4 Linked {summary['linked']} source records to known persons; opened {summary['opened']} new persons, "
        f"{summary['in_review']} of them in review; {summary['children']} children")  # fmt: skip
    say("5 Ruled, recorded, counted and sent to the consumers, whose findings came back")
    for alert in summary["alerts"]:
        say(f"6 Alert, level {alert['level']}: {alert['rule']}: {alert['why']}")
    for number, said in enumerate(people.lines, start=7):
        say(f"{number} {said}")
    say(f"{7 + len(people.lines)} Done in {summary['seconds']} seconds")
    summary["people"] = people.figures
    if as_json:
        for alert in summary["alerts"]:
            del alert["why"]
        say_json(summary)


@contextmanager
def at_work(hub: Hub) -> Iterator[None]:
    """All roles of the hub as threads of this process, as long as the block lasts."""
    stop = threading.Event()
    threads = [threading.Thread(target=role, args=(hub, stop), name=name) for name, role in roles().items()]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=15)


def tell_once(hub: Hub, seed: int, signers: Mapping[str, Signer]) -> list[Emitted]:
    """Publish the story while the hub is at work, with what people begin meanwhile; what was published, once all is settled."""
    story = once(seed, datetime.now(UTC))
    send(hub, story[0], signers)
    _taken(hub)
    begun(hub)  # somebody decides before the others have spoken
    for emitted in story[1:]:
        send(hub, emitted, signers)
    sent = [emitted for emitted in story if emitted.bad != "lost"]
    _drain(hub, len(sent))
    begun_once(hub)
    return sent


def _taken(hub: Hub, patience: float = 30.0) -> None:
    """Wait until the first message is on the record, and pages know of it."""
    give_up = time.monotonic() + patience
    while not hub.record.read(0, 1, [ConcernRecorded.NAME]) or hub.views.position("record") < hub.record.position():
        if time.monotonic() > give_up:
            raise BadMessage("not_drained", f"the hub did not take the first message in {patience:.0f} seconds")
        time.sleep(0.02)


def _drain(hub: Hub, published: int, patience: float = 60.0) -> None:
    """Wait until what was published is on the record or in quarantine, and what the consumers found came back."""
    give_up = time.monotonic() + patience
    with closing(hub.tables("relay")) as tables, ExitStack() as stack:
        relayed = FollowerPositions(tables)
        states = [(topic, stack.enter_context(closing(hub.consumer_state(name)))) for name, topic in CONSUMERS.items()]

        def still() -> bool:
            """Whether nobody has anything left to do, from the log through the consumers and back."""
            head = hub.record.position()
            taken = [*hub.log.topics("concern."), *hub.log.topics("finding.")]
            return (
                all(hub.record.tracked(f"{topic}/0") == hub.log.end(topic, 0) - 1 for topic in taken)
                and hub.counted >= head
                and all(relayed.position(f"relay/{topic}") >= head for topic, _ in states)
                and all(_reached(hub, topic, state) for topic, state in states)
                and hub.views.position("record") >= head == hub.record.position()
            )

        while not (still() and still()):
            if time.monotonic() > give_up:
                raise BadMessage(
                    "not_drained", f"the hub did not finish {published} messages in {patience:.0f} seconds"
                )
            time.sleep(0.05)


def _reached(hub: Hub, topic: str, state: ConsumerState) -> bool:
    """Whether a consumer has read all of its topic and has nothing left to publish."""
    partitions = range(hub.log.topics(topic)[topic])
    reached = state.reached(partitions)
    return all(reached[n].offset >= hub.log.end(topic, n) for n in partitions) and not state.unpublished()


def _summary(hub: Hub, published: int, started: float) -> dict[str, Any]:
    waiting = Counter(row["reason"] for row in hub.quarantine_rows())
    raised = [one.fact for one in hub.record.read(0, 100_000, [AlertRaised.NAME])]
    linked = hub.record.read(0, 100_000, ["source-record.linked"])
    person = store.person
    people = hub.views.rows(
        select(person.c.kind, person.c.standing, func.count().label("n")).group_by(person.c.kind, person.c.standing)
    )
    opened = sum(row["n"] for row in people)
    return {
        "concerns": published,
        "verified": published - sum(waiting.values()),
        "quarantined": dict(waiting.most_common()),
        "linked": len(linked) - opened,
        "opened": opened,
        "in_review": sum(row["n"] for row in people if row["standing"] == "in_review"),
        "children": sum(row["n"] for row in people if row["kind"] != "adult"),
        "alerts": [
            {"rule": a.rule, "edition": a.edition, "evidence": list(a.evidence), "level": a.level, "why": a.why}
            for a in raised
            if isinstance(a, AlertRaised)
        ],
        "seconds": round(time.monotonic() - started, 2),
    }
