"""Make a map of motions, show it, click a motion in it, and use what was clicked."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import bpy

from ....blender import compat
from ....blender.jobs.modal import ModalGenerate
from ....blender.jobs.state import RUNNING
from ....blender.models.preferred import model_choice
from ....blender.presets import user_folder
from ....blender.translation import translated
from ....blender.ui.reporting import report
from ....core.errors import REPORTED, InputError, in_words
from ....core.jobs import Outcome
from ...character.chosen import chosen_armature, reason_without_armature
from .properties import OPEN_FILE, map_folder, reason_without_folder
from .shown import keep_map, latest_map

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .data import MotionMap
    from .fetching import Fetched
    from .job import MapJob


class NEURALMOTION_OT_make_motion_map(ModalGenerate, bpy.types.Operator):
    """Make a picture of many motions, in which like lies beside like; no file is changed"""

    bl_idname = "neural_motion.make_motion_map"
    bl_label = "Make Map"
    bl_options = {"REGISTER"}
    subject = "the map"
    prepares = 0.6

    _reader: Any = None

    @staticmethod
    def reason(context: bpy.types.Context) -> str | None:
        if context.window_manager.neural_motion.running:
            return RUNNING
        if context.scene.neural_motion.editing.source == OPEN_FILE:
            reason = reason_without_armature(context)
            if reason is not None:
                return reason
        return reason_without_folder(context)

    def prepare(self, context: bpy.types.Context) -> Generator[float, None, None]:
        from .making import begin

        folder = map_folder(context)
        self._reader = begin(context, folder, user_folder("motion_map"), model_choice(context))
        reading = (
            self._reader.read_open_file() if folder is None else self._reader.read_folder(folder)
        )
        yield from reading

    def read(self, context: bpy.types.Context) -> MapJob:
        from .making import job_of

        seed = context.scene.neural_motion.editing.seed
        return job_of(self._reader, map_folder(context), seed, model_choice(context))

    def write(self, context: bpy.types.Context, job: MapJob, outcome: Outcome[MotionMap]) -> None:
        made = outcome.result
        keep_map(made)
        chosen = context.scene.neural_motion.editing
        chosen.clip = chosen.clip_file = ""
        chosen.last_result = (
            f"{len(made.places)} motions, {len(made.points)} stretches of 2 s; {outcome.describe()}"
        )
        report(self, {"INFO"}, chosen.last_result)
        self.tell(made.notes)


class NEURALMOTION_OT_show_motion_map(bpy.types.Operator):
    """Show the map in the 3D viewport: click a motion to choose it, Esc closes the map"""

    bl_idname = "neural_motion.show_motion_map"
    bl_label = "Show Map"
    bl_options = {"REGISTER"}

    _overlay: Any = None
    _area: Any = None

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if latest_map() is None:
            cls.poll_message_set(translated("Make a map first"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        report(self, {"ERROR"}, "A map is shown in a window alone")
        return {"CANCELLED"}

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        from .overlay import MapOverlay

        self._area = context.area if context.area and context.area.type == "VIEW_3D" else None
        made, region = latest_map(), _window_region(self._area)
        if region is None:
            report(self, {"ERROR"}, "A map is shown in a 3D viewport. Press its button there")
            return {"CANCELLED"}
        hint = translated("Click a motion to choose it   Esc: close")
        self._overlay = MapOverlay(made, self._area, hint)
        context.window_manager.modal_handler_add(self)
        context.workspace.status_text_set(hint)
        self._area.tag_redraw()
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Whatever happens beside the picture is left to Blender."""
        region = _window_region(self._area)
        if region is None or (event.type in ("ESC", "RIGHTMOUSE") and event.value == "PRESS"):
            self.cancel(context)
            return {"FINISHED"}
        from .overlay import picture_frame

        x, y, frame = event.mouse_x - region.x, event.mouse_y - region.y, picture_frame(self._area)
        if not frame.holds(x, y):
            return {"PASS_THROUGH"}
        if event.type == "MOUSEMOVE":
            self._overlay.hovered = self._overlay.window_at(frame, x, y)
            self._area.tag_redraw()
        elif event.type == "LEFTMOUSE" and event.value == "PRESS":
            self._choose(context, self._overlay.window_at(frame, x, y))
        return {"RUNNING_MODAL"}

    def _choose(self, context: bpy.types.Context, window: int | None) -> None:
        made = latest_map()
        if window is None or made is None:
            return
        self._overlay.selected = window
        choose_window(context, made, window)
        self._area.tag_redraw()

    def cancel(self, context: bpy.types.Context) -> None:
        """Esc, or Blender is about to close or load another file."""
        if self._overlay is not None:
            self._overlay.remove()
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        if self._area is not None:
            self._area.tag_redraw()


