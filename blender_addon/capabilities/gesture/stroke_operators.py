"""Operators on the strokes of a talker: add one at the playhead, forget what was moved."""

from __future__ import annotations

from typing import Final

import bpy

from ...blender.timeline import animation_frame
from ...blender.translation import translated
from ...blender.ui.reporting import report
from ..character.chosen import chosen_armature, reason_without_armature
from .markers import show_strokes, take_in_strokes

_HANDS: Final = (
    ("LEFT", "Left", "The left hand"),
    ("RIGHT", "Right", "The right hand"),
    ("BOTH", "Both", "Both hands"),
)
_SIZE: Final = 0.7


class NEURALMOTION_OT_add_stroke(bpy.types.Operator):
    """Let a hand stroke at the playhead, the next time gestures are generated"""

    bl_idname = "neural_motion.add_stroke"
    bl_label = "Add Stroke at Playhead"
    bl_options = {"REGISTER", "UNDO"}
    redo_shows = ("hand", "size")

    hand: bpy.props.EnumProperty(
        name="Hand", description="Which hand strokes", items=_HANDS, default="RIGHT"
    )
    size: bpy.props.FloatProperty(
        name="Size",
        description="Relative to the largest that the speaker makes",
        default=_SIZE,
        min=0.05,
        max=1.0,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_without_armature(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene, armature = context.scene, chosen_armature(context)
        take_in_strokes(scene, armature)
        frame = animation_frame(scene, scene.frame_current_final)
        strokes = armature.neural_motion.gesture.strokes
        new = strokes.add()
        new.frame, new.hand, new.size, new.moved = frame, self.hand, self.size, True
        place = sum(each.frame <= frame for each in strokes) - 1
        strokes.move(len(strokes) - 1, max(place, 0))
        show_strokes(scene, armature)
        report(self, {"INFO"}, f"A stroke at frame {frame}. Generate again to see it")
        return {"FINISHED"}


class NEURALMOTION_OT_clear_moved_strokes(bpy.types.Operator):
    """Forget which strokes were moved, added or deleted: all are planned anew"""

    bl_idname = "neural_motion.clear_moved_strokes"
    bl_label = "Clear Moved Strokes"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_without_armature(context)
        if reason is None and not len(chosen_armature(context).neural_motion.gesture.strokes):
            reason = "There are no strokes yet. Generate gestures first"
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene, armature = context.scene, chosen_armature(context)
        take_in_strokes(scene, armature)
        strokes = armature.neural_motion.gesture.strokes
        touched = [n for n, each in enumerate(strokes) if each.moved or each.removed]
        for number in reversed(touched):
            each = strokes[number]
            was_added = each.moved and not each.has_origin
            if was_added:
                strokes.remove(number)
            else:
                each.frame = each.origin if each.has_origin else each.frame
                each.moved = each.removed = each.has_origin = False
        show_strokes(scene, armature)
        report(self, {"INFO"}, f"{len(touched)} strokes are planned anew. Generate again")
        return {"FINISHED"}


CLASSES = (NEURALMOTION_OT_add_stroke, NEURALMOTION_OT_clear_moved_strokes)
