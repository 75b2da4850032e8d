"""mash agency: the register of organisations, as facts."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import AsJson, Data, hub, say_json, say_table
from hub.domain.agency import topic_of
from hub.domain.errors import Refused
from hub.domain.feed import COUNTS

app = typer.Typer(help="Organisations that may publish, and their keys.", no_args_is_help=True)
keys = typer.Typer(help="Keys that sign for an organisation.", no_args_is_help=True)
app.add_typer(keys, name="key")
feed = typer.Typer(help="How often an organisation, or a setting of it, says it is heard.", no_args_is_help=True)
app.add_typer(feed, name="feed")

SECTORS = ("police", "health", "education", "social_care", "housing", "fire", "probation", "voluntary", "partnership")
Organisation = Annotated[str, typer.Argument(help="Id: lower-case letters, digits, underscores.")]


@app.command("add", epilog="Example: mash agency add housing --name 'Housing group' --sector housing")
def add(
    organisation: Organisation,
    name: Annotated[str, typer.Option(help="Its name, as people say it.")],
    sector: Annotated[str, typer.Option(help=f"One of {', '.join(SECTORS)}.")],
    party: Annotated[bool, typer.Option(help="Has signed the information-sharing protocol.")] = True,
    listed_body: Annotated[bool, typer.Option(help="Listed body under CA 2004 s16LA (to be checked).")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Register an organisation and make its topic."""
    if sector not in SECTORS:
        raise typer.BadParameter(f"choose one of {', '.join(SECTORS)}", param_hint="--sector")
    with hub(data) as opened:
        changed = opened.add_organisation(organisation, name, sector, party=party, listed_body=listed_body)
    answer = {"organisation": organisation, "topic": topic_of(organisation), "changed": changed}
    if as_json:
        say_json(answer)
    else:
        print(f"{organisation} is registered" if changed else f"{organisation} was registered already, just so")


