"""Edit Mouth Shapes: the blocks over the timeline are moved, retyped, inserted by mouse and keys.

Everything else of the window keeps working meanwhile: what is not meant for a block passes through.
The mouth follows at every release. Enter keeps all of it as one step of undo; Esc brings back the
list, and the mouth with it.
"""

from __future__ import annotations

from typing import Any, Final

import bpy

from ...blender.timeline_overlay import frames_across, put_first, redraw
from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...core.errors import REPORTED, in_words
from ..character.chosen import chosen_character, chosen_settings
from .heard import add_phone, copy_rows, heard_of, paste_rows, put_in_order, span_of
from .heard_blocks import BAND, band_of, block_at, editing
from .heard_changes import quietly
from .heard_operators import OnList, show_corrections, take_out
from .heard_properties import KINDS

KEYS: Final = {
    "ONE": "BILABIAL", "TWO": "LABIODENTAL", "THREE": "ROUNDED_GLIDE", "FOUR": "OPEN_VOWEL",
    "FIVE": "MID_VOWEL", "SIX": "CLOSE_VOWEL", "SEVEN": "OPEN_ROUNDED_VOWEL",
    "EIGHT": "ROUNDED_VOWEL", "NINE": "SIBILANT", "ZERO": "SILENCE",
}  # fmt: skip
"""Number keys, and what they make of the chosen block; the menu has all kinds."""
_STATUS: Final = (
    "Mouth Shapes   Drag: move, ends: length (Ctrl: whole frames)   1–9, 0: shape   Right click: "
    "menu   A: insert   X: remove   Enter: keep   Esc: undo all"
)
_NO_TIMELINE: Final = "Open a Timeline or a Dope Sheet in this window: the shapes are edited there"
_SHORTEST: Final = 0.02
"""Seconds that a block keeps."""


class NEURALMOTION_OT_edit_mouth_shapes(OnList, bpy.types.Operator):
    """Edit the mouth shapes over the timeline: drag, retype, insert, remove; Enter keeps it"""

    bl_idname = "neural_motion.edit_mouth_shapes"
    bl_label = "Edit Mouth Shapes"
    bl_options = {"REGISTER", "UNDO"}

    _before: Any = None
    _drag: Any = None
    _owner: str = ""
    _sound: str = ""

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Only in a window is there a mouse."""
        report(self, {"ERROR"}, "Edit Mouth Shapes needs a window with a Timeline")
        return {"CANCELLED"}

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        if editing["on"]:
            report(self, {"INFO"}, "The mouth shapes are being edited already")
            return {"CANCELLED"}
        if context.window is None or not any(_regions(context)):
            report(self, {"ERROR"}, _NO_TIMELINE)
            return {"CANCELLED"}
        speech = chosen_settings(context, "speech")
        heard = heard_of(speech)
        self._owner, self._sound = chosen_character(context).name, heard.sound
        self._before, self._drag = _copy(speech, heard), None
        editing["on"] = True
        context.window_manager.modal_handler_add(self)
        context.workspace.status_text_set(translated(_STATUS))
        put_first(BAND)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        found = self._list(context)
        if found is None or not editing["on"]:
            self._stop(context)
            report(self, {"INFO"}, "The list that was edited is gone")
            return {"CANCELLED"}
        try:
            return self._handle(context, event, *found)
        except REPORTED as error:
            report(self, {"WARNING"}, in_words(error))
            return {"RUNNING_MODAL"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender closes, or loads another file."""
        self._stop(context)

    def _list(self, context: bpy.types.Context) -> tuple[Any, Any] | None:
        character = chosen_character(context)
        if character is None or character.name != self._owner:
            return None
        speech = chosen_settings(context, "speech")
        heard = heard_of(speech)
        return None if heard is None or heard.sound != self._sound else (speech, heard)

    def _handle(
        self, context: bpy.types.Context, event: bpy.types.Event, speech: Any, heard: Any
    ) -> set[str]:
        if self._drag is not None:
            return self._go_on_dragging(context, event, speech, heard)
        if event.value == "PRESS" and event.type in ("RET", "NUMPAD_ENTER", "ESC"):
            return self._finish(context, speech, heard, keep=event.type != "ESC")
        if event.type == "Z" and (event.ctrl or event.oskey):
            return {"RUNNING_MODAL"}  # an undo would take the list away under the mouse
        region = _region_under(context, event)
        if region is None or event.value != "PRESS":
            return {"PASS_THROUGH"}
        x = event.mouse_x - region.x
        if event.type in ("LEFTMOUSE", "RIGHTMOUSE"):
            return self._click(context, event, speech, heard, region)
        if event.type == "A" and not (event.ctrl or event.alt):
            number = add_phone(heard, _frame_at(region, x))
            self._choose(speech, number)
        elif event.type in ("X", "DEL") and _has_chosen(speech, heard):
            take_out(heard, speech.active_phone)
        elif event.type in KEYS and _has_chosen(speech, heard):
            with quietly():
                heard.phones[speech.active_phone].kind = KEYS[event.type]
        else:
            return {"PASS_THROUGH"}
        show_corrections(self, context, speech, heard)
        redraw()
        return {"RUNNING_MODAL"}

    def _click(
        self,
        context: bpy.types.Context,
        event: bpy.types.Event,
        speech: Any,
        heard: Any,
        region: bpy.types.Region,
    ) -> set[str]:
        band = band_of(context, region)
        if band is None or not band[0] <= event.mouse_y - region.y <= band[1]:
            return {"PASS_THROUGH"}
        x = event.mouse_x - region.x
        block, held = block_at(heard, region, x)
        if block is None:
            return {"RUNNING_MODAL"}
        self._choose(speech, block.index)
        redraw()
        if event.type == "RIGHTMOUSE":
            bpy.ops.wm.call_menu(name="NEURALMOTION_MT_mouth_shape")
        else:
            self._drag = region, held, _frame_at(region, x), block.first, block.last, False
        return {"RUNNING_MODAL"}

    def _go_on_dragging(
        self, context: bpy.types.Context, event: bpy.types.Event, speech: Any, heard: Any
    ) -> set[str]:
        region, held, grabbed, first, last, moved = self._drag
        row = heard.phones[speech.active_phone]
        if event.type in ("ESC", "RIGHTMOUSE") and event.value == "PRESS":
            with quietly():
                row.first, row.last = first, last
            self._drag = None
        elif event.type == "MOUSEMOVE":
            by = _frame_at(region, event.mouse_x - region.x) - grabbed
            drag_row(heard, row, held, first, last, by, whole=event.ctrl)
            self._drag = (*self._drag[:5], moved or abs(by) > 1e-6)
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE":
            self._drag = None
            if moved:
                self._choose(speech, put_in_order(heard, speech.active_phone))
                show_corrections(self, context, speech, heard)
        redraw()
        return {"RUNNING_MODAL"}

    def _choose(self, speech: Any, number: int) -> None:
        with quietly():
            speech.active_phone = number

    def _finish(
        self, context: bpy.types.Context, speech: Any, heard: Any, *, keep: bool
    ) -> set[str]:
        self._stop(context)
        now = _copy(speech, heard)
        if now[0] == self._before[0]:
            return {"CANCELLED"}
        if keep:
            return {"FINISHED"}
        _paste(speech, heard, self._before)
        show_corrections(self, context, speech, heard)
        return {"CANCELLED"}

    def _stop(self, context: bpy.types.Context) -> None:
        editing["on"] = False
        self._drag = None
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        put_first(None)


