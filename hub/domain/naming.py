# ruff: noqa: RUF001 - letters of many scripts and kinds of apostrophe are the subject
"""Names as matching compares them: one plain form for what people write in many ways.

It promises that no name vanishes because of its script or its length, and that what stands for "no name yet" is none.
"""

import unicodedata
from collections.abc import Mapping

MOST_LETTERS = 120  # a longer name is compared by its beginning
SHORTEST = 3  # letters of a name in which one letter may be a slip

# what NFKD leaves whole, as it is commonly written without it
_LATIN = {
    "ł": "l", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t",
    "ŋ": "ng", "ə": "e", "ɛ": "e", "ɔ": "o", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y",
}  # fmt: skip
# passport spelling, roughly (ICAO 9303 part 3 section 6): what the same person's name looks like on most British files
_CYRILLIC = dict(zip("абвгґдеєзиійклмнопрстуфыэ", "abvggdeeziiiklmnoprstufye", strict=True)) | {
    "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "iu", "я": "ia", "ъ": "", "ь": "",
    "ђ": "dj", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz", "ѕ": "dz", "ў": "u",
}  # fmt: skip
_GREEK = dict(zip("αβγδεζηικλμνξοπρσςτυφω", "avgdeziiklmnxoprsstyfo", strict=True)) | {
    "θ": "th", "χ": "ch", "ψ": "ps",
}  # fmt: skip
_WRITTEN = str.maketrans(_LATIN | _CYRILLIC | _GREEK)
_DROPPED = frozenset("'’‘ʼʻʹ`´′.ʾʿ·")  # O'Neill and ONeill, J. and J
_FOLDED_ALONE = frozenset({"LATIN", "GREEK", "CYRILLIC"})  # scripts whose marks above a letter are not letters

# texts that stand for "no name yet" as a whole; source: research on linkage, and what referral forms are filled with
PLACEHOLDERS = frozenset({
    "ANON", "ANONYMOUS", "AWAITING NAME", "BABY", "BABY BOY", "BABY GIRL", "BABY OF", "CHILD", "FORENAME", "INFANT", "NK",
    "NO NAME", "NOT GIVEN", "NOT KNOWN", "NOT RECORDED", "NOT STATED", "SURNAME", "TBA", "TBC", "TRIPLET", "TWIN",
    "UNBORN", "UNBORN BABY", "UNKNOWN", "UNNAMED", "UNNAMED BABY",
})  # fmt: skip
# first words of them among forenames: two twins are both "Baby", and "Baby Boy" is not "Baby Girl"
NO_FORENAME = PLACEHOLDERS | frozenset({
    "AWAITING", "BOY", "FEMALE", "FETUS", "FOETUS", "GIRL", "MALE", "NEWBORN", "NOT",
})  # fmt: skip
_TITLES = frozenset({"DR", "MASTER", "MISS", "MR", "MRS", "MS"})

# names of honour that lead the given name and are left out or abbreviated as often as not: each spelling -> one of them
_MUHAMMAD = frozenset({
    "MAHAMED", "MAHAMMAD", "MAHOMED", "MAXAMED", "MD", "MHD", "MOHAMAD", "MOHAMED", "MOHAMEED", "MOHAMMAD", "MOHAMMED",
    "MOHAMMOD", "MOHAMMUD", "MOHD", "MOHMAD", "MOHMED", "MOHUMMAD", "MUHAMAD", "MUHAMED", "MUHAMMAD", "MUHAMMED",
    "MUHAMMOD", "MUHD",
})  # fmt: skip
_LEADING = {
    **dict.fromkeys(_MUHAMMAD, "MUHAMMAD"),
    **dict.fromkeys(("SYED", "SAYED", "SAYYED", "SAYYID", "SAIYED"), "SYED"),
    **dict.fromkeys(("SYEDA", "SAYEDA", "SAIYEDA"), "SYEDA"),
    **dict.fromkeys(("MST", "MOSAMMAT", "MOSAMMOT", "MUSAMMAT"), "MOSAMMAT"),
}
# what one slip would make of a Muhammad, and what is a name of its own
_NO_MUHAMMAD = frozenset({"HAMMAD", "MAHAMUD", "MAHMED", "MAHMOOD", "MAHMOUD", "MAHMUD", "MOHAMUD", "MUHAMUD"})
_OFTEN = ("MOHAMED", "MOHAMMAD", "MOHAMMED", "MUHAMMAD", "MUHAMMED")
# names of honour and of faith that brothers or sisters share, as forms have them alone where the given name was dropped
_HONOURS = frozenset(_LEADING.values()) | {"BEGUM", "BIBI", "KAUR", "KHATUN", "SINGH"}
# words inside a surname that alone name nobody: AL and VAN are no part that two families share
_PARTICLES = frozenset({
    "AL", "BIN", "BINT", "DA", "DAS", "DE", "DEL", "DELLA", "DEN", "DER", "DI", "DO", "DOS", "DU", "EL", "IBN", "LA",
    "LE", "MAC", "MC", "O", "SAN", "ST", "TER", "UL", "VAN", "VON", "Y",
})  # fmt: skip


