"""Finds eyes, lids, jaw and tongue among the names that other programs give to bones.

A name is parted into words: "ValveBiped.Bip01_L_Eye" is valve, biped, bip, 01, l, eye. Which of
them say the side, which name the part and which say nothing stands in
``rig_maps/names_of_face_bones.json``. A word that is none of these means that the bone is
something else: a brow, a target, the end of a chain.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from ..retarget.bone_names import words_of

_NAMES: Final = Path(__file__).resolve().parents[2] / "rig_maps" / "names_of_face_bones.json"
_SHARED: Final = 0.6  # of the names that begin with a word before it is left out
_LETTERS: Final = ("l", "r")


@dataclass(frozen=True)
class NamedPart:
    """A bone that is a part of the face, as its name tells.

    Args:
        name: of the bone.
        side: left, right, or empty.
        rest: the name's words without the side; the same for a bone and its partner.
        rank: of its spelling, then how many words say nothing; lower is likelier.
    """

    name: str
    side: str
    rest: tuple[str, ...]
    rank: tuple[int, int]


def find_part(names: Iterable[str], part: str) -> list[NamedPart]:
    """The bones that are a part of the face, likeliest first.

    Args:
        names: of all bones, for what most of them begin with says nothing.
        part: eye, upper_lid, jaw or tongue.
    """
    split = {name: tuple(words_of(name)) for name in names}
    shared = _shared_beginning(list(split.values()))
    found = (_read(name, words, part, shared) for name, words in split.items())
    return sorted((each for each in found if each is not None), key=lambda each: each.rank)


def find_pair(parts: Sequence[NamedPart]) -> tuple[str, str] | None:
    """The first left part and the right one of the same name; None if no two go together."""
    right = {each.rest: each.name for each in reversed(parts) if each.side == "right"}
    for each in parts:
        if each.side == "left" and each.rest in right:
            return each.name, right[each.rest]
    return None


@cache
def known_names() -> Mapping[str, Any]:
    """What the file holds."""
    names: Mapping[str, Any] = json.loads(_NAMES.read_text("utf-8"))
    return names


def _shared_beginning(names: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The words that most names begin with, unless they say something."""
    known = known_names()
    telling = {word for spelt in known["parts"].values() for each in spelt for word in each}
    telling |= {word for spelt in known["sides"].values() for word in spelt}
    shared: list[str] = []
    while len(names) > 2:
        at = len(shared)
        count = Counter(words[at] for words in names if len(words) > at + 1)
        word, often = count.most_common(1)[0] if count else ("", 0)
        if often <= _SHARED * len(names) or word in telling:
            break
        shared.append(word)
        names = [words for words in names if len(words) > at and words[at] == word]
    return tuple(shared)


def _read(
    name: str, words: tuple[str, ...], part: str, shared: tuple[str, ...]
) -> NamedPart | None:
    if shared and words[: len(shared)] == shared:
        words = words[len(shared) :]
    known = known_names()
    spellings = known["parts"][part]
    split = [each for word in words for each in _unglued(word, part)]
    side_of = {word: side for side, spelt in known["sides"].items() for word in spelt}
    sides = [word for word in split if word in side_of]
    said = [word for word in split if word not in side_of]
    numbered = [w for w in said if w not in known["fillers"]]
    desired = [w for w in numbered if not w.isdecimal()]
    told = (sorted(desired), sorted(numbered))
    for rank, spelling in enumerate(spellings):
        if sorted(spelling) in told and len(sides) <= 1:
            side = side_of[sides[0]] if sides else ""
            return NamedPart(name, side, tuple(said), (rank, len(said) - len(desired)))
    return None


@cache
def _unglued(word: str, part: str) -> tuple[str, ...]:
    """A word that is several written as one, such as "lefteye", parted; else the word itself."""
    known = known_names()
    spelt = {each for spelling in known["parts"][part] for each in spelling}
    if word in spelt or word in known["fillers"]:
        return (word,)
    vocabulary = {each for each in spelt if len(each) > 1} | {"left", "right"}
    return next(_partings(word, vocabulary, True), (word,))


def _partings(word: str, vocabulary: set[str], begins: bool) -> Iterator[tuple[str, ...]]:
    """Ways to part a word; a lone l or r may stand at either end."""
    if word in vocabulary or (word in _LETTERS and not begins):
        yield (word,)
    heads = [each for each in vocabulary if word.startswith(each)]
    for head in (*sorted(heads, key=len, reverse=True), *(_LETTERS if begins else ())):
        if word.startswith(head) and len(word) > len(head):
            for rest in _partings(word[len(head) :], vocabulary, False):
                yield (head, *rest)
