"""One synthesised motion, as it is stored and learned from."""

from __future__ import annotations

from dataclasses import dataclass

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.ground.terrain import Terrain
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.plan import QuadrupedPlan


@dataclass(frozen=True, eq=False)
class Footfalls:
    """When and where the feet stand, T frames at 60 Hz of the model's world, LH, LF, RH, RF.

    Args:
        phases: (T, 4) part of each foot's own stride, 0 ≤ p < 1, 0 when it lands; while standing
            still, 0.
        duties: (T, 4) part of its stride that each foot stands; it lifts off at phase = duty.
        contacts: (T, 4) whether each stands.
        paws_m: (T, 4, 3) where each paw is to be (its joint, so with its own height above the
            ground): still while it stands, on an arc from print to print in the air.
        strides: (T,) strides made so far, rises by 1 a stride and never falls.
    """

    phases: Floats
    duties: Floats
    contacts: Bools
    paws_m: Floats
    strides: Floats


@dataclass(frozen=True, eq=False)
class Sequence:
    """A motion of one body along one plan.

    Args:
        name: unique, of body, kind and seed.
        body: at the model's size.
        body_name: e.g. "horse", "mix_07"; unseen bodies never appear in training.
        split: "train", "val" or "test".
        clip: 60 Hz of the model's world, 27 joints, contacts (T, 4).
        root_track: (T, 3) float64 x, z, unwrapped heading (see ``root.root_of``, smoothed).
        plan: what was asked.
        terrain: what it moves over.
        footfalls: what was planned.
    """

    name: str
    body: QuadrupedBody
    body_name: str
    split: str
    clip: MotionClip
    root_track: Floats
    plan: QuadrupedPlan
    terrain: Terrain
    footfalls: Footfalls
