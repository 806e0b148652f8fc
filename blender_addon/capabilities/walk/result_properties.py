"""What the user sets in the Result sub-panel of the walk."""

from __future__ import annotations

import bpy

from .keys import KeyDensity
from .result import ResultKind, ResultOptions


class NEURALMOTION_PG_walk_result(bpy.types.PropertyGroup):
    """How a walk is written."""

    kind: bpy.props.EnumProperty(
        name="Write To",
        items=(
            (
                ResultKind.ACTION.value,
                "New Action",
                "A new action animates the character; the one before is kept",
            ),
            (
                ResultKind.STRIP.value,
                "NLA Strip",
                "A strip on top of the NLA. The active action is pushed down to a track of its own",
            ),
        ),
        default=ResultKind.ACTION.value,
    )
    replace_last: bpy.props.BoolProperty(
        name="Replace Last Walk",
        description="Remove the walk generated before, if not one key of it was changed since and "
        "nothing else uses it. Otherwise, and where this is off, it is kept",
        default=True,
    )
    blend_in: bpy.props.FloatProperty(
        name="Blend In",
        description="How long the walk takes to grow out of the pose at its first frame, in "
        "seconds. Its place on the path is not blended",
        default=0.0,
        min=0.0,
        soft_max=2.0,
        max=60.0,
        unit="TIME_ABSOLUTE",
    )
    blend_out: bpy.props.FloatProperty(
        name="Blend Out",
        description="How long the walk takes to end in the pose that the animation before shows "
        "at its last frame, in seconds. Its place on the path is not blended",
        default=0.0,
        min=0.0,
        soft_max=2.0,
        max=60.0,
        unit="TIME_ABSOLUTE",
    )
    density: bpy.props.EnumProperty(
        name="Keys",
        items=(
            (KeyDensity.EVERY_FRAME.value, "Every Frame", "Exactly what was generated"),
            (
                KeyDensity.REDUCED.value,
                "Reduced",
                "As few keys as keep every joint within the limits below",
            ),
            (
                KeyDensity.CONTACTS.value,
                "On Contacts",
                "Where a foot begins or ends to stand, and halfway between: to go on by hand",
            ),
        ),
        default=KeyDensity.EVERY_FRAME.value,
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
        description="Most that a joint may be away from what was generated, in millimetres",
        default=5.0,
        min=0.01,
        soft_max=20.0,
        max=1000.0,
    )


def result_options(chosen: NEURALMOTION_PG_walk_result) -> ResultOptions:
    """The choices as the scene takes them."""
    return ResultOptions(
        kind=ResultKind(chosen.kind),
        replace_last=chosen.replace_last,
        blend_in_s=chosen.blend_in,
        blend_out_s=chosen.blend_out,
        density=KeyDensity(chosen.density),
        turn_bound_rad=chosen.turn_bound,
        shift_bound_m=chosen.shift_bound_mm / 1000.0,
    )
