"""The only place that knows HTTP statuses: what each error of the hub looks like to a browser and to a program.

An error that nobody foresaw gets a reference and nothing else: its text may quote a child, so neither the page nor the
log repeats it. What a part that is away says of itself (hosts, accounts) stands in our log and never on a page.
"""

import logging
import re
import secrets
import traceback
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.domain import errors
from hub.web.render import renderer_of

log = logging.getLogger("hub.web")

OK = HTTPStatus.OK
ACCEPTED = HTTPStatus.ACCEPTED
NO_CONTENT = HTTPStatus.NO_CONTENT
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_CONTENT if hasattr(HTTPStatus, "UNPROCESSABLE_CONTENT") else HTTPStatus(422)
CONFLICT = HTTPStatus.CONFLICT
NOT_READY = HTTPStatus.SERVICE_UNAVAILABLE


class NotSignedIn(errors.HubError):
    """Nobody is signed in, or the session has ended."""


class TooLarge(errors.HubError):
    """The body is larger than any message or form of the hub."""


class NotUnderstood(errors.HubError):
    """The request is not what this address takes: wrong media type, method, or broken JSON; `field` says where."""

    def __init__(self, why: str, field: str = "") -> None:
        super().__init__(why)
        self.field = field


class Forbidden(errors.NotPermitted):
    """A refusal of this site itself, in words for who is refused; those of the parts behind it are not shown."""


class TooManyTries(errors.HubError):
    """Too many failed tries from one address with one credential; `seconds` until the next may be made."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many tries did not succeed: wait {seconds} seconds, then try again.")
        self.seconds = seconds


# the most particular class of an error that stands here gives its status and title
STATUSES: dict[type[Exception], tuple[int, str]] = {
    errors.NotFound: (HTTPStatus.NOT_FOUND, "Page not found"),
    errors.NotPermitted: (HTTPStatus.FORBIDDEN, "You may not do this"),
    errors.Refused: (UNPROCESSABLE, "There is a problem with the answers"),
    errors.BadMessage: (UNPROCESSABLE, "The message is not accepted"),
    errors.VersionConflict: (CONFLICT, "Something new came in first"),
    errors.StaleWriter: (CONFLICT, "Something new came in first"),
    errors.AlreadyOnRecord: (CONFLICT, "This is on record already"),
    errors.KeyDestroyed: (HTTPStatus.GONE, "This has been erased"),
    errors.TryLater: (HTTPStatus.SERVICE_UNAVAILABLE, "The service is not available at the moment"),
    NotSignedIn: (HTTPStatus.UNAUTHORIZED, "You are not signed in"),
    TooManyTries: (HTTPStatus.TOO_MANY_REQUESTS, "Too many tries"),
    TooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request is too large"),
    NotUnderstood: (HTTPStatus.BAD_REQUEST, "The request is not understood"),
}
UNEXPECTED = (HTTPStatus.INTERNAL_SERVER_ERROR, "Sorry, there is a problem with the service")
NO_SUCH_PAGE = "There is no such page, or none that you may see. Check the address, or start again from a list."
# said instead of what the error says, which names hosts, accounts or permissions
FIXED: dict[type[Exception], str] = {
    errors.TryLater: "Try again in a minute. What was sent and got a receipt is safe.",
    errors.NotPermitted: "Your account may not do this. If it should, ask the people who run the hub.",
}


def see_other(where: str) -> RedirectResponse:
    """After a form was taken: fetch `where`, so that going back never sends the form twice."""
    return RedirectResponse(where, HTTPStatus.SEE_OTHER)


def status_of(error: Exception) -> tuple[int, str]:
    """The status and title of an error; an error that is not foreseen here is unexpected."""
    for kind in type(error).__mro__:
        if kind in STATUSES:
            return STATUSES[kind]
    return UNEXPECTED


def problem(status: int, title: str, detail: str, *, kind: str, field: str = "") -> JSONResponse:
    """Problem details for a program (RFC 9457): type, title, status, detail, and the field where there is one."""
    body: dict[str, str | int] = {
        "type": f"urn:mash:problem:{kind}", "title": title, "status": int(status), "detail": detail,
    }  # fmt: skip
    if field:
        body["field"] = field
    answer = JSONResponse(body, status, media_type="application/problem+json")
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Basic realm="concerns", charset="UTF-8"'
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = "10"
    return answer


def kebab(name: str) -> str:
    """`BadMessage` as `bad-message`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def answer_to(request: Request, error: Exception, reference: str = "") -> Response:
    """The page, or for the interface of programs the problem details, that an error becomes."""
    status, title = status_of(error)
    if isinstance(error, errors.NotFound):
        detail = NO_SUCH_PAGE  # whether it exists is nobody's business: always the same words
    elif isinstance(error, errors.HubError) and (status, title) != UNEXPECTED:
        detail = _said_to_visitors(request, error)
    else:
        reference = reference or report(request, error)
        detail = f"Try again later. If it goes on, tell the people who run the hub this reference: {reference}."
    if (
        isinstance(error, NotSignedIn)
        and request.method in {"GET", "HEAD"}
        and not request.url.path.startswith("/api/")
    ):
        return see_other(f"/sign-in?next={request.url.path}")
    answer: Response
    if request.url.path.startswith("/api/"):
        answer = problem(status, title, detail, kind=_kind(error) if not reference else "unexpected",
                         field=str(getattr(error, "field", "")))  # fmt: skip
    else:
        answer = renderer_of(request).page(request, "error.html", status=int(status), title=title, detail=detail)
    if isinstance(error, TooManyTries):
        answer.headers["Retry-After"] = str(error.seconds)
    return answer


