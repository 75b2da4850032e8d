"""The errors of the hub, each named for the fact that stops us. They carry ids, never a child's details.

Anything that is not a `HubError` is a bug of ours and escapes loudly.
"""


class HubError(Exception):
    """Something that the hub refuses or cannot do; the text says what to do next and names no person."""


class BadMessage(HubError):
    """A message that fails for good: it is quarantined with this reason, and later messages flow on.

    `reason` is a stable code (listed in docs/quarantine.md), `field` the path in the message (never its value).
    """

    def __init__(self, reason: str, detail: str = "", field: str = "") -> None:
        super().__init__(": ".join(part for part in (reason, field, detail) if part))
        self.reason = reason
        self.detail = detail
        self.field = field


class TryLater(HubError):
    """A fault that passes (the store or the broker is away): keep the place and try again; nothing is skipped."""


class StaleWriter(HubError):
    """Another writer has moved the position on: this batch was refused whole. Load again before deciding anew."""


class VersionConflict(HubError):
    """Somebody else wrote to this stream first. Fold it again and decide again."""


class AlreadyOnRecord(HubError):
    """This stream's first fact exists already: the message was recorded before."""


class KeyMissing(HubError):
    """A key that was never destroyed cannot be found: an integrity incident. The reader must stop."""


class KeyDestroyed(HubError):
    """The key was destroyed with a tombstone: what it sealed reads as erased. The error's whole text is the erasure."""


class SealBroken(HubError):
    """Stored or sent bytes do not open under the key and circumstances that they claim."""


class UnknownFact(HubError):
    """The record holds a stored name that this code does not know. Stop: history may not silently vanish."""


class NotPermitted(HubError):
    """A person or client may not do this; says which permission is missing, never what is behind the door."""


class NotFound(HubError):
    """No such thing, or none that this asker may know of: the two look the same from outside."""


class Refused(HubError):
    """A command that a rule of practice refuses (nothing selected, no ground given); `field` says which answer."""

    def __init__(self, why: str, field: str = "") -> None:
        super().__init__(why)
        self.field = field


class UnknownTopic(HubError):
    """The log has no such topic. Topics are made on purpose, never by writing to a mistyped name."""

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"the log has no topic {topic}: check the name; an organisation's topics are made when it is added"
        )
        self.topic = topic


class PlaceGone(HubError):
    """The log does not hold the place that a reader stands at: messages are missing before or after it. Stop."""


class MessageTooBig(HubError):
    """The log takes no message of this size: send evidence by reference, never as a file."""
