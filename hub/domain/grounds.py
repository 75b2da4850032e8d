"""What harm the codes of a message speak of, and what is recorded of a child: the grounds that sharing rules read.

A refusal is honoured below harm, and only there, so a ground comes from codes that were published and signed and from what
a person recorded, never from what an asker says of their own ask.
"""

from collections.abc import Iterable
from datetime import date
from typing import cast

from hub.domain.enquiry import GROUNDS, EnquiryOpened
from hub.domain.sharing import Ground
from hub.domain.source_record import LegalStatusChanged
from hub.domain.vocabulary import Vocabulary

# The lines of published lists under which the vocabulary puts abuse, neglect, exploitation and violence: census factors
# of domestic abuse to the child or in front of it, self-harm, neglect, emotional, physical and sexual abuse, exploitation,
# trafficking, FGM and abuse linked to belief; and Working Together's honour-based abuse, which has no factor of its own.
# An information-governance lead must check the choice (docs/decisions/0009).
HARM_LINES = frozenset({
    "cin:3A", "cin:3B", "cin:11A", "cin:12A", "cin:15A", "cin:16A", "cin:17A", "cin:18B", "cin:18C", "cin:19B", "cin:19C",
    "cin:22A", "cin:23A", "cin:24A", "working_together:exploitation", "working_together:honour_based",
    "blackburn:sexual_exploitation", "blackburn:domestic_violence",
})  # fmt: skip
# Statuses that rest on reasonable cause to suspect, or on a finding of, significant harm (Children Act 1989 s31, s47).
HARM_STATUSES = frozenset({"section_47_enquiry", "child_protection_plan", "care_order", "supervision_order"})


def grounds_said(codes: Iterable[str], vocabulary: Vocabulary) -> frozenset[Ground]:
    """The ground that a child's indicators give by themselves.

    One that the edition marks grave is significant harm; another on a line of abuse, neglect, exploitation or violence is
    perceived harm; a code that the edition does not know is none.
    """
    codes = tuple(codes)
    if vocabulary.grave(codes):
        return frozenset({"significant_harm"})
    lines = {line for code in codes if code in vocabulary.indicators for line in vocabulary.indicators[code].groups}
    return frozenset({"perceived_harm"}) if lines & HARM_LINES else frozenset()


def ground_of_status(status: LegalStatusChanged, today: date) -> frozenset[Ground]:
    """The ground that a recorded legal status gives on this London day, while it runs."""
    runs = status.started <= today and (status.ended is None or today <= status.ended)
    return frozenset({"significant_harm"}) if runs and status.status in HARM_STATUSES else frozenset()


def ground_of_enquiry(opened: EnquiryOpened) -> frozenset[Ground]:
    """The ground on which a person opened a MASH enquiry."""
    return frozenset({cast("Ground", opened.ground)}) if opened.ground in GROUNDS else frozenset()
