"""What happens to families and what organisations say of it: a table of situations, and the stories that are planted.

A situation is one thing that one kind of organisation may report, in codes of the published vocabulary
(schemas/vocabulary/indicators.toml; a test holds the two together) with a short sentence that is plainly invented.
"""

from typing import Literal

from msgspec import Struct

from hub.domain.message import Seen
from hub.domain.moments import Precision

Source = Literal[
    "police", "school", "hospital", "gp", "health_visiting", "public", "housing", "early_help", "charity",
    "children_social_care",
]  # fmt: skip

# Who speaks in ordinary life, by concerns. Police name several children in one concern and lead most planted series, so
# their share here is smaller than their 28-35 % of child contacts (schools 21-25, health 15-18, public 8-10, rest).
SHARES: dict[Source, float] = {
    "police": 0.12, "school": 0.54, "hospital": 0.07, "gp": 0.055, "health_visiting": 0.10, "public": 0.05,
    "housing": 0.02, "early_help": 0.06, "charity": 0.04, "children_social_care": 0.05,
}  # fmt: skip

UNBORN, BIRTH, SCHOOL, ADULT = -7, 0, 48, 216  # months


class Situation(Struct, frozen=True):
    """One thing that a source may report. `months` is the age (from, to) of the child it is about.

    `weight` is how often it is heard beside the others of its source in ordinary life; 0 where another part of the world
    calls for it. `whole_family` names all children of the household; `incident` means that the source gives it a reference that
    others may repeat; `grave` marks what calls for somebody at once, in ordinary life seldom.
    """

    id: str
    source: Source
    indicators: tuple[str, ...]
    text: str
    months: tuple[int, int] = (BIRTH, ADULT)
    weight: float = 1.0
    seen: Seen = "seen"
    precision: Precision = "day"
    whole_family: bool = False
    incident: bool = False
    grave: bool = False
    first_hand: bool = True
    measure: tuple[str, float, float] | None = None  # code, least, most
    voice: str | None = None
    adult: Literal["parent", "partner", "both"] | None = None
    referrer_kind: str | None = None  # where it differs from the organisation's own
    routine: bool = False  # a register or a log that runs by itself: no contact with the front door


