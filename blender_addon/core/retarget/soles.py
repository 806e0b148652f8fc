"""The soles of a character: of what is seen of its feet, else of its bones and a person's shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise, product
from typing import Final

import numpy as np

from ..conventions import FORWARD, LEFTWARD, Floats
from ..feet.soles import FootPose, Sole, settle
from ..ground.terrain import Terrain
from ..maths.rotations import (
    axis_angle_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from ..motion.common_skeleton import (
    COMMON_SKELETON,
    HEEL_BACK_M,
    TIP_AHEAD_M,
    TOE_HEIGHT_M,
)
from ..motion.skeleton import Skeleton
from .feet import leg_length, planted_ankle_height
from .pairs import ancestors
from .rest import hanging_toes, level_foot_vector, sole_frame

_PERSONS_LEG_M: Final = 0.82
_BALL_AHEAD_M: Final = float(COMMON_SKELETON.offsets[COMMON_SKELETON.index("LeftToe"), 2])
_TOES: Final = (0.3, 1.6)
"""Least and most length of toes told by a bone, of a person's."""
_PITCHES: Final = np.deg2rad([-40.0, -20.0, -5.0, 0.0, 5.0, 20.0, 40.0, 60.0, 80.0])
_ROLLS: Final = np.deg2rad([-15.0, 0.0, 15.0])
SHARES: Final = (0.0, 0.05, 0.5, 0.95, 1.01)
"""Borders of groups of points by how much of them toes carry."""
_CLOSE: Final = 0.03
"""Points of a sole nearer to one another than this share of the foot are one."""


def sole_of(skeleton: Skeleton, roles: Mapping[str, int], side: str) -> Sole:
    """One foot's sole.

    Args:
        skeleton: with legs.
        roles: joint by common name.
        side: "Left" or "Right".

    Returns:
        The points that can touch the ground: of the skeleton's soles, or the heel's edge, the
        ball and the tip of the toe bone on the level that the foot stands on.
    """
    return _sole_of(skeleton, tuple(sorted(roles.items())), side)


@lru_cache(maxsize=32)
def _sole_of(skeleton: Skeleton, roles: tuple[tuple[str, int], ...], side: str) -> Sole:
    joints = dict(roles)
    frame = sole_frame(skeleton, joints, side)
    toe = joints.get(side + "Toe")
    seen = skeleton.soles.get(skeleton.names[joints[side + "Foot"]])
    size = leg_length(skeleton, joints) / _PERSONS_LEG_M
    height = planted_ankle_height(skeleton, joints, side)
    # Without toe joint and mesh, what tells of the ball is a bone's end, which may be anywhere.
    known = toe is not None or seen is not None
    ball = level_foot_vector(skeleton, joints, side) if known else None
    if ball is None:
        ball = np.array([0.0, TOE_HEIGHT_M * size - height, _BALL_AHEAD_M * size], np.float32)
    if seen is not None:
        points = quaternion_rotate(quaternion_conjugate(frame), seen[:, :3])
        shares = seen[:, 3] if toe is not None else np.zeros(len(seen), np.float32)
        chosen = _supports(points, shares)
        points, shares = points[chosen], shares[chosen]
    else:
        ahead = float(ball[2])
        tip = ahead + _toes_length(skeleton, toe, frame, size)
        points = np.array([[0, -height, z] for z in (-HEEL_BACK_M * size, ahead, tip)], np.float32)
        shares = np.array([0.0, 0.0, 0.0 if toe is None else 1.0], np.float32)
    ball, forward, left = (_turn(frame, place) for place in (ball, FORWARD, LEFTWARD))
    points, down = _turn(frame, points), hanging_toes(skeleton, joints, side)
    if not down:
        return Sole(points, shares, ball, forward, left)
    bent = axis_angle_to_quaternion(left, down)
    on_toes = shares > 0.5
    points[on_toes] = ball + quaternion_rotate(bent, points[on_toes] - ball)
    return Sole(points, shares, ball, forward, left, quaternion_rotate(bent, forward))


