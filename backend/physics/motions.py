"""Motions to practise on: clips in a folder, joined into one reference that many figures follow."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from blender_addon.core.conventions import Floats, Ints
from blender_addon.core.errors import InputError, NeuralMotionError
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.physics.reference import FRAMES_A_STEP, Reference, reference_of

FOLDER: Final = Path(".build/physics/practice")
_KEYS: Final = ("frame_rate_hz", "root_positions", "rotations_wxyz")


@dataclass(frozen=True, eq=False)
class Motions:
    """M motions, one after another.

    Args:
        reference: all of them; each is held at its end for a while.
        starts: (M,) control steps at which they begin.
        ends: (M,) the last control step of each that is its own.
    """

    reference: Reference
    starts: Ints
    ends: Ints


def read_clips(folder: Path) -> list[MotionClip]:
    """All clips of a folder, in the order of their names.

    Raises:
        InputError: there is none, or one cannot be read.
    """
    files = sorted(folder.glob("*.npz"))
    if not files:
        raise InputError(
            f"{folder} holds no walks; write some with "
            f"'python -m backend.physics.practice_walks {folder}'"
        )
    return [_read_clip(path) for path in files]


def join(references: Sequence[Reference], held_steps: int) -> Motions:
    """One reference of many.

    Args:
        references: each of its own.
        held_steps: for how many control steps each is held at its end.
    """
    lengths = np.array([each.steps for each in references])
    starts = np.concatenate(([0], np.cumsum(lengths + held_steps)[:-1]))
    followed = np.concatenate([_followed(each, held_steps) for each in references])
    arrays: dict[str, Any] = {
        name: np.concatenate([_held(getattr(each, name), held_steps, name) for each in references])
        for name in ("poses", "rates", "joints", "bodies", "carries")
    }
    joined = Reference(replace(references[0].followed, poses=followed, laid={}), **arrays)
    return Motions(joined, starts, starts + lengths - 1)


def join_clips(clips: Sequence[MotionClip], held_steps: int) -> Motions:
    """One reference of many clips."""
    return join([reference_of(clip) for clip in clips], held_steps)


def split(clips: Sequence[MotionClip], every: int = 8) -> tuple[list[MotionClip], list[MotionClip]]:
    """Clips to learn from, and every eighth, held out to judge by; a single one is for both."""
    held_out = list(clips[every - 1 :: every])
    if not held_out:
        return list(clips), list(clips)
    return [clip for n, clip in enumerate(clips) if n % every != every - 1], held_out


def _followed(reference: Reference, steps: int) -> Floats:
    """The motion at 60 Hz, made as long as its control steps with those held."""
    poses = reference.followed.poses
    missing = FRAMES_A_STEP * (reference.steps + steps) - len(poses)
    return np.concatenate((poses, np.repeat(poses[-1:], missing, axis=0)))


def _held(values: Floats, steps: int, name: str) -> Floats:
    end = values[-1:] * (0.0 if name == "rates" else 1.0)
    return np.concatenate((values, np.repeat(end.astype(values.dtype), steps, axis=0)))


def _read_clip(path: Path) -> MotionClip:
    try:
        with np.load(path, allow_pickle=False) as file:
            rate, root, rotations = (file[key] for key in _KEYS)
            contacts = file["contacts"] if "contacts" in file and len(file["contacts"]) else None
        return MotionClip(COMMON_SKELETON, float(rate), root, rotations, contacts)
    except (
        OSError,
        ValueError,
        LookupError,
        TypeError,
        zipfile.BadZipFile,
        NeuralMotionError,
    ) as error:
        raise InputError(
            f"{path} cannot be read as a walk ({error}); write it anew with "
            f"'python -m backend.physics.practice_walks {path.parent}'"
        ) from error
