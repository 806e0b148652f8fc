"""The list of layers, clicked: muted, solo, half shown, merged, undone."""

from __future__ import annotations

from pathlib import Path

import album
import bpy
import clicks

_OPEN = {"NEURALMOTION_PT_character", "NEURALMOTION_PT_layers"}
_COLUMNS = {
    "mute_layer": 0.067, "solo_layer": 0.872, "jump_to_layer": 0.2, "select_layer": 0.76,
    "merge_layer": 0.817,
}  # fmt: skip
"""Where in the sidebar these buttons lie, as shares of its width."""
_SOUND = Path(__file__).resolve().parents[2] / "backend" / "demos" / "sounds" / "sentence.wav"


def _generate_all(desk: album.Album) -> clicks.Waits:
    yield from desk.run("neural_motion.add_character")
    character = bpy.context.scene.neural_motion.character.neural_motion
    yield from desk.run("neural_motion.add_path")
    character.walk.result.kind = "STRIP"
    yield from desk.run("neural_motion.generate_walk")
    bpy.context.scene.frame_end = 120
    target = bpy.data.objects.new("Target", None)
    bpy.context.scene.collection.objects.link(target)
    target.location = (2.0, -3.0, 1.5)
    character.gaze.targets.add().target = target
    yield from desk.run("neural_motion.generate_gaze")
    character.speech.file = str(_SOUND)
    yield from desk.run("neural_motion.generate_speech")


def _strips(name: str) -> list[tuple[bool, bool, bool]]:
    """Of the tracks on which a capability's layers lie: mute, solo, animated influence."""
    found = []
    for block in (*bpy.data.objects, *bpy.data.shape_keys):
        data = block.animation_data
        for track in data.nla_tracks if data is not None else ():
            for strip in track.strips:
                if strip.action.get("neural_motion_layer") == name:
                    found.append((track.mute, track.is_solo, strip.use_animated_influence))
    return found


def _top() -> str:
    """Which capability's row stands at the top: the one that the clicks are for."""
    tracks = bpy.context.scene.neural_motion.character.animation_data.nla_tracks
    return str(tracks[-1].strips[0].action.get("neural_motion_layer", ""))


def _press(desk: album.Album, operator: str) -> clicks.Waits:
    """Click the button in the upper row: ticks lie at the left, stars and tools at the right."""
    op = f"neural_motion.{operator}"
    found = yield from desk.ui.find(op=op, columns=(_COLUMNS[operator],))
    assert found is not None, f"no button {op}"
    desk.ui.move(*found)
    yield 0.4
    desk.ui.click(*found)
    yield 0.7
    desk.leave()
    yield 0.3


def steps(desk: album.Album) -> clicks.Waits:
    """From the panel alone, once three results lie there."""
    yield from desk.open_wide_tab()
    yield from _generate_all(desk)
    bpy.ops.ed.undo_push(message="Ready")
    yield 0.8
    desk.shot("list")
    top, ready = _top(), clicks.state()
    desk.note(top=top, count=len(_strips(top)))
    yield from _press(desk, "mute_layer")
    desk.note(muted=[mute for mute, _, _ in _strips(top)])
    desk.shot("muted")
    yield from _press(desk, "mute_layer")
    yield from _press(desk, "solo_layer")
    desk.note(solo=[solo for _, solo, _ in _strips(top)])
    desk.shot("solo")
    yield from _press(desk, "solo_layer")
    desk.note(changed_by_switches=clicks.differences(ready, clicks.state()))
    yield from desk.fill("influence", "0.5")
    yield 0.5
    desk.note(scaled=[animated for _, _, animated in _strips(top)])
    desk.shot("half")
    yield from desk.undo()
    desk.note(scaled_after_undo=[animated for _, _, animated in _strips(top)])
    yield from _press(desk, "jump_to_layer")
    yield from _press(desk, "select_layer")
    yield from _press(desk, "merge_layer")
    desk.note(merged=[a.name for a in bpy.data.actions if a.name.endswith("Merged")])
    desk.shot("merged")
    yield from desk.undo()
    desk.note(changed_after_undo=clicks.differences(ready, clicks.state()))
    desk.shot("undone")


album.start(steps, "layers", _OPEN)
