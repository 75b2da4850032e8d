"""A partnership on its page, as JSON and by command: every value with its source, another beside it, a new one served."""

import json
import shutil
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from hub.adapters.signin import DEMO_ACCOUNTS
from hub.bootstrap import Hub, open_hub
from hub.domain.errors import Refused
from hub.domain.rule import NOT_STATED
from policies.partnerships.blank import begin
from tests.journey.conftest import Mash
from tests.support.browser import NARROW, WIDE, chromium, sign_in
from tests.support.drafts import DECISION_MAKER, IG_LEAD
from tests.support.partnership import settings_for
from tests.support.site import Site

LEVELS = [
    "1 Universal: Doing well with what every family can use",
    (
        "2 Early help: One need that is starting to tell, and that one service can help with. ends after 182 days unless it is "
        "renewed. assessments: Early help assessment"
    ),
    (
        "3 Targeted help: Several needs together, so that several services must work as one. 2 organisations or more. "
        "assessments: Early help assessment, Child in need assessment"
    ),
    "4 Protection: Significant harm is suffered or likely, or the need is acute. assessments: Statutory assessment",
]


def shipped(to: Path) -> Path:
    """The partnerships that come with the hub, in a folder of the test's own."""
    with as_file(files("policies.partnerships")) as there:
        shutil.copytree(there, to, ignore=shutil.ignore_patterns("*.py", "__pycache__", "_*"))
    return to


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    opened = open_hub(settings_for(tmp_path_factory.mktemp("data")))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def site(hub: Hub) -> Iterator[Site]:
    with Site(hub) as made:
        yield made


# ---------------------------------------------------------------------------------------------------- page and program


def test_a_partnership_that_is_not_there_or_a_section_that_is_none_is_not_found(site: Site) -> None:
    with site.visit(DECISION_MAKER) as visit:
        for wrong in ("section=magic", "beside=atlantis", "beside=demo"):  # nobody is put beside themselves
            assert visit.get(f"/partnership?{wrong}").status_code == 404
            assert visit.call(f"/api/v1/partnership?{wrong}").status_code == 404
        assert visit.get("/partnership?beside=../durham").status_code == 400
    with site.visit("") as nobody:
        assert nobody.call("/api/v1/partnership").status_code == 401


def test_everybody_who_works_here_may_read_it(site: Site) -> None:
    for one in DEMO_ACCOUNTS:
        with site.visit(one.staff) as visit:
            shown = visit.get("/partnership?section=levels")
            assert shown.status_code == 200, one.title
            assert 'href="/partnership"' in shown.text, one.title


def test_the_page_shows_each_value_of_the_edition_in_force_with_its_source(site: Site) -> None:
    with site.visit(IG_LEAD) as visit:
        whole, levels = visit.get("/partnership").text, visit.get("/partnership?section=levels").text
        told = visit.call("/api/v1/partnership?section=levels").json()
    assert [one["says"] for one in told["sections"][0]["values"]] == LEVELS
    assert {one["source"] for one in told["sections"][0]["values"]} == {NOT_STATED}
    assert (told["edition"], told["title"]) == ("1", "Demo partnership")
    for text in LEVELS:
        assert text in levels
    for text in ("Safety scale", "Locality panel", "75 years after birth", "Three houses", "Measures</h2>", NOT_STATED):
        assert text in whole
        assert text == NOT_STATED or text not in levels


def test_another_partnership_stands_beside_it_level_by_meaning(site: Site) -> None:
    with site.visit(DECISION_MAKER) as visit:
        page = visit.get("/partnership?beside=durham&section=levels").text
        told = visit.call("/api/v1/partnership?beside=durham&section=levels").json()
    pairs = {pair["subject"]: (pair["here"][:1], pair["there"][:1]) for pair in told["sections"][0]["pairs"]}
    assert pairs == {
        "Services for everybody are enough": ("1", "1"), "Some help more, from one service": ("2", "2"),
        "Several services must work together": ("3", "3"), "A child in need by law": ("3", "4"),
        "Significant harm, suffered or likely": ("4", "5"),
    }  # fmt: skip
    assert "County Durham" in page
    assert "5 Level 5: Statutory help: protection" in page


# ------------------------------------------------------------------------------------------------------------ commands


def test_check_tells_every_fault_with_its_line_and_ends_with_one(mash: Mash, tmp_path: Path) -> None:
    folder = shipped(tmp_path / "drafts")
    sound = mash("partnership", "check", "--folder", str(folder), "--json")
    assert (sound.code, json.loads(sound.out)["problems"]) == (0, [])
    assert len(json.loads(sound.out)["checked"]) == 6

    rules = folder / "durham" / "thresholds.toml"
    rules.write_text(rules.read_text().replace("within_days = 180", "within_days = 0", 1))
    kept = folder / "durham" / "retention.toml"
    kept.write_text(kept.read_text().replace("years = 75", "years = 0", 1))
    wrong = mash("partnership", "check", "durham", "--folder", str(folder))
    assert wrong.code == 1
    told = wrong.out.splitlines()
    assert told[0].startswith("durham/retention.toml:")
    assert "kept for 0 years: give 1 to 150" in told[0]
    assert "a window of 0 days can never be met: give 1 to" in told[1]
    assert told[2] == "0 of 1 sound."


