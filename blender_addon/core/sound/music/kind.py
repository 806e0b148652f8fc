"""Tells music from speech, so that a dance is not made to a lecture.

Source: the measures of Scheirer and Slaney 1997, Construction and evaluation of a robust
multifeature speech/music discriminator (pulse, share of quiet frames), and the steadiness of
pitch: notes are held, voices glide. The weights are ours, by logistic regression on read speech,
the same with noise and in a room, music made here, and recorded music of games.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from ...conventions import Bools, Floats
from .features import MusicFeatures
from .tempo import accent_curve, tempo_curve

Kind = Literal["MUSIC", "SPEECH", "SILENCE", "NOISE"]

_SILENT_DB: Final = -60.0
_SOUNDING, _QUIET = 0.05, 0.15
_HELD, _GLIDES, _LEAPS = 0.1, 0.15, 2.0
"""Semitones from one thirtieth of a second to the next."""
_FEW_VOICED, _LITTLE_PULSE, _STEADY_DB = 0.12, 0.35, 1.0
_WEIGHTS: Final = (-4.98, 1.85, 6.11, -3.02, 1.63)
"""Of pulse, quiet, glides, held, voiced."""
_OFFSET: Final = -1.7
_NOISE_SURE: Final = 0.8


@dataclass(frozen=True)
class HeardKind:
    """What a sound mostly is.

    Args:
        name: "MUSIC", "SPEECH", "SILENCE" or "NOISE"; steady tones and hum are noise.
        confidence: 0 … 1; of music and speech, how far the sound is from the border of the two.
    """

    name: Kind
    confidence: float


@dataclass(frozen=True)
class KindMeasures:
    """What a sound is told by.

    Args:
        pulse: 0 … 1 how periodic its onsets are, over 8 s.
        quiet: share of frames 16 dB and more below the loud level.
        voiced: share of the sounding frames that have a pitch.
        glides: share of voiced steps in which the pitch moves by 0.15 to 2 semitones.
        held: share of voiced steps in which it moves by less than 0.1 semitones.
        sway_db: deviation of the level in sounding frames.
    """

    pulse: float
    quiet: float
    voiced: float
    glides: float
    held: float
    sway_db: float


def measure_kind(features: MusicFeatures) -> KindMeasures:
    """Measures that tell music from speech and noise.

    Args:
        features: of the sound.
    """
    sounding = features.rms > _SOUNDING
    steps = _pitch_steps(features)
    levels = 20.0 * np.log10(np.maximum(features.rms[sounding], _SOUNDING))
    return KindMeasures(
        float(np.median(tempo_curve(accent_curve(features.novelty)).strength)),
        float(np.mean(features.rms < _QUIET)),
        _share(features.voiced[sounding]),
        _share((steps > _GLIDES) & (steps < _LEAPS)),
        _share(steps < _HELD),
        float(levels.std()) if len(levels) else 0.0,
    )


def kind_of(features: MusicFeatures) -> HeardKind:
    """What a sound mostly is.

    Args:
        features: of the sound.

    Returns:
        Silence where nothing is above −60 dB for a tenth of a second; noise where hardly anything
        has a pitch or a pulse, or where the level stands still; else music or speech.
    """
    if features.loud_db <= _SILENT_DB:
        return HeardKind("SILENCE", 1.0)
    found = measure_kind(features)
    without_pulse = found.pulse < _LITTLE_PULSE
    if without_pulse and (found.voiced < _FEW_VOICED or found.sway_db < _STEADY_DB):
        return HeardKind("NOISE", _NOISE_SURE)
    speech = 1.0 / (1.0 + np.exp(-_speech_score(found)))
    confidence = float(abs(2.0 * speech - 1.0))
    return HeardKind("SPEECH" if speech > 0.5 else "MUSIC", confidence)


def _speech_score(found: KindMeasures) -> float:
    values = (found.pulse, found.quiet, found.glides, found.held, found.voiced)
    return float(np.dot(_WEIGHTS, values)) + _OFFSET


def _pitch_steps(features: MusicFeatures) -> Floats:
    """(M,) semitones between neighbouring voiced frames."""
    semitones = 12.0 * np.log2(np.maximum(features.pitch_hz, 1.0))
    both = features.voiced[1:] & features.voiced[:-1]
    return np.asarray(np.abs(np.diff(semitones))[both])


def _share(flags: Bools) -> float:
    return float(np.mean(flags)) if len(flags) else 0.0
