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
    strips = (
        []
        if editor is None
        else editor.strips_all
        if hasattr(editor, "strips_all")
        else (editor.sequences_all)
    )
    return [(s.name, int(s.frame_final_start), int(s.frame_final_end)) for s in strips]


def _area(desk: clicks.Desk, kind: str) -> bpy.types.Area:
    return next(a for a in desk.ui.window.screen.areas if a.type == kind)


def _show_all(desk: clicks.Desk, area: bpy.types.Area, operator: Callable[[], object]) -> None:
    region = next(r for r in area.regions if r.type == "WINDOW")
    with bpy.context.temp_override(window=desk.ui.window, area=area, region=region):
        operator()


def _show_sequencer(desk: clicks.Desk) -> clicks.Waits:
    area = _area(desk, "PROPERTIES")
    area.ui_type = "SEQUENCE_EDITOR"
    yield 0.5
    area.spaces.active.show_region_channels = area.spaces.active.show_region_toolbar = False
    yield 0.5
    _show_all(desk, area, bpy.ops.sequencer.view_all)
    yield 1.0


def _drop(desk: clicks.Desk, operator: str, path: Path, frame: int) -> clicks.Waits:
    """What Blender does when a file falls on the viewport."""
    _speech().start_frame = frame
    handler = bpy.types.NEURALMOTION_FH_sound
    assert path.suffix in handler.bl_file_extensions.split(";")
    assert handler.bl_import_operator == f"neural_motion.{operator}"
    area = _area(desk, "VIEW_3D")
    region = next(r for r in area.regions if r.type == "WINDOW")
    with bpy.context.temp_override(window=desk.ui.window, area=area, region=region):
        assert handler.poll_drop(bpy.context)
        getattr(bpy.ops.neural_motion, operator)(
            "INVOKE_DEFAULT", filepath=str(path), directory=str(path.parent),
            files=[{"name": path.name}],
        )  # fmt: skip
    yield lambda: not bpy.context.window_manager.neural_motion.running
    yield 1.0


def _shot_of_dope_sheet(desk: clicks.Desk, title: str) -> clicks.Waits:
    """Of a timeline in place of the viewport, as large as that."""
    area = _area(desk, "VIEW_3D")
    area.type = "DOPESHEET_EDITOR"
    area.spaces.active.mode = "TIMELINE"
    yield 1.0
    _show_all(desk, area, bpy.ops.action.view_all)
    yield 1.0
    desk.shot(title)
    area.type = "VIEW_3D"
    yield 1.0


def steps(desk: clicks.Desk) -> clicks.Waits:
    """From no sound at all."""
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
    yield from _drop(desk, "drop_sound", _SOUNDS / "sentence.wav", 31)
    desk.note(dropped=_strips(), spoken=_speech().last_result)
    yield from _shot_of_dope_sheet(desk, "dropped")
    yield from desk.undo()
    desk.note(taken_back=(Path(_speech().file).name, _strips()))


clicks.start(steps, "sound")
