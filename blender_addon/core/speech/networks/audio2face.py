"""NVIDIA's Audio2Face-3D v2.3, whose weights the user has downloaded and added.

Inputs ``input (batch, 1, window)``, the sound around a frame, and ``emotion (batch, 1, E)``; output
``result (batch, 1, R)``, principal components of skin, tongue, jaw and eyes, which its layout
names. Settings besides those of all kinds: ``window_samples``, ``window_offset`` (which sample of a
window is the frame's), ``input_strength``, ``skin_poses`` and ``tongue_poses`` (which shapes the
arrays beside the model solve for), ``close_holds_jaw``. Weights of these shapes are found by
bounded least squares (audio2face/solver.py). What the folder was and how it became this model is
told in audio2face/.

The face is made 30 times a second and interpolated. Jaw and lips are the skin's own; the network's
jaw points, which are for teeth, and its eyes are not used: eyes are left to the gaze.

Source: Karras et al. 2017, ACM TOG 36(4):94, of which it is a descendant; NVIDIA 2025,
arXiv 2508.16401.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats, Ints
from ...errors import ContractError
from ...face.arkit import ARKIT_52
from ...inference.arrays import ArrayFile
from ...inference.contract import ModelContract
from ...inference.settings import SettingsReader
from ...jobs import Progress, Runner, WithArrays
from ...sound.waveform import SAMPLE_RATE_HZ
from ..audio2face.solver import BoundedSolver
from ..layout import SpeechLayout, StyleTrack, read_common
from .protocol import HeardSpeech, SpeakOptions, SpokenCurves
from .resample import ResampledRows

KIND: Final = "audio2face"
RATE_HZ: Final = 30.0
PARTS: Final = ("skin", "tongue", "jaw", "eyes")
_BATCH: Final = 32
_WARM_UP_FRAMES: Final = 10
_HALF_LIVES: Final = 14
_JAW, _CLOSE, _TONGUE = "jawOpen", "mouthClose", "tongueOut"
_STRETCHED, _DRAWN_IN = "TongueStretch", "TongueIn"


@dataclass(frozen=True, eq=False, kw_only=True)
class Audio2FaceLayout(SpeechLayout):
    """Contract of this kind.

    Args:
        window_samples, window_offset, input_strength: of the sound around a frame.
        batch: windows in one run.
        is_padded: a run must have so many, or the graph refuses it.
        parts: slices of the result.
        poses: shapes of skin and tongue that are solved for.
        close_holds_jaw: the shape mouthClose opens the jaw as well.
    """

    window_samples: int
    window_offset: int
    input_strength: float
    batch: int
    is_padded: bool
    parts: dict[str, slice]
    poses: dict[str, tuple[str, ...]]
    close_holds_jaw: bool


def read_audio2face_layout(contract: ModelContract) -> Audio2FaceLayout:
    """Check a contract of this kind.

    Raises:
        ContractError: it does not say what it must.
    """
    sound, emotion = contract.input("input").shape, contract.input("emotion").shape
    result = contract.output("result")
    settings = SettingsReader(contract)
    window = settings.integer("window_samples", 160, 20 * SAMPLE_RATE_HZ)
    batch, fits = sound[0], [shape[:1] == sound[:1] for shape in (emotion, result.shape)]
    if sound[1:] != (1, window) or len(emotion) != 3 or emotion[1] != 1 or not all(fits):
        raise ContractError(
            f"model '{contract.name}' has input {sound} and emotion {emotion}; expected (batch, 1, "
            f"{window}) and (batch, 1, E). Add the model again"
        )
    channels = settings.names("channels", known=ARKIT_52)
    poses = {"skin": settings.names("skin_poses")}
    if settings.has("tongue_poses"):
        poses["tongue"] = settings.names("tongue_poses")
    return Audio2FaceLayout(
        **vars(read_common(contract, len(channels), emotion[2])),
        learned_upper_face=settings.names("learned_upper_face", known=channels)
        if settings.has("learned_upper_face") else (),
        rests=False,
        window_samples=window,
        window_offset=settings.integer("window_offset", 0, window),
        input_strength=settings.number("input_strength", 0.0, 100.0),
        batch=batch if isinstance(batch, int) else _BATCH,
        is_padded=isinstance(batch, int),
        parts={part: result.part(part) for part in poses},
        poses=poses,
        close_holds_jaw=settings.has("close_holds_jaw")
        and contract.settings["close_holds_jaw"] is True,
    )  # fmt: skip


class Audio2FaceNetwork:
    """Speaks as Audio2Face-3D does.

    Args:
        session: a loaded model of this kind, with its arrays.

    Raises:
        ContractError: the model is of another kind, or its arrays are missing or do not fit.
    """

    def __init__(self, session: Runner) -> None:
        self._session = session
        self._layout = read_audio2face_layout(session.contract)
        arrays = session.arrays if isinstance(session, WithArrays) else None
        if arrays is None:
            raise ContractError(
                f"model '{session.contract.name}' lacks the arrays that belong to it "
                f"({session.contract.name}.npz). Add the model again"
            )
        self._parts = {
            part: _PartTerms(arrays, part, names, self._layout.parts[part])
            for part, names in self._layout.poses.items()
        }

    @property
    def layout(self) -> SpeechLayout:
        """What the contract says."""
        return self._layout

    def speak(
        self,
        heard: HeardSpeech,
        times_s: Floats,
        style: StyleTrack,
        options: SpeakOptions,
        progress: Progress,
    ) -> SpokenCurves:
        """Curves for a sound; see SpeechNetwork."""
        rows = ResampledRows(times_s, len(self._layout.channels), RATE_HZ)
        first, end = rows.needed
        solved = {name: _Solved(part) for name, part in self._parts.items()}
        warm_up = max((part.warm_up_frames for part in self._parts.values()), default=0)
        begin = first - warm_up
        for start in range(begin, end, self._layout.batch):
            progress((start - begin) / max(end - begin, 1))
            frames = np.arange(start, min(start + self._layout.batch, end))
            result = self._run(heard, frames, style)
            weights = {name: part.weights(result) for name, part in solved.items()}
            curves = self._to_channels(weights, len(frames))
            wanted = frames >= first
            if wanted.any():
                rows.add(int(frames[wanted][0]), curves[wanted])
        progress(1.0)
        return SpokenCurves(rows.rows)

    def _run(self, heard: HeardSpeech, frames: Ints, style: StyleTrack) -> Floats:
        """The network's numbers (B, R) for frames of its grid."""
        layout = self._layout
        middles = np.rint(frames * (SAMPLE_RATE_HZ / RATE_HZ)).astype(np.int64)
        begins = middles - layout.window_offset
        first = int(begins[0])
        sound = heard.sound.read(first, int(begins[-1]) - first + layout.window_samples)
        places = (begins - first)[:, None] + np.arange(layout.window_samples)
        windows = sound[places] * np.float32(heard.gain * layout.input_strength)
        emotion = style.at(frames / RATE_HZ)
        lacking = layout.batch - len(frames)
        if layout.is_padded and lacking:
            windows = np.pad(windows, ((0, lacking), (0, 0)))
            emotion = np.pad(emotion, ((0, lacking), (0, 0)))
        feeds = {"input": windows[:, None], "emotion": emotion[:, None]}
        result = np.asarray(self._session.run(feeds)["result"])[: len(frames)]
        return result.reshape(len(frames), -1)

    def _to_channels(self, weights: dict[str, Floats], count: int) -> Floats:
        """Weights (B, C) of ARKit's shapes from those of the model's own."""
        by_name = dict(zip(self._layout.poses["skin"], weights["skin"].T, strict=True))
        if self._layout.close_holds_jaw:  # jaw·J + close·(J + C) = (jaw + close)·J + close·C
            by_name[_JAW] = by_name[_JAW] + by_name[_CLOSE]
        if "tongue" in weights:
            tongue = dict(zip(self._layout.poses["tongue"], weights["tongue"].T, strict=True))
            by_name[_TONGUE] = _tongue_out(tongue, count)
        curves = np.zeros((count, len(self._layout.channels)), np.float32)
        for column, name in zip(curves.T, self._layout.channels, strict=True):
            column[:] = by_name.get(name, 0.0)
        return curves