SITUATIONS: tuple[Situation, ...] = (
    # police
    Situation("domestic_incident", "police", ("domestic_abuse_incident",),
              "Officers attended raised voices between two adults; "
              "children were upstairs.", weight=4.2, precision="minute", whole_family=True, incident=True, adult="both"),
    Situation("unborn_domestic_incident", "police", ("domestic_abuse_incident",),
              "Officers attended an argument; one adult said "
              "she is pregnant.", (UNBORN, BIRTH), 3, "not_seen", "minute", incident=True, adult="both"),
    Situation("strangulation", "police", ("strangulation_of_adult", "domestic_abuse_incident"), "One adult reported "
              "hands around her neck; "
              "a child was in the room.", weight=0.25, precision="minute", whole_family=True, incident=True, grave=True,
              adult="both"),
    Situation("missing", "police", ("missing_from_home",), "Reported missing overnight and found the next morning.",
              (120, ADULT), 4, precision="hour", incident=True, voice="I was only at a friend's."),
    Situation("antisocial", "police", ("antisocial_behaviour",), "Stopped with a group after a window was broken.",
              (120, ADULT), 3, precision="minute"),
    Situation("parent_drunk", "police", ("carer_under_influence",), "A parent was drunk while in charge of a child.",
              weight=2, precision="minute", adult="parent"),
    Situation("parent_arrested", "police", ("parent_offending",), "A parent was arrested at home.", weight=1.5,
              precision="minute", whole_family=True, seen="seen_obscured", adult="parent"),
    # schools
    Situation("hungry", "school", ("hunger",), "Came to school hungry and asked for food twice.", (SCHOOL, 192), 2,
              "seen_alone", voice="There was nothing left at home."),
    Situation("dirty", "school", ("poor_hygiene",), "Clothes unwashed for a week; other children have noticed.",
              (SCHOOL, 192), 2, "seen_alone"),
    Situation("late_collection", "school", ("late_collection",), "Collected more than an hour late for the third time.",
              (SCHOOL, 132), 1.5),
    Situation("low_mood", "school", ("distress_or_change",), "Very low, cried in class, would not say why.",
              (84, ADULT), 3, "seen_alone", voice="I do not want to talk about home."),
    Situation("absent", "school", ("persistent_absence",), "Attendance has fallen; a letter home had no answer.",
              (60, 192), 3, "not_seen", "month", measure=("attendance_percent", 61, 89)),
    Situation("self_harm", "school", ("self_harm",), "Showed a member of staff marks on the arm.", (132, ADULT), 1.2,
              "seen_alone", voice="It helps me."),
    Situation("young_carer", "school", ("young_carer",), "Looks after younger children each morning.", (96, ADULT), 1.5,
              "seen_alone"),
    Situation("mark_explained", "school", ("injury_explanation_inconsistent",),
              "A bruise on the cheek; two different explanations.",
              (SCHOOL, 168), 1, "seen_alone", voice="I fell. Or I bumped it."),
    Situation("tells_of_hitting", "school", ("physical_abuse_disclosed",),
              "Told a member of staff about being hit with a belt.",
              (60, ADULT), 0.35, "seen_alone", grave=True, first_hand=False, voice="I get the belt."),
    Situation("tells_of_shouting", "school", ("domestic_abuse_witnessed",),
              "Said that the adults at home fight at night.",
              (SCHOOL, ADULT), 3, "seen_alone", first_hand=False, voice="They shout and I hide."),
    Situation("school_hears_of_incident", "school", ("domestic_abuse_incident",),
              "We were told that police attended the home.",
              (SCHOOL, ADULT), 0, "seen", first_hand=False),
    # hospital
    Situation("injury_attended", "hospital", ("injury_explanation_inconsistent",),
              "Attended with an injury; the account changed "
              "between nurse and doctor.", (12, 192), 1.5, precision="minute"),
    Situation("not_brought_hospital", "hospital", ("was_not_brought",), "Not brought to a clinic appointment.",
              (BIRTH, 192), 2.5, "not_seen"),
    Situation("overdose", "hospital", ("self_harm",), "Attended after taking tablets.", (144, ADULT), 0.6,
              "seen_alone", "minute"),
    Situation("late_booking", "hospital", ("pregnancy_concealed_or_late",), "First midwifery appointment at 25 weeks.",
              (UNBORN, BIRTH), 3, "not_seen", adult="parent"),
    Situation("bruised_baby", "hospital", ("bruise_non_mobile_infant",), "A bruise on a baby who cannot yet roll.",
              (BIRTH, 8), 0.4, "seen", "minute", grave=True),
    # doctors and health visitors
    Situation("parent_low", "gp", ("mental_health_parent",), "A parent is being treated for low mood and is alone "
              "with the children.", (BIRTH, 192), 2, "not_seen", adult="parent"),
    Situation("not_brought_gp", "gp", ("was_not_brought",), "Not brought for a review, twice rearranged.",
              (BIRTH, 192), 2, "not_seen"),
    Situation("parent_drugs", "gp", ("drug_misuse_parent",), "A parent asked for help with drug use.", weight=1,
              seen="not_seen", adult="parent"),
    Situation("not_growing", "health_visiting", ("faltering_growth",), "Weight has crossed two lines downwards.",
              (1, 36), 1.2),
    Situation("no_access", "health_visiting", ("not_seen_at_visit",),
              "No answer at two arranged visits.", (BIRTH, 60), 3,
              "not_seen"),
    Situation("poor_home", "health_visiting", ("unsafe_home_conditions",), "Broken glass and no bedding in the cot.",
              (BIRTH, 60), 2, whole_family=True),
    Situation("mother_low", "health_visiting", ("mental_health_parent",), "Mother tearful; says she is not coping.",
              (BIRTH, 24), 2, adult="parent"),
    Situation("new_adult", "health_visiting", ("new_adult_in_household",), "An adult whom nobody here knows has moved in.",
              (BIRTH, 60), 0.6),
    # family, neighbours, people who give no name
    Situation("left_alone", "public", ("left_unsupervised",), "A caller says the children are left alone at night.",
              (BIRTH, 156), 2, "not_seen", "week", whole_family=True, first_hand=False, referrer_kind="1B"),
    Situation("shouting", "public", ("emotional_abuse",), "A caller hears shouting and a child crying most evenings.",
              (BIRTH, 156), 2, "not_seen", "month", first_hand=False, referrer_kind="9"),
    Situation("family_worry", "public", ("neglect_suspected",),
              "A relative is worried how the children are looked after.",
              (BIRTH, 180), 2, "seen", "season", first_hand=False, referrer_kind="1A"),
    # housing, early help, charity, social care
    Situation("arrears", "housing", ("eviction_or_arrears",), "Notice to leave has been served; children in the home.",
              weight=2, seen="not_seen", whole_family=True, adult="parent"),
    Situation("flat_conditions", "housing", ("unsafe_home_conditions",), "The surveyor found no heating and rubbish in "
              "the bedrooms.", weight=2, whole_family=True),
    Situation("help_declined", "early_help", ("help_refused",), "The family declined a second offer of support.",
              weight=2, seen="not_seen", adult="parent"),
    Situation("behaviour_home", "early_help", ("distress_or_change",), "A parent cannot manage a child's outbursts.",
              (36, ADULT), 2),
    Situation("older_friends", "charity", ("criminal_exploitation",), "Has a new phone and older friends with cars.",
              (132, ADULT), 2, "seen_alone", voice="They look after me."),
    Situation("money_short", "charity", ("debt_or_food_bank",), "The family uses the food bank every week.", weight=2,
              whole_family=True),
    Situation("social_care_contact", "children_social_care", ("other_factor",), "Another council asked about this "
              "family after a court report.", weight=2, seen="not_seen", whole_family=True, referrer_kind="5C"),
    Situation("carer_unwell", "children_social_care", ("physical_disability_or_illness_parent",),
              "Adult services say that a parent "
              "is seriously ill.", weight=1.5, seen="not_seen", whole_family=True, first_hand=False, adult="parent"),
    # what comes to a head where nobody stepped in: the report with which a planted building need escalates
    Situation("crisis_at_home", "public", ("neglect_suspected",), "A relative says that it cannot go on like this.",
              (BIRTH, ADULT), 0, "seen", "week", first_hand=False, referrer_kind="1A"),
    Situation("crisis_before_birth", "hospital", ("antenatal_care_missed",), "The midwife has not seen the mother for two "
              "months.", (UNBORN, BIRTH), 0, "not_seen", adult="parent"),
    # registers and logs that run by themselves
    Situation("attendance_persistent", "school", ("persistent_absence",), "Register: ten sessions in a hundred missed or "
              "more.", (60, 192), 0, "not_seen", "month", measure=("attendance_percent", 55, 90), routine=True),
    Situation("attendance_severe", "school", ("severe_absence",), "Register: half of the sessions missed or more.",
              (60, 192), 0, "not_seen", "month", measure=("attendance_percent", 3, 50), routine=True),
    Situation("appointment_hospital", "hospital", ("was_not_brought",), "Out-patients: was not brought.",
              (BIRTH, 192), 0, "not_seen", routine=True),
    Situation("appointment_gp", "gp", ("was_not_brought",), "Practice: was not brought.", (BIRTH, 192), 0, "not_seen",
              routine=True),
    Situation("log_upset", "school", ("distress_or_change",), "Log: upset at the start of the day.", (SCHOOL, ADULT), 0,
              "seen", routine=True),
    Situation("log_hungry", "school", ("hunger",), "Log: no breakfast, given toast.", (SCHOOL, 192), 0, "seen",
              routine=True),
    Situation("log_uniform", "school", ("clothing_unsuitable",), "Log: no coat on a cold day.", (SCHOOL, 192), 0, "seen",
              routine=True),
    Situation("log_unwashed", "school", ("poor_hygiene",), "Log: the same unwashed clothes again.", (SCHOOL, 192), 0,
              "seen", routine=True),
    Situation("log_collected_late", "school", ("late_collection",), "Log: collected twenty minutes late.", (SCHOOL, 132),
              0, "seen", routine=True),
    Situation("log_alone", "school", ("isolated",), "Log: alone at break again.", (SCHOOL, ADULT), 0, "seen",
              routine=True),
)  # fmt: skip

