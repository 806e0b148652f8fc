"""A speech model made of loudness, for tests that ask how speech is written, not how it looks."""

from __future__ import annotations

import numpy as np

from blender_addon.core.errors import Cancelled
from blender_addon.core.face.arkit import SPEECH_CHANNELS
from blender_addon.core.speech.pipeline import SpeechFacePipeline
from tests.speech.contract_samples import make_speech_contract


class LoudnessModel:
    """jawOpen follows the loudness, mouthPucker the first style number; the rest is still."""

    provider = provider_report = "stand-in"
    contract = make_speech_contract(channels=SPEECH_CHANNELS)

    def run(self, feeds):
        waveform, times, style = feeds["waveform"], feeds["times"], feeds["style"]
        curves = np.zeros((len(times), len(SPEECH_CHANNELS)), np.float32)
        for row, at, amounts in zip(curves, times, style, strict=True):
            middle = round(float(at) * 16_000)
            near = waveform[max(middle - 200, 0) : middle + 200]
            row[SPEECH_CHANNELS.index("jawOpen")] = 6 * np.abs(near).mean() if len(near) else 0
            row[SPEECH_CHANNELS.index("mouthPucker")] = amounts[0]
        return {"curves": curves}


def speaker() -> SpeechFacePipeline:
    """The real pipeline around the stand-in."""
    return SpeechFacePipeline(LoudnessModel())


class Cancelling:
    """A pipeline whose user presses Esc."""

    def generate(self, _request, *, on_progress=None):
        raise Cancelled("cancelled; nothing was changed")
