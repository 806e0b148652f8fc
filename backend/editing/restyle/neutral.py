"""Neutral gaits: the locomotion model's average walk and run at several speeds."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

import numpy as np

from blender_addon.core.editing.gait_cycle import find_gait
from blender_addon.core.editing.manifold.features import RATE_HZ, Places, places_of
from blender_addon.core.editing.restyle.neutral import NeutralGaits
from blender_addon.core.editing.restyle.spectrum import BodyCurves, Spectrum
from blender_addon.core.editing.sixty import sample_clip
from blender_addon.core.errors import ModelError
from blender_addon.core.ground.path import Path as Way
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.walk.direction import Directions, StyleChoice
from blender_addon.core.walk.pipeline import LocomotionPipeline
from blender_addon.core.walk.request import WalkRequest

SPEEDS_M_S: Final = (0.5, 0.7, 0.9, 1.1, 1.3, 1.5, 1.7, 1.9, 2.3, 2.7, 3.1, 3.5)
_WALK_S: Final = 12.0
_SETTLING_S: Final = 3.0
_MODEL: Final = "locomotion_biped.onnx"
_AVERAGE: Final = "average"


def walk_clips(
    models: Path, speeds_m_s: tuple[float, ...] = SPEEDS_M_S, style: str = _AVERAGE
) -> list[MotionClip]:
    """Steady gaits of the locomotion model, straight ahead, at 60 Hz.

    Args:
        models: folder of the networks.
        speeds_m_s: of each.
        style: one of the model's named styles.
    """
    pipeline = LocomotionPipeline(ModelSession(models / _MODEL, ["CPUExecutionProvider"]))
    directions = Directions(style=StyleChoice(name=style))
    requests = [
        WalkRequest(
            path=Way.from_points([(0, 0, 0), (0, 0, speed * _WALK_S)], speed),
            directions=directions, stand_before_s=0.0, stand_after_s=0.0, seed=n,
        )
        for n, speed in enumerate(speeds_m_s)
    ]  # fmt: skip
    return [_steady(result.clip) for result in pipeline.generate(requests)]


def _steady(clip: MotionClip) -> MotionClip:
    cut = int(_SETTLING_S * RATE_HZ)
    return sample_clip(clip, np.arange(cut, clip.frame_count - cut, dtype=np.float64))


def make_neutral(models: Path) -> NeutralGaits:
    """Spectra of the average walk from slow to fast.

    Raises:
        ModelError: the locomotion model does not walk.
    """
    return NeutralGaits(tuple(spectrum_of(clip) for clip in walk_clips(models)))


def spectrum_of(clip: MotionClip) -> Spectrum:
    """Of a steady gait at 60 Hz, its floor at y = 0; left and right made alike.

    Raises:
        ModelError: it is none.
    """
    places: Places = places_of(clip)
    gait = find_gait(places)
    if gait is None:
        raise ModelError("the neutral gait has no cycle; check the locomotion model")
    return Spectrum.of(BodyCurves.of(clip, places, gait.cycle_s), gait)


def neutral_bytes(neutral: NeutralGaits) -> bytes:
    """An .npz, the same at every call."""
    file = io.BytesIO()
    np.savez_compressed(file, **neutral.as_arrays())
    return file.getvalue()
