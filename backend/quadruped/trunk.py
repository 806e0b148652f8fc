"""Trunk, neck, head and tail over planned feet: bent along the way, swinging with the stride."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from blender_addon.core.conventions import GRAVITY_M_S2, MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.ground.terrain import Terrain, soften
from blender_addon.core.maths.rotation_vectors import vector_to_quaternion
from blender_addon.core.maths.rotations import normalise, quaternion_multiply
from blender_addon.core.quadruped.body import Family, QuadrupedBody
from blender_addon.core.quadruped.gaits import Gait
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.skeleton import CHEST, HIPS, PARENTS, TAIL

from .leaps import leaps
from .loops import TRUNK_JOINTS, trunk_positions
from .manner import Curves, Manner
from .sequence import Footfalls
from .stride import Stride
from .styles import cyclic

_SPINE: Final = slice(0, 4)
_NECK: Final = slice(4, 7)
_TAIL: Final = slice(8, 11)
_NECK_SHARES: Final = np.array([0.4, 0.35, 0.25])
_SPINE_SHARES: Final = np.array([-0.5, 0.3, 0.4, 0.3])
"""Of a bend between hips and chest: how far hips, spine and chest turn."""

_LEAD_S: Final = 0.3
"""By which the head looks ahead on the way."""
_MOST_LEAD_RAD: Final = 0.6
_MOST_BEND_RAD: Final = 0.55
_MOST_LEAN_RAD: Final = 0.35
_VAULT_H: Final = 0.012
_TAIL_OFF_H: Final = 0.12
"""A tail is so far off the ground before the trunk sinks onto its legs."""
_TAIL_TRIES: Final = 6
_ROCK_RAD: Final = {Family.HOOFED: 0.075, Family.CANINE: 0.085}


@dataclass(frozen=True, eq=False)
class Trunk:
    """T frames of everything above the legs.

    Args:
        mid_xz: (T, 2) the middle between hips and chest.
        mid_y: (T,) its height.
        yaw_rad, pitch_rad, roll_rad: (T,) of the line from hips to chest; pitch is up.
        locals_rad: (T, 11, 3) rotation vectors against the joint above, of the hips against the
            line.
    """

    mid_xz: Floats
    mid_y: Floats
    yaw_rad: Floats
    pitch_rad: Floats
    roll_rad: Floats
    locals_rad: Floats

    def sunk(self, hind_m: Floats, fore_m: Floats, length_m: float) -> Trunk:
        """The same, lower by (T,) at either end."""
        pitch = self.pitch_rad - np.arctan2(fore_m - hind_m, length_m)
        return replace(self, mid_y=self.mid_y - (hind_m + fore_m) / 2, pitch_rad=pitch)

    def pose(self, body: QuadrupedBody) -> tuple[Floats, Floats]:
        """Hips (T, 3) and world rotations (T, 11, 4)."""
        zero = np.zeros_like(self.yaw_rad)
        line = _about("y", self.yaw_rad)
        line = quaternion_multiply(line, _about("x", -self.pitch_rad))
        line = quaternion_multiply(line, _about("z", self.roll_rad))
        local = vector_to_quaternion(self.locals_rad.astype(np.float32))
        world = np.empty_like(local)
        world[:, 0] = quaternion_multiply(line, local[:, 0])
        for joint in range(1, TRUNK_JOINTS):
            world[:, joint] = quaternion_multiply(world[:, PARENTS[joint]], local[:, joint])
        world = normalise(world)
        origin = np.stack((zero, zero, zero), axis=-1)
        places = trunk_positions(body, origin.astype(np.float32), world)
        middle = (places[:, HIPS] + places[:, CHEST]) / 2
        desired = np.stack((self.mid_xz[:, 0], self.mid_y, self.mid_xz[:, 1]), axis=-1)
        return (desired - middle).astype(np.float32), world


def _about(axis: str, angle: Floats) -> Floats:
    half = np.asarray(angle, np.float64) / 2
    zero = np.zeros_like(half)
    parts = {"x": zero, "y": zero, "z": zero, axis: np.sin(half)}
    turned = np.stack((np.cos(half), parts["x"], parts["y"], parts["z"]), axis=-1)
    return turned.astype(np.float32)


def trunk_of(
    plan: QuadrupedPlan,
    body: QuadrupedBody,
    terrain: Terrain,
    footfalls: Footfalls,
    stride: Stride,
    manner: Manner,
    rng: np.random.Generator,
) -> Trunk:
    """The trunk that a plan asks for, before the legs say how low it has to be.

    Args:
        plan: T frames.
        body: at the model's size.
        terrain: the ground.
        footfalls: of the plan.
        stride: of the footfalls.
        manner: of the animal.
        rng: of what varies from stride to stride.
    """
    frames, h = plan.frame_count, body.hip_height_m
    rest = body.rest_m
    length = float(rest[CHEST, 2] - rest[HIPS, 2])
    headings = gaussian_filter1d(plan.headings_rad, 4.0, mode="nearest")
    lateral, lean = _lean(plan, headings, manner, h)
    ground_hind, ground_fore = _axles(plan, headings, terrain, length)
    hind, fore, rock = _bounce(stride, manner, h, rng)
    pitch = np.arctan2(ground_fore + fore - ground_hind - hind, length) + rock
    height = (ground_hind + ground_fore + hind + fore) / 2 + (rest[HIPS, 1] + rest[CHEST, 1]) / 2
    still = 1.0 - stride.going if body.family is Family.HOOFED else 0.0
    height -= h * manner.crouch_h * (1.0 - still)
    leap, climb = leaps(plan, footfalls, h)
    height, pitch, rock = height + leap, pitch + climb, rock + climb
    curves = _curves_of(stride, manner, frames, rng)
    sway = curves.sway * h
    across = np.stack((np.cos(headings), -np.sin(headings)), axis=-1)
    mid = plan.positions_xz + across * (lateral + sway)[:, None]
    slope = np.arctan2(ground_fore - ground_hind, length)
    local = curves.trunk
    _steer(local, plan, headings, length, manner)
    _steady_head(local, rock, slope)
    _restless(local, stride, manner, rng)
    return Trunk(mid, height, headings, pitch, -lean, local)


def _lean(plan: QuadrupedPlan, headings: Floats, manner: Manner, h: float) -> tuple[Floats, Floats]:
    """(T,) metres to the left and radians to the left, into the bend."""
    rate = np.gradient(headings) * MODEL_FRAME_RATE_HZ
    inward = gaussian_filter1d(plan.speeds_m_s * rate, 8.0, mode="nearest") / GRAVITY_M_S2
    lean = manner.lean_gain * np.arctan(inward)
    lean = _MOST_LEAN_RAD * np.tanh(lean / _MOST_LEAN_RAD)
    return 0.5 * h * np.sin(lean), lean


def _axles(
    plan: QuadrupedPlan, headings: Floats, terrain: Terrain, length: float
) -> tuple[Floats, Floats]:
    """(T,) heights of the ground under hips and chest, edges softened."""
    soft = soften(terrain)
    ahead = np.stack((np.sin(headings), np.cos(headings)), axis=-1) * length / 2
    hind, fore = (soft.heights(plan.positions_xz + side * ahead) for side in (-1, 1))
    return (
        gaussian_filter1d(np.asarray(hind, np.float64), 6.0, mode="nearest"),
        gaussian_filter1d(np.asarray(fore, np.float64), 6.0, mode="nearest"),
    )


def _bounce(
    stride: Stride, manner: Manner, h: float, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Rise of hips and chest in metres and pitch of the trunk, (T,) each."""
    slow = stride.weight("walk", "pace")
    springy = stride.weight("trot", "canter_left", "canter_right", "gallop_left", "gallop_right")
    leaping = springy - stride.weight("trot")
    wander = 1.0 + 0.08 * noise(len(slow), 40.0, rng)
    heave = manner.heave_gain * (springy - 0.4 * leaping) * stride.heave_m() * wander
    vault = manner.heave_gain * slow * h * _VAULT_H * wander
    rock = _ROCK_RAD[stride.family] * manner.rock_gain * leaping * stride.rock() * wander
    return heave + vault * stride.vault(False), heave + vault * stride.vault(True), rock


