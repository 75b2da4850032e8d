"""Rows of `matter` about silences: `what` is the kind, `enquiry` is empty, `due` when it was expected. Codes only."""

from typing import Any

from hub.domain.fact import Recorded
from hub.domain.silence import SilenceAnswered, SilenceEnded, SilenceNoticed
from hub.views.matters import Folds, Rows, matter, moved, opened


def _silence(recorded: Recorded, fact: Any) -> Rows:
    match fact:
        case SilenceNoticed():
            row = opened(
                recorded, "stands", child=fact.child, organisation=fact.organisation, setting=fact.setting,
                what=fact.kind, due=fact.due, holder=fact.organisation,
            )  # fmt: skip
            yield matter, {**row, "kind": "silence"}  # one kind, whoever's key the stream is under
        case SilenceEnded():
            yield matter, moved(recorded, "ended")
        case _:
            yield matter, moved(recorded, "answered", by=fact.answered_by)


FOLDS: Folds = {
    **dict.fromkeys((SilenceNoticed, SilenceEnded, SilenceAnswered), _silence),
}
