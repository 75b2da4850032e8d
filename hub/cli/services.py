"""mash services: the directory of services, with how many places are free, as declared on a day. It is about nobody."""

from typing import Annotated

import typer

from hub.cli.output import AsJson, Data, hub, say_done, say_json, say_table
from hub.domain.service import Declare
from hub.views.models.offer import ServiceRow

app = typer.Typer(
    help="The directory of services: for whom, how many places are free, how long one waits.",
    epilog="What is full is listed with its wait; what nobody has declared for long says so.",
    no_args_is_help=True,
)
By = Annotated[str, typer.Option(help="Who you are: the staff id of a demo account.")]
Code = Annotated[str, typer.Argument(help="A service's code, from mash services list.")]


@app.command("list", epilog="Example: mash services list --age 4 --level 2 --locality North --by staff-4fa690 --json")
def list_(
    by: By,
    age: Annotated[int | None, typer.Option(help="For a child of this age, in years.", min=0, max=99)] = None,
    level: Annotated[int | None, typer.Option(help="For this level.", min=1)] = None,
    locality: Annotated[str, typer.Option(help="For this place.")] = "",
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """The services that there are, or what fits."""
    with hub(data) as opened:
        view = opened.directory.page(opened.asker(by), age=age, level=level, locality=locality)
    if as_json:
        say_json(view.rows)
        return
    rows = [
        (one.service, one.name, one.organisation_name, f"{one.from_age}-{one.upto_age}", one.places or "FULL",
         f"{one.waiting_days} days", f"{one.declared_on:%d %B %Y}{' OLD' * one.stale}") for one in view.rows
    ]  # fmt: skip
    columns = ("service", "name", "organisation", "ages", "places", "wait", "declared")
    say_table("Services", columns, rows, "No service of the directory is for that.")


@app.command("show", epilog="Example: mash services show parenting-group --by staff-4fa690")
def show(service: Code, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """One service as it stands."""
    with hub(data) as opened:
        row = opened.directory.one(opened.asker(by), service)
    _say(row, as_json=as_json)


@app.command("declare", epilog="Example: mash services declare parenting-group --places 4 --wait 14 --by staff-4fa690")
def declare(
    service: Code, by: By,
    places: Annotated[int | None, typer.Option(help="How many places are free.")] = None,
    wait: Annotated[int | None, typer.Option(help="How many days one waits.")] = None,
    organisation: Annotated[str, typer.Option(help="Of a new service: who offers it.")] = "",
    name: Annotated[str | None, typer.Option(help="Its name.")] = None,
    what: Annotated[str | None, typer.Option(help="What it is, in one line.")] = None,
    from_age: Annotated[int | None, typer.Option(help="For children from this age.")] = None,
    upto_age: Annotated[int | None, typer.Option(help="Up to this age.")] = None,
    level: Annotated[list[int] | None, typer.Option(help="For this level; may be repeated.")] = None,
    locality: Annotated[list[str] | None, typer.Option(help="For this place; may be repeated.")] = None,
    close: Annotated[bool, typer.Option("--close", help="It is offered no more.")] = False,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say how a service of your organisation stands, or declare a new one; what is left out stays as it was."""
    wish = Declare(
        service=service, organisation=organisation, name=name, what=what, from_age=from_age, upto_age=upto_age,
        levels=tuple(level) if level else None, localities=tuple(locality) if locality else None, places=places,
        waiting_days=wait, open=not close,
    )  # fmt: skip
    with hub(data) as opened:
        row = opened.directory.declare(opened.asker(by), wish)
    say_done(as_json, "Declared.", service=row.service, places=row.places, waiting_days=row.waiting_days, open=row.open)


def _say(row: ServiceRow, *, as_json: bool) -> None:
    if as_json:
        say_json(row)
        return
    places = f"{row.places} places free" if row.places else "full"
    print(
        f"{row.name} ({row.organisation_name}), ages {row.from_age} to {row.upto_age}: {places}, {row.waiting_days} days"
    )
    print(f"declared {row.declared_on:%d %B %Y} by {row.declared_by}{', which is long ago' * row.stale}")
