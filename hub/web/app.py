"""Builds the app: every router with its door, every response with its headers, every error with its words.

`create_app` takes a running hub and what signs people in; `server` runs it on a socket and stops without waiting for
browsers that still listen.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from hub.adapters.signin import ApiClients, DemoSignIn, NoSignIn, Sessions
from hub.adapters.structs import look_up
from hub.domain.errors import HubError
from hub.web import errors, guards, live
from hub.web.api import alerts as alerts_api
from hub.web.api import assessments as assessments_api
from hub.web.api import children as children_api
from hub.web.api import concerns, health, session, silences
from hub.web.api import consent as consent_api
from hub.web.api import enquiries as enquiries_api
from hub.web.api import exceptions as exceptions_api
from hub.web.api import help_plans as help_plans_api
from hub.web.api import helping as helping_api
from hub.web.api import identity as identity_api
from hub.web.api import late as late_api
from hub.web.api import letters as letters_api
from hub.web.api import measures as measures_api
from hub.web.api import meetings as meetings_api
from hub.web.api import offers as offers_api
from hub.web.api import policies as policies_api
from hub.web.api import protected as protected_api
from hub.web.api import reliance as reliance_api
from hub.web.api import requests as requests_api
from hub.web.api import together as together_api
from hub.web.api import transfers as transfers_api
from hub.web.api import what_if as what_if_api
from hub.web.api import workbench as workbench_api
from hub.web.front import Front
from hub.web.headers import BodyLimit, Headers
from hub.web.pages import (
    addresses,
    alert,
    answer,
    assessment,
    audit,
    challenge,
    child,
    concern,
    consent,
    door,
    enquiry,
    enquiry_room,
    exceptions,
    forwarding,
    help_plan,
    helping,
    household,
    identity,
    information,
    late,
    lead,
    letter,
    measures,
    meetings,
    offers,
    own,
    own_record,
    partnership,
    plan,
    policies,
    prompt,
    protected,
    protocol,
    release,
    reliance,
    requests,
    silence,
    strategy,
    tasks,
    transfer,
    what_if,
    workbench,
    worklist,
)
from hub.web.render import Renderer
from hub.web.session import Doorkeeper
from hub.web.static import Static
from hub.web.tries import Tries

if TYPE_CHECKING:  # pages are tested without the parts that bootstrap brings in
    from hub.bootstrap import Hub


def create_app(
    front: Front,
    *,
    sessions: Sessions,
    signin: DemoSignIn | NoSignIn,
    clients: ApiClients,
    secret: bytes,
    public_url: str,
    hosts: tuple[str, ...] = (),
) -> FastAPI:
    """The app over a running hub. `secret` (32 bytes) signs forms; `public_url` is where browsers reach it.

    `hosts` are further host names under which it may be asked (a load balancer's health check). Raises
    SignInNotConfigured for http anywhere but on loopback.
    """
    look_up()  # of requests too: each is answered in a thread of its own
    where = urlsplit(public_url)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.stopping = asyncio.Event()
        yield
        sessions.close()

    app = FastAPI(title="Safeguarding hub", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.front = front
    app.state.doorkeeper = Doorkeeper(sessions, signin, secret, public_url)
    app.state.clients = clients
    app.state.tries = Tries()
    app.state.static = Static()
    app.state.renderer = Renderer(app.state.static)
    errors.install(app)

    guards.enter(app, information.router, guards.public)
    guards.enter(app, health.router, guards.public)
    guards.enter(app, door.router, guards.own_page)
    guards.enter(app, door.leaving, guards.signed_in)
    guards.enter(app, door.confirming, guards.signed_in)
    guards.enter(
        app, exceptions.router, guards.holding("approve_override", "review_exceptions", "override", "break_glass")
    )
    guards.enter(app, protected.router, guards.signed_in)
    guards.enter(app, exceptions.overriding, guards.holding("override"))
    guards.enter(app, exceptions.breaking, guards.holding("break_glass"))
    guards.enter(app, worklist.router, guards.holding("worklist"))
    guards.enter(app, household.router, guards.holding("picture"))
    guards.enter(app, household.task, guards.holding("worklist"))
    guards.enter(app, household.answering, guards.holding("enter_contact"))
    guards.enter(app, addresses.router, guards.holding("picture"))
    guards.enter(app, live.router, guards.watching_with("worklist"))
    guards.enter(app, own.children, guards.holding("picture"))
    guards.enter(app, own.sent, guards.holding("own_organisation"))
    guards.enter(app, child.router, guards.holding("picture"))
    guards.enter(app, children_api.router, guards.holding("picture"))
    guards.enter(app, alert.router, guards.holding("picture"))
    guards.enter(app, alerts_api.router, guards.holding("picture"))
    guards.enter(app, alerts_api.listing, guards.holding("worklist"))
    guards.enter(app, consent.router, guards.holding("consent"))
    guards.enter(app, consent.receiving, guards.holding("answer"))
    guards.enter(app, requests.asking, guards.holding("screen"))
    guards.enter(app, requests.own, guards.holding("answer", "own_organisation"))
    guards.enter(app, release.owner, guards.holding("answer"))
    guards.enter(app, release.asking, guards.holding("screen"))
    guards.enter(app, answer.router, guards.own_page)  # link and code are the door: it opens one request
    guards.enter(app, requests_api.front_door, guards.holding("screen"))
    guards.enter(app, requests_api.own, guards.holding("answer", "own_organisation"))
    guards.enter(app, requests_api.owner, guards.holding("answer"))
    guards.enter(app, requests_api.organisations, guards.api_client)
    guards.enter(app, enquiry.opening_router, guards.holding("open_enquiry"))
    guards.enter(app, enquiry.router, guards.holding("picture"))
    guards.enter(app, enquiry.deciding, guards.holding("decide"))
    guards.enter(app, enquiry_room.router, guards.holding("screen"))
    guards.enter(app, plan.router, guards.holding("screen", "answer"))
    guards.enter(app, enquiry_room.closing_router, guards.holding("supervise", "decide"))
    guards.enter(app, forwarding.router, guards.holding("picture"))
    guards.enter(app, forwarding.sending, guards.holding("screen"))
    guards.enter(app, forwarding.managing, guards.holding("supervise"))
    guards.enter(app, strategy.router, guards.holding("picture"))
    guards.enter(app, strategy.calling, guards.holding("screen"))
    guards.enter(app, together_api.strategy, guards.holding("picture"))
    guards.enter(app, assessment.router, guards.holding("picture"))
    guards.enter(app, assessments_api.router, guards.holding("picture"))
    guards.enter(app, help_plan.router, guards.holding("picture"))
    guards.enter(app, help_plans_api.router, guards.holding("picture"))
    guards.enter(app, helping.of_child, guards.holding("picture"))
    guards.enter(app, helping.own, guards.holding("lead", "screen"))
    guards.enter(app, helping_api.of_child, guards.holding("picture"))
    guards.enter(app, helping_api.own, guards.holding("lead", "screen"))
    guards.enter(app, offers.of_child, guards.holding("picture"))
    guards.enter(app, offers_api.of_child, guards.holding("picture"))
    guards.enter(app, offers.services, guards.signed_in)  # places of services, about nobody
    guards.enter(app, offers_api.services, guards.signed_in)
    guards.enter(app, offers_api.organisations, guards.api_client)
    meeting_places = guards.holding("chair", "lead", "picture", "answer")
    guards.enter(app, meetings.router, meeting_places)
    guards.enter(app, meetings_api.router, meeting_places)
    guards.enter(app, transfer.of_child, guards.holding("picture"))
    guards.enter(app, transfers_api.of_child, guards.holding("picture"))
    guards.enter(app, transfer.front_door, guards.holding("screen"))
    guards.enter(app, transfers_api.front_door, guards.holding("screen"))
    guards.enter(app, lead.own, guards.holding("lead"))
    guards.enter(app, lead.of_child, guards.holding("picture"))
    guards.enter(app, challenge.router, guards.holding("challenge"))
    guards.enter(app, together_api.challenges, guards.holding("challenge"))
    guards.enter(app, prompt.sending, guards.holding("screen"))
    guards.enter(app, prompt.own, guards.holding("answer"))
    guards.enter(app, together_api.prompts, guards.holding("screen"))
    guards.enter(app, together_api.own_prompts, guards.holding("answer"))
    guards.enter(app, together_api.sent, guards.holding("own_organisation"))
    guards.enter(app, together_api.own_leads, guards.holding("lead"))
    guards.enter(app, together_api.leads, guards.holding("picture"))
    guards.enter(app, tasks.router, guards.signed_in)
    listening = guards.holding("screen", "supervise", "quarantine", "own_organisation", "answer")
    guards.enter(app, silence.router, listening)
    guards.enter(app, silences.router, listening)
    guards.enter(app, silences.organisations, guards.api_client)
    guards.enter(app, late.router, guards.holding("decide", "supervise"))
    guards.enter(app, late_api.router, guards.holding("decide", "supervise"))
    guards.enter(app, enquiries_api.router, guards.holding("picture"))
    guards.enter(app, enquiries_api.waiting, guards.signed_in)
    guards.enter(app, enquiries_api.plans, guards.holding("screen", "answer"))
    guards.enter(app, identity.reporting, guards.holding("identity_report"))
    guards.enter(app, identity.router, guards.holding("identity"))
    guards.enter(app, own_record.router, guards.holding("identity"))
    guards.enter(app, identity_api.router, guards.holding("identity"))
    guards.enter(app, concern.router, guards.holding("enter_contact"))
    guards.enter(app, audit.replay, guards.holding("audit_ledger", "audit_content"))
    guards.enter(app, audit.ledger, guards.holding("audit_ledger"))
    guards.enter(app, reliance.router, guards.holding("audit_ledger"))
    guards.enter(app, reliance_api.router, guards.holding("audit_ledger"))
    guards.enter(app, letter.router, guards.holding("letters"))
    guards.enter(app, letters_api.letters, guards.holding("letters"))
    guards.enter(app, letters_api.ledger, guards.holding("audit_ledger"))
    guards.enter(app, audit.quarantine, guards.holding("quarantine"))
    guards.enter(app, policies.router, guards.holding("policies"))
    guards.enter(app, policies.signing, guards.holding("sign_policies"))
    guards.enter(app, policies_api.router, guards.holding("policies"))
    guards.enter(app, what_if.router, guards.holding("policies", "supervise"))
    guards.enter(app, what_if.starting, guards.holding("policies"))
    guards.enter(app, what_if_api.router, guards.holding("policies", "supervise"))
    guards.enter(app, what_if_api.starting, guards.holding("policies"))
    guards.enter(app, policies_api.signing, guards.holding("sign_policies"))
    guards.enter(app, protocol.router, guards.holding("policies"))
    auditing = guards.holding("audit_content", "supervise")
    guards.enter(app, workbench.router, auditing)
    guards.enter(app, workbench_api.router, auditing)
    guards.enter(app, measures.router, guards.signed_in)  # figures about nobody; who is behind one is ruled
    guards.enter(app, measures.lists, guards.holding("picture"))
    guards.enter(app, measures.loading, guards.holding("supervise"))
    guards.enter(app, measures_api.router, guards.signed_in)
    guards.enter(app, measures_api.lists, guards.holding("picture"))
    guards.enter(app, measures_api.loading, guards.holding("supervise"))
    guards.enter(app, partnership.router, guards.signed_in)  # of the partnership's own words, and of nobody
    guards.enter(app, concerns.router, guards.api_client)
    guards.enter(app, session.router, guards.signed_in)
    guards.enter(app, protected_api.router, guards.signed_in)
    guards.enter(app, consent_api.router, guards.holding("consent"))
    guards.enter(app, consent_api.organisations, guards.api_client)
    guards.enter(
        app, exceptions_api.router, guards.holding("approve_override", "review_exceptions", "override", "break_glass")
    )

    known_hosts = [where.hostname or "localhost", "localhost", "127.0.0.1", *hosts]
    # the last added is the outermost: headers go with every answer, also with one of the last resort
    app.add_middleware(BodyLimit)
    app.add_middleware(errors.LastResort)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=known_hosts)
    app.add_middleware(Headers, https=where.scheme == "https")
    return app


def make_app(hub: "Hub", public_url: str = "") -> FastAPI:
    """The app over a hub of bootstrap; sessions lie in its data folder, so several web processes share them.

    `public_url` is where browsers reach it; by default the address of the settings. Outside a demonstration
    nobody signs in until another way is connected: concerns are taken all the same. Raises SignInNotConfigured for http
    anywhere but on loopback.
    """
    settings = hub.settings
    signin = DemoSignIn(demo=True) if settings.demo else NoSignIn()
    sessions = Sessions(hub.clock, settings.data / "sessions.db")
    try:
        return create_app(
            hub,
            sessions=sessions,
            signin=signin,
            clients=ApiClients(lambda: hub.register().clients),
            secret=hub.secret("session"),
            public_url=public_url or f"http://{settings.host}:{settings.port}",
        )
    except HubError:
        sessions.close()
        raise


class Server(uvicorn.Server):
    """A server that first ends the pages' live streams when it stops, so that none holds it up."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then as uvicorn does."""
        stopping: asyncio.Event = cast("FastAPI", self.config.app).state.stopping
        stopping.set()
        await super().shutdown(sockets)


def server(app: FastAPI) -> uvicorn.Server:
    """A server for `app` that does not write addresses into logs and stops within two seconds.

    Run it with `.run(sockets=[socket])`; set `.should_exit` to stop it from another thread.
    """
    config = uvicorn.Config(
        app, access_log=False, log_level="warning", server_header=False, timeout_graceful_shutdown=2,
        proxy_headers=False, lifespan="on",
    )  # fmt: skip
    return Server(config)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one (`getsockname()[1]` says which)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
