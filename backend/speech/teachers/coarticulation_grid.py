"""Teacher two learns timing from teacher three, whose phones are known to some 30 ms.

Here the model is compared with measured lips moment by moment, which the recordings without phones
do not allow. Fitted are how long before and after a phone each part of the mouth moves, how much of
it is held, the grip of consonants on the jaw and the smoothing; curves should agree with measured
ones and move as fast (agreement alone likes them slow, for times are uncertain). Amplitudes, and
the timing of rounding, stay those of teacher one (``coarticulation_fit``): a landmark network is
shy with rounding and closure.

``python -m backend.speech.teachers.coarticulation_grid --grid FOLDER`` prints fitted constants, and
how far ``coarticulation.Mouth`` follows held-out faces with its own and with these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click
import numpy as np

from backend.phonetics.phones import PhoneTrack
from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.face.arkit import ARKIT_52, SPEECH_CHANNELS

from ..measures.metrics import OPENING_WEIGHTS
from ..pairs import LIPS, RATE_HZ
from .coarticulation import Mouth, Timing, phones_to_curves
from .grid import GridClip, read_clip, read_entries
from .grid_phones import NOT_WORDS, align_words
from .phone_speech import loudness_of

MEASURES: Final = ("opening", "drop", "width")
_STEP_S: Final = 0.02
_AROUND_S: Final = 0.1
_WORTH: Final = np.array([1.5, 1.0, 0.7])
"""Of each measure in the fit; while somebody speaks, and half as much over the whole clip."""
_WHOLE_SHARE: Final = 0.45
_STAY: Final = 0.01
_LIVELY: Final = 1.0
"""Of the squared logarithm of how fast jaw and lips move against measured ones."""
_PEAK_SHARE, _FAST_SHARE = 95, 90
_PARTS: Final = ("jaw", "spread", "opening", "closure")
_FACTORS: Final = 2 * len(_PARTS) + 5
_BOUND: Final = 1.4
_FIRST_STEP: Final = 0.4
_LONGEST_CORE: Final = 0.95
_WIDENING: Final = {
    "mouthStretchLeft": 0.5, "mouthSmileLeft": 0.5, "mouthPucker": -1.0, "mouthFunnel": -0.6,
}  # fmt: skip
_JAW: Final = SPEECH_CHANNELS.index("jawOpen")
_OPENING_WEIGHTS: Final = OPENING_WEIGHTS[[ARKIT_52.index(name) for name in SPEECH_CHANNELS]]
_WIDTH_WEIGHTS: Final = np.array([_WIDENING.get(name, 0.0) for name in SPEECH_CHANNELS])


@dataclass(frozen=True)
class AlignedClip:
    """A filmed sentence with its phones.

    Args:
        clip: sound and face.
        track: phones.
        loudness_db: (P,) of each.
        speaking: (T,) frames of the sentence.
    """

    clip: GridClip
    track: PhoneTrack
    loudness_db: Floats
    speaking: Bools


def read_aligned(grid: Path, split: str, step: int = 1) -> list[AlignedClip]:
    """Every ``step``-th clip of a split that has word times."""
    entries = [entry for entry in read_entries(grid, split) if entry.words]
    return [_align(read_clip(grid, entry)) for entry in entries[::step]]


def _align(clip: GridClip) -> AlignedClip:
    track = align_words(clip.entry.words, len(clip.waveform) / RATE_HZ)
    words = [word for word in clip.entry.words if word.text not in NOT_WORDS]
    after = clip.times_s > words[0].start_s - _AROUND_S
    before = clip.times_s < words[-1].end_s + _AROUND_S
    return AlignedClip(clip, track, loudness_of(track, clip.waveform), after & before)


def geometry(curves: Floats) -> Floats:
    """What curves do to opening, drop and width, in units of their own: (T, 3)."""
    opening = np.maximum(curves @ _OPENING_WEIGHTS, 0.0)
    return np.stack([opening, curves[:, _JAW], curves @ _WIDTH_WEIGHTS], axis=-1)


def agreement(clips: Sequence[AlignedClip], mouth: Mouth) -> tuple[Floats, Floats, Floats]:
    """How far a mouth follows measured faces, as means over clips.

    Returns:
        Correlation with ``MEASURES`` in speech (3,) and over all frames (3,), and the speed of
        opening and drop over the measured one (2,).
    """
    within, over_all, speed = zip(*(_agree(clip, mouth) for clip in clips), strict=True)
    return (
        np.nanmean(within, axis=0),
        np.nanmean(over_all, axis=0),
        np.exp(np.nanmean(speed, axis=0)),
    )


def _agree(aligned: AlignedClip, mouth: Mouth) -> tuple[Floats, Floats, Floats]:
    times = np.arange(0.0, aligned.clip.times_s[-1] + _STEP_S, _STEP_S)
    made = geometry(phones_to_curves(aligned.track, times, aligned.loudness_db, mouth))
    made = np.stack([np.interp(aligned.clip.times_s, times, column) for column in made.T], axis=-1)
    measured = aligned.clip.lips[:, [LIPS.index(name) for name in MEASURES]]
    speaking = aligned.speaking
    speed = np.log(_speeds(made[speaking]) / _speeds(measured[speaking]))
    return _correlate(made[speaking], measured[speaking]), _correlate(made, measured), speed


def _speeds(geometry: Floats) -> Floats:
    """Fast movements of opening and drop over their range: (2,) per frame."""
    moving = geometry[:, :2] - np.percentile(geometry[:, :2], 100 - _PEAK_SHARE, axis=0)
    fast = np.percentile(np.abs(np.diff(moving, axis=0)), _FAST_SHARE, axis=0)
    return np.asarray(fast / np.percentile(moving, _PEAK_SHARE, axis=0)) + 1e-6


def _correlate(made: Floats, measured: Floats) -> Floats:
    pairs = zip(made.T, measured.T, strict=True)
    return np.array([np.corrcoef(*pair)[0, 1] if pair[0].std() > 0 else np.nan for pair in pairs])


def mouth_with(logarithms: Floats, start: Mouth) -> Mouth:
    """A mouth whose times are changed by factors.

    Args:
        logarithms: (13,) of the factors: before and after for each part, core, grip, smoothing,
            lips meeting, lips parting.
        start: what they change.
    """
    factors = np.exp(logarithms)
    core, grip, smoothing, meet, part = factors[-5:]
    times = dict(start.timings)
    for n, name in enumerate(_PARTS):
        old = times[name]
        held = old.core if name == "closure" else min(_LONGEST_CORE, old.core * float(core))
        before, after = old.before_s * factors[2 * n], old.after_s * factors[2 * n + 1]
        times[name] = Timing(float(before), float(after), held)
    return replace(
        start,
        timings=times,
        jaw_grip=start.jaw_grip * float(grip),
        smoothing_s=start.smoothing_s * float(smoothing),
        closing_s=(start.closing_s[0] * float(meet), start.closing_s[1] * float(part)),
    )


def fit_timing(clips: Sequence[AlignedClip], start: Mouth, rounds: int = 3) -> Mouth:
    """The mouth that follows these faces best, by changing one factor after another."""

    def error(logarithms: Floats) -> float:
        within, over_all, speed = agreement(clips, mouth_with(logarithms, start))
        stay = _STAY * float(logarithms @ logarithms)
        slow = _LIVELY * float(np.sum(np.log(speed) ** 2))
        return stay + slow - float(_WORTH @ (within + _WHOLE_SHARE * over_all))

    return mouth_with(descend(error, _FACTORS, rounds), start)


def descend(error: Callable[[Floats], float], count: int, rounds: int) -> Floats:
    """Coordinate descent with steps that grow with success and shrink without."""
    place, steps = np.zeros(count), np.full(count, _FIRST_STEP)
    least = error(place)
    for _ in range(rounds):
        for n in range(count):
            tried = []
            for sign in (1.0, -1.0):
                moved = place.copy()
                moved[n] = np.clip(moved[n] + sign * steps[n], -_BOUND, _BOUND)
                tried.append((error(moved), moved))
            best, moved = min(tried, key=lambda each: each[0])
            steps[n] *= 1.3 if best < least else 0.5
            if best < least:
                least, place = best, moved
    return place


@click.command()
@click.option("--grid", type=click.Path(path_type=Path, file_okay=False), required=True)
def command(grid: Path) -> None:
    """Fit the model's timing to filmed sentences and print its constants."""
    train, held_out = read_aligned(grid, "train", 6), read_aligned(grid, "val")
    fitted = fit_timing(train, Mouth())
    click.echo(fitted)
    for name, mouth in (("before", Mouth()), ("after", fitted)):
        *correlations, speed = agreement(held_out, mouth)
        click.echo(f"{name}: speed of opening {speed[0]:.2f}, of drop {speed[1]:.2f} of measured")
        for frames, found in zip(("in speech", "all"), correlations, strict=True):
            values = ", ".join(f"{m} {r:.3f}" for m, r in zip(MEASURES, found, strict=True))
            click.echo(f"{name}, {frames}: {values}")


if __name__ == "__main__":
    command()
