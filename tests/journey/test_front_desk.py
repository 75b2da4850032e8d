"""The hub's own front desk: its key can be revoked like any other, and the record says which of its staff typed what."""

import json
from collections.abc import Callable

import pytest

from hub.bootstrap import open_hub
from hub.cli.publish import parse
from hub.domain.agency import GATEWAY
from hub.domain.concern import ConcernRecorded, message_id
from hub.domain.enquiry import EnquiryOpened
from hub.domain.errors import BadMessage
from hub.domain.message import STAFF
from hub.flow import relay
from hub.web.api.concerns import read
from tests.support.messages import a_child, concern, seen_by
from tests.support.partnership import RunningHub, wait_until

OwnHub = Callable[..., RunningHub]
IDENT = "9b0d3bb2-8f5c-4d9e-9d5e-1d7b4d5a0c11"


def signs(hub: RunningHub) -> str:
    return hub.hub.gateway.key_id


def test_after_its_key_is_revoked_the_front_desk_signs_with_the_next_at_once_and_after_every_start(
    own_hub: OwnHub,
) -> None:
    running = own_hub()
    used = [signs(running)]
    for reason in ("rotated", "compromised"):
        running.hub.revoke_key(GATEWAY, signs(running), reason)
        running.hub.publish([(IDENT, concern("school", seen_by(a_child(), "school")))])  # the running hub goes on
        used.append(signs(running))
    settings = running.hub.settings
    running.hub.revoke_key(GATEWAY, used[-1], "rotated")
    running.close()
    for _ in range(2):  # and a hub that finds the key revoked when it starts, starts
        with_next = open_hub(settings)
        used.append(with_next.gateway.key_id)
        keys = [key for key in with_next.register().keys.values() if key.organisation == GATEWAY]
        with_next.close()
    assert len(set(used)) == 4
    assert used[-1] == used[-2]
    assert [key.key_id for key in keys if key.revoked is None] == [used[-1]]


def test_the_record_and_the_trace_say_who_typed_a_contact_and_nobody_outside_can(own_hub: OwnHub) -> None:
    running = own_hub()
    running.start("intake", "views")
    typed = concern("school", seen_by(a_child(), "school"), on_behalf_of=f"{STAFF}staff-91d3b7")
    running.hub.publish([(IDENT, typed)])
    running.settled_intake()
    (first,) = running.stream(f"message:{message_id('school', IDENT)}")[:1]
    assert isinstance(first.fact, ConcernRecorded)
    said = first.fact.statement
    assert (said.entered_by, said.entered_by_staff, said.how_known) == (GATEWAY, "staff-91d3b7", "first_hand")
    assert running.hub.trace(IDENT)[0]["what"] == "entered by: gateway staff-91d3b7"
    # an organisation's own key cannot say it of the hub's staff, and its client of the HTTP interface is refused
    own = running.say(typed)
    running.settled_intake()
    said = running.stream(f"message:{message_id('school', own)}")[0].fact.statement  # type: ignore[attr-defined]
    assert (said.entered_by, said.entered_by_staff) == ("", "")
    row = {
        "type": "mash.concern-withdrawn.v1", "id": IDENT, "recorded_at": "2026-03-02T12:00:00Z", "withdraws": "x",
        "reason_code": "other", "reason": "x", "on_behalf_of": "staff:staff-91d3b7",
    }  # fmt: skip
    with pytest.raises(BadMessage) as from_file:
        parse({**row, "organisation": "school"})
    assert (from_file.value.reason, from_file.value.field) == ("invalid_value", "on_behalf_of")
    with pytest.raises(BadMessage) as refused:
        read(json.dumps(row).encode(), "school")
    assert (refused.value.reason, refused.value.field) == ("invalid_value", "on_behalf_of")


def test_trouble_with_cases_never_holds_up_what_counts(own_hub: OwnHub, monkeypatch: pytest.MonkeyPatch) -> None:
    running = own_hub()

    def failing(*_: object) -> int:
        raise RuntimeError("made up")

    step = relay.Relay.step
    monkeypatch.setattr(
        relay.Relay, "step", lambda one, *more: failing() if one.topic == relay.CASES else step(one, *more)
    )
    running.start("intake", "relay")
    running.say(concern("school", seen_by(a_child(), "school")))
    ends = running.hub.log.topics("signal.v1")
    wait_until(lambda: any(running.hub.log.end("signal.v1", number) for number in range(ends["signal.v1"])))
    wait_until(lambda: running.hub.paged)
    assert (running.hub.paged, running.died) == ([relay.CASES], [])


def test_a_fact_that_fits_no_message_is_recorded_once_and_pages_a_person(own_hub: OwnHub) -> None:
    running = own_hub()
    running.start("intake")
    ident = running.say(concern("school", seen_by(a_child(), "school")))
    running.settled_intake()
    running.stop()
    hub, child = running.hub, running.child_of("school", ident)
    raised = too_many_alerts(running, child)
    (cases,) = [one for one in hub.relays() if one.topic == relay.CASES]
    cases.step()
    names = [(one.stream, one.fact.NAME) for one in running.facts()[-1:]]
    assert names == [(f"not-sent:case.v1/{raised}", "relay.fact-not-sent")]
    assert hub.paged == [f"case.v1, position {raised}"]
    assert cases.step() == 0
    hub._not_sent(running.facts()[-1].fact, running.facts()[raised - 1])  # type: ignore[arg-type] # as after a crash
    not_sent = [one for one in running.facts() if one.fact.NAME == "relay.fact-not-sent"]
    assert (len(hub.paged), len(not_sent)) == (1, 1)


def too_many_alerts(running: RunningHub, child: str) -> int:
    """Put an enquiry with more alerts than a message takes on record, as the form once did; its position."""
    opened = EnquiryOpened(
        child=child, alerts=(f"{child}:r:1",) * 30_000, ground="perceived_harm", opened_by="s", team=("s",)
    )
    return running.hub._append("mash-enquiry:e1", 0, [opened], "person:s")[0].position
