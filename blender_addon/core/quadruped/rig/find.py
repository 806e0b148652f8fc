"""Finds what the bones of a four-legged rig are: by its build first, by names where they help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ...conventions import Floats
from ...errors import SkeletonError
from ...retarget.joint_tree import JointTree
from ..body import Family, FootKind
from .chosen import with_chosen
from .doubts import uneven_legs
from .kinds import Kind, find_kind
from .legs_found import Chain, fore_joints, hind_joints, looks_forward, main_chain
from .places import common_places
from .refusal import refused
from .rig_map import LegMap, QuadrupedMap
from .trunk import Trunk, find_trunk
from .turned import Limb, Turned, seen_with_up, standing_limbs, with_feet_hung_on

_UPS: Final = tuple(
    np.array(up, np.float64)
    for up in ((0, 0, 1), (0, 1, 0), (0, -1, 0), (0, 0, -1), (1, 0, 0), (-1, 0, 0))
)

_SHORTEST_LEGS: Final = 1 / 7
"""Height of the hips against the trunk's length; a crocodile's is a fifth."""

_FEWEST_JOINTS: Final = 3
"""Of a leg: two bones and a foot, or three bones."""


@dataclass(frozen=True, eq=False)
class Stance:
    """A rig that stands on four legs.

    Args:
        turned: it, looking along +Z.
        hind, fore: left and right leg.
        ground: height of the ground.
    """

    turned: Turned
    hind: tuple[Chain, Chain]
    fore: tuple[Chain, Chain]
    ground: float


def find_quadruped(
    tree: JointTree,
    chosen: Mapping[str, str] | None = None,
    up: Floats | None = None,
    hints: Sequence[str] = (),
    foot: FootKind | None = None,
    family: Family | None = None,
) -> QuadrupedMap:
    """What the bones of a four-legged rig are.

    Args:
        tree: the rig at rest, in its own axes and unit.
        chosen: bone by common joint, set by hand; the others are found.
        up: (3,) the world's up in the rig's axes; None for that of the axes along which it stands.
        hints: names that may tell what animal it is, as of the object and its meshes.
        foot, family: set by hand; None to find them.

    Raises:
        SkeletonError: there are not four legs, or not a trunk above them: says what was found.
    """
    ups = _UPS if up is None else (np.asarray(up, np.float64),)
    found = next((s for s in (stands(tree, each) for each in ups) if s is not None), None)
    if found is None:
        raise SkeletonError(refused(tree, up, [stands(tree, each) is not None for each in _UPS]))
    kind = find_kind(found.hind, found.fore, found.ground, tree.names, hints)
    kind = replace(kind, foot=foot or kind.foot, family=family or kind.family)
    if foot is not None and family is None:
        kind = replace(kind, family=Family.HOOFED if foot is FootKind.HOOF else Family.CANINE)
    result = with_chosen(_map(found, kind), chosen or {}, tree)
    _check_legs(result)
    return result


def _check_legs(found: QuadrupedMap) -> None:
    trunk = float(np.linalg.norm(found.places["chest"] - found.places["hips"]))
    if found.hip_height < _SHORTEST_LEGS * trunk:
        raise SkeletonError(
            f"its legs are far too short: the trunk is {trunk / max(found.hip_height, 1e-9):.0f} "
            f"times as long as the hips are high, at most {1 / _SHORTEST_LEGS:.0f} times is "
            "possible. Check the rest pose and the joints"
        )


def stands(tree: JointTree, up: Floats) -> Stance | None:
    """A rig on its four legs with this direction for up; None where it is not.

    Args:
        tree: in the rig's axes.
        up: (3,) unit vector.
    """
    if len(tree.names) < 10:
        return None
    turned = with_feet_hung_on(seen_with_up(tree, up))
    legs = standing_limbs(turned)
    sides = [int(turned.sides[leg.root]) for leg in legs]
    if len(legs) != 4 or sorted(sides) != [-1, -1, 1, 1]:
        return None
    ground = _ground_level(legs)
    chains = [main_chain(turned, leg, ground) for leg in legs]
    if min(len(chain.points) for chain in chains) < _FEWEST_JOINTS or not _apart(chains):
        return None
    if looks_forward(turned, chains, ground) < 0:
        turned = turned.turned_round()
        chains = [main_chain(turned, leg, ground) for leg in legs]
    placed = sorted(zip(legs, chains, strict=True), key=lambda each: float(each[1].points[-1, 2]))
    pairs = []
    for pair in (placed[:2], placed[2:]):
        by_side = sorted(pair, key=lambda each: -int(turned.sides[each[0].root]))
        if [int(turned.sides[leg.root]) for leg, _ in by_side] != [1, -1]:
            return None
        pairs.append((by_side[0][1], by_side[1][1]))
    return Stance(turned, pairs[0], pairs[1], ground)


def _apart(chains: Sequence[Chain]) -> bool:
    """Whether the legs stand in two pairs, one behind the other."""
    ways = np.sort([float(chain.points[-1, 2]) for chain in chains])
    height = float(np.mean([chain.top[1] - chain.points[-1, 1] for chain in chains]))
    return bool(ways[2] - ways[1] > 0.2 * height)


def _ground_level(legs: Sequence[Limb]) -> float:
    """Zero, unless the animal clearly does not stand there."""
    lowest = min(leg.lowest for leg in legs)
    height = float(np.mean([leg.height for leg in legs])) - lowest
    return lowest if lowest < -0.03 * height or lowest > 0.1 * height else 0.0


def _map(stance: Stance, kind: Kind) -> QuadrupedMap:
    turned, ground = stance.turned, stance.ground
    hind = [hind_joints(chain, ground, kind.foot) for chain in stance.hind]
    hips = [chain.points[at[0]] for chain, at in zip(stance.hind, hind, strict=True)]
    hip = float(np.mean([place[1] for place in hips])) - ground
    fore = [fore_joints(chain, ground, kind.foot, hip) for chain in stance.fore]
    fore_top = float(np.mean([c.points[at[1], 2] for c, at in zip(stance.fore, fore, strict=True)]))
    trunk = find_trunk(
        turned,
        [chain.joints[0] for chain in stance.hind],
        [chain.joints[0] for chain in stance.fore],
        (ground, hip),
        fore_top,
    )
    paws = [
        chain.points[at[3]]
        for chain, at in zip((*stance.hind, *stance.fore), (*hind, *fore), strict=True)
    ]
    middle = np.mean(paws, axis=0)
    origin = np.array([turned.middle, ground, middle[2]])
    legs = (
        _leg("left_hind", turned, stance.hind[0], hind[0], origin),
        _leg("left_fore", turned, stance.fore[0], fore[0], origin),
        _leg("right_hind", turned, stance.hind[1], hind[1], origin),
        _leg("right_fore", turned, stance.fore[1], fore[1], origin),
    )
    return _complete(turned, trunk, legs, kind, origin)


def _leg(
    name: str, turned: Turned, chain: Chain, at: tuple[int, int, int, int], origin: Floats
) -> LegMap:
    names = tuple(turned.tree.names[joint] for joint in chain.joints)
    apart = tuple(n for n, joint in enumerate(chain.joints) if joint in turned.apart)
    return LegMap(name, names, chain.points - origin, at, apart)


def _complete(
    turned: Turned, trunk: Trunk, legs: tuple[LegMap, ...], kind: Kind, origin: Floats
) -> QuadrupedMap:
    tree = turned.tree

    def named(joints: Sequence[int]) -> tuple[str, ...]:
        return tuple(tree.names[joint] for joint in joints)

    ears = tuple(named(ear) for ear in trunk.ears)
    kept = [*trunk.column, *trunk.neck, *trunk.tail, *(j for ear in trunk.ears for j in ear)]
    kept += [trunk.jaw] if trunk.jaw >= 0 else []
    rests = {tree.names[j]: tree.heads[j] - origin for j in kept}
    end = tree.tails[trunk.tail[-1]] - origin if trunk.tail else None
    bones, places = common_places(
        legs,
        [(name, rests[name]) for name in named(trunk.column)],
        [(name, rests[name]) for name in named(trunk.neck)],
        [(name, rests[name]) for name in named(trunk.tail)],
        (end, None if trunk.nose is None else trunk.nose - origin),
        kind.family,
    )
    if trunk.nose_bone >= 0:
        bones["nose"] = tree.names[trunk.nose_bone]
    return QuadrupedMap(
        axes=turned.axes,
        origin=turned.axes.T @ origin,
        bones=bones,
        places=places,
        column=named(trunk.column),
        neck=named(trunk.neck),
        tail=named(trunk.tail),
        ears=ears,
        jaw=tree.names[trunk.jaw] if trunk.jaw >= 0 else "",
        legs=legs,
        foot=kind.foot,
        family=kind.family,
        rests=rests,
        hangs=_hangs(tree, trunk, kept, legs),
        doubts=kind.doubts,
        warnings=uneven_legs(legs),
    )


def _hangs(
    tree: JointTree, trunk: Trunk, kept: Sequence[int], legs: Sequence[LegMap]
) -> dict[str, str]:
    """For each bone that counts the nearest above it that counts too; the hips at last."""
    names = {tree.names[joint] for joint in kept} | {bone for leg in legs for bone in leg.bones}
    first = tree.names[trunk.column[0]]
    hangs = {}
    for joint, name in enumerate(tree.names):
        if name in names and name != first:
            above = [tree.names[each] for each in tree.ancestors(joint)[1:]]
            hangs[name] = next((each for each in above if each in names), first)
    row = [tree.names[joint] for joint in (*trunk.column, *trunk.neck)]
    return hangs | dict(zip(row[1:], row[:-1], strict=True))
