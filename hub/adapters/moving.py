"""Letters between hubs: signed with the key that speaks for a hub, and checked against the key that a person registered.

It promises that a letter that was changed by one byte, or signed by another key, is none.
"""

import msgspec

from hub.adapters import sealing
from hub.adapters.sealing import Pair
from hub.domain.agency import Register
from hub.domain.errors import BadMessage, Refused
from hub.domain.transfer import Letter, Signed

BOUND = {"ce_type": "case.transferred", "ce_specversion": "1.0"}  # so that no other signature of a hub's passes for one
MOST = 20_000  # bytes of a letter


def write(pair: Pair, letter: Letter) -> Signed:
    """The letter, signed."""
    text = msgspec.json.encode(letter)
    attributes = {**BOUND, "ce_source": letter.origin, "ce_keyid": pair.keyid}
    signature = sealing.sign(pair.private, attributes, text)
    return Signed(letter=text.decode(), key=pair.keyid, signature=signature.hex())


def read(register: Register, given: bytes) -> tuple[Letter, str]:
    """A letter of another hub, and the id of the key that signed it. Raises Refused for anything else; nothing is repeated."""
    if len(given) > MOST:
        raise Refused("This is too long for a letter of a hub", "letter")
    try:
        signed = msgspec.json.decode(given, type=Signed)
        text = signed.letter.encode()
        letter, signature = msgspec.json.decode(text, type=Letter), bytes.fromhex(signed.signature)
    except (msgspec.DecodeError, ValueError):
        raise Refused("This is no letter of a hub: ask the other hub to write it again", "letter") from None
    try:
        key = register.signer(letter.origin, signed.key)
    except BadMessage as wrong:
        raise Refused(f"Nobody here has registered that hub's key ({wrong.detail})", "letter") from None
    attributes = {**BOUND, "ce_source": letter.origin, "ce_keyid": key.key_id}
    if key.organisation != letter.origin or not sealing.verify(key.public, attributes, text, signature):
        raise Refused("The signature is not that hub's: the letter was changed, or is somebody else's", "letter")
    return letter, key.key_id
