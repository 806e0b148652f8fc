"""Soles that stay on the ground: toes that lie flat while the ball carries, heels that roll.

A foot is two rigid parts, what the ankle turns and what the toe joint turns, each with the few
points of its sole that can touch the ground. The toes bend up as far as the ground asks; a foot
without a toe joint turns up about its tip; what is still under the ground then lifts the foot. All
of it follows from one frame, so that what is driven live is treated like what is generated; of a
whole motion, the turns are eased in and out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats
from ..ground.terrain import FlatTerrain, Terrain
from ..maths.rotations import (
    axis_angle_to_quaternion,
    cross,
    dot,
    normalise,
    quaternion_multiply,
    quaternion_rotate,
    quaternion_to_matrix,
)
from ..maths.segments import Segments
from ..maths.smoothing import smoothstep

MOST_BEND_RAD: Final = np.deg2rad(50.0)
"""How far toes bend up against the foot."""
_FRONT: Final = 0.4
"""Points of the toes nearer to their joint than this share of their length do not turn them."""
_ABOUT: Final = 0.15
_NEAR: Final = 0.12
"""Of the foot's length: so near to the ground the ball carries."""
_CLEAR: Final = 0.05
"""Of the foot's length: how far over the ground toes swing."""
_STEEPEST: Final = 0.7
_STEEP: Final = (0.5, 0.8)
_HALF_WIDTH: Final = 0.15
_STEP: Final = 0.08
_STEEPENS: Final = 0.3
"""Ground that is higher than it goes on by this share of the foot and this slope is a wall."""
_SHORTEST: Final = 0.25
_XZ: Final = [0, 2]
_EASE_S: Final = 0.04
"""Standard deviation in time over which a turn is taken up and let go."""
_LET_GO_RAD: Final = np.deg2rad(6.0)
_NO_GROUND_M: Final = -1e3
_ROUNDS: Final = 2


@dataclass(frozen=True, eq=False)
class Sole:
    """One foot's sole, in the skeleton's rest axes, metres.

    Args:
        points: (K, 3) that can touch the ground, from the ankle.
        toe_shares: (K,) how much of each the toe joint carries, as skin shares it; the rest is the
            ankle's. All 0 without a toe joint.
        ball: (3,) from ankle to toe joint, or to where it would be.
        forward: (3,) unit vector along the level sole.
        left: (3,) unit vector across it.
        toe_forward: (3,) unit vector along the toes when they lie flat, as the toe joint rests;
            None where that is the sole's.
    """

    points: Floats
    toe_shares: Floats
    ball: Floats
    forward: Floats
    left: Floats
    toe_forward: Floats | None = None

    @cached_property
    def length_m(self) -> float:
        """From the rearmost to the foremost point."""
        return float(np.ptp(self.points @ self.forward)) or 1.0

    @cached_property
    def has_toe(self) -> bool:
        """Whether toes bend."""
        return bool((self.toe_shares > 0.0).any())

    @cached_property
    def tips(self) -> Floats:
        """(M, 3) the points that decide how far the front turns, from the ankle."""
        along = (self.points - self.ball) @ self.forward
        chosen = along >= _FRONT * along.max()
        if self.has_toe:
            chosen &= self.toe_shares > 0.5
        if along.max() <= 0.0 or not chosen.any():  # what is seen ends before the ball
            chosen = along >= along.max() - _FRONT * self.length_m
        return np.asarray(self.points[chosen])

    @cached_property
    def up(self) -> Floats:
        """(3,) unit vector out of the level sole."""
        return np.cross(self.forward, self.left)

    @cached_property
    def ankle_height_m(self) -> float:
        """Height of the ankle over the lowest point that it carries."""
        carried = self.points[self.toe_shares <= 0.5]
        return -float(((carried if len(carried) else self.points) @ self.up).min())

    @cached_property
    def ball_height_m(self) -> float:
        """Height of the ball over the sole's lowest point about it, at least 0."""
        off = self.points - self.ball
        about = off @ self.forward > -_ABOUT * self.length_m
        carried = about & (self.toe_shares <= 0.5)
        lowest = off[carried if carried.any() else about] @ self.up
        return -float(min(lowest.min(initial=0.0), 0.0))


@dataclass(frozen=True, eq=False)
class FootPose:
    """One foot on N frames, in the world.

    Args:
        ankle: (N, 3) metres.
        foot, toe: (N, 4) rotations; the toe's is the foot's where there is no toe joint.
    """

    ankle: Floats
    foot: Floats
    toe: Floats


