"""The contract of a small speech model, and voices made of sines, for tests."""

from __future__ import annotations

import numpy as np

from blender_addon.core.inference.contract import ModelContract, TensorSpec, TrainingRecord
from blender_addon.core.sound.waveform import ArraySound

CHANNELS = ("jawOpen", "mouthClose", "mouthPressLeft", "mouthPressRight", "mouthRollUpper")
STYLES = {"usual": [0.0, 0.0], "strong": [1.0, 0.0], "pressed": [0.0, 1.0]}


def make_speech_contract(
    sha256: str = "0" * 64, channels: object = CHANNELS, **settings: object
) -> ModelContract:
    """The contract of the small model; settings of None are left out."""
    names = list(channels) if isinstance(channels, tuple) else channels
    count = len(channels) if isinstance(channels, tuple) else len(CHANNELS)
    given = {"channels": names, "styles": STYLES, "context_s": 0.05, "level_db": -22.0, **settings}
    return ModelContract(
        name="speech_face",
        task="speech_face",
        inputs=(
            TensorSpec("waveform", ("samples",)),
            TensorSpec("times", ("frames",), unit="s"),
            TensorSpec("style", ("frames", 2)),
        ),
        outputs=(TensorSpec("curves", ("frames", count)),),
        skeleton=None,
        frame_rate_hz=30.0,
        training=TrainingRecord("0", "made by hand"),
        data=(),
        weights_licence="CC0-1.0",
        opset=18,
        sha256=sha256,
        settings={key: value for key, value in given.items() if value is not None},
    )


def babble(seconds: float = 8.0, seed: int = 0, pitch_hz: float = 130.0) -> ArraySound:
    """A voice of sorts: phrases of syllables with a pitch that moves, and pauses between them."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(16_000 * seconds)) / 16_000
    knots = np.arange(0.0, seconds + 1.0, 0.25)
    melody = np.interp(times, knots, pitch_hz * 2 ** rng.uniform(-0.3, 0.4, len(knots)))
    phase = 2 * np.pi * np.cumsum(melody) / 16_000
    voice = sum(np.sin(n * phase) / n for n in range(1, 12))
    syllables = np.interp(times, knots, rng.uniform(0.3, 1.0, len(knots)))
    beat = np.clip(np.sin(2 * np.pi * 4.0 * times), 0.0, 1.0) * syllables
    phrase = (times % 3.0) < 2.2
    noise = 0.001 * rng.normal(size=len(times))
    return ArraySound((0.25 * voice * beat * phrase + noise).astype(np.float32))
