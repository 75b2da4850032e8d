"""A world straight into a hub: every organisation joins with a key of its own and publishes through the same door as any
other. Nothing of the truth goes with it.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from bench.world.planning import midnight
from bench.world.stream import World
from hub.bootstrap import Hub, open_hub
from hub.config import read_settings
from hub.domain.message import Message
from hub.flow.publish import Signer

CHUNK = 400  # messages of one organisation that are published together, at most


class Published(Struct, frozen=True):
    """What came onto the log."""

    published: int
    organisations: int
    partnership: str


def join(hub: Hub, sectors: Mapping[str, str]) -> dict[str, Signer]:
    """Register these organisations (id -> sector), each with a key; the signers, by organisation. One that joined before
    keeps its key."""
    signers = {}
    keys = hub.settings.data / "world-keys"
    keys.mkdir(exist_ok=True, mode=0o700)
    for one, sector in sectors.items():
        name = hub.edition.organisations.get(one, one.replace("_", " ").capitalize())
        hub.add_organisation(one, name, sector)
        path = keys / f"{one}.key"
        if not path.exists():
            hub.add_key(one, path)
        lines = dict(line.split(" ", 1) for line in path.read_text(encoding="ascii").splitlines())
        signers[one] = Signer(one, lines["keyid"], bytes.fromhex(lines["private"]))
    return signers


def publish(world: World, folder: Path, partnership: str, progress: Callable[[float], None]) -> Published:
    """Publish all messages of the world to the hub in this folder, in their order; a new folder makes a new hub.

    The hub's clock is the real one: it receives today what the world said over years. A second world needs another
    folder, because its organisations begin to count at 1 again. Raises HubError.
    """
    hub = open_hub(read_settings(data=folder, partnership=partnership))
    try:
        signers = join(hub, {one.id: one.sector for one in world.population.organisations.values()})
        waiting: dict[str, list[tuple[str, Message]]] = {one: [] for one in signers}
        begin, whole = midnight(world.start), (world.end - world.start).total_seconds()
        done = 0

        def flush(organisation: str) -> None:
            if waiting[organisation]:
                hub.publish(waiting[organisation], signers[organisation], numbered=False)
                waiting[organisation] = []

        for emitted in world.messages():
            waiting[emitted.organisation].append((emitted.id, emitted.message))
            done += 1
            if len(waiting[emitted.organisation]) >= CHUNK:
                flush(emitted.organisation)
                progress(min(1.0, (emitted.publish_at - begin).total_seconds() / whole))
        for organisation in waiting:
            flush(organisation)
        progress(1.0)
        return Published(done, len(signers), partnership)
    finally:
        hub.close()
