"""The free animals' skeletons in the words of the common one, and their bodies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from blender_addon.core.bvh.read import read_bvh
from blender_addon.core.conventions import Floats
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.body import Family, FootKind, QuadrupedBody
from blender_addon.core.quadruped.skeleton import JOINTS, MIRROR, quadruped_skeleton

_BLADE: Final = {
    Family.HOOFED: np.array([0.0, 0.40, -0.12]),
    Family.CANINE: np.array([0.0, 0.25, -0.30]),
}
"""From the top of the free leg to the top of a virtual shoulder blade, in hip heights; as those
rigs have it that have blades (Mesh2Motion's horse and fox)."""

_NOSE: Final = np.array([0.0, -0.15, 0.19])
"""From head to nose in hip heights, where a skeleton has no nose; as the horse's."""


@dataclass(frozen=True)
class SourceSkeleton:
    """How a source names the common joints.

    Args:
        joints: source joint by common joint; sides written "{side}", "{S}" capital letter, "{s}"
            small. Where several are given, the first that there is.
    """

    joints: Mapping[str, tuple[str, ...]]


QUATERNIUS_HOOFED: Final = SourceSkeleton(
    {
        "hips": ("Back",),
        "spine": ("Torso",),
        "spine_1": ("Torso2",),
        "chest": ("Torso3",),
        "neck": ("Neck1",),
        "neck_1": ("Neck3",),
        "head": ("Head",),
        "nose": ("Head_end",),
        "tail": ("Tail1",),
        "tail_1": ("Tail4", "Tail2"),
        "tail_2": ("Tail8", "Tail7", "Tail6", "Tail5", "Tail3"),
        "fore_upper": ("FrontUpperLeg.{S}",),
        "fore_lower": ("FrontLowerLeg.{S}",),
        "fore_paw": ("FF.{S}_end",),
        "hind_hip": ("BackLeg.{S}",),
        "hind_stifle": ("BackUpperLeg.{S}",),
        "hind_hock": ("BackLowerLeg.{S}",),
        "hind_paw": ("FFB.{S}_end",),
    },
)
QUATERNIUS_CANINE: Final = SourceSkeleton(
    {**QUATERNIUS_HOOFED.joints, "fore_paw": ("FF.{S}",), "hind_paw": ("FFB.{S}",)},
)
MESH2MOTION_HORSE: Final = SourceSkeleton(
    {
        "hips": ("hips",),
        "spine": ("spine_1",),
        "spine_1": ("spine_2",),
        "chest": ("spine_3",),
        "neck": ("spine_4",),
        "neck_1": ("spine_6",),
        "head": ("head",),
        "nose": ("nose",),
        "tail": ("tail_1",),
        "tail_1": ("tail_3",),
        "tail_2": ("tail_leaf",),
        "fore_scapula": ("front_scapula_{s}",),
        "fore_upper": ("front_leg_upper_{s}",),
        "fore_lower": ("front_leg_lower_{s}",),
        "fore_paw": ("front_leg_leaf_{s}",),
        "hind_hip": ("back_leg_upper_{s}",),
        "hind_stifle": ("back_leg_lower_{s}",),
        "hind_hock": ("back_leg_ankle_{s}",),
        "hind_paw": ("back_leg_leaf_{s}",),
    },
)
MESH2MOTION_FOX: Final = SourceSkeleton(
    {
        "hips": ("Hips",),
        "spine": ("Spine_1",),
        "spine_1": ("Spine_2",),
        "chest": ("Spine_2.001",),
        "neck": ("Spine_3",),
        "neck_1": ("Spine_4",),
        "head": ("Head",),
        "nose": ("Nose", "Head.tip"),
        "tail": ("Tail_Base",),
        "tail_1": ("Tail_Mid.001",),
        "tail_2": ("Tail_Tip",),
        "fore_scapula": ("Front_Leg_Shoulder_{S}",),
        "fore_upper": ("Front_Leg_Upper_{S}",),
        "fore_lower": ("Front_Leg_Lower_{S}",),
        "fore_paw": ("Front_Leg_Foot_{S}",),
        "hind_hip": ("Back_Leg_Upper_{S}",),
        "hind_stifle": ("Back_Leg_Lower_{S}",),
        "hind_hock": ("Back_Leg_Ankle_{S}",),
        "hind_paw": ("Back_Leg_Foot_1_{S}",),
    },
)


@dataclass(frozen=True)
class Species:
    """One animal of the data.

    Args:
        name: unique here.
        folder: below data/quadruped.
        idle: the clip whose first frame is how it stands; empty where there is none.
        source: its skeleton.
        family, foot: of its body.
        seen: whether training may see its body.
    """

    name: str
    folder: str
    idle: str
    source: SourceSkeleton
    family: Family
    foot: FootKind
    seen: bool = True


SPECIES: Final = (
    *(
        Species(name, "animals", f"{name}_idle", QUATERNIUS_HOOFED, Family.HOOFED, FootKind.HOOF,
                seen=name != "deer")
        for name in ("horse", "bull", "stag", "deer", "alpaca")
    ),
    *(
        Species(name, "animals", f"{name}_idle", QUATERNIUS_CANINE, Family.CANINE, FootKind.PAW)
        for name in ("wolf", "fox")
    ),
    Species("horse2", "horse", "horse_idle", MESH2MOTION_HORSE, Family.HOOFED, FootKind.HOOF),
    Species("fox2", "fox2", "fox_idle", MESH2MOTION_FOX, Family.CANINE, FootKind.PAW),
)  # fmt: skip


def species_body(species: Species, data: Path) -> QuadrupedBody:
    """The standing body of a species.

    Args:
        species: which.
        data: the folder data/quadruped.
    """
    clip = read_bvh(data / species.folder / f"{species.idle}.bvh")
    standing, _ = forward_kinematics(
        clip.skeleton, clip.root_positions[:1], clip.rotations_wxyz[:1]
    )
    places = dict(zip(clip.skeleton.names, standing[0].astype(np.float64), strict=True))
    return body_of_places(places, species.source, species.family, species.foot)


def body_of_places(
    places_m: Mapping[str, Floats], source: SourceSkeleton, family: Family, foot: FootKind
) -> QuadrupedBody:
    """A body of where a source's joints are as the animal stands, made square and even.

    Args:
        places_m: (3,) by source joint, Y up, looking along +Z, ground at y = 0.
        source: whose names these are.
        family, foot: of the body.
    """
    found = common_places(places_m, source, family)
    rest = np.stack([found[name] for name in JOINTS])
    return QuadrupedBody(quadruped_skeleton(_even(rest)), family, foot)


def common_places(
    places_m: Mapping[str, Floats], source: SourceSkeleton, family: Family
) -> dict[str, Floats]:
    """Where the common joints are, (3,) each; joints that a source lacks are made up."""
    found: dict[str, Floats] = {}
    for common, names in source.joints.items():
        for side in ("left", "right") if common.startswith(("fore", "hind")) else ("",):
            there = [name.format(S=side[:1].upper(), s=side[:1]) for name in names]
            known = [places_m[name] for name in there if name in places_m]
            if known:
                found[f"{side}_{common}".lstrip("_")] = np.asarray(known[0], np.float64)
    height = (found["left_hind_hip"][1] + found["right_hind_hip"][1]) / 2
    found.setdefault("nose", found["head"] + height * _NOSE)
    for side in ("left", "right"):
        upper = found[f"{side}_fore_upper"]
        found.setdefault(f"{side}_fore_scapula", upper + height * _BLADE[family])
    return found


def _even(rest: Floats) -> Floats:
    """Both sides alike, the trunk in the middle."""
    other = rest[MIRROR] * np.array([-1.0, 1.0, 1.0])
    return np.asarray((rest + other) / 2)