@dataclass(frozen=True, eq=False)
class _Swing:
    trunk: Floats  # (T, 11, 3)
    sway: Floats  # (T,)


def _curves_of(stride: Stride, manner: Manner, frames: int, rng: np.random.Generator) -> _Swing:
    """The styles' curves over the strides, mixed by gait."""
    trunk, sway = np.zeros((frames, TRUNK_JOINTS, 3)), np.zeros(frames)
    going = stride.going * (1.0 + 0.1 * noise(frames, 35.0, rng))
    for weight, gait, curves, gains in _parts(stride, manner):
        if not weight.any():
            continue
        phases = stride.phase(gait)
        posture = curves.posture_rad.copy()
        posture[_SPINE] = 0.0
        posture[_NECK] *= gains.posture
        posture[_TAIL] *= gains.tail
        swing = (curves.trunk_rad - curves.posture_rad) * gains.swing(manner)
        moved = posture + cyclic(swing, phases) * going[:, None, None]
        trunk += weight[:, None, None] * moved
        sway += weight * cyclic(curves.sway_h[:, 0], phases) * going * gains.sway
    trunk[:, 4, 0] += 0.6 * manner.neck_rad
    trunk[:, 5, 0] += 0.4 * manner.neck_rad
    trunk[:, 6, 0] -= 0.6 * manner.neck_rad
    trunk[:, 8, 0] += manner.tail_rad
    return _Swing(trunk, sway)


