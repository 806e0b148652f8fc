"""Neutral gaits: spectra of an average person's walk and run at several speeds.

They are taken of recordings in a folder; ``python -m backend.walk.steady_gaits`` writes those of
the locomotion model's average style.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from backend.mocap.recordings import read_recording
from blender_addon.core.editing.follow.cycle import Cycle, lay_cycle
from blender_addon.core.editing.follow.way import lay_way
from blender_addon.core.editing.gait_cycle import find_gait
from blender_addon.core.editing.manifold.features import RATE_HZ, places_of
from blender_addon.core.editing.manifold.runtime import ENCODER
from blender_addon.core.editing.restyle.neutral import NeutralGaits
from blender_addon.core.editing.restyle.spectrum import BodyCurves, Spectrum
from blender_addon.core.editing.sixty import at_sixty
from blender_addon.core.errors import InputError
from blender_addon.core.inference.arrays import ArrayFile
from blender_addon.core.motion.clip import MotionClip

_WALK_S: Final = 6.0


def make_neutral(folder: Path) -> NeutralGaits:
    """Spectra of all gaits in a folder, from slow to fast.

    Args:
        folder: of BVH files, one steady gait each.

    Raises:
        InputError: there is none, or one has no cycle.
    """
    files = sorted(folder.glob("*.bvh"))
    if not files:
        raise InputError(
            f"{folder} holds no BVH files; write some with 'python -m backend.walk.steady_gaits'"
        )
    spectra = [spectrum_of(read_recording(path, RATE_HZ), path.name) for path in files]
    return NeutralGaits(tuple(sorted(spectra, key=lambda each: each.speed_m_s)))


def walk_clips(models: Path, speeds_m_s: Sequence[float]) -> list[MotionClip]:
    """Six seconds of the shipped neutral gaits straight ahead, at 60 Hz.

    Args:
        models: folder of the networks.
        speeds_m_s: of each.
    """
    with ArrayFile(models / f"{ENCODER}.npz") as arrays:
        neutral = NeutralGaits.read(arrays)
    clips = []
    for speed in speeds_m_s:
        points = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, speed * _WALK_S]])
        way = lay_way(points, speed, stand=False, ease_s=1.0)
        clips.append(lay_cycle(Cycle.of(neutral.at(speed)), way, left_first=True).clip)
    return clips


def spectrum_of(clip: MotionClip, name: str) -> Spectrum:
    """Of a steady gait.

    Args:
        clip: of the common skeleton.
        name: for the message.

    Raises:
        InputError: it is none.
    """
    sixty = at_sixty(clip).clip
    places = places_of(sixty)
    gait = find_gait(places)
    if gait is None:
        raise InputError(f"{name} has no regular steps; expected a steady walk or run")
    return Spectrum.of(BodyCurves.of(sixty, places, gait.cycle_s), gait)


def neutral_bytes(neutral: NeutralGaits) -> bytes:
    """An .npz, the same at every call."""
    file = io.BytesIO()
    np.savez_compressed(file, **neutral.as_arrays())
    return file.getvalue()
