"""What the user sets in the Keys sub-panel of the video."""

from __future__ import annotations

import bpy

from ...blender.declared import overridable
from ...blender.keys.density import KeyDensity
from ...blender.keys.options import ResultKind
from ...blender.keys.result_properties import (
    CONTACTS_ITEM,
    EVERY_FRAME_ITEM,
    REDUCED_ITEM,
    WRITE_TO_ITEMS,
    KeyProperties,
)


@overridable
class NEURALMOTION_PG_video_result(KeyProperties, bpy.types.PropertyGroup):
    """How motion taken from a film is written."""

    kind: bpy.props.EnumProperty(
        name="Write To",
        description="What the keys of the motion are written to",
        items=WRITE_TO_ITEMS,
        default=ResultKind.ACTION.value,
    )
    replace_last: bpy.props.BoolProperty(
        name="Replace Last Motion",
        description="Remove the motion generated before, if nobody changed, renamed, moved, "
        "locked, muted or shared it since. Otherwise, and where this is off, it is kept",
        default=True,
    )
    density: bpy.props.EnumProperty(
        name="Keys",
        description="How many keys are written",
        items=(EVERY_FRAME_ITEM, REDUCED_ITEM, CONTACTS_ITEM),
        default=KeyDensity.EVERY_FRAME.value,
    )
    contacts: bpy.props.BoolProperty(
        name="Mark Contacts",
        description="Pose markers in the action where a foot comes down or goes up",
        default=False,
    )
    empties: bpy.props.BoolProperty(
        name="Joint Empties",
        description="Also an empty for each of the fourteen joints as seen in the film, animated "
        "in a collection of its own",
        default=False,
    )
    turn_bound: bpy.props.FloatProperty(
        name="Rotation",
        description="Most that a bone may turn away from what was generated",
        default=0.00872665,
        min=0.0001,
        soft_max=0.1,
        max=1.0,
        subtype="ANGLE",
    )
    shift_bound_mm: bpy.props.FloatProperty(
        name="Position (mm)",
        description="Most that a joint may be away from what was generated, in millimetres for a "
        "person; a character of another size has it scaled",
        default=5.0,
        min=0.01,
        soft_max=20.0,
        max=1000.0,
    )
