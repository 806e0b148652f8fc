"""What of a skeleton the fourteen joints are, and which of its joints turn to bring them there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...conventions import Floats
from ...errors import SkeletonError
from ...maths.rotations import quaternion_rotate
from ...motion.kinematics import forward_kinematics
from ...motion.skeleton import Skeleton
from ..points import JOINTS

Doubles = NDArray[np.float64]
SIDES: Final = ("Left", "Right")
NECK: Final = JOINTS.index("Neck")
TOP: Final = JOINTS.index("HeadTop")
ARMS: Final = [JOINTS.index(side + "Arm") for side in SIDES]
HIPS: Final = [JOINTS.index(side + "UpLeg") for side in SIDES]
_NEEDED: Final = ("Hips", "Head", *JOINTS[:-2])
_LEG_M: Final = 0.82
_HEAD_OF_NECK: Final = 0.45
"""Height of a head over its joint, of the way from the middle of the shoulders to the hips'."""


@dataclass(frozen=True, eq=False)
class Body:
    """A skeleton with the joints that a fit turns.

    Args:
        skeleton: J joints of the common names.

    Raises:
        SkeletonError: a joint that is tracked is missing.
    """

    skeleton: Skeleton

    def __post_init__(self) -> None:
        missing = [name for name in _NEEDED if name not in self.skeleton.names]
        if missing:
            raise SkeletonError(
                f"a body that follows a film needs the joints {', '.join(_NEEDED)}; "
                f"{', '.join(missing)} of them are missing; map these joints"
            )

    def joint(self, name: str) -> int:
        """Index by its name."""
        return self.skeleton.index(name)

    def has(self, name: str) -> bool:
        """Whether the skeleton has this joint."""
        return name in self.skeleton.names

    def above(self, joint: int) -> list[int]:
        """The joint's parents, from the nearest to the root."""
        parents: list[int] = []
        while (joint := int(self.skeleton.parents[joint])) >= 0:
            parents.append(joint)
        return parents

    @cached_property
    def root(self) -> int:
        """The hips."""
        return self.joint("Hips")

    @cached_property
    def spine(self) -> list[int]:
        """Joints between hips and shoulders that carry both arms, from the hips up."""
        left, right = (self.above(self.joint(side + "Arm")) for side in SIDES)
        shared = [joint for joint in left if joint in right]
        return shared[: shared.index(self.root)][::-1] if self.root in shared else []

    @cached_property
    def chest(self) -> int:
        """The last joint that carries both arms."""
        return self.spine[-1] if self.spine else self.root

    @cached_property
    def neck(self) -> list[int]:
        """Joints between the chest and the head, from below, without the head."""
        above = self.above(self.joint("Head"))
        return above[: above.index(self.chest)][::-1] if self.chest in above else []

    def collar(self, side: str) -> int | None:
        """The joint between the chest and an upper arm, if there is one."""
        parent = int(self.skeleton.parents[self.joint(side + "Arm")])
        return None if parent == self.chest else parent

    @cached_property
    def top(self) -> Doubles:
        """(3,) top of the head from the head's joint at rest, metres."""
        known = self.skeleton.ends.get("Head")
        if known is not None:
            return np.array(known, np.float64)
        places = self.skeleton.rest_positions().astype(np.float64)
        shoulders, hips = (
            np.mean([places[self.joint(s + part)] for s in SIDES], axis=0)
            for part in ("Arm", "UpLeg")
        )
        return np.asarray(_HEAD_OF_NECK * (shoulders - hips))

    @cached_property
    def direct(self) -> list[int]:
        """The skeleton's joints that the first twelve of ``JOINTS`` are."""
        return self.skeleton.indices(JOINTS[:-2])

    @cached_property
    def rest(self) -> Doubles:
        """(14, 3) at rest."""
        identity = np.zeros((1, self.skeleton.joint_count, 4), np.float32)
        identity[..., 0] = 1.0
        rest = self.joints(np.zeros((1, 3), np.float32), identity)[0]
        return np.asarray(rest)

    def joints(self, root: Floats, rotations_wxyz: Floats) -> Doubles:
        """(T, 14, 3) of root positions (T, 3) and local rotations (T, J, 4)."""
        return self.joints_of(*forward_kinematics(self.skeleton, root, rotations_wxyz))

    def joints_of(self, positions: Floats, rotations: Floats) -> Doubles:
        """(T, 14, 3) of world positions (T, J, 3) and rotations (T, J, 4)."""
        found = np.empty((len(positions), len(JOINTS), 3))
        found[:, : len(self.direct)] = positions[:, self.direct]
        found[:, NECK] = found[:, ARMS].mean(axis=1)
        head = self.joint("Head")
        found[:, TOP] = positions[:, head] + quaternion_rotate(rotations[:, head], self.top)
        return found

    def lengths(self) -> Doubles:
        """(B,) of the measured bones at rest, metres."""
        return np.asarray(bone_lengths(self.rest[None])[0])

    def person_size(self) -> float:
        """How many times as long the legs are as those of a person of 1.75 m."""
        return float(self.lengths()[LEG_BONES].sum() / (2.0 * _LEG_M))


MEASURED: Final[Mapping[str, tuple[tuple[int, int], ...]]] = {
    name: tuple((JOINTS.index(s + a), JOINTS.index(s + b)) for s in SIDES)
    for name, (a, b) in {
        "thigh": ("UpLeg", "Leg"),
        "shin": ("Leg", "Foot"),
        "upper arm": ("Arm", "ForeArm"),
        "forearm": ("ForeArm", "Hand"),
        "trunk": ("UpLeg", "Arm"),
    }.items()
}
"""Bones by name, of both sides, whose lengths say how large somebody is."""
PAIRS: Final = [pair for pairs in MEASURED.values() for pair in pairs]
LEG_BONES: Final = [0, 1, 2, 3]


def bone_lengths(joints: NDArray[Any]) -> Doubles:
    """(T, 10) lengths of ``PAIRS`` of joints (T, 14, 3)."""
    starts, stops = np.array(PAIRS).T
    return np.asarray(np.linalg.norm(joints[:, stops] - joints[:, starts], axis=-1), np.float64)
