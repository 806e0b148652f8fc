"""The product's own filler, for the benchmark."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from blender_addon.core.conventions import Bools
from blender_addon.core.editing.fill.settings import FillSettings
from blender_addon.core.motion.clip import MotionClip

from ..networks import FILLER
from ..opened import open_fill
from .fillers import FillClip

_ANY_SPEED: Final = FillSettings(top_speed_m_s=100.0)
"""What was recorded is possible."""

_log = logging.getLogger(__name__)


def open_filler(models: Path) -> FillClip | None:
    """What Fill does with a clip; None, and said, where there is no network.

    Args:
        models: folder of the networks.
    """
    if not (models / f"{FILLER}.onnx").is_file():
        _log.warning("there is no %s in %s; only the formulas are measured", FILLER, models)
        return None
    pipeline = open_fill(models)

    def fill(clip: MotionClip, known: Bools) -> MotionClip:
        return pipeline.fill(clip, known, _ANY_SPEED).clip

    return fill
