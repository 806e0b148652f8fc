"""A motion of four feet as every measure sees it: ours, a loop's or a real dog's.

All lengths are in the model's world (hips half a metre high, times by the square root of that), so
that one threshold fits a fox and a horse; a slip of 3 cm/s here is one of 3 cm/s × √(h / 0.5 m).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from backend.motion_quality.ways import StairsTerrain
from backend.quadruped.sequence import Footfalls
from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.feet.measures import moving_average
from blender_addon.core.ground.terrain import FlatTerrain, Terrain
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.body import Family, QuadrupedBody
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.skeleton import HEAD, LEGS, NECK, PAWS

Reals = NDArray[np.float64]

PLAN_RATE_HZ = 60.0
SMOOTHING_S = 0.5


@dataclass(frozen=True, eq=False)
class Wanted:
    """What was asked for, frame by frame of the motion.

    Args:
        path_xz: (N, 2) metres; None where no path was asked for.
        plan: of T frames.
        landings: (T, 4) when each foot of a stride lands, the left hind one at 0; None if unknown.
        duties: (T, 4) likewise.
        contacts: (T, 4) which feet were to stand.
    """

    path_xz: Reals | None
    plan: QuadrupedPlan
    landings: Reals | None = None
    duties: Reals | None = None
    contacts: Bools | None = None


@dataclass(frozen=True, eq=False)
class AnimalMotion:
    """T frames in the model's world, feet LH, LF, RH, RF.

    Args:
        name: of the path or clip.
        body_name: whose.
        family: whose gaits it has.
        rate_hz: frames a second of the model's time.
        feet_m: (T, 4, 3).
        hips_m: (T, 2, 3) left and right hip joint.
        neck_m: (T, 3) base of the neck.
        head_m: (T, 3); None where it was not recorded.
        ground_m: (T, 4) height of the ground under each foot.
        under_m: (T,) height of the ground under the middle of the trunk.
        planted_m: (4,) height of each foot over the ground while it stands.
        body: at the model's size; None where only points are known.
        joints_m: (T, 27, 3) of the common skeleton; None likewise.
        below_m: (T, 27) height of the ground under each joint; None likewise.
        size: by which its own lengths were multiplied.
        wanted: None where nothing was asked for.
        labels: (T, 4) which feet carry, by its own account.
        level: whether its ground is flat.
    """

    name: str
    body_name: str
    family: Family
    rate_hz: float
    feet_m: Reals
    hips_m: Reals
    neck_m: Reals
    head_m: Reals | None
    ground_m: Reals
    under_m: Reals
    planted_m: Reals
    body: QuadrupedBody | None = None
    joints_m: Reals | None = None
    below_m: Reals | None = None
    size: float = 1.0
    wanted: Wanted | None = None
    labels: Bools | None = None
    level: bool = True

    @property
    def frame_count(self) -> int:
        """T."""
        return len(self.feet_m)

    @cached_property
    def heights_m(self) -> Reals:
        """(T, 4) of the feet above where they are when they stand."""
        return np.asarray(self.feet_m[..., 1] - self.ground_m - self.planted_m)

    @cached_property
    def root(self) -> Reals:
        """(T, 3) x, z and heading of the middle between hips and base of the neck."""
        back = self.hips_m.mean(axis=1)
        along = self.neck_m - back
        middle = (self.neck_m + back) / 2
        heading = np.unwrap(np.arctan2(along[:, 0], along[:, 2]))
        return np.stack((middle[:, 0], middle[:, 2], heading), axis=-1)

    @cached_property
    def speeds_m_s(self) -> Reals:
        """(T,) horizontal speed of the root, smoothed over half a second."""
        smooth = moving_average(self.root[:, :2], round(SMOOTHING_S * self.rate_hz))
        steps = np.linalg.norm(np.diff(smooth, axis=0), axis=-1) * self.rate_hz
        return np.append(steps, steps[-1:]) if len(steps) else np.zeros(self.frame_count)


def motion_of_clip(
    clip: MotionClip,
    body: QuadrupedBody,
    names: tuple[str, str],
    terrain: Terrain | None = None,
    wanted: Wanted | None = None,
) -> AnimalMotion:
    """A clip on the common skeleton, brought to the model's world.

    Args:
        clip: 60 Hz of the body's own time and size.
        body: at the clip's size.
        names: of the path and of the body.
        terrain: in the clip's metres; flat if None.
        wanted: in the model's world, with as many frames as the clip.
    """
    ground = terrain if terrain is not None else FlatTerrain()
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    joints = joints.astype(np.float64)
    paws = joints[:, list(PAWS)]
    planted = body.paw_heights_m.astype(np.float64)
    factor = body.length_factor
    hips = [leg.joints[0] for leg in LEGS if not leg.fore]
    centre = (joints[:, hips].mean(axis=1) + joints[:, NECK[0]]) / 2
    return AnimalMotion(
        name=names[0],
        body_name=names[1],
        family=body.family,
        rate_hz=clip.frame_rate_hz / body.time_factor,
        feet_m=paws * factor,
        hips_m=joints[:, hips] * factor,
        neck_m=joints[:, NECK[0]] * factor,
        head_m=joints[:, HEAD] * factor,
        ground_m=ground_under_paws(paws, ground, planted) * factor,
        under_m=np.asarray(ground.heights(centre[:, [0, 2]]), np.float64) * factor,
        planted_m=planted * factor,
        body=body.at_model_size(),
        joints_m=joints * factor,
        below_m=np.asarray(ground.heights(joints[..., [0, 2]]), np.float64) * factor,
        size=factor,
        wanted=wanted,
        labels=clip.contacts,
        level=isinstance(ground, FlatTerrain),
    )


def wanted_of(
    plan: QuadrupedPlan,
    frame_count: int,
    rate_hz: float,
    path_xz: Floats | None,
    footfalls: Footfalls | None = None,
) -> Wanted:
    """What a plan asks for at the frames of a motion.

    Args:
        plan: at 60 Hz of the model's time.
        frame_count: of the motion.
        rate_hz: the motion's, in the model's time.
        path_xz: (N, 2) in the model's metres.
        footfalls: planned with the plan.
    """
    last = plan.frame_count - 1
    times = np.minimum(np.arange(frame_count) * PLAN_RATE_HZ / rate_hz, last)
    near = np.round(times).astype(np.int64)
    here = QuadrupedPlan(
        plan.positions_xz[near],
        plan.headings_rad[near],
        plan.travel_rad[near],
        plan.speeds_m_s[near],
        plan.distances_m[near],
        plan.actions[near],
        plan.notes,
    )
    path = None if path_xz is None else np.asarray(path_xz, np.float64)
    if footfalls is None:
        return Wanted(path, here)
    phases = np.asarray(footfalls.phases, np.float64)
    landings = (phases[:, :1] - phases) % 1.0
    return Wanted(
        path, here, landings[near], np.asarray(footfalls.duties)[near], footfalls.contacts[near]
    )


def ground_under_paws(paws_m: Reals, terrain: Terrain, planted_m: Reals) -> Reals:
    """(T, 4) ground under the paws; on stairs never above the tread that a paw stands on.

    A paw whose joint is above the next step's riser stands on the tread below, which counts then.
    """
    ground = np.asarray(terrain.heights(paws_m[..., [0, 2]]), np.float64)
    if not isinstance(terrain, StairsTerrain):
        return ground
    return np.minimum(ground, terrain.tread_near(paws_m[..., 1] - planted_m))
