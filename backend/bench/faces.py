"""Times of gaze and speech as the extension makes them, keys in Blender included."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import bpy
import numpy as np

from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.gaze import scene as gaze_scene
from blender_addon.capabilities.gaze.scene import GazeChoice
from blender_addon.capabilities.gaze.targets import TargetChoice
from blender_addon.capabilities.speech import scene as speech_scene
from blender_addon.capabilities.speech.scene import SpeechSettings
from blender_addon.core.face.arkit import ARKIT_52
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.sound.waveform import WavSound

from .memory import SENTENCE

MINUTE_S = 60
GAZE_HZ, SPEECH_HZ = 60, 30
MANY = 64

_BONES = {
    "Hips": ("", (0, 0, 1.0), (0, 0, 1.2)),
    "Spine": ("Hips", (0, 0, 1.2), (0, 0, 1.5)),
    "Neck": ("Spine", (0, 0, 1.5), (0, 0, 1.6)),
    "Head": ("Neck", (0, 0, 1.6), (0, 0, 1.8)),
    "LeftEye": ("Head", (0.03, -0.08, 1.68), (0.03, -0.11, 1.68)),
    "RightEye": ("Head", (-0.03, -0.08, 1.68), (-0.03, -0.11, 1.68)),
}


def time_gaze(count: int, models: ModelChoice, repeats: int) -> dict[str, float]:
    """A minute of gaze at 60 Hz for characters that look at one another and at a cup.

    Args:
        count: characters, in one batch.
        models: how the models are run.
        repeats: the median of so many.

    Returns:
        Seconds: ``read`` heads and targets off the scene, ``run`` the networks and all around
        them, ``write`` the keys.
    """
    times: dict[str, list[float]] = {"read": [], "run": [], "write": []}
    for turn in range(repeats + 1):
        choices = make_lookers(count)
        last = MINUTE_S * GAZE_HZ
        with _timed(times["read"]):
            job = gaze_scene.read(bpy.context, choices, 1, last, models)
        with _timed(times["run"]):
            gaze = job.run().result
        with _timed(times["write"]):
            gaze_scene.write(bpy.context, job, gaze)
        if turn == 0:  # the first one loads the models
            for values in times.values():
                values.clear()
    return {name: float(np.median(values)) for name, values in times.items()}


def many_over_one(models: ModelChoice, repeats: int) -> float:
    """Gaze of many characters, keys included, over that of one, in turns."""
    ratios = []
    for _ in range(repeats):
        before, many, after = (
            sum(time_gaze(count, models, 1)[part] for part in ("run", "write"))
            for count in (1, MANY, 1)
        )
        ratios.append(2 * many / (before + after))
    return float(np.median(ratios))


def time_speech(models: ModelChoice, repeats: int) -> dict[str, float]:
    """A minute of speech at 30 frames a second on a face of 52 shapes.

    Returns:
        Seconds: ``run``, which also reads the sound, and ``write`` the keys.
    """
    times: dict[str, list[float]] = {"run": [], "write": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "minute.wav"
        write_minute(path)
        for turn in range(repeats + 1):
            settings = SpeechSettings(make_face(), SoundChoice("FILE", str(path)), start_frame=1)
            with _timed(times["run"]):
                job = speech_scene.read(bpy.context, settings, models)
                speech = job.run().result
            with _timed(times["write"]):
                speech_scene.write(bpy.context, job, speech)
            if turn == 0:
                for values in times.values():
                    values.clear()
    return {name: float(np.median(values)) for name, values in times.items()}


def peak_megabytes(minutes: Sequence[float], model: Path) -> dict[float, float]:
    """Largest memory of a process that makes so many minutes of speech, without Blender."""
    found = {}
    for length in minutes:
        command = [sys.executable, "-m", "backend.bench.memory", str(length), str(model)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        found[length] = float(answer.stdout.split()[-1])
    return found


def write_minute(path: Path) -> None:
    """A WAV of one minute: a spoken sentence over and over."""
    sound = WavSound(SENTENCE)
    once = sound.read(0, int(sound.duration_s * sound.sample_rate_hz))
    samples = np.resize(once, MINUTE_S * sound.sample_rate_hz)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sound.sample_rate_hz)
        file.writeframes(np.round(32767 * samples).astype("<i2").tobytes())


@contextmanager
def _timed(seconds: list[float]) -> Iterator[None]:
    started = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - started)


def make_lookers(count: int) -> list[GazeChoice]:
    """Slim armatures in pairs, face to face, with a cup between all of them."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.fps, scene.frame_end = GAZE_HZ, MINUTE_S * GAZE_HZ
    data = _make_armature()
    cup = bpy.data.objects.new("Cup", None)
    cup.location = (0.3, -0.5, 1.0)
    scene.collection.objects.link(cup)
    characters = []
    for number in range(max(count, 2)):
        character = bpy.data.objects.new(f"Character {number}", data)
        character.location = (number // 2, -1.0 * (number % 2), 0.0)
        character.rotation_euler.z = np.pi * (number % 2)
        scene.collection.objects.link(character)
        characters.append(character)
    bpy.context.view_layer.update()
    return [
        GazeChoice(
            characters[n],
            (TargetChoice(characters[n ^ 1]), TargetChoice(cup, "OBJECT", weight=0.3)),
            role="SPEAKING" if n % 2 else "LISTENING",
            seed=n,
        )
        for n in range(count)
    ]


def _make_armature() -> bpy.types.Armature:
    data = bpy.data.armatures.new("Character")
    maker = bpy.data.objects.new("Maker", data)
    bpy.context.scene.collection.objects.link(maker)
    bpy.context.view_layer.objects.active = maker
    bpy.ops.object.mode_set(mode="EDIT")
    for name, (parent, head, tail) in _BONES.items():
        bone = data.edit_bones.new(name)
        bone.head, bone.tail = head, tail
        bone.parent = data.edit_bones.get(parent)
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.data.objects.remove(maker)
    return data


def make_face() -> bpy.types.Object:
    """A triangle with the 52 shapes."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = SPEECH_HZ
    mesh = bpy.data.meshes.new("Face")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 0, 1)], [], [(0, 1, 2)])
    face = bpy.data.objects.new("Face", mesh)
    bpy.context.scene.collection.objects.link(face)
    for name in ("Basis", *ARKIT_52):
        face.shape_key_add(name=name)
    return face
