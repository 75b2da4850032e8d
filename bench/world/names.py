"""Names of several communities, with the customs that make matching hard: shared first names, second names that differ
within a family, name order, short forms. Short invented lists; no line describes a real family.
"""

import re
from functools import cache
from itertools import chain
from random import Random
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace


class Community(Struct, frozen=True):
    """One community's names. `share` is its part of all families; shares add up to one.

    `custom` says how names are formed: "plain" (one in eight has a second forename); "polish" (a woman's surname ends in
    -ska); "south_asian" (some boys' names are led by a shared honorific name, some girls carry Bibi or Begum instead of the
    family's name); "sikh" (Singh and Kaur as middle names). "somali" and "chinese" change nothing: a Somali name is not
    the chain that it is in life, and a Chinese name is turned round as seldom as any.
    """

    id: str
    share: float
    custom: str
    girls: tuple[str, ...]
    boys: tuple[str, ...]
    surnames: tuple[str, ...]


COMMUNITIES: tuple[Community, ...] = (
    Community(
        "white_british", 0.66, "plain",
        ("Amelia", "Chloe", "Daisy", "Ellie", "Freya", "Grace", "Isla", "Jessica", "Katie", "Lily", "Megan", "Niamh",
         "Olivia", "Poppy", "Rebecca", "Rebekah", "Ruby", "Sophie", "Summer", "Willow", "Elizabeth", "Charlotte"),
        ("Alfie", "Archie", "Benjamin", "Callum", "Daniel", "Edward", "Finley", "George", "Harry", "Jack", "Joshua",
         "Kieran", "Liam", "Mason", "Noah", "Oliver", "Riley", "Samuel", "Thomas", "William", "Joseph", "Alexander"),
        ("Ackroyd", "Barraclough", "Clegg", "Dyson", "Earnshaw", "Firth", "Greenwood", "Hirst", "Ingham", "Jagger",
         "Kershaw", "Lumb", "Midgley", "Naylor", "Ogden", "Pickles", "Ramsden", "Sutcliffe", "Thornton", "Uttley",
         "Varley", "Whitaker", "Smith", "Taylor", "Brown", "Jones", "Walker", "O'Connor", "Hughes-Barnes"),
    ),
    Community(
        "pakistani", 0.11, "south_asian",
        ("Aisha", "Amina", "Fatima", "Hafsa", "Iqra", "Khadija", "Maryam", "Noor", "Sana", "Zainab", "Zara", "Hira"),
        ("Adam", "Ahmed", "Bilal", "Hamza", "Hassan", "Ibrahim", "Imran", "Ismail", "Umar", "Usman", "Yusuf", "Zain"),
        ("Ahmed", "Akhtar", "Ali", "Hussain", "Iqbal", "Khan", "Mahmood", "Malik", "Mirza", "Qureshi", "Shah"),
    ),
    Community(
        "bangladeshi", 0.04, "south_asian",
        ("Anika", "Farzana", "Jannat", "Labiba", "Nadia", "Nusrat", "Rahima", "Sumaiya", "Tahmina", "Taslima"),
        ("Abdul", "Arif", "Fahim", "Kamal", "Nayeem", "Rafiq", "Rahim", "Sabbir", "Shakil", "Tanvir"),
        ("Ahmed", "Chowdhury", "Hoque", "Islam", "Miah", "Rahman", "Sarkar", "Uddin", "Ullah"),
    ),
    Community(
        "punjabi_sikh", 0.03, "sikh",
        ("Amrit", "Gurpreet", "Harleen", "Jasleen", "Kiran", "Manpreet", "Simran", "Sukhi"),
        ("Amrit", "Arjan", "Gurpreet", "Harjit", "Jaspal", "Kiran", "Manpreet", "Sukhdev"),
        ("Bains", "Dhaliwal", "Gill", "Grewal", "Mann", "Sandhu", "Sidhu"),
    ),
    Community(
        "polish", 0.05, "polish",
        ("Agnieszka", "Alicja", "Hanna", "Julia", "Kasia", "Lena", "Maja", "Oliwia", "Wiktoria", "Zuzanna"),
        ("Adam", "Bartosz", "Filip", "Jakub", "Kacper", "Krzysztof", "Michal", "Oskar", "Szymon", "Wojciech"),
        ("Kaminski", "Kowalski", "Lewandowski", "Nowak", "Pawlak", "Wisniewski", "Wojcik", "Zielinski"),
    ),
    Community(
        "west_african", 0.05, "plain",
        ("Adaeze", "Blessing", "Chidinma", "Comfort", "Efua", "Folake", "Ngozi", "Precious", "Temitope", "Yetunde"),
        ("Ayodele", "Chukwuemeka", "Emeka", "Kofi", "Kwame", "Oluwaseun", "Samuel", "Temitope", "Tunde", "Victor"),
        ("Adebayo", "Adeyemi", "Agyeman", "Boateng", "Eze", "Mensah", "Nwosu", "Obi", "Okafor", "Osei"),
    ),
    Community(
        "somali", 0.03, "somali",
        ("Amina", "Asha", "Ayaan", "Fadumo", "Hodan", "Ifrah", "Khadra", "Sagal", "Sahra", "Zahra"),
        ("Abdi", "Abdirahman", "Bile", "Guled", "Hassan", "Ibrahim", "Liban", "Mahad", "Mohamed", "Yasin"),
        ("Abdi", "Ahmed", "Ali", "Farah", "Hassan", "Ibrahim", "Jama", "Mohamed", "Nur", "Warsame"),
    ),
    Community(
        "chinese", 0.03, "chinese",
        ("Jia Yi", "Mei Ling", "Wing Yan", "Xin Yi", "Yan", "Ying", "Yuk Lan"),
        ("Chi Ho", "Haoran", "Jun", "Ka Ming", "Wei", "Yichen", "Zihan"),
        ("Chan", "Chen", "Cheung", "Huang", "Li", "Lin", "Wong", "Zhang"),
    ),
)  # fmt: skip

