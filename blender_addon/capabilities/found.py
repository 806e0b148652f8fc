"""Where everything of ours is found: in which menu, by which key, on which page of the manual."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..blender.ui import help as manual
from ..blender.ui import keymap, menus
from ..blender.ui.menus import Contents, Entry, Subject
from ..core.manual import INDEX, heading_anchor

ADD: Final = (
    Entry("neural_motion.try_it", icon="PLAY"),
    Entry("neural_motion.add_character", icon="OUTLINER_OB_ARMATURE"),
    Entry("neural_motion.add_people", icon="COMMUNITY"),
    Entry("neural_motion.add_animal", icon="OUTLINER_OB_ARMATURE"),
    Entry("neural_motion.add_path", icon="CURVE_BEZCURVE"),
)
"""What begins a scene."""
MAIN: Final = (
    (Entry("neural_motion.use_selected", "Use Selected as Character", "RESTRICT_SELECT_OFF"),),
    (
        Entry("neural_motion.generate_walk"),
        Entry("neural_motion.generate_gaze"),
        Entry("neural_motion.generate_speech"),
        Entry("neural_motion.generate_gesture"),
        Entry("neural_motion.generate_perform"),
        Entry("neural_motion.generate_quadruped"),
        Entry("neural_motion.generate_video"),
        Entry("neural_motion.generate_physics"),
    ),
    (
        Entry("neural_motion.generate_crowd"),
        Entry("neural_motion.generate_herd"),
        Entry("neural_motion.generate_gaze_all", "Generate Gaze for All Characters"),
        Entry("neural_motion.live_drive"),
    ),
    (
        Entry("neural_motion.fill_motion"),
        Entry("neural_motion.clean_motion"),
        Entry("neural_motion.loop_motion"),
    ),
)
"""What is used most."""
IMPORTS: Final = (Entry("neural_motion.drop_motion"),)
"""What Blender's *File ▸ Import* gets."""

_PAGES: Final = {
    "capabilities.joints": "character",
    "capabilities.walk.try_it": "first-walk",
    "capabilities.walk.crowd": "several-characters",
    "capabilities.walk.live": "live-drive",
    "capabilities.walk.result_properties": "result",
    "blender.keys": "result",
    "blender.sound": "speech",
    "blender.models": "your-own-model",
    "blender.ui": "menus-and-help",
    "preferences": "install",
}
"""Pages of what has none of its own name, by module."""
_PANELS: Final = {
    "NEURALMOTION_PT_try_it": "first-walk#1-try-it",
    "NEURALMOTION_PT_arrival": "walk#target-stand-arrival",
    "NEURALMOTION_PT_walk_result": "result#a-walk",
    "NEURALMOTION_PT_quadruped_result": "result#a-walk",
    "NEURALMOTION_PT_gaze_keys": "result#gaze-and-speech",
    "NEURALMOTION_PT_speech_keys": "result#gaze-and-speech",
    "NEURALMOTION_PT_gesture_keys": "result#gaze-and-speech",
    "NEURALMOTION_PT_video_keys": "result#a-walk",
    "NEURALMOTION_PT_physics_keys": "result#a-walk",
    "NEURALMOTION_PT_editing": "editing#the-motion-panel",
}
"""Places of panels whose label is no heading of their page."""
_PACKAGE: Final = __package__.rpartition(".")[0]


def place_of(our_class: type) -> str:
    """The place of the manual that explains a class: a page, and for a panel its heading there."""
    name = our_class.__name__
    if name in _PANELS:
        return _PANELS[name]
    page, label = _page_of(our_class.__module__), getattr(our_class, "bl_label", "")
    return f"{page}#{heading_anchor(label)}" if "_PT_" in name else page


def _page_of(module: str) -> str:
    """The page that a module's classes are explained on: its capability's, where none is named."""
    own = module.removeprefix(_PACKAGE + ".")
    for known in sorted(_PAGES, key=len, reverse=True):
        if own == known or own.startswith(known + "."):
            return _PAGES[known]
    capability = own.removeprefix("capabilities.").partition(".")[0]
    return capability.replace("_", "-") if own.startswith("capabilities.") else INDEX


def register(subjects: Sequence[Subject]) -> None:
    """Let everything be found.

    Args:
        subjects: what there is, by subject.
    """
    contents = Contents(ADD, MAIN, subjects, IMPORTS)
    manual.register(place_of)
    menus.register(contents)
    keymap.register(menus.operators_of(contents))


def unregister() -> None:
    """Take it out again."""
    keymap.unregister()
    menus.unregister()
    manual.unregister()
