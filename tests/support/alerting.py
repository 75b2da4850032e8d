"""A hub whose every role a test drives by hand: what is said becomes signals, findings and alerts before the test goes on."""

from collections.abc import Sequence
from datetime import date
from threading import Event
from typing import Any

from consumers.runtime import Runner
from consumers.thresholds import NAME, SIGNALS, Thresholds
from hub.domain.alert import Alert, AlertRaised, DecideAlert, decide_by_person, fold, next_alert, stream
from hub.domain.enquiry import EnquiryDecided, OpenEnquiry, Step
from hub.domain.fact import Recorded
from hub.domain.message import Message
from tests.support.house import House
from tests.support.partnership import RunningHub


class Alerting(House):
    """The House, with relay, rules and the watch beside the intake."""

    def __init__(self, running: RunningHub) -> None:
        super().__init__(running)
        hub = running.hub
        self.hub = hub
        self.state = hub.consumer_state(NAME)
        step = Thresholds(
            edition=lambda: hub.edition, state=self.state, clock=hub.clock, decode=hub.codec.decode_change,
            encode=hub.codec.encode_finding,
        )  # fmt: skip
        self._runner = Runner(step, topic=SIGNALS, log=hub.log, state=self.state, clock=hub.clock)
        self._signals = self._runner.open()
        self._relays = hub.relays()
        self.watch = hub.watch()

    def close(self) -> None:
        self._signals.close()
        self.state.close()

    def hear(self, *said: Message) -> list[str]:
        """Say this, and let every role come to rest; the senders' ids."""
        idents = self.say(*said)
        self.rest()
        return idents

    def rest(self) -> None:
        """Every role takes steps until none has anything left to do."""
        before = -1
        while before != self.hub.record.position():
            before = self.hub.record.position()
            self.intake.count()
            while sum(relay.step() for relay in self._relays) + self._runner.read(self._signals, 0):
                pass
            self._runner.elapse(Event())
            self.look()

    def turn(self) -> int:
        """One turn of the watch; how many things it did."""
        self.hub.views.catch_up("record", self.hub.record)
        return self.watch.turn()

    def alerts(self, child: str, rule: str) -> list[Alert]:
        """Every alert of a child and rule, in order."""
        found: list[Alert] = []
        while held := self.facts_of(child, rule, len(found) + 1):
            found.append(fold((one.fact for one in held), next_alert(found[-1]) if found else None))
        return found

    def facts_of(self, child: str, rule: str, number: int) -> list[Recorded]:
        return self.hub.record.load(stream(child, rule, number))

    def raised(self, child: str, rule: str, number: int) -> AlertRaised:
        fact = self.facts_of(child, rule, number)[0].fact
        assert isinstance(fact, AlertRaised)
        return fact

    def decide(
        self, child: str, *rules: str, outcome: str = "no_further_action", level: int = 2, plan: Sequence[date] = ()
    ) -> str:
        """A MASH enquiry opened and decided, which settles the live alerts of these rules; its id."""
        act = self.hub.act()
        enquiry = act.open_enquiry(
            OpenEnquiry(child=child, alerts=(), ground="perceived_harm", reason="To see", by="staff-1")
        )
        at, held = f"mash-enquiry:{enquiry}", self.counted(child)
        after = len(self.hub.record.load(at))
        fact = EnquiryDecided(
            child=child, level=level, suggested=None, agrees=True, outcome=outcome, actions=("advice_given",),
            family_told=True, seen_position=1, evidence=tuple(sorted(held)), decided_by="staff-1",
            plan=tuple(Step("advice_given", "front_door", due) for due in plan),
        )  # fmt: skip
        new: list[Any] = [(at, after, fact)]
        wish = DecideAlert(enquiry=enquiry, decision=f"{at}@{after + 1}", seen=tuple(held))
        for rule in rules:
            alerts = self.alerts(child, rule)
            name, alert = stream(child, rule, len(alerts)), alerts[-1]
            new += [(name, len(self.hub.record.load(name)), one) for one in decide_by_person(alert, wish)]
        act.write(new, "person:staff-1")
        self.rest()
        return enquiry
