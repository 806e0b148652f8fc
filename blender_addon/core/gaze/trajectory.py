"""From events to the way of the gaze, frame by frame.

Gaze rests on a point, a moving one if its target moves (pursuit), and jumps to the next one as a
saccade that ends when the event begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Bools, Floats, Ints
from ..face.saccades import saccade_durations, saccade_progress
from ..maths.rotations import normalise, quaternion_rotate, wrap_angle
from ..maths.smoothing import gaussian_smooth
from .eye_head_features import angles_to_directions, directions_in_head
from .plan import GazePlan
from .request import GazeRequest
from .surroundings import Surroundings

_FOCUS_FRAMES: Final = 3.0
_NEAREST_SHARE: Final = 2.0
"""No focus nearer than so many eye distances: 12.6 cm."""


@dataclass(frozen=True, eq=False)
class GazeTrajectory:
    """The gaze of one character over T frames, with N shifts between N + 1 fixations.

    Args:
        desired_directions: (T, 3) unit, world; it jumps where a shift begins.
        angles_rad: (T, 2) gaze from the head as animated, saccades drawn.
        distances_m: (T,) at which the eyes focus.
        shift_s: (N,) when shifts begin.
        amplitudes_rad: (N,) of the shifts.
        event: (T,) number of the fixation that is going on or being moved to.
        reached: (T,) False where the point is beyond the reach of eyes and head.
    """

    desired_directions: Floats
    angles_rad: Floats
    distances_m: Floats
    shift_s: Floats
    amplitudes_rad: Floats
    event: Ints
    reached: Bools


def draw_trajectory(request: GazeRequest, around: Surroundings, plan: GazePlan) -> GazeTrajectory:
    """Turn a plan into the way of the gaze.

    Args:
        request, around, plan: of one character; T frames, N + 1 events.
    """
    frames = request.frame_count
    head = np.asarray(request.head_positions, np.float64)
    turned = normalise(np.asarray(request.head_rotations_wxyz, np.float64))
    amplitude, start = _shifts(head, around, plan)
    times = np.arange(frames) / MODEL_FRAME_RATE_HZ
    event = np.searchsorted(start, times, side="right")  # the first event has no shift
    now = _away(head, around, plan, event, np.arange(frames))
    aim, reached = _within_reach(directions_in_head(now, turned), around.reach_rad)
    angles, nearness = aim.copy(), 1.0 / np.linalg.norm(now, axis=-1)
    # Under way, between where gaze was and where it will be.
    since = times - np.concatenate(([-1e3], start))[event]
    size = np.concatenate(([0.0], amplitude))[event]
    moving = np.flatnonzero(since < saccade_durations(size))
    done = saccade_progress(since[moving], size[moving])
    before = _away(head, around, plan, event[moving] - 1, moving)
    origin, _ = _within_reach(directions_in_head(before, turned[moving]), around.reach_rad)
    angles[moving] = origin + done[:, None] * (aim[moving] - origin)
    was = 1.0 / np.linalg.norm(before, axis=-1)
    nearness[moving] = was + done * (nearness[moving] - was)
    focus = 1.0 / gaussian_smooth(nearness, _FOCUS_FRAMES)
    return GazeTrajectory(
        desired_directions=quaternion_rotate(turned, angles_to_directions(aim)),
        angles_rad=angles,
        distances_m=np.maximum(focus, _NEAREST_SHARE * request.eye_distance_m),
        shift_s=start,
        amplitudes_rad=amplitude,
        event=event,
        reached=reached,
    )


def _away(head: Floats, around: Surroundings, plan: GazePlan, event: Ints, frame: Ints) -> Floats:
    """(T, 3) from the eyes to what events (T,) look at, at frames (T,)."""
    target = plan.target[event]
    # A saccade on its way aims at where its target will be, and stays when the target is lost.
    land = np.floor(plan.land_s[event] * MODEL_FRAME_RATE_HZ).astype(np.int64)
    followed = np.maximum(np.minimum(np.maximum(frame, land), plan.until_frame[event]), 0)
    centre = around.positions[np.maximum(target, 0), followed]
    # A place beside the partner is far away: walking on does not bring it nearer.
    away = np.where((target < 0)[:, None], 0.0, centre - head[frame])
    return np.asarray(away + plan.deltas_m[event])


def _shifts(head: Floats, around: Surroundings, plan: GazePlan) -> tuple[Floats, Floats]:
    """Amplitudes (N,) of the shifts and when they begin (N,)."""
    land = plan.land_s[1:]
    frame = np.clip(np.rint(land * MODEL_FRAME_RATE_HZ), 0, len(head) - 1).astype(np.int64)
    number = np.arange(1, len(plan.land_s))
    after = normalise(_away(head, around, plan, number, frame))
    before = normalise(_away(head, around, plan, number - 1, frame))
    half = 0.5 * np.linalg.norm(after - before, axis=-1)
    amplitude = 2.0 * np.arcsin(np.minimum(half, 1.0))
    # A target that moved since may be farther than planned, but shifts keep their order.
    return amplitude, np.maximum(land - saccade_durations(amplitude), plan.land_s[:-1] + 0.01)


def _within_reach(angles_rad: Floats, reach: Floats) -> tuple[Floats, Bools]:
    side, up, down = reach
    yaw = wrap_angle(angles_rad[:, 0])
    limited = np.stack((np.clip(yaw, -side, side), np.clip(angles_rad[:, 1], -down, up)), axis=-1)
    return limited, np.abs(limited - angles_rad).max(axis=-1) < 1e-6
