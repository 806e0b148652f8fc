"""A motion file dropped on the viewport: an armature that moves so, its joints found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...blender.dropped import OnViewport, TakesFiles
from ...blender.jobs.state import RUNNING
from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...core.errors import REPORTED, BvhError, ClipError, InputError, in_words
from ...core.retarget.joint_names import COMMON_JOINT_NAMES
from ...core.retarget.joint_words import words_for
from ..character.chosen import chosen_character
from .properties import found_joints

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from ...blender.keys.undo import Undo
    from ...core.motion.clip import MotionClip


class NEURALMOTION_OT_drop_motion(TakesFiles, bpy.types.Operator):
    """Import a motion as an armature with its action, and find its joints"""

    bl_idname = "neural_motion.drop_motion"
    bl_label = "Motion for Neural Motion (.bvh)"
    bl_options = {"REGISTER", "UNDO", "PRESET"}

    redo_shows = ("start", "scale")

    filter_glob: bpy.props.StringProperty(default="*.bvh", options={"HIDDEN", "SKIP_SAVE"})
    start: bpy.props.EnumProperty(
        name="Start",
        description="Where the motion begins",
        items=(
            ("SCENE", "Scene Start", "On the first frame of the scene"),
            ("CURRENT", "Current Frame", "On the current frame"),
        ),
    )
    scale: bpy.props.FloatProperty(
        name="Scale",
        description="Metres in one unit of the file; 0 takes the unit that makes it a person",
        default=0.0,
        min=0.0,
        soft_max=1.0,
        max=1000.0,
        precision=4,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = _reason(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        if self.dropped():
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        from ...blender.keys.undo import undone_on_error

        files = self.dropped()
        try:
            if not files:
                raise InputError("no file was given. Choose a .bvh file")
            clips = [(path, *self._read(context, path)) for path in files]
            with undone_on_error() as undo:
                made = [self._add(context, *each, undo) for each in clips]
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        for armature, told in made:
            lacking = found_joints(armature).missing
            report(self, {"WARNING"} if lacking else {"INFO"}, told)
        if chosen_character(context) is None:
            context.scene.neural_motion.character = made[-1][0]
        return {"FINISHED"}

    def _read(self, context: bpy.types.Context, path: Path) -> tuple[MotionClip, float]:
        """A file's motion at the scene's rate, in its unit, and metres in the file's own."""
        from ...blender.timeline import animation_rate_of
        from ...blender.units import metres_per_unit
        from ...core.bvh import read_bvh
        from ...core.bvh.conventions import guess_metres_per_unit, scaled_clip, with_y_up
        from ...core.motion.resample import resample_clip

        try:
            clip = with_y_up(read_bvh(path))
        except BvhError as error:
            raise ClipError(f"'{path.name}', {error}. Nothing was imported") from error
        metres = self.scale or guess_metres_per_unit(clip.skeleton)
        clip = scaled_clip(clip, metres / metres_per_unit(context.scene))
        return resample_clip(clip, animation_rate_of(context.scene)), metres

    def _add(
        self, context: bpy.types.Context, path: Path, clip: MotionClip, metres: float, undo: Undo
    ) -> tuple[bpy.types.Object, str]:
        """The armature, and what is told about it."""
        from ...blender.rig.from_clip import add_armature_of
        from ...blender.timeline import animation_frame, extend_scene

        scene = context.scene
        start = scene.frame_start if self.start == "SCENE" else scene.frame_current
        first = animation_frame(scene, start)
        armature = add_armature_of(context, path.stem, clip, first, undo)
        last = first + clip.frame_count - 1
        extend_scene(scene, last, [armature.animation_data.action])
        joints = found_joints(armature)
        missing = (
            f"; missing: {', '.join(map(words_for, joints.missing))}" if joints.missing else ""
        )
        return armature, (
            f"'{path.name}': frames {first} to {last}, {clip.duration_s:.1f} s, "
            f"{len(joints.bones)} of {len(COMMON_JOINT_NAMES)} joints found{missing}; one unit of "
            f"the file is {metres:.4g} m"
        )


class NEURALMOTION_FH_motion(OnViewport, bpy.types.FileHandler):
    """Motion files."""

    bl_idname = "NEURALMOTION_FH_motion"
    bl_label = "Motion with its Joints"
    bl_import_operator = "neural_motion.drop_motion"
    bl_file_extensions = ".bvh"


def _reason(context: bpy.types.Context) -> str | None:
    """Why no motion can be imported now, in the user's words; None if it can."""
    if context.window_manager.neural_motion.running:
        return RUNNING
    if context.mode != "OBJECT":
        return "Switch to Object Mode first"
    return None if context.scene.is_editable else f"'{context.scene.name}' is linked"


CLASSES = (NEURALMOTION_OT_drop_motion, NEURALMOTION_FH_motion)