def test_a_folder_that_is_not_there_or_holds_none_is_one_line_that_says_what_to_do(mash: Mash, tmp_path: Path) -> None:
    for words in (("check",), ("show", "demo"), ("compare", "demo", "durham")):
        nowhere = mash("partnership", *words, "--folder", str(tmp_path / "nowhere"))
        assert (nowhere.code, nowhere.err) == (
            1, f"mash: there is no folder {tmp_path / 'nowhere'}: name the one in which the partnerships' folders lie\n",
        )  # fmt: skip
    empty = mash("partnership", "check", "--folder", str(tmp_path))
    assert (empty.code, empty.err) == (
        1, f"mash: there is no partnership in {tmp_path}: mash partnership new NAME begins one\n",
    )  # fmt: skip
    named = mash("partnership", "new", "Any Shire", "--folder", str(tmp_path))
    assert (named.code, "north-anyshire" in named.err) == (1, True)


def test_a_rule_that_the_hub_judged_by_is_not_edited_under_its_id(mash: Mash, tmp_path: Path) -> None:
    folder = shipped(tmp_path / "drafts")
    mash("agency", "list")  # the hub's record begins, with edition 1
    checked = ("partnership", "check", "demo", "--folder", str(folder))
    assert mash(*checked, "--json").code == 0

    rules = folder / "demo" / "thresholds.toml"
    line = 'id = "three-concerns-two-organisations"'
    rules.write_text(rules.read_text().replace("Three concerns known first hand", "Three concerns, known anyhow", 1))
    edited = mash(*checked)
    assert edited.code == 1
    place = edited.out.partition(":")[2].partition(":")[0]
    assert rules.read_text().splitlines()[int(place) - 1] == line
    assert (
        "an edition on record judged by this rule, and it reads otherwise here: give the changed one an id"
        in edited.out
    )

    rules.write_text(rules.read_text().replace(line, 'id = "three-concerns-two-organisations-2"', 1))
    assert mash(*checked).code == 0
    nowhere = mash(*checked, "--data", str(tmp_path / "nowhere"))
    assert (nowhere.code, "no hub lies in" in nowhere.err) == (1, True)
    assert not (tmp_path / "nowhere").exists()


def test_show_and_compare_answer_people_and_programs(mash: Mash) -> None:
    shown = json.loads(mash("partnership", "show", "wakefield", "--section", "localities", "--json").out)
    assert [one["subject"] for one in shown["sections"][0]["values"]] == [
        "Castleford and Pontefract", "Normanton and Rural", "Central and North West", "Featherstone and South East",
    ]  # fmt: skip
    assert {one["source"] for one in shown["sections"][0]["values"]} == {
        "Wakefield Early Help Strategy, January 2019, This is how we are going to do it, line 177"
    }
    in_force = json.loads(mash("partnership", "show", "--in-force", "--section", "levels", "--json").out)
    assert ([one["says"] for one in in_force["sections"][0]["values"]], in_force["edition"]) == (LEVELS, "1")
    assert "not stated in the source" in mash("partnership", "show", "calderdale").out

    two = json.loads(mash("partnership", "compare", "calderdale", "durham", "--section", "measures", "--json").out)
    by_formula = {pair["subject"]: pair for pair in two["sections"][0]["pairs"]}
    assert by_formula["re referrals"]["here"].startswith("A falling percentage of referrals")
    assert by_formula["re referrals"]["there"].startswith("Fewer re-referrals to statutory services")
    assert "stated: 23.5 % in the third quarter" in by_formula["re referrals"]["there"]
    assert mash("partnership", "compare", "calderdale", "atlantis").code == 1
    assert "there is no section 'magic'" in mash("partnership", "show", "demo", "--section", "magic").err
    assert mash("partnership", "show", "demo", "--in-force").code == 2


def test_a_new_partnership_is_begun_by_command_and_overwrites_nothing(mash: Mash, tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    made = mash("partnership", "new", "anyshire", "--folder", str(folder), "--title", "Anyshire")
    assert made.code == 0
    assert "places to fill: mash partnership check anyshire" in made.out
    assert mash("partnership", "check", "anyshire", "--folder", str(folder)).code == 1
    again = mash("partnership", "new", "anyshire", "--folder", str(folder))
    assert (again.code, "nothing is overwritten" in again.err) == (1, True)


def test_a_hub_serves_a_folder_of_its_own(tmp_path: Path) -> None:
    folder = shipped(tmp_path / "ours")
    shutil.copytree(folder / "wakefield", folder / "anyshire")
    about = folder / "anyshire" / "partnership.toml"
    about.write_text(about.read_text().replace('title = "Wakefield"', 'title = "Anyshire"', 1))

    opened = open_hub(settings_for(tmp_path / "data", partnership="anyshire", partnerships=folder))
    try:
        view = opened.partnerships.view(opened.asker(IG_LEAD), "about")
        assert (view.name, view.title) == ("anyshire", "Anyshire")
        assert "wakefield" in opened.partnerships.others()
        with pytest.raises(Refused, match="is there already"):
            begin("anyshire", folder)
    finally:
        opened.close()


# ------------------------------------------------------------------------------------------------------------- browser


@pytest.mark.browser
def test_the_pages_have_no_faults_at_320_pixels_and_on_a_desk(site: Site, chromium_path: Path) -> None:
    found: dict[str, object] = {}
    with chromium(chromium_path, site.url) as browser:
        page = browser.page()
        sign_in(page, site.url, "Decision maker")
        for path in ("/partnership", "/partnership?section=levels", "/partnership?beside=durham"):
            page.goto(site.url + path)
            for size in (WIDE, NARROW):
                page.set_viewport_size({"width": size["width"], "height": size["height"]})
                if faults := browser.faults(page):
                    found[f"{path} {size['width']}"] = faults
                if (over := browser.overflow(page)) > 0:
                    found[f"{path} {size['width']} overflow"] = over
        assert browser.complaints == []
    assert found == {}
