"""Every partnership's folder is sound, says where each value comes from, and a wrong one is refused with the mend."""

import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

import schemas
from hub.domain.edition import canonical
from hub.domain.errors import Refused
from hub.domain.rule import NOT_STATED
from hub.domain.vocabulary import Vocabulary
from policies.partnerships import (
    ROOT,
    BadPartnership,
    faults,
    load_partnership,
    partnership_protocol,
    partnership_together,
    partnerships,
    used_otherwise,
)
from policies.partnerships.blank import begin

FIVE = {"calderdale", "staffordshire", "blackburn-with-darwen", "wakefield", "durham"}
REAL = Path(str(ROOT))


def changed(folder: Path, file: str, old: str, new: str) -> Path:
    """A copy of the demo partnership in which one passage of one file reads otherwise."""
    shutil.copytree(REAL / "demo", folder / "demo")
    path = folder / "demo" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return folder


RULES, ABOUT, CLOCKS = "thresholds.toml", "partnership.toml", "clocks.toml"
HELP, MEASURES, KEPT, PROTOCOL, TOGETHER = (
    "help.toml", "measures.toml", "retention.toml", "protocol.toml", "together.toml"
)  # fmt: skip
THREE = 'id = "three-concerns-two-organisations"'
WRONG = [
    (RULES, "[[rule]]", "[[rule]", r"demo/thresholds.toml: not TOML: .*line"),
    (RULES, "second_hand = true", "second_hands = true", r"toml:\d+: grave-single second_hands: .*unknown"),
    (RULES, "within_days = 90\n", "", r"three-concerns-two-organisations within_days: .*missing"),
    (RULES, 'kind = "count"', 'kind = "score"', r"thresholds.toml:\d+: three-concerns.*Invalid value 'score'"),
    (RULES, THREE, f"{THREE}\ncolour = 1", r"thresholds.toml:\d+: three-concerns-two-organisations colour: .*unknown"),
    (RULES, THREE, 'id = "grave-single"', r"thresholds.toml:19: grave-single: 2 entries have this id"),
    (RULES, THREE, 'id = "alert:c1"', r"alert:c1 id: an id is small letters"),
    (RULES, 'source = "not stated in the source"', 'source = ""', r"grave-single source: name its source"),
    (RULES, 'chosen = "made for the demo: harm', 'cost = "', r"Cannot overwrite|source: .*how was"),
    (RULES, 'indicators = ["domestic_abuse_incident"', 'indicators = ["domestic_abus"', r"no indicator 'domestic_abus"),
    (RULES, '"neglect:hunger"', '"neglect:hungry"', r"no list line 'neglect:hungry'"),
    (RULES, 'but_not = ["persistent_absence"', 'but_not = ["absent"', r"unseen-under-five-2 given: no indicator 'absent'"),
    (RULES, "of = { unborn = true,", 'of = { indicators = ["hunger"], but_not = ["hunger"] } #', r"is left out again"),
    (RULES, "within_days = 90", "within_days = 0", r"three-.* within_days: a window of 0 days can never be met"),
    (RULES, "unseen_days = 90", "unseen_days = 90000", r"unseen-under-five unseen_days: a window of 90000 days"),
    (RULES, "level = 3", "level = 7", r"level: this partnership has the levels 1, 2, 3, 4"),
    (RULES, "incidents = 2, groups = 2", "incidents = 2, groups = 9", r"composite at_least: 9 lines of 8 named"),
    (RULES, "incidents = 3, organisations", "incidents = 0, organisations", r"at_least: at least one incident"),
    (RULES, 'relations = ["own", "sibling"] }', "relations = [] }", r"neglect-composite of: a rule needs at least one"),
    (ABOUT, "number = 2", "number = 1", r"demo/partnership.toml:\d+: 1: level 1 is described 2 times"),
    (ABOUT, 'aliases = ["level 2"]', 'aliases = ["level 1"]', r"'level 1' names 2 levels"),
    (ABOUT, "[ages]", "[age]", r"partnership.toml"),
    (ABOUT, 'title = "Demo partnership"\nsource = "not stated in the source"', 'title = "Demo"', r"source: .*missing"),
    (CLOCKS, 'id = "red"', 'id = "crimson"', r"demo/clocks.toml: no red clock"),
    (CLOCKS, 'counts = "always"', 'counts = "working"', r"demo/clocks.toml:\d+: red counts: a red clock never stops"),
    (CLOCKS, "length = 24", "length = 0", r"amber length: a clock runs for 1 or more"),
    (CLOCKS, 'id = "late"', 'id = "tardy"', r'demo/clocks.toml: no clock "late": add a \[\[clock\]\] that says'),
    (CLOCKS, 'id = "chronology"', 'id = "late"', r"late: 2 entries have this id"),
    (CLOCKS, 'days"\ncounts = "working"', 'days"\ncounts = "school"', r"green counts: school days are counted for the"),
    (CLOCKS, 'always"\nstarts = "happening"', 'working"\nstarts = "happening"', r"late counts: what is late is late by"),
    (CLOCKS, 'grade = "Red"\n', "", r"demo/clocks.toml:\d+: red grade: red is a grade: name it as this partnership does"),
    (CLOCKS, '"mash_manager"', '"headteacher"', r"demo/clocks.toml:\d+: red ring: 'headteacher' is no role that may take"),
    (CLOCKS, '"mash_manager"', '"access_auditor"', r"red ring: 'access_auditor' is no role that may take a MASH enquiry"),
    (CLOCKS, "ring_minutes = 15", "ring_minutes = 0", r"red ring: name whom a red one rings and after how many minutes"),
    (ABOUT, 'number = "01632 960 102"', 'number = "ring us"', r"partnership.toml:\d+: number: a telephone number is digits"),
    (ABOUT, "[telephone]", "[phone]", r"partnership.toml"),
]  # fmt: skip

