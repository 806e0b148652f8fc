"""What is still to come, walked anew by a walk generator: from the figure's place, speed and step.

A generator begins to walk from standing. So it is asked for a run-up on the line on which the
figure comes, in several lengths; of all frames near the figure's place the one is taken that is
most like its pose, so that the same foot is ahead at the same speed.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from ...ground.path import Path, Stop
from ...ground.terrain import soften
from ...maths.headings import headings_to_directions
from ...maths.smoothing import gaussian_smooth, smoothstep
from ...motion.clip import MotionClip
from ..clip_poses import FRAME_RATE_HZ, clip_to_poses
from ..joints import joint_vectors
from .onward import Now
from .prepare import track_of
from .surroundings import Surroundings
from .walker import WalkAsked, Walker

_RUN_UP_M: Final = 2.0
_RUN_UPS: Final = (0.0, 0.18, 0.36, 0.54)
_NEAR_M: Final = 0.3
_BACK_M: Final = (1.2, 5.0)
_SPACING_M: Final = 0.1
_SLOWEST_M_S: Final = 0.4
_STILL_M_S: Final = 0.15
_PAUSE_FRAMES: Final = 24
_LEAST_WAY_M: Final = 1.0
_PLACE_WEIGHT: Final = 2.0


def walked_anew(
    rest: MotionClip, now: Now, around: Surroundings, walker: Walker
) -> MotionClip | None:
    """The rest of a walk made by a generator; None where hardly any way is left.

    Args:
        rest: at 60 Hz, from the moment on at which the figure is.
        now: where it is.
        around: ground and things.
        walker: the generator.
    """
    track = track_of(rest)
    speeds = np.linalg.norm(np.gradient(track, axis=0), axis=1) * FRAME_RATE_HZ
    gone = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(track, axis=0), axis=1))))
    if gone[-1] < _LEAST_WAY_M or speeds[: _PAUSE_FRAMES // 2].mean() < _SLOWEST_M_S:
        return None
    asked = [_asked(track, speeds, gone, now, around, _RUN_UP_M + more) for more in _RUN_UPS]
    clips = walker.walk(asked)
    cuts = [_best_cut(clip, now) for clip in clips]
    best = int(np.argmin([cost for cost, _ in cuts]))
    clip, first = clips[best], cuts[best][1]
    contacts = None if clip.contacts is None else clip.contacts[first:]
    return MotionClip(
        clip.skeleton,
        clip.frame_rate_hz,
        clip.root_positions[first:],
        clip.rotations_wxyz[first:],
        contacts,
    )


def _asked(
    track: Floats, speeds: Floats, gone: Floats, now: Now, around: Surroundings, run_up_m: float
) -> WalkAsked:
    """From a run-up behind the figure back to the path and along it."""
    moving = np.concatenate(([True], np.diff(gone) > 1e-6))
    arcs = np.arange(0.0, gone[-1], _SPACING_M)
    line = np.stack([np.interp(arcs, gone[moving], c[moving]) for c in track.T], axis=-1)
    off = now.root_xz - track[0]
    back = max(_BACK_M[0], _BACK_M[1] * float(np.linalg.norm(off)))
    line = line + off * (1.0 - smoothstep(arcs / back))[:, None]
    toward = headings_to_directions(np.asarray(now.heading_rad))
    behind = np.arange(-run_up_m, -0.5 * _SPACING_M, _SPACING_M)
    points = np.concatenate((line[0] + behind[:, None] * toward, line))
    pace = np.maximum(gaussian_smooth(speeds, 10.0, keep_ends=True), _SLOWEST_M_S)
    asked = np.interp(arcs, gone, pace)
    paces = np.concatenate((np.full(len(behind), asked[0]), asked))
    path = Path(np.insert(points, 1, 0.0, axis=1), paces)
    stops = _stops(speeds, gone, path.length_m - gone[-1], path.length_m)
    after = int(np.argmax(speeds[::-1] > _STILL_M_S)) / FRAME_RATE_HZ
    return WalkAsked(
        Path(path.points, path.speeds_m_s, stops), soften(around.ground), 0.3, max(after, 0.5)
    )


def _stops(speeds: Floats, gone: Floats, shift_m: float, length_m: float) -> tuple[Stop, ...]:
    """Pauses of a track."""
    still = np.concatenate(([False], speeds < _STILL_M_S, [False]))
    edges = np.flatnonzero(np.diff(still.astype(np.int8)))
    found = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stop - start >= _PAUSE_FRAMES and start > 0 and stop < len(speeds):
            at = float(np.clip(gone[start] + shift_m, 0.0, length_m))
            found.append(Stop(at, (stop - start) / FRAME_RATE_HZ))
    return tuple(found)


def _best_cut(clip: MotionClip, now: Now) -> tuple[float, int]:
    """How unlike the figure's pose the likest frame near its place is, and which that is."""
    away = np.linalg.norm(clip.root_positions[:, [0, 2]] - now.root_xz, axis=1)
    frames = np.flatnonzero(away < max(_NEAR_M, float(away.min()) + 1e-6))
    part = MotionClip(
        clip.skeleton, clip.frame_rate_hz, clip.root_positions[frames], clip.rotations_wxyz[frames]
    )
    joints = joint_vectors(clip_to_poses(part).poses)
    unlike = np.square(joints - joint_vectors(now.pose)).mean(axis=1)
    costs = unlike + _PLACE_WEIGHT * 0.1 * np.square(away[frames])
    best = int(costs.argmin())
    return float(costs[best]), int(frames[best])
