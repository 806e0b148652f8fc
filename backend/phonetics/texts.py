"""Texts to be spoken: sentences from a small grammar, and made-up words of evenly drawn syllables.

All words are ours. Sentences bring a language's rhythm and joints between words; made-up words
bring every onset before every vowel, which a small vocabulary does not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

_WORDS: Final = Path(__file__).with_name("words.json")
_SLOT = re.compile(r"\{(\w+)\}")
_INVENTED_SHARE: Final = 0.4
_WORDS_ALONE_SHARE: Final = 0.35
_CLAUSE_WORDS: Final = (3, 7)
_SYLLABLES: Final = (0.4, 0.4, 0.2)
"""How many made-up words have one, two and three syllables."""

LIP_WORDS: Final = tuple(
    "pop pipe paper puppy happy apple open upon napkin cup map sheep soup jump lamp help stop "
    "soap ship people purple proper spoon spin sport price play please pretty "
    "baby bob bubble rabbit robber table above about cab web tube club bulb job brave blue bread "
    "break black number member summer family mama mom mummy memory moment maybe mix move "
    "map make meet me my time home room come same game seem calm swim small smile smoke empty "
    "company camp bump fife five fifty off if life leaf laugh rough coffee offer office before "
    "after often soft gift left fly free from front follow food foot father phone vivid vine very "
    "voice visit over ever never river seven heavy love live leave give have wave move five view "
    "wow we way why where what water wish one once away always window well wide wood swim twin "
    "quick queen sweet between everyone farewell warm worm women woman web wife wolf".split()
)
"""English words in which lips meet, touch the teeth or round: first, within and last."""


@dataclass(frozen=True)
class Spelling:
    """How a language writes syllables.

    Args:
        onsets: beginnings, each drawn as often as any other.
        nuclei: vowels.
        codas: ends.
    """

    onsets: tuple[str, ...]
    nuclei: tuple[str, ...]
    codas: tuple[str, ...]


def _spelling(onsets: str, nuclei: str, codas: str) -> Spelling:
    return Spelling(tuple(onsets.split()), tuple(nuclei.split()), ("", *codas.split()))


_COMMON = "p b m f v t d n s l r k g p b m"
SPELLINGS: Final = {
    "en": _spelling(
        f"{_COMMON} w y h sh ch j th z pl br fr sw sm st tr qu",
        "a e i o u ee oo ai oa ow oy ar or er ie",
        "m p b f v n t d s l k sh ch ng th",
    ),
    "de": _spelling(
        f"{_COMMON} w h sch pf z schw br fl kn j", "a e i o u ä ö ü ie au ei eu aa uh oh",
        "m p f n t s l ch ng sch rt mpf",
    ),
    "fr": _spelling(
        f"{_COMMON} ch j gn pl br fr bl",
        "a é i o u ou oi eu an on in è ui eau",
        "m pe be fe ve ne che ge se le re",
    ),
    "es": _spelling(f"{_COMMON} ch ll ñ j pr bl fl", "a e i o u ue ie ia au", "n s r l m"),
    "it": _spelling(f"{_COMMON} ci gi sc gn gl z pr bl", "a e i o u uo ie ia", "n l r m"),
    "pt-br": _spelling(f"{_COMMON} ch j lh nh", "a e i o u ão ou ei ê ó", "m r s l"),
    "nl": _spelling(
        f"{_COMMON} w h sch z br", "a e i o u aa ee oo oe ui eu ij ie ou", "m p f n t s l k ng",
    ),
    "pl": _spelling(f"{_COMMON} w h sz cz ż ś dź ł j", "a e i o u y ą ę", "m p n t s sz"),
    "tr": _spelling(f"{_COMMON} y h ş ç c z", "a e ı i o ö u ü", "m p n t s l k r"),
    "sv": _spelling(f"{_COMMON} h sj j br", "a e i o u y å ä ö", "m p n t s l k ng"),
}  # fmt: skip
_PINYIN: Final = {
    "b p m": "a o ai ei ao an en ang eng i ie iao ian in ing u",
    "f": "a ei ou an en ang eng u",
    "d t l": "a e ai ao ou an ang eng ong i ie iao ian ing u uo uan un",
    "n": "a ai ei ao an eng ong i ie iao iu ian in iang ing u uo uan",
    "g k h": "a e ai ao ou an en ang eng ong u ua uo uai ui uan un uang",
    "j q x": "i ia ie iao iu ian in iang ing iong u ue uan un",
    "zh ch sh": "i a e ao ou an en ang eng u uo ui uan un",
    "z c s": "i a e ao ou an en ang u uo ui uan un",
    "r": "i e ao ou an en u uo",
    "w": "a o ai ei an en ang u",
    "y": "a e ao ou an in ang ing ong u ue uan un",
}
_PINYIN_VOICE: Final = "cmn-latn-pinyin"
_TONES: Final = "1234"


@lru_cache(maxsize=1)
def _grammars() -> dict[str, dict[str, list[str]]]:
    words = json.loads(_WORDS.read_text("utf-8"))
    return {
        language: {
            slot: choices if isinstance(choices, list) else choices.split("|")
            for slot, choices in grammar.items()
        }
        for language, grammar in words.items()
    }


def spelling_of(voice: str) -> str:
    """The key in ``SPELLINGS`` for a voice's name: en for en-us+f3."""
    language = voice.split("+")[0]
    return language if language in (*SPELLINGS, _PINYIN_VOICE) else language.split("-")[0]


