"""The network that says for each frame what the face does: an encoder's vectors, then recurrence.

Inputs ``features (batch, frames, D)`` of the encoder and ``style (batch, frames, E)``, both 50
times a second; outputs ``curves (batch, frames, C)`` and ``head (batch, frames, 3)``, pitch up, yaw
to the left and roll in radians. Settings besides those of learned.py: ``chunk_frames`` that are
kept of a run, ``warm_up_frames`` before them that a recurrent layer needs to forget where it began,
and ``look_ahead_frames`` after them.

Chunks lie on a grid that begins at the sound's beginning, and several run in one batch: so neither
the times asked for nor the size of the batch show in the result.

Source: Haque, Yumak 2023, FaceXHuBERT (arXiv 2303.05416).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats
from ...errors import ModelError
from ...face.arkit import ARKIT_52
from ...inference.contract import ModelContract
from ...inference.settings import SettingsReader
from ...jobs import Progress, Runner
from ...sound.hearing import FEATURE_RATE_HZ, FeatureTrack
from ..layout import TASK, SpeechLayout, StyleTrack
from .learned import HEAD_SIZE, fixed_size, read_learned, require_tensors
from .protocol import HeardSpeech, SpeakOptions, SpokenCurves
from .resample import ResampledRows

_BATCH: Final = 6
_MOST_FRAMES: Final = 10_000


@dataclass(frozen=True, eq=False, kw_only=True)
class RegressionLayout(SpeechLayout):
    """Contract of this kind.

    Args:
        warm_up_frames, chunk_frames, look_ahead_frames: of a run, at 50 Hz; the middle is kept.
    """

    warm_up_frames: int
    chunk_frames: int
    look_ahead_frames: int


def read_regression_layout(
    contract: ModelContract, known: Collection[str] | None = ARKIT_52
) -> RegressionLayout:
    """Check a contract of this kind.

    Args:
        contract: of a speech model.
        known: names a channel may have; None for shapes of the model's own.

    Raises:
        ContractError: the model is not of this kind, or does not say what it must.
    """
    contract.require_task(TASK)
    channels = fixed_size(contract, "curves")
    require_tensors(
        contract,
        {
            "features": ("batch", "frames", fixed_size(contract, "features")),
            "style": ("batch", "frames", fixed_size(contract, "style")),
            "curves": ("batch", "frames", channels),
            "head": ("batch", "frames", HEAD_SIZE),
        },
    )
    settings = SettingsReader(contract)
    return RegressionLayout(
        **read_learned(contract, channels, known),
        warm_up_frames=settings.integer("warm_up_frames", 0, _MOST_FRAMES),
        chunk_frames=settings.integer("chunk_frames", 1, _MOST_FRAMES),
        look_ahead_frames=settings.integer("look_ahead_frames", 0, _MOST_FRAMES),
    )


class RegressionNetwork:
    """Speaks frame by frame from an encoder's vectors.

    Args:
        session: a loaded model of this kind.
        layout: of its contract; None to read it.
        batch: chunks in one run; changes speed and memory, not the result.

    Raises:
        ContractError: the model is of another kind, or does not say what it must.
    """

    def __init__(
        self, session: Runner, layout: RegressionLayout | None = None, batch: int = _BATCH
    ) -> None:
        self._session, self._batch = session, batch
        self._layout = layout or read_regression_layout(session.contract)

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
        """Curves for a sound; see SpeechNetwork. It varies in nothing."""
        features = features_of(heard, self._layout)
        channels, size = len(self._layout.channels), self._layout.chunk_frames
        made = ResampledRows(times_s, channels + HEAD_SIZE, FEATURE_RATE_HZ)
        first, stop = made.needed
        begin, end = first // size, -(-stop // size)
        for chunk in range(begin, end, self._batch):
            progress((chunk - begin) / (end - begin))
            count = min(self._batch, end - chunk)
            made.add(chunk * size, self._run_chunks(features, style, chunk, count))
        return SpokenCurves(made.rows[:, :channels], made.rows[:, channels:])

    def _run_chunks(
        self, features: FeatureTrack, style: StyleTrack, chunk: int, count: int
    ) -> Floats:
        """Rows of curves and head, (count · chunk_frames, C + 3)."""
        layout, size = self._layout, self._layout.chunk_frames
        span = layout.warm_up_frames + size + layout.look_ahead_frames
        first = chunk * size - layout.warm_up_frames
        frames = np.arange(first, first + span + (count - 1) * size)
        vectors = features.read(first, len(frames))
        styles = style.at(frames / FEATURE_RATE_HZ)
        starts = range(0, count * size, size)
        made = self._session.run(
            {
                "features": np.stack([vectors[at : at + span] for at in starts]),
                "style": np.stack([styles[at : at + span] for at in starts]),
            }
        )
        kept = slice(layout.warm_up_frames, layout.warm_up_frames + size)
        rows = np.concatenate((made["curves"][:, kept], made["head"][:, kept]), axis=2)
        return np.asarray(rows.reshape(count * size, -1))


def features_of(heard: HeardSpeech, layout: SpeechLayout) -> FeatureTrack:
    """The encoder's vectors, of the width a network expects.

    Raises:
        ModelError: nothing was heard by an encoder, or by one of another width.
    """
    if heard.hearing is None or heard.hearing.features.size != layout.feature_size:
        found = "none is open"
        if heard.hearing is not None:
            found = f"the one that is open gives {heard.hearing.features.size}"
        raise ModelError(
            f"this speech model hears by an encoder of {layout.feature_size} numbers a frame; "
            f"{found}. Use the encoder it came with"
        )
    return heard.hearing.features