@keys.command("add", epilog="Example: mash agency key add housing --out housing.key")
def key_add(
    organisation: Organisation,
    out: Annotated[Path, typer.Option(help="Where the private half is written (mode 0600; never on the record).")],
    sealing: Annotated[
        bool, typer.Option("--sealing", help="A key that opens what the hub tells them, not one that signs.")
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a pair, register its public half and write the private half to a file that must not exist yet."""
    if out.exists():
        raise Refused(f"{out} exists: a key is never written over; name another file", "--out")
    with hub(data) as opened:
        key_id = opened.add_key(organisation, out, sealing_key=sealing)
    if as_json:
        say_json({"organisation": organisation, "key_id": key_id, "private": str(out), "sealing": sealing})
    else:
        does = "opens what it is told" if sealing else "signs"
        print(f"{organisation} {does} with key {key_id}; the private half is in {out}")


@keys.command("revoke", epilog="Example: mash agency key revoke housing 1f2e3d4c5b6a7988 --reason laptop_lost")
def key_revoke(
    organisation: Organisation,
    key_id: Annotated[str, typer.Argument(help="From mash agency list.")],
    reason: Annotated[str, typer.Option(help="A code: laptop_lost, staff_left, rotated, compromised.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """From now on this key signs no longer; what it signed before stays."""
    with hub(data) as opened:
        changed = opened.revoke_key(organisation, key_id, reason)
    if as_json:
        say_json({"organisation": organisation, "key_id": key_id, "changed": changed})
    else:
        print(f"key {key_id} is revoked" if changed else f"key {key_id} was revoked already")


@feed.command(
    "declare", epilog="Example: mash agency feed declare school_a --setting oak_primary --days 2 --counts school"
)
def feed_declare(
    organisation: Organisation,
    days: Annotated[int, typer.Option(help="At least one message within so many open days; 0: listen no longer.")],
    counts: Annotated[str, typer.Option(help=f"Which days are open: {', '.join(COUNTS)}.")],
    setting: Annotated[str, typer.Option(help="One setting of it; without, the organisation as a whole.")] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Say how often it is heard: beyond that it is silent, and the front door is told. It replaces what the hub learned."""
    if counts not in COUNTS:
        raise Refused(f"choose which days are open: {', '.join(COUNTS)}", "counts")
    with hub(data) as opened:
        changed = opened.declare_feed(organisation, setting, days, counts)
    if as_json:
        say_json({"organisation": organisation, "setting": setting, "days": days, "counts": counts, "changed": changed})
    else:
        print("declared" if changed else "declared already, just so")


@app.command("client", epilog="Example: mash agency client housing")
def client(organisation: Organisation, data: Data = None, as_json: AsJson = False) -> None:
    """Make a credential for POST /api/v1/concerns. The secret is shown once and never kept."""
    with hub(data) as opened:
        name, secret = opened.add_client(organisation)
    if as_json:
        say_json({"organisation": organisation, "client": name, "secret": secret})
    else:
        print(f"client {name}\nsecret {secret}\nKeep the secret now: it is not shown again.")


@app.command(
    "client-revoke", epilog="Example: mash agency client-revoke housing client-1f2e3d4c5b6a --reason laptop_lost"
)
def client_revoke(
    organisation: Organisation,
    client: Annotated[str, typer.Argument(help="From mash agency list.")],
    reason: Annotated[str, typer.Option(help="A code: laptop_lost, staff_left, rotated, compromised.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """From now on this credential opens nothing."""
    with hub(data) as opened:
        changed = opened.revoke_client(organisation, client, reason)
    if as_json:
        say_json({"organisation": organisation, "client": client, "changed": changed})
    else:
        print(f"{client} is revoked" if changed else f"{client} opens nothing: there is no such credential now")


@app.command("hub-key", epilog="Example: mash agency hub-key --json > hub-key.json")
def hub_key(data: Data = None, as_json: AsJson = False) -> None:
    """The hub's public key of this month: what organisations seal their messages to. Give it out; it is no secret."""
    with hub(data) as opened:
        key = opened.hub_key()
    if as_json:
        say_json(key)
    else:
        print(f"keyid {key['keyid']}\npublic {key['public']}")


@app.command("gaps", epilog="Example: mash agency gaps --json")
def gaps(data: Data = None, as_json: AsJson = False) -> None:
    """Numbers that organisations sent and the hub never got: ask them to send those messages again. Exit 1 if any."""
    with hub(data) as opened:
        missing = opened.missing()
    rows = [
        {"organisation": g.organisation, "first": g.first, "last": g.last, "known_at": g.known_at.isoformat()}
        for g in missing
    ]
    if as_json:
        say_json({"gaps": rows})
    else:
        shown = ((r["organisation"], r["first"], r["last"], r["known_at"]) for r in rows)
        say_table("Missing numbers", ("organisation", "first", "last", "noticed"), shown, "No number is missing.")
    if rows:
        raise typer.Exit(1)


@app.command("list", epilog="Example: mash agency list --json")
def list_(data: Data = None, as_json: AsJson = False) -> None:
    """The register as it stands: organisations, keys, and which are revoked."""
    with hub(data) as opened:
        register = opened.register()
    rows = [
        {
            "organisation": o.organisation, "name": o.name, "sector": o.sector, "party": o.party,
            "keys": [
                {"key_id": k.key_id, "revoked": k.revoked.isoformat() if k.revoked else None}
                for k in register.keys.values() if k.organisation == o.organisation
            ],
            "sealing": [k.key_id for k in register.sealing.values() if k.organisation == o.organisation],
            "clients": [c.client for c in register.clients.values() if c.organisation == o.organisation],
        }
        for o in sorted(register.organisations.values(), key=lambda o: o.organisation)
    ]  # fmt: skip
    if as_json:
        say_json({"organisations": rows})
        return
    keys_of = {
        o: "\n".join(
            k.key_id + (" revoked" if k.revoked else "") for k in register.keys.values() if k.organisation == o
        )
        for o in register.organisations
    }
    shown = (
        (r["organisation"], r["name"], r["sector"], "yes" if r["party"] else "no", keys_of[str(r["organisation"])])
        for r in rows
    )
    say_table("Organisations", ("id", "name", "sector", "party", "keys"), shown, "No organisation is registered yet.")
