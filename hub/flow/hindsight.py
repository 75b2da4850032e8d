"""Step 8, late evidence: a person says what evidence that came after a decision means for it. Nothing is decided here."""

from collections.abc import Sequence

from hub.domain import late
from hub.domain.errors import Refused
from hub.domain.late import LateEvidenceReviewed
from hub.flow.act import Act, by_person


class LateEvidence(Act):
    """What a person does about late evidence. Permission, and what came late, is checked by the caller."""

    def review(self, decision: str, child: str, seen: Sequence[str], answer: str, why: str, by: str) -> None:
        """Record the answer for what had come by now. Raises Refused naming the field.

        `decision` is "mash-enquiry:<id>@<version>", `child` whom it is about as it names them, `seen` the late signals.
        """
        if not why.strip():
            raise Refused("Say why, in a sentence or two", "reason")
        if answer not in late.ANSWERS:
            raise Refused("Select what the late evidence means for the decision", "answer")
        sealed = (self.own_words(child, {"reason": why.strip()}),)
        fact = LateEvidenceReviewed(
            decision=decision, child=child, seen=tuple(sorted(seen)), answer=answer, by=by, items=sealed
        )
        enquiry = decision.partition(":")[2].partition("@")[0]
        self.append(
            late.stream(child, enquiry),
            lambda history: late.review(late.fold(one.fact for one in history), fact),
            by_person(by),
        )
