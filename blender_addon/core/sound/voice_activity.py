"""Who talks when, from the energy of the sound alone.

A level every 10 ms is compared with the quietest and the loudest of the seconds around it, because
recordings differ in noise and gain. Steady noise, however loud, has no such range and is no voice.
Source: the adaptive energy threshold with hang-over of ITU-T G.729 Annex B, without its spectral
measures; roles as annotated by Dembinsky et al. 2024 (speaking, listening, rapid exchange).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Bools, Floats, Ints
from ..errors import SoundError
from .waveform import Sound

RATE_HZ: Final = 100.0

_WINDOW_S: Final = 0.03
_BLOCK_S: Final = 10.0
_LOWEST_DB: Final = -100.0
_QUIET_DB: Final = -60.0
"""Below this nothing is a voice: it is the noise of an empty 16-bit track."""
_AROUND_S: Final = 6.0
_RANGE_DB: Final = 9.0
"""A voice rises and falls at least so far within a few seconds; hum and hiss do not."""
_ON_SHARE: Final = 0.45
_OFF_SHARE: Final = 0.3
_SHORTEST_S: Final = 0.08
_HANG_OVER_S: Final = 0.25


@dataclass(frozen=True, eq=False)
class VoiceActivity:
    """When a voice is heard, and how loud.

    Args:
        rate_hz: entries per second; entry n is centred at (n + ½) / rate_hz seconds.
        speaking: (N,) a voice is heard; pauses shorter than a quarter of a second count as speech.
        level_db: (N,) relative to full scale.
        energy: (N,) 0 background … 1 the loudest of the seconds around.
    """

    rate_hz: float
    speaking: Bools
    level_db: Floats
    energy: Floats

    def speaking_at(self, times_s: Floats) -> Bools:
        """Whether a voice is heard at times (T,); False outside the sound."""
        if not len(self.speaking):
            return np.zeros(len(times_s), bool)
        entry = np.floor(np.asarray(times_s, np.float64) * self.rate_hz + 1e-9).astype(np.int64)
        inside = (entry >= 0) & (entry < len(self.speaking))
        return np.asarray(inside & self.speaking[np.clip(entry, 0, len(self.speaking) - 1)])


def detect_voice(sound: Sound) -> VoiceActivity:
    """Find where a voice is heard; reads the sound in blocks, so that length costs no memory.

    Args:
        sound: a track with one voice, or silence.

    Returns:
        100 entries for each second. A silent or steady track has no voice in it.

    Raises:
        SoundError: the sound has no length.
    """
    if not sound.duration_s > 0:
        raise SoundError(
            f"the sound lasts {sound.duration_s:g} s; expected some length. Choose another file"
        )
    levels = _measure_levels(sound)
    low, high = _quietest_and_loudest(levels)
    span = high - low
    on = (levels > low + np.maximum(_ON_SHARE * span, 4.0)) & (levels > _QUIET_DB)
    stays = (levels > low + _OFF_SHARE * span) & (levels > _QUIET_DB)
    heard = touched_runs(stays, on & (span > _RANGE_DB))
    heard = close_gaps(drop_short(heard, _SHORTEST_S), _HANG_OVER_S)
    energy = np.clip((levels - low) / np.maximum(span, _RANGE_DB), 0.0, 1.0)
    return VoiceActivity(
        RATE_HZ, heard, levels.astype(np.float32), np.where(high > _QUIET_DB, energy, 0.0)
    )


def _measure_levels(sound: Sound) -> Floats:
    """(N,) level in dB of 30 ms around every hundredth second."""
    rate = sound.sample_rate_hz
    count = max(1, int(np.ceil(sound.duration_s * RATE_HZ)))
    block = int(_BLOCK_S * RATE_HZ)
    parts = []
    for first in range(0, count, block):
        entries = np.arange(first, min(first + block, count))
        middles = (entries + 0.5) * rate / RATE_HZ
        starts = np.rint(middles - 0.5 * _WINDOW_S * rate).astype(np.int64)
        size = round(_WINDOW_S * rate)
        samples = sound.read(int(starts[0]), int(starts[-1] - starts[0]) + size).astype(np.float64)
        at = starts - starts[0]
        mean, square = (_window_means(values, at, size) for values in (samples, samples**2))
        parts.append(square - mean**2)  # an offset is no energy
    power = np.concatenate(parts)
    return np.asarray(10.0 * np.log10(np.maximum(power, 10 ** (_LOWEST_DB / 10))))


def _window_means(values: Floats, starts: Ints, size: int) -> Floats:
    total = np.concatenate(([0.0], np.cumsum(values)))
    return np.asarray((total[starts + size] - total[starts]) / size)


def _quietest_and_loudest(levels: Floats) -> tuple[Floats, Floats]:
    """(N,) tenth and 95th percentile of the level within ±6 s, steps of a second interpolated.

    Where seconds on end are all speech, the quiet of the whole track still counts; where they are
    all silence, so does the loudness of the whole track, or noise in a pause would be a voice.
    """
    radius, step = int(_AROUND_S * RATE_HZ), int(RATE_HZ)
    heard = np.maximum(levels, _QUIET_DB - 20.0)  # digital silence is not quieter than silence
    centres = np.arange(0, len(levels) + step, step)
    windows = [heard[max(0, c - radius) : c + radius] for c in centres]
    pairs = np.array([np.percentile(w if len(w) else heard, (10, 95)) for w in windows])
    whole_low, whole_high = np.percentile(heard, (5, 95))
    low = np.minimum(pairs[:, 0], 0.5 * (whole_low + pairs[:, 0]))
    high = np.maximum(pairs[:, 1], whole_high - 15.0)
    at = np.arange(len(levels))
    return np.interp(at, centres, low), np.interp(at, centres, high)


def _runs(flags: Bools) -> tuple[Ints, Ints]:
    """First entries and ends (exclusive) of the runs of True in (N,)."""
    edges = np.diff(np.concatenate(([0], flags.astype(np.int8), [0])))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def _fill(count: int, starts: Ints, stops: Ints) -> Bools:
    marks = np.zeros(count + 1, np.int64)
    np.add.at(marks, starts, 1)
    np.add.at(marks, stops, -1)
    return np.asarray(np.cumsum(marks)[:-1] > 0)


def touched_runs(flags: Bools, seeds: Bools) -> Bools:
    """Those runs of flags (N,) in which there is a seed (N,): hysteresis."""
    starts, stops = _runs(flags)
    seen = np.concatenate(([0], np.cumsum(seeds)))
    touched = seen[stops] > seen[starts]
    return _fill(len(flags), starts[touched], stops[touched])


def drop_short(flags: Bools, shortest_s: float) -> Bools:
    """Flags (N,) at RATE_HZ without the runs of True that are shorter."""
    starts, stops = _runs(flags)
    keep = stops - starts >= shortest_s * RATE_HZ
    return _fill(len(flags), starts[keep], stops[keep])


def close_gaps(flags: Bools, longest_s: float) -> Bools:
    """Flags (N,) at RATE_HZ with the gaps inside filled that are no longer."""
    starts, stops = _runs(~flags)
    inner = (starts > 0) & (stops < len(flags)) & (stops - starts <= longest_s * RATE_HZ)
    return flags | _fill(len(flags), starts[inner], stops[inner])
