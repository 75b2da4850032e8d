"""mash assessment: an assessment of a child's needs, section by section. Ids and codes; words are read on the pages."""

from typing import Annotated

import typer

from hub.cli.output import AsJson, By, Data, hub, say_done, say_json, say_table
from hub.domain.assessment import RISKS, Attach, Judge, Write
from hub.domain.enquiry import VIEWS

app = typer.Typer(
    help="Assessments: begin, write a section, hear the child, attach a tool, judge need and risk, complete.",
    epilog="What is typed as words is sealed as your organisation's own, and read on the pages by who may.",
    no_args_is_help=True,
)
Child = Annotated[str, typer.Argument(help="A child's id.")]
Which = Annotated[str, typer.Argument(help="An assessment's id.")]
Share = Annotated[
    list[str] | None, typer.Option(help="An organisation that works with the child, and may read it; may be repeated.")
]


@app.command("list", epilog="Example: mash assessment list 7b1f03aa-… --by staff-4fa690 --json")
def listing(child: Child, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """The assessments of a child."""
    with hub(data) as opened:
        view = opened.assessing.page(opened.asker(by), child)
    if as_json:
        say_json(view.rows)
        return
    rows = [
        (
            one.assessment,
            one.type,
            one.organisation,
            "complete" if one.complete else "open",
            f"{one.reused} of {one.written}",
            "" if one.fits else "not for the level now",
        )
        for one in view.rows
    ]
    say_table(
        "Assessments", ("id", "type", "by", "state", "told before", "fits"), rows, "No assessment is on record here."
    )


@app.command("show", epilog="Example: mash assessment show 7b1f03aa-… 0c9e… --by staff-4fa690")
def show(child: Child, assessment: Which, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """One assessment in codes: what is written, what is not assessed, both judgements."""
    with hub(data) as opened:
        view = opened.assessing.view(opened.asker(by), child, assessment)
    told = {
        "assessment": assessment, "type": view.row.type, "complete": view.row.complete,
        "sections": [one.section for one in view.sections], "written": [one.section for one in view.sections if one.assessed],
        "not_assessed": view.not_assessed, "heard": [f"{one.organisation}: {one.how}" for one in view.heard],
        "need": view.need, "risk": view.risk,
        "reused": view.row.reused, "tools": [each for one in view.sections for each in one.tools],
    }  # fmt: skip
    if as_json:
        say_json(told)
    else:
        print(f"{view.row.type}\nnot assessed: {', '.join(view.not_assessed) or 'nothing'}")


@app.command(
    "begin", epilog="Example: mash assessment begin 7b1f03aa-… --type 'Early help assessment' --by staff-4fa690"
)
def begin(
    child: Child, kind: Annotated[str, typer.Option("--type", help="A type of this partnership, or an older name.")],
    by: By, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Begin one."""
    with hub(data) as opened:
        made = opened.assessing.begin(opened.asker(by), child, kind)
    say_done(as_json, made, child=child, assessment=made)


@app.command(
    "write", epilog="Example: mash assessment write 7b1f03aa-… 0c9e… --section housing --worries '…' --by staff-4fa690"
)
def write(
    child: Child, assessment: Which, section: Annotated[str, typer.Option(help="Its code, as `show` lists it.")], by: By,
    strengths: Annotated[str, typer.Option(help="What goes well; sealed.")] = "",
    worries: Annotated[str, typer.Option(help="What worries; sealed.")] = "", share: Share = None,
    reuse: Annotated[list[str] | None, typer.Option(help="An item of an earlier assessment; may be repeated.")] = None,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write a section, in your own organisation's name."""
    wish = Write(
        section=section, strengths=strengths, worries=worries, reuse=tuple(reuse or ()), share=tuple(share or ())
    )
    with hub(data) as opened:
        opened.assessing.write(opened.asker(by), child, assessment, wish)
    say_done(as_json, "Written.", assessment=assessment, section=section)


@app.command(
    "hear", epilog="Example: mash assessment hear 7b1f03aa-… 0c9e… --how child_said --words '…' --by staff-4fa690"
)
def hear(
    child: Child, assessment: Which, how: Annotated[str, typer.Option(help=f"{', '.join(VIEWS)}.")],
    words: Annotated[str, typer.Option(help="What the child says, or why it was not obtained; sealed.")], by: By,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """What the child says, or why that was not obtained."""
    with hub(data) as opened:
        opened.assessing.hear(opened.asker(by), child, assessment, how, words)
    say_done(as_json, "Recorded.", assessment=assessment, how=how)


@app.command(
    "attach",
    epilog="Example: mash assessment attach 7b1f03aa-… 0c9e… --section safety --tool 'Safety scale' --reference A7 --result 4 "
    "--by staff-4fa690",
)
def attach(
    child: Child, assessment: Which, section: Annotated[str, typer.Option(help="For which section.")],
    tool: Annotated[str, typer.Option(help="A tool that this partnership names.")],
    reference: Annotated[str, typer.Option(help="Under which it lies in your own records.")],
    result: Annotated[str, typer.Option(help="As a code or number.")], by: By, share: Share = None,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Attach a professional's tool as evidence."""
    wish = Attach(section=section, tool=tool, reference=reference, result=result, share=tuple(share or ()))
    with hub(data) as opened:
        opened.assessing.attach(opened.asker(by), child, assessment, wish)
    say_done(as_json, "Attached.", assessment=assessment, tool=tool)


@app.command(
    "judge",
    epilog="Example: mash assessment judge 7b1f03aa-… 0c9e… --need 2 --why-need '…' --risk low --why-risk '…' "
    "--by staff-4fa690",
)
def judge(
    child: Child, assessment: Which, need: Annotated[int, typer.Option(help="The number of a level.")],
    why_need: Annotated[str, typer.Option(help="Why; sealed.")],
    risk: Annotated[str, typer.Option(help=f"{', '.join(RISKS)}.")],
    why_risk: Annotated[str, typer.Option(help="Why; sealed.")], by: By, share: Share = None, data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Judge need and risk, each with its reason."""
    wish = Judge(need=need, why_need=why_need, risk=risk, why_risk=why_risk, share=tuple(share or ()))
    with hub(data) as opened:
        opened.assessing.judge(opened.asker(by), child, assessment, wish)
    say_done(as_json, "Judged.", assessment=assessment, need=need, risk=risk)


@app.command("complete", epilog="Example: mash assessment complete 7b1f03aa-… 0c9e… --by staff-4fa690")
def complete(child: Child, assessment: Which, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """It is complete, and stays as it is."""
    with hub(data) as opened:
        opened.assessing.complete(opened.asker(by), child, assessment)
    say_done(as_json, "Complete.", assessment=assessment)
