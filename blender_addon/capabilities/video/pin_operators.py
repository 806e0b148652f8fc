"""Pins: joints dragged in the preview to where they are in a picture, listed, taken out."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import bpy
import numpy as np

from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...core.errors import REPORTED, in_words
from ...core.video.points import JOINTS
from ..character.chosen import chosen_armature
from .preview.film import open_film
from .preview.operators import begin_preview
from .preview.overlay import editing, joints_shown, redraw
from .preview.view_events import OverFilm, over_film
from .preview.watched import picture_of
from .properties import chosen_video, reason_without_film

_STATUS: Final = (
    "Pin Joints   Drag a joint: pin it there   X: remove its pin   ←, →: another picture   "
    "Enter: keep   Esc: undo all"
)
_REACH_PX: Final = 16.0
_FARTHEST: Final = (-1.0, 2.0)
NO_PINS: Final = "No joint is pinned"
NOTHING_FOUND: Final = "Generate Video first: what it finds is corrected here"

Row = tuple[int, str, float, float]


class OnVideo:
    """Mix-in of what changes the pins of the chosen character's film."""

    needs_pins: ClassVar[bool] = True

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = cls.reason(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))  # type: ignore[attr-defined]
        return reason is None

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        """Why it is greyed out, in the user's words; None if it is not."""
        reason = reason_without_film(context)
        if reason is None and cls.needs_pins and not len(chosen_video(context).pins):
            return NO_PINS
        return reason


def set_pin(video: Any, frame: int, joint: str, x: float, y: float) -> None:
    """Pin a joint in a picture, or move its pin there.

    Args:
        video: settings of the character.
        frame: of the film, counted from 0.
        joint: of ``core.video.points.JOINTS``.
        x, y: 0 … 1 from the left and the upper edge of the picture.
    """
    number = find_pin(video, frame, joint)
    if number is None:
        video.pins.add()
        number = len(video.pins) - 1
    pin = video.pins[number]
    pin.frame, pin.joint = frame, joint
    pin.x, pin.y = (min(max(each, _FARTHEST[0]), _FARTHEST[1]) for each in (x, y))
    video.active_pin = number


def find_pin(video: Any, frame: int, joint: str) -> int | None:
    """Which line of the list pins a joint in a picture; None if none does."""
    for number, pin in enumerate(video.pins):
        if (pin.frame, pin.joint) == (frame, joint):
            return number
    return None


def take_out(video: Any, number: int) -> None:
    """Remove a line of the list; the one above it is active then."""
    video.pins.remove(number)
    video.active_pin = max(min(video.active_pin, len(video.pins) - 1), 0)


def _rows(video: Any) -> list[Row]:
    return [(pin.frame, pin.joint, pin.x, pin.y) for pin in video.pins]


