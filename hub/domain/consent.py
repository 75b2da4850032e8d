"""Consent to share as organisations said in messages. Records made in the hub are consent_record.py; what is in effect
for one share is a rule of its own: effective.py.
"""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID, uuid5

from hub.domain.effective import NO, NOTHING_SAID, Effective, Giver, Said, State, Stated, covers, effective
from hub.domain.fact import Fact
from hub.domain.item import Sealed

__all__ = [
    "NO",
    "NOTHING_SAID",
    "ConsentRecorded",
    "Effective",
    "Giver",
    "Said",
    "State",
    "Stated",
    "WithdrawalCarried",
    "covers",
    "effective",
    "withdrawal_stream",
]


class ConsentRecorded(Fact, frozen=True, kw_only=True):
    """What somebody said about sharing, as one organisation recorded it (stream consent:<source record>).

    A yes names organisations, categories and purposes, and covers nothing that it does not name. A no that names none
    is a no to all. `competent` is the Gillick judgement for this decision alone, None where nobody recorded one.
    """

    NAME: ClassVar[str] = "consent.recorded"
    source_record: str
    organisation: str
    setting: str | None = None
    recorded_at: datetime
    about: Literal["consent_to_share", "agreement_to_service"]
    state: Said
    giver: Giver = "not_recorded"
    competent: bool | None = None
    organisations: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    valid_from: datetime
    expires: datetime | None = None
    evidence_held: bool = False
    who: str = ""  # which of several people of this standing; messages do not tell them apart
    except_organisations: tuple[str, ...] = ()
    except_categories: tuple[str, ...] = ()
    items: tuple[Sealed, ...] = ()  # what was said, in words


class WithdrawalCarried(Fact, frozen=True, kw_only=True):
    """Stream consent-withdrawal:<of the withdrawal>. Whoever had relied on what was withdrawn was told to stop.

    `withdrawal` is what an organisation's message said, or what was recorded here ("consent:…@2"); `told` are the
    notices, beside those that a record made here had sent itself.
    """

    NAME: ClassVar[str] = "consent.withdrawal-carried"
    withdrawal: str
    told: tuple[str, ...] = ()


_ONCE = UUID("5a0d8d0e-6f0b-4d0f-9a2e-3d1b7c6f2e41")


def withdrawal_stream(withdrawal: str) -> str:
    """The stream on which it is said that a withdrawal was carried out: one of each, so that it is carried out once."""
    return f"consent-withdrawal:{uuid5(_ONCE, withdrawal)}"
