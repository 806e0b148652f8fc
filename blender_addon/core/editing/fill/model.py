"""The filler's model as a pipeline uses it."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from ...inference.settings import SettingsReader
from ...jobs import Runner
from ...motion.common_skeleton import COMMON_SKELETON
from .features import DIFFERENCE_LAYOUT, FEATURE_LAYOUT
from .timeline import RATE_HZ

FILLER_TASK: Final = "motion_filler"
_FEATURES, _VARIATION, _DIFFERENCE = "features", "variation", "difference"
_LARGEST_GAIN: Final = 1.5


class FillerModel:
    """A loaded ``motion_filler``.

    Args:
        session: of the model.

    Raises:
        ContractError: it is made for something else, or lacks what is needed.
    """

    def __init__(self, session: Runner) -> None:
        contract = session.contract
        contract.require_task(FILLER_TASK)
        contract.require_frame_rate(RATE_HZ)
        contract.require_skeleton(COMMON_SKELETON)
        contract.require_layout(contract.input(_FEATURES), FEATURE_LAYOUT)
        contract.require_layout(contract.output(_DIFFERENCE), DIFFERENCE_LAYOUT)
        sizes = contract.input(_VARIATION).shape
        self.variation_size = int(sizes[-1])
        # (N, 2): a length of gap in frames, and what share of the answer is taken there.
        self._gains = SettingsReader(contract).table("gains", (None, 2), 0.0, 10_000.0)
        self._session = session

    def gain(self, gap_frames: int) -> float:
        """How much of an answer is taken for a gap of so many frames."""
        lengths, gains = self._gains.T
        return float(min(np.interp(gap_frames, lengths, gains), _LARGEST_GAIN))

    def differences(self, features: Floats, variation: Floats) -> Floats:
        """(B, T, D) from features (B, T, F) and variation (B, V)."""
        feeds = {_FEATURES: features, _VARIATION: variation.astype(np.float32)}
        return np.asarray(self._session.run(feeds)[_DIFFERENCE], np.float32)
