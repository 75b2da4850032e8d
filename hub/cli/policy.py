"""mash policy: what the hub judges by. Check a draft, try its scenario table, tick, compare, sign, publish; then and now."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hub.adapters.cedar import CedarRulings
from hub.adapters.clock import SystemClock
from hub.cli.output import AsJson, Data, hub, say_json, say_table
from hub.config import read_settings
from hub.domain.errors import Refused
from hub.domain.moments import london_day
from hub.views.drafting import Ready, check, named, over_the_space, table
from hub.views.governing import comparison
from hub.views.models.policies import Comparison, DraftState, EditionRow, PolicyRow
from policies.sharing import BadSet

app = typer.Typer(
    help="The policies and editions that the hub judges by.",
    epilog="An edition on record is judged by; files are the draft of the next one. docs/policies.md tells the whole way.",
    no_args_is_help=True,
)
Folder = Annotated[
    Path | None,
    typer.Option(
        help="Folder with a draft of the sharing policies (else MASH_SHARING_DRAFT, else the one that comes with it)."
    ),
]
By = Annotated[str, typer.Option(help="Who you are: the staff id of a demo account with the role.")]
From = Annotated[
    str,
    typer.Option("--from", help="Effective from: a moment with its time zone, 2027-01-04T09:00+00:00. Without: now."),
]
Hash = Annotated[
    str, typer.Option("--hash", help="The hash of the draft that you read (its beginning will do): another is refused.")
]


def engine(policies: str, schema: str) -> Ready:
    """A set that answers; an error over it is told, not hidden."""
    return CedarRulings(policies, schema, alarm=lambda said: typer.echo(f"alarm: {said}", err=True))


def _folder(given: Path | None) -> Path | None:
    return given or read_settings().sharing_draft


@app.command("check", epilog="Example: mash policy check --folder policies/sharing")
def check_(folder: Folder = None, as_json: AsJson = False) -> None:
    """Does the draft validate: policies, schema, annotations, commencement. Exit 1 names policy, file, line and mend."""
    try:
        found = check(engine, london_day(SystemClock().now()), _folder(folder))
    except BadSet as wrong:
        if not as_json:
            raise
        say_json({"valid": False, "problem": str(wrong)})
        raise typer.Exit(1) from None
    duty = "duty_to_share" in found.drafted.parts
    if as_json:
        say_json({"valid": True, "policies": len(found.rows), "parts": found.drafted.parts, "duty_to_share": duty})
        return
    print(f"{len(found.rows)} policies in {len(found.drafted.files)} parts validate.")
    print(
        f"The duty to share (CA 2004 s16LA) is {'in force' if duty else 'not in force: commencement.toml holds no such day'}."
    )


@app.command("test", epilog="Example: mash policy test --folder policies/sharing --json")
def scenario_table(
    folder: Folder = None, every: Annotated[bool, typer.Option("--all", help="Rows that hold too.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Ask every row of the scenario table, without and with the duty to share. Exit 1 where one does not hold."""
    place = _folder(folder)
    found = table(check(engine, london_day(SystemClock().now()), place), place)
    failing = [one for one in found if not one.holds]
    if as_json:
        rows = [
            {
                "case": one.id, "file": one.file, "who": one.who, "what": one.what, "why": one.why, "duty": one.duty,
                "expected": one.expected, "found": one.found, "holds": one.holds,
            }
            for one in found
        ]  # fmt: skip
        say_json({"rows": rows, "asked": len(found), "failing": len(failing)})
    else:
        shown = found if every else failing
        rows_ = [
            (one.id, one.file, one.duty, one.who, one.what, one.expected, one.found, "" if one.holds else "DIFFERS")
            for one in shown
        ]
        columns = ("case", "file", "duty", "who", "what", "expected", "found", "")
        say_table(f"Scenario table ({len(found)} asked, {len(failing)} differ)", columns, rows_,
                  f"Every row holds: {len(found)} asked. --all shows them.")  # fmt: skip
    if failing:
        raise typer.Exit(1)


@app.command("register", epilog="Example: mash policy register --json")
def register(data: Data = None, as_json: AsJson = False) -> None:
    """Every policy of the draft with its law, unchecked until a named person has ticked exactly this text."""
    with hub(data) as opened:
        rows = opened.governing.register()
        draft = opened.governing.draft()
    if draft.problem and not rows:
        raise Refused(draft.problem, "draft")
    if as_json:
        say_json({"policies": [_plain(row) for row in rows], "unchecked": draft.unchecked, "problem": draft.problem})
        return
    shown = [(r.id, r.effect, r.title, r.law, r.owner, r.part, ", ".join(r.checked_by) or "unchecked") for r in rows]
    say_table("Register", ("id", "", "title", "law", "owner", "part", "checked by"), shown, "There is no policy.")
    if draft.problem:
        print(f"The draft cannot be published: {draft.problem}")
    print(f"{draft.unchecked} unchecked. Tick what you have read: mash policy tick R04 --by <staff id>")