@dataclass(frozen=True)
class _Gains:
    """What a gait takes of a style's curves: of posture, swings, sway."""

    posture: float
    spine: tuple[float, float, float]  # about x (pitch), y (bend), z (twist)
    neck: tuple[float, float, float]
    tail: float
    sway: float

    def swing(self, manner: Manner) -> Floats:
        gains = np.ones((TRUNK_JOINTS, 3))
        gains[_SPINE] = np.array(self.spine) * manner.trunk_gain
        gains[_NECK] = np.array(self.neck) * np.array([manner.nod_gain, 1.0, 1.0])
        gains[_TAIL] = self.tail
        return gains


_WALK: Final = _Gains(1.0, (1.0, 1.0, 1.0), (1.2, 1.0, 1.0), 1.0, 1.0)
_TROT: Final = _Gains(0.6, (0.0, 0.4, 0.4), (0.0, 0.3, 0.3), 0.6, 0.3)
_CANTER: Final = _Gains(0.55, (0.6, 0.6, 0.6), (0.7, 0.6, 0.6), 0.7, 0.5)
_GALLOP: Final = _Gains(0.8, (0.9, 0.9, 0.9), (0.9, 1.0, 1.0), 0.9, 0.6)


def _parts(stride: Stride, manner: Manner) -> list[tuple[Floats, Gait, Curves, _Gains]]:
    return [
        (stride.weight("walk", "pace"), Gait.WALK, manner.walk, _WALK),
        (stride.weight("trot"), Gait.WALK, manner.walk, _TROT),
        (stride.weight("canter_left"), Gait.GALLOP_LEFT, manner.gallop_left, _CANTER),
        (stride.weight("canter_right"), Gait.GALLOP_RIGHT, manner.gallop_right, _CANTER),
        (stride.weight("gallop_left"), Gait.GALLOP_LEFT, manner.gallop_left, _GALLOP),
        (stride.weight("gallop_right"), Gait.GALLOP_RIGHT, manner.gallop_right, _GALLOP),
    ]


