"""The list of mouth shapes, and its blocks over the timeline while they are edited."""

from __future__ import annotations

import album
import bpy

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("speech", "speech_heard")}
_RAISED = 130  # pixels
_SHOWN = (10, 60)  # frames
_RETYPED = "OPEN_VOWEL"


def _timeline(desk: album.Album) -> tuple[bpy.types.Area, bpy.types.Region]:
    area = next(a for a in desk.ui.window.screen.areas if a.type == "DOPESHEET_EDITOR")
    return area, next(region for region in area.regions if region.type == "WINDOW")


def steps(desk: album.Album) -> album.Waits:
    """With one shape corrected."""
    yield from desk.open_wide_tab()
    yield from desk.run("neural_motion.add_character")
    scene = bpy.context.scene
    chosen = scene.neural_motion.character.neural_motion.speech
    chosen.file, chosen.add_to_sequencer = desk.sound_beside_file("natural.wav"), False
    yield from desk.run("neural_motion.generate_speech")
    [heard] = chosen.heard
    index = next(n for n, row in enumerate(heard.phones) if n > 4 and row.kind == "BILABIAL")
    chosen.active_phone = index
    heard.phones[index].kind = _RETYPED
    area, _ = _timeline(desk)
    x, y = area.x + area.width // 2, desk.ui.window.height - area.y - area.height
    yield from desk._drag(x, y, x, y - _RAISED)
    scene.frame_start, scene.frame_end = _SHOWN
    area, region = _timeline(desk)
    with bpy.context.temp_override(window=desk.ui.window, area=area, region=region):
        bpy.ops.action.view_all()
        bpy.ops.neural_motion.edit_mouth_shapes("INVOKE_DEFAULT")
    yield 0.8
    desk.keep("mouth_shapes_timeline", area)
    yield from desk.panel("mouth_shapes_panel")


album.start(steps, "mouth_shapes", _OPEN)
