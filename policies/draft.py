"""The whole draft of an edition: everything that a judgement will depend on, gathered from the files, as plain values."""

from datetime import date
from typing import Any

import schemas
from hub.domain.matching import RULES
from hub.domain.rule import GRAMMAR
from policies.matching import match_model
from policies.partnerships import load_partnership
from policies.sharing import sharing_set


def draft(partnership: str, on: date) -> dict[str, Any]:
    """The draft of this partnership as of a London day; publish it with hub.domain.edition.publish.

    Raises BadPartnership with file, line and mend.
    """
    sharing = sharing_set(on)
    return {
        **load_partnership(partnership),
        "policies": sharing.policies,
        "cedar_schema": sharing.schema,
        "protocol": {"parts": list(sharing.parts), "not_pooled_codes": [], "source_protected_codes": []},
        "vocabulary": schemas.load_vocabulary(),
        "match_model": match_model(RULES),
        "grammar": GRAMMAR,
    }
