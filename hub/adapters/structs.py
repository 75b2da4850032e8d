"""Every struct's types looked up once, before any thread reads one.

msgspec looks a struct's types up when it first reads one, and puts what it has on the class before it is whole, so that a
struct may hold itself. A second thread that first reads the same struct meanwhile takes the half of it and dies of a
segmentation fault (msgspec 0.22.0, CPython 3.11; tests/adapters/test_structs.py shows it).
"""

from collections.abc import Iterator
from contextlib import suppress
from threading import Lock

from msgspec import Struct, msgpack

_one_at_a_time = Lock()
_looked_up: set[type[Struct]] = set()


def look_up() -> None:
    """Have the types of every struct that is imported by now looked up. To be called before threads begin; again is cheap."""
    with _one_at_a_time:
        for kind in _below(Struct):
            if kind not in _looked_up:
                with suppress(TypeError):  # one that is only ever written: no reader could tell what it holds apart
                    msgpack.Decoder(kind)
                _looked_up.add(kind)


def _below(kind: type[Struct]) -> Iterator[type[Struct]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)
