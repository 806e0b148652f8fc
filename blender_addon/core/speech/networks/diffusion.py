"""The network that draws a face's motion out of noise, each number another motion.

Inputs ``noisy (batch, frames, K)``, the motion so far, K = C + 3 with the head's pitch, yaw and
roll last; ``signal (batch,)``, how much of it is motion (ᾱ of the step); ``features (batch, frames,
D)`` and ``style (batch, frames, E)``; ``heard (batch,)``, 1, or 0 to leave the sound out. Output
``clean (batch, frames, K)``, the motion as it would be without noise, normalised. Settings besides
those of learned.py: ``offset`` and ``scale``, K numbers each, with which motion = clean · scale +
offset; ``signals``, ᾱ of the steps, rising; ``noise_scale``, K numbers, how strong the noise is;
``segment_frames`` that are drawn in one piece and ``overlap_frames`` that neighbours share.

Steps are those of DDIM without noise of their own. Segments lie on a grid that begins at the
sound's beginning and overlap. Those of even number are drawn first, each from noise that belongs to
its number and the variation alone; then the odd ones between them, whose ends are kept at what
their neighbours say: at every step they are set to it, with the step's share of noise. So the
result depends neither on the times asked for nor on how many segments are drawn together.
Guidance: clean = unheard + w (heard − unheard), with w the expressiveness.

Source: Stan, Haque, Yumak 2023, FaceDiffuser (arXiv 2309.11306); Song, Meng, Ermon 2021, DDIM;
Ho, Salimans 2022, Classifier-free diffusion guidance; Lugmayr et al. 2022, RePaint (known frames).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats
from ...inference.contract import ModelContract
from ...inference.settings import SettingsReader
from ...jobs import Progress, Runner
from ...maths.smoothing import smoothstep
from ...sound.hearing import FEATURE_RATE_HZ
from ..layout import TASK, SpeechLayout, StyleTrack
from .learned import HEAD_SIZE, fixed_size, read_learned, require_tensors
from .protocol import HeardSpeech, SpeakOptions, SpokenCurves
from .regression import features_of
from .resample import ResampledRows

_GROUP: Final = 8
"""Segments drawn at once; memory, not length, is what they cost."""
_MOST_FRAMES: Final = 3_000
_MOST_STEPS: Final = 1_000
_MOST_SIGNAL: Final = 0.99999


@dataclass(frozen=True, eq=False, kw_only=True)
class DiffusionLayout(SpeechLayout):
    """Contract of this kind.

    Args:
        offset, scale, noise_scale: (K,).
        signals: (S,) ᾱ of the steps, rising.
        segment_frames, overlap_frames: at 50 Hz.
    """

    offset: Floats
    scale: Floats
    noise_scale: Floats
    signals: Floats
    segment_frames: int
    overlap_frames: int


def read_diffusion_layout(contract: ModelContract) -> DiffusionLayout:
    """Check a contract of this kind.

    Raises:
        ContractError: the model is not of this kind, or does not say what it must.
    """
    contract.require_task(TASK)
    size = fixed_size(contract, "clean")
    require_tensors(
        contract,
        {
            "noisy": ("batch", "frames", size),
            "signal": ("batch",),
            "features": ("batch", "frames", fixed_size(contract, "features")),
            "style": ("batch", "frames", fixed_size(contract, "style")),
            "heard": ("batch",),
            "clean": ("batch", "frames", size),
        },
    )
    settings = SettingsReader(contract)
    signals = settings.table("signals", (None,), 0.0, _MOST_SIGNAL)
    if len(signals) > _MOST_STEPS or not (np.diff(signals) > 0).all():
        expected = f"up to {_MOST_STEPS} rising numbers from 0 to {_MOST_SIGNAL:g}"
        raise settings.wrong("signals", expected, contract.setting("signals"))
    segment = settings.integer("segment_frames", 2, _MOST_FRAMES)
    fields = read_learned(contract, size - HEAD_SIZE)
    fields |= {"supports_variation": True, "supports_expressiveness": True}
    return DiffusionLayout(
        **fields,
        offset=settings.table("offset", (size,)),
        scale=settings.table("scale", (size,)),
        noise_scale=settings.table("noise_scale", (size,), 0.0, 10.0),
        signals=signals,
        segment_frames=segment,
        overlap_frames=settings.integer("overlap_frames", 1, segment // 2),
    )


class DiffusionNetwork:
    """Draws motion for an encoder's vectors.

    Args:
        session: a loaded model of this kind.
        group: segments drawn together; changes speed and memory, not the result.

    Raises:
        ContractError: the model is of another kind, or does not say what it must.
    """

    def __init__(self, session: Runner, group: int = _GROUP) -> None:
        self._session, self._group = session, group
        self._layout = read_diffusion_layout(session.contract)

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
        layout, channels = self._layout, len(self._layout.channels)
        draw = _Draw(self._session, layout, heard, style, options)
        made = ResampledRows(times_s, channels + HEAD_SIZE, FEATURE_RATE_HZ)
        stride = layout.segment_frames - layout.overlap_frames
        first, stop = made.needed
        begin, end = first // stride - 1, (stop - 1) // stride
        begin, end = begin - begin % 2, end + end % 2
        last = np.zeros((0, layout.segment_frames, channels + HEAD_SIZE), np.float32)
        for at in range(begin, end, 2 * self._group):
            there = min(at + 2 * self._group, end)
            share = progress.part((at - begin) / (end - begin), (there - begin) / (end - begin))
            fresh = draw.segments(range(at + 2 * len(last), there + 1, 2), share.part(0.0, 0.5))
            even = np.concatenate((last, fresh))
            odd = draw.between(range(at + 1, there, 2), even, share.part(0.5, 1.0))
            made.add((at + 1) * stride, draw.joined(even, odd))
            last = even[-1:]
        return SpokenCurves(made.rows[:, :channels], made.rows[:, channels:])


@dataclass(frozen=True, eq=False)
class _Draw:
    """Draws segments of one sound's motion."""

    session: Runner
    layout: DiffusionLayout
    heard: HeardSpeech
    style: StyleTrack
    options: SpeakOptions

    def segments(self, numbers: Sequence[int], progress: Progress) -> Floats:
        """Segments by their numbers, (N, F, K) normalised."""
        shape = (len(numbers), self.layout.segment_frames, len(self.layout.scale))
        return self._sample(numbers, np.zeros(shape, np.float32), 0, progress)

    def between(self, numbers: Sequence[int], even: Floats, progress: Progress) -> Floats:
        """Segments between neighbours (N + 1, F, K) whose overlap with them is known."""
        overlap = self.layout.overlap_frames
        known = np.zeros((len(numbers), *even.shape[1:]), np.float32)
        known[:, :overlap], known[:, -overlap:] = even[:-1, -overlap:], even[1:, :overlap]
        return self._sample(numbers, known, overlap, progress)

    def joined(self, even: Floats, odd: Floats) -> Floats:
        """Rows from the first overlap on to the last segment's own end, (2 N · stride, K)."""
        overlap = self.layout.overlap_frames
        ordered = np.empty((2 * len(odd) + 1, *even.shape[1:]), np.float32)
        ordered[::2], ordered[1::2] = even, odd
        blocks = ordered[1:, : even.shape[1] - overlap].copy()
        share = smoothstep((np.arange(overlap, dtype=np.float32) + 0.5) / overlap)[:, None]
        tails = ordered[:-1, -overlap:]
        blocks[:, :overlap] = tails + share * (blocks[:, :overlap] - tails)
        rows = blocks.reshape(-1, blocks.shape[2])
        return np.asarray(rows * self.layout.scale + self.layout.offset, np.float32)

    def _sample(
        self, numbers: Sequence[int], known: Floats, overlap: int, progress: Progress
    ) -> Floats:
        """DDIM with ``overlap`` frames at both ends held at what is known."""
        noise = self._noise(numbers)
        conditions = self._conditions(numbers)
        signals = self.layout.signals
        ends = [slice(0, overlap), slice(known.shape[1] - overlap, None)]
        noisy, clean = noise, known
        for step, signal in enumerate(signals):
            progress(step / len(signals))
            if step:
                left = (noisy - _root(signals[step - 1]) * clean) / _root(1 - signals[step - 1])
                noisy = _root(signal) * clean + _root(1 - signal) * left
            for end in ends if overlap else ():
                noisy[:, end] = _root(signal) * known[:, end] + _root(1 - signal) * noise[:, end]
            clean = self._clean(noisy, signal, conditions)
        return clean

    def _noise(self, numbers: Sequence[int]) -> Floats:
        shape = (self.layout.segment_frames, len(self.layout.scale))
        seeds = [(self.options.variation, number % 2**32) for number in numbers]
        drawn = [np.random.default_rng(s).standard_normal(shape, np.float32) for s in seeds]
        return np.asarray(np.stack(drawn) * self.layout.noise_scale)

    def _conditions(self, numbers: Sequence[int]) -> dict[str, Floats]:
        """Features and style of the segments."""
        count = self.layout.segment_frames
        starts = [number * (count - self.layout.overlap_frames) for number in numbers]
        features = features_of(self.heard, self.layout)
        frames = np.arange(count)
        return {
            "features": np.stack([features.read(start, count) for start in starts]),
            "style": np.stack([self.style.at((s + frames) / FEATURE_RATE_HZ) for s in starts]),
        }

    def _clean(self, noisy: Floats, signal: np.float32, conditions: dict[str, Floats]) -> Floats:
        """The network's answer, led on from what it says without the sound."""
        count, weight = len(noisy), np.float32(self.options.expressiveness)
        ones = np.ones(count, np.float32)
        feeds = {"noisy": noisy, "signal": signal * ones, "heard": ones, **conditions}
        if weight == 1.0:
            return np.asarray(self._session_run(feeds))
        twice = {name: np.concatenate((value, value)) for name, value in feeds.items()}
        twice["heard"][count:] = 0.0
        both = self._session_run(twice)
        return np.asarray(both[count:] + weight * (both[:count] - both[count:]))

    def _session_run(self, feeds: dict[str, Floats]) -> Floats:
        return np.asarray(self.session.run(feeds)["clean"])


def _root(value: np.float32) -> np.float32:
    return np.float32(np.sqrt(value))
