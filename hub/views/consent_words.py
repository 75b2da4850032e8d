"""The words for what is recorded of consent and agreement: one sentence or label for each code, for pages and commands."""

from hub.domain.edition import Edition

GIVERS = {
    "young_person": "The young person themself",
    "parental_responsibility": "Somebody who holds parental responsibility",
    "local_authority": "The council, under a care order",
    "court": "A court",
    "adult_self": "The adult themself",
    "parent_without_responsibility": "A parent without parental responsibility",
    "relative": "A relative or carer without parental responsibility",
    "not_recorded": "Not recorded who",
}
STATES = {
    "sought": "Asked, no answer yet", "given": "Agreed", "asserted": "Agreed, it is said: the form is not held yet",
    "refused": "Refused", "withdrawn": "Withdrawn", "objection": "Objected", "not_sought": "Not asked",
    "expired": "Ended", "agreed": "Agreed", "declined": "Declined", "ended": "Ended", "invalid": "Never counted",
    "none": "No consent", "assessed": "Capacity judged",
}  # fmt: skip
WHAT = {
    "sought": "That somebody was asked",
    "capacity": "Whether they can decide this themself",
    "given": "That somebody agreed",
    "refused": "That somebody said no",
    "objection": "That somebody objected",
    "not_sought": "That nobody was asked, and why",
    "withdrawn": "That a yes was withdrawn",
    "expired": "That a yes has ended",
    "invalid": "That a statement never counted",
    "evidence": "That the form is held now",
    "conflict": "Whose view governs where a young person and an adult disagree",
    "judged_again": "That the risk was judged again after a no",
}
PURPOSES = {
    "early_help": "Early help: working out and giving the help that a family wants",
    "triage": "Working out at the front door which help is needed",
    "service_planning": "Planning and evaluating services",
}
HOW = {
    "face_to_face": "Face to face", "telephone": "By telephone", "video": "By video", "in_writing": "In writing",
    "electronically": "Electronically",
}  # fmt: skip
INTERPRETERS = {
    "not_needed": "None was needed", "professional": "A professional interpreter",
    "family_member": "A member of the family interpreted", "not_available": "None could be had",
}  # fmt: skip
ROOM = {
    "nobody_else": "Nobody else", "child": "The child", "mother": "Mother", "father": "Father",
    "partner": "A parent's partner", "sibling": "Brother or sister", "relative": "Another relative",
    "practitioner": "Another practitioner", "advocate": "An advocate", "interpreter": "An interpreter",
    "other": "Somebody else",
}  # fmt: skip
SHOWN = {
    "birth_mother": "She is the birth mother", "birth_certificate": "Named on the birth certificate (from 1 December 2003)",
    "marriage": "Married to the mother", "agreement": "A parental responsibility agreement",
    "court_order": "A court order", "special_guardianship": "A special guardianship order",
    "adoption": "An adoption order",
}  # fmt: skip
TESTS = {
    "gillick": "Gillick: understands enough for this decision",
    "fraser": "Fraser: contraception and sexual health",
    "mca2005": "Mental Capacity Act 2005 (from 16)",
    "adult_presumed": "An adult, presumed to have capacity",
}
OUTCOMES = {
    "competent": "Can decide this themself", "not_competent": "Cannot decide this themself",
    "not_assessed": "Could not be judged",
}  # fmt: skip
JUDGED = {
    "still_below_harm": "No harm is suspected: the no stands",
    "ask_again": "Ask the family again",
    "share_without": "Harm is suspected: share without consent, in a MASH enquiry on that ground",
}
GROUNDS = {
    "unsafe": "Asking could put a child or an adult at risk",
    "would_alert_suspect": "Asking would alert somebody who is suspected, or harm an investigation",
    "urgent": "There was no time to ask",
    "impractical": "They could not be reached, or not be asked",
    "duty_applies": "The law requires it to be shared",
}
INVALID = {
    "no_standing": "Who said it could not say it in the child's place",
    "not_informed": "They were not told what it was about",
    "under_pressure": "They were under pressure",
    "capacity_doubted": "They could not decide it then",
    "recorded_in_error": "It was written down by mistake",
    "other_person": "It was about, or by, somebody else",
}
EFFECTS = {
    "stop_future": "Stop from now on",
    "recall_where_possible": "Stop, and ask for what was given to be put away where that can be done",
}
ANYWAY = {
    "immediate_danger": "A child may be in immediate danger.",
    "significant_harm": "There is reasonable cause to suspect significant harm.",
    "perceived_harm": "There is a reasonable concern of harm.",
    "strategy_discussion": "A strategy discussion was held.",
    "duty_applies": "The duty to share applies (Children Act 2004 s16LA).",
    "not_to_be_discussed": "An organisation asked that this is not discussed with the family for now.",
    "ring_first": "Ring the front door before you ask this family anything.",
}
RESTING = {
    "stops": "Stops: it rests on this consent",
    "stands": "Stands on another basis",
    "closed": "Opens to them no more already",
    "released": "Released by its owner: they are told, and the owner takes the release back",
}
BASES = {
    "public_task": "public task", "legal_obligation": "legal obligation", "vital_interests": "vital interests",
    "recognised_interest": "recognised legitimate interest", "none": "none",
}  # fmt: skip
NOTICES = {
    "consent_withdrawn": "A family withdrew its consent: stop what rests on it",
    "consent_narrowed": "A family withdrew a part of its consent: stop what rests on that part",
    "agreement_withdrawn": "A family does not want this service any more: stop, and say so",
}


def organisations(edition: Edition, names: dict[str, str], codes: tuple[str, ...]) -> tuple[str, ...]:
    """Organisations as people say them: the register's name, else the edition's, else the id."""
    return tuple(names.get(code) or edition.organisations.get(code, code) for code in codes)
