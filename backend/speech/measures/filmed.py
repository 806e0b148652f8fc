"""Measures against faces that were filmed while they spoke: GRID's sentences.

Curves are told by every model, the lips' geometry by few. So one linear map from curves to lips is
fitted to the measured faces of the training split and used for all alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np
from sklearn.linear_model import Ridge

from blender_addon.core.conventions import Floats
from blender_addon.core.face.arkit import ARKIT_52, EYE_TURNS, LOWER_FACE, UPPER_FACE

from ..pairs import GRID
from ..teachers.grid import GridClip, read_clip, read_clips, read_entries
from .faces import Speaker, SpokenFace
from .metrics import JAW, auc, highest_lag

LIPS: Final = ("opening", "width", "drop")
_PENALTY: Final = 3.0
_PUCKER: Final = ARKIT_52.index("mouthPucker")
_BILABIAL_LETTERS: Final = "bp"
"""Words that begin with them begin with /p b/; GRID has none that begins with /m/."""
_ONSET_S: Final = 0.0601
_SEEDS: Final = 10
_VARIED_CLIPS: Final = 8
_SAYINGS: Final = 20
LOWER: Final = np.array([name in LOWER_FACE and name != "tongueOut" for name in ARKIT_52])
MOUTH: Final = np.array([name.startswith(("jaw", "mouth")) for name in ARKIT_52])
UPPER: Final = np.array([name in UPPER_FACE and name not in EYE_TURNS for name in ARKIT_52])


@dataclass(frozen=True, eq=False)
class Filmed:
    """Sentences by what they are for.

    Args:
        train: what baselines and the map are fitted to.
        val: of speakers that were trained on.
        other: of speakers never heard.
    """

    train: Sequence[GridClip]
    val: Sequence[GridClip]
    other: Sequence[GridClip]


def read_filmed(train_folder: Path, folder: Path | None = None) -> Filmed:
    """Read sentences.

    Args:
        train_folder: GRID's.
        folder: other sentences to measure on, those of speakers of the training split apart from
            those of others; sentences that were trained on are left out.
    """
    train = read_clips(train_folder, "train")
    known = {clip.entry.clip for clip in train}
    speakers = {clip.entry.speaker for clip in train}
    place = folder or train_folder
    entries = [entry for entry in read_entries(place) if entry.clip not in known]
    clips = [read_clip(place, entry) for entry in entries]
    val = [clip for clip in clips if clip.entry.speaker in speakers]
    return Filmed(train, val, [clip for clip in clips if clip.entry.speaker not in speakers])


@dataclass(frozen=True, eq=False)
class LipMap:
    """From 52 curves to opening, width and drop.

    Args:
        weights: (52, 3), 0 for the upper face.
        offsets: (3,).
    """

    weights: Floats
    offsets: Floats

    def __call__(self, curves: Floats) -> Floats:
        """(T, 3) eye distances."""
        return np.asarray(curves @ self.weights + self.offsets)

    def told(self) -> dict[str, dict[str, float]]:
        """Its numbers by name."""
        return {
            name: {"offset": round(float(self.offsets[n]), 4)}
            | {c: round(float(w), 3) for c, w in zip(ARKIT_52, self.weights[:, n], strict=True)
               if abs(w) >= 5e-4}
            for n, name in enumerate(LIPS)
        }  # fmt: skip


def fit_lip_map(clips: Sequence[GridClip]) -> LipMap:
    """By ridge regression on measured curves and measured lips."""
    curves = np.concatenate([clip.curves[:, LOWER] for clip in clips])
    lips = np.concatenate([clip.lips[:, : len(LIPS)] for clip in clips])
    model = Ridge(_PENALTY).fit(curves, lips)
    weights = np.zeros((len(ARKIT_52), len(LIPS)))
    weights[LOWER] = model.coef_.T
    return LipMap(weights, model.intercept_)


@dataclass(frozen=True, eq=False)
class Film:
    """A sentence, its measured face, and the face a speaker gives it.

    Args:
        clip: what is known.
        face: at the same frames.
        lips: (T, 3) opening, width, drop of the face.
    """

    clip: GridClip
    face: SpokenFace
    lips: Floats

    @property
    def known(self) -> Floats:
        """(T, 3) opening, width, drop as measured."""
        return self.clip.lips[:, : len(LIPS)]


def film(speaker: Speaker, clips: Sequence[GridClip], lip_map: LipMap, voice: str) -> list[Film]:
    """The network's faces of sentences.

    Args:
        speaker: model or baseline.
        clips: the sentences.
        lip_map: for those who tell curves alone.
        voice: whose style.
    """
    films = []
    for clip in clips:
        rate = 1.0 / float(np.median(np.diff(clip.times_s)))
        face = speaker.network(clip.waveform, rate, len(clip.times_s), voice)
        films.append(Film(clip, face, face.lips if face.lips is not None else lip_map(face.curves)))
    return films


def as_measured(clips: Sequence[GridClip], lip_map: LipMap) -> list[Film]:
    """The measured faces themselves as if a model had made them: what the map loses."""
    return [Film(clip, SpokenFace(clip.curves, 25.0), lip_map(clip.curves)) for clip in clips]


def correlations(films: Sequence[Film], prefix: str) -> dict[str, float]:
    """Mean over the sentences of the correlation of each measure of the lips."""
    found = [[_correlation(f.lips[:, n], f.known[:, n]) for n in range(len(LIPS))] for f in films]
    means = dict(zip(LIPS, np.mean(found, axis=0), strict=True))
    return {f"{prefix}_{name}_r": float(mean) for name, mean in means.items()}


def _correlation(told: Floats, known: Floats) -> float:
    if min(np.std(told), np.std(known)) < 1e-9:
        return 0.0
    return float(np.corrcoef(told, known)[0, 1])


def nrmse(films: Sequence[Film]) -> float:
    """RMSE over standard deviation, mean of jaw, pucker, opening, width and drop."""
    told, known = (
        np.concatenate([
            np.column_stack((curves[:, [JAW, _PUCKER]], lips))
            for curves, lips in (_both(f, which) for f in films)
        ])
        for which in ("told", "known")
    )  # fmt: skip
    errors = np.sqrt(np.square(told - known).mean(0))
    return float(np.mean(errors / known.std(0)))


def _both(each: Film, which: str) -> tuple[Floats, Floats]:
    told = (each.face.curves, each.lips)
    return told if which == "told" else (each.clip.curves, each.known)


def onset_auc(openings: Sequence[Floats], clips: Sequence[GridClip]) -> float | None:
    """ROC AUC: lips closer at the onsets of words in /p b/ than at other words' onsets.

    Args:
        openings: (T,) of each clip at its own frames.
        clips: with times of words; those without count nowhere.
    """
    labels, scores = [], []
    for opening, clip in zip(openings, clips, strict=True):
        for word in clip.entry.words:
            near = np.abs(clip.times_s - word.start_s) <= _ONSET_S
            if near.any():
                labels.append(word.text[0] in _BILABIAL_LETTERS)
                scores.append(-float(opening[near].min()))
    return auc(np.array(labels, bool), np.array(scores))


def lip_error(films: Sequence[Film]) -> float:
    """LVE on weights: size of the error of the mouth's channels, mean over frames, then clips.

    Source: FaceDiffuser, evaluation/compute_objective_metrics_blendshape.py.
    """
    errors = [
        np.linalg.norm((f.face.curves - f.clip.curves)[:, MOUTH], axis=1).mean() for f in films
    ]
    return float(np.mean(errors))


def dynamics_deviation(films: Sequence[Film]) -> float:
    """FDD on weights: deviation over time of the upper face's squared sum, measured less predicted.

    The mean over clips of its size, so that too much in one makes up for too little in none.
    Source: as ``lip_error``, there "ABS FDD".
    """
    found = [
        np.std(np.square(f.clip.curves[:, UPPER]).sum(1))
        - np.std(np.square(f.face.curves[:, UPPER]).sum(1))
        for f in films
    ]
    return float(np.mean(np.abs(found)))


def jerk_over_measured(films: Sequence[Film]) -> float:
    """Mean size of the third difference of the mouth's channels over that of the measured ones.

    Both smoothed by [1 2 1]/4: measured scores jitter.
    """
    told = sum(float(_jerk(f.face.curves)) for f in films)
    return told / max(sum(float(_jerk(f.clip.curves)) for f in films), 1e-12)


def _jerk(curves: Floats) -> Floats:
    mouth = curves[:, MOUTH]
    smooth = 0.25 * mouth[:-2] + 0.5 * mouth[1:-1] + 0.25 * mouth[2:]
    return np.abs(np.diff(smooth, 3, axis=0)).sum()


def lag(films: Sequence[Film]) -> int:
    """Frames by which the jaw comes late, over all sentences together."""
    return highest_lag([(f.face.curves[:, JAW], f.clip.curves[:, JAW]) for f in films])


def pitch_range(films: Sequence[Film]) -> float | None:
    """Mean range of the head's pitch within a sentence over the measured heads'."""
    ranges = [
        (float(np.ptp(f.face.head_rad[inside, 0])), float(np.ptp(f.clip.head_rad[inside, 0])))
        for f in films
        if f.face.head_rad is not None and (inside := _speaking(f.clip)).any()
    ]
    if not ranges:
        return None
    told, known = np.mean(ranges, axis=0)
    return float(told / known)


def _speaking(clip: GridClip) -> Any:
    words = clip.entry.words
    if not words:
        return np.zeros(len(clip.times_s), bool)
    return (clip.times_s >= words[0].start_s) & (clip.times_s < words[-1].end_s)


def diversity(
    speaker: Speaker, clips: Sequence[GridClip], train: Sequence[GridClip]
) -> float | None:
    """How far ten variations of a word lie apart, over how far the speaker's own sayings of it do.

    Distances are those of the mouth's channels, mean over frames from the word's start; words are
    those of the first few sentences. None where no word is known.
    """
    said = {text: sayings[:_SAYINGS] for text, sayings in _words(train).items()}
    spread = {text: _mean_distance(each) for text, each in said.items() if len(each) > 1}
    clips = [clip for clip in clips if clip.entry.words][:_VARIED_CLIPS]
    apart, known = [], []
    for clip in clips:
        faces = _variations(speaker, clip)
        for text, part in _word_parts(clip):
            if text in spread:
                known.append(spread[text])
                apart.append(_mean_distance([face[part] for face in faces]))
    return float(np.mean(apart) / np.mean(known)) if known else None


def _variations(speaker: Speaker, clip: GridClip) -> list[Floats]:
    """(T, M) of the mouth for each seed; the same face twice where none varies."""
    rate, count = 1.0 / float(np.median(np.diff(clip.times_s))), len(clip.times_s)
    seeds = range(_SEEDS) if speaker.varies else (0,)
    faces = [speaker.network(clip.waveform, rate, count, GRID, seed) for seed in seeds]
    mouths = [face.curves[:, MOUTH] for face in faces]
    return mouths if speaker.varies else mouths * 2


def _words(clips: Sequence[GridClip]) -> Mapping[str, list[Floats]]:
    said: dict[str, list[Floats]] = defaultdict(list)
    for clip in clips:
        for text, part in _word_parts(clip):
            said[text].append(clip.curves[part][:, MOUTH])
    return said


def _word_parts(clip: GridClip) -> Iterator[tuple[str, slice]]:
    for word in clip.entry.words:
        first, last = np.searchsorted(clip.times_s, (word.start_s, word.end_s))
        if last > first:
            yield word.text, slice(int(first), int(last))


def _mean_distance(faces: Sequence[Floats]) -> float:
    """Of all pairs, over the frames both have."""
    found = []
    for one, other in combinations(faces, 2):
        count = min(len(one), len(other))
        found.append(np.linalg.norm(one[:count] - other[:count], axis=1).mean())
    return float(np.mean(found))


def measure_val(films: Sequence[Film]) -> dict[str, Any]:
    """All measures on sentences of the speaker that was trained on."""
    return {
        "grid_val_nrmse": nrmse(films),
        **correlations(films, "grid_val"),
        "lve": lip_error(films),
        "fdd": dynamics_deviation(films),
        "lag_frames_grid": lag(films),
        "jerk_ratio_grid": jerk_over_measured(films),
        "head_pitch_range": pitch_range(films),
    }
