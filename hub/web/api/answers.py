"""What the interface for programs of the staff's own answers: the same view models as the pages, as JSON.

They came through the same door as the page's words; a fact or sealed words raise here as they do in a template.
"""

import msgspec
from starlette.responses import Response

from hub.web.render import check

JSON = "application/json"


def answer(view: object, status: int = 200) -> Response:
    """A view model as JSON. Raises NotForPages for anything that is none."""
    check(view, "answer")
    return Response(msgspec.json.encode(view), status, media_type=JSON)