def settle(
    sole: Sole,
    pose: FootPose,
    terrain: Terrain,
    motions: Segments | None = None,
    frame_rate_hz: float = MODEL_FRAME_RATE_HZ,
) -> FootPose:
    """Bring a foot's sole out of the ground, and its toes onto it.

    Args:
        sole: the foot's own.
        pose: N frames; joints as they are to be, were the sole not looked at.
        terrain: the ground.
        motions: of several motions end to end, where each begins; None for a single one.
        frame_rate_hz: of the frames.

    Returns:
        The pose with toes bent, with a foot that lacks a toe joint turned up, and lifted.
    """
    pose = _level_across(sole, pose, terrain)
    ease = _Ease(motions or Segments.of(len(pose.ankle)), _EASE_S * frame_rate_hz)
    if sole.has_toe:
        pose = _bend_toes(sole, pose, terrain, ease)
    else:
        pose = _turn_on_tip(sole, pose, terrain, ease)
    depth = np.maximum(-clearance(sole, pose, terrain), 0.0)
    ankle = pose.ankle.copy()
    ankle[:, 1] += depth
    return FootPose(ankle, pose.foot, pose.toe)


@dataclass(frozen=True, eq=False)
class _Ease:
    """Lets what is asked of single frames begin a moment before and end a moment after."""

    motions: Segments
    sigma_frames: float

    def __call__(self, asked: Floats) -> Floats:
        """(N,) at least what is asked."""
        return np.maximum(asked, self.smooth(asked))

    def smooth(self, values: Floats) -> Floats:
        """(N,) without jumps."""
        if len(values) < 2:
            return values
        return self.motions.smooth(values, self.sigma_frames)


def clearance(sole: Sole, pose: FootPose, terrain: Terrain) -> Floats:
    """(N,) height of the lowest point of a sole over the ground, metres; negative under it."""
    arms = _turned(pose.foot, sole.points)
    if sole.has_toe:
        ball = quaternion_rotate(pose.foot, sole.ball)[:, :, None]
        arms += sole.toe_shares * (ball + _turned(pose.toe, sole.points - sole.ball) - arms)
    under = _Floor.of(sole, pose, terrain).under_points(arms, pose.ankle)
    return np.asarray((pose.ankle[:, 1, None] + arms[:, 1] - under).min(axis=1))


def _ball(sole: Sole, pose: FootPose) -> Floats:
    return np.asarray(pose.ankle + quaternion_rotate(pose.foot, sole.ball))


def _turned(rotations: Floats, points: Floats) -> Floats:
    """(N, 3, K) points (K, 3) turned by rotations (N, 4): one product for all of them."""
    matrices = quaternion_to_matrix(rotations).reshape(-1, 3)
    return np.asarray((matrices @ points.T.astype(matrices.dtype)).reshape(-1, 3, len(points)))


@dataclass(frozen=True, eq=False)
class _Floor:
    """The ground under one foot on N frames; a riser or wall beside it is none of it.

    Args:
        terrain: the ground.
        ankle, ball: (N, 3) the foot's joints.
        under: (N, 2) ground under them.
        reach_m: length of the foot.
    """

    terrain: Terrain
    ankle: Floats
    ball: Floats
    under: Floats
    reach_m: float

    @classmethod
    def of(cls, sole: Sole, pose: FootPose, terrain: Terrain) -> _Floor:
        """The floor of a foot."""
        joints = pose.ankle, _ball(sole, pose)
        if isinstance(terrain, FlatTerrain):
            return cls(terrain, *joints, np.zeros((1, 2), np.float32), sole.length_m)
        under = np.stack([terrain.heights(joint[:, _XZ]) for joint in joints], axis=1)
        return cls(terrain, *joints, under, sole.length_m)

    @property
    def rounds(self) -> int:
        """How often a turn is worked out: where it leads may be higher than where it began."""
        return 1 if isinstance(self.terrain, FlatTerrain) else _ROUNDS

    def under_points(self, arms: Floats, joint: Floats) -> Floats:
        """(N, K) heights under points at arms (N, 3, K) from a joint (N, 3)."""
        if isinstance(self.terrain, FlatTerrain):
            return np.array([[self.terrain.height_m]], np.float32)
        places = np.moveaxis(arms[:, _XZ] + joint[:, _XZ, None], 1, 2)
        heights, usual = self.terrain.heights(places), self._usual(places)
        heights = np.where(heights > usual.max(axis=0), usual[0], heights)
        return np.asarray(np.where(np.isnan(heights), _NO_GROUND_M, heights))

    def _usual(self, places: Floats) -> Floats:
        """(2, N, K) ground that goes on from ankle to ball and beyond, and the most it may be."""
        way = (self.ball - self.ankle)[:, _XZ]
        length_m = np.sqrt(dot(way, way))[:, None]
        along = np.einsum("nkc,nc->nk", places - self.ankle[:, None, _XZ], way)
        along /= np.maximum(length_m, 1e-6)
        span = np.maximum(length_m, _SHORTEST * self.reach_m)
        start, end = self.under[:, :1], self.under[:, 1:]
        level = start + (end - start) * along / span
        beyond = np.maximum(np.maximum(-along, along - length_m), 0.0)
        return np.stack((level, level + _STEP * self.reach_m + _STEEPENS * beyond))