MUHAMMADS = ("Muhammad", "Mohammed", "Mohammad", "Mohamed")

# what else a person is called, by the first name on the birth certificate
SHORT_FORMS: dict[str, tuple[str, ...]] = {
    "Amelia": ("Millie", "Amy"), "Jessica": ("Jess",), "Katie": ("Kate", "Katherine"), "Megan": ("Meg",),
    "Rebecca": ("Becky", "Beccy"), "Rebekah": ("Becky", "Bex"), "Sophie": ("Soph", "Sofie"), "Lily": ("Lil", "Lilly"),
    "Elizabeth": ("Beth", "Lizzie", "Libby"), "Charlotte": ("Lottie", "Charlie"), "Olivia": ("Liv", "Livvy"),
    "Alfie": ("Alf", "Alfred"), "Archie": ("Archibald",), "Benjamin": ("Ben",), "Daniel": ("Dan", "Danny"),
    "Edward": ("Ted", "Eddie", "Ed"), "Finley": ("Fin",), "Harry": ("Henry", "Haz"), "Joshua": ("Josh",),
    "Oliver": ("Ollie",), "Samuel": ("Sam",), "Thomas": ("Tom", "Tommy"), "William": ("Will", "Billy"),
    "Joseph": ("Joe", "Joey"), "Alexander": ("Alex", "Xander", "Sasha"), "Fatima": ("Fatimah", "Fati"),
    "Maryam": ("Mariam", "Miriam"), "Zainab": ("Zaynab",), "Yusuf": ("Yousef", "Yusef"), "Usman": ("Osman",),
    "Umar": ("Omar",), "Khadija": ("Khadijah", "Dija"), "Agnieszka": ("Aga",), "Zuzanna": ("Zuzia",),
    "Wiktoria": ("Wika", "Victoria"), "Krzysztof": ("Krzys", "Chris"), "Jakub": ("Kuba",), "Michal": ("Michael",),
    "Gurpreet": ("Preet", "Gary"), "Manpreet": ("Preet", "Manny"), "Simran": ("Sim",), "Harjit": ("Harry",),
    "Oluwaseun": ("Seun",), "Temitope": ("Temi",), "Ayodele": ("Ayo", "Dele"), "Chukwuemeka": ("Emeka",),
    "Abdirahman": ("Abdi",), "Fadumo": ("Faduma",), "Mohamed": ("Mo", "Mohammed"), "Mei Ling": ("May",),
    "Chi Ho": ("Howard",), "Wing Yan": ("Winnie",), "Haoran": ("Howie",),
}  # fmt: skip

# names that twins are given because they go together, and that others mix up
ALIKE: dict[str, str] = {
    "Rebecca": "Rebekah", "Rebekah": "Rebecca", "Ellie": "Millie", "Amelia": "Emelia", "Jessica": "Jasmine", "Lily": "Lila",
    "Sophie": "Sophia", "Alfie": "Archie", "Harry": "Henry", "Jack": "Jake", "Daniel": "Daniyal", "Joshua": "Joseph",
    "Zara": "Zahra", "Sana": "Sara", "Maryam": "Mariam", "Hamza": "Hassan", "Adam": "Ahmed", "Umar": "Usman",
    "Hanna": "Hania", "Lena": "Lenka", "Jakub": "Jan", "Nadia": "Naila", "Rahim": "Rafiq", "Gurpreet": "Manpreet",
    "Amina": "Asha", "Hodan": "Hoda", "Abdi": "Abdirahman", "Ying": "Yan", "Wei": "Wen", "Blessing": "Bliss",
}  # fmt: skip


