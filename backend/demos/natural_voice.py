"""Two sentences by a natural voice, and when each phone of them sounds.

``python -m backend.demos.natural_voice --voice FOLDER`` writes them anew. The words are ours, rich
in shut and rounded lips; the voice is Piper's en_US-joe-medium.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import numpy as np

from backend.phonetics.natural_segments import said_to_track
from backend.phonetics.phones import ARPABET, SILENCE, VOWELS, PhoneTrack
from backend.phonetics.piper_voice import Delivery, PiperVoice, Said
from backend.speech.pairs import RATE_HZ
from backend.speech.teachers.phone_speech import resample
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError

from .voices import EDGE_S, SOUNDS, to_peak, write_wav

NAME: Final = "natural"
SENTENCES: Final = (
    "My puppy moved the big blue book above the piano.",
    "Who knew we both love a warm, open room?",
)
COLUMNS: Final = ("start_s", "end_s", "phone", "word")
_BETWEEN_S: Final = 0.5
_PACE: Final = Delivery(slowness=1.1)
_SEED: Final = 0
_NAMES: Final = {signs: name for name, signs in reversed(ARPABET.items()) if signs != SILENCE}


@dataclass(frozen=True)
class SpokenPhone:
    """A phone of the sentences.

    Args:
        start_s, end_s: when it sounds.
        phone: ARPAbet, without stress.
        word: that it belongs to.
    """

    start_s: float
    end_s: float
    phone: str
    word: str


def speak_sentences(folder: Path) -> tuple[Floats, list[SpokenPhone]]:
    """The sentences at 16 kHz with silence before, between and after them, and their phones.

    Args:
        folder: of the voice.
    """
    voice = PiperVoice(folder, _SEED)
    parts, phones = [np.zeros(round(EDGE_S * RATE_HZ), np.float32)], []
    for text in SENTENCES:
        said = voice.speak(text, _PACE)
        samples, track = resample(said.samples, said.rate_hz, said_to_track(said), 1.0)
        start_s = sum(map(len, parts)) / RATE_HZ
        phones += list(_placed(track, _words(said, text), start_s))
        parts += [samples, np.zeros(round(_BETWEEN_S * RATE_HZ), np.float32)]
    return to_peak(np.concatenate(parts)), phones


def _placed(
    track: PhoneTrack, words: Sequence[tuple[str, float]], start_s: float
) -> Iterator[SpokenPhone]:
    """What is seen of a sentence's phones: each vowel or glide of two, each consonant."""
    for signs, start, end in _joined(track):
        if signs in _NAMES:
            middle = 0.5 * (start + end)
            word = next((text for text, until_s in words if middle < until_s), words[-1][0])
            yield SpokenPhone(
                round(start_s + start, 3), round(start_s + end, 3), _NAMES[signs], word
            )


def _words(said: Said, text: str) -> list[tuple[str, float]]:
    """Words, and where each ends.

    Raises:
        InputError: the voice runs two into one.
    """
    words = [word.strip(".,?!").lower() for word in text.split()]
    ends_s = [sign.start_s for sign in said.signs if sign.text in " .?!"]
    if len(ends_s) != len(words):
        raise InputError(
            f"{text!r} has {len(words)} words, and the voice says {len(ends_s)}. Choose words that "
            "it does not run together"
        )
    return list(zip(words, ends_s, strict=True))


def _joined(track: PhoneTrack) -> Iterator[tuple[str, float, float]]:
    """Neighbouring vowels that are one glide together as one."""
    skip = False
    for n, name in enumerate(track.names):
        if skip:
            skip = False
            continue
        pair = name + track.names[n + 1] if n + 1 < len(track) else name
        skip = pair != name and pair in _NAMES and all(sign in VOWELS for sign in pair)
        yield (
            pair if skip else name,
            float(track.starts_s[n]),
            float(track.ends_s[n + skip]),
        )


def write_phones(path: Path, phones: Sequence[SpokenPhone]) -> None:
    """Write a table that ``demo speech --phones`` reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows((p.start_s, p.end_s, p.phone, p.word) for p in phones)


@click.command()
@click.option("--voice", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--out", type=click.Path(path_type=Path), default=SOUNDS, show_default=True)
def command(voice: Path, out: Path) -> None:
    """Write the sentences and their phones."""
    samples, phones = speak_sentences(voice)
    write_wav(out / f"{NAME}.wav", samples)
    write_phones(out / f"{NAME}.csv", phones)
    click.echo(f"{NAME}: {len(samples) / RATE_HZ:.1f} s, {len(phones)} phones")


if __name__ == "__main__":
    command()
