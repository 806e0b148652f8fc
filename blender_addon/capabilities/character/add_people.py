"""Add People: a crowd, each another person, with progress and Esc."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from ...blender.adding import reason_not_to_add
from ...blender.declared import property_of
from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...core.errors import REPORTED, in_words
from ...core.settings import declared
from ...demo_character.traits import CrowdSettings, Numbered
from .add_character import naming_property

_PAUSE_S = 0.01


def _seed_property() -> Any:
    """Not kept from call to call, so that each crowd is of others."""
    made = property_of(declared(Numbered)[0])
    made.keywords["options"] = {"SKIP_SAVE"}
    return made


class NEURALMOTION_OT_add_people(bpy.types.Operator):
    """Add a crowd of different people, in rows around the 3D cursor"""

    bl_idname = "neural_motion.add_people"
    bl_label = "Add People"
    bl_options = {"REGISTER", "UNDO"}

    redo_shows = ("count", "spacing", "bodies", "seed", "naming")

    count: property_of(declared(CrowdSettings)[0])  # type: ignore[valid-type]
    spacing: property_of(declared(CrowdSettings)[1])  # type: ignore[valid-type]
    bodies: property_of(declared(CrowdSettings)[2])  # type: ignore[valid-type]
    seed: _seed_property()  # type: ignore[valid-type]
    naming: naming_property()  # type: ignore[valid-type]
    _asked = False  # by the dialog, just now

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_not_to_add(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self._choose_seed(context)
        self._asked = True
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: bpy.types.Context) -> set[str]:
        self._choose_seed(context)
        asked, self._asked = self._asked, False
        if asked and not bpy.app.background:
            self._begin(context)
            return {"RUNNING_MODAL"}
        return self._add_all(context)  # in scripts, and when Blender does it again

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type == "ESC":
            return self._end(context, "CANCELLED")
        if event.type != "TIMER":
            return {"RUNNING_MODAL"}
        try:
            self._added.append(next(self._steps))
        except StopIteration:
            return self._end(context, "FINISHED")
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return self._end(context, "CANCELLED")
        done = f"Adding people: {len(self._added)} of {self.count} (Esc to cancel)"
        context.workspace.status_text_set(translated(done))
        return {"RUNNING_MODAL"}

    def _choose_seed(self, context: bpy.types.Context) -> None:
        # Not above: switching the extension on does not wait for it.
        from ...demo_character.place import free_seed

        if not self.properties.is_property_set("seed"):
            self.seed = free_seed(context.scene, self.count)

    def _people(self, context: bpy.types.Context) -> Iterator[bpy.types.Object]:
        from ...demo_character.crowd import add_crowd

        settings = CrowdSettings(count=self.count, spacing_m=self.spacing, bodies=self.bodies)
        return add_crowd(context, self.seed, settings, self.naming)

    def _add_all(self, context: bpy.types.Context) -> set[str]:
        try:
            added = list(self._people(context))
        except REPORTED as error:  # found before the first comes
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        _choose_first(context, added)
        return {"FINISHED"}

    def _begin(self, context: bpy.types.Context) -> None:
        from ...demo_character.removal import remember_selection

        self._select_again = remember_selection(context)
        self._steps, self._added = self._people(context), []
        manager = context.window_manager
        self._timer: Any = manager.event_timer_add(_PAUSE_S, window=context.window)
        manager.modal_handler_add(self)

    def _end(self, context: bpy.types.Context, ending: str) -> set[str]:
        context.window_manager.event_timer_remove(self._timer)
        context.workspace.status_text_set(None)
        if ending == "CANCELLED":
            from ...demo_character.removal import remove_people

            remove_people(self._added)
            self._select_again()
        else:
            _choose_first(context, self._added)
        return {ending}


def _choose_first(context: bpy.types.Context, added: list[bpy.types.Object]) -> None:
    kept = context.scene.neural_motion
    if kept.character is None and added:
        kept.character = added[0]


CLASSES = (NEURALMOTION_OT_add_people,)
