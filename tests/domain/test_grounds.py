"""Harm is computed from published codes and recorded facts, never asserted by whoever asks."""

from datetime import date, timedelta

import pytest

import schemas
from hub.domain.enquiry import EnquiryOpened
from hub.domain.grounds import HARM_LINES, ground_of_enquiry, ground_of_status, grounds_said
from hub.domain.source_record import LegalStatusChanged
from hub.domain.vocabulary import Vocabulary

WORDS = Vocabulary.of(schemas.load_vocabulary())
TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


@pytest.mark.parametrize("codes", [(), ("attendance_low", "poverty"), ("warm_relationship",), ("a_code_of_next_year",)])
def test_a_need_or_a_strength_is_no_ground(codes: tuple[str, ...]) -> None:
    assert grounds_said(codes, WORDS) == frozenset()


@pytest.mark.parametrize(
    ("codes", "ground"),
    [
        (("strangulation_of_adult",), "significant_harm"),
        (("attendance_low", "threat_to_kill_child"), "significant_harm"),
        (("physical_abuse_suspected", "strangulation_of_child"), "significant_harm"),
        (("domestic_abuse_witnessed",), "perceived_harm"),
        (("neglect_suspected",), "perceived_harm"),
        (("sexual_exploitation",), "perceived_harm"),
        (("criminal_exploitation",), "perceived_harm"),
        (("forced_marriage_risk",), "perceived_harm"),
        (("self_harm",), "perceived_harm"),
    ],
)
def test_what_the_edition_marks_grave_is_significant_harm_and_abuse_is_perceived_harm(
    codes: tuple[str, ...], ground: str
) -> None:
    assert grounds_said(codes, WORDS) == {ground}


def test_every_line_of_harm_is_a_line_of_the_vocabulary_with_indicators_on_it() -> None:
    assert sorted(line for line in HARM_LINES if not WORDS.in_group(line)) == []


def test_a_legal_status_is_a_ground_while_it_runs_and_no_longer() -> None:
    def status(name: str, started: date = TODAY, ended: date | None = None) -> LegalStatusChanged:
        return LegalStatusChanged(organisation="council", status=name, started=started, ended=ended)

    for name in ("section_47_enquiry", "child_protection_plan", "care_order", "supervision_order"):
        assert ground_of_status(status(name), TODAY) == {"significant_harm"}
    assert ground_of_status(status("care_order", ended=TODAY), TODAY) == {"significant_harm"}
    for other in (status("care_order", TODAY + DAY), status("care_order", TODAY - 9 * DAY, TODAY - DAY)):
        assert ground_of_status(other, TODAY) == frozenset()
    for name in ("child_in_need", "looked_after", "special_guardianship", "none"):
        assert ground_of_status(status(name), TODAY) == frozenset()


def test_a_mash_enquiry_gives_the_ground_that_a_person_recorded() -> None:
    opened = EnquiryOpened(child="c1", alerts=(), ground="immediate_danger", opened_by="s", team=("s",))
    assert ground_of_enquiry(opened) == {"immediate_danger"}
