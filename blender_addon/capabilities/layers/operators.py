"""What can be done with one result of the list, on all that it moves at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import bpy

from ...blender.jobs.state import RUNNING
from ...blender.keys.layer_values import owners
from ...blender.layers.found import LayerResult
from ...blender.layers.merge import merge_down
from ...blender.layers.removal import push_down, remove_result
from ...blender.layers.switching import is_muted, is_solo, set_muted, set_solo
from ...blender.timeline import scene_frame
from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...blender.unkeyed import set_playhead
from ...core.errors import REPORTED, InputError, in_words
from ...core.wording import listed
from ..character.chosen import NOBODY, chosen_character, reason_if_linked
from .known import chosen_datablocks, chosen_results

_UNDONE: Final = {"REGISTER", "UNDO"}


class _OnResult:
    """Mix-in of an operator on one result; without a name, on the one whose strip is selected."""

    action: bpy.props.StringProperty(
        name="Layer", description="Name of an action of it", options={"HIDDEN", "SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = _reason(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        results = chosen_results(context)
        try:
            told = self.do(context, _chosen(self.action, results), results)
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        if told:
            report(self, {"INFO"}, told)
        return {"FINISHED"}

    def do(
        self, context: bpy.types.Context, result: LayerResult, results: list[LayerResult]
    ) -> str:
        """What the operator is for; returns what is told then."""
        raise NotImplementedError


def _reason(context: bpy.types.Context) -> str | None:
    """Why nothing can be done with a result now, in the user's words; None if it can."""
    if context.window_manager.neural_motion.running:
        return RUNNING
    character = chosen_character(context)
    if character is None:
        return NOBODY
    # What lies on objects of this file below a linked character is as good as any.
    linked = reason_if_linked(character)
    return None if linked is None or chosen_results(context) else linked


def _chosen(name: str, results: Sequence[LayerResult]) -> LayerResult:
    if name:
        found = [r for r in results if any(p.action.name == name for p in r.placed)]
        missing = f"'{name}' is no layer of the chosen character"
    else:
        found = [r for r in results if any(p.strip.select for p in r.strips)]
        missing = f"{len(found)} layers are selected; one is needed"
    if len(found) != 1:
        raise InputError(f"{missing}. Choose one in the Layers panel")
    return found[0]


class NEURALMOTION_OT_mute_layer(_OnResult, bpy.types.Operator):
    """Mute it, or let it play again, on everything that it moves"""

    bl_idname = "neural_motion.mute_layer"
    bl_label = "Mute Layer"
    bl_options = _UNDONE

    def do(
        self, _context: bpy.types.Context, result: LayerResult, _results: list[LayerResult]
    ) -> str:
        set_muted(result, not is_muted(result))
        return ""


class NEURALMOTION_OT_solo_layer(_OnResult, bpy.types.Operator):
    """Let it play alone on everything that it moves, or with the others again"""

    bl_idname = "neural_motion.solo_layer"
    bl_label = "Solo Layer"
    bl_options = _UNDONE

    def do(
        self, _context: bpy.types.Context, result: LayerResult, results: list[LayerResult]
    ) -> str:
        set_solo(result, not is_solo(result), results)
        return ""


class NEURALMOTION_OT_select_layer(_OnResult, bpy.types.Operator):
    """Select its strips, and the objects that they lie on, to find them in the NLA editor"""

    bl_idname = "neural_motion.select_layer"
    bl_label = "Select Strips"
    bl_options = _UNDONE

    def do(
        self, context: bpy.types.Context, result: LayerResult, _results: list[LayerResult]
    ) -> str:
        for datablock in chosen_datablocks(context):
            for track in datablock.animation_data.nla_tracks:
                track.select = False
                for strip in track.strips:
                    strip.select = False
        unseen = []
        for each in result.placed:
            for obj in owners(each.datablock):
                try:
                    obj.select_set(True)
                except RuntimeError:  # Blender's way to say that it is not in the view layer
                    unseen.append(obj.name)
        for each in result.strips:
            each.track.select = each.strip.select = True
            each.datablock.animation_data.nla_tracks.active = each.track
        return f"{listed(unseen)} cannot be selected here" if unseen else ""


class NEURALMOTION_OT_jump_to_layer(_OnResult, bpy.types.Operator):
    """Go to its first frame"""

    bl_idname = "neural_motion.jump_to_layer"
    bl_label = "Jump to Start"
    bl_options = {"REGISTER"}

    def do(
        self, context: bpy.types.Context, result: LayerResult, _results: list[LayerResult]
    ) -> str:
        set_playhead(context.scene, scene_frame(context.scene, result.span[0]))
        return ""


class NEURALMOTION_OT_merge_layer(_OnResult, bpy.types.Operator):
    """Let it and what it lies on become one new action; the old ones are kept, muted"""

    bl_idname = "neural_motion.merge_layer"
    bl_label = "Merge Down"
    bl_options = _UNDONE

    def do(
        self, context: bpy.types.Context, result: LayerResult, _results: list[LayerResult]
    ) -> str:
        merged = merge_down(context, result)
        alone = f"; nothing lies below on {listed(merged.alone)}" if merged.alone else ""
        return f"Merged into {listed(merged.actions)}{alone}"


class NEURALMOTION_OT_remove_layer(_OnResult, bpy.types.Operator):
    """Remove it with its keys, if nobody changed, muted, moved or shared any of it"""

    bl_idname = "neural_motion.remove_layer"
    bl_label = "Remove Layer"
    bl_options = _UNDONE

    def do(
        self, _context: bpy.types.Context, result: LayerResult, _results: list[LayerResult]
    ) -> str:
        name = result.name
        remove_result(result)
        return f"Removed '{name}'"


class NEURALMOTION_OT_push_layer_down(_OnResult, bpy.types.Operator):
    """Make a strip of the active action, evaluated as before, so that it can be muted"""

    bl_idname = "neural_motion.push_layer_down"
    bl_label = "Push Down"
    bl_options = _UNDONE

    def do(
        self, _context: bpy.types.Context, result: LayerResult, _results: list[LayerResult]
    ) -> str:
        push_down(result)
        return ""


CLASSES = (
    NEURALMOTION_OT_mute_layer,
    NEURALMOTION_OT_solo_layer,
    NEURALMOTION_OT_select_layer,
    NEURALMOTION_OT_jump_to_layer,
    NEURALMOTION_OT_merge_layer,
    NEURALMOTION_OT_remove_layer,
    NEURALMOTION_OT_push_layer_down,
)