def plain(text: str) -> str:
    """A name as letters and single spaces, upper case; "" for a placeholder.

    Accents are folded, Cyrillic and Greek written in Latin letters, apostrophes, full stops and
    figures dropped, hyphens and other marks a space; letters of other scripts stay as they are. At most MOST_LETTERS are kept.
    """
    if text.isascii() and text.isalpha() and len(text) <= MOST_LETTERS:  # most names
        name = text.upper()
    else:
        name = " ".join(_letters(text[: 4 * MOST_LETTERS]).split())[:MOST_LETTERS].strip()
    return "" if name in PLACEHOLDERS else name


def cut_short(name: str) -> bool:
    """Whether a plain name may be the beginning of a longer one: two of them may differ in what was cut off."""
    return len(name) >= MOST_LETTERS - 1  # a space at the cut is gone


def _letters(text: str) -> str:
    return text.translate(_ASCII) if text.isascii() else _letters_of_any_script(text)


def _letters_of_any_script(text: str) -> str:
    out: list[str] = []
    script = ""
    for character in unicodedata.normalize("NFKD", text.casefold()):
        category = unicodedata.category(character)[0]
        if category == "L":
            script = unicodedata.name(character, "").partition(" ")[0]
            out.append(character.translate(_WRITTEN))
        elif category == "M":
            if script not in _FOLDED_ALONE and not unicodedata.combining(character):
                out.append(character)  # a vowel sign of an Indian script is half of the name
        elif (category in "PZ" and character not in _DROPPED) or character in "\t\n\r":
            out.append(" ")
        # what is left is no letter: figures, signs, characters that do not print
    return "".join(out).upper()


_ASCII = {number: _letters_of_any_script(chr(number)) for number in range(128)}  # most names, in a tenth of the time


def forenames_of(forenames: str) -> str:
    """All forenames as letters, the given name first; "" where they say only that there is no name yet ("Baby Boy").

    A title is dropped. A leading name of honour (Muhammad in its many spellings, Syed, Mst) goes to the end where another
    forename follows, and stands in one spelling: brothers share it, and forms leave it out. Nothing else is lost.
    """
    words = plain(forenames).split()
    while len(words) > 1 and words[0] in _TITLES:
        del words[0]
    if not words or words[0] in NO_FORENAME:
        return ""
    led = []
    while words and (honour := _honour(words[0])):
        led.append(honour)
        del words[0]
    return " ".join(dict.fromkeys((*words, *led)))


def _honour(word: str) -> str:
    """The name of honour that a leading word is, in one spelling; "" for any other. One slip in a Muhammad leaves one."""
    if (found := _LEADING.get(word)) is not None:
        return found
    if (
        word[:1] == "M"
        and 5 < len(word) < 10
        and word not in _NO_MUHAMMAD
        and any(one_slip(word, one) for one in _OFTEN)
    ):
        return "MUHAMMAD"
    return ""


def joined(forenames: str) -> str:
    """All plain forenames as one word: JIAYI for JIA YI, which others write Jiayi or Jia-Yi; without names of honour, unless
    there are no others.
    """
    words = forenames.split()
    return "".join([word for word in words if word not in _HONOURS] or words)


def first_in_place(surname: str) -> str:
    """What stands first in a plain surname where forenames were written in its place ("Gill, Jasleen Kaur")."""
    if " " not in surname:
        return _honour(surname) or surname
    return (forenames_of(surname) or surname).partition(" ")[0]


def forename_of(forenames: str) -> str:
    """The first forename as letters; "" where it says only that there is no name yet ("Baby Boy", "Twin One")."""
    return forenames_of(forenames).partition(" ")[0]


def honour_alone(forenames: str) -> bool:
    """Whether plain forenames are nothing but names of honour (Muhammad, Syed, Singh, Kaur, Begum).

    For some that is the given name, for others what a form kept of "Muhammad Bilal" or "Jasleen Kaur": such a name alone is
    no sign that somebody called Bilal or Jasleen is another child, nor that it is the same.
    """
    return bool(forenames) and _HONOURS.issuperset(forenames.split())


def one_slip(one: str, other: str) -> bool:
    """Whether one slip of a hand makes one name of the other: a letter dropped, put in, changed, or two exchanged.

    Not the first letter, which slips least: EVA is another name than AVA. Only names of three letters and more: of two
    letters, one is half of the name.
    """
    short, long = sorted((one, other), key=len)
    if len(short) < SHORTEST or len(long) - len(short) > 1 or short == long or short[0] != long[0]:
        return False
    at = next((place for place, letter in enumerate(short) if letter != long[place]), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    exchanged = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or exchanged


def parts_of(surname: str) -> frozenset[str]:
    """The parts of a plain surname that may stand alone: HUGHES BARNES is known as HUGHES and as BARNES.

    Particles (AL, VAN, DE) and single letters are no parts, unless there is nothing else.
    """
    parts = frozenset(part for part in surname.split() if part not in _PARTICLES and len(part) > 1)
    return parts or frozenset({surname} if surname else ())


def forms_of(forename: str, nicknames: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """The names that a plain forename may stand for: itself, and those that the table (short form -> names) gives.

    Two forenames are short forms of one name where these meet: BETH and LIZZIE are both ELIZABETH.
    """
    return frozenset((forename, *nicknames.get(forename, ()))) if forename else frozenset()
