"""Add Path: a way to go at the 3D cursor, as long as suits the animal."""

from __future__ import annotations

from typing import Final

import bpy

from ...blender.adding import reason_not_to_add
from ...blender.ground.new_path import SHAPE_ITEMS, PathShape, add_path_curve
from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...blender.units import metres_per_unit
from ...core.errors import REPORTED, in_words
from ..character.chosen import chosen_armature, reason_without_armature
from .properties import chosen_quadruped

_HIPS_LONG: Final = 12.0
"""Length of a new path, in hip heights."""
_PERSON_HIPS_M: Final = 0.9


class NEURALMOTION_OT_add_quadruped_path(bpy.types.Operator):
    """Add a gentle curve at the 3D cursor and choose it as the animal's path"""

    bl_idname = "neural_motion.add_quadruped_path"
    bl_label = "Add Path for Quadruped"
    bl_options = {"REGISTER", "UNDO"}

    redo_shows = ("shape", "length")

    shape: bpy.props.EnumProperty(
        name="Shape",
        description="What the path looks like from above",
        items=SHAPE_ITEMS,
        default=PathShape.S_CURVE.value,
        options={"SKIP_SAVE"},
    )
    length: bpy.props.FloatProperty(
        name="Length",
        description="How long the path is; at first as long as suits the animal's size",
        default=10.0,
        min=1e-3,
        soft_max=100.0,
        max=1e5,
        unit="LENGTH",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_without_armature(context)
        if reason is None:
            reason = reason_not_to_add(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        # Not above: switching the extension on does not wait for it.
        from .pace import hip_height_m

        chosen, unit_m = chosen_quadruped(context), metres_per_unit(context.scene)
        hip_m = hip_height_m(context, chosen_armature(context)) or _PERSON_HIPS_M
        if not self.properties.is_property_set("length"):
            self.length = _HIPS_LONG * hip_m / unit_m
        grounds = {chosen.ground} - {None}
        if chosen.ground_collection is not None:
            grounds |= {*chosen.ground_collection.all_objects}
        try:
            chosen.path = add_path_curve(
                context, PathShape(self.shape), self.length,
                size=hip_m / _PERSON_HIPS_M / unit_m, grounds=grounds, name="Animal Path",
            )  # fmt: skip
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        return {"FINISHED"}


CLASSES = (NEURALMOTION_OT_add_quadruped_path,)
