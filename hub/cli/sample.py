"""mash sample: list records for a practice audit. Only what is listed opens to the auditor, and only within the dates."""

from typing import Annotated

import typer

from hub.cli.output import AsJson, Data, hub, say_json

app = typer.Typer(help="Samples of records for practice audits.", no_args_is_help=True)


@app.command(
    "add", epilog="Example: mash sample add --auditor staff-68e2c9 --days 14 3f2a91bc-0000-4000-8000-000000000000"
)
def add(
    children: Annotated[list[str], typer.Argument(help="Random ids of the children, as pages show them.")],
    auditor: Annotated[list[str], typer.Option(help="Staff id of an auditor; may be given more than once.")],
    days: Annotated[int, typer.Option(help="How long the sample is open.")] = 14,
    purpose: Annotated[str, typer.Option(help="A code: themed_audit, case_review.")] = "themed_audit",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Open these records to these auditors for some days; each look is in the ledger like any other."""
    with hub(data) as opened:
        ident = opened.list_sample(children, auditor, days, purpose)
    if as_json:
        say_json({"sample": ident, "children": len(children)})
    else:
        print(f"sample {ident}: {len(children)} records, open for {days} days")


@app.command("list", epilog="Example: mash sample list --json")
def list_(data: Data = None, as_json: AsJson = False) -> None:
    """The samples that were listed: how many records, for whom, from and until."""
    with hub(data) as opened:
        rows = [
            {
                "children": len(one.children), "auditors": list(one.auditors), "start": one.start.isoformat(),
                "end": one.end.isoformat(), "purpose": one.purpose,
            }
            for one in opened.samples()
        ]  # fmt: skip
    if as_json:
        say_json({"samples": rows})
    else:
        for row in rows:
            print(f"{row['purpose']}: {row['children']} records for {row['auditors']}, {row['start']} to {row['end']}")
        if not rows:
            print("No sample is listed.")
