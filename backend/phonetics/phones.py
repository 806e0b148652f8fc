"""Phones: names, times, and how a mouth makes them.

Everything is said in the signs of the International Phonetic Alphabet (IPA); ARPAbet names of
aligned English are translated. A vowel is described by height, backness and rounding (IPA chart),
a consonant by the class of its place and manner, as far as it can be seen.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from blender_addon.core.conventions import Bools, Floats, Ints
from blender_addon.core.errors import InputError

SILENCE: Final = "_"
ASPIRATION: Final = "ʰ"
"""Breath after a released stop: the mouth is already that of what follows."""


@dataclass(frozen=True)
class Vowel:
    """Where a vowel lies in the IPA chart.

    Args:
        height: 0 close … 1 open.
        backness: 0 front … 1 back.
        rounding: 0 spread or neutral … 1 rounded lips.
    """

    height: float
    backness: float
    rounding: float


VOWELS: Final = {
    "i": Vowel(0.0, 0.0, 0.0),
    "y": Vowel(0.0, 0.0, 1.0),
    "ɨ": Vowel(0.0, 0.5, 0.0),
    "ʉ": Vowel(0.0, 0.5, 1.0),
    "ɯ": Vowel(0.0, 1.0, 0.0),
    "u": Vowel(0.0, 1.0, 1.0),
    "ɪ": Vowel(0.2, 0.15, 0.0),
    "ʏ": Vowel(0.2, 0.15, 0.9),
    "ᵻ": Vowel(0.2, 0.4, 0.0),
    "ʊ": Vowel(0.2, 0.85, 0.75),
    "e": Vowel(0.35, 0.0, 0.0),
    "ø": Vowel(0.35, 0.0, 0.9),
    "ɘ": Vowel(0.35, 0.5, 0.0),
    "ɵ": Vowel(0.35, 0.5, 0.8),
    "ɤ": Vowel(0.35, 1.0, 0.0),
    "o": Vowel(0.4, 1.0, 0.85),
    "ə": Vowel(0.4, 0.5, 0.05),
    "ɛ": Vowel(0.6, 0.0, 0.0),
    "œ": Vowel(0.6, 0.0, 0.7),
    "ɜ": Vowel(0.5, 0.5, 0.1),
    "ɞ": Vowel(0.6, 0.5, 0.6),
    "ɚ": Vowel(0.4, 0.5, 0.25),
    "ɝ": Vowel(0.45, 0.5, 0.25),
    "ʌ": Vowel(0.65, 0.8, 0.0),
    "ɔ": Vowel(0.65, 1.0, 0.6),
    "ɐ": Vowel(0.75, 0.5, 0.0),
    "æ": Vowel(0.85, 0.0, 0.0),
    "a": Vowel(1.0, 0.3, 0.0),
    "ɑ": Vowel(1.0, 1.0, 0.0),
    "ɒ": Vowel(0.95, 1.0, 0.4),
}

CONSONANTS: Final = {
    "bilabial": "pbmɓʙ",
    "bilabial_fricative": "ɸβ",
    "labiodental": "fvɱʋ",
    "dental": "θð",
    "alveolar": "tdnɾɽɗʈɖɳ",
    "lateral": "lɫɬɮɭɺ",
    "trill": "r",
    "sibilant": "sz",
    "postalveolar": "ʃʒʂʐɧ",
    "alveolopalatal": "ɕʑ",
    "rhotic": "ɹɻ",
    "palatal": "jçɲʎʝcɟ",
    "velar": "kɡgŋxɣɠɰ",
    "uvular": "ʁχʀqɢɴħʕ",
    "glottal": "hɦʔ",
    "rounded_glide": "wʍɥ",
    "aspiration": "ʰ",
    "silence": "_",
}
"""Signs of each class."""

CLASS_OF: Final = {
    sign: name for name, signs in CONSONANTS.items() for sign in signs
} | dict.fromkeys(VOWELS, "vowel")
STOPS: Final = frozenset("pbtdkɡgqcɟʈɖɢɓɗɠʔ")
VOICELESS_STOPS: Final = frozenset("ptkqcʈ")
OBSTRUENTS: Final = STOPS | frozenset("sʂɕʃ")

ARPABET: Final = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "aʊ", "AY": "aɪ", "B": "b", "CH": "tʃ",
    "D": "d", "DH": "ð", "EH": "ɛ", "ER": "ɝ", "EY": "eɪ", "F": "f", "G": "ɡ", "HH": "h",
    "IH": "ɪ", "IY": "i", "JH": "dʒ", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "ŋ",
    "OW": "oʊ", "OY": "ɔɪ", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t", "TH": "θ",
    "UH": "ʊ", "UW": "u", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ", "SIL": SILENCE,
    "SPN": SILENCE,
}  # fmt: skip
"""Names of the CMU pronouncing dictionary, without stress."""

OPEN_HEIGHT: Final = 0.8
CLOSED_HEIGHT: Final = 0.25
"""Vowels above the one count as open, below the other as closed, for ``visible_kind``."""


@dataclass(frozen=True)
class PhoneTrack:
    """Phones one after another.

    Args:
        names: each an IPA sign, or several where one glides into the other (aɪ, tʃ).
        starts_s: (P,) seconds.
        ends_s: (P,) seconds.
        stress: (P,) 0 none, 1 secondary, 2 primary.
    """

    names: tuple[str, ...]
    starts_s: Floats
    ends_s: Floats
    stress: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    @classmethod
    def empty(cls) -> PhoneTrack:
        """No phones at all."""
        return cls((), np.zeros(0), np.zeros(0))

    def __len__(self) -> int:
        return len(self.names)


_RESPELT: Final = {
    "ts.h": "tʂ", "ts.": "tʂ", "s.": "ʂ", "i.": "ɨ", "i̪": "ɨ", "o-": "ɤ", "ä": "a", "əl": "əɫ",
}  # fmt: skip
"""What the synthesiser writes in place of a sign (Mandarin's retroflexes and their vowel), and what
is one letter with its diacritic."""


def signs_of(name: str) -> str:
    """The known signs of an IPA name: stress, length, tone, diacritics left out, aspiration too."""
    if name.startswith("("):  # not a phone: "(en)" tells that another language begins
        return ""
    for written, meant in _RESPELT.items():
        name = name.replace(written, meant)
    signs = "".join(sign for sign in name if sign in CLASS_OF)
    return "".join(
        sign
        for n, sign in enumerate(signs)
        if not (n and sign in "hʰ" and signs[n - 1] in OBSTRUENTS)
    )


def stress_of(name: str) -> int:
    """2 primary, 1 secondary, 0 none, by the marks of an IPA name."""
    return 2 if "ˈ" in name else int("ˌ" in name)


def class_of(name: str) -> str:
    """The class of a name's last sign: what an affricate is seen as; silence for no sign at all."""
    signs = signs_of(name)
    return CLASS_OF[signs[-1]] if signs else "silence"


def visible_kind(name: str) -> str:
    """What measures on aligned speech ask of a phone: closed lips, open or closed vowels, or ''.

    A diphthong counts by where it begins.
    """
    signs = signs_of(name)
    if not signs:
        return ""
    if CLASS_OF[signs[0]] == "bilabial":
        return "bilabial"
    height = VOWELS[signs[0]].height if signs[0] in VOWELS else 0.5
    return {True: "open_vowel", False: ""}[height > OPEN_HEIGHT] or (
        "closed_vowel" if height < CLOSED_HEIGHT else ""
    )


def read_arpabet(path: Path) -> PhoneTrack:
    """A table of ARPAbet phones (``start_s, end_s, phone``) with IPA names.

    Raises:
        InputError: a column is missing or a name is unknown.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"start_s", "end_s", "phone"} <= rows[0].keys():
        raise InputError(f"{path} is no table with start_s, end_s, phone")
    names = [row["phone"].rstrip("012").upper() for row in rows]
    unknown = sorted(set(names) - ARPABET.keys())
    if unknown:
        raise InputError(f"{path} has the phones {', '.join(unknown)}; expected ARPAbet")
    starts, ends = (np.array([float(row[key]) for row in rows]) for key in ("start_s", "end_s"))
    stress = np.array([_stress(row["phone"]) for row in rows])
    return PhoneTrack(tuple(ARPABET[name] for name in names), starts, ends, stress)


def _stress(arpabet: str) -> int:
    return {"1": 2, "2": 1}.get(arpabet[-1], 0)


def frames_within(track: PhoneTrack, desired: Bools, times_s: Floats) -> Bools:
    """Which frames lie within a desired phone.

    Args:
        track: the phones.
        desired: (P,) which of them.
        times_s: (T,) of the frames.
    """
    inside = (times_s[:, None] >= track.starts_s) & (times_s[:, None] < track.ends_s)
    return (inside & desired).any(1)
