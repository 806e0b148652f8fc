"""Peak memory of the speech pipeline: ``python -m backend.speech.bench_memory MINUTES FOLDER``.

A process of its own, so that nothing else counts. Prints megabytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from backend.bench.memory import peak_megabytes
from blender_addon.core.conventions import Floats
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.jobs import Cancellation
from blender_addon.core.sound.waveform import WavSound
from blender_addon.core.speech.opening import open_speech
from blender_addon.core.speech.pipeline import SpeechRequest

SENTENCE = Path(__file__).resolve().parents[2] / "backend" / "demos" / "sounds" / "sentence.wav"
FRAME_RATE_HZ = 30.0


class RepeatedSound:
    """A short sound over and over, made as it is read.

    Args:
        path: a WAV.
        duration_s: how long in all.
    """

    def __init__(self, path: Path, duration_s: float) -> None:
        once = WavSound(path)
        self.sample_rate_hz = once.sample_rate_hz
        self.duration_s = duration_s
        self._samples = once.read(0, int(once.duration_s * once.sample_rate_hz))

    def read(self, start_sample: int, count: int) -> Floats:
        """(count,) samples; zeros outside."""
        numbers = start_sample + np.arange(count)
        inside = (numbers >= 0) & (numbers < self.duration_s * self.sample_rate_hz)
        repeated = self._samples[numbers % len(self._samples)]
        return np.where(inside, repeated, 0.0).astype(np.float32)


def main(minutes: float, folder: Path) -> float:
    """Make so many minutes of speech by the usual model; the largest memory, megabytes."""
    choice = ModelChoice(folder, ("CPUExecutionProvider",))
    pipeline = open_speech(choice, Cancellation()).pipeline
    pipeline.generate(SpeechRequest(RepeatedSound(SENTENCE, 60.0 * minutes), FRAME_RATE_HZ))
    return peak_megabytes()


if __name__ == "__main__":
    sys.stdout.write(f"{main(float(sys.argv[1]), Path(sys.argv[2])):.1f}\n")
