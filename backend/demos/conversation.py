"""The gaze demo's world: two people across a small table, a cup, two voices, three cameras.

What is around them fits their heights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import radians
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_addon.core.sound.voice_activity import detect_voice
from blender_addon.core.sound.waveform import WavSound

from .cast import add_actor, eyes_of
from .film import add_sound
from .scene import add_mesh, look_at, material
from .stance import write_stance

Array = NDArray[np.float64]

FRAME_RATE: Final = 24
SOUNDS: Final = Path(__file__).resolve().parent / "sounds"
NAMES: Final = ("Ann", "Ben")
VOICES: Final = ("dialogue_first.wav", "dialogue_second.wav")

_APART_M: Final = 1.05
_TOWARD_CAMERA_DEG: Final = 12.0
_TABLE: Final = (0.0, 0.10, 0.30)  # x, y, radius
_TABLE_BELOW_EYES_M: Final = 0.54  # of the smaller one
_CUP: Final = (0.10, 0.0, 0.035, 0.085)  # x, y, radius, height
_FAR_M: Final = 2.35
_BESIDE_M: Final = (0.42, 0.80)
_WALL: Final = (0.72, 0.75, 0.78)
_SOUND_ROOM_FRAMES: Final = 12  # after the last word


@dataclass(frozen=True, eq=False)
class Conversation:
    """What was put into the scene.

    Args:
        characters: the two armatures.
        voices: the sound file of each.
        cup: something to look at between them.
        cameras: one that sees both, one for each face.
        frame_count: length of the conversation.
    """

    characters: tuple[bpy.types.Object, bpy.types.Object]
    voices: tuple[Path, Path]
    cup: bpy.types.Object
    cameras: tuple[bpy.types.Object, bpy.types.Object, bpy.types.Object]
    frame_count: int


def build_conversation(context: bpy.types.Context) -> Conversation:
    """Fill an empty scene with two characters who talk to each other."""
    scene = context.scene
    scene.render.fps, scene.render.fps_base = FRAME_RATE, 1.0
    scene.frame_start, scene.frame_current = 1, 1
    voices = tuple(SOUNDS / name for name in VOICES)
    sounds = [WavSound(path) for path in voices]
    count = int(max(s.duration_s for s in sounds) * FRAME_RATE) + _SOUND_ROOM_FRAMES
    scene.frame_end = count
    characters = tuple(
        _add_character(context, number, _emphasis(sound, count))
        for number, sound in enumerate(sounds)
    )
    for channel, (name, path) in enumerate(zip(NAMES, voices, strict=True), start=1):
        add_sound(scene, f"{name} speaks", path, channel, 1)
    scene.frame_set(1)
    eyes = [eyes_of(character) for character in characters]
    cup = _add_table(context, min(place[2] for place in eyes) - _TABLE_BELOW_EYES_M)
    _add_light(context)
    cameras = _add_cameras(context, eyes)
    return Conversation(characters, voices, cup, cameras, count)  # type: ignore[arg-type]


def _emphasis(sound: WavSound, count: int) -> Array:
    """(T,) loudness of the voice where it speaks, at the film's frames."""
    voice = detect_voice(sound)
    loud = np.where(voice.speaking, voice.energy, 0.0)
    return np.interp(
        np.arange(count) / FRAME_RATE, np.arange(len(loud)) / voice.rate_hz, loud, right=0.0
    )


def _add_character(context: bpy.types.Context, number: int, emphasis: Array) -> bpy.types.Object:
    name, side = NAMES[number], (-1.0, 1.0)[number]
    character = add_actor(context, name)
    heading = -side * radians(90.0 - _TOWARD_CAMERA_DEG)
    write_stance(context, character, (side * _APART_M / 2, 0.0), heading, emphasis, seed=number)
    return character


def _add_table(context: bpy.types.Context, height: float) -> bpy.types.Object:
    x, y, radius = _TABLE
    _add_lathe(context, "Table", (x, y, 0.0), _table_profile(height, radius), "Ground Dark")
    cup_x, cup_y, cup_radius, cup_height = _CUP
    profile = [(0.0, 0.0), (0.8, 0.0), (1.0, 0.3), (1.0, 1.0), (0.9, 1.0), (0.85, 0.2), (0.0, 0.15)]
    lathe = [(cup_radius * r, cup_height * z) for r, z in profile]
    place = (x + cup_x, y + cup_y, height)
    return _add_lathe(context, "Cup", place, lathe, "Path")


