"""Why a rig is no four-legged one, in the user's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ...conventions import Floats
from ...retarget.joint_tree import JointTree
from .legs_found import main_chain
from .turned import Limb, Turned, seen_with_up, standing_limbs, with_feet_hung_on

_COUNTS: Final = {1: "one leg", 3: "three legs", 5: "five legs", 6: "six legs", 8: "eight legs"}
_SIDEWAYS: Final = 0.7


def refused(tree: JointTree, up: Floats | None, standing: Sequence[bool]) -> str:
    """What to tell.

    Args:
        tree: the rig, in its own axes.
        up: (3,) the world's up in these axes; None where it is not known.
        standing: for +Z, +Y, −Y, −Z, +X and −X as up, whether it would stand on four legs.
    """
    if not tree.names:
        return "the armature has no bones. Choose the armature of an animal"
    if up is not None and any(standing):
        return _lying(np.asarray(up, np.float64), standing)
    ups = [np.asarray(up, np.float64)] if up is not None else [_Z, _Y, -_Y]
    seen = [with_feet_hung_on(seen_with_up(tree, each)) for each in ups]
    legs = [standing_limbs(turned) for turned in seen]
    best = max(range(len(ups)), key=lambda n: len(legs[n]) if len(legs[n]) < 9 else 0)
    return _told(seen[best], legs[best])


_Z: Final = np.array([0.0, 0.0, 1.0])
_Y: Final = np.array([0.0, 1.0, 0.0])


def _lying(up: Floats, standing: Sequence[bool]) -> str:
    axes = ((0, 0, 1), (0, 1, 0), (0, -1, 0), (0, 0, -1), (1, 0, 0), (-1, 0, 0))
    cosine = max(
        float(np.array(axis) @ up) for axis, stands in zip(axes, standing, strict=True) if stands
    )
    how = "lies on its side" if cosine > -_SIDEWAYS else "stands upside down"
    return (
        f"the animal {how}: its legs do not point down in the scene. Turn the armature so that it "
        "stands on its legs (Object ▸ Transform ▸ Rotate), or turn the bones in Edit Mode"
    )


def _told(turned: Turned, legs: Sequence[Limb]) -> str:
    count = len(legs)
    if count == 0:
        return (
            f"found no legs among {len(turned.tree.names)} bones: no chains of bones on both sides "
            "reach from a trunk to the ground. A four-legged animal is needed; a snake, a fish or "
            "a bird on its wings cannot be moved with this"
        )
    if count == 2:
        return (
            "this is a two-legged rig: two chains of bones reach the ground "
            f"({_names(turned, legs)}), four are needed. For a person use Walk; two-legged "
            "animals are not supported"
        )
    if count != 4:
        told = _COUNTS.get(count, f"{count} legs")
        return (
            f"found {told} that reach the ground ({_names(turned, legs)}); four are needed, "
            "two on each side. Animals with another number of legs are not supported; if the rig "
            "has four, give each leg at least three bones from the trunk to the ground"
        )
    return _four_but(turned, legs)


def _four_but(turned: Turned, legs: Sequence[Limb]) -> str:
    low = min(leg.lowest for leg in legs)
    bones = {turned.tree.names[leg.root]: len(main_chain(turned, leg, low).joints) for leg in legs}
    few = [name for name, count in bones.items() if count < 2]
    if few:
        return (
            f"the leg that begins at '{few[0]}' has only one bone; at least two, better four, are "
            "needed in each leg. Subdivide it in Edit Mode"
        )
    left = sum(int(turned.sides[leg.root] > 0) for leg in legs)
    if left != 2:
        return (
            f"found four legs, {left} on the left and {4 - left} on the right "
            f"({_names(turned, legs)}); two on each side are needed. Check the rest pose in Edit "
            "Mode"
        )
    return (
        f"found four legs in one row ({_names(turned, legs)}); two have to stand before the others"
        ". Check the rest pose in Edit Mode"
    )


def _names(turned: Turned, legs: Sequence[Limb]) -> str:
    return ", ".join(f"'{turned.tree.names[leg.root]}'" for leg in legs[:8])
