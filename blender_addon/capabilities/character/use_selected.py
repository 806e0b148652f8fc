"""Use Selected: the character, and its path and ground, from what is selected."""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...core.capabilities import CAPABILITIES
from .chosen import chosen_armature, reason_if_linked
from .selection import Selection, sort_selection


class NEURALMOTION_OT_use_selected(bpy.types.Operator):
    """Takes what is selected as character, path and ground."""

    bl_idname = "neural_motion.use_selected"
    bl_label = "Use Selected"
    bl_description = (
        "Take the selected armature as character, the curve as path, the mesh as ground; "
        "a mesh that an armature deforms means its character, and a face without armature "
        "is one itself"
    )
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_not_to_use(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        found = sort_selection(context.selected_objects)
        problem = _too_many(found.rigs, "characters") or _too_many(found.curves, "curves")
        if problem:
            report(self, {"ERROR"}, problem)
            return {"CANCELLED"}
        if not (found.rigs or found.curves or found.grounds):
            names = ", ".join(each.name for each in context.selected_objects)
            report(
                self,
                {"ERROR"},
                f"Neither armature, curve nor mesh is selected; found {names}. A drawing becomes a "
                "path by Object ▸ Convert ▸ Curve",
            )
            return {"CANCELLED"}
        kept, taken = context.scene.neural_motion, []
        if found.rigs:
            kept.character = found.rigs[0]
            taken.append(kept.character.name)
        elif kept.character is None and len(found.faces) == 1:
            kept.character = found.faces[0]
            report(self, {"INFO"}, f"Using {kept.character.name}")
            return {"FINISHED"}
        if chosen_armature(context) is None:
            report(self, {"ERROR"}, "No character walks yet. Select an armature as well")
            return {"CANCELLED"}
        linked = reason_if_linked(chosen_armature(context))
        if linked is not None and (found.curves or found.grounds):
            report(self, {"ERROR"}, linked)
            return {"CANCELLED"}
        for each in _ways(chosen_armature(context)):
            way = self._use_way(each, found)
        taken += way
        if len(found.grounds) > 1:
            report(
                self,
                {"WARNING"},
                f"{len(found.grounds)} meshes are selected: put them into a collection and choose "
                "it as Grounds under Options",
            )
        report(self, {"INFO"}, f"Using {', '.join(taken)}" if taken else "Nothing was changed")
        return {"FINISHED"}

    @staticmethod
    def _use_way(group: bpy.types.PropertyGroup, found: Selection) -> list[str]:
        """Take path and ground; the names of what was taken."""
        taken = []
        if found.curves:
            group.path = found.curves[0]
            taken.append(group.path.name)
        if len(found.grounds) == 1:
            group.ground = found.grounds[0]
            taken.append(group.ground.name)
        elif found.grounds:
            taken.append("no ground")
        return taken


def _ways(armature: bpy.types.Object) -> list[bpy.types.PropertyGroup]:
    """The settings of all that goes along a path over a ground."""
    groups = (getattr(armature.neural_motion, each.name) for each in CAPABILITIES)
    return [each for each in groups if hasattr(each, "path") and hasattr(each, "ground")]


def reason_not_to_use(context: bpy.types.Context) -> str | None:
    """Why Use Selected is greyed out, in the user's words; None if it is not."""
    if context.selected_objects:
        return None
    return "Select a character, and a curve to walk along"


def _too_many(objects: Sequence[bpy.types.Object], what: str) -> str:
    if len(objects) < 2:
        return ""
    names = ", ".join(each.name for each in objects)
    return (
        f"{len(objects)} {what} are selected ({names}). Select one, or add all of them under "
        "Several Characters"
    )


CLASSES = (NEURALMOTION_OT_use_selected,)
