"""Perform: all parts of one sound, on a worker thread with progress and Esc, or at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import bpy

from ...blender.jobs.adjust import AdjustableGenerate, adjustable, unanimated
from ...blender.jobs.background import BackgroundTask
from ...blender.jobs.modal import ModalGenerate
from ...blender.jobs.state import RUNNING
from ...blender.timeline import stop_playback
from ...blender.ui.reporting import report
from ...core.errors import REPORTED
from ...core.jobs import Outcome
from ...core.settings import Seeded
from ..character.chosen import NOBODY, chosen_character, owner_of, reason_if_linked
from ..package import Cue
from .cues import Taking, is_same, mirrored, read_cue, taking_part, what_sounds_lack
from .parts import NAME
from .properties import performing

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .job import PerformJob
    from .performance import Cast


def reason_not_to_perform(context: bpy.types.Context) -> str | None:
    """Why Perform is greyed out, in the user's words; None if it is not."""
    if context.window_manager.neural_motion.running:
        return RUNNING
    character = chosen_character(context)
    if character is None:
        return NOBODY
    if (linked := reason_if_linked(owner_of(character, NAME))) is not None:
        return linked
    if context.mode.startswith("EDIT"):
        return "Leave Edit Mode first (Tab)"
    chosen = performing(character)
    if (lacking := what_sounds_lack(chosen)) is not None:
        return lacking
    if chosen.partner is not None and is_same(chosen.partner, character):
        return "The partner is the character itself. Choose somebody else"
    return None


def reason_not_to_perform_both(context: bpy.types.Context) -> str | None:
    """Why Perform Both is greyed out."""
    if (reason := reason_not_to_perform(context)) is not None:
        return reason
    partner = performing(chosen_character(context)).partner
    if partner is None:
        return "Choose a partner first"
    if partner.type not in ("ARMATURE", "MESH"):
        return f"'{partner.name}' is no character: it can be looked at, not perform"
    return reason_if_linked(owner_of(partner, NAME))


class _Perform(ModalGenerate):
    """Mix-in: who performs is all that the operators differ in."""

    subject = "performance"

    _performance: Any = None  # a Performance; Blender reads the annotations of operators

    def cast(self, context: bpy.types.Context) -> Cast:
        """Who performs what with which parts."""
        raise NotImplementedError

    def read(self, context: bpy.types.Context) -> PerformJob:
        from .performance import Performance

        self._performance = Performance(context, self.cast(context))
        return self._performance.begin()

    def execute(self, context: bpy.types.Context) -> set[str]:
        stop_playback(context)
        try:
            job: PerformJob | None = self.read(context)
            while job is not None:
                job = self._performance.go_on(job.run)
        except REPORTED as error:
            return self._fail(error)
        return self._tell()

    def cancel(self, context: bpy.types.Context) -> None:
        super().cancel(context)
        if self._performance is not None:
            self._performance.take_back()

    def _finish(self, context: bpy.types.Context) -> set[str]:
        """A part is done: go on to the next one."""
        result: Callable[[], Outcome[Any]] = self._task.result
        try:
            job = self._performance.go_on(result)
        except REPORTED as error:
            self._clean_up(context)
            return self._fail(error)
        except BaseException:
            self._clean_up(context)
            raise
        if job is not None:
            self._job, self._task = job, BackgroundTask(job.run)
            return {"RUNNING_MODAL"}
        self._clean_up(context)
        return self._tell()

    def _tell(self) -> set[str]:
        told, notes = self._performance.accept()
        report(self, {"INFO"}, f"Performed: {told}")
        self.tell(notes)
        return {"FINISHED"}


@adjustable(("seed",), Seeded)
class NEURALMOTION_OT_generate_perform(AdjustableGenerate, _Perform, bpy.types.Operator):
    """Let the character perform the sound: face, gaze and gestures, over its walk or a stand"""

    bl_idname = "neural_motion.generate_perform"
    bl_label = "Perform"
    bl_options = {"REGISTER", "UNDO"}

    only: bpy.props.StringProperty(
        name="Part",
        description="Capability whose part alone is performed again; empty for all that are ticked",
        options={"HIDDEN", "SKIP_SAVE"},
    )

    reason = staticmethod(reason_not_to_perform)

    def cast(self, context: bpy.types.Context) -> Cast:
        character = chosen_character(context)
        return [_casting(context, character, read_cue(context, character), self.only)]

    def adjusted(self, context: bpy.types.Context) -> Mapping[str, Any]:
        return unanimated(performing(chosen_character(context)), self.redo_shows)


class NEURALMOTION_OT_perform_both(_Perform, bpy.types.Operator):
    """Let the character and its partner talk with each other, each with its own voice, in one go"""

    bl_idname = "neural_motion.perform_both"
    bl_label = "Perform Both"
    bl_options = {"REGISTER", "UNDO"}

    reason = staticmethod(reason_not_to_perform_both)

    def cast(self, context: bpy.types.Context) -> Cast:
        character = chosen_character(context)
        partner = performing(character).partner
        cue = read_cue(context, character)
        return [
            _casting(context, character, cue),
            _casting(context, partner, mirrored(cue, character)),
        ]


def _casting(
    context: bpy.types.Context, character: bpy.types.Object, cue: Cue, only: str = ""
) -> tuple[bpy.types.Object, Cue, Taking]:
    """What somebody performs, and with which parts."""
    taking = taking_part(context, character, cue, only)
    along = taking if not only else taking_part(context, character, cue)
    names = frozenset((*along.parts, *taking.parts))
    return character, replace(cue, taking_part=names), taking


CLASSES = (NEURALMOTION_OT_generate_perform, NEURALMOTION_OT_perform_both)
