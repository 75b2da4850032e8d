"""The whole draft of an edition: everything that a judgement will depend on, gathered from the files, as plain values."""

from datetime import date
from pathlib import Path
from typing import Any

import schemas
from hub.domain.matching import RULES
from hub.domain.rule import GRAMMAR
from policies.matching import match_model
from policies.partnerships import (
    ROOT,
    load_partnership,
    partnership_calendar,
    partnership_protocol,
    partnership_together,
)
from policies.requests import requests
from policies.sharing import sharing_set
from policies.silence import silence


def draft(
    partnership: str, on: date, folder: Path | None = None, *, partnerships: Path | None = None
) -> dict[str, Any]:
    """The draft of this partnership as of a London day; publish it with hub.domain.edition.publish.

    With `folder`, the sharing policies are those of that folder; with `partnerships`, its data lies there. Raises
    BadPartnership, BadSet, with file, line and mend.
    """
    root = partnerships or ROOT
    sharing, agreed = sharing_set(on, folder=folder), partnership_protocol(partnership, root=root)
    return {
        **load_partnership(partnership, root=root),
        "policies": sharing.policies,
        "cedar_schema": sharing.schema,
        "protocol": {
            "parts": list(sharing.parts),
            "not_pooled_codes": agreed["pool"]["not_pooled_codes"],
            "source_protected_codes": agreed["pool"]["source_protected_codes"],
            "agreed": agreed,
        },
        "calendar": partnership_calendar(partnership, root=root),
        "requests": requests(),
        "silence": silence(),
        "together": partnership_together(partnership, root=root),
        "vocabulary": schemas.load_vocabulary(),
        "match_model": match_model(RULES),
        "grammar": GRAMMAR,
    }