class _PartTerms:
    """What weights of one part of the head follow from, read from the arrays."""

    def __init__(self, arrays: ArrayFile, part: str, names: tuple[str, ...], place: slice) -> None:
        count, size = len(names), place.stop - place.start
        self.place = place
        self.matrix = arrays.floats(f"{part}_matrix", (count, count))
        self.upper = arrays.floats(f"{part}_upper", (count, size))
        self.lower = arrays.floats(f"{part}_lower", (count, size))
        self.offset = arrays.floats(f"{part}_offset", (count,))
        self.multipliers = arrays.floats(f"{part}_multipliers", (count,))
        self.offsets = arrays.floats(f"{part}_offsets", (count,))
        pull, *half_lives_s = arrays.floats(f"{part}_terms", (3,)).tolist()
        self.pull = float(pull)
        self.shares = tuple(_share(half_life_s) for half_life_s in half_lives_s)
        slowest = math.ceil(_HALF_LIVES * max(half_lives_s) * RATE_HZ)
        self.warm_up_frames = min(max(_WARM_UP_FRAMES, slowest), 1000)
        self.cancelling: tuple[tuple[int, int], ...] = ()
        if f"{part}_cancelling" in arrays:
            pairs = arrays.integers(f"{part}_cancelling", (None, 2))
            self.cancelling = tuple((int(a) % count, int(b) % count) for a, b in pairs)


