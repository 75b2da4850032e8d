"""mash doctor says whether this hub is well and, if not, what to do."""

import shutil
import sys
from typing import Annotated

import typer

from hub.bootstrap import open_hub
from hub.cli.output import AsJson, Data, say_json
from hub.config import read_settings
from hub.domain.errors import HubError


def add(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("doctor", epilog="Example: mash doctor --json")(doctor)


def doctor(
    data: Data = None,
    as_json: AsJson = False,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out the reading of the whole record.")] = False,
) -> None:
    """Check settings, files, transports, that the record opens, and that views match it. Exit 1 when something is wrong."""
    checks: dict[str, str] = {"python": "ok" if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed"}
    try:
        settings = read_settings(data=data)
        checks["settings"] = "ok"
        free = shutil.disk_usage(settings.data if settings.data.exists() else ".").free // 2**20
        enough = 500  # MiB
        checks["disk"] = "ok" if free > enough else f"{free} MiB free in {settings.data}: make room"
        hub = open_hub(settings)
        try:
            checks |= hub.ready()
            if not quick:
                checks["facts"] = hub.read_everything()
            if all(answer == "ok" for answer in checks.values()):
                hub.views.catch_up("record", hub.record)  # perhaps no role is running that does: look at what is so now
                checks |= hub.ready()
            if many := hub.crowded():  # a number alone, about nobody
                told = f"of {many} persons more others may be the same than are put before a person: mash tasks"
                checks["matches"] = told
        finally:
            hub.close()
    except HubError as wrong:
        checks["hub"] = str(wrong)
    well = all(answer == "ok" for answer in checks.values())
    if as_json:
        say_json({"well": well, "checks": checks})
    else:
        for name, answer in checks.items():
            print(f"{name:12} {answer}")
    if not well:
        raise typer.Exit(1)
