"""Spellings of a shape's name: as it is, and without what programs and people put around it.

"A25_Jaw_Open", "Head_jawOpen", "blendShape1.jawOpen", "jawOpen.001" and "jawOpen_Mesh" are all
the shape jawOpen, unless the same mesh has one that is called so. What combines shapes, such as
"jawOpen_mouthFunnel", or corrects one is left alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from ..retarget.bone_names import words_of
from .arkit import ARKIT_52

_SEPARATORS: Final = r"[.:|]|__"
_NUMBERED: Final = re.compile(r"[._\-\s]\d+$")
_COPY: Final = re.compile(r"\.\d{3}$")
_AFTER: Final = frozenset(
    "mesh msh shape geo geometry bs blendshape morph target lod head face body teeth tongue "
    "eyelashes lashes eyes brows".split()
)
"""Words after a name that say nothing of what the shape does."""
_PARTING: Final = frozenset(
    "mouth jaw lip brow eye cheek nose upper lower inner outer up down left right l r in out wide "
    "open close closed smile frown blink look squint no not and".split()
)
"""Words before a name that make it another one."""
_NEVER: Final = frozenset(
    "corrective correction corr fix combo combination inverse inv delta backup bak old neg "
    "minus".split()
)
_LEAST_LETTERS: Final = 6  # of a single word that may stand behind any other


def plain_name(name: str) -> str:
    """A name reduced to what is compared: letters and digits of any script, in lower case."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def by_spelling(meshes: Iterable[Iterable[str]]) -> dict[str, list[str]]:
    """The names as they are, by their spellings.

    Args:
        meshes: the names of each mesh's shapes. Within one mesh a name that is spelt so counts
            before one that merely contains it, and a numbered copy only where there is no original.
    """
    found: dict[str, list[str]] = {}
    for names in meshes:
        own: dict[str, list[tuple[int, str]]] = {}
        for name in dict.fromkeys(names):
            exact = plain_name(name)
            for form in {exact, *_within(name)} - {""}:
                rank = 0 if form == exact else 2 if _COPY.search(name) else 1
                own.setdefault(form, []).append((rank, name))
        for form, ranked in own.items():
            best = min(rank for rank, _ in ranked)
            chosen = [name for rank, name in ranked if rank == best]
            known = found.setdefault(form, [])
            known += [name for name in (chosen[:1] if best == 2 else chosen) if name not in known]
    return found


def _within(name: str) -> set[str]:
    """Spellings of what may be the name proper."""
    words = words_of(re.sub(r"[:|]", "_", name))
    if _NEVER.intersection(words):
        return set()
    last = plain_name(re.split(_SEPARATORS, _COPY.sub("", name))[-1])
    forms = {last} if not last.isdecimal() else set()
    while len(words) > 1 and (words[-1] in _AFTER or _ends_in_number(name, words)):
        words.pop()
        forms.add("".join(words))
    return forms | {"".join(words[at:]) for at in range(1, len(words)) if _may_begin(words, at)}


def _ends_in_number(name: str, words: Sequence[str]) -> bool:
    """Whether the last word is a number that stands apart, as in "aa_02"."""
    return words[-1].isdecimal() and _NUMBERED.search(name) is not None


def _may_begin(words: Sequence[str], at: int) -> bool:
    """Whether the words from this one on may be the name, those before the name of its mesh."""
    before, rest = words[:at], words[at:]
    if len(rest) < 2 and len(rest[0]) < _LEAST_LETTERS:
        return False
    if before[-1] in _PARTING:
        return False
    return not any(plain_name(known) in "".join(before) for known in ARKIT_52)
