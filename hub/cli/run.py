"""mash up, mash run: all roles in one process, or one role alone."""

import logging
import signal
import threading
from typing import Annotated

import typer

from hub.bootstrap import Hub, open_hub
from hub.cli.output import Data
from hub.config import SettingsWrong, read_settings
from hub.domain.moments import london_day
from hub.domain.protocol import missing_papers
from hub.runners import roles, settle
from hub.running import Process, guarded


def add(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("up", epilog="Example: mash up --port 8321 (then open the address that it prints)")(up)
    app.command("run", epilog="Example: mash run intake")(run)


def up(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (else MASH_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one (else MASH_PORT).")] = None,
    demo: Annotated[bool | None, typer.Option("--demo", help="Demo accounts; never with real data.")] = None,
) -> None:
    """Run the whole hub in this process: intake, relay, views, consumers and pages. Ctrl-C ends it."""
    log_plainly()
    settings = read_settings(data=data, host=host, port=port, demo=demo)
    process = Process(_ready(open_hub(settings)), [*roles()], web=True)
    settle()
    process.start()
    print(f"The hub is at {process.url}", flush=True)
    if not settings.demo:
        print("Nobody can sign in yet: no sign-in is connected. For a demonstration set MASH_DEMO=true.", flush=True)
    raise typer.Exit(process.wait())


def run(
    role: Annotated[str, typer.Argument(help="web, intake, relay, views, watch, or a consumer: thresholds, silence.")],
    data: Data = None,
) -> None:
    """Run one role in this process until it is told to stop (SIGTERM or Ctrl-C)."""
    log_plainly()
    known = roles()
    if role != "web" and role not in known:
        raise typer.BadParameter(f"choose one of web, {', '.join(known)}", param_hint="ROLE")
    hub = _ready(open_hub(read_settings(data=data)))
    settle()
    if role == "web":
        process = Process(hub, [], web=True)
        process.start()
        print(f"The pages are at {process.url}", flush=True)
        raise typer.Exit(process.wait())
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    print(f"{role} is running", flush=True)
    try:
        ended_well = guarded(role, known[role], hub, stop)
    finally:
        hub.close()
    raise typer.Exit(0 if ended_well else 1)


def _ready(hub: Hub) -> Hub:
    """The hub, if it may run so: without its papers a partnership runs as a demonstration alone. Raises SettingsWrong."""
    missing = () if hub.settings.demo else missing_papers(hub.edition.agreed, london_day(hub.clock.now()))
    if missing:
        hub.close()
        raise SettingsWrong(
            "this partnership may run as a demonstration alone (MASH_DEMO=true), until these are there and approved in its "
            f"protocol.toml, and an edition with them is published: {'; '.join(missing)}"
        )
    return hub


def log_plainly() -> None:
    """Log lines with time, place and ids; they hold no personal data, and a test looks."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("kafka").setLevel(logging.ERROR)