# The schools' low-level log: how often each is written, of its lines
LOG: tuple[tuple[str, float], ...] = (
    ("log_upset", 5), ("log_alone", 2.5), ("log_hungry", 1), ("log_uniform", 1), ("log_unwashed", 0.7),
    ("log_collected_late", 1),
)  # fmt: skip
BY_ID: dict[str, Situation] = {situation.id: situation for situation in SITUATIONS}

STRENGTHS: tuple[tuple[Source, str, str, tuple[int, int]], ...] = (
    ("school", "protective_adult", "Talks to one member of staff and has settled.", (SCHOOL, ADULT)),
    ("health_visiting", "warm_relationship", "Warm, responsive care at each visit.", (BIRTH, 60)),
    ("early_help", "help_accepted", "The family comes to every session.", (BIRTH, ADULT)),
    ("charity", "sense_of_self", "Comes to the football project each week.", (96, ADULT)),
)


class Step(Struct, frozen=True):
    """One report of a story: a situation, and how many days (least, most) after the story's first day."""

    situation: str
    days: tuple[int, int]
    echoed: float = 0.0  # chance that the school repeats it


class Story(Struct, frozen=True):
    """A planted need: what is said in which order. "harm" ends in a section 47 enquiry, "building" in a referral."""

    id: str
    need: Literal["building", "harm"]
    months: tuple[int, int]
    steps: tuple[Step, ...]
    weight: float = 1.0


