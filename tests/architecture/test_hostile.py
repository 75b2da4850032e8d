"""What a hostile sender, reader or file tried and could not do: each was attacked once by hand, and stays closed.

The intake and the pages run here without threads, so that what would kill a role fails the test.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec.structs import replace

from hub.adapters import sealing
from hub.bootstrap import Hub
from hub.cli import quarantine
from hub.cli.output import say_table
from hub.domain.errors import HubError, NotFound
from hub.domain.message import ConcernRaised
from hub.domain.moments import LONDON
from hub.domain.staff import RegisterStaff
from hub.flow.receive import FINDINGS, Intake, Taken
from hub.ports import Outgoing
from hub.views.models import Asker
from tests.support.messages import a_child, concern, moment, seen_by
from tests.support.partnership import RunningHub, settings_for

TOPIC = "concern.police.v1"


@dataclass
class Bench:
    """A hub that takes plain bodies too (nothing but the signature protects those), and one intake in this thread."""

    hub: RunningHub
    intake: Intake

    def take(self, topic: str = TOPIC) -> Taken:
        """Everything that lies on a topic and was not taken."""
        log, before = self.hub.hub.log, self.hub.hub.record.tracked(f"{topic}/0")
        reader = log.reader({(topic, 0): before + 1})
        try:
            return self.intake.take(reader.poll(200, 1), before)
        finally:
            reader.close()

    def follow(self) -> None:
        """Let the views follow."""
        self.hub.hub.views.catch_up("record", self.hub.hub.record)

    def plain(self, said: ConcernRaised, signed_by: str = "police", **attributes: str) -> tuple[dict[str, str], bytes]:
        """A message as headers and body, its body not sealed, signed with this organisation's key."""
        avro, dataschema = self.hub.hub.codec.encode(said)
        pair = self.hub.organisations[signed_by].pair
        headers = {
            "ce_specversion": "1.0", "ce_id": str(uuid4()), "ce_source": said.organisation,
            "ce_type": "mash.concern-raised.v1", "ce_time": moment(0).isoformat(), "ce_dataschema": dataschema,
            "ce_keyid": pair.keyid, **attributes,
        }  # fmt: skip
        signature = sealing.sign(pair.private, headers, avro)
        return {**headers, "ce_signature": sealing.signature_to_header(signature), "content-type": "avro/binary"}, avro

    def send(self, headers: dict[str, str], body: bytes, topic: str = TOPIC) -> None:
        """Put it on the log."""
        encoded = tuple((name, value.encode()) for name, value in headers.items())
        self.hub.send(Outgoing(topic, None, encoded, body))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    running = RunningHub(settings_for(tmp_path / "data", plain_bodies=True))
    try:
        yield Bench(running, Intake(running.hub.intake_tools()))
    finally:
        running.close()


def a_concern() -> ConcernRaised:
    return replace(concern("police", seen_by(a_child(), "police")), source_sequence=1)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"ce_id": "7b0e6f5c-0f5e-4c4f-9c6a-3f6f2a1b9d11"}, "bad_signature"),
        ({"ce_type": "mash.strength-observed.v1"}, "bad_signature"),
        ({"ce_time": "2020-01-01T00:00:00+00:00"}, "bad_signature"),
        ({"ce_onbehalfof": "police"}, "bad_signature"),
        ({"ce_anything": "more"}, "bad_signature"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value,
)
def test_a_signed_message_under_other_headers_is_refused(bench: Bench, changed: dict[str, str], reason: str) -> None:
    headers, body = bench.plain(a_concern())
    bench.send({**headers, **changed}, body)
    assert bench.take() == Taken(quarantined=(reason,))


def test_a_message_replayed_on_another_organisations_topic_is_refused(bench: Bench) -> None:
    headers, body = bench.plain(a_concern())
    bench.send(headers, body, "concern.health.v1")
    assert bench.take("concern.health.v1") == Taken(quarantined=("wrong_topic",))


def test_the_same_bytes_sent_again_count_once(bench: Bench) -> None:
    headers, body = bench.plain(a_concern())
    bench.send(headers, body)
    bench.send(headers, body)
    assert bench.take() == Taken(recorded=1, repeated=1, opened=1)


def test_an_organisation_that_is_no_front_desk_speaks_for_no_other_even_when_it_says_so(bench: Bench) -> None:
    headers, body = bench.plain(a_concern(), signed_by="health", ce_onbehalfof="police")
    bench.send(headers, body)
    assert bench.take() == Taken(quarantined=("wrong_key",))


def test_bytes_that_are_no_finding_stop_no_finding_behind_them(bench: Bench) -> None:
    for headers in ((), (("ce_dataschema", b"urn:avro:crc64:0000000000000000"),), (("ce_dataschema", b"\xff\x00"),)):
        bench.hub.send(Outgoing(FINDINGS, None, headers, b"\x02\x02"))
    assert bench.take(FINDINGS) == Taken(quarantined=("missing_header", "unknown_schema", "unknown_schema"))


def test_to_their_own_family_a_childs_page_looks_as_if_there_were_no_child(bench: Bench) -> None:
    ident = bench.hub.say(concern("police", seen_by(a_child(), "police")))
    bench.take()
    bench.follow()
    child, never = bench.hub.child_of("police", ident), moment(-365).astimezone(LONDON)
    relative, colleague = (
        Asker(name, "council", "mash", ("decision_maker",)) for name in ("staff-relative", "staff-colleague")
    )
    for one, related in ((relative, (child,)), (colleague, ())):
        wish = RegisterStaff(
            staff=one.staff, organisation="council", setting="mash", roles=one.roles, ig_trained_until=never,
            related=related,
        )  # fmt: skip
        bench.hub.hub.register_staff([wish])
    assert bench.hub.hub.picture(colleague, child, "").child == child
    assert _refusal(bench.hub, relative, child) == _refusal(bench.hub, relative, str(uuid4()))


@pytest.mark.parametrize("source", [b"[/b]", b"\x1b]0;owned\x07\x1b[2J", b"Sam Example born 1.2.2017"])
def test_what_a_header_claims_neither_breaks_nor_commands_nor_names_anybody_in_a_terminal(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], source: bytes
) -> None:
    bench.hub.send(Outgoing(TOPIC, None, (("ce_source", source), ("ce_type", source)), b"x"))
    bench.take()

    @contextmanager
    def opened(_data: str | None = None) -> Iterator[Hub]:
        yield bench.hub.hub

    monkeypatch.setattr(quarantine, "hub", opened)
    (row,) = bench.hub.hub.quarantine_rows()
    commands: tuple[Callable[[], None], ...] = (
        lambda: quarantine.list_(every=False, data=None, as_json=False),
        lambda: quarantine.list_(every=False, data=None, as_json=True),
        lambda: quarantine.show(row["quarantine"], None, as_json=False),
        lambda: quarantine.show(row["quarantine"], None, as_json=True),
    )
    for command in commands:
        command()
        said = capsys.readouterr().out
        assert "unreadable" in said
        assert [word for word in ("[/b]", "owned", "\x1b", "Sam") if word in said] == []


def test_a_table_shows_markup_as_letters_and_unprintable_letters_as_question_marks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say_table("T", ("cell",), [["[/b] [red]"], ["\x1b[2J\x9b"]], "none")
    said = capsys.readouterr().out
    assert "[/b] [red]" in said
    assert "?[2J?" in said


def _refusal(running: RunningHub, asker: Asker, child: str) -> tuple[type[HubError], str]:
    with pytest.raises(NotFound) as refused:
        running.hub.picture(asker, child, "")
    return refused.type, str(refused.value)
