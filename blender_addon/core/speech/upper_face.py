"""Brows, blinks and small nods from pitch and energy: procedural, nothing here is learned.

People raise their brows and nod on words that they stress, the stress being a rise of pitch and
loudness, and blink more often where a phrase ends. Which stresses are marked, and how much, is
drawn at random from the seed.

Source: Cavé et al. 1996 and Flecha-García 2010 (brows rise with pitch accents, leading them by some
60 ms); Hadar et al. 1983 and Munhall et al. 2004 (nods follow pitch and amplitude); Condon and
Ogston 1967, Nakano and Kitazawa 2010 (blinks at pauses); Bentivoglio et al. 1997 (26 blinks a
minute in conversation); VanderWerf et al. 2003 (a lid falls faster than it rises).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from ..maths.smoothing import gaussian_smooth
from ..sound.hear import pitch_of
from ..sound.pitch import RATE_HZ as PITCH_RATE_HZ
from ..sound.voice_activity import RATE_HZ, VoiceActivity
from ..sound.waveform import Sound

_BROWS: Final = {"browInnerUp": 0.45, "browOuterUpLeft": 0.32, "browOuterUpRight": 0.32}
BLINKS: Final = ("eyeBlinkLeft", "eyeBlinkRight")

_STRESS_APART_S: Final = 0.35
_BROW_SHARE, _NOD_SHARE = 0.5, 0.6
"""How many of the stresses are marked, the strongest most surely."""
_BROW_S: Final = (0.12, 0.20, 0.28)
"""Rise, hold, fall; the rise ends 60 ms before the stress."""
_BROW_LEAD_S: Final = 0.06
_NOD_RAD: Final = np.deg2rad(3.5)
_NOD_S: Final = 0.5
_SWAY_RAD: Final = np.deg2rad(1.2)
_SWAY_S: Final = 0.9
_BLINK_S: Final = (0.07, 0.02, 0.14)
_BLINKS_A_MINUTE: Final = 17.0
_SHORTEST_BLINK_GAP_S: Final = 0.8
_BLINK_AT_PAUSE: Final = 0.55
_OCTAVE_SHARE: Final = 2.0
"""Half an octave of pitch counts as much as the full range of energy."""


@dataclass(frozen=True, eq=False)
class Prosody:
    """What the procedural layer hears, 100 times a second.

    Args:
        speaking: (N,) a voice is heard.
        emphasis: (N,) how far pitch and energy rise above the second around, 0 where no one talks.
    """

    speaking: Bools
    emphasis: Floats


@dataclass(frozen=True, eq=False)
class UpperFace:
    """Brows, lids and head over T frames.

    Args:
        channels: by ARKit channel, (T,).
        head_offset_rad: (T, 2) yaw and pitch to add to the head's own motion; up is positive.
    """

    channels: dict[str, Floats]
    head_offset_rad: Floats


def hear_prosody(sound: Sound, voice: VoiceActivity) -> Prosody:
    """Measure pitch and energy of a voice, block by block.

    Args:
        sound: one voice.
        voice: where it is heard, as ``detect_voice`` found.
    """
    pitch = np.repeat(pitch_of(sound), round(RATE_HZ / PITCH_RATE_HZ))[: len(voice.speaking)]
    pitch = np.pad(pitch, (0, len(voice.speaking) - len(pitch)))
    voiced = (pitch > 0) & voice.speaking
    octaves = np.zeros(len(pitch))
    if voiced.any():
        usual = float(np.median(pitch[voiced]))
        at = np.flatnonzero(voiced)
        octaves = np.interp(np.arange(len(pitch)), at, np.log2(pitch[at] / usual))
    height = voice.energy + _OCTAVE_SHARE * np.clip(octaves, -1.0, 1.0)
    syllables = gaussian_smooth(height, 0.04 * RATE_HZ)
    phrase = gaussian_smooth(height, 0.5 * RATE_HZ)
    emphasis = np.where(voice.speaking, np.maximum(syllables - phrase, 0.0), 0.0)
    return Prosody(voice.speaking, emphasis.astype(np.float32))


def animate_upper_face(
    prosody: Prosody,
    times_s: Floats,
    rng: np.random.Generator,
    *,
    liveliness: float = 1.0,
    unblinking: Bools | None = None,
) -> UpperFace:
    """Brows, blinks and nods for a voice.

    Args:
        prosody: of the whole sound.
        times_s: (T,) rising, seconds in the sound.
        rng: which stresses are marked, and how much.
        liveliness: 0 none … 1 usual, of brows and nods.
        unblinking: (T,) where something else moves the lids: a blink that would be seen there is
            left out, all others are as without.
    """
    times = np.asarray(times_s, np.float64)
    stresses, sizes = _find_stresses(prosody)
    brows = np.zeros(len(times))
    nods = np.zeros(len(times))
    chances = rng.random((len(stresses), 2)) / np.maximum(sizes, 0.05)[:, None]
    if len(stresses):  # even a short sound has a word that is meant
        chances[np.argmax(sizes)] = 0.0
    amounts = liveliness * np.clip(rng.normal(1.0, 0.3, (len(stresses), 2)), 0.3, 1.8)
    for at, size, chance, amount in zip(stresses, sizes, chances, amounts, strict=True):
        near = slice(*np.searchsorted(times, (at - 1.0, at + 1.0)))  # no gesture lasts longer
        if chance[0] < _BROW_SHARE:
            peak = amount[0] * (0.5 + 0.5 * size) * _rise_and_fall(times[near], at)
            np.maximum(brows[near], peak, out=brows[near])
        if chance[1] < _NOD_SHARE:
            nods[near] -= amount[1] * (0.4 + 0.6 * size) * _NOD_RAD * _nod(times[near], at)
    sway = liveliness * _sway(prosody, times, rng)
    head = np.stack((sway[:, 0], np.maximum(nods, -2.0 * _NOD_RAD) + sway[:, 1]), axis=1)
    if len(times):  # nothing pops where the layer begins and ends
        head *= _ease(np.minimum(times - times[0], times[-1] - times) / _SWAY_S)[:, None]
    blinks = _blinks(_blink_times(prosody, times, rng), times, unblinking)
    channels = {name: (share * brows).astype(np.float32) for name, share in _BROWS.items()}
    channels |= dict.fromkeys(BLINKS, blinks)
    return UpperFace(channels, head.astype(np.float32))


def _find_stresses(prosody: Prosody) -> tuple[Floats, Floats]:
    """Times of the syllables that stand out, a third of a second apart, and sizes 0 … 1."""
    emphasis = prosody.emphasis
    inner = emphasis[1:-1]
    peaks = np.flatnonzero((inner > emphasis[:-2]) & (inner >= emphasis[2:]) & (inner > 0.05)) + 1
    if not len(peaks):
        return np.zeros(0), np.zeros(0)
    taken: list[int] = []
    for peak in peaks:  # of those too near each other the stronger stays
        if taken and peak - taken[-1] < _STRESS_APART_S * RATE_HZ:
            if emphasis[peak] > emphasis[taken[-1]]:
                taken[-1] = int(peak)
        else:
            taken.append(int(peak))
    full = max(float(np.percentile(emphasis[taken], 90)), 0.15)
    sizes = np.clip(emphasis[taken] / full, 0.0, 1.0)
    return (np.array(taken) + 0.5) / RATE_HZ, np.asarray(sizes, np.float64)


def _rise_and_fall(times: Floats, at: float) -> Floats:
    rise, hold, fall = _BROW_S
    start = at - _BROW_LEAD_S - rise
    up = _ease((times - start) / rise)
    down = _ease((times - (start + rise + hold)) / fall)
    return up - down


def _nod(times: Floats, at: float) -> Floats:
    """Down to 1 at the stress and back."""
    away = np.clip((times - at) / (0.5 * _NOD_S), -1.0, 1.0)
    return _ease(1.0 - np.abs(away))


def _ease(share: Floats) -> Floats:
    """Minimum-jerk step from 0 to 1 (Flash and Hogan 1985)."""
    s = np.clip(share, 0.0, 1.0)
    return s**3 * (10.0 - 15.0 * s + 6.0 * s**2)


def _sway(prosody: Prosody, times: Floats, rng: np.random.Generator) -> Floats:
    """(T, 2) slow wandering of the head while someone talks, yaw and pitch."""
    noise = rng.normal(size=(len(prosody.speaking) // 10 + 2, 2))  # 10 a second
    sigma = _SWAY_S * RATE_HZ / 10
    smooth = gaussian_smooth(noise, sigma) * np.sqrt(2.0 * np.sqrt(np.pi) * sigma)
    talking = gaussian_smooth(prosody.speaking.astype(np.float64), 0.5 * RATE_HZ)
    known = np.arange(len(smooth)) * 10 / RATE_HZ
    loud = np.interp(times, (np.arange(len(talking)) + 0.5) / RATE_HZ, talking)
    wandering = np.stack([np.interp(times, known, column) for column in smooth.T], axis=1)
    return np.asarray(_SWAY_RAD * np.array([1.0, 0.6]) * wandering * loud[:, None])


def _blink_times(prosody: Prosody, times: Floats, rng: np.random.Generator) -> list[float]:
    """Blinks at the ends of phrases, and in between as chance has it."""
    if not len(times):
        return []
    ends = np.flatnonzero(np.diff(prosody.speaking.astype(np.int8)) == -1) / RATE_HZ
    at_pauses = [float(end) + rng.uniform(0.0, 0.2) for end in ends]
    desired = [time for time in at_pauses if rng.random() < _BLINK_AT_PAUSE]
    share = 60.0 / _BLINKS_A_MINUTE
    time = float(times[0]) + rng.uniform(0.0, share)
    while time < times[-1]:
        desired.append(time)
        time += 0.4 * share + rng.exponential(0.6 * share)
    kept: list[float] = []
    for each in sorted(desired):
        if not kept or each - kept[-1] > _SHORTEST_BLINK_GAP_S:
            kept.append(each)
    return kept


def _blinks(blinks: list[float], times: Floats, unblinking: Bools | None) -> Floats:
    close, shut, rise = _BLINK_S
    lids = np.zeros(len(times))
    for at in blinks:
        low, high = np.searchsorted(times, (at - 0.1, at + close + shut + rise + 0.1))
        part = times[low:high] - at
        down = _ease(part / close) - _ease((part - close - shut) / rise)
        if unblinking is None or not down[unblinking[low:high]].any():
            np.maximum(lids[low:high], down, out=lids[low:high])
    return lids.astype(np.float32)
