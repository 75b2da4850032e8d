"""Every setting is documented with its default and what it is, and nothing that is documented is unknown to the code."""

import os
import re
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from hub.config import Settings, SettingsWrong, read_settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(MASH_(?!TEST_)[A-Z_]+)` \| (.*) \|$", PAGE, re.MULTILINE))
NAMES = {f"MASH_{name.upper()}": name for name in Settings.model_fields}


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MASH_")]:
        monkeypatch.delenv(name)


def default(name: str) -> str:
    value = Settings.model_fields[name].default
    value = value.get_secret_value() if isinstance(value, SecretStr) else value
    if value in {None, ""}:
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_the_page_has_a_row_for_each_setting_in_their_order_and_no_other() -> None:
    assert list(ROWS) == list(NAMES)


@pytest.mark.parametrize("setting", NAMES)
def test_a_row_tells_the_default_and_what_the_setting_is(setting: str) -> None:
    field = Settings.model_fields[NAMES[setting]]
    assert field.description, f"{setting} has no description"
    shown, _, told = ROWS[setting].partition(" | ")
    assert shown == default(NAMES[setting])
    assert told.startswith(field.description)


def test_files_that_set_something_set_what_there_is() -> None:
    places = [ROOT / name for name in ("README.md", "Makefile", "Dockerfile", "docker-compose.yml", ".ci/run")]
    places += sorted((ROOT / "docs").rglob("*.md"))
    strange = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in places
        if path.exists()
        for name in re.findall(r"\bMASH_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))
        if name not in NAMES and not name.startswith("MASH_TEST_") and name not in {"MASH_PLIAN_BODIES", "MASH_VERSION"}
    }
    assert strange == set()


def test_a_misspelt_setting_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASH_PLIAN_BODIES", "true")
    with pytest.raises(SettingsWrong, match=r"unknown setting MASH_PLIAN_BODIES: docs/settings\.md"):
        read_settings()


def test_a_setting_of_the_test_run_is_none_of_the_hubs_business(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASH_TEST_REQUIRE", "all")
    assert read_settings().log == "embedded"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"store": "postgres"}, "MASH_POSTGRES_DSN"),
        ({"log": "kafka"}, "MASH_KAFKA_USER"),
        ({"store": "csv"}, "'sqlite' or 'postgres'"),
        ({"batch": "501"}, "less than or equal to 500"),
    ],
)
def test_settings_that_make_no_hub_are_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], told: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"MASH_{name.upper()}", value)
    with pytest.raises(SettingsWrong, match=told):
        read_settings()


def test_what_is_typed_goes_before_the_environment_and_nothing_changes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASH_PORT", "1234")
    monkeypatch.setenv("MASH_HOST", "::1")
    settings = read_settings(port=0, host=None)
    assert (settings.port, settings.host) == (0, "::1")
    with pytest.raises(ValidationError):
        settings.port = 1


def test_a_secret_shows_in_no_text_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASH_KAFKA_PASSWORD", "planted-secret")
    monkeypatch.setenv("MASH_POSTGRES_DSN", "postgresql://mash:planted-secret@127.0.0.1/mash")
    settings = read_settings()
    assert "planted-secret" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_a_refused_setting_does_not_repeat_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASH_STORE", "planted-secret")
    monkeypatch.setenv("MASH_KAFKA_PASSWORD", "planted-secret")
    with pytest.raises(SettingsWrong) as refused:
        read_settings()
    assert "planted-secret" not in str(refused.value)
