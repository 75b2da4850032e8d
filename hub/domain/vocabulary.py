"""The published vocabulary of one edition: what each code means, and which codes there are. Codes alone, no words.

A code means the same for ever; a new meaning is a new code in a new edition.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct


class Indicator(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that may be observed of a child or a household.

    Age bounds are whole months of life, both inclusive, None where any age fits; `unborn`: may be said of an unborn
    child. `grave`: warrants a level-4 proposal by itself. `strength`: stands beside the worries. `groups` are lines of
    published lists, as "cin:16A".
    """

    code: str
    label: str
    domain: str
    min_months: int | None = None
    max_months: int | None = None
    unborn: bool = False
    grave: bool = False
    strength: bool = False
    groups: tuple[str, ...] = ()
    source: str


class MeasureKind(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One coded measure: its unit, and bounds (inclusive) outside which it is a slip of the keyboard."""

    code: str
    label: str
    unit: str
    least: float
    most: float


class Referrer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source code of the children in need census, and the sector that it belongs to."""

    code: str
    label: str
    sector: str


class Vocabulary(Struct, frozen=True, kw_only=True):
    """Everything that an edition says about codes; made by `Vocabulary.of`."""

    domains: dict[str, str]  # 20 need domains: code -> label
    indicators: dict[str, Indicator]
    measures: dict[str, MeasureKind]
    referrers: dict[str, Referrer]
    lists: dict[str, dict[str, str]]  # published list -> line -> label

    @classmethod
    def of(cls, canonical: Mapping[str, Any]) -> "Vocabulary":
        """The vocabulary in an edition's canonical dict (`schemas.load_vocabulary`).

        Raises msgspec.ValidationError where the dict has another shape, ValueError where an indicator names a need
        domain or a list line that there is none of.
        """
        made = cls(
            domains=dict(canonical["domains"]),
            indicators={code: _indicator(code, entry) for code, entry in canonical["indicators"].items()},
            measures={
                code: msgspec.convert({"code": code, **entry}, MeasureKind)
                for code, entry in canonical["measures"].items()
            },
            referrers={
                code: msgspec.convert({"code": code, **entry}, Referrer)
                for code, entry in canonical["referrers"].items()
            },
            lists={name: dict(entry["lines"]) for name, entry in canonical["lists"].items()},
        )
        for code, indicator in made.indicators.items():
            if indicator.domain not in made.domains:
                raise ValueError(f"indicator {code}: no need domain {indicator.domain}")
            for group in indicator.groups:
                name, _, line = group.partition(":")
                if line not in made.lists.get(name, {}):
                    raise ValueError(f"indicator {code}: no list line {group}")
        return made

    def check(self, codes: Iterable[str]) -> list[str]:
        """The indicator codes among `codes` that this vocabulary does not know, in the order given."""
        return [code for code in codes if code not in self.indicators]

    def domains_of(self, codes: Iterable[str]) -> tuple[str, ...]:
        """The need domains of these indicators, each once, sorted; an unknown code has none (`check` refuses it)."""
        return tuple(sorted({self.indicators[code].domain for code in codes if code in self.indicators}))

    def grave(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Those of `codes` that by themselves warrant a level-4 proposal, in the order given."""
        return tuple(code for code in codes if code in self.indicators and self.indicators[code].grave)

    def in_group(self, group: str) -> tuple[str, ...]:
        """Codes of all indicators on one line of a published list ("neglect:hunger"), sorted."""
        return tuple(sorted(code for code, indicator in self.indicators.items() if group in indicator.groups))

    def sector_of(self, referrer_kind: str) -> str:
        """The sector of a referrer's source code, or "" for a code that this vocabulary does not know."""
        known = self.referrers.get(referrer_kind)
        return known.sector if known else ""


def _indicator(code: str, entry: Mapping[str, Any]) -> Indicator:
    """An entry as its owner writes it: `age` is "any", or the first and last month of life."""
    rest = {key: value for key, value in entry.items() if key != "age"}
    age: Literal["any"] | tuple[int, int] = msgspec.convert(entry["age"], Literal["any"] | tuple[int, int])
    band = {} if age == "any" else {"min_months": age[0], "max_months": age[1]}
    return msgspec.convert({"code": code, **band, **rest}, Indicator)