STORIES: tuple[Story, ...] = (
    Story("several_voices", "building", (SCHOOL + 12, 156), (
        Step("log_hungry", (-40, -5)), Step("hungry", (0, 0)), Step("domestic_incident", (12, 30)),
        Step("appointment_hospital", (20, 60)), Step("not_brought_gp", (40, 75)))),
    Story("domestic_series", "building", (BIRTH + 3, 190), (
        Step("domestic_incident", (0, 0), 0.2), Step("domestic_incident", (60, 150), 0.2),
        Step("domestic_incident", (160, 320), 0.2)), 0.6),
    Story("neglect_builds", "building", (SCHOOL + 12, 130), (
        Step("log_unwashed", (-60, -20)), Step("log_collected_late", (-20, 10)), Step("dirty", (0, 0)),
        Step("log_hungry", (20, 45)), Step("appointment_gp", (30, 60)), Step("not_brought_hospital", (50, 80)),
        Step("log_unwashed", (60, 85)), Step("flat_conditions", (90, 150)))),
    Story("pulled_away", "building", (140, 205), (
        Step("missing", (0, 0)), Step("log_upset", (5, 30)), Step("older_friends", (10, 40)),
        Step("missing", (45, 95)))),
    Story("baby_out_of_sight", "building", (BIRTH, 30), (
        Step("no_access", (0, 0)), Step("appointment_hospital", (15, 50)), Step("poor_home", (20, 55)),
        Step("domestic_incident", (50, 95)))),
    Story("before_birth", "building", (UNBORN + 1, -3), (
        Step("late_booking", (0, 0)), Step("unborn_domestic_incident", (5, 20)), Step("help_declined", (20, 40)))),
    Story("hurt_baby", "harm", (BIRTH + 1, 5), (
        Step("no_access", (0, 0)), Step("mother_low", (10, 25)), Step("bruised_baby", (30, 55)))),
    Story("hands_on_neck", "harm", (BIRTH + 3, 190), (
        Step("domestic_incident", (0, 0), 0.2), Step("domestic_incident", (30, 90), 0.2),
        Step("strangulation", (100, 200), 0.3))),
    Story("tells_at_school", "harm", (72, 190), (
        Step("log_upset", (-30, -2)), Step("low_mood", (0, 0)), Step("mark_explained", (15, 60)),
        Step("tells_of_hitting", (70, 140)))),
)  # fmt: skip
