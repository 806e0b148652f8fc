"""What the user chose for one animal, in metres and seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import bpy

from ...blender.keys.options import ResultOptions
from ...blender.rig.pose import RootMotion
from ...core.quadruped.body import Family, FootKind
from ...core.quadruped.gaits import Gait
from .marks import Marks
from .secondary.choice import Secondary


@dataclass(frozen=True, eq=False)
class AnimalChoice:
    """What the user chose.

    Args:
        armature: who goes.
        curve: where.
        ground, ground_collection: meshes to go on; both None for level ground at height 0.
        speed_m_s: desired from the start; None for the walk that suits the animal's size.
        gait: from the start; None for by speed.
        marks: what changes, or is done, along the path.
        backward: it backs up.
        foot: what it stands on; None for as found.
        family: whose gaits it has; None for as found.
        joints: bone by common joint, set by hand; the others are found.
        root_motion: what carries the travel.
        seed: another seed, another variation.
        stand_before_s, stand_after_s: standing at the two ends.
        secondary: what follows the body; None for nothing.
        aside_m: how far beside the path it goes, to the left of it where positive.
        start_frame: of the first key; None for that of the motion it replaces, else the current.
        replaces: how the motion will be written, which tells what it replaces; None to begin on the
            current frame whatever it replaces.
    """

    armature: bpy.types.Object | None
    curve: bpy.types.Object | None = None
    ground: bpy.types.Object | None = None
    ground_collection: bpy.types.Collection | None = None
    speed_m_s: float | None = None
    gait: Gait | None = None
    marks: Marks = field(default_factory=Marks)
    backward: bool = False
    foot: FootKind | None = None
    family: Family | None = None
    joints: Mapping[str, str] = field(default_factory=dict)
    root_motion: RootMotion = RootMotion.BONE
    seed: int = 0
    stand_before_s: float = 0.5
    stand_after_s: float = 1.0
    secondary: Secondary | None = None
    aside_m: float = 0.0
    start_frame: int | None = None
    replaces: ResultOptions | None = None
