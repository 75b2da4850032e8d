"""An edition whose protocol lists a handling code as one that protects its source, on a hub that runs already."""

from msgspec.structs import replace

from hub.bootstrap import Hub
from hub.domain.message import Handling

PROTECTED = "P9"
COVERT = Handling(police_code=PROTECTED)


def protect_source(hub: Hub) -> None:
    """From now on what is said under PROTECTED protects its source: on every page, and to an intake that begins after."""
    edition = hub.edition
    protocol = {**edition.parts["protocol"], "source_protected_codes": [PROTECTED]}
    hub.edition = replace(edition, parts={**edition.parts, "protocol": protocol})
