"""Letters to families as matters: whom it is to, how far it is, who prepared it, who vouched for the reader."""

from typing import Any

from hub.domain.fact import Recorded
from hub.domain.letter import LetterPrepared, LetterPrinted, LetterRefused, LetterReviewed
from hub.views.matters import Folds, Rows, matter, moved, opened


def _letter(recorded: Recorded, fact: Any) -> Rows:
    match fact:
        case LetterPrepared():
            codes = {"child": fact.child, "what": fact.recipient, "by": fact.by, "holder": fact.verified_by}
            yield matter, opened(recorded, "prepared", **codes)
        case LetterReviewed():
            yield matter, moved(recorded, "reviewed")
        case LetterRefused():
            yield matter, moved(recorded, "refused")
        case LetterPrinted():
            yield matter, moved(recorded, "printed")
        case _:
            return


FOLDS: Folds = dict.fromkeys((LetterPrepared, LetterReviewed, LetterRefused, LetterPrinted), _letter)
