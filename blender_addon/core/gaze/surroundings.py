"""What one character could look at, frame by frame: directions, attention, what is out of reach.

Who plays the partner is decided here. Every frame has an *anchor*, around which the network's
fixations are laid: the partners by weight; without one, the heaviest target that can be seen;
without any, a point straight ahead. All other targets attract looks away from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import FORWARD, MODEL_FRAME_RATE_HZ, Bools, Floats, Ints
from ..errors import GazeError
from ..maths.rotations import (
    heading_to_quaternion,
    normalise,
    quaternion_conjugate,
    quaternion_rotate,
)
from ..maths.smoothing import gaussian_smooth
from ..notes import Note
from .eye_head_features import HEAD_LIMITS_DEG, directions_to_angles
from .request import GazeRequest, GazeTarget

HUMAN_EYE_DISTANCE_M: Final = 0.063
_AHEAD_M: Final = 3.0
_HEAD_CENTRE_M: Final = np.array([0.0, 0.0, -0.08])
_HEAD_RADII_M: Final = np.array([0.085, 0.14, 0.105])
"""An ellipsoid about the head, seen from between the eyes; its front is 2.5 cm before them."""
_SAME_PLACE_M: Final = 0.02
_PARTNER_BEYOND_RAD: Final = np.deg2rad(40.0)
"""A partner so much farther round than can be reached is still looked towards."""
_JUMP_RAD: Final = np.deg2rad(4.0)
"""A target that moves farther within one frame, 240 °/s, is lost and has to be found again."""
_FOLLOWING_S: Final = 1.0


@dataclass(frozen=True, eq=False)
class Surroundings:
    """N targets over T frames; the last one is the point straight ahead.

    Args:
        positions: (N, T, 3) in the world.
        angles_rad: (N, T, 2) yaw and pitch from the trunk.
        anchors: (N, T) share of each as the partner; sums to one in every frame.
        attractions: (N, T) weight relative to the partner's of what draws looks away; else 0.
        brief: (N,) only glanced at.
        cuts: (N, T) next frame at which a target jumps or can no longer be looked at; T for never.
        numbers: (N,) in the request's list; −1 for the point straight ahead.
        trunk_wxyz: (T, 4).
        reach_rad: how far gaze can be from the head as animated: side, up, down.
        warnings: for the user.
    """

    positions: Floats
    angles_rad: Floats
    anchors: Floats
    attractions: Floats
    brief: Bools
    cuts: Ints
    numbers: Ints
    trunk_wxyz: Floats
    reach_rad: Floats
    warnings: tuple[str, ...]


def look_around(request: GazeRequest) -> Surroundings:
    """Find out what can be looked at.

    Args:
        request: checked.

    Raises:
        GazeError: a target lies within the head.
    """
    head = np.asarray(request.head_positions, np.float64)
    turned = np.asarray(request.head_rotations_wxyz, np.float64)
    trunk = trunk_rotations(request)
    targets, numbers, warnings = _merge(request)
    ahead = head + _scale(request) * _AHEAD_M * quaternion_rotate(trunk, _forward(head))
    positions = np.stack([*(np.asarray(t.positions, np.float64) for t in targets), ahead])
    weights = np.stack([*(np.asarray(t.weights, np.float64) for t in targets), np.zeros(len(head))])
    away = positions - head
    inside = quaternion_rotate(quaternion_conjugate(normalise(turned)), away)
    for place, target in enumerate(targets):
        _check_outside_head(request, target, inside[place])
    reach = reach_of(request)
    angles = directions_to_angles(quaternion_rotate(quaternion_conjugate(trunk), away))
    beyond = _beyond_reach(directions_to_angles(inside), reach)
    partner = np.array([*(t.kind == "PARTNER" for t in targets), False])
    seen = (weights > 0) & (beyond <= np.where(partner, _PARTNER_BEYOND_RAD, 0.0)[:, None])
    anchors = _choose_anchors(np.where(seen, weights, 0.0), partner)
    total = (weights * (anchors > 0)).sum(axis=0)
    others = np.where(seen & (anchors == 0) & ~partner[:, None], weights, 0.0)
    warnings += _warn(targets, weights, beyond)
    return Surroundings(
        positions=positions,
        angles_rad=angles,
        anchors=anchors,
        attractions=others / np.where(total > 0, total, 1.0),
        brief=np.array([*(t.kind == "DISTRACTION" for t in targets), False]),
        cuts=_next_cuts(angles, seen | (anchors > 0)),
        numbers=np.array([*numbers, -1], np.int64),
        trunk_wxyz=trunk,
        reach_rad=reach,
        warnings=tuple(warnings),
    )


def reach_of(request: GazeRequest) -> Floats:
    """How far eyes and head together can look from where the animated head points: (3,)."""
    share = min(request.settings.head_share, 1.0)
    side, height = HEAD_LIMITS_DEG
    head = share * np.array([side, height, height])
    return np.asarray(np.deg2rad(np.array(request.settings.eye_limits_deg) + 0.9 * head))


def trunk_rotations(request: GazeRequest) -> Floats:
    """(T, 4) of the trunk; where the request has none, the head's heading, slowly followed."""
    if request.trunk_rotations_wxyz is not None:
        return normalise(np.asarray(request.trunk_rotations_wxyz, np.float64))
    turned = np.asarray(request.head_rotations_wxyz, np.float64)
    facing = quaternion_rotate(turned, _forward(turned))
    slow = gaussian_smooth(facing, _FOLLOWING_S * MODEL_FRAME_RATE_HZ)
    return heading_to_quaternion(np.arctan2(slow[:, 0], slow[:, 2])).astype(np.float64)


