"""Signing in and out. In a demonstration one picks who to be; nothing here tells who may have an account."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from hub.views.models import Choice
from hub.web import errors, guards
from hub.web.forms import Problem, Sent
from hub.web.guards import Person, address_of, doorkeeper_of, tries_of
from hub.web.render import renderer_of
from hub.web.session import SignedIn

router = APIRouter()
leaving = APIRouter()
confirming = APIRouter()


def _page(request: Request, next_page: str, problems: tuple[Problem, ...] = ()) -> HTMLResponse:
    accounts = tuple(
        Choice(account.staff, account.title, f"{account.name}, {account.organisation.replace('_', ' ')}")
        for account in doorkeeper_of(request).signin.accounts
    )
    return renderer_of(request).page(
        request, "sign_in.html", status=errors.UNPROCESSABLE if problems else errors.OK, accounts=accounts,
        next_page=next_page, errors=problems,
    )  # fmt: skip


def _inside(where: str) -> str:
    """`where`, if it is a page of ours; a sign-in never sends people to another site."""
    ours = where.startswith("/") and not where.startswith("//") and "\\" not in where and where.isprintable()
    return where if ours and not where.startswith("/sign-") else ""


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "") -> HTMLResponse:  # noqa: A002 — the word in the address
    """Pick who to be."""
    return _page(request, _inside(next))


@router.post("/sign-in")
def sign_in(request: Request, sent: Sent) -> Response:
    """Start a session as the account that was picked."""
    doorkeeper, named = doorkeeper_of(request), sent.text("account")
    tries, address = tries_of(request), address_of(request)
    tries.check(address, f"sign-in {named}")
    account = doorkeeper.signin.find(named)
    where = _inside(sent.text("next"))
    if account is None:
        tries.failed(address, f"sign-in {named}")
        return _page(request, where, (Problem("account", "Select who you are"),))
    response = errors.see_other(guards.home(account.roles) if where in {"", "/"} else where)
    doorkeeper.open(response, account.staff, request.cookies.get(doorkeeper.cookie))
    return response


@leaving.post("/sign-out")
def sign_out(request: Request, who: Person) -> Response:  # noqa: ARG001 — the door checks the form
    """End this session."""
    response = errors.see_other("/sign-in")
    doorkeeper_of(request).end(request, response)
    return response


@leaving.post("/session/extend")
def extend(who: Person) -> Response:  # noqa: ARG001 — passing the door is what starts the idle limit anew
    """Stay signed in (WCAG 2.2.1)."""
    return Response(status_code=errors.NO_CONTENT)


# ------------------------------------------------------------------------------------------------- once more, who one is


def _confirm_page(request: Request, who: SignedIn, next_page: str, problems: tuple[Problem, ...] = ()) -> HTMLResponse:
    accounts = tuple(Choice(one.staff, one.title, one.name) for one in doorkeeper_of(request).signin.accounts)
    return renderer_of(request).page(
        request, "step_up.html", status=errors.UNPROCESSABLE if problems else errors.OK, accounts=accounts,
        stamp=request.app.state.front.stamp(who.asker), next_page=next_page, errors=problems,
    )  # fmt: skip


@confirming.get("/confirm")
def confirm_page(request: Request, who: Person, next: str = "") -> HTMLResponse:  # noqa: A002 — the word in the address
    """Show again who you are, before what only you may do alone."""
    return _confirm_page(request, who, _inside(next))


@confirming.post("/confirm")
def confirm(request: Request, who: Person, sent: Sent) -> Response:
    """Confirm it for five minutes, and go on to `next`."""
    tries, address, where = tries_of(request), address_of(request), _inside(sent.text("next"))
    tries.check(address, f"confirm {who.account.staff}")
    if not doorkeeper_of(request).step_up(request, who, sent.text("account")):
        tries.failed(address, f"confirm {who.account.staff}")
        return _confirm_page(request, who, where, (Problem("account", "Select yourself: this is somebody else"),))
    return errors.see_other(where or "/")
