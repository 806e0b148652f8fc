"""Sound strips for tests, and what Blender itself plays of them."""

from __future__ import annotations

import bpy
import numpy as np

from blender_addon.blender.sound.scene_sound import open_sound, strip_sound
from tests.shared.core.sound_samples import sine


def pips(rate: int = 48_000, seconds: float = 4.0) -> np.ndarray:
    """Silence with a short tone at every full second, each a tone higher than the one before."""
    samples = np.zeros(round(rate * seconds), np.float32)
    for n in range(int(seconds)):
        tone = sine(rate, 0.2, 400.0 + 200.0 * n)
        samples[rate * n : rate * n + len(tone)] = tone
    return samples


def heard_pip(sound, at_s: float) -> int | None:
    """Number of the pip heard from this time on; None in silence."""
    samples = sound.read(round(16_000 * at_s), 2_000)
    if np.abs(samples).max() < 0.05:
        return None
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 16_000))
    return round((float(spectrum.argmax()) - 400.0) / 200.0)


def strips_of(scene):
    editor = scene.sequence_editor or scene.sequence_editor_create()
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def add_strip(scene, path, frame):
    return strips_of(scene).new_sound("Voice", str(path), 1, frame)


def trim(strip, frames):
    name = "left_handle_offset" if hasattr(strip, "left_handle_offset") else "frame_offset_start"
    setattr(strip, name, frames)


def heard_in_mixdown(scene, tmp_path, frame: float) -> int | None:
    """What Blender itself plays at a frame."""
    path = tmp_path / "mix.wav"
    bpy.ops.sound.mixdown(
        filepath=str(path), container="WAV", codec="PCM", format="S16", mixrate=16_000
    )
    return heard_pip(open_sound(path), (frame - scene.frame_start) / 24)


def check_against_blender(scene, strip, tmp_path, *frames):
    """The strip's sound is what Blender plays, at every one of these frames."""
    placed = strip_sound(strip, scene)
    desired = [heard_in_mixdown(scene, tmp_path, frame) for frame in frames]
    assert [heard_pip(placed.sound, float(placed.seconds_at(frame))) for frame in frames] == desired
    assert any(each is not None for each in desired)
    return placed
