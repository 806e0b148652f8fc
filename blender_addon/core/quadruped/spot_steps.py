"""Steps of an animal that turns on the spot, where the network forgets to make them.

A network that turns somebody slowly may let paws hover or slide along. They then step by a clock,
one after the other in the order of a walk, as often as the turn is fast.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from ..maths.rotations import length
from ..maths.segments import Segments

_SLOW_M_S: Final = 0.3
_TURNS_RAD_S: Final = 0.12
_LONG_FRAMES: Final = 30
_SMOOTH_FRAMES: Final = 6.0
_HOVERS_FRAMES: Final = 45
_WANDERS_M: Final = 0.1
"""A paw that is longer in the air, or that wanders further while it is said to stand, slides."""
_TURN_RAD: Final = 0.5
"""Of a stride on the spot."""
_RATES_HZ: Final = (0.45, 1.4)
_LANDINGS: Final = np.array([0.0, 0.25, 0.5, 0.75])
_DUTY: Final = 0.76
_FLAT: Final = [0, 2]


def steps_on_the_spot(
    contacts: Bools, paws_m: Floats, speeds_m_s: Floats, headings_rad: Floats, motions: Segments
) -> Bools:
    """Contacts (N, 4) with steps where an animal turns on the spot and slides.

    Args:
        contacts: (N, 4) as the network means them.
        paws_m: (N, 4, 3) as the network says.
        speeds_m_s: (N,) of the body over the ground.
        headings_rad: (N,) of the root, unwrapped.
        motions: which frames belong together.
    """
    turning = np.abs(motions.gradient(headings_rad)) * MODEL_FRAME_RATE_HZ
    turning = motions.smooth(turning, _SMOOTH_FRAMES)
    spans = motions.spans((speeds_m_s < _SLOW_M_S) & (turning > _TURNS_RAD_S))
    stepped = contacts
    for start, stop in zip(spans.starts.tolist(), spans.stops.tolist(), strict=True):
        part = slice(start, stop)
        if stop - start < _LONG_FRAMES or not _slides(contacts[part], paws_m[part]):
            continue
        if stepped is contacts:
            stepped = contacts.copy()
        rate = np.clip(turning[part] / _TURN_RAD, *_RATES_HZ)
        phase = np.cumsum(rate) / MODEL_FRAME_RATE_HZ
        stepped[part] = (phase[:, None] - _LANDINGS) % 1.0 < _DUTY
    return stepped


def _slides(contacts: Bools, paws: Floats) -> bool:
    """Whether any paw hovers, or wanders while it is said to stand."""
    alone = Segments.of(len(contacts))
    for foot in range(contacts.shape[1]):
        if (alone.spans(~contacts[:, foot]).lengths > _HOVERS_FRAMES).any():
            return True
        stands = alone.spans(contacts[:, foot])
        places = paws[:, foot][:, _FLAT]
        ways = [
            length(np.ptp(places[a:b], axis=0))
            for a, b in zip(stands.starts, stands.stops, strict=True)
        ]
        if ways and max(ways) > _WANDERS_M:
            return True
    return False
