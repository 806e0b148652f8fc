"""Who is compared: every system takes what was tracked of a film, and says where joints are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from blender_addon.core.errors import InputError
from blender_addon.core.video.points import (
    JOINTS,
    TOP_ABOVE_EARS,
    joint_confidence,
    joints_of,
    middle_of_hips,
)
from blender_addon.core.video.tracked import Seen, TrackedPerson

from .scores import Followed
from .truth import FilmTruth, Reals

BLAZEPOSE: Final = "blazepose_world"
PROBE: Final = "probe"
PROBE_MEAN: Final = "probe_and_world"
PERFECT: Final = "_true_2d"
"""Ends the name of a system that is given the true points: what better tracking could bring."""

_LANDMARK_OF: Final = {"LeftFoot": 27, "RightFoot": 28, "LeftHand": 15, "RightHand": 16}
_FOLLOWERS: Final[Mapping[int, tuple[int, ...]]] = {
    27: (29, 31), 28: (30, 32), 15: (17, 19, 21), 16: (18, 20, 22), 7: (1, 2, 3, 9),
    8: (0, 4, 5, 6, 10),
}  # fmt: skip
"""Landmarks that are no joints, by the one that they are moved with."""
_SAME: Final = (27, 28, 25, 26, 23, 24, 11, 12, 13, 14, 15, 16)
_PROBE_FRAMES, _PROBE_HZ = 27, 30.0


@dataclass(frozen=True, eq=False)
class Shown:
    """A film as every system gets it: its truth is for the camera, where a system may know it."""

    truth: FilmTruth
    tracked: TrackedPerson


System = Callable[[Shown], Followed]


def with_true_points(shown: Shown) -> Shown:
    """The same film, as a tracker without error would have seen it.

    Landmarks that are no joints keep their place beside the joint that they belong to.
    """
    tracked = shown.tracked
    true = shown.truth.points_px
    points = np.array(tracked.points_px, np.float64)
    neck, top = true[:, JOINTS.index("Neck")], true[:, JOINTS.index("HeadTop")]
    ears = (top + TOP_ABOVE_EARS * neck) / (1.0 + TOP_ABOVE_EARS)
    wanted = {landmark: true[:, joint] for joint, landmark in enumerate(_SAME)}
    apart = 0.5 * (points[:, 7] - points[:, 8])
    wanted |= {7: ears + apart, 8: ears - apart}
    for landmark, place in wanted.items():
        shift = place - points[:, landmark]
        for other in (landmark, *_FOLLOWERS.get(landmark, ())):
            points[:, other] += shift
    unseen = tracked.seen == Seen.EMPTY
    points[unseen] = np.nan
    visible = np.where(unseen[:, None], 0.0, np.ones_like(tracked.visibility))
    return Shown(shown.truth, replace(tracked, points_px=points, visibility=visible))


def blazepose_world(shown: Shown) -> Followed:
    """The landmark network's own places in space, bones as found."""
    joints = joints_of(np.asarray(shown.tracked.world_m, np.float64))
    return Followed(joints, joints_of(np.asarray(shown.tracked.points_px, np.float64)))


class ProbeLifter:
    """The lifter that was trained for seven minutes: a baseline to beat.

    It takes 27 frames of rays at 30 Hz and gives the middle pose.
    """

    def __init__(self, onnx: Path) -> None:
        import onnxruntime

        if not onnx.is_file():
            raise InputError(f"there is no file {onnx}; name the probe's network with --probe")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(
            str(onnx), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, shown: Shown) -> Followed:
        """Lift by the true focal length, as the probe was measured."""
        tracked = shown.tracked
        points = joints_of(np.asarray(tracked.points_px, np.float64))
        rays = np.asarray(shown.truth.camera.rays(points), np.float64)
        sure = joint_confidence(np.asarray(tracked.visibility, np.float64))
        count = max(round(len(rays) * _PROBE_HZ / tracked.frame_rate_hz), 1)
        times = np.arange(count) * tracked.frame_rate_hz / _PROBE_HZ
        lifted = self._lift(_at(rays, times), _at(sure, times))
        back = np.arange(len(rays)) * _PROBE_HZ / tracked.frame_rate_hz
        joints = _at(lifted, back)
        joints[tracked.seen == Seen.EMPTY] = np.nan
        return Followed(joints, points)

    def _lift(self, rays: Reals, sure: Reals) -> Reals:
        half = _PROBE_FRAMES // 2
        near = np.clip(np.arange(len(rays))[:, None] + np.arange(-half, half + 1), 0, len(rays) - 1)
        rays, sure = rays[near], sure[near]
        middle = middle_of_hips(rays)[:, half]
        span = (rays.max(axis=2) - rays.min(axis=2)).max(axis=-1)
        size = span[:, _PROBE_FRAMES // 4 : 3 * _PROBE_FRAMES // 4].mean(axis=1) + 1e-6
        placed = (rays - middle[:, None, None]) / size[:, None, None, None]
        where = np.concatenate((middle, np.log(size)[:, None]), axis=-1)
        features = np.concatenate(
            (
                placed.reshape(len(rays), _PROBE_FRAMES, -1),
                sure,
                np.repeat(where[:, None], _PROBE_FRAMES, axis=1),
            ),
            axis=-1,
        )
        feed = features.astype(np.float32).transpose(0, 2, 1)
        name = self._session.get_inputs()[0].name
        return np.asarray(self._session.run(None, {name: feed})[0], np.float64)


def mean_with_world(system: System) -> System:
    """The plain mean of a system's joints and the landmark network's own."""

    def mean(shown: Shown) -> Followed:
        ours, theirs = system(shown), blazepose_world(shown)
        pair = [each.seen_m - middle_of_hips(each.seen_m)[:, None] for each in (ours, theirs)]
        return replace(ours, seen_m=0.5 * (pair[0] + pair[1]))

    return mean


def perfect(system: System) -> System:
    """A system that is given the true points in the picture."""
    return lambda shown: system(with_true_points(shown))


def _at(values: Reals, frames: Reals) -> Reals:
    """Values (T, …) between frames, linearly; gaps are filled from their neighbours."""
    flat = values.reshape(len(values), -1)
    out = np.empty((len(frames), flat.shape[1]))
    for column in range(flat.shape[1]):
        known = np.flatnonzero(np.isfinite(flat[:, column]))
        if len(known):
            out[:, column] = np.interp(frames, known, flat[known, column])
        else:
            out[:, column] = 0.0
    return out.reshape(len(frames), *values.shape[1:])