def _turn(frame: Floats, points: Floats) -> Floats:
    return np.asarray(quaternion_rotate(frame, points), np.float32)


def _toes_length(skeleton: Skeleton, toe: int | None, frame: Floats, size: float) -> float:
    """How far ahead of the ball the toes end: a bone's word counts within reason."""
    if toe is None:
        return TIP_AHEAD_M * size
    end = np.array(skeleton.ends.get(skeleton.names[toe], (0.0, 0.0, 0.0)), np.float32)
    ahead = float(quaternion_rotate(quaternion_conjugate(frame), end)[2])
    least, most = (share * TIP_AHEAD_M * size for share in _TOES)
    return ahead if least <= ahead <= most else TIP_AHEAD_M * size


def _supports(points: Floats, shares: Floats) -> list[int]:
    """Which of (K, 3) points in a level sole's axes touch the ground when the foot turns.

    Of those that foot, toes and both carry each by themselves, for the ball bends.
    """
    close = _CLOSE * float(np.ptp(points[:, 2]))
    chosen: list[int] = []
    for least, most in pairwise(SHARES):
        among = np.flatnonzero((shares >= least) & (shares < most))
        if len(among):
            lowest = among[np.argmax(points[among] @ _downward().T, axis=0)]
            _add_apart(points, dict.fromkeys(lowest.tolist()), close, chosen)
    return chosen


def _downward() -> Floats:
    """(N, 3) unit vectors to where the ground is, as the foot pitches and rolls."""
    return np.array(
        [
            (np.sin(roll), -np.cos(roll) * np.cos(pitch), np.cos(roll) * np.sin(pitch))
            for pitch, roll in product(_PITCHES, _ROLLS)
        ],
        np.float32,
    )


def _add_apart(points: Floats, candidates: Iterable[int], close: float, chosen: list[int]) -> None:
    for number in candidates:
        if all(np.linalg.norm(points[number] - points[other]) > close for other in chosen):
            chosen.append(number)


def settle_soles(
    skeleton: Skeleton,
    roles: Mapping[str, int],
    ankles: Mapping[str, Floats],
    turned: Floats,
    terrain: Terrain,
    frame_rate_hz: float,
) -> tuple[dict[str, Floats], Floats]:
    """Feet of a character brought onto the ground.

    Args:
        skeleton: J joints.
        roles: joint by common name.
        ankles: (T, 3) desired positions by side, metres.
        turned: (T, J, 4) world rotations.
        terrain: the ground, at the character's size.
        frame_rate_hz: of the T frames.

    Returns:
        Ankles and world rotations, the feet and all that hangs on them turned.
    """
    settled, out = {}, turned.copy()
    for side, ankle in ankles.items():
        sole = sole_of(skeleton, roles, side)
        foot, toe = roles[side + "Foot"], roles.get(side + "Toe")
        before = FootPose(ankle, turned[:, foot], turned[:, foot if toe is None else toe])
        after = settle(sole, before, terrain, frame_rate_hz=frame_rate_hz)
        settled[side] = after.ankle
        _turn_foot(skeleton, foot, toe, before, after, out)
    return settled, out


def _turn_foot(
    skeleton: Skeleton, foot: int, toe: int | None, before: FootPose, after: FootPose, out: Floats
) -> None:
    """Turn a foot and all below it; toes beside the toe joint bend like it; changes ``out``."""
    turn = quaternion_multiply(after.foot, quaternion_conjugate(before.foot))
    above_toe = set() if toe is None else set(ancestors(skeleton, toe)[1:])
    for joint in range(foot, skeleton.joint_count):
        if foot not in ancestors(skeleton, joint):
            continue
        if joint == foot or joint in above_toe or toe is None:
            out[:, joint] = quaternion_multiply(turn, out[:, joint])
        else:
            out[:, joint] = after.toe
