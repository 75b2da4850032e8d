"""Who may come near words: whoever calls what opens them, or makes what opens them, stands in these lists."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Calls of a method named open or open_all that are about something else than words: files, connections, sessions.
OTHER_OPENINGS = {
    ("consumers/runtime.py", "self"), ("hub/adapters/keys_file.py", "os"), ("hub/adapters/lease.py", "os"),
    ("hub/adapters/log_embedded.py", "os"), ("hub/adapters/record_sqlite.py", "self"),
    ("hub/adapters/record_sqlite.py", "self._files"), ("hub/adapters/record_sqlite.py", "self._pool"),
    ("hub/cli/areas.py", "file"), ("hub/cli/measures.py", "os"), ("hub/cli/publish.py", "path"),
    ("hub/cli/schemas.py", "root / 'fingerprints.toml'"),
    ("hub/parts.py", "os"), ("hub/web/pages/door.py", "doorkeeper"), ("hub/web/vendor.py", "tarfile"),
    ("hub/flow/verify.py", "inspector.bodies"),  # a message on its way in, before it is anybody's words
}  # fmt: skip
OPENING = {"hub/flow/disclose.py", "hub/flow/match.py", "hub/flow/reindex.py"}
ASKING_KEYS = {
    "hub/adapters/keys_file.py", "hub/adapters/record.py", "hub/adapters/sealing.py", "hub/parts.py",
    "hub/flow/people.py", "hub/flow/rematch.py",  # whether a key lives, before anything is written to its owner
}  # fmt: skip


def _nodes() -> Iterator[tuple[str, ast.AST]]:
    for package in ("hub", "consumers"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                yield str(path.relative_to(ROOT)), node


def _methods(*names: str) -> set[tuple[str, str]]:
    """(file, on what) of every mention of a method of one of these names, called or handed on."""
    return {
        (file, ast.unparse(node.value))
        for file, node in _nodes()
        if isinstance(node, ast.Attribute) and node.attr in names
    }


def _made(*names: str) -> set[tuple[str, str]]:
    return {
        (file, node.func.id if isinstance(node.func, ast.Name) else node.func.attr)
        for file, node in _nodes()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
        and (node.func.id if isinstance(node.func, ast.Name) else node.func.attr) in names
    }  # fmt: skip


def test_words_are_opened_by_the_door_and_by_matching_alone_under_whatever_name_the_vault_is_held() -> None:
    called = {
        (file, ast.unparse(node.func.value))
        for file, node in _nodes()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "open"
    }
    handed_on = {(file, on) for file, on in _methods("open") if on.endswith("vault")} | _methods("open_all")
    assert {file for file, _ in (called | handed_on) - OTHER_OPENINGS} == OPENING


def test_a_grant_is_asked_for_by_the_door_and_by_matching_alone() -> None:
    assert {file for file, _ in _methods("grant")} == OPENING


def test_grants_vaults_and_standing_leaves_are_made_in_one_place_each() -> None:
    assert _made("Grant", "VaultAES", "StandingGrant") == {
        ("hub/adapters/sealing.py", "Grant"), ("hub/flow/disclose.py", "StandingGrant"), ("hub/parts.py", "VaultAES"),
    }  # fmt: skip
    assert {file for file, _ in _made("stand")} == {"hub/answering.py", "hub/bootstrap.py", "hub/parts.py"}


def test_nobody_reaches_a_method_of_the_vault_by_its_name_as_text() -> None:
    spelt = [
        (file, ast.unparse(node))
        for file, node in _nodes()
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"getattr", "methodcaller", "operator.methodcaller"}
        and any(isinstance(one, ast.Constant) and one.value in {"open", "open_all", "grant", "_open"} for one in node.args)
    ]  # fmt: skip
    assert spelt == []


def test_only_the_door_writes_to_the_ledger() -> None:
    writing = {
        file
        for file, node in _nodes()
        if isinstance(node, ast.Attribute) and node.attr == "append" and ast.unparse(node.value).endswith("ledger")
    }
    assert writing == {"hub/flow/disclose.py"}


def test_keys_are_read_by_what_seals_and_stores_and_by_no_page_or_view() -> None:
    reading = {file for file, on in _methods("find", "gather") if "keys" in on or file == "hub/adapters/keys_file.py"}
    assert reading == ASKING_KEYS
