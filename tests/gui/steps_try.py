"""Try It, clicked in Blender's own first scene: Esc, then a figure that walks, then one undo."""

from __future__ import annotations

import bpy
import clicks

_TRY = "neural_motion.try_it"


def _objects() -> list[str]:
    return sorted(each.name for each in bpy.data.objects)


def _chosen() -> bpy.types.Object | None:
    return bpy.context.scene.neural_motion.character


def steps(desk: clicks.Desk) -> clicks.Waits:
    """One click, and nothing else."""
    yield from desk.open_tab()
    before, objects = clicks.state(), _objects()
    desk.shot("nothing_chosen")
    yield from desk.press(_TRY)
    yield lambda: bpy.context.window_manager.neural_motion.running
    desk.ui.key("Escape")
    yield 1.5
    desk.note(
        added_by_cancel=sorted(set(_objects()) - set(objects)),
        changed_by_cancel=clicks.differences(before, clicks.state()),
    )
    yield from desk.press(_TRY)
    yield lambda: _chosen() is not None and bool(_chosen().neural_motion.walk.last_result)
    screen = desk.ui.window.screen
    yield 2.0
    first = bpy.context.scene.frame_current
    desk.shot("walking")
    yield 2.0
    desk.shot("walking_on")
    desk.note(
        added=sorted(set(_objects()) - set(objects))[:1],
        plays=screen.is_animation_playing,
        frames=[first, bpy.context.scene.frame_current],
        shown=_chosen().neural_motion.walk.last_result,
        active=bpy.context.view_layer.objects.active.name,
    )
    area = desk.ui.area()
    desk.ui.move(area.x + area.width // 3, desk.ui.window.height - area.y - area.height // 2)
    yield 0.3
    desk.ui.key("space")
    yield 1.0
    desk.note(plays_after_space=screen.is_animation_playing)
    yield from desk.undo()
    desk.shot("undone")
    desk.note(
        left_after_undo=sorted(set(_objects()) - set(objects)),
        changed_after_undo=clicks.differences(before, clicks.state()),
    )


clicks.start(steps, "try")
