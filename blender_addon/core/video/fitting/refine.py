"""A skeleton's joints brought onto their rays, near to where they were lifted to.

Gauss-Newton on the root's place and the turns of hips, spine, head, collars and limbs, each frame
on its own, all frames at once. Distances along a ray are the lifter's to say; what lies across it
is seen.

Source: Bjorck 1996, Numerical Methods for Least Squares Problems; Holland and Welsch 1977 for the
weights of what does not fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from ...maths.rotation_vectors import vector_to_quaternion
from ...maths.rotations import normalise, quaternion_multiply, quaternion_rotate
from ...maths.small_systems import solve_many
from ..points import JOINTS
from .body import HIPS, SIDES, Body, Doubles
from .ground import ANKLES

_BLOCK: Final = 512
_ROUNDS: Final = 3
_ACROSS_M: Final = 0.018
_AHEAD_M: Final = 0.025
"""Standard deviations of lifted joints, across the ray and along it, of somebody of 1.75 m."""
_TORSO_M: Final = 0.5
_DEPTH: Final = 0.01
"""Of the placed depth, as a share of it: it was averaged over time, and stays so."""
_STEP_M: Final = 0.03
_STEP_AHEAD_M: Final = 0.05
"""Of the places where feet stand, across the ray and along it."""
_TURN_RAD: Final = 0.6
"""How far a joint is from where it began, without anything that asks for it."""
_COLLAR_RAD: Final = 0.12
_FAR: Final = 3.0
_MIDDLE: Final = len(JOINTS)


@dataclass(frozen=True, eq=False)
class Targets:
    """Where joints are to be, camera axes.

    Args:
        lifted: (T, 14, 3) metres.
        lifted_weights: (T, 14) 0 … 1.
        rays: (T, 14, 2) x/z and y/z.
        ray_weights: (T, 14) 0 … 1; more for what is certain, however far it is.
        depth: (T,) of the middle of the hips.
        steps: (T, 2, 3) where each ankle is when it stands.
        stands: (T, 2) 0 … 1 how likely it does.
        seen_torso: standard deviation of what was seen, in torso lengths.
        size_m: height of a person against 1.75 m: lengths above grow with it.
        is_anchored: whether lifted joints count where they are, instead of from the hips.
    """

    lifted: Doubles
    lifted_weights: Doubles
    rays: Doubles
    ray_weights: Doubles
    depth: Doubles
    steps: Doubles
    stands: Doubles
    seen_torso: float
    size_m: float
    is_anchored: bool = False

    def block(self, part: slice) -> Targets:
        """Some frames of it."""
        return Targets(
            self.lifted[part], self.lifted_weights[part], self.rays[part],
            self.ray_weights[part], self.depth[part], self.steps[part],
            self.stands[part], self.seen_torso, self.size_m, self.is_anchored,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Turner:
    """Joints that turn together, each by a share of one turn."""

    joints: tuple[int, ...]
    rigidity: float


class Chain:
    """The joints of a body that a refinement turns, and what each of them moves.

    Args:
        body: whose.
    """

    def __init__(self, body: Body) -> None:
        self.body = body
        self.turners = list(_turners(body))

    @cached_property
    def under(self) -> list[Sequence[int]]:
        """For each of the fourteen joints the skeleton's joints that it hangs from."""
        body = self.body
        found: list[Sequence[int]] = [body.above(joint) for joint in body.direct]
        found.append(body.above(body.joint(SIDES[0] + "Arm")))
        head = body.joint("Head")
        found.append([head, *body.above(head)])
        return found

    @property
    def width(self) -> int:
        """Of the unknowns: the root's place and a turn of each turner."""
        return 3 + 3 * len(self.turners)


def _turners(body: Body) -> Sequence[_Turner]:
    found = [_Turner((body.root,), _TURN_RAD)]
    if body.spine:
        found.append(_Turner(tuple(body.spine), _TURN_RAD))
    found.append(_Turner(tuple([*body.neck[:1]] or [body.joint("Head")]), _TURN_RAD))
    for side in SIDES:
        collar = body.collar(side)
        if collar is not None:
            found.append(_Turner((collar,), _COLLAR_RAD))
        for part in ("Arm", "ForeArm", "UpLeg", "Leg"):
            found.append(_Turner((body.joint(side + part),), _TURN_RAD))
    return found