def _level_across(sole: Sole, pose: FootPose, terrain: Terrain) -> FootPose:
    """A foot that carries turned about the line from ankle to ball until it stands on no edge.

    Both joints stay where they are. The steeper that line, the less it can do: on tiptoe the toes
    alone are levelled.
    """
    ball = _ball(sole, pose)
    held = _nearness(sole, ball, terrain)
    heel = pose.ankle[:, 1] - terrain.heights(pose.ankle[:, _XZ]) - sole.ankle_height_m
    held_foot = np.maximum(held, smoothstep(1.0 - heel / (_NEAR * sole.length_m)))
    line = normalise(ball - pose.ankle)
    across = quaternion_rotate(pose.foot, sole.left)
    power = cross(line, across)[:, 1]
    share = held_foot * smoothstep((power - _STEEP[0]) / (_STEEP[1] - _STEEP[0]))
    off = across[:, 1] - _slope_across(sole, ball, across, terrain)
    turn = axis_angle_to_quaternion(line, -share * np.arctan2(off, np.maximum(power, _STEEP[0])))
    foot, toe = quaternion_multiply(turn, pose.foot), quaternion_multiply(turn, pose.toe)
    if not sole.has_toe:
        return FootPose(pose.ankle, foot, foot)
    across = quaternion_rotate(toe, sole.left)
    ahead = quaternion_rotate(toe, sole.forward)
    off = across[:, 1] - _slope_across(sole, ball, across, terrain)
    rest = -held * np.arctan2(off, np.maximum(cross(ahead, across)[:, 1], _STEEP[0]))
    return FootPose(
        pose.ankle, foot, quaternion_multiply(axis_angle_to_quaternion(ahead, rest), toe)
    )


def _slope_across(sole: Sole, ball: Floats, across: Floats, terrain: Terrain) -> Floats:
    """(N,) rise of the ground to the left of the ball; of a wall or an edge nothing."""
    if isinstance(terrain, FlatTerrain):
        return np.zeros(len(ball), np.float32)
    side = np.float32(_HALF_WIDTH * sole.length_m) * across[:, _XZ]
    here = ball[:, _XZ]
    slope = (terrain.heights(here + side) - terrain.heights(here - side)) / (
        2.0 * _HALF_WIDTH * sole.length_m
    )
    return np.asarray(np.where(np.abs(slope) < _STEEPEST, slope, 0.0))


def _bend_toes(sole: Sole, pose: FootPose, terrain: Terrain, ease: _Ease) -> FootPose:
    """Toes bent up out of the ground, and laid flat on it where the ball carries."""
    ball, across = _ball(sole, pose), quaternion_rotate(pose.foot, sole.left)
    near = _nearness(sole, ball, terrain)
    over = np.float32(_CLEAR * sole.length_m) * (1.0 - near)
    toe, total = pose.toe, np.zeros(len(ball), np.float32)
    bend = _bend(sole, pose.foot, toe)
    least, most = -np.maximum(bend, 0.0), np.maximum(MOST_BEND_RAD - bend, 0.0)
    floor = _Floor.of(sole, pose, terrain)
    for _ in range(floor.rounds):
        up = _tilt_to_ground(_turned(toe, sole.tips - sole.ball), ball, across, over, floor)
        total = np.clip(total + np.where(up > 0.0, up, near * up), least, most)
        toe = _tilted(pose.toe, across, total)
    total = np.clip(ease(total), least, most)
    return FootPose(pose.ankle, pose.foot, _tilted(pose.toe, across, total))


