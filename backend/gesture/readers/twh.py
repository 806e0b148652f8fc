"""Talking With Hands 16.2M: two people in conversation, each with a microphone, centimetres.

Three layouts are about: those of the GENEA challenges, ``trn/bvh/trn_2022_v1_000.bvh`` and
``trn/main-agent/bvh/trn_2023_v0_000_main-agent.bvh`` (30 Hz, .wav and .tsv of that name in ``wav``
and ``tsv`` beside ``bvh``; ``trn``, ``val`` and ``tst`` are the splits), and the original
``session1/take6/take6_noFingers_deep2_scale_local.bvh`` (90 Hz), whose sound is a file of that
session and take with ``deep2`` in its name.

Source: Lee et al. 2019, *Talking With Hands 16.2M: a large-scale dataset of synchronized
body-finger motion and audio for conversational motion analysis and synthesis*; Yoon et al. 2022,
*The GENEA challenge 2022*; Kucherenko et al. 2023, *The GENEA challenge 2023*.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from backend.recordings.splits import TEST, TRAIN, VAL, split_in_order
from backend.recordings.words import read_word_table
from blender_addon.core.errors import InputError
from blender_addon.core.inference.contract import DataSource

from .corpus import SpokenCorpus, SpokenTake, motion_reader, open_take_sound

_SPLITS: Final = {"trn": TRAIN, "val": VAL, "tst": TEST}
_ACTOR: Final = re.compile(r"deep\d+", re.IGNORECASE)
_PLACE: Final = re.compile(r"(session|take)\d+", re.IGNORECASE)
_SOURCE: Final = DataSource(
    "Talking With Hands 16.2M", "non-commercial (CC BY-NC 4.0)", "Lee et al. 2019"
)
JOINTS: Final = {
    "b_root": "Hips", "b_spine0": "Spine", "b_spine1": "Spine1", "b_spine2": "SpineMiddle",
    "b_spine3": "Spine2", "b_neck0": "Neck", "b_head": "Head",
    **{
        f"b_{letter}_{own}": side + name
        for letter, side in (("l", "Left"), ("r", "Right"))
        for own, name in (
            ("shoulder", "Shoulder"), ("arm", "Arm"), ("forearm", "ForeArm"), ("wrist", "Hand"),
            ("upleg", "UpLeg"), ("leg", "Leg"), ("foot", "Foot"), ("talocrural", "Foot"),
            ("ball", "Toe"),
        )
    },
}  # fmt: skip
"""Common name of each joint."""


def read_twh(folder: Path) -> SpokenCorpus:
    """All takes below a folder, in any of the layouts.

    Raises:
        InputError: there are none, or one lacks its sound; says which and what to do.
    """
    motions = sorted(path for path in folder.rglob("*.bvh") if _is_body(path))
    if not motions:
        raise InputError(
            f"there are no takes below {folder}; expected trn/bvh/trn_2022_v1_000.bvh with "
            "trn/wav/trn_2022_v1_000.wav, or session1/take6/take6_noFingers_deep2_scale_local.bvh"
        )
    sounds = [path for path in sorted(folder.rglob("*.wav")) if _ACTOR.search(path.stem)]
    speakers = _speakers(folder)
    drawn = split_in_order(len(motions))
    takes = [
        _take(path, sounds, speakers, split) for path, split in zip(motions, drawn, strict=True)
    ]
    return SpokenCorpus(_SOURCE.name, tuple(sorted(takes, key=lambda take: take.name)), _SOURCE)


def _is_body(path: Path) -> bool:
    """Of an original take there are three files of the body; the one in local joints counts."""
    return not _ACTOR.search(path.stem) or path.stem.lower().endswith("scale_local")


def _take(
    path: Path, sounds: Sequence[Path], speakers: Mapping[str, str], drawn: str
) -> SpokenTake:
    actor = _ACTOR.search(path.stem)
    if actor is not None:
        place = {match[0].lower() for match in _PLACE.finditer(str(path))}
        return SpokenTake(
            "_".join([*sorted(place), actor[0].lower()]), actor[0].lower(), drawn,
            open_take_sound(path, _sound_of(path, actor[0], place, sounds)),
            motion_reader(path, JOINTS),
        )  # fmt: skip
    parent = path.parent.parent
    table = parent / "tsv" / f"{path.stem}.tsv"
    return SpokenTake(
        path.stem, speakers.get(path.stem, "unknown"), _split_of(path, drawn),
        open_take_sound(path, parent / "wav" / f"{path.stem}.wav"), motion_reader(path, JOINTS),
        read_word_table(table) if table.is_file() else (),
    )  # fmt: skip


def _sound_of(motion: Path, actor: str, place: set[str], sounds: Sequence[Path]) -> Path:
    """The sound of one actor of a session and take.

    Raises:
        InputError: there is none.
    """
    for sound in sounds:
        there = {match[0].lower() for match in _PLACE.finditer(str(sound))}
        own = _ACTOR.search(sound.stem)
        if own is not None and own[0].lower() == actor.lower() and place == there:
            return sound
    raise InputError(
        f"{motion} has no sound: expected a .wav whose path names {', '.join(sorted(place))} and "
        f"{actor.lower()}. Put it there, or leave the motion out"
    )


def _split_of(path: Path, drawn: str) -> str:
    """By the challenge's folder, or its short name at the beginning of the file's."""
    folders = [part for part in path.parts if part in _SPLITS]
    short = path.stem.partition("_")[0]
    return _SPLITS[folders[-1]] if folders else _SPLITS.get(short, drawn)


def _speakers(folder: Path) -> dict[str, str]:
    """Speaker by take, of the challenges' tables: take, whether fingers were captured, speaker."""
    found: dict[str, str] = {}
    for table in sorted(folder.rglob("*metadata.csv")):
        with table.open(newline="", encoding="utf-8", errors="replace") as file:
            for row in csv.reader(file):
                if len(row) >= 3:
                    found[row[0].strip()] = row[-1].strip()
    return found
