"""Whatever two organisations say of a child, and in whatever order: whom the last of it brings near each other (they share
a match key, and weigh enough for a review) is one person, or a person is asked. Nobody is left as two because the telling
part came late.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hub.adapters.likeness import likeness
from hub.domain.alike import Weighing, still_alike
from hub.domain.comparing import known_as
from hub.domain.known import Known, merged
from hub.domain.match_keys import keys_of
from hub.domain.message import Address, Name, Person
from tests.support.desk import shipped
from tests.support.identities import ByHand
from tests.support.messages import a_child, nhs_of
from tests.support.partnership import RunningHub, settings_for

SOUNDS = likeness().sounds
FEW = settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
VALUES: dict[str, tuple[Any, ...]] = {
    "names": (
        (Name("Rebecca", "Firth"),),
        (Name("Rebekah", "Firth"),),
        (Name("", "Firth"),),
        (Name("Oskar", "Hjelm"),),
    ),
    "birth_date": (date(2017, 5, 14), date(2017, 5, 15), date(2012, 1, 30)),
    "nhs_number": (nhs_of(7001), nhs_of(7002)),
    "addresses": ((Address(("12 Invented Row",), "ZZ1 1ZZ"),), (Address(("3 Made-up Street",), "ZZ7 4AB"),)),
}
parts = st.sampled_from(sorted(VALUES)).flatmap(
    lambda name: st.tuples(st.sampled_from(("school", "health")), st.just(name), st.sampled_from(VALUES[name]))
)


@contextmanager
def a_hub() -> Iterator[ByHand]:
    with TemporaryDirectory() as folder:
        running = RunningHub(settings_for(Path(folder) / "data"))
        try:
            yield ByHand(running)
        finally:
            running.close()


@FEW
@given(said=st.lists(parts, min_size=2, max_size=8))
def test_whom_the_last_of_what_was_said_brings_near_are_one_or_a_person_is_asked(
    said: list[tuple[str, str, Any]],
) -> None:
    with a_hub() as hub:
        child = a_child()
        held: dict[str, tuple[str, Known]] = {}
        for organisation, field, value in said:
            person = Person(**{"own_id": f"{organisation}-1", field: value})
            found = hub.seen(child, organisation, person=person)
            known = known_as(person, unborn=False)
            before = held.get(organisation)
            if before is not None and before[0] != found and hub.person(before[0]).source_records:
                return  # the own id named somebody else, and a person is asked about that
            held[organisation] = found, merged(before[1], known) if before else known
        if len(held) < 2:
            return
        (one, mine), (other, theirs) = held["school"], held["health"]
        by = Weighing(judge=shipped(), population=2)
        meet = not set(keys_of(mine, SOUNDS)).isdisjoint(keys_of(theirs, SOUNDS))
        near = meet and still_alike([mine], [theirs], by) and still_alike([theirs], [mine], by)
        state, beside = hub.person(one), hub.person(other)
        asked = one == other or other in state.may_be or one in beside.may_be
        assert asked or not near, said
