"""Teacher two learns amplitudes and timing from teacher one.

Teacher one's recordings have no phones, so the two are compared by how curves are distributed while
somebody speaks: how far jaw, rounding, lip opening and lip closure go, how fast they move, how long
one movement lasts. Fitted are a gain and a time factor for each of these parts, how firmly
consonants hold the jaw, and the smoothing. The shapes of the phones against each other stay those
of the table (``mouth_shapes``), and so do parts that teacher one hardly moves.

``python -m backend.speech.teachers.coarticulation_fit --data FOLDER`` prints the constants that
``coarticulation.Mouth`` has as defaults.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click
import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d
from scipy.optimize import least_squares
from scipy.signal import find_peaks, peak_widths

from backend.phonetics.espeak_voice import Voice
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from blender_addon.core.face.arkit import SPEECH_CHANNELS

from ..pairs import RATE_HZ, SpeechPair
from .coarticulation import Mouth, Timing, phones_to_curves
from .facegood import TRAIN, read_recording
from .phone_speech import Speaker, loudness_of, speak

FITTED_PARTS: Final = ("jaw", "rounding", "opening", "closure")
_MEASURED: Final = {
    "jaw": ("jawOpen",),
    "rounding": ("mouthFunnel", "mouthPucker"),
    "opening": ("mouthLowerDownLeft",),
    "closure": ("mouthPressLeft", "mouthRollLower", "mouthRollUpper"),
}
_SPEECH_DB: Final = 30.0
"""Below the loudest moments: softer is no speech."""
_HANG_S: Final = 0.12
_LEAST_BUMP: Final = 0.08
_LEAST_SPEED: Final = 0.2
_SESSION_S: Final = 40.0
VOICES: Final = {
    "cmn-latn-pinyin+m1": 105,
    "cmn-latn-pinyin+f4": 120,
    "cmn-latn-pinyin+m5": 135,
    "cmn-latn-pinyin+Annie": 150,
    "cmn-latn-pinyin+m3": 165,
}
"""Who is compared with teacher one, at how many words a minute: 2 to 3 syllables a second."""
_START: Final = Mouth(
    timings={
        "jaw": Timing(0.050, 0.055, 0.5),
        "rounding": Timing(0.090, 0.060, 0.6),
        "spread": Timing(0.060, 0.055, 0.6),
        "opening": Timing(0.035, 0.035, 0.6),
        "closure": Timing(0.022, 0.020, 0.9),
        "tongue": Timing(0.025, 0.025, 0.9),
    },
    gains=dict.fromkeys(("jaw", "rounding", "spread", "opening", "closure", "tongue"), 1.0),
    jaw_grip=1.0,
    smoothing_s=0.016,
)
_BOUNDS: Final = (0.35, 2.5)
"""Of every factor: beyond these the fit would repair what is wrong elsewhere."""


@dataclass(frozen=True)
class Movement:
    """How one part of the mouth moves in speech.

    Args:
        reach: weight that three quarters of its bumps stay below.
        speed: 90th percentile of its speed where it moves, per second.
        lasting_s: median width of its bumps at half height.
    """

    reach: float
    speed: float
    lasting_s: float


def speaking_frames(pair: SpeechPair, times_s: Floats) -> Bools:
    """Frames within 30 dB of the loudest, and 60 ms around them."""
    power = np.concatenate([[0.0], np.cumsum(pair.waveform.astype(np.float64) ** 2)])
    first, last = (
        np.clip(((times_s + half) * RATE_HZ).astype(int), 0, len(power) - 1)
        for half in (-0.02, 0.02)
    )
    levels = 10.0 * np.log10((power[last] - power[first]) / (0.04 * RATE_HZ) + 1e-9)
    loud = levels > np.percentile(levels, 99) - _SPEECH_DB
    return maximum_filter1d(loud, round(_HANG_S * MODEL_FRAME_RATE_HZ))


def measure_movements(pair: SpeechPair) -> dict[str, Movement]:
    """How the fitted parts move in a pair."""
    times = np.arange(0.0, pair.times_s[-1], 1.0 / MODEL_FRAME_RATE_HZ)
    curves, speaking = pair.curves_at(times), speaking_frames(pair, times)
    return {part: _movement(_strongest(curves, part), speaking) for part in FITTED_PARTS}


def _strongest(curves: Floats, part: str) -> Floats:
    columns = [SPEECH_CHANNELS.index(name) for name in _MEASURED[part]]
    return curves[:, columns].max(axis=1)


def _movement(weight: Floats, speaking: Bools) -> Movement:
    """Of bumps, and of frames that move: hand-made animation leaves a part still where it can."""
    weight = gaussian_filter1d(np.where(speaking, weight, 0.0), 0.5)
    peaks, _ = find_peaks(weight, prominence=_LEAST_BUMP)
    if not len(peaks):
        return Movement(0.0, 0.0, 0.0)
    speed = np.abs(np.gradient(weight)) * MODEL_FRAME_RATE_HZ
    widths = peak_widths(weight, peaks, 0.5)[0] / MODEL_FRAME_RATE_HZ
    return Movement(
        float(np.percentile(weight[peaks], 75)),
        float(np.percentile(speed[speed > _LEAST_SPEED], 90)),
        float(np.median(widths)),
    )


def mean_movements(pairs: Sequence[SpeechPair]) -> Floats:
    """Reach, speed and width of each part, averaged over pairs: (parts, 3)."""
    measured = [measure_movements(pair) for pair in pairs]
    return np.array(
        [
            [
                np.mean([getattr(m[part], name) for m in measured if getattr(m[part], name) > 0.0])
                for name in ("reach", "speed", "lasting_s")
            ]
            for part in FITTED_PARTS
        ]
    )


def mouth_with(factors: Floats) -> Mouth:
    """The starting mouth changed by factors: gains, times, grip and smoothing."""
    count = len(FITTED_PARTS)
    gains, times = dict(_START.gains), dict(_START.timings)
    for n, part in enumerate(FITTED_PARTS):
        gains[part] *= float(factors[n])
        stretch, old = float(factors[count + n]), times[part]
        times[part] = replace(old, before_s=old.before_s * stretch, after_s=old.after_s * stretch)
    grip, smoothing = factors[2 * count :]
    return Mouth(times, gains, float(grip), _START.smoothing_s * float(smoothing))


def fit_mouth(folder: Path) -> tuple[Mouth, Floats, Floats]:
    """Constants with which Mandarin sessions move as teacher one does.

    Args:
        folder: teacher one's recordings.

    Returns:
        The mouth, teacher one's movements, and the mouth's: (parts, 3) each.
    """
    goal = mean_movements([read_recording(folder, name) for name in TRAIN])
    sessions = [
        speak(Speaker(Voice(name, speed), 1.0), _SESSION_S, np.random.default_rng(n))
        for n, (name, speed) in enumerate(VOICES.items())
    ]

    def movements(factors: Floats) -> Floats:
        mouth = mouth_with(factors)
        return mean_movements([_moved(pair, mouth) for pair in sessions])

    def errors(logarithms: Floats) -> Floats:
        found = movements(np.exp(logarithms))
        return np.concatenate([np.log(found / goal).ravel(), 0.15 * logarithms])

    bounds = np.log(np.array(_BOUNDS))
    best = least_squares(
        errors,
        np.zeros(2 * len(FITTED_PARTS) + 2),
        bounds=tuple(bounds),
        diff_step=0.03,
        max_nfev=25,
    )
    factors = np.exp(best.x)
    return mouth_with(factors), goal, movements(factors)


def _moved(pair: SpeechPair, mouth: Mouth) -> SpeechPair:
    if pair.phones is None:
        raise ValueError(f"{pair.name} has no phones")
    loudness = loudness_of(pair.phones, pair.waveform)
    return replace(pair, curves=phones_to_curves(pair.phones, pair.times_s, loudness, mouth))


@click.command()
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), required=True)
def command(data: Path) -> None:
    """Fit the model of coarticulation to the recordings and print its constants."""
    mouth, goal, reached = fit_mouth(data / "face" / "facegood")
    click.echo(mouth)
    for part, desired, found in zip(FITTED_PARTS, goal, reached, strict=True):
        click.echo(
            f"{part}: reach {found[0]:.2f} of {desired[0]:.2f}, speed {found[1]:.1f} of "
            f"{desired[1]:.1f}/s, width {found[2]:.3f} of {desired[2]:.3f} s"
        )


if __name__ == "__main__":
    command()
