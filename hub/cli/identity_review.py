"""mash identity review: one person in doubt beside the candidates, as the page shows them. Ids and codes; never a name."""

from collections.abc import Sequence
from typing import Annotated

import typer

from hub.cli.identity import Person, Proposed
from hub.cli.output import AsJson, By, Data, hub, printable, say_json, say_table
from hub.views.models import Candidate
from hub.views.review_in_codes import Cell, ReviewInCodes, in_codes

app = typer.Typer(help="One review in codes: a command of mash identity.")


@app.command(
    "review",
    epilog="Example: mash identity review 7b1f03aa-… --by staff-91d3b7 --json. "
    "A proposal: mash identity review 7b1f03aa-… --other 5c22… --by staff-91d3b7",
)
def review(
    person: Person, by: By, other: Proposed = "",
    start: Annotated[int, typer.Option(min=0, help="How many candidates to pass over; four are shown at once.")] = 0,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """One person in doubt beside the candidates: their ids, what agrees, who says it, households, what speaks for and against.

    What was said of whom is read on the page; here stands how it compares. It is the page's look, and in the ledger as that.
    """
    with hub(data) as opened:
        found = in_codes(opened.review(opened.asker(by), person, start, other))
    if as_json:
        say_json(found)
    elif found.settled:
        _line("Nothing is in doubt any more." + (f" It was found to be {found.survivor}." if found.survivor else ""))
    else:
        _say(found)


def _say(found: ReviewInCodes) -> None:
    doubt = "proposed to be another" if found.other else "in doubt"
    due = f"answer due {found.due:%d %B %H:%M}{', late' if found.overdue else ''}"
    _line(f"Person {found.person} ({found.kind}), {doubt} since {found.since:%d %B %H:%M}; {due} (UTC)")
    _line(f"Why: {'; '.join(found.why)}")
    for answered in found.asked:
        _line(f"Answered before: {answered}")
    if found.restricted:
        _line("One of them may be a restricted identity. Say nothing of this review to anybody whom it does not name.")
    if found.resting:
        _line("Somebody could not tell. The hub asks again when something new is said; you can answer now.")
    if found.pending:
        _line(f"Somebody has decided this; it is not carried out yet: mash identity show {found.pending}")
    if not found.candidates:
        _line("No candidate is named: too many people share these details to compare them all.")
    for one in found.candidates:
        _line(f"Candidate {one.number}: {one.person}. {_told(one, unread=found.unread)}")
    last = found.start + len(found.candidates)
    if found.all_candidates > len(found.candidates):
        more = f"; the next with --start {last}" if last < found.all_candidates else ""
        _line(f"Candidates {found.start + 1} to {last} of {found.all_candidates}{more}")
    sides = ("in doubt", *(f"candidate {one.number}" for one in found.candidates))
    rows = [(row.label, *(_cell(one, row.none) for one in row.cells)) for row in found.fields]
    rows.append(("Told by", *_joined([found, *found.candidates], "organisations", "nobody now")))
    rows.append(("Household", *_joined([found, *found.candidates], "household", "nobody known")))
    rows.append(("Open alerts", *_joined([found, *found.candidates], "alerts", "none")))
    say_table("Side by side", ("", *sides), rows, "Nothing can be compared.")
    bars = [(one.number, bar.label, bar.outcome, bar.words) for one in found.candidates for bar in one.bars]
    say_table(
        "What speaks for and against",
        ("candidate", "compared", "outcome", "what it says"),
        bars,
        "Nothing was weighed.",
    )
    for closed in found.withheld:
        _line(f"Withheld: {closed.what}{f', {closed.organisation}' if closed.organisation else ''}. {closed.reason}")
    if found.answers:
        _line("To answer, with --reason, --why and --by:")
    for answer in found.answers:
        _line(f"  mash identity {_typed(found, answer)}")


def _typed(found: ReviewInCodes, answer: str) -> str:
    what, _, candidate = answer.partition(":")
    other = f" --other {found.other}" if found.other else ""
    if what == "cannot_tell":
        return f"cannot-tell {found.person}{other}"
    seen = f" --seen {found.seen}"
    if what == "different":
        return f"different {found.person}{other}{seen}"
    return f"{'merge' if found.other else 'same'} {found.person} {candidate}{seen}"


def _told(one: Candidate, *, unread: bool) -> str:
    if one.closed:
        return "A restricted identity, or one that the sharing policies close to you."
    if one.unread or unread:
        return "Not shown: nothing can be compared, so nothing can be answered but cannot-tell."
    more = (
        (one.held_apart, "A person decided before that they are two."),
        (one.restricted, "Restricted."),
        (one.standing == "in review", "In review too."),
    )
    return " ".join([one.said, *(words for holds, words in more if holds)])


def _cell(cell: Cell, none: str) -> str:
    held = "; ".join(f"{one.words or 'Held'} ({', '.join(one.sources)})" for one in cell.held)
    if not cell.closed:
        return held or none
    return f"{held}; more is held that is not shown" if held else "Not shown"


def _joined(sides: Sequence[ReviewInCodes | Candidate], name: str, nobody: str) -> list[str]:
    return [
        "Not shown"
        if isinstance(one, Candidate) and one.closed
        else "; ".join(getattr(one, name)) or nobody.capitalize()
        for one in sides
    ]


def _line(words: str) -> None:
    print(printable(words))
