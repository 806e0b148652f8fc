"""Taking people out again who were just added, with all that is theirs alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import bpy


def remove_people(armatures: Sequence[bpy.types.Object]) -> None:
    """Remove armatures, their meshes, and materials that nobody uses any more."""
    objects = [each for armature in armatures for each in (*armature.children, armature)]
    data = [each.data for each in objects]
    materials = {slot.material for each in objects for slot in each.material_slots}
    bpy.data.batch_remove(objects)
    bpy.data.batch_remove([each for each in data if not each.users])
    bpy.data.batch_remove([each for each in materials if each is not None and not each.users])


def remember_selection(context: bpy.types.Context) -> Callable[[], None]:
    """What selects again what is selected now, and makes it active."""
    objects = context.view_layer.objects
    selected, active = list(context.selected_objects), objects.active

    def select_again() -> None:
        for each in selected:
            each.select_set(True)
        objects.active = active

    return select_again
