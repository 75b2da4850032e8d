"""Every page that a role may open without naming anything can be found: it stands in the navigation of that role."""

import inspect

import pytest

from hub.answering import Answering
from hub.domain.staff import ROLES, Permission, may
from hub.views.tasks import SOURCES
from hub.web import guards, menu
from hub.web.render import Link

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


def test_every_place_stands_under_a_heading_of_the_navigation_and_once_only() -> None:
    under = [href for _, hrefs in menu.HEADINGS for href in hrefs]
    assert {href for _, href, _ in guards.PLACES} - {*under} == set()
    assert len(under) == len({*under})


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_headings_hold_what_a_role_may_open_and_nothing_else(role: str) -> None:
    open_to_it = [Link(text, href) for text, href, _ in guards.PLACES if href in places(role)]
    told = menu.grouped(open_to_it)
    assert sorted(link.href for group in told for link in group.links) == sorted(link.href for link in open_to_it)
    assert [group.title for group in told if not group.links] == []


def test_a_place_without_a_heading_is_found_under_the_last_one() -> None:
    (group,) = menu.grouped([Link("New", "/new-place")])
    assert (group.title, group.links) == ("Rules and records", (Link("New", "/new-place"),))


def test_the_doors_named_here_are_the_doors_there_are() -> None:
    text = inspect.getsource(__import__("hub.web.app", fromlist=["create_app"]))
    for page, needed in DOORS:
        called = ", ".join(f'"{one}"' for one in needed)
        assert f"guards.holding({called})" in text.replace("\n        ", " ").replace("( ", "("), page
