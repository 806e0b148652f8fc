"""Try It: one click from an empty scene to somebody who walks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import bpy

from ...blender.adding import free_way, reason_not_to_add
from ...blender.declared import property_of
from ...blender.ground.new_path import LENGTH_M, add_path_curve
from ...blender.jobs.adjust import forgotten
from ...blender.jobs.modal import ModalGenerate
from ...blender.jobs.state import RUNNING
from ...blender.models.preferred import model_choice
from ...blender.timeline import show_frame
from ...blender.ui.common import InTab, draw_generate
from ...blender.ui.reporting import report
from ...blender.ui.view import frame_objects, play
from ...blender.units import metres_per_unit
from ...core.jobs import Outcome
from ...core.settings import declared
from ...demo_character.traits import Numbered
from ..character.chosen import chosen_character
from .properties import chosen_walk, walk_settings

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .job import Walk, WalkJob

_HALF_WIDTH_M: Final = 1.8
"""Of the S that is walked, with an arm's length of room."""


@dataclass(frozen=True)
class _Added:
    """What was added, and how the scene was before.

    Args:
        person, path: names of the new objects, which an undo in another window may take away.
        chosen: name of who was chosen before; empty for nobody.
        select_again: what was selected before.
    """

    person: str
    path: str
    chosen: str
    select_again: Callable[[], None]


class NEURALMOTION_OT_try_it(ModalGenerate, bpy.types.Operator):
    """Add a person and a path beside what is there, let the person walk along it, and play it"""

    bl_idname = "neural_motion.try_it"
    bl_label = "Try It"
    bl_options = {"REGISTER", "UNDO"}

    subject = "walk"
    redo_shows = ("seed",)

    seed: forgotten(property_of(declared(Numbered)[0]))
    _added: _Added | None = None

    @staticmethod
    def reason(context: bpy.types.Context) -> str | None:
        """Why it is greyed out, in the user's words; None if it is not."""
        running = context.window_manager.neural_motion.running
        return RUNNING if running else reason_not_to_add(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """All at once: from scripts and in background mode."""
        return self._gone_unless_done(context, super().execute(context))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """From the button: the person is there at once, the walk comes from a thread."""
        return self._gone_unless_done(context, super().invoke(context, event))

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Until the walk is done; Esc takes person and path away again."""
        return self._gone_unless_done(context, super().modal(context, event))

    def cancel(self, context: bpy.types.Context) -> None:
        """Esc, or Blender is about to close or load another file."""
        super().cancel(context)
        self._take_back(context)

    def read(self, context: bpy.types.Context) -> WalkJob:
        """Add person and path, and read them as Generate Walk would."""
        from . import scene as walk_scene

        self._add(context)
        job = walk_scene.read(context, walk_settings(context), model_choice(context))
        self.tell((*job.rig.warnings, *job.notes))
        return job

    def write(self, context: bpy.types.Context, job: WalkJob, outcome: Outcome[Walk]) -> None:
        from .applying import tell_walk, write_walk

        shown = chosen_walk(context)
        written = write_walk(context, shown, job, outcome)
        applied = tell_walk(context, shown, job, outcome, written)
        report(self, {"INFO"}, f"'{applied.action_name}': {applied.told}")
        self.tell(applied.warnings)
        show_frame(context.scene, written.first_frame)
        frame_objects(context, (shown.id_data, shown.path))
        play(context)

    def _add(self, context: bpy.types.Context) -> None:
        """A person at the beginning of an S, both chosen."""
        # Not above: switching the extension on does not wait for it.
        from ...demo_character.builder import add_person
        from ...demo_character.person import draw_person
        from ...demo_character.place import free_seed, put
        from ...demo_character.removal import remember_selection

        again = self.options.is_repeat_last  # somebody else, not the same twice
        if again or not self.properties.is_property_set("seed"):
            self.seed = free_seed(context.scene)
        kept, person = context.scene.neural_motion, draw_person(self.seed)
        place = free_way(context, _HALF_WIDTH_M, LENGTH_M)
        before = kept.character.name if kept.character else "", remember_selection(context)
        armature = add_person(context, "", person)
        self._added = _Added(armature.name, "", *before)
        put(context, armature, place)
        length = LENGTH_M / metres_per_unit(context.scene)
        path = add_path_curve(context, length=length, place=place)
        self._added = _Added(armature.name, path.name, *before)
        kept.character = armature
        chosen_walk(context).path = path
        context.view_layer.update()

    def _gone_unless_done(self, context: bpy.types.Context, ending: set[str]) -> set[str]:
        if "CANCELLED" in ending:
            self._take_back(context)
        return ending

    def _take_back(self, context: bpy.types.Context) -> None:
        """Leave the scene as it was."""
        from ...demo_character.removal import remove_people

        added, self._added = self._added, None
        if added is None:
            return
        context.scene.neural_motion.character = bpy.data.objects.get(added.chosen)
        if (path := bpy.data.objects.get(added.path)) is not None:
            data = path.data
            bpy.data.objects.remove(path)
            bpy.data.curves.remove(data)
        if (person := bpy.data.objects.get(added.person)) is not None:
            remove_people([person])
        with suppress(ReferenceError):  # what was selected is gone by an undo
            added.select_again()


class NEURALMOTION_PT_try_it(InTab, bpy.types.Panel):
    bl_label = "Try It"
    bl_options = {"HIDE_HEADER"}
    bl_order = -1  # above all others

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return chosen_character(context) is None

    def draw(self, context: bpy.types.Context) -> None:
        operator = NEURALMOTION_OT_try_it
        draw_generate(self.layout, context, operator.bl_idname, operator.reason(context))


CLASSES = (NEURALMOTION_OT_try_it, NEURALMOTION_PT_try_it)
