"""A limit on failed tries to get in: a few at once for each address and credential, then one every few seconds.

Secrets of programs are 256 random bits, so this is no protection against guessing; it keeps who guesses from costing
anybody else an answer. In this process alone, and forgotten when it ends.
"""

import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from hub.web.errors import TooManyTries

AT_ONCE = 10  # failed tries before one has to wait
REFILL = 6.0  # seconds until one more may fail
KNOWN = 10_000  # addresses and credentials remembered; the longest unseen is forgotten first


class Tries:
    """One bucket for each (address, credential): failing takes a token out, and tokens come back with time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()  # key -> (tokens, when it had them)

    def check(self, address: str, credential: str) -> None:
        """Raises TooManyTries, with the seconds to wait, while the bucket is empty."""
        with self._lock:
            tokens = self._tokens(_key(address, credential))
        if tokens < 1:
            raise TooManyTries(math.ceil((1 - tokens) * REFILL))

    def failed(self, address: str, credential: str) -> None:
        """Note a try that failed."""
        key = _key(address, credential)
        with self._lock:
            self._buckets[key] = max(0.0, self._tokens(key) - 1), self._clock()
            self._buckets.move_to_end(key)
            while len(self._buckets) > KNOWN:
                self._buckets.popitem(last=False)

    def _tokens(self, key: bytes) -> float:
        tokens, at = self._buckets.get(key, (float(AT_ONCE), self._clock()))
        return min(float(AT_ONCE), tokens + (self._clock() - at) / REFILL)


def _key(address: str, credential: str) -> bytes:
    """What was typed may be anything, and of any length: its digest is enough to tell it apart."""
    return hashlib.sha256(f"{address}\n{credential}".encode("utf-8", "surrogatepass")).digest()