def make_sentence(voice: str, rng: np.random.Generator) -> str:
    """One sentence in a voice's language, of words or made-up words."""
    language = spelling_of(voice)
    if language not in _grammars() or rng.random() < _INVENTED_SHARE:
        return _invent_clause(language, rng)
    return _fill(_grammars()[language], rng)


def make_utterance(voice: str, rng: np.random.Generator) -> str:
    """A sentence, or at times a word alone or a few with pauses between: lips meet everywhere.

    Sentences join words; a word alone has its first and last sounds beside silence.
    """
    draw = rng.random()
    if draw > _WORDS_ALONE_SHARE:
        return make_sentence(voice, rng)
    count = 1 if draw < 0.4 * _WORDS_ALONE_SHARE else int(rng.integers(2, 6))
    words = [_lip_word(voice, rng) for _ in range(count)]
    joint = _choose((", ", " ", ". "), rng)
    return joint.join(words) + _choose(".!?.", rng)


def _lip_word(voice: str, rng: np.random.Generator) -> str:
    """A word of the language with lips that meet or touch, or a made-up one."""
    language = spelling_of(voice)
    if language != "en" or rng.random() < _INVENTED_SHARE:
        return _invent_word(language, rng)
    return _choose(LIP_WORDS, rng)


def _choose(choices: Sequence[str], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]


def _fill(grammar: dict[str, list[str]], rng: np.random.Generator) -> str:
    return _SLOT.sub(lambda slot: _choose(grammar[slot[1]], rng), _choose(grammar["patterns"], rng))


def _invent_clause(language: str, rng: np.random.Generator) -> str:
    words = [_invent_word(language, rng) for _ in range(rng.integers(*_CLAUSE_WORDS))]
    comma = int(rng.integers(2 * len(words)))
    if comma < len(words) - 1:
        words[comma] += ","
    return " ".join(words) + _choose(".!?.", rng)


def _invent_word(language: str, rng: np.random.Generator) -> str:
    count = 1 + int(rng.choice(len(_SYLLABLES), p=_SYLLABLES))
    return "".join(_invent_syllable(language, rng) for _ in range(count))


def _invent_syllable(language: str, rng: np.random.Generator) -> str:
    if language == _PINYIN_VOICE:
        return _invent_pinyin(rng)
    spelling = SPELLINGS[language]
    parts = (spelling.onsets, spelling.nuclei, spelling.codas)
    return "".join(_choose(part, rng) for part in parts)


def _invent_pinyin(rng: np.random.Generator) -> str:
    onsets = _choose(tuple(_PINYIN), rng)
    return (
        _choose(onsets.split(), rng) + _choose(_PINYIN[onsets].split(), rng) + _choose(_TONES, rng)
    )