def _tilted(rotations: Floats, across: Floats, up: Floats) -> Floats:
    return quaternion_multiply(axis_angle_to_quaternion(across, -up), rotations)


def _nearness(sole: Sole, ball: Floats, terrain: Terrain) -> Floats:
    """(N,) 1 where the ball carries, easing to 0 as it leaves the ground."""
    over = ball[:, 1] - terrain.heights(ball[:, _XZ]) - sole.ball_height_m
    return smoothstep(1.0 - over / (_NEAR * sole.length_m))


def _bend(sole: Sole, foot: Floats, toe: Floats) -> Floats:
    """(N,) how far the toes are bent up against the foot, radians."""
    own = sole.forward if sole.toe_forward is None else sole.toe_forward
    ahead, up = quaternion_rotate(toe, own), quaternion_rotate(foot, sole.up)
    return np.arctan2(dot(ahead, up), dot(ahead, quaternion_rotate(foot, sole.forward)))


def _tilt_to_ground(
    arms: Floats, pivot: Floats, across: Floats, over: Floats, floor: _Floor
) -> Floats:
    """(N,) least turn up about ``across`` with which every point is ``over`` (N,) the ground.

    Radians; negative where all of them are higher: so far they may turn down. A point at arm q
    from the pivot is at height a·cos θ + b·sin θ + c after a turn up by θ.
    """
    along = np.einsum("nd,ndk->nk", across, arms)
    c = along * across[:, 1, None]
    a = arms[:, 1] - c
    b = across[:, 0, None] * arms[:, 2] - across[:, 2, None] * arms[:, 0]
    height = floor.under_points(arms, pivot) + over[:, None] - pivot[:, 1, None]
    share = np.clip((height - c) / np.maximum(np.hypot(a, b), 1e-6), -1.0, 1.0)
    highest = np.arctan2(b, a)
    highest += 2.0 * np.pi * (highest < -0.5 * np.pi)  # of a tip behind its pivot: the long way up
    return np.asarray((highest - np.arccos(share)).max(axis=1))


def _turn_on_tip(sole: Sole, pose: FootPose, terrain: Terrain, ease: _Ease) -> FootPose:
    """A foot in one piece turned up until its tip lies on the ground, where it stood when flat.

    The ankle keeps its height and comes back by what the tip would slide.
    """
    across = quaternion_rotate(pose.foot, sole.left)
    ahead = quaternion_rotate(pose.foot, sole.forward)
    foot, turned = pose.foot, np.zeros(len(pose.foot), np.float32)
    down = np.maximum(np.arcsin(np.clip(-ahead[:, 1], -1.0, 1.0)), 0.0)
    near = _nearness(sole, _ball(sole, pose), terrain)
    over = np.float32(_CLEAR * sole.length_m) * (1.0 - near)
    floor = _Floor.of(sole, pose, terrain)
    for _ in range(floor.rounds):
        up = _tilt_to_ground(_turned(foot, sole.tips), pose.ankle, across, over, floor)
        turned = np.clip(turned + up, 0.0, down)
        foot = _tilted(pose.foot, across, turned)
    turned = near * turned + (1.0 - near) * ease(turned)
    foot = _tilted(pose.foot, across, turned)
    held = near * np.minimum(turned / _LET_GO_RAD, 1.0)
    slid = held[:, None] * _slid(sole, pose, foot, ahead)
    for column in (0, 2):
        slid[:, column] = ease.smooth(slid[:, column])
    return FootPose(pose.ankle + slid, foot, foot)


def _slid(sole: Sole, pose: FootPose, foot: Floats, ahead: Floats) -> Floats:
    """(N, 3) level way from the tip of a foot turned up to where it stood when it was flat."""
    ahead_m = np.float32((sole.tips @ sole.forward).max() - sole.ball @ sole.forward)
    level = normalise(ahead * np.array([1.0, 0.0, 1.0], np.float32))
    tip = pose.ankle + quaternion_rotate(foot, sole.ball + ahead_m * sole.forward)
    slid = _ball(sole, pose) + ahead_m * level - tip
    slid[:, 1] = 0.0
    return np.asarray(slid)
