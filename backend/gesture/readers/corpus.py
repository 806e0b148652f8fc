"""What every reader of spoken takes gives: motion, sound, words, and the face where there is one.

Motions are read when they are asked for: hours at 120 frames a second are larger than any memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from backend.recordings.face_weights import rate_of, read_document, read_weights
from backend.recordings.sounds import check_length, open_sound
from backend.recordings.splits import VAL
from backend.recordings.words import Word
from blender_addon.core.bvh import read_bvh
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import BvhError, InputError
from blender_addon.core.inference.contract import DataSource
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.resample import resample_clip
from blender_addon.core.retarget.clip import planted_toe_heights, retarget_clip
from blender_addon.core.sound.waveform import WavSound

RATE_HZ: Final = 30.0
"""Of the motions that a reader gives."""
CENTIMETRES: Final = 0.01
_LONGEST_HEAD: Final = 10_000
"""Lines before the numbers of a BVH file; more is none."""


@dataclass(frozen=True, eq=False)
class FaceTrack:
    """ARKit weights of a take.

    Args:
        names: of the C shapes.
        frame_rate_hz: of the weights.
        weights: (T, C).
    """

    names: tuple[str, ...]
    frame_rate_hz: float
    weights: Floats


@dataclass(frozen=True, eq=False)
class SpokenTake:
    """Someone speaks, and the body was captured.

    Args:
        name: of the take.
        speaker: who.
        split: train, val or test.
        sound: of this speaker alone, at 16 kHz.
        read_motion: gives the motion on the common skeleton, 30 frames a second.
        words, phones: as far as they are known.
        read_face: gives the face; None where none was captured.
    """

    name: str
    speaker: str
    split: str
    sound: WavSound
    read_motion: Callable[[], MotionClip]
    words: tuple[Word, ...] = ()
    phones: tuple[Word, ...] = ()
    read_face: Callable[[], FaceTrack] | None = None


@dataclass(frozen=True, eq=False)
class SpokenCorpus:
    """All takes of one folder, in the order of their names."""

    name: str
    takes: tuple[SpokenTake, ...]
    source: DataSource

    def of(self, split: str) -> list[SpokenTake]:
        """Takes of a split.

        Raises:
            InputError: there are none.
        """
        found = [take for take in self.takes if take.split == split]
        if not found:
            wanted = "more takes (three at least)" if split == VAL else "takes of that split"
            raise InputError(
                f"{self.name}: none of {len(self.takes)} takes is of the split '{split}'; put "
                f"{wanted} into the folder"
            )
        return found


def open_take_sound(motion: Path, sound: Path) -> WavSound:
    """The sound of a motion, after a look at the head of the motion's file: do both last as long?

    Raises:
        InputError: one of them is missing or damaged, or they do not belong together.
    """
    frames, rate_hz = read_bvh_head(motion)
    opened = open_sound(sound)
    check_length(motion.stem, frames, rate_hz, opened)
    return opened


def read_bvh_head(path: Path) -> tuple[int, float]:
    """Frames and frames a second, as the file states them; its numbers are not read.

    Raises:
        InputError: it states none.
    """
    found: dict[str, float] = {}
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for _, line in zip(range(_LONGEST_HEAD), file, strict=False):
                name, _, value = line.partition(":")
                if name.strip().lower() in ("frames", "frame time"):
                    found[name.strip().lower()] = float(value)
                if "frame time" in found:
                    break
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as BVH ({error}). Fetch it again") from error
    frames, seconds = found.get("frames", 0.0), found.get("frame time", 0.0)
    if not (np.isfinite(frames) and frames >= 2 and 0.0 < seconds < 1.0):
        raise InputError(
            f"{path}: expected 'Frames:' of two or more and 'Frame Time:' of less than a second; "
            f"found {frames:g} and {seconds:g}. The file is cut short; fetch it again"
        )
    return int(frames), 1.0 / seconds


def read_body(path: Path, names: Mapping[str, str] | None = None) -> MotionClip:
    """A BVH file in centimetres on the common skeleton, 30 frames a second.

    Args:
        path: of the file.
        names: the common name of each joint by its own, where the usual names do not tell.

    Raises:
        InputError: the file is broken, or its joints are those of no person.
    """
    try:
        clip = read_bvh(path, metres_per_unit=CENTIMETRES)
    except BvhError as error:
        raise InputError(f"{path}: {error}. Fetch it again") from error
    clip = resample_clip(clip, RATE_HZ) if clip.frame_rate_hz != RATE_HZ else clip
    if names:
        known = tuple(names.get(name, name) for name in clip.skeleton.names)
        clip = replace(clip, skeleton=replace(clip.skeleton, names=known, ends={}))
    try:
        heights = planted_toe_heights(clip)
        return retarget_clip(clip, COMMON_SKELETON, planted_toe_heights_m=heights)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def read_face(path: Path, names: tuple[str, ...]) -> FaceTrack:
    """The face of a take, of a file that was looked at before.

    Raises:
        InputError: it is damaged, of other weights, or holds NaN or infinity.
    """
    weights = read_weights(path, names)
    if not np.isfinite(weights).all():
        raise InputError(f"{path}: a weight is NaN or infinite. Leave the take out")
    return FaceTrack(names, rate_of(read_document(path)["frames"], path), weights)


def motion_reader(path: Path, names: Mapping[str, str] | None = None) -> Callable[[], MotionClip]:
    """``read_body`` of a path, for later."""
    return partial(read_body, path, names)
