"""Every partnership's folder is sound, says where each value comes from, and a wrong one is refused with the mend."""

import shutil
from pathlib import Path

import pytest

from hub.domain.edition import canonical
from policies.partnerships import ROOT, BadPartnership, load_partnership, partnerships

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
    (CLOCKS, 'grade = "Red"\n', "", r"demo/clocks.toml:\d+: red grade: red is a grade: name it as this partnership does"),
    (CLOCKS, '"mash_manager"', '"headteacher"', r"demo/clocks.toml:\d+: red ring: 'headteacher' is no role that may take"),
    (CLOCKS, '"mash_manager"', '"access_auditor"', r"red ring: 'access_auditor' is no role that may take a MASH enquiry"),
    (CLOCKS, "ring_minutes = 15", "ring_minutes = 0", r"red ring: name whom a red one rings and after how many minutes"),
    (ABOUT, 'number = "01632 960 102"', 'number = "ring us"', r"partnership.toml:\d+: number: a telephone number is digits"),
    (ABOUT, "[telephone]", "[phone]", r"partnership.toml"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "told"), WRONG)
def test_a_wrong_folder_is_refused_with_its_place_and_the_mend(
    tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    with pytest.raises(BadPartnership, match=told):
        load_partnership("demo", root=changed(tmp_path, file, old, new))


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
            alone = rule["when"]["kind"] == "count" and not any(
                asked.get(key, 0) > 1 for key in ("incidents", "organisations", "sectors", "domains", "groups")
            )
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
        ("wakefield", "two-of-six"),
    } <= set(off)  # fmt: skip
    assert all(off.values())


def test_staffordshires_levels_are_proposed_by_one_need_several_needs_and_acute_need() -> None:
    rules = {rule["id"]: rule for rule in load_partnership("staffordshire")["thresholds"] if rule["enabled"]}
    assert {id_: (rule["level"], rule["tells"]) for id_, rule in rules.items()} == {
        "one-need": (2, "nobody"), "several-needs": (3, "nobody"),
        "several-needs-two-organisations": (3, "front_door"), "acute-need": (4, "front_door"),
    }  # fmt: skip