@dataclass(eq=False)
class Stance:
    """A pose that is being refined: world turns and the root's place.

    Args:
        root: (T, 3) metres.
        turns: (T, J, 4) world rotations.
    """

    root: Doubles
    turns: Doubles


def places_of(body: Body, stance: Stance) -> Doubles:
    """(T, J, 3) places of the skeleton's joints."""
    skeleton = body.skeleton
    places = np.empty((*stance.turns.shape[:2], 3))
    places[:, 0] = stance.root
    offsets = skeleton.offsets.astype(np.float64)
    for joints in skeleton.levels:
        parents = skeleton.parents[joints]
        places[:, joints] = places[:, parents] + quaternion_rotate(
            stance.turns[:, parents],
            np.broadcast_to(offsets[joints], (len(places), len(joints), 3)),
        )
    return places


def joints_at(body: Body, places: Doubles, turns: Doubles) -> Doubles:
    """(T, 14, 3) of places (T, J, 3) and world turns (T, J, 4)."""
    return body.joints_of(places, turns)


def refine(chain: Chain, stance: Stance, targets: Targets, rounds: int = _ROUNDS) -> Stance:
    """A pose nearer to its targets.

    Args:
        chain: what turns.
        stance: where it begins, camera axes.
        targets: where it should be.
        rounds: of Gauss-Newton.
    """
    root, turns = stance.root.copy(), stance.turns.copy()
    for start in range(0, len(root), _BLOCK):
        part = slice(start, start + _BLOCK)
        better = _refine_block(chain, Stance(root[part], turns[part]), targets.block(part), rounds)
        root[part], turns[part] = better.root, better.turns
    return Stance(root, turns)


def _refine_block(chain: Chain, stance: Stance, targets: Targets, rounds: int) -> Stance:
    gone = np.zeros((len(stance.root), chain.width))
    stiff = _stiffness(chain)
    for _ in range(rounds):
        places = places_of(chain.body, stance)
        joints = joints_at(chain.body, places, stance.turns)
        slopes = _slopes(chain, places, joints)
        matrix, right = _normal_equations(slopes, joints, targets)
        matrix += np.diag(stiff)
        right -= stiff * gone
        step = solve_many(matrix, right)
        step[:, 3:] = np.clip(step[:, 3:], -0.5, 0.5)
        gone += step
        stance = _moved(chain, stance, step)
    return stance


def _stiffness(chain: Chain) -> Doubles:
    stiff = np.full(chain.width, 1e-6)
    for number, turner in enumerate(chain.turners):
        stiff[3 + 3 * number : 6 + 3 * number] = 1.0 / turner.rigidity**2
    return stiff


def _slopes(chain: Chain, places: Doubles, joints: Doubles) -> Doubles:
    """(T, 15, 3, D): how the fourteen joints and the middle of the hips move with the unknowns."""
    count = len(places)
    slopes = np.zeros((count, len(JOINTS) + 1, 3, chain.width))
    slopes[:, :, [0, 1, 2], [0, 1, 2]] = 1.0
    for number, turner in enumerate(chain.turners):
        column = 3 + 3 * number
        share = 1.0 / len(turner.joints)
        for joint in turner.joints:
            moved = [n for n in range(len(JOINTS)) if joint in chain.under[n]]
            arm = share * (joints[:, moved] - places[:, None, joint])
            x, y, z = arm[..., 0], arm[..., 1], arm[..., 2]
            # A turn w moves what is at r by w x r.
            slopes[:, moved, 0, column + 1] += z
            slopes[:, moved, 0, column + 2] -= y
            slopes[:, moved, 1, column] -= z
            slopes[:, moved, 1, column + 2] += x
            slopes[:, moved, 2, column] += y
            slopes[:, moved, 2, column + 1] -= x
    slopes[:, _MIDDLE] = 0.5 * (slopes[:, HIPS[0]] + slopes[:, HIPS[1]])
    return slopes


