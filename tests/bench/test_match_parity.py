"""The hub scores as Splink does: the same pairs weighed by both, with every level of every comparison among them."""

import json
from pathlib import Path

import pytest

from hub.adapters.likeness import likeness
from hub.domain.model import read
from policies.matching import match_model

pytest.importorskip("splink", reason="Splink is missing: pip install -e '.[dev]'; the scorer was not held against it")

from bench.match.parity import compare, every_level


@pytest.mark.slow
def test_fifty_thousand_pairs_weigh_the_same_as_in_splink_itself() -> None:
    settings = match_model("any")
    model = read(settings)
    found = compare(settings, model, likeness(), seed=11)
    assert found.pairs >= 50_000
    assert every_level(model) - set(found.levels) == set()  # each way to come out came up
    assert found.largest_difference < 1e-9


def test_a_scorer_that_is_wrong_by_a_little_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.match.parity.LEFT", 20)
    monkeypatch.setattr("bench.match.parity.RIGHT", 20)
    settings = match_model("any")
    changed = json.loads(json.dumps(settings))
    changed["model"]["comparisons"][2]["comparison_levels"][-1]["m_probability"] *= 1.000001
    assert compare(settings, read(changed), likeness(), seed=11).largest_difference > 1e-7


def test_the_model_that_is_shipped_says_where_it_comes_from() -> None:
    import tomllib

    import policies.matching

    text = (Path(policies.matching.__file__).parent / "provenance.toml").read_text(encoding="utf-8")
    said = tomllib.loads(text)
    assert (said["splink"], said["seed"], said["reviewed_by"]) == ("5.0.0", 90210, [])
