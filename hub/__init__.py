"""A multi-agency safeguarding hub: signed concerns in, explained alerts in front of a person, every step replayable.

The journey is hub/flow/, in this order: `publish.py` makes a signed, sealed message of what an organisation says;
`receive.py` takes a batch from the log and walks it through `verify.py` (is it really from them?), `match.py` (whose
is it?), `share.py` (may it count, by what `standing.py` has folded of the record?) and `append.py` (on the record,
once, with where the child lived then, by `locate.py`); `relay.py` sends out what counts for whom, the consumers answer
with findings, and `alert.py` folds them into the one live alert of a child and rule; `count.py` counts what is known of
siblings and household for each child;
`disclose.py` is the only door to words, `act.py` is a person's decision, `identify.py` one about who is who, which
`settle.py` carries out, `reindex.py` makes the match index anew, and `replay.py` shows any earlier moment. docs/flow.md
tells it with an example; docs/glossary.md holds the words.
"""
