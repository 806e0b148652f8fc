"""Whether a sound is heard while the scene plays and while the playhead is dragged."""

from __future__ import annotations

import bpy

from ..translation import translated
from ..ui.common import draw_wrapped
from .sequencer import reason_not_heard


class NEURALMOTION_OT_play_in_sync(bpy.types.Operator):
    """Sets the scene's playback so that sound is heard in time."""

    bl_idname = "neural_motion.play_in_sync"
    bl_label = "Play in Sync"
    bl_description = (
        "Let playback follow the sound, and let it be heard while the playhead is "
        "dragged: Sync to Audio, Scrubbing and Audio of the scene's playback"
    )
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_not_heard(context.scene)
        if reason is not None:
            cls.poll_message_set(translated(reason[0].upper() + reason[1:]))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = context.scene
        scene.sync_mode, scene.use_audio_scrub, scene.use_audio = "AUDIO_SYNC", True, True
        return {"FINISHED"}


def what_playing_lacks(scene: bpy.types.Scene) -> str:
    """What hinders hearing a sound as it is spoken, in the user's words; empty if nothing does."""
    lacking = []
    if not scene.use_audio:
        lacking.append("muted")
    if scene.sync_mode != "AUDIO_SYNC":
        lacking.append("not synced")
    if not scene.use_audio_scrub:
        lacking.append("not heard while scrubbing")
    return f"Sound is {', '.join(lacking)}" if lacking else ""


def draw_playing(layout: bpy.types.UILayout, scene: bpy.types.Scene) -> None:
    """A line and a button where a sound would not be heard as it is spoken."""
    lacking = what_playing_lacks(scene)
    if lacking and reason_not_heard(scene) is None:
        column = layout.column(align=True)
        draw_wrapped(column, lacking, "MUTE_IPO_ON")
        column.operator("neural_motion.play_in_sync", icon="PLAY_SOUND")


CLASSES = (NEURALMOTION_OT_play_in_sync,)
