"""How the joints of a character hang together where its bones do not hang as a body does.

In most rigs all joints hang below the hips. In others pelvis and spine, or hips and thighs, lie
side by side below a common bone (MikuMikuDance, Skyrim, The Sims); or feet hang on the root, where
an animator of the original placed them by hand (Quaternius). A common bone at the height of the
pelvis then *carries* the body: it is the skeleton's first joint, and pelvis and spine turn below
it. A joint that hangs nowhere near the one before it is *apart*: the skeleton links it as the body
does, and it has to be moved as well as turned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..motion.common_skeleton import COMMON_SKELETON
from .joint_tree import JointTree

_PELVIS_SHARE: Final = 0.5  # of the hip sockets' height over the feet, above which a bone may carry
_PARENTS: Final = {
    name: COMMON_SKELETON.names[parent] if parent >= 0 else ""
    for name, parent in zip(COMMON_SKELETON.names, COMMON_SKELETON.parents.tolist(), strict=True)
}
_INNER: Final = ("ForeArm", "Hand", "Leg", "Foot", "Toe")  # joints within a limb
_TOES_AHEAD: Final = (0.4, 1.5)  # of the way from ankle to toe joint, where further toes begin
_TOES_ASIDE: Final = 0.7
_TWIN: Final = 0.05  # nearer to the toe joint than this it is a helper of its own
_BODY: Final = ("Hips", "Spine", "Spine1", "Spine2", "LeftUpLeg", "RightUpLeg")


@dataclass(frozen=True)
class JointLinks:
    """The bones that move, and on which each of them hangs.

    Args:
        bones: indices into the tree, parents first; the first one carries the body.
        parents: index into ``bones`` of the one above each, −1 for the first.
        apart: those of ``bones`` that hang on another bone in the rig.
    """

    bones: tuple[int, ...]
    parents: tuple[int, ...]
    apart: frozenset[int]


def link_joints(tree: JointTree, found: Mapping[str, str]) -> JointLinks:
    """Link the joints of a character.

    Args:
        tree: the character at rest.
        found: bone by common joint name, hips among them.
    """
    number = {name: n for n, name in enumerate(tree.names)}
    joints = {joint: number[bone] for joint, bone in found.items()}
    carrier = _carrier(tree, joints)
    above: dict[int, int] = {carrier: -1}
    apart = set()
    for joint in [name for name in COMMON_SKELETON.names if name in joints]:
        path = _path(tree, joints, joint, above)
        if path is None:
            above[joints[joint]] = joints[_joint_above(joint, joints)]
            apart.add(joints[joint])
        else:
            above |= {bone: tree.parents[bone] for bone in path}
    for side in ("Left", "Right"):
        above |= dict.fromkeys(_toes_beside(tree, joints, side), joints[side + "Foot"])
    depth = {bone: _depth(above, bone) for bone in above}
    bones = sorted(above, key=lambda bone: (depth[bone], bone))
    return JointLinks(
        tuple(bones),
        tuple(bones.index(above[bone]) if above[bone] >= 0 else -1 for bone in bones),
        frozenset(apart),
    )


def _carrier(tree: JointTree, joints: Mapping[str, int]) -> int:
    """The hips, or the bone at their height that carries them and what hangs beside them."""
    hips = joints["Hips"]
    beside = [
        bone
        for joint in _BODY
        if (bone := joints.get(joint, hips)) != hips and not tree.descends(bone, hips)
    ]
    if not beside:
        return hips
    common = tree.common_ancestor(hips, *beside)
    return common if common >= 0 and _is_at_pelvis(tree, joints, common) else hips


def _is_at_pelvis(tree: JointTree, joints: Mapping[str, int], bone: int) -> bool:
    legs = ("LeftUpLeg", "RightUpLeg", "LeftFoot", "RightFoot")
    if any(joint not in joints for joint in legs):
        return True
    left, right, left_foot, right_foot = (tree.heads[joints[joint]] for joint in legs)
    feet, sockets = 0.5 * (left_foot + right_foot), 0.5 * (left + right)
    way = sockets - feet
    share = float((tree.heads[bone] - feet) @ way) / max(float(way @ way), 1e-12)
    return bool(np.isfinite(share)) and share > _PELVIS_SHARE


def _path(
    tree: JointTree, joints: Mapping[str, int], joint: str, above: Mapping[int, int]
) -> list[int] | None:
    """A joint's bone and those over it up to a bone that moves; None where it is apart."""
    path = []
    bone = joints[joint]
    while bone >= 0 and bone not in above:
        path.append(bone)
        bone = tree.parents[bone]
    if bone < 0:
        return None
    part = joint.removeprefix("Left").removeprefix("Right")
    if part in _INNER and not tree.descends(bone, joints[_joint_above(joint, joints)]):
        return None
    return path


def _toes_beside(tree: JointTree, joints: Mapping[str, int], side: str) -> list[int]:
    """Further toes that hang on the foot beside the toe joint's bone, and have to bend like it."""
    foot, toe = joints.get(side + "Foot", -1), joints.get(side + "Toe", -1)
    if foot < 0 or toe < 0 or tree.parents[toe] != foot:
        return []
    way = tree.heads[toe] - tree.heads[foot]
    length = max(float(np.linalg.norm(way)), 1e-12)
    beside = []
    for bone in tree.children[foot]:
        off = (tree.heads[bone] - tree.heads[foot]) / length
        ahead = float(off @ way) / length
        aside = float(np.linalg.norm(off - ahead * way / length))
        apart = float(np.linalg.norm(tree.heads[bone] - tree.heads[toe])) / length
        onward = float((tree.tails[bone] - tree.heads[bone]) @ way) > 0.0
        if _TOES_AHEAD[0] < ahead < _TOES_AHEAD[1] and aside < _TOES_ASIDE and onward:
            if bone not in joints.values() and apart > _TWIN:
                beside.append(bone)
    return beside


def _joint_above(joint: str, joints: Mapping[str, int]) -> str:
    """The nearest joint before one that the character has."""
    above = _PARENTS[joint]
    while above and above not in joints:
        above = _PARENTS[above]
    return above or "Hips"


def _depth(above: Mapping[int, int], bone: int) -> int:
    steps = 0
    while above[bone] >= 0:
        bone, steps = above[bone], steps + 1
    return steps