class _Solved:
    """One part of the head in one sound: its smoothing and its solver, from batch to batch."""

    def __init__(self, terms: _PartTerms) -> None:
        self._terms = terms
        self._upper, self._lower = (_Smoothing(share) for share in terms.shares)
        self._solver = BoundedSolver(terms.matrix, terms.pull, terms.cancelling)

    def weights(self, result: Floats) -> Floats:
        """Weights (B, P) of the part's shapes for the network's next numbers (B, R)."""
        terms, motion = self._terms, result[:, self._terms.place]
        aims = self._upper.next(motion) @ terms.upper.T + self._lower.next(motion) @ terms.lower.T
        return self._solver.solve(aims + terms.offset) * terms.multipliers + terms.offsets


class _Smoothing:
    """Twice an exponential mean, which begins at the first value."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._stages: Floats | None = None

    def next(self, motion: Floats) -> Floats:
        """The motion, evened out."""
        if self._share >= 1.0:
            return motion
        if self._stages is None:
            self._stages = np.stack([motion[0], motion[0]])
        smooth, stages = np.empty_like(motion), self._stages
        for row, value in zip(smooth, motion, strict=True):
            stages[0] += self._share * (value - stages[0])
            stages[1] += self._share * (stages[0] - stages[1])
            row[:] = stages[1]
        return smooth


def _share(half_life_s: float) -> float:
    """How much of what is new counts in each frame."""
    return 1.0 if half_life_s <= 0.0 else 1.0 - 0.5 ** (1.0 / (RATE_HZ * half_life_s))


def _tongue_out(weights: dict[str, Floats], count: int) -> Floats:
    """How far the tongue is out, (B,)."""
    nothing = np.zeros(count, np.float32)
    if _TONGUE in weights:
        return weights[_TONGUE]
    out = weights.get(_STRETCHED, nothing) - weights.get(_DRAWN_IN, nothing)
    return np.maximum(out, 0.0)
