"""Trinity Speech-Gesture: one actor, 60 Hz, centimetres.

Two layouts are about: the data set's own, ``Motion/NaturalTalking_001.bvh`` with
``Audio/NaturalTalking_01.wav``, and that of the GENEA challenge of 2020, where
``Transcripts/Recording_001.json`` holds the words. The folders may be called otherwise and lie
deeper; what counts is that the names agree but for leading zeros.

Source: Ferstl & McDonnell 2018, *Investigating the use of recurrent motion modelling for speech
gesture generation*; Kucherenko et al. 2021, *A large, crowdsourced evaluation of gesture generation
systems on common data: the GENEA challenge 2020*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from backend.recordings.splits import split_in_order
from backend.recordings.words import read_transcript
from blender_addon.core.errors import InputError
from blender_addon.core.inference.contract import DataSource

from .corpus import SpokenCorpus, SpokenTake, motion_reader, open_take_sound

_ZEROS: Final = re.compile(r"0*(\d+)")
_SPEAKER: Final = "trinity"
_SOURCE: Final = DataSource(
    "Trinity Speech-Gesture", "research only, on request", "Ferstl & McDonnell 2018"
)


def read_trinity(folder: Path) -> SpokenCorpus:
    """All takes below a folder.

    Raises:
        InputError: there are none, or one lacks its sound; says which and what to do.
    """
    motions = _by_name(folder, ".bvh")
    if not motions:
        raise InputError(
            f"there are no takes below {folder}; expected Motion/Recording_001.bvh, "
            "Audio/Recording_001.wav and perhaps Transcripts/Recording_001.json"
        )
    sounds, texts = _by_name(folder, ".wav"), _by_name(folder, ".json")
    names = sorted(motions)
    takes = [
        _take(name, motions[name], sounds, texts, split)
        for name, split in zip(names, split_in_order(len(names)), strict=True)
    ]
    return SpokenCorpus("Trinity Speech-Gesture", tuple(takes), _SOURCE)


def _take(
    name: str, motion: Path, sounds: Mapping[str, Path], texts: Mapping[str, Path], split: str
) -> SpokenTake:
    sound = open_take_sound(motion, sounds.get(name, motion.with_suffix(".wav")))
    words = read_transcript(texts[name]) if name in texts else ()
    return SpokenTake(motion.stem, _SPEAKER, split, sound, motion_reader(motion), words)


def _by_name(folder: Path, suffix: str) -> dict[str, Path]:
    """Files by their name without leading zeros of its numbers.

    Raises:
        InputError: two would be the same take.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob(f"*{suffix}")):
        name = _ZEROS.sub(r"\1", path.stem).lower()
        if name in found:
            raise InputError(
                f"{found[name]} and {path} have the same name; keep one of them below {folder}"
            )
        found[name] = path
    return found
