"""What was found on a four-legged rig."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...conventions import Floats
from ..body import Family, FootKind, QuadrupedBody
from ..skeleton import JOINTS, quadruped_skeleton
from .evened import evened


@dataclass(frozen=True, eq=False)
class LegMap:
    """The bones of one leg of a rig, from the trunk to the ground.

    Args:
        name: as in ``skeleton.LEGS``: "left_hind" and so on.
        bones: K names; the last carries the tip.
        points: (K + 1, 3) where they begin, and the leg's tip: left, up, forward, in the rig's
            unit.
        joints: places in ``points`` of the common joints: hip, stifle, hock, paw, or scapula,
            upper, lower, paw; −1 for a scapula that the rig does not have.
        apart: places in ``bones`` of those that hang elsewhere, as feet moved by hand do.
    """

    name: str
    bones: tuple[str, ...]
    points: Floats
    joints: tuple[int, int, int, int]
    apart: tuple[int, ...] = ()

    @property
    def fore(self) -> bool:
        """Whether it is a front leg."""
        return self.name.endswith("fore")


@dataclass(frozen=True, eq=False)
class QuadrupedMap:
    """A four-legged rig in the words of the common skeleton.

    Args:
        axes: (3, 3) rows: the animal's left, up and forward in the rig's axes.
        origin: (3,) the point between the paws on the ground, in the rig's axes and unit.
        bones: bone by common joint; those without one (a virtual blade) are not in.
        places: (3,) by common joint, all 27, in the rig's unit: left, up and forward of the origin.
        column: bones from hips to the last before the neck.
        neck: bones from neck to head.
        tail: bones of the tail, empty without one.
        ears: bones of each ear.
        jaw: the lower jaw's bone, empty without one.
        legs: four, in the order LH, LF, RH, RF.
        foot, family: what it stands on, and whose gaits it has.
        rests: (3,) where each bone of column, neck, tail, ears and jaw begins: left, up, forward.
        hangs: for each of these bones and the legs', the one of them on which it hangs; the first
            of the column on none.
        doubts: what is unsure, in the user's words.
        warnings: what will make the result look different, in the user's words.
    """

    axes: Floats
    origin: Floats
    bones: Mapping[str, str]
    places: Mapping[str, Floats]
    column: tuple[str, ...]
    neck: tuple[str, ...]
    tail: tuple[str, ...]
    ears: tuple[tuple[str, ...], ...]
    jaw: str
    legs: tuple[LegMap, ...]
    foot: FootKind
    family: Family
    rests: Mapping[str, Floats] = field(default_factory=dict)
    hangs: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def hip_height(self) -> float:
        """Mean height of the hip joints over the ground, in the rig's unit."""
        hips = (self.places["left_hind_hip"][1], self.places["right_hind_hip"][1])
        return float(sum(hips) / 2)

    @property
    def virtual_blades(self) -> bool:
        """Whether the front legs have no shoulder blade."""
        return any(leg.fore and leg.joints[0] < 0 for leg in self.legs)

    @property
    def moving(self) -> tuple[str, ...]:
        """All bones that a motion of the common skeleton turns, first those that carry others."""
        legs = [bone for leg in self.legs for bone in leg.bones]
        return (*self.column, *self.neck, *self.tail, *legs)

    @property
    def begins(self) -> dict[str, Floats]:
        """(3,) where every bone begins at rest: left, up, forward."""
        found = dict(self.rests)
        for leg in self.legs:
            found |= dict(zip(leg.bones, leg.points, strict=False))
        return found

    def body(self, metres_per_unit: float = 1.0) -> QuadrupedBody:
        """The rig's body, made square and even, in metres."""
        rest = evened(self.places, JOINTS) * metres_per_unit
        return QuadrupedBody(quadruped_skeleton(rest), self.family, self.foot)
