"""mash schemas: the published contract, and the gate that keeps old and new able to read each other."""

from pathlib import Path
from typing import Annotated

import typer

import schemas
from hub.adapters.avro import fingerprint_of
from hub.adapters.avro_gate import entry_of, every_schema, leaves, problems
from hub.cli.output import AsJson, say_json, say_table
from hub.domain.errors import NotFound, Refused

app = typer.Typer(help="The published schemas, and whether they may be changed so.", no_args_is_help=True)
Folder = Annotated[
    Path | None, typer.Option("--folder", help="This tree instead of the installed one.", exists=True, file_okay=False)
]


@app.command("check", epilog="Example: mash schemas check")
def check(folder: Folder = None, as_json: AsJson = False) -> None:
    """Whether every published file is as it was published, every leaf classified, and all versions read each other."""
    found = problems(folder or schemas.ROOT)
    if as_json:
        say_json({"ok": not found, "problems": found})
    elif not found:
        print(f"{len(schemas.events(folder or schemas.ROOT))} events: all published, classified and compatible")
    for problem in () if as_json else found:
        print(f"{problem.event} v{problem.version}: {problem.rule}: {problem.words}")
    raise typer.Exit(1 if found else 0)


@app.command("publish", epilog="Example: mash schemas publish --folder schemas")
def publish(folder: Folder = None, as_json: AsJson = False) -> None:
    """Put every new version on the list of what was published; refuses while anything else is wrong."""
    root = folder or Path(schemas.__file__).parent
    wrong = [problem for problem in problems(root) if problem.rule != "unpublished"]
    if wrong:
        raise Refused(f"{wrong[0].event} v{wrong[0].version}: {wrong[0].words}; see `mash schemas check`")
    listed = {(entry["event"], entry["version"]) for entry in schemas.load_published(root)}
    new = [one for one in every_schema(root) if one[:2] not in listed]
    with (root / "fingerprints.toml").open("a", encoding="utf-8") as file:
        file.writelines("\n" + entry_of(*one) for one in new)
    if as_json:
        say_json({"published": [{"event": event, "version": version} for event, version, _ in new]})
    else:
        print("\n".join(f"{event} v{version} is published" for event, version, _ in new) or "nothing is new")


@app.command("list", epilog="Example: mash schemas list --json")
def list_all(as_json: AsJson = False) -> None:
    """Every event and version, with the ce_dataschema under which it is sent."""
    rows = [
        {"event": event, "version": version, "dataschema": fingerprint_of(schema), "doc": schema["doc"]}
        for event, version, schema in every_schema(schemas.ROOT)
    ]
    if as_json:
        say_json({"schemas": rows})
    else:
        columns = ("event", "version", "dataschema", "doc")
        say_table("Schemas", columns, ([row[name] for name in columns] for row in rows), "There is no schema.")


@app.command("show", epilog="Example: mash schemas show concern-raised")
def show(
    event: Annotated[str, typer.Argument(help="As in `mash schemas list`: concern-raised.")], as_json: AsJson = False
) -> None:
    """The newest schema of an event: every value with its class, tier and subject."""
    versions = schemas.events().get(event)
    if not versions:
        raise NotFound(f"no event is called {event}: see `mash schemas list`")
    schema = schemas.schema(event, versions[-1])
    if as_json:
        say_json({"event": event, "version": versions[-1], "dataschema": fingerprint_of(schema), "schema": schema})
        return
    rows = [
        (leaf.path, leaf.field["mash:cat"], leaf.field["mash:tier"], leaf.field["mash:subject"])
        for leaf in leaves(schema)
    ]
    say_table(f"{event} v{versions[-1]}", ("value", "class", "tier", "about"), rows, "It has no values.")
