"""Words: anything that names, describes or quotes. Inside facts they are `Sealed`; `flow/disclose.py` alone opens them.

An item has its own key, wrapped once for each source record it is about, and is readable while any wrap lives. So
matching never chooses a key, and link, unlink, merge and split move pointers, never ciphertext.
"""

from typing import Any, Literal, NoReturn

from msgspec import Struct

# The classes of words, in the order in which a page shows them. `mash:cat` in schemas/ names one of these, or "code".
Category = Literal[
    "identity",  # names, birth or expected date, sex, own ids, NHS number, UPN, school, GP
    "identity.address",  # where somebody lives
    "identity.contact",  # a safe way to reach the family
    "narrative",  # what was seen, said or done, in the reporter's words
    "voice",  # the child's own words
    "third_party",  # an adult's or other person's identity and part
    "referrer",  # who told the organisation
    "evidence",  # what evidence exists, and who holds it
    "characteristics",  # ethnicity, disability, first language, interpreter: never read by a rule
    "rationale",  # the hub's own words: why a person decided so
]


class Sealed(Struct, frozen=True, repr_omit_defaults=True):
    """One item of words, closed. It cannot be shown: text, format and markup of it all raise."""

    item: str  # random id
    category: Category
    about: tuple[str, ...]  # source record ids, one wrap each
    wraps: tuple[bytes, ...]
    box: bytes  # nonce and ciphertext
    organisation: str = ""  # who contributed it: the owner

    def __repr__(self) -> str:
        return f"<sealed {self.category} {self.item}>"

    def __str__(self) -> NoReturn:
        raise TypeError("words are sealed: only flow/disclose.py opens them")

    def __format__(self, spec: str) -> NoReturn:
        raise TypeError("words are sealed: only flow/disclose.py opens them")

    def __html__(self) -> NoReturn:
        raise TypeError("words are sealed: only flow/disclose.py opens them")


class Grant(Struct, frozen=True, eq=False, weakref=True):
    """What a committed ledger entry produced: the items that may be opened once, for one response.

    It is worth something only as the very object that the vault gave: one made by hand, copied or pickled opens nothing.
    Inside one process this is a capability, not cryptography: it keeps honest code honest.
    """

    ledger_position: int
    items: frozenset[str]


class Erased(Struct, frozen=True):
    """What a key's tombstone leaves of a fact or an item: that it was, and which erasure ended it."""

    erasure: str


Words = dict[str, Any]  # the opened content of one item: field name -> text, number or list; lives for one response
