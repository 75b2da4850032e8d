"""A multi-agency safeguarding hub: signed concerns in, explained alerts in front of a person, every step replayable.

The journey is hub/flow/, in this order: `publish.py` makes a signed, sealed message of what an organisation says;
`receive.py` takes a batch from the log and walks it through `verify.py` (is it really from them?), `match.py` (whose
is it?), `share.py` (may it count, by what `standing.py` has folded of the record?) and `append.py` (on the record,
once, with where the child lived then, by `locate.py`); what it works with is in `tools.py`, whom it writes about in
`people.py`, how it asks in `ruling.py` and once more in `ruling_again.py`, what one message comes to in `compose.py`
and what that refers to in `earlier.py`, who may be somebody known in `weigh_again.py`, who is restricted in
`restrict.py`, what was refused in `quarantine.py`, numbers that never came in `sequences.py`, versions and causes in
`stamp.py`, a bug's place in `unexplained.py`; `relay.py` sends out what counts for whom, the consumers answer with
findings, and `alert.py` folds them into the one live alert of a child and rule; `expect.py` says what is expected of
whom and by when (`expect_cases.py`, `expect_children.py`, `expect_help.py`,
`expect_identity.py`, `expect_levels.py`, `expect_refusals.py`, `expect_seen.py`;
sent out by `expect_relay.py`), and `silence.py` puts on record what did not come; `count.py` counts what is known of
siblings and household for each child, `count_decided.py` what people decided, and by `leave_pool.py` what led to
nothing counts no more after a time; `review.py` brings a decided rule back on the day of its review; `disclose.py` is
the only door to words, `letter.py` tells a family who looked, `act.py` is what every act of a person shares,
`enquire.py` a MASH enquiry from opening to decision, `forward.py` a contact that goes to who is at it already,
`report_back.py` what whoever sent it is told, `hindsight.py` what late evidence means for a decision, `discuss.py` a
strategy discussion, `convene.py` a panel or forum, `lead.py` who leads, `help.py` at which level a child is helped,
`assess.py` an assessment, `help_plan.py` a plan of help, `offer.py` help that is offered, `transfer.py` a child who
moves to another hub, `challenge.py` a decision challenged, `prompt.py` what a setting is asked instead of being shown
an alert, `identify.py` one about who is who, which `settle.py` carries out, `propose.py` asks a person about two who
turn out to be one, `rematch.py` weighs everybody again, `protect.py` restricts at intake whom somebody declared
beforehand, `override.py` makes exceptions that two people or an emergency carry, `consent.py` records what a family
said of sharing and of services, `request.py` asks organisations and takes their answers, `release.py` lets an owner's
items out, `outward.py` tells organisations, `series.py` loads what other systems count, `auditing.py` has decisions
gone through once more by an auditor, `govern.py` is how people tick, sign and publish an edition, `reindex.py` makes
the match index anew, `replay.py` shows any earlier moment, and `what_if.py` tries a draft of the rules on all of
them.
docs/flow.md tells it with an example; docs/glossary.md holds the words.
"""
