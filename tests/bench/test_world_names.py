"""The two lists of names: few, which stay as they are, and many, as unevenly borne as real ones."""

from collections import Counter

from bench.world.names import COMMUNITIES, MUHAMMADS, communities
from bench.world.stream import World


def test_few_names_are_the_communities_own() -> None:
    assert communities("few") is COMMUNITIES


def test_of_many_names_the_communities_own_are_the_commonest_and_most_are_rare() -> None:
    for few, many in zip(communities("few"), communities("many"), strict=True):
        borne = Counter(many.surnames)
        assert (many.id, many.share, many.custom) == (few.id, few.share, few.custom)
        assert {name for name, _ in borne.most_common(3)} <= set(few.surnames)
        assert sorted(borne.values())[len(borne) // 2] * 20 < sum(borne.values())
    (british,) = (one for one in communities("many") if one.id == "white_british")
    commonest = Counter(british.surnames).most_common(1)[0][1] / len(british.surnames)
    assert 0.008 < commonest < 0.015  # about one in a hundred


def test_with_many_names_no_two_siblings_share_a_first_name_but_muhammad() -> None:
    population = World(4000, 2, 5, names="many").population
    shared = set[str]()
    for family in population.families:
        first = Counter(child.forenames.partition(" ")[0] for child in family.children)
        shared |= {name for name, times in first.items() if times > 1}
    assert shared <= set(MUHAMMADS)
    assert shared
