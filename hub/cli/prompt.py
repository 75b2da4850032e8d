"""mash prompt: what the front door asks of a setting instead of showing it an alert. Ids and codes."""

from typing import Annotated

import typer

from hub.cli.output import AsJson, By, Data, hub, say_done, say_json, say_table

app = typer.Typer(
    help="Prompts: send one to a setting that works with the child, say that one has it, take it back.",
    epilog="What may be sent stands in the partnership's together.toml.",
    no_args_is_help=True,
)
Child = Annotated[str, typer.Argument(help="A child's id.")]
Prompt = Annotated[str, typer.Argument(help="A prompt's id, from mash prompt list or mine.")]


@app.command("list", epilog="Example: mash prompt list 7b1f03aa-… --by staff-c17b3d --json")
def list_(child: Child, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Prompts about a child, with the settings and codes that one chooses from."""
    with hub(data) as opened:
        view = opened.prompting.page(opened.asker(by), child)
    if as_json:
        say_json(view)
        return
    rows = [(one.prompt, one.words, f"{one.organisation}/{one.setting}", one.state) for one in view.rows]
    say_table("Prompts", ("prompt", "what", "setting", "state"), rows, "None was sent.")
    say_table("Settings that work with the child", ("setting", ""), [(s.code, s.label) for s in view.settings], "None.")
    say_table("What may be asked", ("code", ""), [(p.code, p.label) for p in view.prompts], "Nothing.")


@app.command(
    "send", epilog="Example: mash prompt send 7b1f03aa-… --to school_a/north --prompt see_child --by staff-c17b3d"
)
def send(
    child: Child, to: Annotated[str, typer.Option(help="organisation/setting, of those that work with the child.")],
    prompt: Annotated[str, typer.Option(help="What they are asked to do: a code of mash prompt list.")], by: By,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Send one."""
    with hub(data) as opened:
        made = opened.prompting.send(opened.asker(by), child, to, prompt)
    say_done(as_json, f"Sent: {made}", prompt=made)


@app.command("mine", epilog="Example: mash prompt mine --by staff-f2907a")
def mine(by: By, data: Data = None, as_json: AsJson = False) -> None:
    """What your setting is asked."""
    with hub(data) as opened:
        view = opened.prompting.mine(opened.asker(by))
    if as_json:
        say_json(view.rows)
        return
    rows = [(one.prompt, one.child, one.words, one.state, f"{one.due:%d %B %H:%M}") for one in view.rows]
    say_table("Prompts", ("prompt", "child", "what", "state", "by (UTC)"), rows, "Nothing.")


@app.command("have", epilog="Example: mash prompt have 3f2a91bc-… --by staff-f2907a")
def have(prompt: Prompt, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Say that your setting has it."""
    with hub(data) as opened:
        opened.prompting.acknowledge(opened.asker(by), prompt)
    say_done(as_json, "You have it.", prompt=prompt, state="acknowledged")


@app.command("take-back", epilog="Example: mash prompt take-back 3f2a91bc-… --by staff-c17b3d")
def take_back(prompt: Prompt, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """It is asked no more."""
    with hub(data) as opened:
        opened.prompting.take_back(opened.asker(by), prompt)
    say_done(as_json, "Taken back.", prompt=prompt, state="taken_back")