class NEURALMOTION_OT_set_mouth_shape(OnList, bpy.types.Operator):
    """Make the chosen block this mouth shape"""

    bl_idname = "neural_motion.set_mouth_shape"
    bl_label = "Set Mouth Shape"
    bl_options = {"INTERNAL"}  # a step of the edit, not one of undo
    needs_line = True

    kind: bpy.props.EnumProperty(name="Shape", description="What the mouth does", items=KINDS)

    def change(self, context: bpy.types.Context, speech: Any, heard: Any) -> None:
        with quietly():
            row = heard.phones[speech.active_phone]
            row.kind, row.used = self.kind, True


class NEURALMOTION_MT_mouth_shape(bpy.types.Menu):
    """Every kind that a block can be"""

    bl_idname = "NEURALMOTION_MT_mouth_shape"
    bl_label = "Mouth Shape"

    def draw(self, context: bpy.types.Context) -> None:
        keys = {kind: str((1 + n) % 10) for n, kind in enumerate(KEYS.values())}
        for kind, title, *_ in KINDS:
            text = "   ".join(filter(None, (translated(title), keys.get(kind))))
            chosen = self.layout.operator(
                "neural_motion.set_mouth_shape", text=text, translate=False
            )
            chosen.kind = kind


def drag_row(
    heard: Any, row: Any, held: str, first: float, last: float, by: float, *, whole: bool = False
) -> None:
    """Move a line, or one of its ends, within the sound; it keeps a length.

    Args:
        heard: its list.
        row: the line.
        held: ``middle``, or the end that moves: ``first`` or ``last``.
        first, last: where it was.
        by: how many frames it moves.
        whole: the moving end comes to a whole frame.
    """
    low, high = span_of(heard)
    shortest = min(_SHORTEST * heard.rate, last - first)
    if held == "last":
        target = round(last + by) if whole else last + by
        new = first, min(max(target, first + shortest), high)
    elif held == "first":
        target = round(first + by) if whole else first + by
        new = max(min(target, last - shortest), low), last
    else:
        target = round(first + by) if whole else first + by
        length = last - first
        start = max(min(target, high - length), low)
        new = start, start + length
    with quietly():
        row.first, row.last = new


def _has_chosen(speech: Any, heard: Any) -> bool:
    return 0 <= speech.active_phone < len(heard.phones)


def _copy(speech: Any, heard: Any) -> tuple[Any, ...]:
    return copy_rows(heard), heard.rest, heard.as_heard, speech.active_phone


def _paste(speech: Any, heard: Any, copied: tuple[Any, ...]) -> None:
    rows, rest, as_heard, chosen = copied
    paste_rows(heard, rows)
    with quietly():  # another part of a long list may have been listed meanwhile
        heard.rest, heard.as_heard, speech.active_phone = rest, as_heard, chosen


def _regions(context: bpy.types.Context) -> list[bpy.types.Region]:
    return [
        region
        for area in context.window.screen.areas
        if area.type == "DOPESHEET_EDITOR"
        for region in area.regions
        if region.type == "WINDOW"
    ]


def _region_under(context: bpy.types.Context, event: bpy.types.Event) -> bpy.types.Region | None:
    for region in _regions(context):
        across = region.x <= event.mouse_x < region.x + region.width
        if across and region.y <= event.mouse_y < region.y + region.height:
            return region
    return None


def _frame_at(region: bpy.types.Region, x: float) -> float:
    left, right = frames_across(region)
    return left + (right - left) * x / region.width


CLASSES = (
    NEURALMOTION_OT_edit_mouth_shapes,
    NEURALMOTION_OT_set_mouth_shape,
    NEURALMOTION_MT_mouth_shape,
)