NameList = Literal["few", "many"]


class Spread(Struct, frozen=True):
    """How many distinct names a community has, and how evenly they are borne: weights fall as 1/(rank + flat)."""

    surnames: int
    surname_flat: int
    forenames: int  # of girls, and as many of boys
    forename_flat: int


# Assumptions, not statistics. With few names two strangers bear the same one some 70 times as often as in England, where the
# commonest surname is borne by one in a hundred. Where a few surnames are very common (Khan, Singh, Chen) they are here too.
SPREADS = {
    "white_british": Spread(8000, 12, 1500, 20), "pakistani": Spread(400, 3, 500, 10), "bangladeshi": Spread(300, 3, 400, 10),
    "punjabi_sikh": Spread(300, 3, 300, 8), "polish": Spread(2000, 30, 200, 5), "west_african": Spread(1500, 10, 800, 10),
    "somali": Spread(150, 5, 200, 5), "chinese": Spread(150, 2, 1500, 20),
}  # fmt: skip


@cache
def communities(names: NameList) -> tuple[Community, ...]:
    """The communities with few names, each as common as the next, or with many made-up ones, unevenly spread as real ones.

    With many, a name stands in its list as often as it is borne, so that a draw from the list is a draw of a child.
    """
    if names == "few":
        return COMMUNITIES
    made = []
    for community in COMMUNITIES:
        spread, rng = SPREADS[community.id], Random(f"names {community.id}")
        made.append(
            replace(
                community,
                girls=_spread(_more(community.girls, spread.forenames, rng), spread.forename_flat),
                boys=_spread(_more(community.boys, spread.forenames, rng), spread.forename_flat),
                surnames=_spread(_more(community.surnames, spread.surnames, rng), spread.surname_flat),
            )
        )
    return tuple(made)


def _more(base: tuple[str, ...], number: int, rng: Random) -> list[str]:
    """The base names first, then made-up ones: beginning, middle and end of three of them, until there are `number`.

    Where some base names are of two words, as many of the made-up ones are, and none is of more.
    """
    single = [word for name in base for word in name.lower().split()]
    parts = [re.findall(r"[^aeiouy]*[aeiouy]+(?:[^aeiouy]+$)?", word) or [word] for word in single]
    starts = sorted({each[0] for each in parts})
    ends = sorted({each[-1] for each in parts if len(each) > 1} | {each[0] for each in parts if len(each) == 1})
    middles = ["", *sorted(set(chain.from_iterable(parts)))]
    found = dict.fromkeys(base)
    longest = 1
    two_words = any(" " in name for name in base)
    while len(found) < number:
        for _ in range(number):
            middle = "".join(rng.choice(middles) for _ in range(longest))
            start, end = rng.choice(starts), rng.choice(ends)
            if two_words and " " in rng.choice(base):
                start, end = rng.choice(((f"{start} ", end), (start, f" {end}")))
            found.setdefault(f"{start}{middle}{end}".title(), None)
        longest += 1
    return list(found)[:number]


def _spread(names: list[str], flat: int) -> tuple[str, ...]:
    """Each name as often as it is borne, the last once."""
    last = len(names) + flat
    return tuple(chain.from_iterable([name] * round(last / (rank + flat)) for rank, name in enumerate(names, start=1)))


def draw_community(rng: Random, names: NameList = "few") -> Community:
    """One of the communities, by its share of families."""
    point = rng.random()
    found = communities(names)
    for community in found:
        point -= community.share
        if point < 0:
            return community
    return found[0]


def first_name(community: Community, female: bool, rng: Random) -> str:
    """A first name in the community's custom, with what stands before or after it."""
    name = rng.choice(community.girls if female else community.boys)
    if community.custom == "south_asian" and not female and rng.random() < 0.45:
        return f"{rng.choice(MUHAMMADS)} {name}"
    if community.custom == "sikh" and rng.random() < 0.6:
        return f"{name} {'Kaur' if female else 'Singh'}"
    if rng.random() < 0.12 and community.custom == "plain":
        return f"{name} {rng.choice(community.girls if female else community.boys)}"
    return name


def surname(community: Community, family: str, female: bool, rng: Random) -> str:
    """The second name of one member of a family whose name is `family`."""
    if community.custom == "polish" and female and family.endswith("ski"):
        return f"{family[:-1]}a"
    if community.custom == "south_asian" and female and rng.random() < 0.25:
        return rng.choice(("Bibi", "Begum", "Khatun"))
    return family
