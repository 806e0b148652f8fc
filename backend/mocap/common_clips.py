"""Recorded clips on the common skeleton, on level ground, knees straight: what networks learn from.

A folder of recordings holds ``clips.csv`` and a BVH file for each of its rows.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from backend.mocap.knees import with_straight_knees
from backend.mocap.levelling import tilted_floor
from blender_addon.core.bvh import read_bvh
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, UP, Floats
from blender_addon.core.errors import InputError
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import (
    COMMON_SKELETON,
    FOOT_JOINTS,
    PLANTED_HEIGHTS_M,
)
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.resample import resample_clip
from blender_addon.core.retarget.clip import planted_toe_heights, retarget_clip

INDEX = "clips.csv"
_LOWEST_PERCENT = 8

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClipEntry:
    """One row of a folder's index.

    Args:
        path: of the BVH file.
        source: how it was recorded or converted, such as cmu_expmap.
        label: walk, stand, dance …
        split: train or val.
        description: what is done in it.
        same_take_as: name of another clip of the same take; empty for none.
    """

    path: Path
    source: str
    label: str
    split: str
    description: str
    same_take_as: str = ""

    @property
    def name(self) -> str:
        """File name without its ending."""
        return self.path.stem


def list_clips(
    folder: Path, labels: Collection[str] = (), split: str | None = None
) -> list[ClipEntry]:
    """Rows of a folder's index, in its order.

    Args:
        folder: holds clips.csv and the BVH files, such as ``mocap/cmu``.
        labels: of which one is desired; empty for all.
        split: ``train`` or ``val``; None for both.

    Raises:
        InputError: the folder has no index.
    """
    return [
        each
        for each in _read_index(folder)
        if (not labels or each.label in labels) and split in (None, each.split)
    ]


def _read_index(folder: Path) -> Iterator[ClipEntry]:
    index = folder / INDEX
    if not index.is_file():
        raise InputError(f"{index} is missing; expected a folder of recordings with its {INDEX}")
    with index.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            path = folder / f"{row['clip']}.bvh"
            about = (row[name] for name in ("source", "label", "split", "description"))
            yield ClipEntry(path, *about, row.get("same_take_as") or "")


def read_standing_clip(path: Path, frame_rate_hz: float = MODEL_FRAME_RATE_HZ) -> MotionClip:
    """A recording on the common skeleton, knees straight, its floor level and at y = 0.

    Args:
        path: a BVH file in metres, Y up.
        frame_rate_hz: desired.
    """
    return stand_on_ground(read_common_clip(path, frame_rate_hz))


def read_common_clip(path: Path, frame_rate_hz: float = MODEL_FRAME_RATE_HZ) -> MotionClip:
    """A recording on the common skeleton without its skeleton's bent knees, on its own floor.

    Args:
        path: a BVH file in metres, Y up.
        frame_rate_hz: desired.
    """
    _log.debug("reading %s", path)
    clip = read_bvh(path)
    heights = planted_toe_heights(clip)
    common = retarget_clip(clip, COMMON_SKELETON, planted_toe_heights_m=heights)
    return with_straight_knees(resample_clip(common, frame_rate_hz))


def stand_on_ground(clip: MotionClip) -> MotionClip:
    """Level a clip's floor and shift it so that feet, where lowest, have their planted height."""
    lift = -tilted_floor(foot_positions(clip), clip.root_positions)[:, None] * UP
    clip = replace(clip, root_positions=clip.root_positions + lift)
    feet = foot_positions(clip)
    lowest = np.percentile(feet[..., 1], _LOWEST_PERCENT, axis=0)
    shift = np.array([0, np.median(lowest - PLANTED_HEIGHTS_M), 0], np.float32)
    return replace(clip, root_positions=clip.root_positions - shift)


def foot_positions(clip: MotionClip) -> Floats:
    """(T, 4, 3) left heel, left toe, right heel, right toe."""
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return joints[:, clip.skeleton.indices(FOOT_JOINTS)]
