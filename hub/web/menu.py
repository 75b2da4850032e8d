"""The order of the navigation: the places that a person may open, under a few headings."""

from collections.abc import Sequence

from hub.web.render import Group, Link

# What waits comes first. A place that stands under no heading comes under the last one.
HEADINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Now", ("/", "/tasks", "/concern/new", "/late", "/silence", "/forwarded", "/exceptions")),
    (
        "Children",
        (
            "/children", "/steps", "/leads", "/plans", "/meetings", "/services", "/offers", "/transfers", "/identity",
            "/tasks/addresses", "/protected",
        ),
    ),
    (
        "Our organisation", ("/sent", "/requests", "/releases", "/consent/notices", "/prompts", "/challenges"),
    ),
    (
        "Rules and records",
        (
            "/measures", "/partnership", "/protocol", "/policies", "/policies/what-if", "/reliance", "/audit",
            "/practice-audits", "/ledger", "/letters", "/identity/reports", "/quarantine",
        ),
    ),
)  # fmt: skip


def grouped(links: Sequence[Link]) -> tuple[Group, ...]:
    """These places under their headings, in the order above; a heading with nothing under it is left out."""
    known = {href for _, hrefs in HEADINGS for href in hrefs}
    place = {link.href: link for link in links}
    found = [[place[href] for href in hrefs if href in place] for _, hrefs in HEADINGS]
    found[-1] += [link for link in links if link.href not in known]
    return tuple(Group(title, tuple(held)) for (title, _), held in zip(HEADINGS, found, strict=True) if held)
