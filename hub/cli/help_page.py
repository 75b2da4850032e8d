"""The page that `mash --help` prints: commands under headings, in the order in which somebody new would want them."""

from typing import Any

from typer.core import TyperGroup

# A command that stands under no heading comes under the last one.
HEADINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Begin", ("demo", "up", "run", "doctor")),
    ("What comes in", ("publish", "sent", "trace", "inbox", "agency", "quarantine", "areas", "schemas")),
    (
        "At the front door",
        ("tasks", "alert", "enquiry", "request", "release", "strategy", "prompt", "challenge", "late", "silence", "exception"),
    ),
    (
        "A child and their family",
        (
            "identity", "index", "restrict", "staff", "chronology", "consent", "lead", "help-plan", "assessment", "meeting",
            "service", "services", "offer", "transfer",
        ),
    ),
    ("What the hub judges by", ("partnership", "policy", "protocol", "what-if")),
    ("Looking back", ("measures", "reliance", "ledger", "sample", "audit", "letter")),
    ("On invented people", ("synth", "evaluate", "cases", "match")),
)  # fmt: skip
MORE = "More"


def under_headings(names: list[str]) -> list[tuple[str, list[str]]]:
    """These commands under their headings; a heading with nothing under it is left out."""
    known = {name for _, held in HEADINGS for name in held}
    found = [(title, [name for name in held if name in names]) for title, held in HEADINGS]
    found.append((MORE, [name for name in names if name not in known]))
    return [(title, held) for title, held in found if held]


class Headed(TyperGroup):
    """`mash` itself: the same commands, printed under headings."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Print them, each with the first sentence of its help."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        shown = {name: one for name, one in commands.items() if one is not None and not one.hidden}
        if not shown:
            return
        width = formatter.width - 6 - max(map(len, shown))
        for title, names in under_headings([*shown]):
            with formatter.section(title):
                formatter.write_dl([(name, shown[name].get_short_help_str(width)) for name in names])
