"""The gesture demo's world: two people on a floor; one talks to whoever sees, then both dance."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from math import radians
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from backend.music import make_music
from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.core.conventions import Floats
from blender_addon.core.sound.beats import beats_at_tempo
from blender_addon.core.sound.waveform import SAMPLE_RATE_HZ, WavSound

from .cast import add_actor
from .conversation import SOUNDS
from .film import add_sound, has_sound
from .scene import add_mesh, look_at, material
from .stance import write_stance

Array = NDArray[np.float64]

FRAME_RATE: Final = 24
FIRST_FRAME: Final = 12
"""Where the voice begins."""
TALKER, LISTENER = "Sam", "Ada"
VOICE, MUSIC = "Voice", "Music"
"""Names of the strips."""
TEMPO_BPM: Final = 168.0
MEASURES: Final = 6

_VOICE_FILE: Final = SOUNDS / "natural.wav"
_PAUSE_S: Final = 0.5
_FEATURES_HZ: Final = 30.0
_APART_M: Final = 1.3
_TOWARD_DEG: Final = 14.0
_BACK_M: Final = 4.9
_LENS_MM: Final = 52.0
_EYE_HEIGHT_M, _AIM_HEIGHT_M = 1.35, 0.95
_HALF_FLOOR_M: Final = 9.0
_WALL: Final = (0.72, 0.75, 0.78)


@dataclass(frozen=True, eq=False)
class Stage:
    """What was put into the scene.

    Args:
        talker, listener: two armatures that stand.
        voice, music: sound files.
        music_frame: where the music begins.
        beats_s: (N,) quarters of the music, as it was made.
    """

    talker: bpy.types.Object
    listener: bpy.types.Object
    voice: Path
    music: Path
    music_frame: int
    beats_s: Floats

    @property
    def dancers(self) -> tuple[bpy.types.Object, bpy.types.Object]:
        """Both."""
        return self.talker, self.listener

    def sound(self, name: str) -> SoundChoice:
        """A strip, or the file where this build of Blender has no sound."""
        if has_sound():
            return SoundChoice("STRIP", strip=name)
        return SoundChoice("FILE", path=str(self.voice if name == VOICE else self.music))

    def start_of(self, name: str) -> int:
        """Frame on which a sound begins."""
        return FIRST_FRAME if name == VOICE else self.music_frame


def build_stage(context: bpy.types.Context, folder: Path) -> Stage:
    """Fill an empty scene with two people, a voice and music.

    Args:
        context: whose scene.
        folder: where the music is written.
    """
    scene = context.scene
    scene.render.fps, scene.render.fps_base = FRAME_RATE, 1.0
    scene.frame_start, scene.frame_current = 1, 1
    music, beats_s, seconds = write_music(folder / "music.wav")
    said = WavSound(_VOICE_FILE).duration_s
    music_frame = FIRST_FRAME + round((said + _PAUSE_S) * FRAME_RATE)
    scene.frame_end = music_frame + int(seconds * FRAME_RATE)
    add_sound(scene, VOICE, _VOICE_FILE, 1, FIRST_FRAME)
    add_sound(scene, MUSIC, music, 2, music_frame)
    people = [_add_person(context, name, n) for n, name in enumerate((TALKER, LISTENER))]
    _add_room(context)
    scene.frame_set(1)
    return Stage(people[0], people[1], _VOICE_FILE, music, music_frame, beats_s)


def write_music(path: Path) -> tuple[Path, Floats, float]:
    """Make a piece of music of the demo's tempo; its file, its quarters and its length."""
    quarter = 60.0 / TEMPO_BPM
    seconds = (4 * MEASURES + 1) * quarter
    beats = beats_at_tempo(TEMPO_BPM, 0.0, seconds)
    energy = np.clip(np.linspace(0.5, 1.1, int(seconds * _FEATURES_HZ)), 0.0, 1.0)
    samples = make_music(beats, energy, seed=3)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path, beats.beats_s, seconds


def _add_person(context: bpy.types.Context, name: str, number: int) -> bpy.types.Object:
    person = add_actor(context, name)
    side = (-0.5, 0.5)[number]
    at_ease = np.zeros(context.scene.frame_end)
    heading = -np.sign(side) * radians(_TOWARD_DEG)
    write_stance(context, person, (side * _APART_M, 0.0), heading, at_ease, seed=number)
    return person


def _add_room(context: bpy.types.Context) -> None:
    scene = context.scene
    half = _HALF_FLOOR_M
    floor = np.array([[-half, -half, 0], [half, -half, 0], [half, half, 0], [-half, half, 0]])
    add_mesh(context, "Floor", floor, np.array([[0, 1, 2, 3]]), ("Ground Light",))
    material("Ground Light").diffuse_color = (0.55, 0.52, 0.48, 1.0)
    scene.world = bpy.data.worlds.new("Room")
    scene.world.color = _WALL
    data = bpy.data.lights.new("Sun", "SUN")
    data.energy = 3.0
    sun = bpy.data.objects.new("Sun", data)
    sun.rotation_euler = (radians(50), radians(10), radians(15))
    scene.collection.objects.link(sun)
    lens = bpy.data.cameras.new("Both")
    lens.lens = _LENS_MM
    camera = bpy.data.objects.new("Both", lens)
    scene.collection.objects.link(camera)
    scene.camera = camera
    look_at(camera, np.array([0.0, -_BACK_M, _EYE_HEIGHT_M]), np.array([0.0, 0.0, _AIM_HEIGHT_M]))