def _forward(like: Floats) -> Floats:
    return np.broadcast_to(FORWARD.astype(np.float64), (len(like), 3))


def _scale(request: GazeRequest) -> float:
    """Size of the character, by its eyes."""
    return request.eye_distance_m / HUMAN_EYE_DISTANCE_M


def _merge(request: GazeRequest) -> tuple[list[GazeTarget], list[int], list[str]]:
    """Targets at one place become one that has all their weight."""
    kept: list[GazeTarget] = []
    numbers: list[int] = []
    warnings: list[str] = []
    for number, target in enumerate(request.targets):
        twin = next((n for n, k in enumerate(kept) if _same_place(k, target, request)), None)
        if twin is None:
            kept.append(target)
            numbers.append(number)
            continue
        first = kept[twin]
        kind = "PARTNER" if "PARTNER" in (first.kind, target.kind) else first.kind
        weights = np.asarray(first.weights) + np.asarray(target.weights)
        kept[twin] = GazeTarget(first.name, kind, first.positions, weights)
        warnings.append(
            Note(
                f"'{target.name}' is where '{first.name}' is; they are looked at as one. Move one "
                "of them, or remove it from the list"
            )
        )
    return kept, numbers, warnings


def _same_place(a: GazeTarget, b: GazeTarget, request: GazeRequest) -> bool:
    apart = np.asarray(a.positions, np.float64) - np.asarray(b.positions, np.float64)
    return bool(np.abs(apart).max() < _SAME_PLACE_M * _scale(request))


def _check_outside_head(request: GazeRequest, target: GazeTarget, inside: Floats) -> None:
    place = inside / _scale(request)
    depth = np.linalg.norm((place - _HEAD_CENTRE_M) / _HEAD_RADII_M, axis=-1)
    bad = np.flatnonzero((depth < 1.0) & (np.asarray(target.weights) > 0))
    if len(bad):
        raise GazeError(
            f"'{target.name}' lies within the head at {bad[0] / MODEL_FRAME_RATE_HZ:.2f} s after "
            "the start, so there is no direction to look in. Choose a target outside the head, "
            "or key its weight to 0 there"
        )


def _beyond_reach(angles_rad: Floats, reach: Floats) -> Floats:
    """(N, T) by how much a direction in the head's frame is farther round than can be reached."""
    side, up, down = reach
    across = np.abs(angles_rad[..., 0]) - side
    along = np.maximum(angles_rad[..., 1] - up, -angles_rad[..., 1] - down)
    return np.asarray(np.maximum(np.maximum(across, along), 0.0))


def _choose_anchors(weights: Floats, partner: Bools) -> Floats:
    """(N, T) shares of who is the partner, from the weights of what can be seen."""
    anchors = np.where(partner[:, None], weights, 0.0)
    nobody = anchors.sum(axis=0) == 0
    heaviest = np.argmax(weights, axis=0)
    frames = np.arange(weights.shape[1])
    anchors[heaviest[nobody], frames[nobody]] = weights[heaviest[nobody], frames[nobody]]
    nothing = anchors.sum(axis=0) == 0
    anchors[-1, nothing] = 1.0
    return np.asarray(anchors / anchors.sum(axis=0))


def _next_cuts(angles_rad: Floats, seen: Bools) -> Ints:
    """(N, T) the next frame at which a target has jumped or is no longer seen."""
    count, frames = seen.shape
    turn = np.diff(angles_rad, axis=1)
    turn[..., 0] = np.abs((turn[..., 0] + np.pi) % (2 * np.pi) - np.pi)
    turn[..., 0] *= np.cos(angles_rad[:, 1:, 1])
    fast = np.hypot(turn[..., 0], turn[..., 1]) > _JUMP_RAD
    begins = fast & ~np.concatenate((np.zeros((count, 1), bool), fast[:, :-1]), axis=1)
    cut = np.zeros((count, frames + 1), bool)
    cut[:, 1:-1] = begins | (seen[:, :-1] & ~seen[:, 1:])
    place = np.where(cut, np.arange(frames + 1), frames)
    return np.asarray(np.minimum.accumulate(place[:, ::-1], axis=1)[:, ::-1][:, 1:], np.int64)


def _warn(targets: list[GazeTarget], weights: Floats, beyond: Floats) -> list[str]:
    desired = weights[:-1] > 0
    if not desired.any():
        found = "every weight is 0" if targets else "the list of targets is empty"
        what = f"there is nothing to look at, for {found}; the character looks about straight ahead"
        return [what + ". Add a target, or raise a weight"]
    warnings: list[str] = []
    if not desired.any(axis=0).all():
        share = 1.0 - desired.any(axis=0).mean()
        warnings.append(
            Note(
                f"for {share:.0%} of the time every weight is 0; the character looks about "
                "straight ahead then"
            )
        )
    for target, wish, far in zip(targets, desired, beyond[:-1], strict=True):
        share = float((far[wish] > 0).mean()) if wish.any() else 0.0
        if share > 0.02:
            half = target.kind == "PARTNER" and far[wish].min() < _PARTNER_BEYOND_RAD
            how = "only looked towards, if at all," if half else "not looked at"
            warnings.append(
                f"'{target.name}' is behind the character or out of reach for {share:.0%} of the "
                f"time and is {how} then. Turn the body, raise the head's share, or move the target"
            )
    return warnings
