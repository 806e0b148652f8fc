"""Any folder of BVH files: whatever skeleton with legs, unit, axis up and rate."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Final

import numpy as np

from backend.mocap.common_clips import INDEX
from blender_addon.core.bvh import read_bvh
from blender_addon.core.bvh.conventions import guess_metres_per_unit, scaled_clip, with_y_up
from blender_addon.core.errors import InputError
from blender_addon.core.maths.rotations import quaternion_conjugate, quaternion_multiply
from blender_addon.core.motion.clip import MotionClip

from .clip_file import LEAST_FRAMES, ClipFile
from .rest_pose import standing

KEY: Final = "clips"
NO_LABEL: Final = "unlabelled"
_WORD: Final = re.compile(r"[^\W\d_]+")
_JUMP_RAD: Final = np.deg2rad(25.0)
_TIMES: Final = 6.0
_LOOKS_AT: Final = 12
"""Frames after the first with which its step is compared."""


def find_own_clips(folder: Path) -> list[ClipFile]:
    """Every BVH file below a folder, labelled by ``clips.csv``, else by the first word of its name.

    Raises:
        InputError: there is no such folder, or no BVH file in it.
    """
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}; give one of BVH files with --clips")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".bvh")
    if not paths:
        raise InputError(f"there is no .bvh file in {folder}; give a folder of BVH files")
    labels = {
        path: label
        for index in sorted(folder.rglob(INDEX))
        for path, label in _labels(index).items()
    }
    return [
        ClipFile(path, path.stem, KEY, labels.get(path.with_suffix("")) or _label(path), "val")
        for path in paths
        if path.is_file()
    ]


def _labels(index: Path) -> dict[Path, str]:
    """Label by path without ending, of the files beside an index.

    Raises:
        InputError: the index lacks a column.
    """
    with index.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        table = csv.DictReader(file)
        if not {"clip", "label"} <= set(table.fieldnames or ()):
            raise InputError(
                f"{index} has columns {', '.join(table.fieldnames or ()) or 'none'}; expected clip "
                "and label among them. Correct it, or take it away"
            )
        return {
            index.parent / row["clip"].removesuffix(".bvh"): (row["label"] or "").strip()
            for row in table
            if row["clip"]
        }


def _label(path: Path) -> str:
    word = _WORD.search(path.stem)
    return word[0].lower() if word else NO_LABEL


def read_own_clip(file: ClipFile) -> MotionClip:
    """The motion in metres, Y up, on its own skeleton, without a T-pose set before it.

    Raises:
        InputError: the file is broken, or has no two frames.
    """
    clip = standing(with_y_up(read_bvh(file.path)))
    clip = scaled_clip(clip, guess_metres_per_unit(clip.skeleton))
    if clip.frame_count > LEAST_FRAMES and _starts_elsewhere(clip):
        clip = MotionClip(
            clip.skeleton, clip.frame_rate_hz, clip.root_positions[1:], clip.rotations_wxyz[1:]
        )
    if clip.frame_count < LEAST_FRAMES:
        raise InputError(f"expected two frames or more; found {clip.frame_count}")
    return clip


def _starts_elsewhere(clip: MotionClip) -> bool:
    """Whether the pose leaps from the first frame to the second as nowhere soon after."""
    turns = clip.rotations_wxyz[: _LOOKS_AT + 2]
    steps = quaternion_multiply(quaternion_conjugate(turns[:-1]), turns[1:])
    largest = 2.0 * np.arccos(np.clip(np.abs(steps[..., 0]), 0.0, 1.0)).max(axis=1)
    return bool(largest[0] > max(_JUMP_RAD, _TIMES * largest[1:].max(initial=0.0)))
