"""Turn captured motion into paths to be walked: the root's way, with its speeds and pauses."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path as FilePath

import numpy as np

from backend.motion_quality.frechet import Reals
from blender_addon.core.conventions import Bools
from blender_addon.core.errors import ClipError, InputError
from blender_addon.core.feet.contacts import spans
from blender_addon.core.feet.measures import SMOOTHING_S, moving_average
from blender_addon.core.ground.path import Path, Stop
from blender_addon.core.motion.clip import MotionClip

from .captured import CapturedClip, load_clip
from .suite import WalkCase

PAUSE_M_S = 0.25
SHORTEST_PAUSE_S = 0.3
SHORTEST_M = 1.0
_SPACING_M = 0.05

_log = logging.getLogger(__name__)


def load_clip_folder(folder: FilePath) -> list[CapturedClip]:
    """Every BVH file of a folder and its sub-folders, in the order of their names.

    Single poses are left out and named in the log.

    Raises:
        InputError: there is none.
    """
    files = sorted(folder.rglob("*.bvh"))
    clips = []
    for file in files:
        try:
            clips.append(load_clip(file))
        except ClipError as error:
            _log.warning("left out: %s", error)
    if not clips:
        raise InputError(
            f"no .bvh file of a motion under {folder}; name a folder of captured clips"
        )
    return clips


def clip_cases(clips: Sequence[CapturedClip], fastest_m_s: float) -> list[WalkCase]:
    """A path to walk for each clip that goes at least a metre; the others are named in the log.

    Args:
        clips: captured motion.
        fastest_m_s: what the model can be asked for; faster clips are asked at this speed.
    """
    cases = []
    for captured in clips:
        path = clip_path(captured.clip, fastest_m_s)
        if path is None:
            _log.warning("%s goes less than %g m: left out", captured.name, SHORTEST_M)
        else:
            cases.append(WalkCase(captured.name, path))
    return cases


def clip_path(clip: MotionClip, fastest_m_s: float) -> Path | None:
    """The smoothed way of a clip's root, with its speeds and its pauses; None if under a metre."""
    rate = clip.frame_rate_hz
    track = clip.root_positions[:, [0, 2]].astype(np.float64)
    track = moving_average(track, round(SMOOTHING_S * rate))
    speeds = np.linalg.norm(np.gradient(track, axis=0), axis=-1) * rate
    pausing = speeds < PAUSE_M_S
    steps = np.where(pausing[1:], 0.0, np.linalg.norm(np.diff(track, axis=0), axis=-1))
    along = np.concatenate(([0.0], np.cumsum(steps)))
    if along[-1] < SHORTEST_M:
        return None
    moving = np.concatenate(([True], steps > 0))
    even = np.linspace(0.0, along[-1], max(round(along[-1] / _SPACING_M), 2) + 1)
    x, z, desired = (
        np.interp(even, along[moving], values[moving])
        for values in (track[:, 0], track[:, 1], speeds)
    )
    desired = np.clip(desired, PAUSE_M_S, fastest_m_s)
    path = Path(np.stack((x, 0 * x, z), axis=-1), desired)
    return Path(path.points, path.speeds_m_s, _pauses(pausing, along, rate, path.length_m))


def _pauses(pausing: Bools, along: Reals, rate_hz: float, length_m: float) -> tuple[Stop, ...]:
    """Stops on the way; standing at the beginning and the end is asked for by the case itself."""
    return tuple(
        Stop(min(float(along[start]), length_m), (stop - start) / rate_hz)
        for start, stop in spans(pausing)
        if stop - start >= SHORTEST_PAUSE_S * rate_hz and 0 < along[start] < along[-1]
    )
