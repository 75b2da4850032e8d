"""The documents say what the code does: nothing undocumented, nothing promised that no test holds, no link into the void."""

import ast
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import typer

import hub
from hub.adapters.signin import DEMO_ACCOUNTS
from hub.cli import app
from hub.config import Settings
from hub.domain import agency
from hub.domain.agency import topic_of
from hub.domain.errors import Refused
from hub.domain.message import ConcernRaised
from hub.domain.message_rules import check
from hub.domain.stored import FACTS
from hub.domain.vocabulary import Vocabulary
from hub.runners import roles
from hub.web.api import concerns
from schemas import load_vocabulary

ROOT = Path(__file__).parents[2]
DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9][0-9][0-9][0-9]-*.md"))
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "schemas/README.md", *sorted((ROOT / "docs").rglob("*.md"))]
ENFORCED = "## The test that enforces it"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
MADE_BY_COMMAND = "docs/pictures/"  # make pictures: the folder's files may be missing in a fresh checkout
PLANNED = {"mash verify"}  # named where pages say that it is not there yet
FROM_TEST_RUNS = {"MASH_TEST_REQUIRE", "MASH_TEST_CHROMIUM"}
# The words of the design: one word for one thing.
WORDS = (
    "organisation", "setting", "sector", "person", "source record", "household", "concern", "strength", "incident",
    "indicator", "contact", "referral", "MASH enquiry", "involvement", "legal status", "level", "step up", "step down",
    "agreement", "consent", "coverage", "ask", "ruling", "ledger entry", "release", "edition", "re-admit", "signal",
    "finding", "alert", "prompt", "partnership", "lead professional", "TAF", "occurred", "recorded_at", "received",
    "known_at", "record", "ledger",
)  # fmt: skip
COVERAGE = (
    "contributed", "searched, none held", "asked, no answer yet", "not asked, with reason", "refused, with reason",
    "withheld by rule",
)  # fmt: skip
# What betrays the machine that a text was written on. Put together here, so that this file does not hold it.
PRIVATE_PLACES = re.compile(
    "|".join(("/" + "work/", "/" + "home/", "/" + "Users/", "/" + "root/", r"\." + "library/", r"\." + "mirror/",
              r"https?://[^/\s]*(?:pypi|maven|npm|proxy|mirror|artifactory|nexus)[^/\s]*\.(?:internal|local|lan)\b"))
)  # fmt: skip
INDEX_OPTIONS = re.compile(r"^\s*--(?:extra-)?(?:index-url|trusted-host)\b", re.MULTILINE)


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def commands(command: Any, path: tuple[str, ...]) -> Iterator[str]:
    """Every command that does something, as one types it."""
    below = getattr(command, "commands", None)
    if below is None:
        yield " ".join(path)
    else:
        for name, one in below.items():
            yield from commands(one, (*path, name))


@pytest.fixture(scope="module")
def typed() -> list[str]:
    whole = typer.Typer()
    whole.registered_commands, whole.registered_groups = [*app.registered_commands], [*app.registered_groups]
    for point in entry_points(group="mash.commands"):
        point.load()(whole)
    return sorted(commands(typer.main.get_command(whole), ("mash",)))


