"""What keeps a wish of family_wish.py from being recorded: each refusal names the answer and says what to do.

Nothing is written before every rule has passed. A yes needs somebody who can give it; a no is heard from anybody.
"""

import re
from typing import get_args

from hub.domain.consent_record import Effect, Judged
from hub.domain.effective import CAN_AGREE, NO, covers
from hub.domain.errors import Refused
from hub.domain.family_said import (
    GIVERS,
    IN_PLACE_OF_A_CHILD,
    Capacity,
    Ground,
    How,
    Interpreter,
    Invalid,
    Room,
    Shown,
    Test,
)
from hub.domain.family_wish import (
    ABOUT_A_STATEMENT,
    CATEGORIES,
    MOST,
    NOBODY_SPEAKS,
    PURPOSES,
    SCOPE_FIELDS,
    SHARING_ALONE,
    SLACK,
    About,
    Circumstances,
    What,
    Wish,
)

NOTICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
SHORT = 200  # letters of a name or a place


def check(wish: Wish, against: Circumstances) -> None:
    """Raises Refused, naming the answer and what to do, until a wish is whole and may be recorded.

    Source: research/domain.md 2.4, 2.12 S5-S12; *Gillick* [1986] AC 112; Mental Capacity Act 2005.
    """
    if wish.what not in get_args(What) or wish.about not in get_args(About):
        raise Refused("Select what you record", "what")
    if wish.about == "agreement_to_service" and wish.what in SHARING_ALONE:
        raise Refused("This is recorded of consent to share, not of agreement to a service", "about")
    for field, most in (("reason", MOST), ("giver_name", SHORT), ("evidence", SHORT), ("language", SHORT)):
        if len(getattr(wish, field)) > most:
            raise Refused(f"Enter at most {most} letters: what bears on this decision", field)
    if wish.what in ABOUT_A_STATEMENT:
        _check_statement(wish, against)
    else:
        _check_giver(wish, against)
        if wish.about == "agreement_to_service":
            _check_service(wish, against)
    _CHECKS.get(wish.what, _nothing_more)(wish, against)


def _nothing_more(wish: Wish, against: Circumstances) -> None:
    del wish, against


def _check_statement(wish: Wish, against: Circumstances) -> None:
    named = against.statement
    if not wish.statement or named is None:
        raise Refused("Name the statement that this is about: mash consent show lists them", "statement")
    if named.about != wish.about:
        raise Refused(
            "Consent to share and agreement to a service are two records: name a statement of this one", "statement"
        )


def _check_giver(wish: Wish, against: Circumstances) -> None:
    if wish.what in NOBODY_SPEAKS and wish.giver in {"", "not_recorded"}:
        return
    if wish.giver not in GIVERS or wish.giver == "not_recorded":
        raise Refused("Select who speaks, and in which standing", "giver")
    if against.kind == "adult" and wish.giver in {*IN_PLACE_OF_A_CHILD, "young_person"}:
        raise Refused("Nobody consents in place of an adult: select the person themself, or a court", "giver")
    if against.kind != "adult" and wish.giver == "adult_self":
        raise Refused("This person is a child: select the young person, or who holds parental responsibility", "giver")
    if against.kind == "unborn" and wish.giver == "young_person":
        raise Refused("A child who is not born does not speak: select who holds parental responsibility", "giver")


def _check_service(wish: Wish, against: Circumstances) -> None:
    if not wish.service.strip():
        raise Refused("Enter which service this is about, as a code: family_support", "service")
    if not wish.service.replace("_", "").isalnum() or not wish.service.islower() or len(wish.service) > 60:
        raise Refused("Enter the service as a code of small letters: family_support", "service")
    if wish.provider not in against.organisations:
        raise Refused("Select the organisation that gives the service: one that the register knows", "provider")


def _check_scope(wish: Wish, against: Circumstances, *, whole: bool) -> None:
    """`whole`: a yes names at least one of each; a no may name nothing and then means everything."""
    scope = wish.scope
    if unknown := sorted({*scope.organisations, *scope.except_organisations} - set(against.organisations)):
        raise Refused(f"Name organisations that the register knows: {_short(unknown[0])} is none", "organisations")
    if unknown := sorted({*scope.categories, *scope.except_categories} - set(CATEGORIES)):
        raise Refused(f"Name classes of information from the list: {_short(unknown[0])} is none", "categories")
    if unknown := sorted(set(scope.purposes) - set(PURPOSES)):
        raise Refused(
            f"Name purposes from the list: {_short(unknown[0])} is none that a family is asked about", "purposes"
        )
    if whole:
        for field in ("organisations", "categories", "purposes"):
            if not getattr(scope, field):
                raise Refused(f"Select the {SCOPE_FIELDS[field]}: a yes covers nothing that it does not name", field)
        outside = [one for one in scope.except_categories if not covers(scope.categories, one)]
        if outside or not set(scope.except_organisations) <= set(scope.organisations):
            field = "except_categories" if outside else "except_organisations"
            raise Refused("An exception is made inside what was agreed: name there what it takes something from", field)
        if set(scope.organisations) == set(scope.except_organisations):
            raise Refused("Every organisation is excepted: record a refusal instead", "except_organisations")
    elif scope.except_organisations or scope.except_categories:
        raise Refused("Exceptions are made inside a yes: name in a no what it closes", "except_organisations")


