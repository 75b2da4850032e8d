"""Two CSV files of persons linked as the hub would link them, against a third that says who is who.

Values go through the hub's own checks; a wrong one is refused with file, line and column, and never repeated.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from msgspec import Struct, structs

from bench.match.measures import Part, part, widest
from hub.adapters.likeness import likeness
from hub.domain import identifiers, message
from hub.domain.comparing import known_as
from hub.domain.errors import BadMessage, HubError
from hub.domain.known import Known
from hub.domain.match_keys import keys_of
from hub.domain.matching import RULES, Beside, Judge, decide

COLUMNS: Final[Mapping[str, str]] = {
    "id": "any text, once in the file; must be there",
    "person": "in the right file: records with the same text are one person already (left out: each is its own)",
    "forenames": "all forenames as written",
    "surname": "as written",
    "other_names": "former names and aliases: forenames|surname; the next one behind a semicolon",
    "birth_date": "2015-03-09",
    "sex": "female, male, or nothing",
    "nhs_number": "ten digits",
    "upn": "unique pupil number",
    "postcode": "of the home",
    "address": "its first line",
    "sector": "of who says it (police, health, education ...), where thresholds differ by sector",
    "organisation": "in the left file: who says it; the shares are told by organisation too",
    "twin": "in the left file: yes for one of a multiple birth, else no or nothing; the shares of twins are told too",
    "community": "in the left file: of the name, in your own words; the shares are told by community too",
}
NOT_SAID: Final = "not said"  # where a row leaves empty what the file is cut by
TRUTH = ("left_id", "right_id")
TOO_COMMON = 400  # records under one key, as in the hub


class BadTable(HubError):
    """A CSV file that cannot be used; the text gives file, line, column and what to do."""


class Described(Struct, frozen=True):
    """One row. `cuts`: by column, what the file says of it where it has organisation, twin or community."""

    id: str
    person: str
    sector: str
    known: Known
    cuts: Mapping[str, str]


class Cut(Struct, frozen=True, kw_only=True):
    """How rows on the left were linked. `known` are those that the truth names."""

    left: int
    known: int
    links: int
    precision: Part  # links that are true
    recall: Part  # known rows that were linked to the right person
    f1: float | None  # of links
    reached: Part  # linked to the right person, or in review with the right one among the candidates
    review: Part
    opened: Part  # known rows that nobody on the right was proposed for
    blocked: Part  # known rows that share a key with the right person: more cannot be found


class Evaluated(Cut, frozen=True, kw_only=True):
    """How the left file was linked to the right one: the whole, and by what the left file says of its rows."""

    right: int
    rules: str
    model: str
    policy: str
    twins: Cut | None = None
    by_organisation: Mapping[str, Cut] = {}
    by_community: Mapping[str, Cut] = {}
    community_gap: float | None = None  # points of recall between the communities with most and least (widest)


class _Decided(Struct, frozen=True):
    """What became of a row."""

    verdict: str
    known: bool
    right: bool
    reached: bool
    blocked: bool


def read_persons(path: Path) -> list[Described]:
    """The rows of a file of persons (COLUMNS). Raises BadTable."""
    found: list[Described] = []
    seen: set[str] = set()
    for line, row in _rows(path, required=("id",), known=COLUMNS):
        if row["id"] in seen:
            raise BadTable(f"{path}, line {line}, column id: stands there twice; give each row an id of its own")
        seen.add(row["id"])
        cuts = _cuts(path, line, row)
        person, sector = row.get("person") or row["id"], row.get("sector", "")
        found.append(Described(row["id"], person, sector, _known(path, line, row), cuts))
    if not found:
        raise BadTable(f"{path}: there is no row below the header")
    return found


def read_truth(path: Path, left: list[Described], right: list[Described]) -> dict[str, set[str]]:
    """For each id on the left the persons on the right that it truly is. Raises BadTable."""
    persons = {one.id: one.person for one in right}
    known, truth = {one.id for one in left}, dict[str, set[str]]()
    for line, row in _rows(path, required=TRUTH, known=dict.fromkeys(TRUTH, "")):
        for column, ids, where in (("left_id", known, "left"), ("right_id", persons.keys(), "right")):
            if row[column] not in ids:
                raise BadTable(f"{path}, line {line}, column {column}: the {where} file has no row with this id")
        truth.setdefault(row["left_id"], set()).add(persons[row["right_id"]])
    return truth


def _rows(path: Path, *, required: tuple[str, ...], known: Mapping[str, str]) -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = [str(name).strip().lower() for name in reader.fieldnames or ()]
            reader.fieldnames = columns
            if missing := [name for name in required if name not in columns]:
                raise BadTable(f"{path}, line 1: column {', '.join(missing)} is missing; see docs/match-model.md")
            if unknown := [name for name in columns if name not in known]:
                raise BadTable(
                    f"{path}, line 1: column {', '.join(unknown)} is not one of {', '.join(known)}; rename or remove it"
                )
            if len(set(columns)) < len(columns):
                raise BadTable(f"{path}, line 1: a column stands there twice; remove one")
            found = []
            for row in reader:
                if None in row or None in row.values():
                    raise BadTable(
                        f"{path}, line {reader.line_num}: it has not as many columns as the header; mend the row"
                    )
                values = {name: (value or "").strip() for name, value in row.items()}
                if empty := next((name for name in required if not values[name]), None):
                    raise BadTable(f"{path}, line {reader.line_num}, column {empty}: it is empty; fill it in")
                found.append((reader.line_num, values))
            return found
    except OSError as error:
        raise BadTable(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise BadTable(f"{path}: is not UTF-8; save it as CSV UTF-8") from None
    except csv.Error as error:
        raise BadTable(f"{path}: is no CSV ({error}); commas between columns, quotation marks around text") from None


def _cuts(path: Path, line: int, row: Mapping[str, str]) -> dict[str, str]:
    found = {name: row[name] or NOT_SAID for name in ("organisation", "community") if name in row}
    if "twin" in row:
        found["twin"] = row["twin"].lower() or "no"
        if found["twin"] not in {"yes", "no"}:
            raise BadTable(f"{path}, line {line}, column twin: write yes or no, or leave it empty")
    return found


def _known(path: Path, line: int, row: Mapping[str, str]) -> Known:
    def checked(column: str, check: Callable[[str], Any], advice: str) -> Any:
        """The value as the hub takes it, None where nothing stands there; the value itself stays out of the error."""
        value = row.get(column)
        if not value:
            return None
        try:
            return check(value)
        except BadMessage as error:
            raise BadTable(f"{path}, line {line}, column {column}: {error.detail}") from None
        except ValueError:
            raise BadTable(f"{path}, line {line}, column {column}: {advice}") from None

    names = [message.Name(row.get("forenames", ""), row.get("surname", ""))]
    for other in filter(None, (one.strip() for one in row.get("other_names", "").split(";"))):
        forenames, bar, surname = other.partition("|")
        if not bar:
            raise BadTable(f"{path}, line {line}, column other_names: write forenames|surname, more behind a semicolon")
        names.append(message.Name(forenames.strip(), surname.strip(), "alias"))
    sex: Literal["female", "male"] | None = checked("sex", _sex, "write female or male, or leave it empty")
    postcode = identifiers.postcode(row.get("postcode"))
    home = (message.Address(lines=(row["address"],) if row.get("address") else (), postcode=postcode),)
    person = message.Person(
        nhs_number=checked("nhs_number", identifiers.nhs_number, "send ten digits"),
        upn=checked("upn", identifiers.upn, "send a letter and twelve digits"),
        names=tuple(one for one in names if one.forenames or one.surname),
        birth_date=checked("birth_date", date.fromisoformat, "write a date as 2015-03-09"),
        sex=sex or "not_known",
        addresses=home if postcode or row.get("address") else (),
    )
    return known_as(person, unborn=False)


def _sex(value: str) -> Literal["female", "male"]:
    match value.lower():
        case "female" | "f":
            return "female"
        case "male" | "m":
            return "male"
        case _:
            raise ValueError


def evaluate(
    left: list[Described], right: list[Described], truth: Mapping[str, set[str]], judge: Judge, *,
    progress: Callable[[float], None] = lambda _: None,
) -> Evaluated:  # fmt: skip
    """Decide whose each row on the left is among the persons on the right, and hold it against the truth."""
    sounds = likeness().sounds
    index: dict[tuple[str, str], list[Described]] = defaultdict(list)
    for one in right:
        for key in keys_of(one.known, sounds):
            index[key].append(one)
    population = len({one.person for one in right})
    decided: list[_Decided] = []
    for number, said in enumerate(left):
        near = {
            one.id: one for key in keys_of(said.known, sounds) if len(index.get(key, ())) <= TOO_COMMON
            for one in index.get(key, ())
        }  # fmt: skip
        beside = [Beside(one.id, one.person, one.known) for one in near.values()]
        decision = decide(said.known, beside, judge, population=population, sector=said.sector)
        true = truth.get(said.id, set())
        linked = decision.verdict == "link"
        right_one = linked and decision.person in true
        decided.append(
            _Decided(
                verdict=decision.verdict, known=bool(true), right=right_one,
                reached=right_one if linked else not true.isdisjoint(decision.candidates),
                blocked=not true.isdisjoint(one.person for one in near.values()),
            )
        )  # fmt: skip
        if number % 200 == 0:
            progress(number / len(left))
    by_community = _by("community", left, decided)
    return Evaluated(
        **structs.asdict(_cut(decided)), right=len(right), rules=RULES, model=judge.model.id, policy=judge.policy.id,
        twins=_by("twin", left, decided).get("yes"), by_organisation=_by("organisation", left, decided),
        by_community=by_community, community_gap=widest(one.recall for one in by_community.values()),
    )  # fmt: skip


def _by(column: str, left: list[Described], decided: list[_Decided]) -> dict[str, Cut]:
    """The rows cut by what a column says, in its order; nothing where the file has no such column."""
    found: dict[str, list[_Decided]] = defaultdict(list)
    for said, one in zip(left, decided, strict=True):
        if column in said.cuts:
            found[said.cuts[column]].append(one)
    return {name: _cut(found[name]) for name in sorted(found)}


def _cut(decided: list[_Decided]) -> Cut:
    known = [one for one in decided if one.known]
    links, right = sum(one.verdict == "link" for one in decided), sum(one.right for one in decided)
    return Cut(
        left=len(decided), known=len(known), links=links, precision=part(right, links), recall=part(right, len(known)),
        f1=round(2 * right / (links + len(known)), 6) if links + len(known) else None,
        reached=part(sum(one.reached for one in known), len(known)),
        review=part(sum(one.verdict == "review" for one in decided), len(decided)),
        opened=part(sum(one.verdict == "open" for one in known), len(known)),
        blocked=part(sum(one.blocked for one in known), len(known)),
    )  # fmt: skip