def committed() -> list[Path]:
    """The files of the repository, those not yet added too; without git, whatever lies in the tree."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        named = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        named = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if not any(part[0] == "." for part in p.parts[1:])]
    return [path for name in named if (path := ROOT / name).is_file() and path.suffix not in {".png", ".lock", ".pyc"}]


def anchors(page: Path) -> set[str]:
    """The places within a page that a link may name."""
    titles = re.findall(r"^#+ (.+)$", text(page), re.MULTILINE)
    plain = [re.sub(r"[`*\"]|\[([^\]]*)\]\([^)]*\)", r"\1", title) for title in titles]
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in plain}


def broken_links(page: Path) -> list[str]:
    broken = []
    for target in LINK.findall(text(page)):
        if re.match(r"[a-z]+:", target):
            continue
        where, _, anchor = target.partition("#")
        found = (page.parent / where).resolve() if where else page
        made = str(found).startswith(str(ROOT / MADE_BY_COMMAND)) and f"`{found.name}`" in text(
            ROOT / "docs/pictures.md"
        )
        if (not found.exists() and not made) or (anchor and anchor not in anchors(found)):
            broken.append(target)
    return broken


def enforcing(page: Path) -> list[tuple[str, str]]:
    """(file, test) pairs that a decision names in its last section."""
    return re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", text(page).partition(ENFORCED)[2])


def names_of_tests(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(text(path))) if isinstance(node, ast.FunctionDef)}


# -------------------------------------------------------------------------------------------------------- what is typed


def test_every_command_is_in_the_runbook(typed: list[str]) -> None:
    assert len(typed) >= 15  # a walk that finds nothing proves nothing
    told = text(ROOT / "docs/runbook.md")
    assert [command for command in typed if not re.search(rf"`{re.escape(command)}\b", told)] == []


def test_no_page_tells_of_a_command_that_there_is_none_of(typed: list[str]) -> None:
    groups = {" ".join(command.split()[:2]) for command in typed if len(command.split()) > 2}
    strange = []
    for page in PAGES:
        for told in re.findall(r"\bmash((?: [a-z][a-z-]+)+)", "\n".join(re.findall(r"`([^`\n]+)`", text(page)))):
            words = ["mash", *told.split()]
            starts = {" ".join(words[:length]) for length in range(2, len(words) + 1)}
            of_a_group = " ".join(words[:2]) in groups and len(words) == 2
            if not (of_a_group or starts & {*typed, *PLANNED}):
                strange.append(f"{page.name}: {' '.join(words)}")
    assert strange == []


def test_every_role_is_in_the_flow_page() -> None:
    told = text(ROOT / "docs/flow.md")
    assert [role for role in ("web", *roles()) if f"`{role}`" not in told] == []


def test_every_step_of_the_flow_is_told_of_where_the_hub_and_the_journey_are_described() -> None:
    steps = {path.name for path in (ROOT / "hub/flow").glob("*.py")} - {"__init__.py"}
    assert sorted(step for step in steps if f"`{step}`" not in (hub.__doc__ or "")) == []
    assert sorted(step for step in steps if f"`flow/{step}`" not in text(ROOT / "docs/flow.md")) == []


def test_every_setting_is_documented() -> None:
    told = "\n".join(text(page) for page in PAGES)
    wanted = {f"MASH_{name.upper()}" for name in Settings.model_fields} | FROM_TEST_RUNS
    assert sorted(name for name in wanted if not re.search(rf"\b{name}\b", told)) == []


def test_every_target_of_make_says_what_it_is_for() -> None:
    rules = re.findall(r"^([a-z-]+):([^=\n]*)$", text(ROOT / "Makefile"), re.MULTILINE)
    assert [name for name, rest in rules if "## " not in rest] == []


def test_the_message_of_the_readme_is_one_that_the_hub_takes() -> None:
    (example,) = re.findall(r"```json\n(.+?)```", text(ROOT / "README.md"), re.DOTALL)
    _, message = concerns.read(example.encode(), "police")
    vocabulary = Vocabulary.of(load_vocabulary())
    check(message, vocabulary, datetime(2026, 12, 1, tzinfo=UTC))
    assert isinstance(message, ConcernRaised)
    numbers = [subject.person.nhs_number or "999" for subject in message.subjects]
    assert all(number.startswith("999") for number in numbers)  # of the range that is reserved for tests


# ------------------------------------------------------------------------------------------------------------ decisions


def test_decisions_are_numbered_without_a_gap_and_listed() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    listed = LINK.findall(text(ROOT / "docs/decisions/README.md"))
    assert [page.name for page in DECISIONS if page.name not in listed] == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name[:4])
def test_a_decision_has_its_four_parts_and_names_tests_that_exist(page: Path) -> None:
    parts = re.findall(r"^## (.+)$", text(page), re.MULTILINE)
    assert parts == ["Context", "Decision", "Consequences", "The test that enforces it"]
    named = enforcing(page)
    assert named
    missing = [f"{file}::{name}" for file, name in named if name not in names_of_tests(ROOT / file)]
    assert missing == []


def test_the_code_refers_to_decisions_and_pages_that_exist() -> None:
    referred = {
        (path.name, found)
        for path in committed()
        if path.suffix in {".py", ".toml", ".cedar", ".yml"}
        for found in re.findall(r"\bdocs/[\w/.-]+\.md\b", text(path))
    }
    assert sorted(where for where in referred if not (ROOT / where[1]).exists()) == []


# ---------------------------------------------------------------------------------------------------- words and links


def test_every_word_of_the_design_is_in_the_glossary() -> None:
    told = {word for cell in re.findall(r"^\| \*\*(.+?)\*\* \|", text(ROOT / "docs/glossary.md"), re.MULTILINE)
            for word in re.split(r", | / ", cell)}  # fmt: skip
    assert [word for word in WORDS if word not in told] == []
    assert [state for state in COVERAGE if state not in text(ROOT / "docs/glossary.md")] == []


def test_the_facts_and_roles_that_pages_speak_of_exist() -> None:
    told = set(re.findall(r"^\| `[a-z-]+:[^|]*\| `([a-z.-]+)` \|", text(ROOT / "docs/flow.md"), re.MULTILINE))
    assert len(told) == 6
    assert sorted(told - set(FACTS)) == []
    signed_in = re.findall(
        r"\*\*([^*]+)\*\*", text(ROOT / "README.md").partition("| sign in as |")[2].partition("\n\n")[0]
    )
    assert sorted(signed_in) == sorted(account.title for account in DEMO_ACCOUNTS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_a_broken_link_would_be_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A *title* of it\n[here](#a-title-of-it) [no](#nowhere) [gone](gone.md) [out](https://example.org)"
    )
    assert broken_links(page) == ["#nowhere", "gone.md"]


# ------------------------------------------------------------------------------------------------------- what must not


def test_no_text_names_the_machine_it_was_written_on() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {hit.group(0)}"
        for path in committed()
        if (hit := PRIVATE_PLACES.search(read(path)))
    ]
    assert found == []
    for lock in ("requirements.lock", "requirements-dev.lock"):
        assert INDEX_OPTIONS.search(text(ROOT / lock)) is None


def read(path: Path) -> str:
    """What stands in a file that is text; nothing for one that is not."""
    try:
        return text(path)
    except UnicodeDecodeError:
        return ""


def test_every_organisation_has_a_topic_of_its_own() -> None:
    """Decision 0013: ids have no hyphens and topics no underscores, so a topic names one organisation only."""
    ids = ["police", "police_north", "policenorth", "police2", "north_police"]
    assert [topic_of(one) for one in ids] == [
        "concern.police.v1", "concern.police-north.v1", "concern.policenorth.v1", "concern.police2.v1",
        "concern.north-police.v1",
    ]  # fmt: skip
    for refused in ("police-north", "Police", "police.north", "", "police north"):
        wish = agency.OrganisationRegistered(organisation=refused, name="Somebody", sector="police")
        with pytest.raises(Refused):
            agency.decide(agency.Register(), wish)
