"""The only way onto a page: plain text, numbers and times, walked before a template sees them.

A template that is handed sealed words, a fact, or anything else that did not come through `flow/disclose.py` as a view
model raises instead of rendering, and so does a template that names a field which its view model lacks.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn, cast

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader, Undefined
from jinja2.exceptions import UndefinedError
from jinja2.utils import missing
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import HTMLResponse

from hub.domain.fact import Fact, NewFact, Recorded
from hub.domain.item import Erased, Grant, Sealed
from hub.views.models.exceptions import Open
from hub.web import words
from hub.web.static import Static

PLAIN = (type(None), bool, int, float, str, datetime, date)
VIEW_MODULES = frozenset({"hub.web.render", "hub.web.forms"})
VIEW_MODELS = "hub.views.models"  # the package, every module of it
CLOSED = (Sealed, Fact, NewFact, Recorded, Grant, Erased)


class NotForPages(TypeError):
    """Something that is no view model was handed to a template; names the place and the type, never the value."""


class Link(Struct, frozen=True):
    """One entry of the navigation."""

    text: str
    href: str
    current: bool = False


class Group(Struct, frozen=True):
    """A heading of the navigation and what stands under it."""

    title: str
    links: tuple[Link, ...]


class Shell(Struct, frozen=True, kw_only=True):
    """What the frame around a page shows: who is signed in as what, where one can go, and the nonce of its scripts."""

    nonce: str
    token: str = ""
    name: str = ""
    title: str = ""
    organisation: str = ""
    navigation: tuple[Link, ...] = ()
    menu: tuple[Group, ...] = ()  # the same under headings
    idle_seconds: int = 0
    emergencies: tuple[Open, ...] = ()  # break-glass of this person that is open now


def check(value: object, where: str = "context") -> None:
    """Walk a value that a template will see; raises NotForPages at the first thing that is not plain."""
    if isinstance(value, CLOSED):
        raise NotForPages(f"{where} is a {type(value).__name__}: only flow/disclose.py opens words, into a view model")
    if type(value) in PLAIN:  # exact: a subclass of str may be markup that would not be escaped
        return
    if type(value) in {tuple, list}:
        for number, each in enumerate(cast("tuple[object, ...]", value)):
            check(each, f"{where}[{number}]")
        return
    if isinstance(value, dict):
        for key, each in value.items():
            if type(key) is not str:
                raise NotForPages(f"{where} has a key of type {type(key).__name__}")
            check(each, f"{where}.{key}")
        return
    if isinstance(value, Struct) and _is_view_model(type(value).__module__):
        for name in value.__struct_fields__:
            check(getattr(value, name), f"{where}.{name}")
        return
    raise NotForPages(f"{where} is a {type(value).__name__}: pages take view models of hub/views/models.py")


def _is_view_model(module: str) -> bool:
    return module in VIEW_MODULES or module == VIEW_MODELS or module.startswith(f"{VIEW_MODELS}.")


class Noticed(Undefined):
    """A name that is not there is an error where it is our own mistake: a bare name, or a field of a view model.

    The macros of the design system ask for options that nobody set; those stay silent, as jinja's own do.
    """

    def _ours(self) -> bool:
        return self._undefined_obj is missing or isinstance(self._undefined_obj, Struct)

    def _raise(self) -> NoReturn:
        raise UndefinedError(self._undefined_message)

    def __str__(self) -> str:
        if self._ours():
            self._raise()
        return super().__str__()

    def __bool__(self) -> bool:
        if isinstance(self._undefined_obj, Struct):
            self._raise()
        return False

    def __iter__(self) -> Any:
        if self._ours():
            self._raise()
        return super().__iter__()


def about(errors: Iterable[Any], field: str) -> dict[str, str] | None:
    """The fault of one question as the macros take it, None when the answer is fine."""
    return next(({"text": each.text} for each in errors if each.field == field), None)


class Renderer:
    """Templates with their filters; `page` is how a view model becomes a page."""

    def __init__(self, static: Static) -> None:
        self._environment = Environment(
            autoescape=True,
            undefined=Noticed,
            trim_blocks=True,
            lstrip_blocks=True,
            loader=ChoiceLoader(
                [
                    FileSystemLoader(Path(__file__).parent / "templates"),
                    PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
                ]
            ),
        )
        self._environment.filters.update(
            moment=words.moment, day=words.day, clock=words.clock, period=words.period, short=words.short,
            count=words.count, about=about,
        )  # fmt: skip
        self._environment.globals.update(
            static=static.url, COVERAGE=words.COVERAGE, COVERAGE_COLOURS=words.COVERAGE_COLOURS, STATES=words.STATES,
        )  # fmt: skip

    def text(self, template: str, context: Mapping[str, object]) -> str:
        """The template over a context that was walked first."""
        check(dict(context))
        return self._environment.get_template(template).render(context)

    def page(self, request: Request, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
        """A whole page for this request. `errors`, where given, is a tuple of Problem for the error summary."""
        shell = getattr(request.state, "shell", None) or Shell(nonce=getattr(request.state, "nonce", ""))
        context.setdefault("errors", ())
        return HTMLResponse(self.text(template, {**context, "shell": shell}), status)


def renderer_of(request: Request) -> Renderer:
    """The renderer of the app that answers this request."""
    return cast("Renderer", request.app.state.renderer)