def _table_profile(height: float, radius: float) -> list[tuple[float, float]]:
    top = height - 0.03
    return [
        (0.0, 0.0), (0.7 * radius, 0.0), (0.7 * radius, 0.02), (0.035, 0.04), (0.035, top),
        (radius, top), (radius, height), (0.0, height),
    ]  # fmt: skip


def _add_lathe(
    context: bpy.types.Context,
    name: str,
    place: tuple[float, float, float],
    profile: list[tuple[float, float]],
    colour: str,
) -> bpy.types.Object:
    """Turn a profile of (radius, height) about the vertical."""
    turn = np.linspace(0.0, 2 * np.pi, 33)[:-1]
    r, z = np.array(profile).T
    ring = np.stack((np.cos(turn), np.sin(turn)), axis=-1)
    vertices = np.concatenate(
        (
            r[:, None, None] * ring,
            np.broadcast_to(z[:, None, None], (len(z), len(turn), 1)),
        ),
        axis=-1,
    ).reshape(-1, 3)
    rows, columns = np.meshgrid(np.arange(len(z) - 1), np.arange(len(turn)), indexing="ij")
    here, aside = rows * len(turn) + columns, rows * len(turn) + (columns + 1) % len(turn)
    quads = np.stack((here, aside, aside + len(turn), here + len(turn)), axis=-1).reshape(-1, 4)
    thing = add_mesh(context, name, vertices, quads, (colour,))
    thing.location = place
    return thing


def _add_light(context: bpy.types.Context) -> None:
    data = bpy.data.lights.new("Sun", "SUN")
    data.energy = 3.0
    sun = bpy.data.objects.new("Sun", data)
    sun.rotation_euler = (radians(50), radians(10), radians(15))
    context.scene.collection.objects.link(sun)
    world = bpy.data.worlds.new("Room")
    world.color = _WALL
    context.scene.world = world
    half = 4.0
    floor = np.array([[-half, -half, 0], [half, -half, 0], [half, half, 0], [-half, half, 0]])
    add_mesh(context, "Floor", floor, np.array([[0, 1, 2, 3]]), ("Ground Light",))
    material("Ground Light").diffuse_color = (0.55, 0.52, 0.48, 1.0)


def _add_cameras(
    context: bpy.types.Context, eyes: Sequence[Array]
) -> tuple[bpy.types.Object, bpy.types.Object, bpy.types.Object]:
    """Both faces in one picture, and each over the other's shoulder, from between their heights.

    Args:
        eyes: (3,) where those of each are.
    """
    level = float(np.mean([place[2] for place in eyes]))
    both = _camera(context, "Both", (0.0, -_FAR_M, level), (0.0, 0.0, level - 0.16), 50.0)
    faces = []
    for name, place, side in zip(NAMES, eyes, (-1.0, 1.0), strict=True):
        beside = (-side * _BESIDE_M[0], -_BESIDE_M[1], 0.5 * (level + float(place[2])))
        target = (float(place[0]), float(place[1]), float(place[2]))
        faces.append(_camera(context, f"On {name}", beside, target, 76.0))
    return both, faces[0], faces[1]


def _camera(
    context: bpy.types.Context,
    name: str,
    place: tuple[float, float, float],
    target: tuple[float, float, float],
    lens_mm: float,
) -> bpy.types.Object:
    data = bpy.data.cameras.new(name)
    data.lens = lens_mm
    camera = bpy.data.objects.new(name, data)
    context.scene.collection.objects.link(camera)
    look_at(camera, np.array(place), np.array(target))
    return camera


def cut_between(scene: bpy.types.Scene, cuts: list[tuple[int, bpy.types.Object]]) -> None:
    """Switch cameras at frames, by markers of the timeline."""
    for frame, camera in cuts:
        marker = scene.timeline_markers.new(camera.name, frame=frame)
        marker.camera = camera
    scene.camera = cuts[0][1]
