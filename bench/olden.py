"""Replays and worlds lie in the past, and no protocol is as old: they run as if the partnership had had today's all along."""

from datetime import date

from msgspec.structs import replace

from hub.bootstrap import Hub


def protocol_all_along(hub: Hub) -> None:
    """From now on this hub, in this process, judges by its edition with a protocol that holds on every day."""
    agreed = hub.edition.agreed
    if agreed is not None:
        hub.edition = replace(hub.edition, agreed=replace(agreed, valid_from=date.min, valid_until=date.max))
