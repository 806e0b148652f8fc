"""Which joint of one skeleton drives which joint of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ..errors import SkeletonError
from ..motion.skeleton import Skeleton
from .joint_names import find_common_joints

_WITH_SPINE: Final = 0.25  # how much of the way from pelvis to spine what carries both turns


@dataclass(frozen=True)
class JointPairs:
    """How two skeletons correspond; everything is a joint index.

    Args:
        driver: source joint by target joint.
        source_roles: source joint by common name, for names both skeletons have.
        target_roles: target joint by common name, for the same names.
        blended: target joint → (paired joint below it, paired joint above it, weight of the
            latter): the spine and neck joints that the source lacks, and what carries hips and
            spine side by side.
    """

    driver: dict[int, int]
    source_roles: dict[str, int]
    target_roles: dict[str, int]
    blended: dict[int, tuple[int, int, float]]

    def has(self, *roles: str) -> bool:
        """Whether both skeletons have all these common joints."""
        return all(role in self.target_roles for role in roles)


def pair_joints(
    source: Skeleton, target: Skeleton, joint_map: Mapping[str, str] | None
) -> JointPairs:
    """Match two skeletons by a given map, or by the names of the common skeleton.

    The joint that carries the arms drives its like, however many spine joints lie below.

    Args:
        source: whose motion is known.
        target: who shall move.
        joint_map: source joint name by target joint name; None to find it.

    Raises:
        SkeletonError: a joint in the map does not exist, or the two have no hips in common.
    """
    roles = _roles(source, target, joint_map)
    names = dict(joint_map) if joint_map is not None else dict(roles.values())
    if joint_map is None and source.names == target.names:  # fingers and helper joints as well
        names = {name: name for name in source.names}
    driver = {target.index(t): source.index(s) for t, s in names.items()}
    source_roles = {role: source.index(s) for role, (_, s) in roles.items()}
    target_roles = {role: target.index(t) for role, (t, _) in roles.items()}
    if "Hips" not in roles:
        raise SkeletonError(
            "no hips found that both skeletons have: map a target joint to the source's hips; "
            f"source joints: {', '.join(source.names)}; target joints: {', '.join(target.names)}"
        )
    _pair_chests(source, target, source_roles, target_roles, driver, given=joint_map is not None)
    blended = _blend_spine(target, target_roles, driver) | _blend_carrier(
        target, target_roles, driver
    )
    return JointPairs(driver, source_roles, target_roles, blended)


def ancestors(skeleton: Skeleton, joint: int) -> list[int]:
    """The joint itself, its parent, and so on up to the root."""
    path = [joint]
    while (parent := int(skeleton.parents[path[-1]])) >= 0:
        path.append(parent)
    return path


def _roles(
    source: Skeleton, target: Skeleton, joint_map: Mapping[str, str] | None
) -> dict[str, tuple[str, str]]:
    """(target name, source name) by common name."""
    in_source, in_target = find_common_joints(source.names), find_common_joints(target.names)
    if joint_map is None:
        shared = [role for role in in_source if role in in_target]
        return {role: (in_target[role], in_source[role]) for role in shared}
    by_source = {name: role for role, name in in_source.items()}
    by_target = {name: role for role, name in in_target.items()}
    roles: dict[str, tuple[str, str]] = {}
    for t, s in joint_map.items():
        role = by_source.get(s) or by_target.get(t)
        if role is not None:
            roles.setdefault(role, (t, s))
    return roles


def _pair_chests(
    source: Skeleton,
    target: Skeleton,
    source_roles: Mapping[str, int],
    target_roles: Mapping[str, int],
    driver: dict[int, int],
    *,
    given: bool,
) -> None:
    """Let the joint that carries the source's arms drive the one that carries the target's."""
    if "LeftArm" not in source_roles or "RightArm" not in source_roles:
        return
    from_chest = common_ancestor(source, source_roles["LeftArm"], source_roles["RightArm"])
    to_chest = common_ancestor(target, target_roles["LeftArm"], target_roles["RightArm"])
    below_hips = ancestors(target, target_roles["Hips"])
    if to_chest in below_hips or from_chest == source_roles["Hips"]:
        return
    if given and to_chest in driver:
        return
    trunk = set(ancestors(target, to_chest)) - set(below_hips)
    for joint in [t for t in trunk if driver.get(t) == from_chest]:
        del driver[joint]
    driver[to_chest] = from_chest


def common_ancestor(skeleton: Skeleton, a: int, b: int) -> int:
    """The lowest joint that two joints hang on."""
    above_b = set(ancestors(skeleton, b))
    return next(joint for joint in ancestors(skeleton, a) if joint in above_b)


def _blend_spine(
    target: Skeleton, roles: Mapping[str, int], driver: Mapping[int, int]
) -> dict[int, tuple[int, int, float]]:
    """Unpaired joints between hips and head turn part of the way, so that the back bends evenly."""
    if "Head" not in roles:
        return {}
    path = ancestors(target, roles["Head"])[::-1]
    paired = [n for n, joint in enumerate(path) if joint in driver]
    blended = {}
    for low, high in pairwise(paired):
        for n in range(low + 1, high):
            blended[path[n]] = (path[low], path[high], (n - low) / (high - low))
    return blended


def _blend_carrier(
    target: Skeleton, roles: Mapping[str, int], driver: Mapping[int, int]
) -> dict[int, tuple[int, int, float]]:
    """A joint that carries hips and spine, or hips and thighs, side by side turns with them.

    Thighs beside the hips have to go round with the pelvis, and so has, as far as can be, the
    spine's lower end; the rest is with the spine, so that pelvis and spine turn each about it.
    """
    hips = roles["Hips"]
    carrier = hips
    for role in ("LeftUpLeg", "RightUpLeg", "Spine", "Spine1", "Spine2"):
        if role in roles:
            carrier = common_ancestor(target, carrier, roles[role])
    if carrier == hips or carrier in driver:
        return {}
    legs = [roles[role] for role in ("LeftUpLeg", "RightUpLeg") if role in roles]
    beside = any(hips not in ancestors(target, leg) for leg in legs)
    spine = next((roles[r] for r in ("Spine", "Spine1", "Spine2") if r in roles), hips)
    turns = (hips, spine, 0.0 if beside or spine not in driver else _WITH_SPINE)
    between = [joint for joint in ancestors(target, hips)[1:] if joint not in driver]
    return dict.fromkeys(between[: between.index(carrier) + 1], turns)