WRONG_OF_ITSELF = [
    (ABOUT, "upto = 17", "upto = 18", r"upto: whoever is 18 is an adult"),
    (ABOUT, "upto = 25", "upto = 16", r"disability upto: a ground is for those of 18 or more"),
    (ABOUT, 'code = "care_leaver"', 'code = "disability"', r"disability: 2 entries have this id"),
    (ABOUT, 'means = ["one_service"]', 'means = ["worse"]', r"2: level 2 means 'worse', which is"),
    (ABOUT, 'means = ["protection"]', 'means = ["universal"]', r"4: level 4 means less than the level below"),
    (ABOUT, 'means = ["one_service"]\n', "", r"2 means: say what it means"),
    (ABOUT, "limited_days = 182", "limited_days = 0", r"2: level 2 is limited to 0 days"),
    (ABOUT, '["Statutory assessment"]', '["Grand tour"]', r"4 assessments: no assessment 'Grand tour' in demo/help"),
    (ABOUT, '"Z01000010"', '"Z01000000"', r"South areas: Z01000000 lies in North already"),
    (ABOUT, '"Z01000010"', '"LS1"', r"South areas: 'LS1' is no code of a small area"),
    (ABOUT, 'chosen = "made for the demo"', 'chosen = ""', r"source: 'not stated in the source' needs `chosen`"),
    (ABOUT, "[organisations]", '[silent]\ntools = "None"\n\n[organisations]', r"tools: it is listed, and said to be silent"),
    (ABOUT, "[organisations]", '[silent]\nmagic = "None"\n\n[organisations]', r"magic: no such section; there are localities"),
    (HELP, 'name = "Step down"\ndirection = "down"', 'name = "Step down"\ndirection = "up"', r"steps: no step leads down"),
    (HELP, "organisations = 2", "organisations = 1", r"Team around the family organisations: a team is of two"),
    (HELP, "quorum = 3", "quorum = 0", r"Locality panel quorum: a meeting is quorate with 1 or more"),
    (HELP, '"lead_professional"', '"wizard"', r"Lead professional role: 'wizard' is no role of"),
    (HELP, "levels = [2, 3]", "levels = [2, 9]", r"Family support levels: there is no level 9"),
    (HELP, 'aliases = ["EHA", "CAF"]', 'aliases = ["statutory assessment"]', r"Early help .* aliases: '.*' means 2 of"),
    (HELP, "[[tools]]", "[[gadgets]]", r"gadgets: unknown key; this file holds assessments, tools"),
    (HELP, 'kind = "panel"', 'kind = "committee"', r"Locality panel kind: Invalid enum value 'committee'"),
    (MEASURES, 'formula = "re_referrals"', 'formula = "guess"', r"re-referrals formula: no formula 'guess': one of"),
    (MEASURES, 'id = "need-reduces"', 'id = "re-referrals"', r"re-referrals: 2 entries have this id"),
    (MEASURES, 'source = "not stated in the source"', 'source = "The news"', r".* source: 'The .* begins with no paper"),
    (KEPT, 'record = "looked_after"', 'record = "gossip"', r"gossip record: no kind of record 'gossip'"),
    (KEPT, "years = 75", "years = 0", r"looked_after years: kept for 0 years: give 1 to 150"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "told"), WRONG)
