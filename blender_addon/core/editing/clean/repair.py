"""The robust part of cleaning: spikes masked, holes bridged, jitter smoothed. No network.

What comes out is what the network is given, in training as in the scene.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...conventions import Bools, Floats
from ...motion.skeleton import Skeleton
from .adaptive import smooth_adaptively
from .colour import memory_of, whole_noise
from .holes import bridge
from .noise import excess_noise
from .spikes import find_spikes


@dataclass(frozen=True, eq=False)
class Repaired:
    """Tracks after the robust filter.

    Args:
        tracks: (T, 1 + J, 4).
        known: (T, 1 + J) where a value was captured and believed.
        spikes: (T, 1 + J) where one was captured and not believed.
        noise: (T, 1 + J) that was smoothed, by axis, metres and radians.
    """

    tracks: Floats
    known: Bools
    spikes: Bools
    noise: Floats


def repair(
    tracks: Floats,
    known: Bools,
    rate_hz: float,
    skeleton: Skeleton,
    *,
    strength: float = 1.0,
    sensitivity: float = 1.0,
) -> Repaired:
    """Mask spikes, bridge holes, smooth jitter.

    Args:
        tracks: (T, 1 + J, 4); what is unknown may be anything, but finite.
        known: (T, 1 + J).
        rate_hz: frames per second.
        skeleton: of the tracks.
        strength: factor on the noise that was measured; 0 smooths nothing.
        sensitivity: for spikes; 0 finds none.
    """
    bridged = bridge(tracks, known)
    spikes = find_spikes(bridged, known, rate_hz, sensitivity)
    believed = known & ~spikes
    bridged = bridge(bridged, believed)
    noise = excess_noise(bridged, rate_hz, skeleton)
    memory = memory_of(bridged, noise, rate_hz)
    noise = np.float32(strength) * whole_noise(noise, memory)
    smooth = smooth_adaptively(bridged, rate_hz, noise, memory)
    return Repaired(bridge(smooth, believed), believed, spikes, noise)
