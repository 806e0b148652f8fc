"""Every panel in a small window: what is open by default fits, and each opened by itself does.

Headings of closed panels below may have to be scrolled to: there are more of them than fit.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import clicks

_SOUND = Path(__file__).resolve().parents[2] / "backend" / "demos" / "sounds" / "sentence.wav"
_SCROLLS = 4000  # pixels: further than any panel is long
_HEADING = 28  # pixels


class _SmallDesk(clicks.Desk):
    def fits(self) -> clicks.Waits:
        """Whether all that is open is shown: nothing but headings is left to scroll to."""
        below = yield from self.closed_below()
        area = self.ui.area()
        region = self.ui.region(area)
        with bpy.context.temp_override(window=self.ui.window, area=area, region=region):
            top = region.view2d.region_to_view(0, 0)[1]
            bpy.ops.view2d.scroll_down(deltay=_SCROLLS)
            rest = top - region.view2d.region_to_view(0, 0)[1]
            bpy.ops.view2d.scroll_up(deltay=2 * _SCROLLS)
        return rest < 1.0 + below * _HEADING

    def run(self, operator: str, how: str = "EXEC_DEFAULT", **options: Any) -> clicks.Waits:
        """Do what an operator's button does, and let all be drawn."""
        area = self.ui.area()
        with bpy.context.temp_override(
            window=self.ui.window, area=area, region=self.ui.region(area, "WINDOW")
        ):
            group, name = operator.split(".")
            getattr(getattr(bpy.ops, group), name)(how, **options)
        yield from self.settle()

    def look_at(self, title: str) -> clicks.Waits:
        """Keep a picture, and whether all panels fit."""
        yield from self.settle()
        self.shot(title)
        fits = yield from self.fits()
        self.note(**{f"fits_{title}": fits})


def steps(desk: _SmallDesk) -> clicks.Waits:
    """From nothing to a walk, a gaze, a speech, gestures and a performance."""
    window = desk.ui.window
    desk.note(size=[window.width, window.height])
    yield from desk.open_tab()
    yield from desk.look_at("nothing_chosen")
    yield from desk.run("neural_motion.add_character")
    yield from desk.look_at("character_added")
    yield from desk.run("neural_motion.add_path")
    yield from desk.look_at("path_added")
    yield from desk.run("neural_motion.generate_walk")
    yield from desk.look_at("walk")
    bpy.context.window_manager.neural_motion.details.walk = True
    yield from desk.settle()
    desk.shot("walk_details")
    bpy.context.window_manager.neural_motion.details.walk = False

    character = bpy.data.objects[clicks.CHARACTER]
    yield from desk.open_panel("NEURALMOTION_PT_gaze")
    yield from desk.look_at("gaze_empty")
    target = character.neural_motion.gaze.targets.add()
    target.target = bpy.data.objects["Camera"]
    bpy.context.scene.frame_end = 72
    yield from desk.run("neural_motion.generate_gaze")
    yield from desk.look_at("gaze")
    yield from desk.open_panel("NEURALMOTION_PT_speech")
    yield from desk.look_at("speech_empty")
    character.neural_motion.speech.file = str(_SOUND)
    yield from desk.run("neural_motion.generate_speech")
    yield from desk.look_at("speech")
    yield from _performance(desk, character)
    yield from _presets(desk, character)
    yield from _quadruped(desk)


def _performance(desk: _SmallDesk, character: bpy.types.Object) -> clicks.Waits:
    """Gestures and a performance: nothing chosen, then with a sound and a partner."""
    yield from desk.open_panel("NEURALMOTION_PT_gesture")
    yield from desk.look_at("gesture_empty")
    gesture, perform = character.neural_motion.gesture, character.neural_motion.perform
    gesture.source, gesture.file = "FILE", str(_SOUND)
    yield from desk.run("neural_motion.generate_gesture")
    yield from desk.look_at("gesture")
    yield from desk.open_panel("NEURALMOTION_PT_perform")
    yield from desk.look_at("perform_empty")
    perform.source, perform.file, perform.partner = "FILE", str(_SOUND), bpy.data.objects["Camera"]
    yield from desk.run("neural_motion.generate_perform")
    yield from desk.look_at("perform")
    yield from _editing(desk, character)


def _editing(desk: _SmallDesk, character: bpy.types.Object) -> clicks.Waits:
    """Each edit of a motion, then one that was made, with its fields for frames."""
    yield from desk.open_panel("NEURALMOTION_PT_editing")
    chosen = character.neural_motion.editing
    for edit in ("CLEAN", "RESTYLE", "CONNECT", "LOOP", "VARY", "FOLLOW", "FILL"):
        chosen.edit, chosen.missing = edit, "hand.L\nforearm.L"
        yield from desk.look_at(f"editing_{edit.lower()}")
    chosen.fill_span, chosen.first_frame, chosen.last_frame = "FRAMES", 20, 40
    yield from desk.run("neural_motion.fill_motion")
    yield from desk.look_at("editing_filled")
    bpy.context.window_manager.neural_motion.details.editing = True
    yield from desk.settle()
    desk.shot("editing_details")
    bpy.context.window_manager.neural_motion.details.editing = False


def _presets(desk: _SmallDesk, character: bpy.types.Object) -> clicks.Waits:
    """The menu of presets, and the window in which one is written as a file."""
    character.neural_motion.walk.direction.preset = "Mine"
    yield from desk.run("neural_motion.save_direction_preset", replace=True)
    yield from desk.run("wm.call_menu", name="NEURALMOTION_MT_direction_presets")
    desk.shot("preset_menu")
    desk.ui.key("Escape")
    yield 0.5
    yield from desk.run("neural_motion.export_direction_preset", "INVOKE_DEFAULT")
    yield 1.0
    desk.shot("export_preset")
    desk.note(windows_to_export=len(bpy.context.window_manager.windows))
    desk.ui.key("Escape")
    yield 0.5
    yield from desk.run("neural_motion.delete_direction_preset")


def _quadruped(desk: _SmallDesk) -> clicks.Waits:
    """A horse is chosen, then nobody, then the horse again, before and after it goes."""
    yield from desk.run("neural_motion.add_animal", kind="horse")
    yield from desk.open_panel("NEURALMOTION_PT_quadruped")
    yield from desk.look_at("quadruped_horse")
    chosen = bpy.context.scene.neural_motion
    horse, chosen.character = chosen.character, None
    yield from desk.look_at("quadruped_nobody")
    chosen.character = horse
    yield from desk.run("neural_motion.add_quadruped_path")
    yield from desk.run("neural_motion.generate_quadruped")
    yield from desk.look_at("quadruped_motion")


def _start() -> None:
    import rbgui

    rbgui.drive(lambda ui: steps(_SmallDesk(ui, "panels")))


_start()
