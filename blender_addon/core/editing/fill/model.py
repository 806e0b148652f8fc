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
_LONGEST, _FASTEST = 1e5, 1e3


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
        settings = SettingsReader(contract)
        self._lengths = settings.table("gain_lengths", (None,), 0.0, _LONGEST)
        self._speeds = settings.table("gain_speeds", (None,), 0.0, _FASTEST)
        shape = (len(self._lengths), len(self._speeds))
        self._gains = settings.table("gains", shape, 0.0, _LARGEST_GAIN)
        self._session = session

    def gains(self, longest: int, speed: float) -> Floats:
        """(longest + 1,) how much of an answer is taken, by the frames of a gap.

        Args:
            longest: frames of the longest gap.
            speed: how much the body moves: metres a frame, see ``features.Windows``.
        """
        by_length = [np.interp(speed, self._speeds, row) for row in self._gains]
        return np.interp(np.arange(longest + 1), self._lengths, by_length).astype(np.float32)

    def differences(self, features: Floats, variation: Floats) -> Floats:
        """(B, T, D) from features (B, T, F) and variation (B, V)."""
        feeds = {_FEATURES: features, _VARIATION: variation.astype(np.float32)}
        return np.asarray(self._session.run(feeds)[_DIFFERENCE], np.float32)
