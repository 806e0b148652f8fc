"""What eyes see and measures miss: trembling, stiff arms, leaning, sinking, lateness."""

from __future__ import annotations

from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotations import quaternion_rotate
from blender_addon.core.physics.figure import BODY_NAMES
from blender_addon.core.physics.joints import track_rates

from .recording import RATE_HZ, Recording
from .shapes import Placed

TREMBLES_HZ: Final = 6.0
_SHORTEST: Final = 64
_SEARCH_FRAMES: Final = 60
_MOVES_M_S: Final = 0.3


def jerk_ratio(recording: Recording) -> float | None:
    """Mean jerk of all joints in the world over that of what was followed."""
    done, asked = (_jerk(Placed.of(each)) for each in (recording.poses, recording.followed))
    return done / asked if recording.frames > 3 and asked > 0.0 else None


def tremble_ratio(recording: Recording) -> float | None:
    """Power of the joints' rates above 6 Hz over that of what was followed."""
    done, asked = (_fast_power(each) for each in (recording.poses, recording.followed))
    return None if done is None or not asked else done / asked


def arm_swing_ratio(recording: Recording) -> float | None:
    """How far the upper arms swing about where they hang on average, over what was followed."""
    done, asked = (_swing(Placed.of(each)) for each in (recording.poses, recording.followed))
    return done / asked if asked > 1e-3 else None


def lean_deg(recording: Recording) -> float:
    """How much further forward the trunk leans than was asked, on average."""
    done, asked = (_lean(Placed.of(each)) for each in (recording.poses, recording.followed))
    return float(np.degrees(done - asked).mean())


def sunk_cm(recording: Recording) -> float:
    """How much lower the pelvis is than was asked, on average."""
    return float(100.0 * (recording.followed[:, 1] - recording.poses[:, 1]).mean())


def late_s(recording: Recording) -> float | None:
    """How long ago the animation was where the pelvis is, on average while it moves."""
    done, asked = (each[:, [0, 2]] for each in (recording.poses, recording.followed))
    speeds = np.linalg.norm(np.gradient(asked, axis=0), axis=1) * RATE_HZ
    late = []
    for frame in np.flatnonzero(speeds > _MOVES_M_S):
        first = max(0, frame - _SEARCH_FRAMES)
        away = np.linalg.norm(asked[first : frame + _SEARCH_FRAMES] - done[frame], axis=1)
        nearest = first + int(np.argmin(away))
        if nearest > 0:  # else it may have been there before the recording began
            late.append(frame - nearest)
    return float(np.mean(late) / RATE_HZ) if late else None


def path_distances(places: Floats, way: Floats) -> Floats:
    """(T,) distance of places (T, 2) to the polyline (N, 2)."""
    starts, steps = way[:-1], np.diff(way, axis=0)
    lengths = np.maximum(np.square(steps).sum(axis=1), 1e-12)
    away = places[:, None] - starts
    share = np.clip(np.einsum("tnc,nc->tn", away, steps) / lengths, 0.0, 1.0)
    nearest = away - share[..., None] * steps
    return np.asarray(np.linalg.norm(nearest, axis=-1).min(axis=1))


def _jerk(placed: Placed) -> float:
    if len(placed.positions) < 4:
        return 0.0
    jerks = np.diff(placed.positions, n=3, axis=0) * RATE_HZ**3
    return float(np.linalg.norm(jerks, axis=-1).mean())


def _fast_power(poses: Floats) -> float | None:
    """Mean square of the joints' rates above 6 Hz, (rad/s)²."""
    if len(poses) < _SHORTEST:
        return None
    rates = track_rates(poses, RATE_HZ)[:, 6:]
    window = np.hanning(len(rates))[:, None]
    power = np.square(np.abs(np.fft.rfft((rates - rates.mean(axis=0)) * window, axis=0)))
    fast = np.fft.rfftfreq(len(rates), 1.0 / RATE_HZ) > TREMBLES_HZ
    return float(power[fast].sum() / len(rates) ** 2)


def _swing(placed: Placed) -> float:
    """Spread of the upper arms' direction in the chest's axes, radians."""
    spreads = []
    for side in ("left_", "right_"):
        arm = placed.rotations[:, BODY_NAMES.index(side + "upper_arm")]
        chest = placed.rotations[:, BODY_NAMES.index("chest")] * np.array([1.0, -1.0, -1.0, -1.0])
        down = quaternion_rotate(chest, quaternion_rotate(arm, np.array([0.0, -1.0, 0.0])))
        spreads.append(np.sqrt(down.var(axis=0).sum()))
    return float(np.mean(spreads))


def _lean(placed: Placed) -> Floats:
    """(T,) of the line from pelvis to head, forward of upright by where the pelvis faces."""
    spine = placed.positions[:, BODY_NAMES.index("head")] - placed.positions[:, 0]
    ahead = quaternion_rotate(placed.rotations[:, 0], np.array([0.0, 0.0, 1.0]))
    ahead[:, 1] = 0.0
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    return np.arctan2(np.einsum("tc,tc->t", spine, ahead), spine[:, 1])
