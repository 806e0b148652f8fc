"""The buttons of the edits: on a worker thread with progress and Esc, or at once for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import bpy

from ...blender.jobs.adjust import AdjustableGenerate, adjustable, unanimated
from ...blender.models.preferred import model_choice
from ...blender.ui.reporting import report
from ...core.jobs import Outcome
from ...core.settings import Seeded, declared
from ..character.chosen import chosen_armature
from .choice import Edit
from .choosing import edit_choices, reason_not_to_edit
from .kinds import KINDS

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .several import EditJobs, Made


def _adjusts(edit: Edit) -> tuple[str, ...]:
    """Names of the settings that can be adjusted afterwards."""
    kind = KINDS[edit]
    names = tuple(each.name for each in declared(kind.settings))
    return (*names, "seed") if kind.has_seed else names


def _of(edit: Edit) -> Any:
    """Decorator of an edit's operator: its settings can be adjusted afterwards."""
    return adjustable(_adjusts(edit), KINDS[edit].settings, Seeded)


class EditsMotion(AdjustableGenerate):
    """Mix-in of the edits; each names its ``edit``."""

    bl_options = {"REGISTER", "UNDO"}
    edit: ClassVar[Edit]

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        """Why it is greyed out, in the user's words; None if it is not."""
        return reason_not_to_edit(context, cls.edit)

    def read(self, context: bpy.types.Context) -> EditJobs:
        """The motions of all characters that are edited."""
        from . import scene as editing_scene
        from .several import EditJobs

        models = model_choice(context)
        choices = edit_choices(context, self.edit)
        return EditJobs([editing_scene.read(context, each, models) for each in choices])

    def write(self, context: bpy.types.Context, job: EditJobs, outcome: Outcome[Made]) -> None:
        """Write them all as one step."""
        from .applying import write_edits

        told, beside = write_edits(context, job, outcome)
        chosen = chosen_armature(context)
        if chosen is not None and chosen.neural_motion.editing.edit != self.edit.value:
            chosen.neural_motion.editing.edit = self.edit.value
        report(self, {"INFO"}, told)
        self.tell(beside)

    def adjusted(self, context: bpy.types.Context) -> Mapping[str, Any]:
        """The settings of the edit, and its seed."""
        chosen = chosen_armature(context).neural_motion.editing
        kind = KINDS[self.edit]
        names = (each.name for each in declared(kind.settings))
        found = unanimated(getattr(chosen, kind.name), names)
        return found | unanimated(chosen, ("seed",)) if kind.has_seed else found


@_of(Edit.FILL)
class NEURALMOTION_OT_fill_motion(EditsMotion, bpy.types.Operator):
    """Fill the frames between two poses so that the figure moves like a person; both poses stay"""

    bl_idname = "neural_motion.fill_motion"
    bl_label = "Fill Motion"
    subject = "the motion between"
    edit = Edit.FILL


@_of(Edit.CLEAN)
class NEURALMOTION_OT_clean_motion(EditsMotion, bpy.types.Operator):
    """Take jitter, spikes, holes and sliding feet out of a captured motion"""

    bl_idname = "neural_motion.clean_motion"
    bl_label = "Clean Motion"
    subject = "the cleaned motion"
    edit = Edit.CLEAN


@_of(Edit.RESTYLE)
class NEURALMOTION_OT_restyle_motion(EditsMotion, bpy.types.Operator):
    """Do the same steps in the manner of another motion"""

    bl_idname = "neural_motion.restyle_motion"
    bl_label = "Restyle Motion"
    subject = "the restyled motion"
    edit = Edit.RESTYLE


@_of(Edit.CONNECT)
class NEURALMOTION_OT_connect_motion(EditsMotion, bpy.types.Operator):
    """Make one action of two strips or actions, with a transition between them"""

    bl_idname = "neural_motion.connect_motion"
    bl_label = "Connect Motions"
    subject = "the transition"
    edit = Edit.CONNECT


@_of(Edit.LOOP)
class NEURALMOTION_OT_loop_motion(EditsMotion, bpy.types.Operator):
    """Make a cycle of what plays: where to cut is found, and the seam is filled"""

    bl_idname = "neural_motion.loop_motion"
    bl_label = "Loop Motion"
    subject = "the cycle"
    edit = Edit.LOOP


@_of(Edit.VARY)
class NEURALMOTION_OT_vary_motion(EditsMotion, bpy.types.Operator):
    """Make other takes of the same motion, each with a seed of its own, as for a crowd"""

    bl_idname = "neural_motion.vary_motion"
    bl_label = "Vary Motion"
    subject = "the variants"
    edit = Edit.VARY


@_of(Edit.FOLLOW)
class NEURALMOTION_OT_follow_motion(EditsMotion, bpy.types.Operator):
    """Let the character go along a curve in the manner of what plays"""

    bl_idname = "neural_motion.follow_motion"
    bl_label = "Follow Curve"
    subject = "the motion along the curve"
    edit = Edit.FOLLOW


CLASSES = (
    NEURALMOTION_OT_fill_motion,
    NEURALMOTION_OT_clean_motion,
    NEURALMOTION_OT_restyle_motion,
    NEURALMOTION_OT_connect_motion,
    NEURALMOTION_OT_loop_motion,
    NEURALMOTION_OT_vary_motion,
    NEURALMOTION_OT_follow_motion,
)
