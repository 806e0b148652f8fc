"""Steps kept sharp where trembling is taken out: a foot stops at once, and starts at once."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...maths.rotations import length, quaternion_rotate
from ...maths.segments import Segments
from ...maths.smoothing import smoothstep
from ...motion.kinematics import solve_two_bone
from ..points import JOINTS
from .body import HIPS, SIDES, Doubles
from .ground import ANKLES
from .smoothing import smooth_joints

_STANDS: Final = 0.4
_SHORTEST_S: Final = 0.1
_KNEES: Final = [JOINTS.index(side + "Leg") for side in SIDES]


def plain_steps(ankle: Doubles, stands: Doubles, rate_hz: float) -> Doubles:
    """(T, 3) a way of a foot that stands still where it stands, and goes straight in between.

    What a filter does to the difference from it leaves the moments sharp in which a foot lands and
    leaves.

    Args:
        ankle: (T, 3) metres, axes that do not move.
        stands: (T,) 0 … 1 how likely it stands.
        rate_hz: frames a second.
    """
    spans = Segments.of(len(ankle)).spans(stands > _STANDS)
    spans = spans[spans.lengths >= max(_SHORTEST_S * rate_hz, 2.0)]
    if not len(spans):
        return np.zeros_like(ankle)
    places = spans.means(ankle)
    way = np.empty_like(ankle)
    frames = np.arange(len(ankle))
    owner = np.clip(np.searchsorted(spans.starts, frames, side="right") - 1, 0, len(spans) - 1)
    after = np.minimum(owner + 1, len(spans) - 1)
    span = np.maximum(spans.starts[after] - spans.stops[owner] + 1, 1)
    share = np.where(after > owner, (frames - spans.stops[owner] + 1) / span, 0.0)
    way[:] = places[owner] + smoothstep(share)[:, None] * (places[after] - places[owner])
    return way


def calm_feet(
    world: Doubles, calm: Doubles, stands: Doubles, rate_hz: float, strength: float
) -> Doubles:
    """Smoothed joints (T, 14, 3) whose feet stop and start as sharply as they did before.

    Args:
        world: (T, 14, 3) before smoothing.
        calm: (T, 14, 3) after it.
        stands: (T, 2) how likely each ankle stands.
        rate_hz, strength: as ``smooth_joints`` takes them.
    """
    ways = np.stack([plain_steps(world[:, ANKLES[n]], stands[:, n], rate_hz) for n in range(2)], 1)
    ankles = smooth_joints(world[:, ANKLES] - ways, rate_hz, strength) + ways
    made = calm.copy()
    for number in range(2):
        hip, knee, ankle = (calm[:, n] for n in (HIPS[number], _KNEES[number], ANKLES[number]))
        target = ankles[:, number]
        pole = knee - 0.5 * (hip + ankle)
        upper, _ = solve_two_bone(hip, knee, ankle, target, pole)
        made[:, _KNEES[number]] = hip + quaternion_rotate(upper, knee - hip)
        reach = length(knee - hip) + length(ankle - knee)
        far = length(target - hip)
        made[:, ANKLES[number]] = hip + (target - hip) * np.minimum(1.0, reach / far)[:, None]
    return made
