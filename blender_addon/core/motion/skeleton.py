"""A tree of joints with its rest pose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..conventions import Floats, Ints
from ..errors import SkeletonError


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Joints in parent-before-child order; rest axes parallel to the world's.

    Args:
        names: J joint names, each once.
        parents: (J,) index of the parent, −1 for the first joint alone.
        offsets: (J, 3) rest position relative to the parent, metres.
        ends: end-site offsets (metres) of leaf joints, by joint name.
        soles: (K, 4) outermost points of what is seen of a foot, from its joint at rest, metres,
            and the share of each that its toe joint carries, by the foot joint's name; none where
            nothing is known but bones.
        body: (K, 3) points of what is seen of hips, thighs and hands, from the joint that carries
            them at rest, metres, by its name; none where nothing is known but bones.

    Raises:
        SkeletonError: names repeat, the order is wrong, an end belongs to no joint, or a number is
            not finite.
    """

    names: tuple[str, ...]
    parents: Ints
    offsets: Floats
    ends: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    soles: dict[str, Floats] = field(default_factory=dict)
    body: dict[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parents", np.asarray(self.parents, np.int64))
        object.__setattr__(self, "offsets", np.asarray(self.offsets, np.float32))
        _check(self)

    @property
    def joint_count(self) -> int:
        """J."""
        return len(self.names)

    @cached_property
    def levels(self) -> tuple[Ints, ...]:
        """Joints by distance from the root, the root left out: each level's parents come before."""
        depth = np.zeros(self.joint_count, np.int64)
        for joint in range(1, self.joint_count):
            depth[joint] = depth[self.parents[joint]] + 1
        return tuple(np.flatnonzero(depth == level) for level in range(1, depth.max() + 1))

    def index(self, name: str) -> int:
        """Position of a joint by name; SkeletonError if it is not there."""
        try:
            return self.names.index(name)
        except ValueError:
            raise SkeletonError(
                f"no joint named '{name}'; this skeleton has {', '.join(self.names)}"
            ) from None

    def indices(self, names: Sequence[str]) -> list[int]:
        """Positions of several joints by name."""
        return [self.index(name) for name in names]

    def rest_positions(self) -> Floats:
        """(J, 3) joint positions in the rest pose with the first joint at its offset."""
        positions = self.offsets.copy()
        for joint in range(1, self.joint_count):
            positions[joint] += positions[self.parents[joint]]
        return positions

    def scaled(self, factor: float) -> Skeleton:
        """The same skeleton, ``factor`` times as large."""
        ends = {n: (x * factor, y * factor, z * factor) for n, (x, y, z) in self.ends.items()}
        size = np.array([factor, factor, factor, 1.0], np.float32)
        soles = {name: points * size for name, points in self.soles.items()}
        body = {name: points * np.float32(factor) for name, points in self.body.items()}
        offsets = self.offsets * np.float32(factor)
        return Skeleton(self.names, self.parents, offsets, ends, soles, body)


def _check(skeleton: Skeleton) -> None:
    count = len(skeleton.names)
    if not count or len(set(skeleton.names)) != count:
        raise SkeletonError(f"joint names must be given once each; found {skeleton.names}")
    if skeleton.parents.shape != (count,) or skeleton.offsets.shape != (count, 3):
        raise SkeletonError(
            f"{count} joints need parents ({count},) and offsets ({count}, 3); "
            f"found {skeleton.parents.shape} and {skeleton.offsets.shape}"
        )
    if (
        skeleton.parents[0] != -1
        or np.any(skeleton.parents[1:] >= np.arange(1, count))
        or np.any(skeleton.parents[1:] < 0)
    ):
        raise SkeletonError("a skeleton has one root and lists every parent before its children")
    outer = (*skeleton.ends, *skeleton.soles, *skeleton.body)
    if unknown := [name for name in outer if name not in skeleton.names]:
        raise SkeletonError(
            f"end sites, soles and body belong to joints; found some for {', '.join(unknown)}"
        )
    ends = np.array(list(skeleton.ends.values()), np.float32)
    if not (np.isfinite(skeleton.offsets).all() and np.isfinite(ends).all()):
        raise SkeletonError("a rest offset is not a finite number")
