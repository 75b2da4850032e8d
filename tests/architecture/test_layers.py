"""Imports point down. import-linter's contracts hold on the tree, and each of them bites when it is broken on purpose."""

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
PACKAGES = ("hub", "consumers", "schemas", "policies", "bench")
MAY_BE_IN_THE_DOMAIN = {"msgspec", "nhs_number", "hub"}  # beside the standard library; nhs_number is arithmetic alone

# For each contract: the imports that break it, one after the other.
BROKEN: dict[str, list[tuple[str, str]]] = {
    "hub: imports point down, towards the pure domain": [
        ("hub/domain/moments.py", "from hub.ports import Clock"),
        ("hub/flow/match.py", "from hub.adapters.clock import SystemClock"),
        ("hub/adapters/clock.py", "from hub.views import store"),
        ("hub/bootstrap.py", "from hub.web.app import make_app"),
        ("hub/web/headers.py", "from hub.cli import main"),
    ],
    "flow: a step never calls a step; only receive walks through them": [
        ("hub/flow/match.py", "from hub.flow.share import rule_at_intake"),
        ("hub/flow/verify.py", "from hub.flow.receive import Intake"),
    ],
    "domain: aggregates never import each other; rules know only what is underneath": [
        ("hub/domain/child.py", "from hub.domain.alert import Alert"),
        ("hub/domain/thresholds.py", "from hub.domain.alert import Alert"),
    ],
    "the hub never imports its consumers, the bench, or the tests": [
        ("hub/runners.py", "import consumers.thresholds"),
        ("hub/cli/output.py", "import bench"),
    ],
    "consumers see the domain, the ports and the bootstrap, and each stands alone": [
        ("consumers/runtime.py", "from hub.adapters.clock import SystemClock"),
        ("consumers/thresholds.py", "from hub.flow.receive import Intake"),
    ],
    "the domain is pure": [
        ("hub/domain/moments.py", "import pydantic"),
        ("hub/ports.py", "import sqlalchemy"),
        ("hub/flow/match.py", "import cryptography"),
    ],
}


def lint(folder: Path, contract: str = "") -> subprocess.CompletedProcess[str]:
    """import-linter on the packages of a folder."""
    code = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    words = ["--no-cache", *(["--contract", contract] if contract else [])]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", code, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


def test_every_import_points_where_the_contracts_let_it() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in done.stdout


def test_every_contract_is_one_that_is_broken_on_purpose_here() -> None:
    assert sorted(contract["name"] for contract in CONTRACTS) == sorted(BROKEN)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("contract", "where", "line"),
    [(contract, *each) for contract, all_ in BROKEN.items() for each in all_],
    ids=[f"{where} {line}" for all_ in BROKEN.values() for where, line in all_],
)
def test_a_broken_contract_is_found(tmp_path: Path, contract: str, where: str, line: str) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file = tmp_path / where
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")
    done = lint(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{contract} BROKEN" in " ".join(done.stdout.split()), done.stdout


def imports(path: Path) -> set[str]:
    """The top packages that a file imports, at any depth of it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively: say where from"
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "hub/domain").glob("*.py")), ids=lambda path: path.stem)
def test_the_domain_imports_the_standard_library_msgspec_and_itself(path: Path) -> None:
    names = imports(path)
    strange = {
        name for name in names if name.partition(".")[0] not in {*sys.stdlib_module_names, *MAY_BE_IN_THE_DOMAIN}
    }
    assert strange == set()
    assert {name for name in names if name.startswith("hub") and not name.startswith("hub.domain")} == set()


@pytest.mark.parametrize("path", sorted((ROOT / "hub/domain").glob("*.py")), ids=lambda path: path.stem)
def test_the_domain_reads_no_clock_no_file_and_no_chance(path: Path) -> None:
    """What is decided depends on what is given alone, so that a replay decides the same."""
    impure = {"os", "io", "random", "secrets", "time", "socket", "subprocess", "threading", "pathlib", "tempfile"}
    assert {name.partition(".")[0] for name in imports(path)} & impure == set()
    text = path.read_text(encoding="utf-8")
    for call in ("datetime.now(", "date.today(", "uuid4(", "uuid1(", "open("):
        assert call not in text.replace("_open(", ""), f"{path.name} calls {call}"


def test_only_the_record_knows_eventsourcing() -> None:
    knowing = {
        str(path.relative_to(ROOT))
        for package in ("hub", "consumers")
        for path in (ROOT / package).rglob("*.py")
        if any(name.startswith("eventsourcing") for name in imports(path))
    }
    assert knowing <= {f"hub/adapters/record{kind}.py" for kind in ("", "_sqlite", "_postgres")}


def test_only_disclose_and_matching_open_the_vault() -> None:
    opening = {
        path.name
        for path in (ROOT / "hub").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"open", "open_all"}
        and "vault" in ast.unparse(node.func.value)
    }  # fmt: skip
    assert opening == {"disclose.py", "match.py", "reindex.py"}
