"""From a cookie to a person, and from a form back to the page that made it.

A request that changes something must come from our own pages: the browser says so (`Sec-Fetch-Site` or `Origin`) and
the form carries a token that only this session could have been given. Missing either, it is refused.
"""

import hmac
import secrets
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from hub.adapters.signin import Account, DemoSignIn, NoSignIn, Session, Sessions, SignInNotConfigured
from hub.views.models import Asker
from hub.web.errors import Forbidden

FOREIGN_FORM = "This form is not from a page that you were given: go back, reload it, and send it again."


class SignedIn:
    """A live session with its person, for one request."""

    def __init__(self, session: Session, account: Account) -> None:
        self.session = session
        self.account = account
        self.asker = Asker(account.staff, account.organisation, account.setting, account.roles)


class Doorkeeper:
    """Opens, finds and ends sessions over cookies, and signs forms. `public_url` is where browsers reach the hub."""

    def __init__(self, sessions: Sessions, signin: DemoSignIn | NoSignIn, secret: bytes, public_url: str) -> None:
        where = urlsplit(public_url)
        self._secure = where.scheme == "https"
        if not self._secure and not _loopback(where.hostname or ""):
            raise SignInNotConfigured("sessions need https, except on this machine's own loopback address")
        self.origin = f"{where.scheme}://{where.netloc}"
        self.cookie = "__Host-mash" if self._secure else "mash"
        self._sessions = sessions
        self.signin = signin
        self._secret = secret

    def open(self, response: Response, staff: str, old: str | None) -> None:
        """Start a session and set its cookie; whatever session the browser had before ends (no fixation)."""
        if old:
            self._sessions.end(old)
        token = self._sessions.begin(staff)
        response.set_cookie(self.cookie, token, path="/", secure=self._secure, httponly=True, samesite="lax")

    def find(self, request: Request, *, touch: bool = True) -> SignedIn | None:
        """Who is at the door, None when nobody is. An account that has gone takes its sessions with it."""
        token = request.cookies.get(self.cookie)
        session = self._sessions.find(token, touch=touch) if token else None
        if session is None:
            return None
        account = self.signin.find(session.staff)
        if account is None:
            self._sessions.end_all(session.staff)
            return None
        return SignedIn(session, account)

    def end(self, request: Request, response: Response) -> None:
        """Sign out: the session ends in the table, the cookie goes, and the browser forgets what it kept."""
        token = request.cookies.get(self.cookie)
        if token:
            self._sessions.end(token)
        response.delete_cookie(self.cookie, path="/", secure=self._secure, httponly=True, samesite="lax")
        if self._secure:  # browsers honour it on https only, and warn elsewhere
            response.headers["Clear-Site-Data"] = '"cache", "storage"'

    def step_up(self, request: Request, who: SignedIn, given: str) -> bool:
        """Let somebody who is signed in show again who they are; whether what was given shows it."""
        token = request.cookies.get(self.cookie)
        if not token or not self.signin.proves(who.account.staff, given):
            return False
        self._sessions.confirm(token)
        return True

    def form_token(self, session: Session) -> str:
        """A token for one page: salted, so that the compressed page does not give it away (BREACH)."""
        salt = secrets.token_hex(8)
        return f"{salt}.{self._sign(session, salt)}"

    def check_form(self, session: Session, token: str) -> None:
        """Raises Forbidden unless this session was given the token."""
        salt, _, signed = token.partition(".")
        if not hmac.compare_digest(signed.encode(), self._sign(session, salt).encode()):
            raise Forbidden(FOREIGN_FORM)

    def check_origin(self, request: Request) -> None:
        """Raises Forbidden unless the browser says that our own page sent this; silence is refused too."""
        site = request.headers.get("sec-fetch-site")
        origin = request.headers.get("origin")
        if site is not None:
            ours = site == "same-origin"
        elif origin is not None:
            ours = origin == self.origin
        else:
            ours = False
        if not ours:
            raise Forbidden("This request did not come from a page of the hub: open the hub and try there.")

    def seal(self, session: Session, *facts: str) -> str:
        """A seal on what a form carries back unchanged, for this session: a message's id, and when it was begun."""
        return self._sign(session, "\n".join(("facts", *facts)))

    def check_seal(self, session: Session, seal: str, *facts: str) -> None:
        """Raises Forbidden unless these were sealed for this session."""
        if not hmac.compare_digest(seal.encode(), self.seal(session, *facts).encode()):
            raise Forbidden(FOREIGN_FORM)

    def _sign(self, session: Session, salt: str) -> str:
        return hmac.new(self._secret, f"form\n{session.key}\n{salt}".encode(), "sha256").hexdigest()


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
