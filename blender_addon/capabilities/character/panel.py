"""Panel of the character: whom all the other panels are about."""

from __future__ import annotations

import bpy

from ...blender.ui.common import InTab, draw_wrapped
from .chosen import chosen_armature, chosen_character, owner_of
from .use_selected import reason_not_to_use


class NEURALMOTION_PT_character(InTab, bpy.types.Panel):
    bl_label = "Character"

    def draw(self, context: bpy.types.Context) -> None:
        layout, character = self.layout, chosen_character(context)
        layout.use_property_split = True
        layout.use_property_decorate = False
        if character is None:
            _draw_first_steps(layout, context)
        else:
            _draw_chosen(layout, context)
        if character is not None and chosen_armature(context) not in (None, character):
            draw_wrapped(layout, _where(context, character), "INFO")


def _draw_first_steps(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Ways to a character, written out."""
    layout.operator("neural_motion.use_selected", icon="RESTRICT_SELECT_OFF")
    if (reason := reason_not_to_use(context)) is not None:
        draw_wrapped(layout, reason, "INFO")
    layout.prop(context.scene.neural_motion, "character")
    row = layout.row(align=True)
    row.operator("neural_motion.add_character", icon="OUTLINER_OB_ARMATURE")
    row.operator("neural_motion.add_people", icon="COMMUNITY", text="People…")


def _draw_chosen(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The character in a line of its own: the panel's title says what it is."""
    row = layout.row(align=True)
    row.use_property_split = False
    row.prop(context.scene.neural_motion, "character", text="")
    row.operator("neural_motion.use_selected", icon="RESTRICT_SELECT_OFF", text="")
    row.operator("neural_motion.add_character", icon="OUTLINER_OB_ARMATURE", text="")
    row.operator("neural_motion.add_people", icon="COMMUNITY", text="")


def _where(context: bpy.types.Context, mesh: bpy.types.Object) -> str:
    """Where the settings of a mesh lie that belongs to an armature."""
    armature = chosen_armature(context)
    own = [name for name in ("gaze", "speech") if owner_of(mesh, name) == mesh]
    return f"Settings are kept at '{armature.name}'" + (
        f", but {' and '.join(own)} at this mesh" if own else ""
    )


CLASSES = (NEURALMOTION_PT_character,)
