"""The video, clicked: a film, its preview, Generate, Esc, a pin, solved again, undone."""

from __future__ import annotations

import subprocess

import album
import bpy
import clicks
import film_behind

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("video", "video_pins")}
_GENERATE, _AGAIN = "neural_motion.generate_video", "neural_motion.solve_video_again"
_PINNED, _DRAGGED = 12, (0.5, 0.4)
"""A picture, and where a joint is dragged in it."""


def _pin(desk: album.Album) -> clicks.Waits:
    """Drag the left wrist in the preview, and keep it."""
    video = film_behind.video()
    bpy.context.scene.frame_set(_PINNED + 1)
    yield 0.8
    yield from desk.press("neural_motion.pin_film_joints")
    yield 0.8
    desk.ui.move(*film_behind.joint_at(desk, _PINNED, "LeftHand"))
    yield 0.5
    desk.shot("joint")
    subprocess.run(["xdotool", "mousedown", "1"], check=True, timeout=60)
    yield 0.4
    desk.ui.move(*film_behind.place(desk, 0.45, 0.45))
    yield 0.4
    desk.ui.move(*film_behind.place(desk, *_DRAGGED))
    yield 0.4
    desk.shot("dragging")
    subprocess.run(["xdotool", "mouseup", "1"], check=True, timeout=60)
    yield 0.5
    desk.ui.key("Return")
    yield lambda: not len(bpy.context.window.modal_operators)
    yield 0.5
    desk.note(pins=[(pin.frame, pin.joint, pin.x, pin.y) for pin in video.pins])


def steps(desk: album.Album) -> clicks.Waits:
    """As an animator does it for the first time."""
    yield from desk.open_tab()
    desk.shot("nothing_chosen")
    yield from film_behind.make_film(desk)
    video = film_behind.video()
    desk.shot("film")
    yield from desk.press("neural_motion.preview_film")
    yield 1.0
    desk.shot("preview")
    yield from desk.generate_and_cancel(_GENERATE)
    before = clicks.state()
    yield from desk.generate(_GENERATE)
    desk.note(shown=video.last_result, actions=sorted(bpy.data.actions.keys()))
    desk.shot("result")
    yield from _pin(desk)
    yield from desk.press(_AGAIN)
    yield 0.5
    yield lambda: not bpy.context.window_manager.neural_motion.running
    yield from desk.settle()
    desk.shot("solved_again")
    desk.note(again=video.last_result, actions_again=sorted(bpy.data.actions.keys()))
    for _ in range(3):  # solved again, pinned, generated
        yield from desk.undo()
    desk.note(changed_after_undo=clicks.differences(before, clicks.state()))
    yield from desk.press("neural_motion.end_film_preview")
    yield 0.8
    desk.shot("preview_ended")
    blocks = (*bpy.data.cameras, *bpy.data.images, *bpy.data.scenes)
    desk.note(left=[each.name for each in blocks if "Film" in each.name])


album.start(steps, "video", _OPEN)
