"""Sound, clicked: the demo voice, Generate, Play in Sync; then a sound dropped on the viewport."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy
import clicks

_GENERATE = "neural_motion.generate_speech"
_SOUNDS = Path(__file__).resolve().parents[2] / "backend" / "demos" / "sounds"


def _speech() -> bpy.types.PropertyGroup:
    return bpy.data.objects[clicks.CHARACTER].neural_motion.speech


def _strips() -> list[tuple[str, int, int]]:
    editor = bpy.context.scene.sequence_editor
    strips = [] if editor is None else editor.strips_all if hasattr(editor, "strips_all") else (
        editor.sequences_all
    )
    return [(s.name, int(s.frame_final_start), int(s.frame_final_end)) for s in strips]


def _area(desk: clicks.Desk, kind: str) -> bpy.types.Area:
    return next(a for a in desk.ui.window.screen.areas if a.type == kind)


def _show_all(desk: clicks.Desk, area: bpy.types.Area, operator: Callable[[], object]) -> None:
    region = next(r for r in area.regions if r.type == "WINDOW")
    with bpy.context.temp_override(window=desk.ui.window, area=area, region=region):
        operator()


def _raise_timeline(desk: clicks.Desk) -> clicks.Waits:
    """Drag its upper border, so that it is high enough to be looked at."""
    area = _area(desk, "DOPESHEET_EDITOR")
    x, y = area.x + area.width // 2, desk.ui.window.height - area.y - area.height
    desk.ui.move(x, y)
    yield 0.5
    desk.ui.drag(x, y, x, y - 120)
    yield 1.0
    desk.leave()
    yield 0.5


def _show_sequencer(desk: clicks.Desk) -> clicks.Waits:
    area = _area(desk, "PROPERTIES")
    area.ui_type = "SEQUENCE_EDITOR"
    yield 0.5
    area.spaces.active.show_region_channels = area.spaces.active.show_region_toolbar = False
    yield 0.5
    _show_all(desk, area, bpy.ops.sequencer.view_all)
    yield 1.0


def steps(desk: clicks.Desk) -> clicks.Waits:
    """From no sound at all."""
    yield from _raise_timeline(desk)
    yield from desk.open_tab()
    yield from desk.press("neural_motion.add_character")
    yield 1.0
    bpy.data.objects["Cube"].hide_set(True)
    desk.close_up(f"{clicks.CHARACTER} Head")
    yield from desk.open_panel("NEURALMOTION_PT_speech")
    yield 0.5
    desk.shot("none")
    yield from desk.press("neural_motion.demo_voice")
    yield 1.0
    desk.note(file=Path(_speech().file).name)
    desk.shot("chosen")
    before = clicks.state()
    yield from desk.generate(_GENERATE)
    _show_all(desk, _area(desk, "DOPESHEET_EDITOR"), bpy.ops.action.view_all)
    yield 1.5
    desk.note(strips=_strips(), shown=_speech().last_result, notes=_speech().last_notes)
    yield from desk.press("neural_motion.play_in_sync")
    yield 0.5
    scene = bpy.context.scene
    desk.note(sync=scene.sync_mode, scrub=scene.use_audio_scrub)
    yield from _show_sequencer(desk)
    desk.shot("heard")
    for _ in range(2):
        yield from desk.undo()
    desk.note(changed_after_undo=clicks.differences(before, clicks.state()), undone=_strips())


clicks.start(steps, "sound")