def _normal_equations(
    slopes: Doubles, joints: Doubles, targets: Targets
) -> tuple[Doubles, Doubles]:
    """(T, D, D) and (T, D) of the weighted squares."""
    count, size = len(joints), targets.size_m
    middle = 0.5 * (joints[:, HIPS[0]] + joints[:, HIPS[1]])
    wanted = targets.lifted - 0.5 * (targets.lifted[:, HIPS[:1]] + targets.lifted[:, HIPS[1:]])
    # 1. Lifted joints, as seen from the middle of the hips.
    away = joints - middle[:, None] - wanted
    if targets.is_anchored:
        away = joints - targets.lifted
    sigma = size * np.array([_ACROSS_M, _ACROSS_M, _AHEAD_M])
    weight = np.sqrt(targets.lifted_weights * _believed(away, sigma))[..., None] / sigma
    rows = slopes[:, :_MIDDLE] - (0.0 if targets.is_anchored else 1.0) * slopes[:, _MIDDLE:]
    rows = rows * weight[..., None]
    gaps = -away * weight
    # 2. Rays.
    depth = np.maximum(joints[..., 2:], 0.1)
    off = joints[..., :2] - targets.rays * depth
    ray_sigma = size * _TORSO_M * targets.seen_torso
    belief = np.where(targets.ray_weights > 1.0, 1.0, _believed(off, ray_sigma))
    scale = np.sqrt(targets.ray_weights * belief)[..., None] / ray_sigma
    seen = slopes[:, :_MIDDLE, :2] - targets.rays[..., None] * slopes[:, :_MIDDLE, 2:]
    # 3. Ankles that stand, where they stand.
    past = joints[:, ANKLES] - targets.steps
    firm_sigma = size * np.array([_STEP_M, _STEP_M, _STEP_AHEAD_M])
    firm = np.sqrt(targets.stands * _believed(past, firm_sigma))[..., None] / firm_sigma
    feet = slopes[:, ANKLES] * firm[..., None]
    # 4. Depth of the whole.
    deep = 1.0 / (_DEPTH * np.maximum(targets.depth, 0.1))
    width = slopes.shape[-1]
    stacked = np.concatenate(
        (
            rows.reshape(count, -1, width),
            (seen * scale[..., None]).reshape(count, -1, width),
            feet.reshape(count, -1, width),
            (slopes[:, _MIDDLE, 2] * deep[:, None])[:, None],
        ),
        axis=1,
    )
    right = np.concatenate(
        (
            gaps.reshape(count, -1),
            (-off * scale).reshape(count, -1),
            (-past * firm).reshape(count, -1),
            ((targets.depth - middle[:, 2]) * deep)[:, None],
        ),
        axis=1,
    )
    turned = np.swapaxes(stacked, 1, 2)
    return turned @ stacked, (turned @ right[..., None])[..., 0]


def _believed(away: Doubles, sigma: Doubles | float) -> Doubles:
    """(T, 14) weights of what is off by (T, 14, C): what is far off is doubted."""
    far = np.linalg.norm(away / sigma, axis=-1)
    return np.asarray(1.0 / (1.0 + (far / _FAR) ** 2))


def _moved(chain: Chain, stance: Stance, step: Doubles) -> Stance:
    skeleton = chain.body.skeleton
    own = np.zeros((len(step), skeleton.joint_count, 3))
    for number, turner in enumerate(chain.turners):
        turn = step[:, 3 + 3 * number : 6 + 3 * number] / len(turner.joints)
        for joint in turner.joints:
            own[:, joint] = turn
    for joints in skeleton.levels:
        own[:, joints] += own[:, skeleton.parents[joints]]
    turns = normalise(quaternion_multiply(vector_to_quaternion(own), stance.turns))
    return Stance(stance.root + step[:, :3], turns)


__all__ = ["Chain", "Stance", "Targets", "joints_at", "places_of", "refine"]
