"""The speech demo's world: one head three times before a wall, with other shapes each time, one
voice, and a camera that sees all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import radians
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.core.sound.waveform import WavSound
from blender_addon.demo_character.builder import add_person

from .cast import NAMING, eyes_of, person_of
from .face_sets import FACE_SETS, use_shapes
from .film import add_sound, has_sound
from .scene import look_at
from .stance import write_stance

Array = NDArray[np.float64]
_Colour = tuple[float, float, float]

ACTOR: Final = "Max"
SPEAKERS: Final[Mapping[str, tuple[str, _Colour]]] = {
    "ARKit": ("", (0.05, 0.22, 0.30)),
    "VRM": ("VRM", (0.33, 0.10, 0.06)),
    "Visemes": ("visemes", (0.10, 0.17, 0.07)),
}
"""From the left of the picture: a name, a set of shapes (none: ARKit's own), a shirt's colour."""
VOICE: Final = "Voice"
"""Name of the strip."""
FRAME_RATE: Final = 30
FIRST_FRAME: Final = 10
"""Where the voice begins."""

_APART_M: Final = 0.36
_BEHIND_M: Final = 0.14  # those at the sides, for the shoulders
_TOGETHER_DEG: Final = 6.0  # how far those at the sides turn to the camera
_ROOM_M: Final = (0.135, 0.17)  # beside and over the eyes
_LENS_MM: Final = 85.0
_BELOW_M: Final = 0.45  # more than the camera sees
_CHIN_M: Final = 0.012
_WALL: Final = (0.72, 0.75, 0.78)


@dataclass(frozen=True, eq=False)
class Speaker:
    """One of those who speak.

    Args:
        name: of the armature.
        armature: standing, with a stance.
        voice: what is said.
    """

    name: str
    armature: bpy.types.Object
    voice: Path

    def sound(self) -> SoundChoice:
        """The voice in the sequencer, or the file where this build of Blender has no sound."""
        if has_sound():
            return SoundChoice("STRIP", strip=VOICE)
        return SoundChoice("FILE", path=str(self.voice))


def build_speakers(context: bpy.types.Context, voice: Path) -> list[Speaker]:
    """Fill an empty scene with the three, who see the camera.

    Args:
        voice: of all.
    """
    scene = context.scene
    scene.render.fps, scene.render.fps_base = FRAME_RATE, 1.0
    scene.frame_start, scene.frame_current = 1, 1
    scene.frame_end = int(WavSound(voice).duration_s * FRAME_RATE) + 2 * FIRST_FRAME
    add_sound(scene, VOICE, voice, 1, FIRST_FRAME)
    speakers = []
    for number, (name, (shapes, shirt)) in enumerate(SPEAKERS.items()):
        armature = add_person(context, name, person_of(ACTOR, shirt_colour=shirt), NAMING.key)
        if shapes:
            use_shapes(armature, FACE_SETS[shapes])
        side = number - 0.5 * (len(SPEAKERS) - 1)
        at_ease = np.zeros(scene.frame_end)
        heading = -side * radians(_TOGETHER_DEG)
        place = (side * _APART_M, abs(side) * _BEHIND_M)
        write_stance(context, armature, place, heading, at_ease, number + 2)
        speakers.append(Speaker(name, armature, voice))
    world = bpy.data.worlds.new("Room")
    world.color = _WALL
    scene.world = world
    scene.frame_set(1)
    _add_camera(scene, np.array([eyes_of(each.armature) for each in speakers]))
    return speakers


def hide_unseen(scene: bpy.types.Scene) -> None:
    """Leave out of pictures what is far below the heads: half of the work goes there."""
    lowest = scene.camera.location.z - _BELOW_M
    for thing in scene.objects:
        if thing.type == "MESH":
            top = max((thing.matrix_world @ Vector(corner)).z for corner in thing.bound_box)
            thing.hide_render = top < lowest


def _add_camera(scene: bpy.types.Scene, eyes: Array) -> None:
    """As near as the heads allow; the render size is read from the scene.

    Args:
        eyes: (N, 3).
    """
    data = bpy.data.cameras.new("All")
    data.lens = _LENS_MM
    camera = bpy.data.objects.new("All", data)
    scene.collection.objects.link(camera)
    scene.camera = camera
    wide, tall = np.ptp(eyes, axis=0)[[0, 2]] + 2.0 * np.array(_ROOM_M)
    render = scene.render
    width = max(wide, tall * render.resolution_x / render.resolution_y)
    target = eyes.mean(axis=0) - [0.0, 0.0, _CHIN_M]
    look_at(camera, target - [0.0, width * _LENS_MM / data.sensor_width, 0.0], target)
