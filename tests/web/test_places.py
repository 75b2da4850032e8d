"""Every page that a role may open without naming anything can be found: it stands in the navigation of that role."""

import inspect

import pytest

from hub.answering import Answering
from hub.domain.staff import ROLES, Permission, may
from hub.views.tasks import SOURCES
from hub.web import guards

IMPORTED = Answering.__name__  # importing it enters every source of tasks

# Of what is shared, asked and told: page, and the permissions whose holders its door lets in.
DOORS: tuple[tuple[str, tuple[Permission, ...]], ...] = (
    ("/consent/notices", ("answer",)), ("/requests", ("answer", "own_organisation")), ("/releases", ("answer",)),
    ("/forwarded", ("picture",)), ("/leads", ("lead",)), ("/challenges", ("challenge",)), ("/prompts", ("answer",)),
    ("/exceptions", ("approve_override", "review_exceptions", "override", "break_glass")), ("/letters", ("letters",)),
    ("/policies", ("policies",)), ("/protocol", ("policies",)), ("/plans", ("screen", "answer")),
    ("/silence", ("screen", "supervise", "quarantine", "own_organisation", "answer")),
)  # fmt: skip


def places(role: str) -> set[str]:
    return {href for _, href, needed in guards.PLACES if any(may((role,), one) for one in needed)}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_what_a_role_may_open_stands_in_its_navigation(role: str) -> None:
    open_to_it = {page for page, needed in DOORS if any(may((role,), one) for one in needed)}
    assert open_to_it - places(role) == set()


@pytest.mark.parametrize("role", sorted(ROLES))
def test_whoever_may_have_a_task_finds_the_tasks(role: str) -> None:
    has = any(may((role,), one) for source in SOURCES for one in source.needs)
    assert not has or "/tasks" in places(role)


def test_the_doors_named_here_are_the_doors_there_are() -> None:
    text = inspect.getsource(__import__("hub.web.app", fromlist=["create_app"]))
    for page, needed in DOORS:
        called = ", ".join(f'"{one}"' for one in needed)
        assert f"guards.holding({called})" in text.replace("\n        ", " ").replace("( ", "("), page
