"""The network that betters the robust filter, as the pipeline uses it."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...inference.settings import SettingsReader
from ...jobs import Runner
from ...maths.rotations import quaternion_nlerp, quaternion_rotate
from ...motion.common_skeleton import COMMON_SKELETON
from .layout import (
    DIFFERENCE,
    FEATURES,
    JOINTS,
    RATE_HZ,
    apply_difference,
    features_of,
    headings,
)
from .tracks import ROOT

CLEANER_TASK: Final = "motion_cleaner"
_SAME_RATE_HZ: Final = 1e-3
_LARGEST_GAIN: Final = 1.5


class CleanerModel:
    """A loaded ``motion_cleaner``.

    Args:
        session: of the model.

    Raises:
        ContractError: it is made for something else, or lacks what is needed.
    """

    def __init__(self, session: Runner) -> None:
        contract = session.contract
        contract.require_task(CLEANER_TASK)
        contract.require_frame_rate(RATE_HZ)
        contract.require_skeleton(COMMON_SKELETON)
        contract.require_layout(contract.input("features"), FEATURES)
        contract.require_layout(contract.output("difference"), DIFFERENCE)
        self._gain = SettingsReader(contract).number("gain", 0.0, _LARGEST_GAIN)
        self._session = session

    def better(
        self,
        tracks: Floats,
        captured: Floats,
        known: Bools,
        noise: Floats,
        gate: Floats,
        rate_hz: float,
    ) -> Floats:
        """Tracks with the network's difference, where the filter did something.

        Args:
            tracks: (T, 1 + J, 4) after the robust filter.
            captured: (T, 1 + J, 4) before it.
            known: (T, 1 + J) where the captured value was believed.
            noise: (T, 1 + J) that was smoothed.
            gate: (T, 1 + J) how much of the difference is let through, 0 … 1 (see ``gates``).
            rate_hz: frames per second.
        """
        if not gate.any():
            return tracks
        at = sampling_times(len(tracks), rate_hz)
        low, high, share = _between(at, len(tracks))
        seen = known[low] & known[high]
        features = features_of(
            _blend(tracks, low, high, share), _blend(captured, low, high, share), seen, noise[low]
        )
        answer = self._session.run({"features": features[None]})["difference"][0]
        difference = at_frames(np.asarray(answer, np.float32), at, len(tracks)) * self._gain
        turns = difference[:, DIFFERENCE.slices["turns"]].reshape(-1, JOINTS, 3)
        moved = difference[:, DIFFERENCE.slices["place"]] * gate[:, ROOT, None]
        places = quaternion_rotate(headings(tracks), moved)
        made = apply_difference(tracks, turns * gate[:, ROOT + 1 :, None], places)
        return np.where(gate[..., None] > 0.0, made, tracks)


def sampling_times(count: int, rate_hz: float) -> Floats:
    """(N,) times of the network's frames, in frames of the clip."""
    if abs(rate_hz - RATE_HZ) < _SAME_RATE_HZ:
        return np.arange(count, dtype=np.float64)
    return np.arange(int((count - 1) * RATE_HZ / rate_hz) + 1) * (rate_hz / RATE_HZ)


def at_frames(values: Floats, at: Floats, count: int) -> Floats:
    """Values (N, C) known at times ``at``, at every frame: by cubics through them (Catmull–Rom)."""
    if len(values) == count:
        return values
    place = np.clip(np.arange(count) / max(float(at[1]) if len(at) > 1 else 1.0, 1e-9), 0.0, None)
    low = np.minimum(np.floor(place).astype(np.int64), len(values) - 1)
    t = (place - low).astype(np.float32)[:, None]
    a, b, c, d = (values[np.clip(low + n, 0, len(values) - 1)] for n in (-1, 0, 1, 2))
    t = np.minimum(t, 1.0)
    cubic = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return np.asarray(cubic)


def _between(at: Floats, count: int) -> tuple[Floats, Floats, Floats]:
    low = np.minimum(np.floor(at + 1e-6).astype(np.int64), count - 1)
    high = np.minimum(low + 1, count - 1)
    share = np.clip(at - low, 0.0, 1.0).astype(np.float32)
    share[share < 1e-6] = 0.0
    return low, np.where(share > 0.0, high, low), share


def _blend(tracks: Floats, low: Floats, high: Floats, share: Floats) -> Floats:
    blended = tracks[low] + share[:, None, None] * (tracks[high] - tracks[low])
    turns = quaternion_nlerp(tracks[low, 1:], tracks[high, 1:], share[:, None])
    blended[:, 1:] = turns
    return np.asarray(blended)
