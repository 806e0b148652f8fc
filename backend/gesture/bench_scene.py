"""Gestures in Blender: a minute of talking and of dancing on the demo character, keys included."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import bpy
import numpy as np

from backend.bench.cancel import slowest_stop
from backend.bench.setting import MINUTE_S
from backend.music import make_music, write_music
from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.gesture import scene as gesture_scene
from blender_addon.capabilities.gesture.choice import GestureChoice
from blender_addon.core.gesture.settings import GestureMode
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.sound.beats import beats_at_tempo
from blender_addon.core.sound.hear import forget_sounds
from blender_addon.demo_character.builder import add_person

_FPS: Final = 30
_BPM: Final = 172.0
_RATE_HZ: Final = 16_000
_SYLLABLE_S: Final = 0.21
_PHRASE_S: Final = 3.4


def time_gesture(mode: GestureMode, models: ModelChoice, repeats: int) -> dict[str, float]:
    """Median seconds of reading the scene, of working, and of writing the keys.

    Args:
        mode: whether somebody talks or dances.
        models: which.
        repeats: how often; nothing that was heard before is known the next time.
    """
    took: dict[str, list[float]] = {"read": [], "run": [], "write": []}
    with TemporaryDirectory() as folder:
        sound = write_sound(Path(folder) / "sound.wav", mode)
        for _ in range(repeats + 1):
            _one(mode, sound, models, took)
    return {part: float(np.median(each[1:])) for part, each in took.items()}


def cancel_seconds(models: ModelChoice) -> float:
    """From being told to having ended, the longest of several moments of a minute of talking."""
    with TemporaryDirectory() as folder:
        sound = write_sound(Path(folder) / "sound.wav", GestureMode.TALK)
        choice = _choice(GestureMode.TALK, sound)
        job = gesture_scene.read(bpy.context, choice, models)
        job.run()  # loads the model
        return slowest_stop(job.run)


def _one(
    mode: GestureMode, sound: SoundChoice, models: ModelChoice, took: dict[str, list[float]]
) -> None:
    forget_sounds()
    choice = _choice(mode, sound)
    started = time.perf_counter()
    job = gesture_scene.read(bpy.context, choice, models)
    read = time.perf_counter()
    gesture = job.run().result
    done = time.perf_counter()
    gesture_scene.write(bpy.context, job, gesture)
    took["read"].append(read - started)
    took["run"].append(done - read)
    took["write"].append(time.perf_counter() - done)


def _choice(mode: GestureMode, sound: SoundChoice) -> GestureChoice:
    """The demo character, in a scene of its own."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = _FPS
    rig = add_person(bpy.context)
    return GestureChoice(rig, mode=mode, sound=sound, start_frame=1)


def write_sound(path: Path, mode: GestureMode) -> SoundChoice:
    """A minute of what sounds like talking, or of music with a beat."""
    if mode is GestureMode.DANCE:
        beats = beats_at_tempo(_BPM, 0.0, MINUTE_S)
        samples = make_music(beats, np.ones(int(MINUTE_S * _FPS)))
    else:
        samples = _babble()
    write_music(path, samples / max(float(np.abs(samples).max()), 1e-6))
    return SoundChoice("FILE", str(path))


def _babble() -> np.ndarray:
    """Syllables of a buzzing voice, in phrases with pauses between."""
    times = np.arange(int(MINUTE_S * _RATE_HZ)) / _RATE_HZ
    rng = np.random.default_rng(0)
    pitch = 120.0 + 15.0 * np.sin(2.0 * np.pi * times / _PHRASE_S)
    buzz = sum(np.sin(n * 2.0 * np.pi * np.cumsum(pitch) / _RATE_HZ) / n for n in range(1, 9))
    loud = rng.uniform(0.3, 1.0, int(MINUTE_S / _SYLLABLE_S) + 2)
    syllable = np.abs(np.sin(np.pi * times / _SYLLABLE_S)) ** 2
    speaking = (times % _PHRASE_S) < 0.8 * _PHRASE_S
    return np.asarray(buzz * syllable * loud[(times / _SYLLABLE_S).astype(int)] * speaking)
