"""Which bone of a character is which joint: found by name, by structure, or set by hand.

A map set by hand names a bone for some of the common joints; the others are found. It is kept on
the character, and as a file: ``{"format": 1, "joints": {"Hips": "pelvis", …}}``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final

import numpy as np

from ..errors import MALFORMED, SkeletonError, shortened
from ..motion.common_skeleton import COMMON_SKELETON
from .joint_doubts import check_plausible, doubtful_joints
from .joint_names import COMMON_JOINT_NAMES, match_family, missing_joints, swap_side
from .joint_neck import with_neck_above_arms
from .joint_structure import find_joints_by_structure
from .joint_tree import JointTree
from .joint_words import words_for

FORMAT: Final = 1
_NEAR: Final = 0.05  # of the character's size within which a mirrored bone is looked for
_PARENTS: Final = {
    name: COMMON_SKELETON.names[parent]
    for name, parent in zip(COMMON_SKELETON.names, COMMON_SKELETON.parents.tolist(), strict=True)
    if parent >= 0
}


class Origin(Enum):
    """How a joint's bone is known."""

    HAND = "set by hand"
    NAME = "found by name"
    STRUCTURE = "found by structure"


@dataclass(frozen=True)
class JointMap:
    """The joints of a character.

    Args:
        bones: bone by common joint name, in the common skeleton's order.
        origins: how each of them is known.
        family: whose names the bones have; empty where names did not decide.
        doubts: what looks odd about a joint, by its name, in the user's words.
    """

    bones: Mapping[str, str]
    origins: Mapping[str, Origin]
    family: str = ""
    doubts: Mapping[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[str, ...]:
        """Joints without which the character cannot walk and that are not known."""
        return missing_joints(self.bones)


def find_joints(tree: JointTree, chosen: Mapping[str, str] | None = None) -> JointMap:
    """The joints of a character: those set by hand, the others by name or else by structure.

    A bone set by hand for one joint is not found for another. What names leave open structure
    completes, where both agree on the joint before; it also decides where names lead to joints
    that cannot be a body's, as "Root" for the hips of a rig whose root lies on the ground.

    Args:
        tree: the character at rest.
        chosen: bone by common joint name, set by hand; not checked, see ``check_chosen``.
    """
    chosen = {joint: bone for joint, bone in (chosen or {}).items() if bone}
    named = match_family(tree.names)
    joints = with_neck_above_arms(tree, named.joints)
    found = _complete(joints, chosen, Origin.NAME, named.family)
    sound = _is_plausible(tree, found)
    if len(found.bones) < len(COMMON_JOINT_NAMES) or not sound:
        built = _complete(find_joints_by_structure(tree), chosen, Origin.STRUCTURE)
        better = not built.missing and (found.missing or _is_plausible(tree, built))
        found = built if better and (found.missing or not sound) else _filled(found, built)
    told = found.origins.get("LeftUpLeg") is not Origin.STRUCTURE
    return replace(found, doubts=doubtful_joints(tree, found.bones, told))


def check_chosen(tree: JointTree, chosen: Mapping[str, str], found: JointMap) -> None:
    """Refuse a map set by hand that cannot be meant.

    Args:
        tree: the character at rest.
        chosen: bone by common joint name, set by hand.
        found: what ``find_joints`` made of it.

    Raises:
        SkeletonError: an unknown joint, a bone that does not exist, one set twice, one that does
            not hang below the joint before it, or joints that do not lie as a body's do.
    """
    users: dict[str, str] = {}
    for joint, bone in chosen.items():
        _check_joint(joint)
        if bone not in tree.names:
            raise SkeletonError(
                f"the joint {words_for(joint)} is set to the bone '{bone}', which does not exist. "
                "Choose another bone under Joints, or clear it there to have it found"
            )
        if bone in users:
            raise SkeletonError(
                f"the bone '{bone}' is set for two joints, {words_for(users[bone])} and "
                f"{words_for(joint)}. Choose another bone for one of them under Joints"
            )
        users[bone] = joint
    _check_order(tree, chosen, found)
    check_plausible(tree, found.bones)


def mirror_chosen(
    tree: JointTree, chosen: Mapping[str, str], source: str = "Left"
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Copy the joints set on one side to the other.

    The partner of a bone is the one of its name on the other side; failing that, the bone at the
    mirrored place.

    Args:
        tree: the character at rest.
        chosen: bone by common joint name; those on the source side are copied.
        source: "Left" or "Right".

    Returns:
        The whole map with the other side replaced, and the joints that have no partner.
    """
    target = "Right" if source == "Left" else "Left"
    result, without = dict(chosen), []
    for joint, bone in chosen.items():
        if not joint.startswith(source) or not bone:
            continue
        other = target + joint[len(source) :]
        partner = _partner(tree, bone)
        if partner is None:
            without.append(joint)
        else:
            result[other] = partner
    return result, tuple(without)


def map_to_json(chosen: Mapping[str, str]) -> str:
    """A map as the text of a file."""
    joints = {joint: chosen[joint] for joint in COMMON_JOINT_NAMES if chosen.get(joint)}
    return json.dumps({"format": FORMAT, "joints": joints}, indent=2, ensure_ascii=False) + "\n"


def map_from_json(text: str, where: str) -> dict[str, str]:
    """Read a map from a file's text.

    Args:
        text: its content.
        where: what to call it in messages.

    Raises:
        SkeletonError: it is no map of joints.
    """
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise SkeletonError(
                f"{where} has format {document['format']!r}, expected {FORMAT}. Update the "
                "extension, or save the preset again"
            )
        return _read_joints(document["joints"])
    except MALFORMED as error:
        raise SkeletonError(
            f"{where} is no map of joints: {shortened(error)}. Save it again"
        ) from error


def parent_joint(joint: str) -> str | None:
    """The common joint that a common joint hangs on; None for the hips."""
    return _PARENTS.get(joint)


def doubt_lines(found: JointMap) -> tuple[str, ...]:
    """One line for each reason why joints may be other bones than those found or set."""
    by_reason: dict[str, list[str]] = {}
    for joint, reason in found.doubts.items():
        by_reason.setdefault(reason, []).append(f"{words_for(joint)} '{found.bones[joint]}'")
    return tuple(
        f"doubtful joints {', '.join(joints)}: {reason}" for reason, joints in by_reason.items()
    )


def _complete(
    automatic: Mapping[str, str], chosen: Mapping[str, str], origin: Origin, family: str = ""
) -> JointMap:
    """What was found, overridden by what was set; no bone is two joints by itself."""
    taken = set(chosen.values())
    bones: dict[str, str] = {}
    origins: dict[str, Origin] = {}
    for joint in COMMON_JOINT_NAMES:
        if joint in chosen:
            bones[joint], origins[joint] = chosen[joint], Origin.HAND
        elif joint in automatic and automatic[joint] not in taken:
            bones[joint], origins[joint] = automatic[joint], origin
            taken.add(automatic[joint])
    return JointMap(bones, origins, family)


def _is_plausible(tree: JointTree, found: JointMap) -> bool:
    """Whether joints may be a body's; no thigh hangs on a spine."""
    spine, *thighs = (found.bones.get(joint) for joint in ("Spine", "LeftUpLeg", "RightUpLeg"))
    number = {name: n for n, name in enumerate(tree.names)}
    if spine in number and all(thigh in number for thigh in thighs):
        if any(tree.descends(number[thigh], number[spine]) for thigh in thighs if thigh):
            return False
    try:
        check_plausible(tree, found.bones)
    except SkeletonError:
        return False
    return True


def _filled(found: JointMap, built: JointMap) -> JointMap:
    """Needed joints and hands that names leave open, where structure has the same joint before."""
    bones, origins = dict(found.bones), dict(found.origins)
    for joint in (*found.missing, "LeftHand", "RightHand"):
        above = _PARENTS.get(joint, "")
        bone = built.bones.get(joint)
        agreed = bones.get(above) is not None and bones.get(above) == built.bones.get(above)
        if joint not in bones and agreed and bone is not None and bone not in bones.values():
            bones[joint], origins[joint] = bone, Origin.STRUCTURE
    order = [joint for joint in COMMON_JOINT_NAMES if joint in bones]
    return JointMap(
        {joint: bones[joint] for joint in order},
        {joint: origins[joint] for joint in order},
        found.family,
    )


def _check_joint(joint: str) -> None:
    if joint not in COMMON_JOINT_NAMES:
        raise SkeletonError(
            f"'{joint}' is no joint of the common skeleton. Expected one of: "
            + ", ".join(COMMON_JOINT_NAMES)
        )


def _check_order(tree: JointTree, chosen: Mapping[str, str], found: JointMap) -> None:
    """Every joint has to hang below the nearest known one before it, or on no joint at all."""
    number = {name: n for n, name in enumerate(tree.names)}
    mapped = {number[bone] for bone in found.bones.values()}
    for joint, bone in found.bones.items():
        above = _PARENTS.get(joint)
        while above is not None and above not in found.bones:
            above = _PARENTS.get(above)
        if above is None or (joint not in chosen and above not in chosen):
            continue
        over = number[found.bones[above]]
        beside = not mapped & set(tree.ancestors(number[bone])[1:])
        apart = beside and not tree.descends(over, number[bone])
        if not apart and not tree.descends(number[bone], over):
            raise SkeletonError(
                f"the bone '{bone}' ({words_for(joint)}, {found.origins[joint].value}) does not "
                f"hang below '{found.bones[above]}' "
                f"({words_for(above)}, {found.origins[above].value}). "
                "Correct one of them under Joints, or parent the bones in Edit Mode with Ctrl P"
            )


def _partner(tree: JointTree, bone: str) -> str | None:
    """The bone on the other side, by name or else by place."""
    for name in swap_side(bone):
        if name in tree.names:
            return name
    return _mirrored(tree, bone) if bone in tree.names else None


def _mirrored(tree: JointTree, bone: str) -> str | None:
    """The bone at the mirrored place, the mirror being where the character looks most alike."""
    places = np.concatenate((tree.heads, tree.tails), axis=1).astype(np.float64)
    size = float(np.ptp(tree.heads, axis=0).max())
    reflections = [places * np.tile(sign, 2) for sign in 1.0 - 2.0 * np.eye(3)]
    distances = [
        np.linalg.norm(reflected[:, None] - places[None], axis=-1) for reflected in reflections
    ]
    near = min(distances, key=lambda each: float(each.min(axis=1).mean()))
    own = tree.names.index(bone)
    row = near[own].copy()
    if row[own] < _NEAR * size * 0.1:
        return None  # it lies in the middle
    row[own] = np.inf
    other = int(row.argmin())
    return tree.names[other] if row[other] < _NEAR * size else None


def _read_joints(joints: Any) -> dict[str, str]:
    read: dict[str, str] = {}
    for joint, bone in joints.items():
        if joint not in COMMON_JOINT_NAMES:
            raise ValueError(f"'{joint}' is no joint")
        if not isinstance(bone, str) or not 0 < len(bone) < 256:
            raise TypeError(f"the bone of '{joint}' is {bone!r}")
        if bone in read.values():
            raise ValueError(f"the bone '{bone}' is there twice")
        read[joint] = bone
    return read
