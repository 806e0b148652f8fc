"""Captured clips on the common skeleton: the reference, the floor, and where cycles come from."""

from __future__ import annotations

import csv
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path as FilePath

import numpy as np

from backend.mocap.common_clips import foot_positions
from backend.mocap.knees import with_straight_knees
from backend.mocap.levelling import tilted_floor
from backend.motion_quality.frechet import Reals
from backend.motion_quality.windows import Windows, cut_windows, join_windows
from blender_addon.core.bvh import read_bvh
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.errors import ClipError, InputError
from blender_addon.core.feet.measures import estimate_planted_heights, moving_average
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import (
    COMMON_SKELETON,
    PLANTED_HEIGHTS_M,
)
from blender_addon.core.motion.mirror import mirror_clip
from blender_addon.core.motion.resample import resample_clip
from blender_addon.core.retarget.clip import retarget_clip

WALKING_LABELS = ("walk", "turn", "run", "uneven")
STANDING_LABELS = ("stand",)
SHORTEST_FRAMES = 2
_ENVELOPE_S = 1.2

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class CapturedClip:
    """One captured clip, ready to be measured.

    Args:
        name: of its file.
        label: walk, turn, run, uneven …
        clip: common skeleton, 60 frames a second, standing on y = 0.
        ground_m: (T,) height of the ground under the character.
        planted_heights_m: (4,) height of heels and toes when planted, seen from the clip.
    """

    name: str
    label: str
    clip: MotionClip
    ground_m: Reals
    planted_heights_m: Reals


def load_captured(data: FilePath, split: str) -> list[CapturedClip]:
    """Clips of ``data/cmu`` that walk, turn or run, of the part ``train`` or ``val``.

    A take that came to us twice counts once; that of 15 bodies and 30 frames a second (cmu_amp) is
    left out, since its two walks are there in full as well.

    Raises:
        InputError: there is no clips.csv, or it names no clip of that part.
    """
    found = _load_labelled(data, split, WALKING_LABELS)
    if not found:
        raise InputError(
            f"{data / 'cmu' / 'clips.csv'} names no walking clip of the part '{split}'"
        )
    return found


def load_standing(data: FilePath, split: str) -> list[CapturedClip]:
    """Clips of ``data/cmu`` of people who stand, of the part ``train`` or ``val``; perhaps none.

    Raises:
        InputError: there is no clips.csv.
    """
    return _load_labelled(data, split, STANDING_LABELS)


def _load_labelled(data: FilePath, split: str, labels: Sequence[str]) -> list[CapturedClip]:
    table = data / "cmu" / "clips.csv"
    if not table.is_file():
        raise InputError(f"no {table}; give the folder that holds cmu/clips.csv with --data")
    with table.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    found, seen = [], set[str]()
    for row in rows:
        desired = row["label"] in labels and row["source"] != "cmu_amp"
        if desired and row["same_take_as"] not in seen:
            seen.add(row["clip"])
            found.append(load_clip(data / "cmu" / f"{row['clip']}.bvh", row["label"]))
    return found


def load_clip(path: FilePath, label: str = "walk") -> CapturedClip:
    """Read a BVH file onto the common skeleton at 60 frames a second, feet on y = 0.

    Like the recordings that are trained on, without its skeleton's bent knees.

    Raises:
        ClipError: it is a pose, not a motion.
    """
    _log.debug("reading %s", path)
    clip = resample_clip(read_bvh(path), MODEL_FRAME_RATE_HZ)
    if clip.frame_count < SHORTEST_FRAMES:
        raise ClipError(
            f"{path.name} holds {clip.frame_count} frame at {MODEL_FRAME_RATE_HZ:g} Hz; a motion "
            f"needs at least {SHORTEST_FRAMES}"
        )
    clip = retarget_clip(clip, COMMON_SKELETON)
    clip = with_straight_knees(clip)
    feet = foot_positions(clip).astype(np.float64)
    ground, tilt = np.zeros(clip.frame_count), np.zeros(clip.frame_count)
    if label == "uneven":
        ground = _envelope(feet)
    else:
        tilt = tilted_floor(feet, clip.root_positions)
    under = np.repeat((ground + tilt)[:, None], 4, axis=1)
    planted = estimate_planted_heights(feet, under, clip.frame_rate_hz)
    lift = float(np.mean(PLANTED_HEIGHTS_M - planted))
    root = clip.root_positions.copy()
    root[:, 1] += lift - tilt
    return CapturedClip(
        path.stem, label, replace(clip, root_positions=root), ground, planted + lift
    )


def _envelope(feet: Reals) -> Reals:
    """(T,) ground under somebody on unrecorded rises: lowest foot joint over 1.2 s, smoothed."""
    lowest = (feet[..., 1] - PLANTED_HEIGHTS_M).min(axis=1)
    width = round(_ENVELOPE_S * MODEL_FRAME_RATE_HZ)
    padded = np.pad(lowest, width // 2, mode="edge")
    running = np.lib.stride_tricks.sliding_window_view(padded, width // 2 * 2 + 1).min(axis=1)
    return np.asarray(moving_average(running[:, None], width)[:, 0])


def captured_windows(clips: Sequence[CapturedClip], *, mirrored: bool = True) -> Windows:
    """Naturalness windows of captured clips, each also mirrored left to right."""
    parts = [cut_windows(c.clip, c.ground_m) for c in clips]
    if mirrored:
        parts += [cut_windows(mirror_clip(c.clip), c.ground_m) for c in clips]
    return join_windows(parts)
