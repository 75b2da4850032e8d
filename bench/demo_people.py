"""Who does what in the demonstration: the account of a role, and the reason that everybody gives."""

from hub.adapters.signin import DEMO_ACCOUNTS

MADE_UP = "Made up for the demonstration."


def who(role: str) -> str:
    """The account that holds this role."""
    return next(one.staff for one in DEMO_ACCOUNTS if role in one.roles)
