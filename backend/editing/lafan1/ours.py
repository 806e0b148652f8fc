"""The product's own filler, for the benchmark."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from blender_addon.core.conventions import Bools
from blender_addon.core.editing.fill.pipeline import FillPipeline
from blender_addon.core.editing.fill.settings import FillSettings
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.motion.clip import MotionClip

from ..networks import FILLER
from .fillers import FillClip

_ANY_SPEED: Final = FillSettings(top_speed_m_s=100.0)
"""What was recorded is possible."""

_log = logging.getLogger(__name__)


def open_filler(models: Path) -> FillClip | None:
    """What Fill does with a clip; None, and said, where there is no network.

    Args:
        models: folder of the networks.
    """
    path = models / f"{FILLER}.onnx"
    if not path.is_file():
        _log.warning("there is no %s; only the formulas are measured", path)
        return None
    pipeline = FillPipeline(ModelSession(path, ("CPUExecutionProvider",)))

    def fill(clip: MotionClip, known: Bools) -> MotionClip:
        return pipeline.fill(clip, known, _ANY_SPEED).clip

    return fill