def _short(code: str) -> str:
    """A code as an error may repeat it: never what somebody wrote into the wrong box."""
    return code if code.replace("_", "").replace(".", "").isalnum() and len(code) <= 40 else "what you entered"


def _check_how(wish: Wish) -> None:
    if wish.how not in get_args(How):
        raise Refused("Select how they were spoken with", "how")
    if wish.interpreter not in get_args(Interpreter):
        raise Refused("Select whether there was an interpreter", "interpreter")


def _check_dates(wish: Wish, against: Circumstances, *, future: bool) -> None:
    start = wish.valid_from or against.now
    if start > against.now + SLACK and not future:
        raise Refused("Enter a day that has come: nobody has said this yet", "valid_from")
    if wish.expires is not None and wish.expires <= start:
        raise Refused("Enter an end after the beginning: the dates are reversed", "expires")
    if wish.shown_until is not None and wish.shown_until <= start:
        raise Refused("What shows parental responsibility has ended by then: ask who holds it now", "shown_until")


def _sought(wish: Wish, against: Circumstances) -> None:
    if wish.about == "consent_to_share":
        _check_scope(wish, against, whole=True)
        if against.anyway:
            raise Refused(
                "Do not ask: it would be shared whatever they answer. Tell the family, or record why not "
                "(record “not sought”)",
                "what",
            )
    _check_how(wish)
    if not NOTICE.fullmatch(wish.notice.strip()):
        raise Refused("Enter which version of the notice was explained to them, as printed on it: 2026-1", "notice")


def _capacity(wish: Wish, against: Circumstances) -> None:
    if wish.test not in get_args(Test):
        raise Refused("Select by which test capacity was judged", "test")
    if wish.outcome not in get_args(Capacity):
        raise Refused("Select what came of it", "outcome")
    if against.kind == "adult" and wish.test in {"gillick", "fraser"}:
        raise Refused("Gillick and Fraser are about children: of an adult use the Mental Capacity Act 2005", "test")
    if against.kind != "adult" and wish.test == "adult_presumed":
        raise Refused("Capacity is presumed of adults: of a child it is judged for this decision", "test")
    if wish.giver not in {"young_person", "adult_self"}:
        raise Refused("Capacity is judged of the person themself: select the young person, or the adult", "giver")
    if wish.outcome != "not_assessed" and not wish.reason.strip():
        raise Refused("Enter why you judge so, for this decision", "reason")


def _given(wish: Wish, against: Circumstances) -> None:
    if wish.giver not in {*CAN_AGREE, "young_person"}:
        raise Refused(
            "This person cannot agree: only who holds parental responsibility, a court or the council under a care "
            "order can agree in place of a child. Record what they said as “sought”, and ask who can",
            "giver",
        )
    if wish.about == "consent_to_share":
        _check_scope(wish, against, whole=True)
    _check_how(wish)
    _check_dates(wish, against, future=False)
    if wish.shown and (wish.shown not in get_args(Shown) or wish.giver != "parental_responsibility"):
        raise Refused("Select what shows parental responsibility, for somebody who holds it", "shown")
    _check_present(wish)
    if wish.evidence_held is None:
        raise Refused("Select whether the signed form or a recording of it is held", "evidence_held")
    if wish.evidence_held and not wish.evidence.strip():
        raise Refused("Enter where the form is held", "evidence")
    if wish.safe_to_refuse is None:
        raise Refused("Select whether they could safely have said no", "safe_to_refuse")


def _check_present(wish: Wish) -> None:
    if not wish.present or not set(wish.present) <= set(get_args(Room)):
        raise Refused("Select who was in the room", "present")
    if "nobody_else" in wish.present and len(wish.present) > 1:
        raise Refused("Select either that nobody else was there, or who was", "present")


def _refused(wish: Wish, against: Circumstances) -> None:
    if wish.about == "consent_to_share":
        _check_scope(wish, against, whole=False)
    _check_how(wish)
    _check_dates(wish, against, future=False)


