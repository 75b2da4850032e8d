"""mash protocol: what the parties agreed that they may share, and whether one share stands within it."""

from typing import Annotated

import msgspec
import typer

from hub.cli.output import AsJson, Data, hub, say_json, say_table
from hub.domain.sharing import PURPOSES, TIERS
from hub.views.agreed import asked_of, protocol

app = typer.Typer(help="The information-sharing protocol of the edition in force.", no_args_is_help=True)


@app.command("show", epilog="Example: mash protocol show --json")
def show(data: Data = None, as_json: AsJson = False) -> None:
    """The protocol in force: clauses, parties, papers, and what keeps this hub in demonstration."""
    with hub(data) as opened:
        view = protocol(opened.edition, opened.register(), opened.clock.now())
    if as_json:
        say_json(msgspec.to_builtins(view))
        return
    print(f"{view.title} ({view.version}), in edition {view.edition}, {view.valid_from} to {view.valid_until}")
    say_table(
        "Clauses", ("id", "what", "for", "UK GDPR Art 6", "kept"),
        [(c.id, c.words, ", ".join(c.purposes), c.article_6, f"{c.retention_days} days") for c in view.clauses], "None.",
    )  # fmt: skip
    say_table(
        "Parties", ("sector", "power or duty", "signs", "registered"),
        [(p.sector, p.power, p.signatory, ", ".join(p.organisations) or "nobody") for p in view.parties], "None.",
    )  # fmt: skip
    if view.not_party:
        print(f"Registered, and not party: {', '.join(view.not_party)}")
    for line in view.missing:
        print(f"Missing: {line}")
    print("Demonstration only." if view.missing else "Every paper is approved.")


@app.command(
    "check",
    epilog="Example: mash protocol check --owner police --receiver school_a --purpose early_help --category referrer",
)
def check(
    owner: Annotated[str, typer.Option(help="Whose item it is: an organisation's id.")],
    receiver: Annotated[str, typer.Option(help="Who would have it: an organisation's id, or hub.")],
    purpose: Annotated[str, typer.Option(help=f"One of {', '.join(sorted(PURPOSES))}.")],
    category: Annotated[str, typer.Option(help=f"One of {', '.join(TIERS)}.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Whether this share stands within the protocol, and by which clause. Exit code 1 where it stands outside."""
    for given, known, name in ((purpose, PURPOSES, "--purpose"), (category, TIERS, "--category")):
        if given not in known:
            raise typer.BadParameter(f"choose one of {', '.join(sorted(known))}", param_hint=name)
    with hub(data) as opened:
        within, clause, words = asked_of(
            opened.edition, opened.register(), owner, receiver, purpose, category, opened.clock.now()
        )
    if as_json:
        say_json({"within": within, "clause": clause, "words": words})
    else:
        print(f"{'Within' if within else 'Outside'} the protocol, {clause}: {words}")
    raise typer.Exit(0 if within else 1)
