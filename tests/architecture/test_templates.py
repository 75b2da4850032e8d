"""Nothing reaches a page but view models; no template marks text as safe; statuses live in one file."""

import ast
import inspect
import json
import re
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from jinja2.exceptions import UndefinedError
from markupsafe import Markup
from msgspec import Struct

from hub.domain.fact import Envelope, Fact, Recorded
from hub.domain.item import Erased, Grant, Sealed
from hub.views import models
from hub.web.render import NotForPages, Renderer, Shell, check
from hub.web.static import Static

WEB = Path(inspect.getfile(Renderer)).parent
TEMPLATES = sorted((WEB / "templates").glob("*.html"))
NOW = datetime(2026, 6, 4, tzinfo=UTC)
SEALED = Sealed(item="i1", category="narrative", about=("sr1",), wraps=(b"w",), box=b"b")


class SomethingHappened(Fact, frozen=True):
    NAME = "something.happened"
    text: str


class Elsewhere(Struct, frozen=True):
    text: str


FACT = SomethingHappened(text="planted")
RECORDED = Recorded("s", 1, 1, Envelope(NOW, NOW, "b", "", "", "1"), FACT)


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(Static())


@pytest.mark.parametrize(
    "closed",
    [SEALED, FACT, RECORDED, Grant(1, frozenset()), Erased("e"), Elsewhere("x"), b"bytes", {1: "key"}, {"set"},
     object(), Markup("<b>bold</b>"), ValueError("x")],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_a_template_that_is_handed_anything_but_a_view_model_raises(renderer: Renderer, closed: object) -> None:
    for context in ({"title": closed}, {"title": ("deep", [closed])}, {"title": {"deep": closed}}):
        with pytest.raises(NotForPages) as raised:
            renderer.text("error.html", {"detail": "x", "shell": Shell(nonce="n"), "errors": (), **context})
        assert "planted" not in str(raised.value)


def test_something_closed_inside_a_view_model_raises_too() -> None:
    row = models.Line("Name", SEALED)  # type: ignore[arg-type]
    with pytest.raises(NotForPages, match=r"context\.rows\[0\]\.text is a Sealed"):
        check({"rows": (row,)})


def test_plain_view_models_pass() -> None:
    check(
        {
            "stamp": models.Stamp(1, NOW, "decision maker", "1"),
            "rows": ((models.Line("a", "b"),),),
            "n": None,
            "yes": True,
        }
    )


def test_a_template_that_names_a_field_its_view_model_lacks_raises(renderer: Renderer) -> None:
    environment = renderer._environment
    for template in (
        "{{ line.txet }}",
        "{% if line.txet %}x{% endif %}",
        "{{ lin }}",
        "{% for x in lin %}{% endfor %}",
    ):
        with pytest.raises(UndefinedError):
            environment.from_string(template).render(line=models.Line("a", "b"))


def test_words_are_escaped_wherever_they_stand(renderer: Renderer) -> None:
    text = renderer.text("error.html", {"title": "<b>", "detail": "<script>", "shell": Shell(nonce="n"), "errors": ()})
    assert "<script>\n" not in text
    assert "&lt;script&gt;" in text
    assert '<h1 class="govuk-heading-l">&lt;b&gt;</h1>' in text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_switches_escaping_off(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape|Markup|Html\"|\"html\"", text)
    assert not re.search(r"\sstyle=|\son[a-z]+=", text)  # the content policy would block them


def test_every_page_but_the_open_ones_says_what_is_known_and_to_whom() -> None:
    framed = {path.name for path in TEMPLATES if 'extends "base.html"' in path.read_text(encoding="utf-8")}
    silent = {
        path.name for path in TEMPLATES if path.name in framed and "known(" not in path.read_text(encoding="utf-8")
    }
    # a page before the code of a link fits, and one after it has ended, know nothing and show nothing
    assert silent == {
        "accessibility.html",
        "answer_code.html",
        "answer_sent.html",
        "error.html",
        "help.html",
        "sign_in.html",
    }
    assert len(framed) >= 15


def test_only_one_file_of_the_web_knows_statuses() -> None:
    knowing = set()
    for path in sorted(WEB.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            imports = isinstance(node, ast.ImportFrom) and node.module == "http"
            number = (
                isinstance(node, ast.Constant)
                and type(node.value) is int
                and 400 <= node.value < 512
                and path.name != "render.py"
            )
            if imports or number:
                knowing.add(path.name)
    assert knowing <= {"errors.py"}


def test_what_was_taken_from_govuk_is_what_the_manifest_says_and_nothing_reserved_came_along() -> None:
    vendor = WEB / "static" / "vendor"
    manifest = json.loads((vendor / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["package"], manifest["version"], manifest["licence"]) == ("govuk-frontend", "6.6.0", "MIT")
    assert {path.name for path in vendor.iterdir()} == {*manifest["files"], "manifest.json"}
    for name, said in manifest["files"].items():
        data = (vendor / name).read_bytes()
        assert {"bytes": len(data), "sha256": sha256(data).hexdigest()} == said
    style = (vendor / "govuk-frontend.min.css").read_text(encoding="utf-8")
    for reserved in ("GDS Transport", "crest", "url(", "@font-face"):
        assert reserved not in style
    assert "Permission is hereby granted" in (vendor / "LICENSE-govuk-frontend.txt").read_text(encoding="utf-8")
    shipped = {path.suffix for path in (WEB / "static").rglob("*") if path.is_file()}
    assert shipped == {".css", ".js", ".json", ".txt", ".svg"}
