"""The doors: a router enters the app only together with one, and a test walks every route to see that it did.

A guard says who may knock; what lies behind (a child, an alert) is decided anew by the policies at each look. A form
that changes something is checked here too, so no page can forget it.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, FastAPI, Request
from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool

from hub.adapters.signin import IDLE, ApiClients
from hub.domain.errors import NotPermitted
from hub.domain.staff import Permission, may
from hub.views.exceptions import banner
from hub.views.models import Asker
from hub.web.errors import Forbidden, NotSignedIn
from hub.web.menu import grouped
from hub.web.render import Link, Shell
from hub.web.session import Doorkeeper, SignedIn
from hub.web.tries import Tries

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN_HEADER = "mash-form-token"  # noqa: S105 - the name of a header

# A person arrives at the first of these that is theirs; in the menu they stand under headings (hub/web/menu.py).
PLACES: tuple[tuple[str, str, tuple[Permission, ...]], ...] = (
    ("Worklist", "/", ("worklist",)),
    ("Identity", "/identity", ("identity",)),
    ("Different addresses", "/tasks/addresses", ("worklist",)),
    ("What we sent", "/sent", ("own_organisation",)),
    ("What we are asked", "/requests", ("answer", "own_organisation")),
    ("Release what we said", "/releases", ("answer",)),
    ("Consents withdrawn", "/consent/notices", ("answer",)),
    ("Practice audits", "/practice-audits", ("audit_content", "supervise")),
    ("Meetings", "/meetings", ("chair", "lead", "picture", "answer")),
    ("Children you work with", "/children", ("picture",)),
    (
        "Tasks",
        "/tasks",
        ("worklist", "picture", "own_organisation", "review_exceptions", "sign_policies", "quarantine"),
    ),
    ("What is silent", "/silence", ("screen", "supervise", "quarantine", "own_organisation", "answer")),
    ("Late evidence", "/late", ("decide", "supervise")),
    ("Forwarded", "/forwarded", ("picture",)),
    ("Plans", "/plans", ("screen", "answer")),
    ("Who leads", "/leads", ("lead",)),
    ("Children to take on", "/steps", ("lead", "screen")),
    ("Children who move", "/transfers", ("screen",)),
    ("Challenges", "/challenges", ("challenge",)),
    ("Prompts", "/prompts", ("answer",)),
    ("Record a contact", "/concern/new", ("enter_contact",)),
    ("Audit", "/audit", ("audit_ledger", "audit_content")),
    ("Who has looked", "/ledger", ("audit_ledger",)),
    ("What rested on a rule", "/reliance", ("audit_ledger",)),
    ("Letters to families", "/letters", ("letters",)),
    ("Shown on the wrong page", "/identity/reports", ("identity_report",)),
    ("Policies", "/policies", ("policies",)),
    ("Drafts tried on history", "/policies/what-if", ("supervise",)),
    ("Protocol", "/protocol", ("policies",)),
    ("Partnership", "/partnership", ("picture", "own_organisation", "audit_ledger", "policies", "quarantine", "lead")),
    ("Services", "/services", ("picture", "own_organisation", "answer", "lead")),
    ("Measures", "/measures", ("picture", "own_organisation", "audit_ledger", "policies", "quarantine", "lead")),
    ("Exceptions", "/exceptions", ("approve_override", "review_exceptions", "override", "break_glass")),
    ("Protected people", "/protected", ("identity", "picture", "own_organisation")),
    ("Quarantine", "/quarantine", ("quarantine",)),
)

NOT_YOURS = "Your role does not include this page."
Guard = Callable[..., Awaitable[Any]]
GUARDS: set[Guard] = set()


def guard(door: Guard) -> Guard:
    """Marks a dependency as a door; the route test accepts no other."""
    GUARDS.add(door)
    return door


def home(roles: tuple[str, ...]) -> str:
    """The first page that these roles may open."""
    return next((href for _, href, needed in PLACES if _holds(roles, needed)), "/help")


def _holds(roles: tuple[str, ...], needed: tuple[Permission, ...]) -> bool:
    return any(may(roles, permission) for permission in needed)


def frame(request: Request, doorkeeper: Doorkeeper, who: SignedIn) -> Shell:
    """The frame of a page for a person: navigation holds the places that this person may open."""
    here = request.url.path
    links = tuple(
        Link(text, href, current=here == href) for text, href, needed in PLACES if _holds(who.account.roles, needed)
    )
    return Shell(
        nonce=request.state.nonce,
        token=doorkeeper.form_token(who.session),
        name=who.account.name,
        title=who.account.title,
        organisation=who.account.organisation,
        navigation=links,
        menu=grouped(links),
        idle_seconds=int(IDLE.total_seconds()),
    )


async def _framed(request: Request, doorkeeper: Doorkeeper, who: SignedIn) -> Shell:
    """The same; open in an emergency, every page says so until that ends."""
    shell = frame(request, doorkeeper, who)
    if not may(who.account.roles, "break_glass"):
        return shell
    opened = await run_in_threadpool(banner, lambda: request.app.state.front.exceptions, who.asker)
    return replace(shell, emergencies=opened)


def doorkeeper_of(request: Request) -> Doorkeeper:
    """The doorkeeper of the app that answers this request."""
    return cast("Doorkeeper", request.app.state.doorkeeper)


def tries_of(request: Request) -> Tries:
    """The failed tries that this app remembers."""
    return cast("Tries", request.app.state.tries)


def address_of(request: Request) -> str:
    """Where a request came from, as far as this process can know it."""
    return request.client.host if request.client else ""


@guard
async def signed_in(request: Request) -> SignedIn:
    """A person with a live session; a request that changes something must also come from our own page and form.

    Raises NotSignedIn, NotPermitted.
    """
    return await _admitted(request, touch=True)


async def _admitted(request: Request, *, touch: bool) -> SignedIn:
    doorkeeper = doorkeeper_of(request)
    who = doorkeeper.find(request, touch=touch)
    if who is None:
        raise NotSignedIn("Sign in to use the hub.")
    request.state.shell = await _framed(request, doorkeeper, who)
    if request.method not in SAFE:
        doorkeeper.check_origin(request)
        token = request.headers.get(TOKEN_HEADER)  # a program of the staff's own sends JSON, and the token beside it
        if token is None:
            token = str((await request.form()).get("token", ""))
        doorkeeper.check_form(who.session, token)
    return who


Person = Annotated[SignedIn, Depends(signed_in)]


@guard
async def watching(request: Request) -> SignedIn:
    """The same for a page that asks by itself while nobody may be there: it does not start the idle limit anew."""
    return await _admitted(request, touch=False)


Watcher = Annotated[SignedIn, Depends(watching)]


async def current_asker(who: Person) -> Asker:
    """The person as the hub sees them."""
    return who.asker


CurrentAsker = Annotated[Asker, Depends(current_asker)]


def holding(*needed: Permission) -> Guard:
    """A door for people with a role that may do at least one of these (hub/domain/staff.py has the table)."""

    @guard
    async def holds_role(who: Person) -> SignedIn:
        if not _holds(who.account.roles, needed):
            raise Forbidden(NOT_YOURS)
        return who

    return holds_role


def watching_with(*needed: Permission) -> Guard:
    """The same door for what a page asks by itself."""

    @guard
    async def holds_role(who: Watcher) -> SignedIn:
        if not _holds(who.account.roles, needed):
            raise Forbidden(NOT_YOURS)
        return who

    return holds_role


@guard
async def own_page(request: Request) -> None:
    """For signing in, when nobody is known yet: what is sent must come from our own page. Raises NotPermitted."""
    if request.method not in SAFE:
        doorkeeper_of(request).check_origin(request)


@guard
async def api_client(request: Request) -> str:
    """A program of an organisation, by HTTP Basic (RFC 7617) or `Bearer <client>.<secret>`; returns the organisation.

    Raises NotSignedIn without a credential that is registered, TooManyTries after several of those.
    """
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    client = secret = ""
    if scheme.lower() == "basic":
        try:
            client, _, secret = base64.b64decode(given, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise NotSignedIn("The credential cannot be read: send HTTP Basic with client id and secret.") from None
    elif scheme.lower() == "bearer":
        client, _, secret = given.partition(".")
    if not client or not secret:
        raise NotSignedIn("Send the organisation's client id and secret with HTTP Basic, or as a bearer token.")
    clients: ApiClients = request.app.state.clients
    tries, address = tries_of(request), address_of(request)
    tries.check(address, client)  # before anything is read: who guesses costs a look at a table of this process
    try:
        return await run_in_threadpool(clients.organisation, client, secret)
    except NotPermitted:
        tries.failed(address, client)
        raise NotSignedIn("This client id and secret are not registered: ask the people who run the hub.") from None


Organisation = Annotated[str, Depends(api_client)]


@guard
async def public(request: Request) -> None:
    """No door at all: only for what holds nothing of anybody, each one listed in the route test."""
    who = doorkeeper_of(request).find(request, touch=False)
    if who is not None:
        request.state.shell = await _framed(request, doorkeeper_of(request), who)


def enter(app: FastAPI, router: APIRouter, door: Guard) -> None:
    """The only way in for a router: together with its door."""
    if door not in GUARDS:
        raise TypeError(f"{door.__name__} is not a guard")
    app.include_router(router, dependencies=[Depends(door)])
