"""The page about measures names every measure of the five strategies, and how the hub has it."""

import re
from pathlib import Path

from hub.domain.formulas import OWN, WORKED_OUT
from policies.partnerships import load_partnership

PAGE = (Path(__file__).parents[2] / "docs/measures.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([A-Z][\w ]+) \| `([\w-]+)` \| .+ \| (series|`\w+`) \|$", re.MULTILINE)
STRATEGIES = {
    "Calderdale": "calderdale", "Staffordshire": "staffordshire", "Blackburn with Darwen": "blackburn-with-darwen",
    "Wakefield": "wakefield", "Durham": "durham",
}  # fmt: skip


def test_every_measure_of_the_five_strategies_stands_there_with_its_formula_or_as_a_series() -> None:
    told = sorted((STRATEGIES[title], ident, how.strip("`")) for title, ident, how in ROW.findall(PAGE))
    held = sorted(
        (name, one["id"], "series" if one["formula"] == "imported" else one["formula"])
        for name in STRATEGIES.values()
        for one in load_partnership(name)["partnership"]["measures"]
    )
    assert told == held
    assert {how for _, _, how in told} - {"series"} <= WORKED_OUT.keys()


def test_what_every_hub_accounts_for_stands_there() -> None:
    assert [ident for ident in OWN if f"| `{ident}` |" not in PAGE] == []
