"""The sounds of the demos that the synthesiser says: a dialogue, each speaker's part in a file of
its own, and a sentence.

``python -m backend.demos.voices`` writes them anew. The words are ours; the voices are
eSpeak NG's.
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import numpy as np

from backend.phonetics.espeak_voice import Voice, open_synthesiser
from backend.speech.pairs import RATE_HZ, float_to_int16
from backend.speech.teachers.phone_speech import to_model_rate
from blender_addon.core.conventions import Floats

SOUNDS: Final = Path("backend/demos/sounds")
VOICES: Final = (
    Voice("en-us+f4", words_per_minute=172, pitch=52, pitch_range=65),
    Voice("en-gb-x-rp+m3", words_per_minute=170, pitch=42, pitch_range=60),
)
"""Who speaks first and second."""

_PEAK: Final = 0.8
EDGE_S: Final = 0.4
"""Silence before the first and after the last word."""


@dataclass(frozen=True)
class Line:
    """What one of the two says.

    Args:
        speaker: 0 or 1.
        text: the words.
        gap_s: silence since the other stopped; below 0 they overlap.
    """

    speaker: int
    text: str
    gap_s: float = 0.45


DIALOGUE: Final = (
    Line(0, "Good morning! Have you seen my big blue umbrella?", 0.0),
    Line(1, "Maybe. There was one above the piano, behind Bob's map.", 0.6),
    Line(0, "Above the piano? I looked there before breakfast.", 0.5),
    Line(1, "Then perhaps the puppy moved it. He moves everything.", 0.5),
    Line(0, "Oh no. Not my umbrella!", 0.4),
    Line(1, "Wait. Is it raining?", 0.3),
    Line(0, "No.", 0.1),
    Line(1, "Then why?", 0.05),
    Line(0, "For fun!", 0.05),
    Line(1, "Fun?", -0.05),
    Line(0, "Fun!", 0.05),
)
SENTENCE: Final = (
    "You see my lips move, but nobody moved them by hand. "
    "A small network heard my voice, and opened my mouth for every vowel."
)


def say(text: str, voice: Voice) -> Floats:
    """A text as sound at 16 kHz, without silence around it."""
    samples, _ = to_model_rate(open_synthesiser().speak(text, voice))
    loud = np.flatnonzero(np.abs(samples) > 1e-3)
    return samples[loud[0] : loud[-1] + 1]


def make_dialogue(lines: Sequence[Line] = DIALOGUE) -> tuple[Floats, Floats]:
    """Each speaker's own sound, silent while the other speaks, both of one length."""
    spoken = [(line, say(line.text, VOICES[line.speaker])) for line in lines]
    placed, moment = [], round(EDGE_S * RATE_HZ)
    for line, samples in spoken:
        moment += round(line.gap_s * RATE_HZ)
        placed.append((line.speaker, moment, samples))
        moment += len(samples)
    tracks = np.zeros((2, moment + round(EDGE_S * RATE_HZ)), np.float32)
    for speaker, start, samples in placed:
        tracks[speaker, start : start + len(samples)] += samples
    return to_peak(tracks[0]), to_peak(tracks[1])


def make_sentence_sound() -> Floats:
    """The sentence with a little silence around it."""
    edge = round(EDGE_S * RATE_HZ)
    return to_peak(np.pad(say(SENTENCE, VOICES[1]), edge))


def to_peak(samples: Floats) -> Floats:
    """A sound as loud as the demos' sounds are."""
    return samples * (_PEAK / np.abs(samples).max())


def write_wav(path: Path, samples: Floats) -> None:
    """Write 16 kHz, 16 bit, mono."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(float_to_int16(samples).astype("<i2").tobytes())


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=SOUNDS, show_default=True)
def command(out: Path) -> None:
    """Write the demos' sounds."""
    out.mkdir(parents=True, exist_ok=True)
    sounds = {"sentence": make_sentence_sound()}
    sounds["dialogue_first"], sounds["dialogue_second"] = make_dialogue()
    for name, samples in sounds.items():
        write_wav(out / f"{name}.wav", samples)
        click.echo(f"{name}: {len(samples) / RATE_HZ:.1f} s")


if __name__ == "__main__":
    command()
