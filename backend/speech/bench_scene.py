"""Speech in Blender: a minute with its keys, being told to stop."""

from __future__ import annotations

import tempfile
import wave
from pathlib import Path

import bpy
import numpy as np

from backend.bench.cancel import slowest_stop
from backend.bench.setting import MINUTE_S
from backend.bench.timing import timed
from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.speech import scene as speech_scene
from blender_addon.capabilities.speech.scene import SpeechSettings
from blender_addon.core.face.arkit import ARKIT_52
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.sound.hear import forget_sounds
from blender_addon.core.sound.waveform import WavSound

from .bench_memory import SENTENCE

SPEECH_HZ = 30


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
            forget_sounds()  # each turn hears the sound for the first time
            with timed(times["run"]):
                job = speech_scene.read(bpy.context, settings, models)
                speech = job.run().result
            with timed(times["write"]):
                speech_scene.write(bpy.context, job, speech)
            if turn == 0:
                for values in times.values():
                    values.clear()
    return {name: float(np.median(values)) for name, values in times.items()}


def cancel_seconds(models: ModelChoice) -> float:
    """From being told to having ended, the longest of several moments of a minute of speech."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "minute.wav"
        write_minute(path)
        settings = SpeechSettings(make_face(), SoundChoice("FILE", str(path)), start_frame=1)
        job = speech_scene.read(bpy.context, settings, models)
        job.run()  # loads the model
        return slowest_stop(job.run)


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
