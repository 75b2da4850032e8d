"""The rows of every matter: which facts make or change which, one family of facts beside the other."""

from hub.domain.fact import Recorded
from hub.views import (
    matters,
    matters_consent,
    matters_enquiry,
    matters_exceptions,
    matters_help,
    matters_letters,
    matters_meetings,
    matters_requests,
    matters_silence,
    matters_together,
)
from hub.views.matters import Folds, Rows

FOLDS: Folds = {
    **matters.FOLDS, **matters_consent.FOLDS, **matters_enquiry.FOLDS, **matters_exceptions.FOLDS, **matters_help.FOLDS,
    **matters_letters.FOLDS, **matters_meetings.FOLDS,
    **matters_requests.FOLDS, **matters_silence.FOLDS, **matters_together.FOLDS,
}  # fmt: skip


def rows(recorded: Recorded) -> Rows:
    """The rows that one fact makes or changes; none for a fact of another room."""
    fold = FOLDS.get(type(recorded.fact))
    if fold is not None:
        yield from fold(recorded, recorded.fact)