def test_a_wrong_folder_is_refused_with_its_place_and_the_mend(
    tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    with pytest.raises(BadPartnership, match=told):
        load_partnership("demo", root=changed(tmp_path, file, old, new))


@pytest.mark.parametrize(("file", "old", "new", "told"), WRONG_OF_ITSELF)
def test_what_is_wrong_with_what_a_partnership_says_of_itself_is_refused_too(
    tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    with pytest.raises(BadPartnership, match=rf"^demo/{file}:\d+: {told}"):
        load_partnership("demo", root=changed(tmp_path, file, old, new))


ELSEWHERE = [
    ("calendar.toml", 'chosen = "', 'chosen = ""  # "', r"demo/calendar.toml:\d+: chosen: how were the hours chosen\?"),
    ("calendar.toml", '"monday", ', '"moonday", ', r"demo/calendar.toml: days: name the working days"),
    (
        PROTOCOL,
        'purposes = ["triage"]',
        'purposes = ["gossip"]',
        r"demo/protocol.toml:\d+: front-door: no purpose 'gossip'",
    ),
    (PROTOCOL, 'id = "notices"', 'id = "pool"', r"demo/protocol.toml:\d+: pool: two clauses have this id"),
    (TOGETHER, 'id = "reconvene"', 'id = "again"', r"demo/together.toml:\d+: again: no such clock: remove it"),
    (TOGETHER, "from_level = 2", "from_level = 9", r"demo/together.toml:\d+: lead: from_level is a level"),
]


@pytest.mark.parametrize(("file", "old", "new", "told"), ELSEWHERE)
def test_check_reads_the_other_files_of_a_folder_too(tmp_path: Path, file: str, old: str, new: str, told: str) -> None:
    found = [str(one) for one in faults("demo", root=changed(tmp_path, file, old, new))]
    assert any(re.search(told, one) for one in found), found


def test_check_tells_every_fault_at_once_in_the_order_of_the_files(tmp_path: Path) -> None:
    root = changed(tmp_path, RULES, "within_days = 90", "within_days = 0")
    for file, old, new in (
        (RULES, '"neglect:hunger"', '"neglect:hungry"'), (CLOCKS, 'id = "red"', 'id = "crimson"'),
        (HELP, "quorum = 3", "quorum = 0"), (KEPT, "years = 75", "years = 0"),
    ):  # fmt: skip
        path = root / "demo" / file
        path.write_text(path.read_text().replace(old, new, 1))
    found = faults("demo", root=root)
    assert [one.file for one in found] == [f"demo/{file}" for file in (CLOCKS, HELP, KEPT, RULES, RULES)]
    assert [bool(one.line) for one in found] == [False, True, True, True, True]  # no red clock stands nowhere


def test_every_line_that_is_named_holds_what_is_wrong(tmp_path: Path) -> None:
    for number, (file, old, new) in enumerate(
        [(MEASURES, 'formula = "first_help"', 'formula = "guess"'), (HELP, "quorum = 2", "quorum = 0"),
         (ABOUT, 'code = "care_leaver"', 'code = "Care leaver"'), (KEPT, "years = 35", "years = 350")]
    ):  # fmt: skip
        root = changed(tmp_path / str(number), file, old, new)
        (found,) = faults("demo", root=root)
        assert (root / "demo" / file).read_text().splitlines()[found.line - 1] == new


def test_a_rule_that_was_used_and_reads_otherwise_is_named_by_its_line() -> None:
    (found,) = used_otherwise("demo", ["three-concerns-two-organisations"])
    assert re.match(
        r"demo/thresholds.toml:\d+: three-concerns-two-organisations: an edition on record judged by", str(found)
    )
    assert THREE in (REAL / "demo" / RULES).read_text().splitlines()[found.line - 1]
    assert used_otherwise("demo", []) == []


def test_whatever_line_is_broken_check_answers_and_never_falls_over(tmp_path: Path) -> None:
    shutil.copytree(REAL / "demo", tmp_path / "demo")
    known = Vocabulary.of(schemas.load_vocabulary())
    drawn, told = Random(5), 0  # noqa: S311 - the same lines each time
    texts = {path: path.read_text() for path in sorted((tmp_path / "demo").glob("*.toml"))}
    for _ in range(300):
        path = drawn.choice(sorted(texts))
        lines = texts[path].splitlines()
        at = drawn.randrange(len(lines))
        key = lines[at].partition("=")[0]
        lines[at] = drawn.choice(
            ["", f"{key} = 1", f'{key} = "zz"', f'{key} = ["a", 1]', f"{key} = {{ a = 1 }}", f'{key} = ""']
        )
        path.write_text("\n".join(lines) + "\n")
        for fault in faults("demo", root=tmp_path, vocabulary=known):
            told += 1
            assert fault.line <= len((tmp_path / fault.file).read_text().splitlines()) + 1
            assert str(fault).startswith(fault.file)
        path.write_text(texts[path])
    assert told > 150


# ------------------------------------------------------------------------------------------------------- the folders


def values(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every table of a folder that has a source, with its file."""

    def within(value: Any) -> Iterator[dict[str, Any]]:
        if isinstance(value, dict):
            if "source" in value:
                yield value
            for each in value.values():
                yield from within(each)
        elif isinstance(value, list):
            for each in value:
                yield from within(each)

    for path in sorted((REAL / name).glob("*.toml")):
        for value in within(tomllib.loads(path.read_text())):
            yield path.name, value


def test_every_value_names_a_paper_of_its_folder_or_says_how_it_was_chosen() -> None:
    for name in partnerships():
        papers = tuple(paper["title"] for paper in tomllib.loads((REAL / name / ABOUT).read_text())["document"])
        held = list(values(name))
        assert len(held) > 60
        strange = [
            (file, value["source"])
            for file, value in held
            if not (value["source"].startswith(papers) or (value["source"] == NOT_STATED and value.get("chosen")))
        ]
        assert strange == [], name


def test_what_is_taken_from_a_strategy_names_its_passage_and_line() -> None:
    for name in FIVE:
        paper = tomllib.loads((REAL / name / ABOUT).read_text())["document"][0]["title"]
        own = [
            value["source"]
            for file, value in values(name)
            if file in {HELP, MEASURES, KEPT} and value["source"] != NOT_STATED
        ]
        assert len(own) > 15, name
        assert [one for one in own if not re.fullmatch(rf"{re.escape(paper)}, .+, lines? \d+(-\d+)?", one)] == []


def test_no_strategy_prints_a_time_for_keeping_records_and_every_kind_has_one() -> None:
    for name in partnerships():
        kept = load_partnership(name)["partnership"]["retention"]
        assert {one["source"] for one in kept} == {NOT_STATED}
        assert len(kept) == 6


def test_the_measures_of_each_strategy_are_there() -> None:
    counted = {name: len(load_partnership(name)["partnership"]["measures"]) for name in sorted(FIVE)}
    assert counted == {"blackburn-with-darwen": 46, "calderdale": 18, "durham": 11, "staffordshire": 8, "wakefield": 21}
    durham = {one["id"]: one for one in load_partnership("durham")["partnership"]["measures"]}
    assert durham["re-referrals"]["stated"].startswith("23.5 % in the third quarter of 2014/15")
    assert durham["level-pyramid"]["formula"] == "level_pyramid"


# --------------------------------------------------------------------------------------------------------- a new one


WRITTEN = {
    "chosen": "as the board agreed", "descriptor": "Somebody", "number": "01632 960 199", "date": "2026", "title": "A paper",
    **dict.fromkeys(("localities", "tools", "panels", "services", "voice", "measures"), "It does without"),
}  # fmt: skip


def filled(folder: Path) -> None:
    """Write into every place that waits what somebody would."""
    for path in folder.glob("*.toml"):
        text = path.read_text()
        for key, value in WRITTEN.items():
            text = text.replace(f'{key} = ""', f'{key} = "{value}"')
        path.write_text(text)


def test_a_new_partnership_waits_to_be_filled_and_then_is_sound(tmp_path: Path) -> None:
    made = begin("anyshire", tmp_path, "Anyshire")
    held = {
        path.name for name in ("durham", "demo") for path in (REAL / name).glob("*.toml")
    }  # the demo declares services
    assert [path.name for path in made] == sorted(held)
    assert {value["source"] for path in made for value in tables(path)} == {NOT_STATED}

    waiting = faults("anyshire", root=tmp_path)
    assert len(waiting) > 40
    assert {one.file for one in waiting} == {f"anyshire/{path.name}" for path in made} - {
        f"anyshire/{MEASURES}", "anyshire/services.toml",
    }  # fmt: skip
    with pytest.raises(BadPartnership):
        load_partnership("anyshire", root=tmp_path)

    filled(tmp_path / "anyshire")
    assert [str(one) for one in faults("anyshire", root=tmp_path)] == []
    canonical(load_partnership("anyshire", root=tmp_path))
    assert partnership_together("anyshire", root=tmp_path)
    assert partnership_protocol("anyshire", root=tmp_path)
    assert partnerships(tmp_path) == ("anyshire",)


def tables(path: Path) -> Iterator[dict[str, Any]]:
    held = tomllib.loads(path.read_text())
    for value in (held, *held.values()):
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict) and "source" in each:
                yield each


def test_a_new_partnership_overwrites_nothing_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    (tmp_path / "anyshire").mkdir()
    (tmp_path / "anyshire" / "mine.txt").write_text("mine")
    for name, title, told in (
        ("anyshire", "", "is there already, and nothing is overwritten"), ("Any Shire", "", "small letters, digits"),
        ("../else", "", "small letters, digits"), ("else", 'A "title"', "without quotation marks"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=told):
            begin(name, tmp_path, title)
    assert [path.name for path in tmp_path.rglob("*")] == ["anyshire", "mine.txt"]


def test_a_folder_or_file_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadPartnership, match=r"atlantis/partnership.toml is missing; there are: blackburn-with-darwen"):
        load_partnership("atlantis")
    shutil.copytree(REAL / "demo", tmp_path / "demo")
    (tmp_path / "demo" / CLOCKS).unlink()
    with pytest.raises(BadPartnership, match=r"demo/clocks.toml is missing"):
        load_partnership("demo", root=tmp_path)


def test_the_line_that_is_named_is_the_line_that_is_wrong(tmp_path: Path) -> None:
    root = changed(tmp_path, RULES, "unseen_days = 90", "unseen_days = 90000")
    with pytest.raises(BadPartnership) as wrong:
        load_partnership("demo", root=root)
    line = int(str(wrong.value).split(":")[1])
    assert (root / "demo" / RULES).read_text().splitlines()[line - 1] == "unseen_days = 90000"


def test_the_five_partnerships_and_the_demo_are_there_and_sound() -> None:
    assert set(partnerships()) == {*FIVE, "demo"}
    for name in partnerships():
        canonical(load_partnership(name))  # raises for anything that an edition cannot hold


def test_one_need_alone_alerts_nobody_anywhere() -> None:
    for name in partnerships():
        for rule in load_partnership(name)["thresholds"]:
            asked = rule["when"].get("at_least", {})
            alone = rule["when"]["kind"] == "count" and not (max(asked.values()) > 1 or rule["when"].get("each"))
            assert not alone or rule["tells"] == "nobody", f"{name}: {rule['id']}"


def test_a_rule_of_a_seed_that_costs_too_much_stays_with_its_cost() -> None:
    off = {
        (name, rule["id"]): rule["cost"]
        for name in FIVE
        for rule in load_partnership(name)["thresholds"]
        if not rule["enabled"]
    }
    assert {
        ("staffordshire", "several-needs-alert"), ("blackburn-with-darwen", "two-organisations"),
        ("wakefield", "two-of-six"), ("durham", "neglect-composite"), ("calderdale", "two-concerns"),
    } <= set(off)  # fmt: skip
    assert all(off.values())


def test_that_nobody_has_seen_a_child_is_a_rule_of_each_partnership_off_with_its_cost_and_the_reason() -> None:
    for name in FIVE:
        (rule,) = [one for one in load_partnership(name)["thresholds"] if one["when"]["kind"] == "absence"]
        assert (rule["enabled"], rule["id"]) == (False, "unseen-under-five"), name
        assert "; off, because " in rule["chosen"], name
        assert "registers and logs" in rule["cost"], name


def test_a_rule_that_is_off_at_little_cost_says_why() -> None:
    for name, id_ in (
        ("wakefield", "two-of-six-two-organisations-recent"), ("wakefield", "from-school-to-school"),
        ("staffordshire", "from-school-to-school"),
    ):  # fmt: skip
        (rule,) = [one for one in load_partnership(name)["thresholds"] if one["id"] == id_]
        assert (rule["enabled"], "; off, because " in rule["chosen"]) == (False, True), (name, id_)


def test_staffordshires_levels_are_proposed_by_one_need_several_needs_and_acute_need() -> None:
    rules = {rule["id"]: rule for rule in load_partnership("staffordshire")["thresholds"] if rule["enabled"]}
    asked = {
        "one-need": (2, "nobody"), "several-needs": (3, "nobody"),
        "several-needs-two-organisations-2": (3, "front_door"), "acute-need": (4, "front_door"),
    }  # fmt: skip
    assert {id_: (rules[id_]["level"], rules[id_]["tells"]) for id_ in asked} == asked