def _steer(
    local: Floats, plan: QuadrupedPlan, headings: Floats, length: float, manner: Manner
) -> None:
    """Bend the spine along the way, each end looking where the trunk is there; the head leads."""
    frames = np.arange(len(headings), dtype=np.float64)
    lag = np.minimum(length / 2 / np.maximum(plan.speeds_m_s, 0.6), 0.22) * MODEL_FRAME_RATE_HZ
    backing = np.cos(plan.travel_rad - plan.headings_rad) < 0
    lag = gaussian_filter1d(np.where(backing, -lag, lag), 6.0, mode="nearest")
    ahead, behind = (np.interp(frames + s * lag, frames, headings) for s in (1, -1))
    bend = (1.0 - manner.stiffness) * (ahead - behind)
    bend = _MOST_BEND_RAD * np.tanh(bend / _MOST_BEND_RAD)
    bend = gaussian_filter1d(bend, 5.0, mode="nearest")
    local[:, _SPINE, 1] += bend[:, None] * _SPINE_SHARES
    lead = np.interp(frames + _LEAD_S * MODEL_FRAME_RATE_HZ, frames, headings)
    look = _MOST_LEAD_RAD * np.tanh((lead - headings - bend / 2) / _MOST_LEAD_RAD)
    look = gaussian_filter1d(look, 6.0, mode="nearest")
    local[:, _NECK, 1] += look[:, None] * _NECK_SHARES


def _steady_head(local: Floats, rock: Floats, slope: Floats) -> None:
    """Neck and head undo part of the trunk's pitch, all of it at the end."""
    down = 0.7 * rock + 0.8 * slope  # positive pitch about x is down
    local[:, 4, 0] += 0.5 * down
    local[:, 5, 0] += 0.2 * down
    local[:, 6, 0] += 0.3 * down


def _restless(local: Floats, stride: Stride, manner: Manner, rng: np.random.Generator) -> None:
    """The head looks a little about, the tail swings, no two strides are alike."""
    frames = len(local)
    calm = 1.0 - 0.6 * np.clip(stride.frequencies_hz / 2.0, 0.0, 1.0)
    yaw = np.radians(5.0) * manner.restlessness * calm * noise(frames, 45.0, rng)
    nod = np.radians(3.0) * manner.restlessness * calm * noise(frames, 50.0, rng)
    local[:, _NECK, 1] += yaw[:, None] * _NECK_SHARES
    local[:, 4, 0] += nod
    local[:, 6, 0] -= 0.6 * nod
    beat = 2 * np.pi * (np.cumsum(0.6 + 0.3 * noise(frames, 60.0, rng)) / MODEL_FRAME_RATE_HZ)
    size = manner.tail_sway_rad * (1.0 + 0.4 * noise(frames, 60.0, rng))
    for part, joint in enumerate(range(8, 11)):
        local[:, joint, 1] += size * (0.6 + 0.3 * part) * np.sin(beat - 0.7 * part)


def tail_off_ground(body: QuadrupedBody, trunk: Trunk, terrain: Terrain) -> Trunk:
    """Raise the tail where it would trail through the ground, as when an animal sits or lies.

    Args:
        body: at the model's size.
        trunk: T frames.
        terrain: the ground.
    """
    long = float(np.linalg.norm(body.skeleton.offsets[list(TAIL[1:])], axis=1).sum())
    local = trunk.locals_rad.copy()
    for _ in range(_TAIL_TRIES):
        hips, world = replace(trunk, locals_rad=local).pose(body)
        tail = trunk_positions(body, hips, world)[:, list(TAIL[1:])]
        ground = np.asarray(terrain.heights(tail[..., [0, 2]]))
        lacking = np.max(_TAIL_OFF_H * body.hip_height_m + ground - tail[..., 1], axis=1)
        if lacking.max() <= 0:
            break
        widest = maximum_filter1d(np.maximum(lacking, 0.0), 13, mode="nearest")
        raised = gaussian_filter1d(widest, 4.0, mode="nearest") / long
        local[:, TAIL[0], 0] += 0.8 * raised
        local[:, TAIL[1], 0] += 0.4 * raised
    return replace(trunk, locals_rad=local)


def noise(frames: int, sigma_frames: float, rng: np.random.Generator) -> Floats:
    """(frames,) smooth random curve of mean 0 and deviation about 1."""
    pad = int(4 * sigma_frames)
    white = rng.standard_normal(frames + 2 * pad)
    smooth = gaussian_filter1d(white, sigma_frames, mode="wrap")[pad : pad + frames]
    return np.asarray(smooth * np.sqrt(2.0 * np.sqrt(np.pi) * sigma_frames))
