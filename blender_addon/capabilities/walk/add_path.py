"""Add Path: a way to walk at the 3D cursor, in one of several shapes."""

from __future__ import annotations

import bpy

from ...blender.adding import reason_not_to_add
from ...blender.ground.new_path import LENGTH_M, SHAPE_ITEMS, PathShape, add_path_curve
from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...core.errors import REPORTED, in_words
from ..character.chosen import reason_without_armature
from .properties import chosen_walk


class NEURALMOTION_OT_add_path(bpy.types.Operator):
    """Add a gentle curve at the 3D cursor and choose it as the path"""

    bl_idname = "neural_motion.add_path"
    bl_label = "Add Path"
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
        description="How long the path is; at first as long as suits the character's size. Along a "
        "wall no more than once around",
        default=LENGTH_M,
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
        from .pace import lengths_per_person

        chosen = chosen_walk(context)
        size = lengths_per_person(context, chosen.id_data)
        if not self.properties.is_property_set("length"):
            self.length = LENGTH_M * size
        try:
            chosen.path = add_path_curve(
                context, PathShape(self.shape), self.length, size=size, grounds=_grounds(chosen)
            )
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        return {"FINISHED"}


def _grounds(chosen: bpy.types.PropertyGroup) -> set[bpy.types.Object]:
    """What is walked on."""
    found = set() if chosen.ground_collection is None else {*chosen.ground_collection.all_objects}
    return found | ({chosen.ground} if chosen.ground is not None else set())


CLASSES = (NEURALMOTION_OT_add_path,)
