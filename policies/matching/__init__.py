"""How persons are matched, as data: the trained model, how common names are, short forms of names, thresholds and guards.

Drafts only: the hub matches by the edition on the record. The model and the frequencies are written by `mash match train`
and stand as trained; what people change by hand is policy.toml and nicknames.toml.
"""

import json
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from nicknames import NickNamer

from hub.domain.naming import plain

ROOT: Traversable = files(__name__)
# of the package's pairs: what is no short form of the other in Britain, and would make two children alike
NOT_HERE = frozenset(
    {
        ("AARON", "ERIN"), ("MARY", "MARIA"), ("FRED", "BILLY"), ("FRED", "WILL"), ("FRED", "BILL"),
        # sisters and brothers here bear both: one is no short form of the other in Britain
        ("EMILY", "AMELIA"), ("AMELIA", "EMILY"), ("ANNA", "HANNAH"), ("ANNA", "SAVANNAH"), ("JACK", "JACQUELINE"),
        ("ANNIE", "STEPHANIE"), ("JOE", "JOSHUA"), ("JO", "JOSHUA"), ("ANNA", "ANNE"),
    }
)  # fmt: skip


def match_model(rules: str) -> dict[str, Any]:
    """The `match_model` of an edition: the version of the rules, and all that the matcher needs to score and decide.

    `model` is Splink's own JSON, `frequencies` the share of each name among those described, `nicknames` short form ->
    names, `policy` thresholds and guards.
    """
    return {
        "rules": rules,
        "model": json.loads(_text("model.json")),
        "frequencies": json.loads(_text("frequencies.json")),
        "nicknames": nicknames(),
        "policy": tomllib.loads(_text("policy.toml")),
    }


def nicknames() -> dict[str, list[str]]:
    """Each short form or other spelling with the names that it may stand for: our own list and the package's."""
    own: Mapping[str, Mapping[str, list[str]]] = tomllib.loads(_text("nicknames.toml"))
    table: dict[str, set[str]] = {}
    for names in own.values():
        for name, shorts in names.items():
            for short in shorts:
                table.setdefault(short, set()).add(name)
    package = NickNamer()
    for said in package.nickname_lookup:
        name = plain(said)
        for short in map(plain, package.nicknames_of(said)):
            if short and name and short != name and (name, short) not in NOT_HERE and (short, name) not in NOT_HERE:
                table.setdefault(short, set()).add(name)
    return {short: sorted(names) for short, names in sorted(table.items())}


def _text(name: str) -> str:
    return ROOT.joinpath(name).read_text(encoding="utf-8")