def _kind(error: Exception) -> str:
    """The name of a problem for programs: a refusal of the site is to them the refusal that it is."""
    return kebab("NotPermitted" if isinstance(error, errors.NotPermitted) else type(error).__name__)


def _said_to_visitors(request: Request, error: errors.HubError) -> str:
    """The error's own words, or fixed ones where its words are about our parts: those go to our log."""
    if isinstance(error, Forbidden):
        return str(error)
    for kind, fixed in FIXED.items():
        if isinstance(error, kind):
            route = getattr(request.scope.get("route"), "path", "?")
            log.warning("%s at %s %s: %s", type(error).__name__, request.method, route, error)
            return fixed
    return str(error)


def report(request: Request, error: Exception) -> str:
    """Log an unforeseen error by its kind and the lines it came through, never its text; returns its reference."""
    reference = secrets.token_hex(6)
    frames = traceback.extract_tb(error.__traceback__)
    lines = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames[-8:]))
    route = getattr(request.scope.get("route"), "path", "?")  # the pattern, not the address that was asked for
    log.error("unexpected %s reference=%s %s %s at %s", type(error).__name__, reference, request.method, route, lines)
    return reference


class LastResort:
    """Catches what nobody foresaw, so that no server further out logs its text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ever, or with a reference. A response that has begun is cut off."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:  # noqa: BLE001 — the last resort: reported with a reference, text kept out of logs
            request = Request(scope, receive)
            reference = report(request, error)
            if begun:
                return
            await answer_to(request, error, reference)(scope, receive, send)


def install(app: FastAPI) -> None:
    """Teach `app` what our errors, the framework's and bad addresses look like."""

    async def ours(request: Request, error: Exception) -> Response:
        return answer_to(request, error)

    async def framework(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else int(HTTPStatus.BAD_REQUEST)
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            how = "Open the page with a link or a form of the hub."
            return _answered(request, status, "This address does not take that", how)
        if isinstance(error, RequestValidationError):  # its text repeats what was sent: never passed on
            return answer_to(request, NotUnderstood("Part of the address cannot be read: check it, or go back."))
        if status == HTTPStatus.NOT_FOUND:
            return answer_to(request, errors.NotFound(NO_SUCH_PAGE))
        return answer_to(request, NotUnderstood("The request is not what this address takes."))

    app.add_exception_handler(errors.HubError, ours)
    app.add_exception_handler(HTTPException, framework)
    app.add_exception_handler(RequestValidationError, framework)


def _answered(request: Request, status: int, title: str, detail: str) -> Response:
    if request.url.path.startswith("/api/"):
        return problem(status, title, detail, kind="method-not-allowed")
    return renderer_of(request).page(request, "error.html", status=status, title=title, detail=detail)
