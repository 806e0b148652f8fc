"""Measures on English whose phones are known: lips, jaw, silence, and lips on a mesh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from backend.phonetics.phones import PhoneTrack, read_arpabet
from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.errors import InputError

from ..pairs import RATE_HZ, read_wav
from ..teachers.grid import GridClip
from .faces import Speaker, SpokenFace
from .mesh_lips import MouthMesh, count_shut
from .metrics import Spoken, lip_opening, measure_spoken

PHONE_RATE_HZ: Final = 60.0
MESH_RATES_HZ: Final = (30.0, 24.0, 60.0)
"""The first is reported; a frame shows whether lips met only if one falls in the closure."""
_SILENCE_S: Final = 2.0
"""Added after each sentence, or no pause would be long enough to rest in."""
_LONG_S: Final = 0.5
_SETTLES_S: Final = 0.3
_BREATH_S: Final = 0.9
_PHONES: Final = ".phones.csv"
Span = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Sentence:
    """A sentence, what is said in it when, and silence after it.

    Args:
        name: of its files.
        waveform: (N,) 16 kHz.
        track: its phones.
    """

    name: str
    waveform: Floats
    track: PhoneTrack

    @property
    def spans(self) -> list[Span]:
        """When something is said."""
        rows = zip(self.track.names, self.track.starts_s, self.track.ends_s, strict=True)
        return [(float(start), float(end)) for name, start, end in rows if name != "_"]


def read_sentences(folder: Path) -> list[Sentence]:
    """Sounds NAME.wav with NAME.phones.csv.

    Raises:
        InputError: there are none.
    """
    sentences = []
    for path in sorted(folder.glob(f"*{_PHONES}")):
        name = path.name.removesuffix(_PHONES)
        waveform = read_wav(path.with_name(f"{name}.wav"))
        padded = np.pad(waveform, (0, round(_SILENCE_S * RATE_HZ)))
        sentences.append(Sentence(name, padded, read_arpabet(path)))
    if not sentences:
        raise InputError(f"no NAME.phones.csv with NAME.wav in {folder}; give a folder of both")
    return sentences


def measure_sentences(
    speaker: Speaker, sentences: Sequence[Sentence], mouth: MouthMesh | None
) -> dict[str, Any]:
    """Lips and jaw by phones, and where a mesh is there, whether its lips meet.

    Args:
        speaker: model or baseline.
        sentences: what is said.
        mouth: the mesh, or None to leave its lips out.
    """
    faces = {
        rate: [speaker.scene(each.waveform, rate) for each in sentences]
        for rate in {PHONE_RATE_HZ, *(MESH_RATES_HZ if mouth else ())}
    }
    heard = measure_spoken(_spoken(sentences, faces[PHONE_RATE_HZ]))
    found = {
        "english_lips_auc": heard["lips_auc"],
        "english_jaw_auc": heard["jaw_auc"],
        "english_lips_auc_frames": heard["lips_auc_frames"],
    }
    for rate in MESH_RATES_HZ:
        if mouth is None:
            break
        shut = count_shut(_spoken(sentences, faces[rate]), mouth)
        ending = "" if rate == MESH_RATES_HZ[0] else f"_{rate:g}fps"
        found |= {f"{name}{ending}": value for name, value in shut.items()}
    return found


def _spoken(sentences: Sequence[Sentence], faces: Sequence[SpokenFace]) -> list[Spoken]:
    return [
        Spoken(sentence.track, face.times_s, face.curves, face.opening)
        for sentence, face in zip(sentences, faces, strict=True)
    ]


def measure_silence(
    speaker: Speaker, sentences: Sequence[Sentence], clips: Sequence[GridClip]
) -> dict[str, float]:
    """silence_open: mean opening of the lips where nobody speaks or is about to.

    Args:
        speaker: model or baseline.
        sentences: read aloud.
        clips: filmed sentences with times of words; others are left out.
    """
    read = [_at_rest(speaker.scene(s.waveform, PHONE_RATE_HZ), s.spans) for s in sentences]
    filmed = [
        _at_rest(speaker.scene(clip.waveform, 25.0), _word_spans(clip))
        for clip in clips
        if clip.entry.words
    ]
    parts = {"english": _joined(read), "grid": _joined(filmed)}
    found = {
        f"silence_open_{name}": float(each.mean()) for name, each in parts.items() if len(each)
    }
    return {"silence_open": max(found.values(), default=0.0), **found}


def _word_spans(clip: GridClip) -> list[Span]:
    return [(word.start_s, word.end_s) for word in clip.entry.words]


def _at_rest(face: SpokenFace, spans: Sequence[Span]) -> Floats:
    opening = np.maximum(lip_opening(face.curves), 0.0)
    return np.asarray(opening[resting(face.times_s, spans)])


def resting(times_s: Floats, spans: Sequence[Span]) -> Bools:
    """(T,) whether the mouth may be expected to rest.

    That is in pauses of more than half a second, but for their first 0.3 s, in which it settles,
    and for the 0.9 s before a phrase, in which it may breathe.
    """
    found = np.zeros(len(times_s), bool)
    before = [-np.inf, *(end for _, end in spans)]
    after = [*(start for start, _ in spans), np.inf]
    for end, start in zip(before, after, strict=True):
        if min(start, times_s[-1]) - max(end, 0.0) > _LONG_S:
            found |= (times_s >= end + _SETTLES_S) & (times_s < start - _BREATH_S)
    return found


def _joined(parts: Sequence[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)
