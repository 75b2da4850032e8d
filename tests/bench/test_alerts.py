"""The 100,000-signal job, a fifth of it: the rules consumer finds what an oracle finds that knows nothing of the hub."""

from bench import alerts


def test_the_rules_consumer_misses_nothing_and_makes_nothing_up_beside_the_oracle() -> None:
    found = alerts.measure(quick=True)

    assert (found["signals"], found["children"]) == (20_000, 2_000)
    assert found["late"] > 1_500
    assert 500 < found["alerted"] < 1_500  # neither none nor all
    assert (found["missed"], found["false"], found["other_evidence"]) == (0, 0, 0)
    assert found["findings"] > found["alerted"]  # many of them grew
    assert alerts.told(found)[-1].endswith(": met")


def test_the_oracle_counts_one_telling_of_a_minute_once_and_asks_for_two_organisations() -> None:
    drawn = list(alerts.drawn(400, 8))
    found = alerts.oracle(drawn)
    child = next(iter(found))
    alone = [one for one in drawn if one.child == child and one.organisation == "police"]
    assert alerts.oracle(alone) == {}
    five = [one for one in drawn if one.id in found[child]][:1] * 5
    assert alerts.oracle(five) == {}
