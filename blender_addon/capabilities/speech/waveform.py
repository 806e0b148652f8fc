"""The chosen character's sound, drawn over the timelines while it is chosen to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from ...blender.sound.choice import sound_choice
from ..character.chosen import chosen_settings

# Imported where they are used: there is nothing to draw in background mode.
if TYPE_CHECKING:
    from ...blender.sound.along import SoundAlong
    from ...blender.sound.waveform_overlay import WaveformOverlay

_overlays: list[WaveformOverlay] = []


def shown_sound() -> SoundAlong | None:
    """What is drawn now; None where there is nothing to draw."""
    from ...blender.sound.along import sound_along

    context = bpy.context
    speech = chosen_settings(context, "speech") if context.scene is not None else None
    if speech is None or not speech.show_waveform:
        return None
    return sound_along(context.scene, sound_choice(speech), speech.start_frame)


def register() -> None:
    """Begin to draw."""
    if bpy.app.background:
        return
    from ...blender.sound.waveform_overlay import WaveformOverlay

    _overlays.append(WaveformOverlay("speech waveform", shown_sound))


def unregister() -> None:
    """Draw no more."""
    while _overlays:
        _overlays.pop().remove()
