"""Joints of a four-legged rig that are set by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...errors import SkeletonError
from ...retarget.joint_tree import JointTree
from ..skeleton import JOINTS
from .places import common_places
from .rig_map import LegMap, QuadrupedMap

_PARTS = {
    True: ("scapula", "upper", "lower", "paw"),
    False: ("hip", "stifle", "hock", "paw"),
}


def with_chosen(found: QuadrupedMap, chosen: Mapping[str, str], tree: JointTree) -> QuadrupedMap:
    """The map with the joints that are set by hand.

    Args:
        found: without.
        chosen: bone by common joint.
        tree: the rig.

    Raises:
        SkeletonError: a joint or a bone that does not exist, or a bone elsewhere than the joint.
    """
    if not chosen:
        return found
    for joint, bone in chosen.items():
        if joint not in JOINTS:
            raise SkeletonError(
                f"'{joint}' is no joint of a four-legged animal; choose one of them"
            )
        if bone not in tree.names:
            raise SkeletonError(
                f"the joint {joint.replace('_', ' ')} is set to the bone '{bone}', which does not "
                "exist. Choose another bone, or clear the field"
            )
    legs = tuple(_leg(leg, chosen) for leg in found.legs)
    column, neck = _split(found, chosen)
    bones, places = common_places(
        legs,
        [(name, found.rests[name]) for name in column],
        [(name, found.rests[name]) for name in neck],
        [(name, found.rests[name]) for name in found.tail],
        (found.places["tail_2"] if found.tail else None, found.places["nose"]),
        found.family,
    )
    for joint in ("spine", "spine_1", "neck_1", "tail_1"):
        bone = chosen.get(joint, "")
        if bone in found.rests:
            bones[joint], places[joint] = bone, found.rests[bone]
    return replace(found, bones=bones, places=places, column=column, neck=neck, legs=legs)


def _split(
    found: QuadrupedMap, chosen: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Column and neck with hips, chest, neck and head where they are set."""
    whole = [*found.column, *found.neck]
    begin = _place(whole, chosen, "hips", 0)
    middle = len(found.column)
    if "chest" in chosen:
        middle = _place(whole, chosen, "chest", middle - 1) + 1
    middle = _place(whole, chosen, "neck", middle)
    end = _place(whole, chosen, "head", len(whole) - 1)
    if not begin < middle <= end:
        raise SkeletonError(
            "hips, chest, neck and head are set to bones in another order than from back to front. "
            "Clear the fields, or set them in that order"
        )
    return tuple(whole[begin:middle]), tuple(whole[middle : end + 1])


def _place(whole: list[str], chosen: Mapping[str, str], joint: str, found: int) -> int:
    bone = chosen.get(joint)
    if bone is None:
        return found
    if bone not in whole:
        raise SkeletonError(
            f"the joint {joint} is set to '{bone}', which is none of the bones from hips to head "
            f"({', '.join(whole)}). Choose one of these, or clear the field"
        )
    return whole.index(bone)


def _leg(leg: LegMap, chosen: Mapping[str, str]) -> LegMap:
    places = list(leg.joints)
    for number, part in enumerate(_PARTS[leg.fore]):
        bone = chosen.get(f"{leg.name}_{part}")
        if bone is None:
            continue
        if bone not in leg.bones:
            raise SkeletonError(
                f"the joint {leg.name.replace('_', ' ')} {part} is set to '{bone}', which is none "
                f"of that leg's bones ({', '.join(leg.bones)}). Choose one, or clear the field"
            )
        places[number] = leg.bones.index(bone)
    if sorted(set(places)) != places:
        raise SkeletonError(
            f"the joints of the {leg.name.replace('_', ' ')} leg are set to bones in another order "
            "than from top to ground. Clear the fields, or set them in that order"
        )
    a, b, c, d = places
    return replace(leg, joints=(a, b, c, d))
