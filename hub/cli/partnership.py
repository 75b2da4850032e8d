"""mash partnership: partnerships as data. Check a folder, show every value with its source, compare two, begin a new one."""

from contextlib import ExitStack
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.output import AsJson, Data, hub, say_json, say_table
from hub.config import Settings, read_settings
from hub.domain.errors import HubError, Refused
from hub.domain.used import edited, rules_of
from hub.views.partnership import compared, folder_parts, partnership_view
from hub.views.partnership_sections import SHOWN
from policies.partnerships import ROOT, BadPartnership, faults, load_partnership, partnerships, used_otherwise
from policies.partnerships.blank import begin

app = typer.Typer(
    help="Partnerships as data: levels, rules, clocks, words, measures, each value with its source.",
    epilog="Files are the draft of the next edition; the hub judges by the edition on record. docs/partnerships.md tells more.",
    no_args_is_help=True,
)
Folder = Annotated[
    Path | None,
    typer.Option(help="Folder that holds the partnerships' folders (else MASH_PARTNERSHIPS, else those shipped)."),
]
SectionOf = Annotated[str, typer.Option(help=f"One section alone: {', '.join(SHOWN)}.")]
Name = Annotated[str, typer.Argument(help="A partnership's folder; without it, the one that MASH_PARTNERSHIP names.")]


def _root(folder: Path | None) -> Traversable:
    given = folder or read_settings().partnerships
    if given is not None and not given.is_dir():
        raise Refused(f"there is no folder {given}: name the one in which the partnerships' folders lie", "folder")
    return given or ROOT


@app.command("check", epilog="Example: mash partnership check calderdale durham")
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Folders to check; without any, all that there are.")] = None,
    folder: Folder = None, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Check folders whole: every fault with its file, its line and what to do. Exit 1 where there is one.

    Where a hub's record is there (--data), rules that an edition of it judged by may not read otherwise.
    """
    root, settings = _root(folder), read_settings(data=data)
    found: dict[str, list[BadPartnership]] = {}
    held = list(names or partnerships(root))
    if not held:
        raise Refused(f"there is no partnership in {root}: mash partnership new NAME begins one", "folder")
    used = _used(settings, named=data is not None)
    asked = used is not None and settings.partnership in held
    for name in held:
        found[name] = faults(name, root=root)
        if not found[name] and used is not None and name == settings.partnership:
            here = rules_of(load_partnership(name, root=root))
            found[name] = used_otherwise(name, edited(used, here), root=root)
    if as_json:
        rows = [
            {"partnership": name, "file": one.file, "line": one.line, "problem": str(one)}
            for name, wrong in found.items()
            for one in wrong
        ]
        say_json({"checked": held, "against_a_record": asked, "problems": rows})
    else:
        for wrong in found.values():
            for one in wrong:
                print(one)
        sound = [name for name, wrong in found.items() if not wrong]
        print(f"{len(sound)} of {len(held)} sound{': ' if sound else ''}{', '.join(sound)}.")
        if not asked:
            print("No record was asked whether a used rule was edited: name a hub's folder with --data.")
    if any(found.values()):
        raise typer.Exit(1)


def _used(settings: Settings, *, named: bool) -> dict[str, dict[str, Any]] | None:
    """The rules that editions on the hub's record judged by; None where no hub of this partnership lies there.

    Raises HubError where the folder was `named` and holds none.
    """
    if not (settings.data / "keys").is_dir():
        if named:
            raise Refused(f"no hub lies in {settings.data}: name its folder, or leave --data out", "data")
        return None
    try:
        with hub(str(settings.data)) as opened:
            return opened.governing.govern().used_rules()
    except HubError as why:
        if named:
            raise
        typer.echo(f"The hub in {settings.data} was not asked: {why}", err=True)
        return None


@app.command("show", epilog="Example: mash partnership show wakefield --section levels")
def show(
    name: Name = "", section: SectionOf = "",
    in_force: Annotated[bool, typer.Option("--in-force", help="As the edition in force says, of the hub at --data.")] = False,
    folder: Folder = None, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show a partnership, or one section of it: each value, its source, and how it was chosen where the source is silent."""
    if in_force and name:
        raise typer.BadParameter(
            "the edition in force is of the hub's own partnership: leave NAME out", param_hint="NAME"
        )
    with ExitStack() as opened:
        if in_force:
            edition = opened.enter_context(hub(data)).edition
            view = partnership_view(edition.parts, section, edition.id)
        else:
            view = partnership_view(folder_parts(name or read_settings().partnership, _root(folder)), section)
    if as_json:
        say_json(view)
        return
    print(f"{view.title}: {f'edition {view.edition}' if view.edition else 'draft'}, from {view.source}")
    for one in view.sections:
        rows = [
            (each.subject, each.says, f"{each.source}{f' | {each.chosen}' if each.chosen else ''}")
            for each in one.values
        ]
        say_table(
            f"{one.title} ({one.id})",
            ("what", "here", "where it comes from"),
            rows,
            f"{one.title}: {one.silent or 'none'}",
        )
    for paper in view.papers:
        print(f"Paper: {paper.title}, {paper.date}{f', lines of {paper.text}' if paper.text else ''}")
    if view.not_stated:
        print(f"{view.not_stated} values are not stated in the source; beside each stands how it was chosen.")
    else:
        print("Every value here names its passage; what was chosen beside it is said after the bar.")


@app.command("compare", epilog="Example: mash partnership compare wakefield durham --section levels")
def compare(
    here: Annotated[str, typer.Argument(help="A partnership's folder.")],
    there: Annotated[str, typer.Argument(help="Another's.")],
    section: SectionOf = "",
    everything: Annotated[bool, typer.Option("--all", help="What is the same too.")] = False,
    folder: Folder = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Put two partnerships beside each other. Levels are paired by what they mean, measures by how they are worked out."""
    root = _root(folder)
    found = compared(folder_parts(here, root), folder_parts(there, root), section, everything=everything)
    if as_json:
        say_json(found)
        return
    for one in found.sections:
        rows = [(pair.subject, pair.here or "none", pair.there or "none") for pair in one.pairs]
        say_table(one.title, ("what", found.here, found.there), rows, "")
    print(
        f"{found.different} things differ, {found.same} are the same{'' if everything else ' and left out: --all shows them'}."
    )


@app.command("new", epilog="Example: mash partnership new anyshire --folder ./partnerships")
def new(
    name: Annotated[str, typer.Argument(help="Its folder's name: small letters, digits and single hyphens.")],
    folder: Annotated[Path, typer.Option(help="Folder in which its folder is made.")],
    title: Annotated[str, typer.Option(help="What it is called.")] = "",
    as_json: AsJson = False,
) -> None:
    """Begin a partnership: a whole folder in which every value is not stated yet. Nothing that is there is overwritten.

    Then fill what `mash partnership check NAME --folder FOLDER` names, line by line.
    """
    made = begin(name, folder, title)
    left = faults(name, root=folder)
    if as_json:
        say_json({"made": [path.name for path in made], "to_fill": len(left)})
        return
    print(
        f"{len(made)} files in {folder / name}. {len(left)} places to fill: mash partnership check {name} --folder {folder}"
    )
