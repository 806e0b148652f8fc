"""How an animal carries itself in a walk and a gallop, as curves over the stride, from the loops.

Trunk, neck, head and tail by the phase of the stride; what the legs do beyond reaching their paws
by each leg's own phase, warped so that it stands over the first half of its curve and swings over
the second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from scipy.ndimage import uniform_filter1d

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.maths.rotation_vectors import quaternion_to_vector
from blender_addon.core.maths.rotations import (
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.body import Family
from blender_addon.core.quadruped.skeleton import CHEST, HIPS, LEGS, MIRROR, PAWS

from .loops import TRUNK_JOINTS, Loop, read_loops, sampled

SAMPLES: Final = 64
"""Of a stride, and of each half of a leg's curve."""

_LOW: Final = 0.2
"""Part of a foot's rise below which it counts as down."""

_SOURCES: Final[Mapping[tuple[Family, str], tuple[str, ...]]] = {
    (Family.HOOFED, "walk"): (
        "horse_walk", "bull_walk", "stag_walk", "alpaca_walk", "horse2_walk",
    ),
    (Family.HOOFED, "gallop"): (
        "horse_gallop", "bull_gallop", "stag_gallop", "alpaca_gallop", "horse2_run",
    ),
    (Family.CANINE, "walk"): ("wolf_walk", "fox_walk", "fox2_walk"),
    (Family.CANINE, "gallop"): ("wolf_gallop", "fox_gallop", "fox2_run"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class GaitStyle:
    """One way to carry oneself; sample 0 of the stride is the left hind foot's landing.

    Args:
        name: of the loop.
        landings: (4,) when the feet land, as parts of the stride, LH, LF, RH, RF.
        trunk_rad: (S, 11, 3) rotation vectors of trunk, neck, head and tail against the joint
            above; of the hips against the line from hips to chest.
        sway_h: (S, 2) sideways and fore-and-aft way of the trunk's middle, hip heights.
        legs_rad: (2, 2 S) style angle of hind and front legs, standing then swinging.
        feet_rad: (2, 2 S) pitch of hind and front feet, toe down positive, likewise.
    """

    name: str
    landings: Floats
    trunk_rad: Floats
    sway_h: Floats
    legs_rad: Floats
    feet_rad: Floats

    def mirrored(self) -> GaitStyle:
        """The same with left and right exchanged."""
        shift = self.landings[2]
        landings = (self.landings[[2, 3, 0, 1]] - shift) % 1.0
        at = (np.arange(SAMPLES) + shift * SAMPLES) % SAMPLES
        trunk = cyclic(self.trunk_rad, at / SAMPLES)[:, MIRROR[:TRUNK_JOINTS]]
        sway = cyclic(self.sway_h, at / SAMPLES)
        flip = np.array([1.0, -1.0, -1.0])
        return replace(
            self, landings=landings, trunk_rad=trunk * flip, sway_h=sway * np.array([-1.0, 1.0])
        )


def cyclic(curve: Floats, phases: Floats) -> Floats:
    """A curve (S, …) over one turn at phases (T,) of any size: (T, …)."""
    at = np.mod(phases, 1.0) * len(curve)
    low = np.minimum(at.astype(np.int64), len(curve) - 1)
    part = (at - low).reshape(-1, *[1] * (curve.ndim - 1))
    return np.asarray(curve[low] * (1 - part) + curve[(low + 1) % len(curve)] * part)


def read_styles(data: Path) -> dict[tuple[Family, str], tuple[GaitStyle, ...]]:
    """Every walk's and gallop's style of the seen animals, by family and gait.

    Args:
        data: the folder data/quadruped.
    """
    wanted = {name for names in _SOURCES.values() for name in names}
    loops = read_loops(data, wanted.__contains__)
    return {
        key: tuple(style_of(loops[name]) for name in names if name in loops)
        for key, names in _SOURCES.items()
    }


def style_of(loop: Loop) -> GaitStyle:
    """The style of a loop: the mean of its turns."""
    cycle = loop.cycle_frames
    turns = max(int((loop.clip.frame_count - 1) / cycle), 1)
    at = (np.arange(turns)[:, None] + np.arange(SAMPLES) / SAMPLES) * cycle
    positions, rotations = forward_kinematics(
        loop.clip.skeleton, loop.clip.root_positions, loop.clip.rotations_wxyz
    )
    line = line_rotations(loop.body.rest_m, positions)
    local = loop.clip.rotations_wxyz[:, :TRUNK_JOINTS].copy()
    local[:, 0] = quaternion_multiply(quaternion_conjugate(line), rotations[:, 0])
    trunk = _mean_turn(quaternion_to_vector(_positive(local)), at)
    level = positions - (positions[:, HIPS] + positions[:, CHEST])[:, None] / 2
    paws = _mean_turn(_in_heading(level[:, list(PAWS)], line), at)
    heights = _mean_turn(positions[:, list(PAWS), 1], at)
    down = np.stack([_stance(paws[:, n, 2], heights[:, n]) for n in range(4)], axis=1)
    landings = np.array([_first(down[:, n]) for n in range(4)])
    styles = _mean_turn(loop.styles_rad, at)
    pitches = _mean_turn(_pitches(loop.feet_wxyz), at)
    middle = (positions[:, HIPS] + positions[:, CHEST]) / 2
    off = middle - uniform_filter1d(middle, max(round(cycle), 3), axis=0, mode="nearest")
    inner = at[1:-1] if len(at) > 2 else at
    sway = _mean_turn(_in_heading(off[:, None], line)[:, 0], inner)[:, [0, 2]]
    order = (np.arange(SAMPLES) + landings[0]) % SAMPLES
    kinds = [[n for n, leg in enumerate(LEGS) if leg.fore is fore] for fore in (False, True)]
    return GaitStyle(
        loop.name,
        (landings - landings[0]) % SAMPLES / SAMPLES,
        _smooth(trunk)[order],
        _centred(sway)[order] / loop.body.hip_height_m,
        _smooth_legs(np.stack([_warped(styles, down, legs) for legs in kinds])),
        _smooth_legs(np.stack([_warped(pitches, down, legs) for legs in kinds])),
    )


def line_rotations(rest_m: Floats, positions_m: Floats) -> Floats:
    """(T, 4) heading and pitch, no roll, of the line hips–chest of (T, 27, 3) against standing."""
    rest, now = rest_m[CHEST] - rest_m[HIPS], positions_m[:, CHEST] - positions_m[:, HIPS]
    heading = np.arctan2(now[:, 0], now[:, 2]) / 2
    rise = np.arctan2(now[:, 1], np.hypot(now[:, 0], now[:, 2]))
    pitch = -(rise - np.arctan2(rest[1], rest[2])) / 2
    zero = np.zeros_like(heading)
    yaw = np.stack((np.cos(heading), zero, np.sin(heading), zero), axis=-1)
    tilt = np.stack((np.cos(pitch), np.sin(pitch), zero, zero), axis=-1)
    return quaternion_multiply(yaw, tilt).astype(np.float32)


def _positive(q_wxyz: Floats) -> Floats:
    return np.where(q_wxyz[..., :1] < 0, -q_wxyz, q_wxyz)


def _mean_turn(values: Floats, at: Floats) -> Floats:
    """Values (T, …) at (turns, S) frames, averaged over the turns: (S, …)."""
    return np.asarray(sampled(values, at.ravel()).reshape(*at.shape, *values.shape[1:]).mean(0))


def _in_heading(vectors: Floats, line: Floats) -> Floats:
    """(T, N, 3) as seen by somebody who looks where the trunk looks, level."""
    level = normalise(line * np.array([1.0, 0.0, 1.0, 0.0], np.float32))
    return quaternion_rotate(quaternion_conjugate(level)[:, None], vectors)


def _stance(ahead: Floats, height: Floats) -> Bools:
    """Samples (S,) from where a foot is down after its foremost place to its last one back."""
    start, end = int(np.argmax(ahead)), int(np.argmin(ahead))
    count = (end - start) % SAMPLES
    way = (start + np.arange(count + 1)) % SAMPLES
    low = height[way] < height.min() + _LOW * np.ptp(height)
    inside = np.flatnonzero(low)
    down = np.zeros(SAMPLES, bool)
    down[way[inside[0] : inside[-1] + 1] if len(inside) else way] = True
    return down


def _first(down: Bools) -> int:
    """The sample at which a foot comes down."""
    return int(np.flatnonzero(down & ~np.roll(down, 1))[0])


def _warped(values: Floats, down: Bools, legs: list[int]) -> Floats:
    """Values (S, 4) over standing then swinging, (2 S,), mean of the two legs."""
    curves = []
    for leg in legs:
        first, stands = _first(down[:, leg]), int(down[:, leg].sum())
        part = np.arange(SAMPLES) / SAMPLES
        phases = np.concatenate((part * stands, stands + part * (SAMPLES - stands)))
        curves.append(cyclic(values[:, leg], (first + phases) / SAMPLES))
    return np.asarray(np.mean(curves, axis=0))


def _pitches(feet_wxyz: Floats) -> Floats:
    """(T, 4) how far the toes of feet (T, 4, 4) look down."""
    ahead = quaternion_rotate(feet_wxyz, np.array([0.0, 0.0, 1.0], np.float32))
    up = quaternion_rotate(feet_wxyz, np.array([0.0, 1.0, 0.0], np.float32))
    flat = np.hypot(ahead[..., 0], ahead[..., 2]) * np.where(up[..., 1] < 0, -1.0, 1.0)
    return np.asarray(np.arctan2(-ahead[..., 1], flat))


def _smooth(curve: Floats, kept: int = 5) -> Floats:
    """A curve (S, …) of its lowest harmonics."""
    spectrum = np.fft.rfft(curve, axis=0)
    spectrum[kept + 1 :] = 0
    return np.fft.irfft(spectrum, len(curve), axis=0)


def _smooth_legs(curves: Floats) -> Floats:
    return np.stack([_smooth(curve, 7) for curve in curves])


def _centred(curve: Floats) -> Floats:
    """Without its mean."""
    return _smooth(curve - curve.mean(axis=0), 3)
