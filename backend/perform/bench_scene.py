"""Performing in Blender: a minute of sound on one person, every part, keys included."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Final

import bpy
import numpy as np

import blender_addon
from backend.bench.setting import MINUTE_S
from backend.demos.conversation import SOUNDS
from backend.demos.voices import RATE_HZ, write_wav
from blender_addon.capabilities.perform.cues import read_cue, taking_part
from blender_addon.capabilities.perform.performance import Performance
from blender_addon.core.sound.waveform import WavSound
from blender_addon.demo_character.builder import add_person
from blender_addon.demo_character.person import draw_person

PERFORM_HZ: Final = 30


def time_perform(repeats: int) -> dict[str, float]:
    """A minute of speech, performed by somebody who stands, talks, looks and gestures.

    Args:
        repeats: the median of so many.

    Returns:
        Seconds by title of the part: reading the scene, its job and writing its keys.
    """
    times: dict[str, list[float]] = {}
    blender_addon.register()
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = _minute(Path(folder))
            for turn in range(repeats + 1):
                took = _perform(file)
                if turn:  # the first one loads the models
                    for title, seconds in took.items():
                        times.setdefault(title, []).append(seconds)
    finally:
        blender_addon.unregister()
    return {title: float(np.median(values)) for title, values in times.items()}


def _perform(file: Path) -> dict[str, float]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    context, scene = bpy.context, bpy.context.scene
    scene.render.fps = PERFORM_HZ
    character, partner = (add_person(context, "", draw_person(seed)) for seed in (3, 8))
    partner.location = (0.0, -1.3, 0.0)
    scene.neural_motion.character = character
    chosen = character.neural_motion.perform
    chosen.source, chosen.file, chosen.add_to_sequencer = "FILE", str(file), False
    chosen.partner = partner
    context.view_layer.update()
    cue = read_cue(context, character)
    performance = Performance(context, [(character, cue, taking_part(context, character, cue))])
    took: dict[str, float] = {}
    started = time.perf_counter()
    job = performance.begin()
    while job is not None:
        title, job = job.title, performance.go_on(job.run)
        now = time.perf_counter()
        took[title], started = now - started, now
    performance.accept()
    return took


def _minute(folder: Path) -> Path:
    """A dialogue's voice, said over and over for a minute."""
    sound = WavSound(SOUNDS / "dialogue_first.wav")
    samples = np.asarray(sound.read(0, int(sound.duration_s * RATE_HZ)))
    path = folder / "minute.wav"
    write_wav(path, np.resize(samples, MINUTE_S * RATE_HZ).astype(np.float32))
    return path
