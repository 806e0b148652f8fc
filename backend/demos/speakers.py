"""The speech demo's world: two heads before a wall, their voices, a camera that sees both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import radians
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.core.sound.voice_activity import detect_voice
from blender_addon.core.sound.waveform import WavSound

from .cast import add_actor, eyes_of
from .film import add_sound, has_sound
from .scene import look_at
from .stance import write_stance

Array = NDArray[np.float64]

NAMES: Final = ("Eva", "Leo")
FRAME_RATE: Final = 30
FIRST_FRAME: Final = 10
"""Where the voices begin."""

_APART_M: Final = 0.50
_TOGETHER_DEG: Final = 18.0  # how far each turns from the camera to the other
_ROOM_M: Final = (0.19, 0.20)  # beside and over the eyes
_LENS_MM: Final = 85.0
_CHIN_M: Final = 0.045
_WALL: Final = (0.72, 0.75, 0.78)


@dataclass(frozen=True, eq=False)
class Speaker:
    """Somebody who speaks, or listens.

    Args:
        name: of the armature; the voice's strip is named after it.
        armature: standing, with a stance.
        voice: what is said; None for somebody who says nothing.
        side: −1 at the left of the picture, 1 at the right.
    """

    name: str
    armature: bpy.types.Object
    voice: Path | None
    side: float

    def sound(self) -> SoundChoice:
        """The voice in the sequencer, or the file where this build of Blender has no sound."""
        if self.voice is None:
            return SoundChoice()
        if has_sound():
            return SoundChoice("STRIP", strip=f"{self.name} speaks")
        return SoundChoice("FILE", path=str(self.voice))


def build_speakers(context: bpy.types.Context, voices: Sequence[Path]) -> list[Speaker]:
    """Fill an empty scene with two people who see each other and the camera.

    Args:
        voices: of the first, or of both; they begin together.
    """
    scene = context.scene
    scene.render.fps, scene.render.fps_base = FRAME_RATE, 1.0
    scene.frame_start, scene.frame_current = 1, 1
    longest = max(WavSound(voice).duration_s for voice in voices)
    scene.frame_end = int(longest * FRAME_RATE) + 2 * FIRST_FRAME
    speakers = []
    for number, name in enumerate(NAMES):
        voice = voices[number] if number < len(voices) else None
        if voice is not None:
            add_sound(scene, f"{name} speaks", voice, number + 1, FIRST_FRAME)
        side = (-1.0, 1.0)[number]
        armature = add_actor(context, name)
        place, heading = (side * _APART_M / 2, 0.0), -side * radians(_TOGETHER_DEG)
        emphasis = _emphasis(voice, scene.frame_end)
        write_stance(context, armature, place, heading, emphasis, seed=number + 2)
        speakers.append(Speaker(name, armature, voice, side))
    world = bpy.data.worlds.new("Room")
    world.color = _WALL
    scene.world = world
    scene.frame_set(1)
    _add_camera(scene, np.array([eyes_of(each.armature) for each in speakers]))
    return speakers


def _emphasis(voice: Path | None, count: int) -> Array:
    """(T,) loudness of a voice at the film's frames."""
    if voice is None:
        return np.zeros(count)
    heard = detect_voice(WavSound(voice))
    seconds = (np.arange(1, count + 1) - FIRST_FRAME) / FRAME_RATE
    return np.interp(seconds, np.arange(len(heard.energy)) / heard.rate_hz, heard.energy)


def _add_camera(scene: bpy.types.Scene, eyes: Array) -> None:
    """As near as both heads allow; the render size is read from the scene.

    Args:
        eyes: (2, 3).
    """
    data = bpy.data.cameras.new("Both")
    data.lens = _LENS_MM
    camera = bpy.data.objects.new("Both", data)
    scene.collection.objects.link(camera)
    scene.camera = camera
    wide, tall = np.ptp(eyes, axis=0)[[0, 2]] + 2.0 * np.array(_ROOM_M)
    render = scene.render
    width = max(wide, tall * render.resolution_x / render.resolution_y)
    target = eyes.mean(axis=0) - [0.0, 0.0, _CHIN_M]
    look_at(camera, target - [0.0, width * _LENS_MM / data.sensor_width, 0.0], target)
