"""The list of mouth shapes: insert one, take one out, go from one to the next, hear anew."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ...blender.rows import remove_row
from ...blender.timeline_overlay import redraw
from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...blender.unkeyed import playhead_of
from ...core.errors import REPORTED, SettingsError, in_words
from ..character.chosen import chosen_settings, reason_not_to_set
from .heard import (
    add_phone,
    forget_phones,
    heard_of,
    is_corrected,
    is_told,
    list_around,
    put_in_order,
    tell_as_heard,
)
from .heard_changes import quietly
from .heard_properties import KINDS
from .heard_solve import GONE, heard_again, refresh, require_untouched

_NOTHING = "Generate Speech first: it lists the phones that it hears"
_CHOOSE = "Choose a line of the list first"
_LONG_S: Final = 60.0
_BESIDE: Final = 0.01
"""Frames: a line that is so near to the playhead is where it is."""


class OnList:
    """Mix-in: needs the list of the chosen sound, and reports what goes wrong."""

    bl_options = {"REGISTER", "UNDO", "INTERNAL"}
    needs_line = False
    corrects = True

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_not_to_set(context, "speech")
        if reason is None:
            speech = chosen_settings(context, "speech")
            heard = heard_of(speech)
            if heard is None:
                reason = _NOTHING
            elif cls.needs_line and not 0 <= speech.active_phone < len(heard.phones):
                reason = _CHOOSE
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        speech = chosen_settings(context, "speech")
        try:
            heard = heard_of(speech)
            self.change(context, speech, heard)
            if self.corrects:
                show_corrections(self, context, speech, heard)
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        redraw()
        return {"FINISHED"}

    def change(self, context: bpy.types.Context, speech: Any, heard: Any) -> None:
        raise NotImplementedError


def show_corrections(
    operator: bpy.types.Operator, context: bpy.types.Context, speech: Any, heard: Any
) -> None:
    """Let the mouth follow the list; generate anew where what the network said is not kept."""
    told = refresh(context, speech, heard)
    if told == GONE and _is_short(heard):
        _generate(operator, context, heard)
    elif told:
        report(operator, {"WARNING"}, told)


def _is_short(heard: Any) -> bool:
    return bool(heard.to_s - heard.from_s <= _LONG_S)


def _generate(operator: bpy.types.Operator, context: bpy.types.Context, heard: Any) -> None:
    from .properties import speaking

    character = speaking(context)
    try:
        require_untouched(character, heard)
        bpy.ops.neural_motion.generate_speech()
    except REPORTED as error:
        heard.note = in_words(error)
        report(operator, {"WARNING"}, heard.note)
    except RuntimeError as error:  # what the operator reported
        heard.note = str(error).strip()
        report(operator, {"WARNING"}, heard.note)
    else:
        told = "What the network said was no longer kept: the speech was generated again"
        report(operator, {"INFO"}, told)


class NEURALMOTION_OT_add_heard_phone(OnList, bpy.types.Operator):
    """Insert a mouth shape at the current frame; those beside it give way"""

    bl_idname = "neural_motion.add_heard_phone"
    bl_label = "Insert Mouth Shape"
    bl_options = {"REGISTER", "UNDO"}

    redo_shows = ("kind", "seconds")

    kind: bpy.props.EnumProperty(name="Shape", description="What the mouth does", items=KINDS)
    seconds: bpy.props.FloatProperty(
        name="Length", description="How long the shape lasts, in seconds", default=0.08,
        min=0.02, soft_max=0.5, max=5.0, unit="TIME_ABSOLUTE",
    )  # fmt: skip

    def change(self, context: bpy.types.Context, speech: Any, heard: Any) -> None:
        at = playhead_of(context.scene)
        number = add_phone(heard, at, self.kind, self.seconds)
        with quietly():  # the playhead stays where it is
            speech.active_phone = number


class NEURALMOTION_OT_remove_heard_phone(OnList, bpy.types.Operator):
    """Take the chosen mouth shape out: the mouth passes over it, or as before if it was inserted"""

    bl_idname = "neural_motion.remove_heard_phone"
    bl_label = "Remove Mouth Shape"
    needs_line = True

    def change(self, context: bpy.types.Context, speech: Any, heard: Any) -> None:
        take_out(heard, speech.active_phone)


def take_out(heard: Any, index: int) -> None:
    """Remove an inserted line; one that was heard is switched off, so that it can come back.

    Raises:
        SettingsError: the line comes with a linked character.
    """
    row = heard.phones[index]
    if row.inserted or not row.was:
        remove_row(heard.phones, index)
        return
    with quietly():
        row.used = False


class NEURALMOTION_OT_reset_heard_phone(OnList, bpy.types.Operator):
    """Undo every correction of the chosen mouth shape: it is again as it was heard"""

    bl_idname = "neural_motion.reset_heard_phone"
    bl_label = "As Heard"
    needs_line = True

    def change(self, context: bpy.types.Context, speech: Any, heard: Any) -> None:
        row = heard.phones[speech.active_phone]
        if row.inserted or not row.was:
            raise SettingsError("this shape was inserted, not heard. Remove it instead")
        if not is_told(heard, row):
            raise SettingsError("this shape is as it was heard")
        tell_as_heard(heard, row)
        with quietly():
            speech.active_phone = put_in_order(heard, speech.active_phone)


class NEURALMOTION_OT_next_heard_phone(OnList, bpy.types.Operator):
    """Go to the next mouth shape, or to the one before"""

    bl_idname = "neural_motion.next_heard_phone"
    bl_label = "Next Mouth Shape"
    corrects = False

    back: bpy.props.BoolProperty(
        name="Back", description="To the one before instead", options={"HIDDEN", "SKIP_SAVE"}
    )

    def change(self, context: bpy.types.Context, speech: Any, heard: Any) -> None:
        at = playhead_of(context.scene)
        middles = [(round(0.5 * (row.first + row.last)), n) for n, row in enumerate(heard.phones)]
        if self.back:
            found = max(((m, n) for m, n in middles if m < at - _BESIDE), default=None)
        else:
            found = min(((m, n) for m, n in middles if m > at + _BESIDE), default=None)
        if found is None:
            raise SettingsError("there is no mouth shape beyond this one")
        speech.active_phone = found[1]


class NEURALMOTION_OT_list_heard_here(OnList, bpy.types.Operator):
    """List the mouth shapes around the current frame, of a sound that has too many for one list"""

    bl_idname = "neural_motion.list_heard_here"
    bl_label = "List Around Playhead"
    corrects = False

    def change(self, context: bpy.types.Context, speech: Any, heard: Any) -> None:
        list_around(heard, playhead_of(context.scene))
        with quietly():
            speech.active_phone = 0


class NEURALMOTION_OT_show_corrections(OnList, bpy.types.Operator):
    """Let the mouth follow the list as it was corrected"""

    bl_idname = "neural_motion.show_corrections"
    bl_label = "Show Corrections"

    def change(self, context: bpy.types.Context, speech: Any, heard: Any) -> None:
        """The list stays as it is."""


class NEURALMOTION_OT_hear_again(OnList, bpy.types.Operator):
    """Forget every correction: the list is again as the sound was heard, and the mouth with it"""

    bl_idname = "neural_motion.hear_again"
    bl_label = "Hear Again"
    bl_options = {"REGISTER", "UNDO"}
    corrects = False

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        heard = heard_of(chosen_settings(context, "speech"))
        if not is_corrected(heard):
            return self.execute(context)
        count = sum(is_told(heard, row) for row in heard.phones)
        return context.window_manager.invoke_confirm(
            self, event, title="Hear Again",
            message=f"{count} corrections of the list are lost",
            confirm_text="Forget Corrections", icon="WARNING",
        )  # fmt: skip

    def change(self, context: bpy.types.Context, speech: Any, heard: Any) -> None:
        if heard_again(speech, heard):
            with quietly():
                speech.active_phone = 0
            show_corrections(self, context, speech, heard)
            return
        forget_phones(speech, heard)
        report(self, {"INFO"}, "Generate Speech hears the sound anew")


class NEURALMOTION_OT_new_speech_variation(bpy.types.Operator):
    """Take the next variation; Generate Speech speaks it"""

    bl_idname = "neural_motion.new_speech_variation"
    bl_label = "New Variation"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_not_to_set(context, "speech")
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen_settings(context, "speech").variation += 1
        return {"FINISHED"}


CLASSES = (
    NEURALMOTION_OT_add_heard_phone,
    NEURALMOTION_OT_remove_heard_phone,
    NEURALMOTION_OT_reset_heard_phone,
    NEURALMOTION_OT_next_heard_phone,
    NEURALMOTION_OT_list_heard_here,
    NEURALMOTION_OT_show_corrections,
    NEURALMOTION_OT_hear_again,
    NEURALMOTION_OT_new_speech_variation,
)