class NEURALMOTION_OT_pin_film_joints(OnVideo, bpy.types.Operator):
    """Drag joints in the film to where they are; each stays pinned there. Enter keeps it"""

    bl_idname = "neural_motion.pin_film_joints"
    bl_label = "Pin Joints"
    bl_options = {"REGISTER", "UNDO"}
    needs_pins = False

    _before: tuple[Row, ...] = ()
    _grabbed: tuple[int, float, float] | None = None
    _owner = ""

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        from .solved import solved_of

        if (reason := reason_without_film(context)) is not None:
            return reason
        return None if solved_of(chosen_armature(context)) is not None else NOTHING_FOUND

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Only in a window is there a mouse."""
        report(self, {"ERROR"}, "Pin Joints needs a window with a 3D Viewport")
        return {"CANCELLED"}

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        armature = chosen_armature(context)
        try:
            begin_preview(context, armature)
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        self._owner, self._grabbed = armature.name, None
        self._before = tuple(_rows(armature.neural_motion.video))
        context.window_manager.modal_handler_add(self)
        context.workspace.status_text_set(translated(_STATUS))
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        armature = chosen_armature(context)
        if armature is None or armature.name != self._owner:
            self.cancel(context)
            return {"CANCELLED"}
        video = armature.neural_motion.video
        if event.value == "PRESS" and event.type in ("RET", "NUMPAD_ENTER", "ESC"):
            return self._end(context, video, keep=event.type != "ESC")
        if event.type == "Z" and (event.ctrl or event.oskey):
            return {"RUNNING_MODAL"}  # an undo would take the list away under the mouse
        over = over_film(context, event)
        if over is None:
            return {"RUNNING_MODAL"} if self._grabbed else {"PASS_THROUGH"}
        return self._handle(event, video, over)

    def _handle(self, event: bpy.types.Event, video: Any, over: OverFilm) -> set[str]:
        if event.type == "MOUSEMOVE":
            self._move(over, video)
        elif event.type == "LEFTMOUSE" and event.value == "PRESS":
            self._grab(over, video)
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE":
            self._let_go(over, video)
        elif event.type in ("X", "DEL") and event.value == "PRESS":
            joint = _joint_under(over, video)
            number = None if joint is None else find_pin(video, over.number, JOINTS[joint])
            if number is not None:
                take_out(video, number)
        else:
            return {"PASS_THROUGH"}
        redraw()
        return {"RUNNING_MODAL"}

    def _move(self, over: OverFilm, video: Any) -> None:
        if self._grabbed is None:
            editing["joint"] = _joint_under(over, video)
            return
        _, across, down = self._grabbed
        x, y = over.place
        editing["point"] = x + across, y + down

    def _grab(self, over: OverFilm, video: Any) -> None:
        joint = _joint_under(over, video)
        if joint is None:
            return
        x, y = over.place
        at = _places(over, video)[joint]
        self._grabbed = joint, float(at[0]) - x, float(at[1]) - y
        editing.update(joint=joint, point=(float(at[0]), float(at[1])))

    def _let_go(self, over: OverFilm, video: Any) -> None:
        if self._grabbed is None:
            return
        joint, (x, y) = self._grabbed[0], editing["point"]
        self._grabbed = None
        editing.update(point=None)
        set_pin(video, over.number, JOINTS[joint], x, y)

    def _end(self, context: bpy.types.Context, video: Any, *, keep: bool) -> set[str]:
        self.cancel(context)
        if tuple(_rows(video)) == self._before:
            return {"CANCELLED"}
        if keep:
            return {"FINISHED"}
        video.pins.clear()
        for row in self._before:
            set_pin(video, *row)
        return {"CANCELLED"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Let go of everything; Blender closes, or loads another file."""
        self._grabbed = None
        editing.update(joint=None, point=None)
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        redraw()


def _places(over: OverFilm, video: Any) -> np.ndarray:
    picture = picture_of(over.armature, over.number)
    if picture is None:
        return np.full((len(JOINTS), 2), np.nan)
    return joints_shown(picture, over.film, video.pins, over.number)


def _joint_under(over: OverFilm, video: Any) -> int | None:
    """The joint nearest to the mouse, if it is near."""
    points = over.frame.to_region(_places(over, video))
    away = np.hypot(*(points - np.asarray(over.mouse)).T)
    if not np.isfinite(away).any():
        return None
    nearest = int(np.nanargmin(away))
    scale = bpy.context.preferences.system.ui_scale
    return nearest if away[nearest] <= _REACH_PX * scale else None


class NEURALMOTION_OT_remove_film_pin(OnVideo, bpy.types.Operator):
    """Remove the pin that is chosen in the list"""

    bl_idname = "neural_motion.remove_film_pin"
    bl_label = "Remove Pin"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        video = chosen_video(context)
        take_out(video, min(video.active_pin, len(video.pins) - 1))
        redraw()
        return {"FINISHED"}


class NEURALMOTION_OT_clear_film_pins(OnVideo, bpy.types.Operator):
    """Remove every pin of this film"""

    bl_idname = "neural_motion.clear_film_pins"
    bl_label = "Remove All Pins"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen_video(context).pins.clear()
        redraw()
        return {"FINISHED"}


class NEURALMOTION_OT_go_to_film_pin(OnVideo, bpy.types.Operator):
    """Move the playhead to the picture of the pin that is chosen in the list"""

    bl_idname = "neural_motion.go_to_film_pin"
    bl_label = "Go to Pin"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = chosen_armature(context)
        video = armature.neural_motion.video
        try:
            film = open_film(context.scene, armature)
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        pin = video.pins[min(video.active_pin, len(video.pins) - 1)]
        context.scene.frame_set(film.frame_at(pin.frame))
        return {"FINISHED"}


CLASSES = (
    NEURALMOTION_OT_pin_film_joints,
    NEURALMOTION_OT_remove_film_pin,
    NEURALMOTION_OT_clear_film_pins,
    NEURALMOTION_OT_go_to_film_pin,
)