def _withdrawn(wish: Wish, against: Circumstances) -> None:
    named = against.statement
    if named is None or named.state not in {"given", "agreed", "asserted"} or not named.stands:
        raise Refused("There is nothing to withdraw: this is no yes that stands. Record a refusal instead", "statement")
    start = wish.valid_from or against.now
    if start > against.now + SLACK:
        raise Refused("A withdrawal works at once: enter no day that is still to come", "valid_from")
    if start < min(named.valid_from, against.now):  # a yes for a day to come can be taken back before that day
        raise Refused("Enter a moment after they had agreed: the dates are reversed", "valid_from")
    if wish.about == "consent_to_share":
        if wish.effect not in get_args(Effect):
            raise Refused("Select whether to stop from now on, or also to ask for what was given back", "effect")
        _check_scope(wish, against, whole=False)
        for field in ("organisations", "categories", "purposes"):
            if not set(getattr(wish.scope, field)) <= set(getattr(named.scope, field)):
                raise Refused("Only what was agreed can be withdrawn: name a part of it, or nothing for all", field)


def _expired(wish: Wish, against: Circumstances) -> None:
    named = against.statement
    if named is None or named.state not in {"given", "agreed", "asserted"} or not named.stands:
        raise Refused("There is no yes that stands and could end", "statement")
    if wish.expires is not None and not named.valid_from <= wish.expires <= against.now + SLACK:
        raise Refused("Enter an end between the day they agreed and today", "expires")
    if not wish.reason.strip():
        raise Refused("Enter why it is over", "reason")


def _invalid(wish: Wish, against: Circumstances) -> None:
    named = against.statement
    if named is None or not named.stands:
        raise Refused("This statement does not stand any more", "statement")
    if wish.invalid not in get_args(Invalid):
        raise Refused("Select why it never counted", "invalid")
    if not wish.reason.strip():
        raise Refused("Enter how you came to know", "reason")
    if named.state in NO and not named.written_by:
        raise Refused("An organisation's message said this no: ask them to record what was really said", "statement")
    if named.state in NO and against.by in named.written_by:
        raise Refused("A no is struck by somebody other than who wrote it down: ask a colleague", "by")


def _evidence(wish: Wish, against: Circumstances) -> None:
    named = against.statement
    if named is None or named.state != "given" or not named.stands:
        raise Refused("Evidence is recorded of a yes that stands", "statement")
    if not wish.evidence_held and not wish.shown:
        raise Refused("Select what is held now: the form, or what shows parental responsibility", "evidence_held")
    if wish.shown and (wish.shown not in get_args(Shown) or named.giver != "parental_responsibility"):
        raise Refused("Select what shows parental responsibility, for somebody who holds it", "shown")
    if wish.shown_until is not None and wish.shown_until <= against.now:
        raise Refused("What shows parental responsibility has ended already: ask who holds it now", "shown_until")
    if not wish.evidence.strip():
        raise Refused("Enter where it is held", "evidence")


def _conflict(wish: Wish, against: Circumstances) -> None:
    stands, back = against.statement, against.other
    if stands is None or back is None or stands.ref == back.ref or back.about != stands.about:
        raise Refused("Name the statement that governs, and the one that stands back", "other")
    young = stands if stands.giver == "young_person" else back
    if "young_person" not in {stands.giver, back.giver} or stands.giver == back.giver:
        raise Refused("A conflict is between a young person and an adult: between two adults a no stands", "other")
    if not stands.stands or not back.stands:
        raise Refused("One of the two does not stand any more", "statement")
    if young.competent is None:
        raise Refused("Judge first whether the young person can decide this: record “capacity”", "statement")
    if young.competent is not (young is stands):
        governs = "a competent young person's view governs" if young.competent else "a child not competent for this "
        told = governs if young.competent else f"{governs}does not decide it alone: the adult's view governs"
        raise Refused(f"{told[:1].upper()}{told[1:]}", "statement")
    if back.giver == "young_person" and against.by in back.written_by | stands.written_by:
        raise Refused(
            "A young person's no is set aside by somebody other than who wrote it down or judged their capacity", "by"
        )
    if not wish.reason.strip():
        raise Refused("Enter why, and what the one who stands back was told", "reason")


def _not_sought(wish: Wish, against: Circumstances) -> None:
    if wish.ground not in get_args(Ground):
        raise Refused("Select why nobody was asked", "ground")
    if wish.review_at is None or wish.review_at <= against.now:
        raise Refused("Enter when to think about it again: a day still to come", "review_at")
    if wish.family_told is None:
        raise Refused("Select whether the family was told", "family_told")
    if not wish.reason.strip():
        raise Refused("Enter why, and if the family was not told, why not", "reason")


def _judged_again(wish: Wish, against: Circumstances) -> None:
    del against
    if wish.outcome not in get_args(Judged):
        raise Refused("Select what came of judging the risk again", "outcome")
    if not wish.reason.strip():
        raise Refused("Enter what is new, and what it changes: a refusal is no reason by itself", "reason")


_CHECKS = {
    "sought": _sought, "capacity": _capacity, "given": _given, "refused": _refused, "objection": _refused,
    "withdrawn": _withdrawn, "expired": _expired, "invalid": _invalid, "evidence": _evidence, "conflict": _conflict,
    "not_sought": _not_sought, "judged_again": _judged_again,
}  # fmt: skip
