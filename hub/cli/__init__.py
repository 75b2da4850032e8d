"""What one types: `mash`, one file a noun. Exit codes: 0 fine, 1 found wrong, 2 used wrongly; `--json` for programs."""

import sys
from importlib.metadata import entry_points

import typer

from hub.cli import (
    agency,
    alert,
    areas,
    assessment,
    audit,
    challenge,
    chronology,
    consent,
    doctor,
    enquiry,
    exception,
    family_plan,
    help_plan,
    identity,
    identity_review,
    inbox,
    index,
    late,
    lead,
    ledger,
    letter,
    measures,
    meeting,
    offer,
    own_record,
    partnership,
    policy,
    prompt,
    protected,
    protocol,
    publish,
    quarantine,
    release,
    reliance,
    request,
    run,
    sample,
    schemas,
    sent,
    services,
    silence,
    strategy,
    tasks,
    trace,
    transfer,
    what_if,
)
from hub.cli.help_page import Headed
from hub.domain.errors import HubError

app = typer.Typer(
    name="mash",
    cls=Headed,
    help="A multi-agency safeguarding hub: signed concerns in, explained alerts in front of a person.",
    epilog="Try: mash demo · mash demo --once · mash doctor · mash publish --help. Each --help has examples.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a rich traceback prints local values, and those may be a child's details
    rich_markup_mode=None,
)
run.add(app)
publish.add(app)
trace.add(app)
sent.add(app)
tasks.add(app)
what_if.add(app)
reliance.add(app)
chronology.add(app)
doctor.add(app)
app.add_typer(agency.app, name="agency")
app.add_typer(alert.app, name="alert")
app.add_typer(areas.app, name="areas")
app.add_typer(audit.app, name="audit")
app.add_typer(consent.app, name="consent")
app.add_typer(index.app, name="index")
app.add_typer(enquiry.app, name="enquiry")
identity.app.add_typer(own_record.app)  # without a name of its own: they are commands of identity
identity.app.add_typer(identity_review.app)
app.add_typer(identity.app, name="identity")
app.add_typer(protocol.app, name="protocol")
help_plan.app.add_typer(family_plan.app)  # without a name of its own: its commands stand beside those of the level
app.add_typer(help_plan.app, name="help-plan")
app.add_typer(assessment.app, name="assessment")
app.add_typer(late.app, name="late")
app.add_typer(lead.app, name="lead")
app.add_typer(prompt.app, name="prompt")
app.add_typer(challenge.app, name="challenge")
app.add_typer(ledger.app, name="ledger")
app.add_typer(letter.app, name="letter")
app.add_typer(measures.app, name="measures")
app.add_typer(meeting.app, name="meeting")
app.add_typer(offer.app, name="offer")
app.add_typer(partnership.app, name="partnership")
app.add_typer(policy.app, name="policy")
app.add_typer(exception.app, name="exception")
app.add_typer(protected.restrict, name="restrict")
app.add_typer(protected.staff, name="staff")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(request.app, name="request")
app.add_typer(release.app, name="release")
app.add_typer(services.app, name="services")
app.add_typer(silence.app, name="silence")
app.add_typer(inbox.app, name="inbox")
app.add_typer(sample.app, name="sample")
app.add_typer(transfer.app, name="transfer")
app.add_typer(strategy.app, name="strategy")
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