def choose_window(context: bpy.types.Context, made: MotionMap, window: int) -> None:
    """Let the panel show which clip and frame were clicked; nothing else changes."""
    chosen, place = context.scene.neural_motion.editing, made.place(window)
    chosen.clip, chosen.clip_file = place.name, place.file
    chosen.clip_frame = made.frame(window)


def _window_region(area: bpy.types.Area | None) -> bpy.types.Region | None:
    """The region of a viewport in which is drawn; None once the viewport is gone."""
    if area is None:
        return None
    return next((each for each in area.regions if each.type == "WINDOW"), None)


class _OfClip:
    """Mix-in of operators on the motion that was clicked."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_without_armature(context)
        if reason is None and not context.scene.neural_motion.editing.clip:
            reason = "Click a motion in the map first"
        if reason is not None:
            cls.poll_message_set(translated(reason))  # type: ignore[attr-defined]
        return reason is None

    def use(self, context: bpy.types.Context, fetched: Fetched) -> str:
        """What is done with it, and what to say."""
        raise NotImplementedError

    def execute(self, context: bpy.types.Context) -> set[str]:
        from .fetching import fetch

        chosen = context.scene.neural_motion.editing
        try:
            with fetch(context, chosen.clip, chosen.clip_file) as fetched:
                told = self.use(context, fetched)
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        report(self, {"INFO"}, told)
        return {"FINISHED"}


class NEURALMOTION_OT_use_map_clip(_OfClip, bpy.types.Operator):
    """Let the character play the motion that was clicked; its own action before is kept"""

    bl_idname = "neural_motion.use_map_clip"
    bl_label = "Use Action"

    def use(self, context: bpy.types.Context, fetched: Fetched) -> str:
        from .fetching import moves

        armature, action = chosen_armature(context), fetched.action
        if not moves(action, armature):
            raise InputError(
                f"'{action.name}' does not fit '{armature.name}': it moves none of its bones. "
                "Use it as the reference of Restyle, or choose another motion"
            )
        before = armature.animation_data.action if armature.animation_data else None
        if before is not None:
            before.use_fake_user = True
        compat.assign_action(armature, action)
        return f"'{armature.name}' plays '{action.name}'"


class NEURALMOTION_OT_map_clip_as_reference(_OfClip, bpy.types.Operator):
    """Let Restyle take the manner of the motion that was clicked"""

    bl_idname = "neural_motion.map_clip_as_reference"
    bl_label = "Use as Reference"

    def use(self, context: bpy.types.Context, fetched: Fetched) -> str:
        from .fetching import moves

        armature, action = chosen_armature(context), fetched.action
        if fetched.rig is None and not moves(action, armature):
            raise InputError(
                f"'{action.name}' is a motion of another rig than '{armature.name}'. Append a "
                "character that plays it, and choose that one as Of"
            )
        chosen = armature.neural_motion.editing
        chosen.edit, chosen.reference = "RESTYLE", action.name
        chosen.reference_rig = fetched.rig
        action.use_fake_user = True
        return f"'{action.name}' is the reference of Restyle"


CLASSES: tuple[Any, ...] = (
    NEURALMOTION_OT_make_motion_map,
    NEURALMOTION_OT_show_motion_map,
    NEURALMOTION_OT_use_map_clip,
    NEURALMOTION_OT_map_clip_as_reference,
)
