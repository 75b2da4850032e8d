"""Step 8, prompts: a code from the front door to a setting that works with the child, with a notice in one transaction."""

from uuid import uuid4

from hub.domain import notice
from hub.domain import prompt as prompts
from hub.domain.errors import NotFound, VersionConflict
from hub.domain.notice import NoticeAcknowledged, NoticeSent
from hub.domain.prompt import Prompt, PromptAcknowledged, PromptSent, PromptTakenBack
from hub.flow.act import TRIES, Act, by_person


class Prompts(Act):
    """What is done with a prompt. Permission, and that it may be told, is checked by the caller."""

    def prompt(self, ident: str) -> Prompt:
        """One as it stands. Raises NotFound."""
        state = prompts.fold(ident, (one.fact for one in self._record.load(prompts.stream(ident))))
        if state.sent is None:
            raise NotFound("no such prompt")
        return state

    def send(self, fact: PromptSent) -> str:
        """Send it; its id."""
        ident = str(uuid4())
        told = NoticeSent(
            organisation=fact.organisation, setting=fact.setting, kind="prompt", about=ident, child=fact.child,
            enquiry=fact.enquiry, codes=(("prompt", fact.prompt),), due=fact.due, sent_by=fact.sent_by,
        )  # fmt: skip
        self.write([(prompts.stream(ident), 0, fact), (notice.stream(ident), 0, told)], by_person(fact.sent_by))
        return ident

    def acknowledge(self, ident: str, by: str) -> None:
        """Somebody of the setting has it: the notice is acknowledged with it. Raises Refused, NotFound."""
        for _ in range(TRIES):
            state = self.prompt(ident)
            prompts.check_waits(state)
            held = self._record.load(notice.stream(ident))
            done = any(isinstance(one.fact, NoticeAcknowledged) for one in held)
            told = [] if done else [(notice.stream(ident), len(held), NoticeAcknowledged(acknowledged_by=by))]
            fact = PromptAcknowledged(acknowledged_by=by)
            try:
                self.write([(prompts.stream(ident), state.version, fact), *told], by_person(by))
            except VersionConflict:
                continue
            return
        raise VersionConflict("this prompt keeps being written to: try again")

    def take_back(self, ident: str, by: str) -> None:
        """It is asked no more. Raises Refused, NotFound."""
        state = self.prompt(ident)
        prompts.check_waits(state)
        self.write([(prompts.stream(ident), state.version, PromptTakenBack(taken_back_by=by))], by_person(by))