def _plain(row: PolicyRow) -> dict[str, object]:
    return {**{name: getattr(row, name) for name in row.__struct_fields__ if name != "mine"}, "state": row.state}


@app.command("draft", epilog="Example: mash policy draft")
def draft(data: Data = None, as_json: AsJson = False) -> None:
    """The draft as it stands: its hash, whether it could be published, who has signed it and who must."""
    with hub(data) as opened:
        found = opened.governing.draft()
    if as_json:
        say_json(found)
    else:
        _say_draft(found)


def _say_draft(found: DraftState) -> None:
    print(f"Draft {found.content_hash[:12]}, as of {found.on:%-d %B %Y}")
    if found.same_as:
        print(f"Nothing in it differs from edition {found.same_as}.")
    print(
        f"It has a fault: {found.problem}"
        if found.problem
        else f"It validates, and {found.rows} rows of its table hold."
    )
    for one in found.signatures:
        print(f"Signed by {one.by}, {one.role}, {one.at:%-d %B %Y %H:%M} UTC, key {one.keyid}")
    print(f"Still to be signed by: {', '.join(found.lacking) or 'nobody'}. {found.unchecked} policies are unchecked.")
    for report in found.what_ifs:
        print(f"Its threshold rules were tried on history: report {report}")


@app.command("tick", epilog="Example: mash policy tick R04 N05 --by staff-05b8f3")
def tick(
    policies: Annotated[list[str], typer.Argument(help="Ids of policies whose exact text, law included, you have read.")],
    by: By, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say of each policy that you have read exactly this text and that it stands. A changed text is unchecked again."""
    _tick(policies, by, data, as_json=as_json, take_back=False)


@app.command("untick", epilog="Example: mash policy untick R04 --by staff-05b8f3")
def untick(
    policies: Annotated[list[str], typer.Argument(help="Ids of policies that you ticked.")], by: By, data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Take your own ticks back."""
    _tick(policies, by, data, as_json=as_json, take_back=True)


def _tick(policies: list[str], by: str, data: str | None, *, as_json: bool, take_back: bool) -> None:
    with hub(data) as opened:
        who, governing = opened.asker(by), opened.governing
        known = {row.id for row in governing.register()}
        if strange := [one for one in policies if one not in known]:  # nothing is ticked where one of them is not there
            raise Refused(f"the draft has no policy {strange[0]!r}: mash policy register lists them", "policy")
        for policy in policies:
            governing.tick(who, policy, take_back=take_back)
        left = governing.draft().unchecked
    if as_json:
        say_json({"ticked" if not take_back else "unticked": policies, "by": by, "unchecked": left})
    else:
        print(f"{'Taken back' if take_back else 'Ticked'}: {', '.join(policies)}. {left} policies are unchecked.")


@app.command("diff", epilog="Example: mash policy diff 1 draft --by staff-05b8f3 · mash policy diff 1 my/folder")
def diff(
    before: Annotated[str, typer.Argument(help='An edition\'s number, "draft", or a folder.')],
    after: Annotated[str, typer.Argument(help='An edition\'s number, "draft", or a folder.')],
    by: Annotated[str, typer.Option(help="Who you are. Without it, what the ledger recorded is not compared over.")] = "",
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """What the second opens and closes: over every question that the ledger recorded, and over a generated space."""
    day = london_day(SystemClock().now())
    if by or before.isdigit() or after.isdigit():
        with hub(data) as opened:
            found = opened.governing.compare(before, after, opened.asker(by) if by else None)
    else:
        place = _folder(None)
        old, new = (named(engine, one, day, None, place) for one in (before, after))
        found = comparison(old, new, (over_the_space(old, new),))
    if as_json:
        say_json(found)
    else:
        _say_comparison(found)


def _say_comparison(found: Comparison) -> None:
    print(f"{found.before} -> {found.after}")
    for name, ids in (("added", found.added), ("removed", found.removed), ("changed", found.changed)):
        print(f"  {name}: {', '.join(ids) or 'none'}")
    for one in found.compared:
        left = f" ({one.left_out} entries are from before questions were kept)" if one.left_out else ""
        print(f"Over {one.asked} {one.over} questions{left}: {one.opened} opened, {one.closed} closed, "
              f"{one.shown_otherwise} closed as before and shown otherwise")  # fmt: skip
        for change in one.changes:
            which = ", ".join(change.policies) or "no rule"
            print(f"  {'OPENS' if change.opens else 'closes'} {change.count}: {change.why} {which}")
            for example in change.examples:
                print(f"      such as: {example}")


@app.command("sign", epilog="Example: mash policy sign --by staff-05b8f3 --hash 3f2a91bc0d11")
def sign(by: By, expected: Hash = "", start: From = "", data: Data = None, as_json: AsJson = False) -> None:
    """Sign the draft, in your role: information-governance lead and Caldicott guardian; threshold owner where rules change."""
    with hub(data) as opened:
        made = opened.governing.sign(opened.asker(by), expected, moment(start))
        left = opened.governing.draft().lacking
    if as_json:
        say_json({**made, "by": by, "lacking": left})
    else:
        print(f"Signed by {by} as {made['role']}: draft {made['content_hash'][:12]}.")
        print(f"Still to be signed by: {', '.join(left) or 'nobody: mash policy publish'}")


@app.command("publish", epilog="Example: mash policy publish --by staff-5db46e --from 2027-01-04T09:00+00:00")
def publish(by: By, expected: Hash = "", start: From = "", data: Data = None, as_json: AsJson = False) -> None:
    """Publish the draft as the next edition: checked, tested, ticked, signed by two people; plainly unsigned in a demo."""
    with hub(data) as opened:
        tried = opened.governing.draft().what_ifs
        made = opened.governing.publish(opened.asker(by), expected, moment(start))
        unchecked = opened.governing.draft().unchecked
    if as_json:
        say_json({**_edition(made), "unchecked": unchecked, "what_ifs": tried})
        return
    print(f"Edition {made.number}, {made.signed}, is effective from {made.effective_from:%-d %B %Y %H:%M} UTC.")
    print(f"Tried on history before: {', '.join(tried)}" if tried else "Its threshold rules were not tried on history.")
    if len({one.by for one in made.signatures}) < 2 or unchecked:
        print(
            f"This is a demonstration: elsewhere it would need two signatures, and {unchecked} policies are unchecked."
        )


@app.command("editions", epilog="Example: mash policy editions --json")
def editions(data: Data = None, as_json: AsJson = False) -> None:
    """Every edition: effective from, by whom, signed by whom, which is in force, and one that does not load."""
    with hub(data) as opened:
        rows, trouble = opened.governing.editions(), opened.editions.trouble
    if as_json:
        say_json({"editions": [_edition(one) for one in rows], "trouble": trouble})
        return
    shown = [
        (one.number, f"{one.effective_from:%-d %B %Y %H:%M}", one.published_by, one.signed, one.content_hash[:12],
         "in force" if one.in_force else "")
        for one in rows
    ]  # fmt: skip
    say_table("Editions", ("edition", "effective from (UTC)", "published by", "", "hash", ""), shown, "There is none.")
    if trouble:
        print(f"ALARM: {trouble}")


def _edition(one: EditionRow) -> dict[str, object]:
    return {**{name: getattr(one, name) for name in one.__struct_fields__}, "signed": one.signed}


@app.command("then-and-now", epilog="Example: mash policy then-and-now 4711 --by staff-05b8f3")
def then_and_now(
    position: Annotated[int, typer.Argument(help="The ledger position of a look (page Who has looked).")], by: By,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """A look as the edition of its time ruled it, with today's answer beside it. Exit 1 where the ledger tells otherwise."""
    with hub(data) as opened:
        found = opened.governing.then_and_now(opened.asker(by), position)
    if as_json:
        say_json(found)
    else:
        roles = ", ".join(found.roles)
        print(f"Ledger entry {found.position}: {found.who} ({roles}), {found.purpose}, edition {found.edition_then}")
        rows = [(one.question, one.items, one.then, one.now, "" if one.same else "DIFFERS") for one in found.lines]
        columns = ("question", "items", f"edition {found.edition_then}", f"today, edition {found.edition_now}", "")
        empty = "It asked for nothing." if found.kept else "This entry is from before questions were kept."
        say_table("Then and now", columns, rows, empty)
        if found.kept and not found.agrees:
            print("ALARM: put again to its own edition, the question gets another answer than the ledger holds.")
    if found.kept and not found.agrees:
        raise typer.Exit(1)


def moment(text: str) -> datetime | None:
    """A moment with its time zone, None for none. Raises Refused."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is no moment: write 2027-01-04T09:00+00:00", "from") from None
    if found.tzinfo is None:
        raise Refused(f"{text!r} has no time zone: write 2027-01-04T09:00+00:00", "from")
    return found
