"""What one types: `mash`, one file a noun. Exit codes: 0 fine, 1 found wrong, 2 used wrongly; `--json` for programs."""

import sys
from importlib.metadata import entry_points

import typer

from hub.cli import agency, areas, doctor, identity, index, publish, quarantine, run, sample, schemas, trace
from hub.domain.errors import HubError

app = typer.Typer(
    name="mash",
    help="A multi-agency safeguarding hub: signed concerns in, explained alerts in front of a person.",
    epilog="Try: mash demo · mash up · mash publish --help · mash doctor",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a rich traceback prints local values, and those may be a child's details
    rich_markup_mode=None,
)
run.add(app)
publish.add(app)
trace.add(app)
doctor.add(app)
app.add_typer(agency.app, name="agency")
app.add_typer(areas.app, name="areas")
app.add_typer(index.app, name="index")
app.add_typer(identity.app, name="identity")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(sample.app, name="sample")
app.add_typer(schemas.app, name="schemas")


def main() -> None:
    """Run a command; an error of the hub's own is one line that says what to do, and exit code 1."""
    for point in entry_points(group="mash.commands"):  # synth, demo: installed beside the hub, never imported by it
        point.load()(app)
    try:
        app()
    except HubError as error:
        sys.stderr.write(f"mash: {error}\n")
        sys.exit(1)
