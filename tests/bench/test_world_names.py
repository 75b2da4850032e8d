"""The two lists of names: few, which stay as they are, and many, as unevenly borne as real ones."""

from collections import Counter
from datetime import date
from random import Random

from bench.world.names import COMMUNITIES, MUHAMMADS, communities
from bench.world.noise import draw_view
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


def test_made_up_names_have_no_more_words_than_the_communitys_own_and_two_as_often() -> None:
    for few, many in zip(communities("few"), communities("many"), strict=True):
        own, made = ([len(name.split()) for name in (*one.girls, *one.boys)] for one in (few, many))
        assert max(made) == max(own), few.id
        assert abs(made.count(2) / len(made) - own.count(2) / len(own)) < 0.05, few.id


def test_a_short_form_of_a_name_of_two_words_is_used() -> None:
    world = World(3000, 1, 6)
    families = {child.id: family for family in world.population.families for child in family.children}
    child = next(one for family in families.values() for one in family.children if one.forenames == "Mei Ling")
    rng, today = Random(1), date(2025, 6, 1)  # noqa: S311 - a synthetic world, no secret
    called = {draw_view("charity", families[child.id], child, today, factor=4.0, rng=rng).forenames for _ in range(200)}
    assert "May" in called


def test_with_many_names_no_two_siblings_share_a_first_name_but_muhammad() -> None:
    population = World(4000, 2, 5, names="many").population
    shared = set[str]()
    for family in population.families:
        first = Counter(child.forenames.partition(" ")[0] for child in family.children)
        shared |= {name for name, times in first.items() if times > 1}
    assert shared <= set(MUHAMMADS)
    assert shared
